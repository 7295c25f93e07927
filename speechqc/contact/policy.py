"""The contact policy as data: limits, hours, waits, lists and what customer tags ask for."""

from __future__ import annotations

import re
from collections.abc import Collection
from datetime import date, datetime, timedelta
from enum import StrEnum
from functools import cached_property

import msgspec

from speechqc.contact.attempt import Contact, Party, Purpose
from speechqc.contact.hours import Hours, parse_hours
from speechqc.contact.zones import midnight, zone_info
from speechqc.events import Text

LONGEST_WINDOW_DAYS = 92
"""A calendar quarter."""


class Action(StrEnum):
    """How bad it is to place the call all the same, least first."""

    WARN = "warn"
    BLOCK = "block"
    """The institution's own rule forbids it."""
    VIOLATION = "violation"
    """Law or standard forbids it."""

    @property
    def rank(self) -> int:
        return tuple(Action).index(self)


class Scope(StrEnum):
    """Whose calls add up."""

    CUSTOMER = "customer"
    NUMBER = "number"
    DEBT = "debt"
    HOUSEHOLD = "household"


class Count(StrEnum):
    """Which calls add up."""

    ATTEMPTS = "attempts"
    UNANSWERED = "unanswered"
    CONNECTED = "connected"
    CONVERSATIONS = "conversations"


class Exemption(StrEnum):
    BOOKED = "booked"
    """The call-back the customer asked for, at about the hour asked for."""
    CONSENT = "consent"
    ATTORNEY = "attorney"
    """The call goes to the debtor's lawyer."""


class After(StrEnum):
    """What a wait begins with."""

    CONVERSATION = "conversation"
    ABANDONED = "abandoned"
    SOFT_REFUSAL = "soft_refusal"
    SECOND_SOFT_REFUSAL = "second_soft_refusal"
    NOT_CONVENIENT = "not_convenient"
    COMPLAINT = "complaint"
    """From its opening until so many days after it was closed."""


class Verified(StrEnum):
    """How far the source was checked; ``V`` and ``Vs`` are regulator minima that may only be tightened."""

    READ = "V"
    SECONDARY = "Vs"
    MEMORY = "M"
    SOURCE_TEXT = "S"
    PRODUCT = "P"
    DRAFT = "draft"


