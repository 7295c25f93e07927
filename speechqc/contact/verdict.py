"""The answer before dialling, and the rules it stands on."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

import msgspec

from speechqc.contact.policy import Action, Source
from speechqc.events import Text

EXCESSIVE = "excessive_contact"
QUIET = "quiet_hours_contact"
LISTED = "do_not_call_violation"


class Decision(StrEnum):
    ALLOW = "allow"
    WARN = "warn"
    BLOCK = "block"


class Breach(msgspec.Struct, frozen=True, kw_only=True):
    """A rule that the call would touch (``warn``) or break."""

    rule: str
    signal: str | None
    action: Action
    text: Text
    count: int | None = None
    """The call to be placed included."""
    limit: str | None = None
    source: Source | None = None
    until: datetime | None = None
    """When this rule no longer stands in the way; ``None``: not by waiting."""

    @property
    def forbids(self) -> bool:
        return self.action is not Action.WARN


class Verdict(msgspec.Struct, frozen=True, kw_only=True):
    """May the call be placed? Strictest first in `reasons`."""

    decision: Decision
    reasons: tuple[Breach, ...] = ()
    next_allowed_at: datetime | None = None
    """The first moment at which no rule known now forbids the call; ``None`` when waiting does not help."""
    presets: tuple[str, ...] = ()
