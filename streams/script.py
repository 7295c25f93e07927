"""Call scripts: what is said, by which voice and how angrily; the source of every rendered call.

A script is a transcript file (see `speechqc.transcripts`) with, in addition, `title`, `voices` (espeak-ng
variant, rate and pitch of each role), `anger` (0..1) on a customer's turn, `cuts_in_s` on a turn that interrupts, `contacts_today` (earlier
calls of the same day, for the contact ledger) and `expected` (the signals it was written to raise).
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import yaml

from speechqc.events import CallKind, Direction, Role, Text

CALLS = Path(__file__).parent / "calls"
AUDIO = Path(__file__).parent / "audio"


class Voice(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A voice variant of espeak-ng; `rate` in words a minute, `pitch` 0..99."""

    variant: str
    rate: float = 220
    pitch: float = 50


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """One turn. With `start` and `end` the renderer keeps its pause and its pace; without, it makes them."""

    role: Role
    text: str
    anger: float = 0.0
    cuts_in_s: float = 0.0
    """Begin this much before the turn before ends: an interruption."""
    start: float | None = None
    end: float | None = None


class Script(msgspec.Struct, frozen=True, kw_only=True):
    id: str
    turns: tuple[Line, ...]
    kind: CallKind
    language: str = "zh"
    direction: Direction = Direction.OUTBOUND
    title: Text | None = None
    product: str | None = None
    agent: str | None = None
    team: str | None = None
    customer: str | None = None
    number: str | None = None
    recording_notice: bool = False
    contacts_today: int = 0
    voices: dict[Role, Voice] = {}
    expected: tuple[str, ...] = ()
    history: dict[str, Any] | None = None
    labels: tuple[dict[str, Any], ...] = ()
    near_misses: tuple[dict[str, Any], ...] = ()


def read_script(path: Path) -> Script:
    """The script in `path`; a transcript file is one too, with voices chosen by the renderer."""
    return msgspec.convert(yaml.safe_load(path.read_text(encoding="utf-8")), Script, strict=False)


def demo_scripts() -> list[Script]:
    """The sample calls, in the order of their file names."""
    return [read_script(path) for path in sorted(CALLS.glob("*.yaml"))]