class Source(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    cite: str
    verified: Verified


class Rule(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What all rules have."""

    id: str
    title: Text
    purposes: tuple[Purpose, ...]
    source: Source
    action: Action = Action.BLOCK
    exempt: tuple[Exemption, ...] = ()
    enabled: bool = True
    consent_days: int | None = None
    """A consent older than this no longer exempts."""

    @property
    def floor(self) -> bool:
        """True for a regulator's minimum: it may be tightened, never loosened."""
        return self.source.verified in (Verified.READ, Verified.SECONDARY)

    @property
    def shown_limit(self) -> str:
        """The limit in a word or two."""
        return ""

    def concerns(self, contact: Contact) -> bool:
        return self.enabled and contact.counted_as in {purpose.counted_as for purpose in self.purposes}


class Limit(Rule, frozen=True, kw_only=True):
    """At most so many calls in a window. `window` is ``calendar_day``, ``calendar_month``, ``calendar_quarter`` (at the
    customer's place) or ``rolling_days 7`` (today and the six days before)."""

    scope: Scope = Scope.CUSTOMER
    count: Count
    window: str
    most: int
    warn_at: int | None = None
    """Warn when the call to be placed is this one of the window."""
    parties: tuple[Party, ...] = ()
    """Only calls to these; empty: to everybody."""
    tags: tuple[str, ...] = ()
    """Only for customers with one of these tags."""

    def __post_init__(self) -> None:
        days = _rolling(self.window)
        if days is None and self.window not in _CALENDAR:
            raise ValueError(
                f"{self.id}: window {self.window!r}, expected {', '.join(_CALENDAR)} or rolling_days N"
            )
        if days is not None and not 1 <= days <= LONGEST_WINDOW_DAYS:
            raise ValueError(f"{self.id}: a window has 1 to {LONGEST_WINDOW_DAYS} days, not {days}")
        if self.most < 0:
            raise ValueError(f"{self.id}: most is 0 or more, not {self.most}")

    @property
    def shown_limit(self) -> str:
        return f"{self.most} / {self.window} / {self.scope}"

    def begins(self, today: date) -> date:
        """First day of the window that holds `today`."""
        days = _rolling(self.window)
        if days is not None:
            return today - timedelta(days=days - 1)
        if self.window == "calendar_month":
            return today.replace(day=1)
        if self.window == "calendar_quarter":
            return today.replace(month=(today.month - 1) // 3 * 3 + 1, day=1)
        return today

    def forgets(self, day: date, zone: str) -> datetime:
        """When a call of `day` no longer counts: a local midnight."""
        days = _rolling(self.window)
        if days is not None:
            then = day + timedelta(days=days)
        elif self.window == "calendar_day":
            then = day + timedelta(days=1)
        else:
            months = 1 if self.window == "calendar_month" else 3
            first = self.begins(day)
            month = first.month - 1 + months
            then = date(first.year + month // 12, month % 12 + 1, 1)
        return midnight(then, zone)


class QuietHours(Rule, frozen=True, kw_only=True, dict=True):
    """When calls are allowed, at the customer's place; the moment of dialling decides."""

    allowed: str
    breaks: str | None = None
    """Rest inside these hours, such as a lunch break ``daily 12:00-14:00``."""
    closed_on: tuple[date, ...] = ()
    """Holidays of the institution."""
    zones: tuple[str, ...] = ()
    """Only there; empty: everywhere."""
    regions: tuple[str, ...] = ()
    """Only in these (ISO 3166-2); empty: everywhere."""

    def __post_init__(self) -> None:
        _ = self.hours, self.rest

    @property
    def shown_limit(self) -> str:
        return self.allowed

    @cached_property
    def hours(self) -> Hours:
        return parse_hours(self.allowed)

    @cached_property
    def rest(self) -> Hours | None:
        return None if self.breaks is None else parse_hours(self.breaks)


class Wait(Rule, frozen=True, kw_only=True):
    """No call before so many days have passed since something happened."""

    after: After
    days: int
    scope: Scope = Scope.CUSTOMER
    same_product: bool = False

    @property
    def shown_limit(self) -> str:
        return f"{self.days} d"


class ConsentNeeded(Rule, frozen=True, kw_only=True):
    """No call without a consent on file."""


class NationalList(Rule, frozen=True, kw_only=True):
    """A national do-not-call register; an entry counts once the institution had to know it."""

    grace_days: int = 0


class TagEffect(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a customer tag means for a call (beats every preset)."""

    tag: str
    title: Text
    forbids: tuple[Purpose, ...] = ()
    """No such calls, unless in the customer's own window where the tag has one."""
    warns: tuple[Purpose, ...] = ()
    signal: str | None = None
    """What a forbidden call is found as; ``None`` only warns before dialling."""
    set_by: tuple[str, ...] = ()
    """Set by a confirmed finding of these signals (``signal`` or ``signal/sub_code``)."""
    repeated_complaints: bool = False
    """Also set when a customer complains a second time within 30 days."""
    closed_complaint: bool = False
    """Also set when a complaint of the customer is closed."""
    expires_days: int | None = None
    source: Source


class Preset(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The rules of one line of business under one law."""

    id: str
    version: int
    title: Text
    zones: tuple[str, ...] = ()
    """Beginnings of the zones it is chosen for when none is configured; empty: wherever no other is."""
    by_name_only: bool = False
    """Never chosen by the zone."""
    limits: tuple[Limit, ...] = ()
    hours: tuple[QuietHours, ...] = ()
    waits: tuple[Wait, ...] = ()
    consent: tuple[ConsentNeeded, ...] = ()
    lists: tuple[NationalList, ...] = ()
    refusal_days: int | None = None
    """An entry of the do-not-call list holds at least this long."""

    @property
    def rules(self) -> tuple[Rule, ...]:
        return (*self.limits, *self.hours, *self.waits, *self.consent, *self.lists)

    @property
    def name(self) -> str:
        return f"{self.id}@{self.version}"


class Policy(msgspec.Struct, frozen=True, kw_only=True):
    """The presets that are active and the tags. `chosen`: they were named; otherwise the customer's zone chooses."""

    presets: tuple[Preset, ...]
    tags: tuple[TagEffect, ...]
    chosen: bool = False

    def active(self, contact: Contact) -> tuple[Preset, ...]:
        """The presets that judge `contact`; all their rules do, the strictest wins."""
        if self.chosen:
            return self.presets
        open_ones = [preset for preset in self.presets if not preset.by_name_only]
        local = [p for p in open_ones if any(contact.zone.startswith(zone) for zone in p.zones)]
        return tuple(local or [preset for preset in open_ones if not preset.zones])

    def looks_back(self, contact: Contact, tags: Collection[str]) -> datetime:
        """Attempts before this moment matter to no rule for `contact`, whose customer has `tags`."""
        today = contact.dialled_at.astimezone(zone_info(contact.zone)).date()
        first = today
        for preset in self.active(contact):
            for rule in preset.rules:
                if isinstance(rule, Limit) and (not rule.tags or not set(rule.tags).isdisjoint(tags)):
                    first = min(first, rule.begins(today))
                elif isinstance(rule, Wait) and rule.after in (After.CONVERSATION, After.ABANDONED):
                    first = min(first, today - timedelta(days=rule.days))
        return midnight(first - timedelta(days=1), contact.zone)

    def refusal_days(self) -> int:
        """How long an entry of the do-not-call list must hold at least."""
        return max((preset.refusal_days or 0 for preset in self.presets), default=0)


_CALENDAR = ("calendar_day", "calendar_month", "calendar_quarter")
_ROLLING = re.compile(r"rolling_days (\d+)")


def _rolling(window: str) -> int | None:
    found = _ROLLING.fullmatch(window)
    return None if found is None else int(found[1])
