"""The vocabulary of a call: every event that flows, one typed, frozen struct each.

Times inside a call are seconds from its start (float, the clock of the audio). Wall-clock
times are timezone-aware UTC and are stamped only at the edge (ingest, alerts, store). Unknown is
``None``, never a number in the same range.

Events marked *input* drive :class:`speechqc.engine.CallEngine`; events marked *output* come from it
or from the alert policy.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

import msgspec


class Role(StrEnum):
    """Who speaks on a channel."""

    AGENT = "agent"
    CUSTOMER = "customer"
    UNKNOWN = "unknown"
    """A mixed channel: nobody knows who spoke, so no role-bound finding may follow."""


class CallKind(StrEnum):
    """What the call is for; rules and talk-ratio bands depend on it."""

    SALES = "sales"
    SERVICE = "service"
    COMPLAINT = "complaint"
    COLLECTION = "collection"


class Direction(StrEnum):
    INBOUND = "inbound"
    OUTBOUND = "outbound"


class Severity(StrEnum):
    """Order of urgency: ``info`` is recorded only, ``critical`` reaches a supervisor at once."""

    INFO = "info"
    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
    CRITICAL = "critical"

    @property
    def rank(self) -> int:
        """0 (info) to 4 (critical)."""
        return tuple(Severity).index(self)

    def raised(self, steps: int = 1) -> Severity:
        """The severity `steps` higher (lower when negative), kept within info..critical."""
        levels = tuple(Severity)
        return levels[min(max(self.rank + steps, 0), len(levels) - 1)]


class FindingState(StrEnum):
    PROVISIONAL = "provisional"
    CONFIRMED = "confirmed"
    WITHDRAWN = "withdrawn"


class Text(msgspec.Struct, frozen=True):
    """One sentence a person reads, in both languages of the product."""

    zh: str
    en: str

    def in_language(self, language: str) -> str:
        return self.zh if language.startswith("zh") else self.en


class Word(msgspec.Struct, frozen=True, kw_only=True):
    """One recognised word. Times are seconds on the clock of whatever carries the word."""

    text: str
    start: float
    end: float
    confidence: float | None = None


class ContactBreach(msgspec.Struct, frozen=True, kw_only=True):
    """A rule of the contact policy that a call touched (``warn``) or broke."""

    rule: str
    signal: str | None
    action: str
    """``warn``, ``block`` or ``violation``."""
    text: Text
    count: int | None = None
    limit: str | None = None
    source: str | None = None


class ContactHistory(msgspec.Struct, frozen=True, kw_only=True):
    """What the contact ledger knew when the call began; counts include this call.

    The engine never asks the ledger: the edge looks the facts up once and hands them in.
    """

    attempts_today: int = 0
    connected_today: int = 0
    attempts_7_days: int = 0
    connected_month: int = 0
    local_time: str | None = None
    """``HH:MM`` at the customer's place when the call was dialled."""
    do_not_call: str | None = None
    """Since when and why the customer is on the list; ``None``: not listed."""
    earlier_complaints: int = 0
    tags: tuple[str, ...] = ()
    """The customer's tags: ``high_sensitivity``, ``silent_marketing`` … (domain brief 4.7)."""
    policy: str | None = None
    """Presets of the contact policy that judged the call, with versions; ``None``: only the counts are known."""
    excessive: str | None = None
    """Which frequency limit or waiting time the call broke, with count and limit; zh / en."""
    near_limit: str | None = None
    """Which frequency limit the call reached."""
    quiet: str | None = None
    """Which hours the call broke."""
    overdue_promise: str | None = None
    """The longest overdue promise made to the customer: when it was due, whose it was, the words."""
    open_complaint: str | None = None
    """Since when a complaint of the customer is open, and about what."""
    breaches: tuple[ContactBreach, ...] = ()
    """Every rule the call touched or broke, strictest first."""


class Event(msgspec.Struct, frozen=True, kw_only=True, tag_field="type"):
    """Base of everything that flows. JSON carries the class's tag in ``type``."""

    call_id: str


class CallStarted(Event, frozen=True, kw_only=True, tag="call_started"):
    """Input. First event of every call."""

    kind: CallKind
    language: str = "zh"
    direction: Direction = Direction.OUTBOUND
    product: str | None = None
    agent: str | None = None
    team: str | None = None
    customer: str | None = None
    number: str | None = None
    roles_known: bool = True
    """False for a mixed channel: no finding may name a speaker."""
    recording_notice: bool = False
    """True when an announcement before the agent already said the call is recorded."""
    started_at: datetime | None = None
    history: ContactHistory | None = None
    metadata: dict[str, str] = {}


class SpeechActivity(Event, frozen=True, kw_only=True, tag="speech_activity"):
    """Input. A role began (`speaking`) or stopped to speak at `at` seconds."""

    role: Role
    at: float
    speaking: bool


class Prosody(Event, frozen=True, kw_only=True, tag="prosody"):
    """Input. How a stretch of one role's speech sounded; raw values, not yet relative to anyone.

    `f0_hz`/`f0_high_hz` are the median and 95th percentile of the fundamental; `level_db` is relative
    to full scale; `balance_db` is energy above 1 kHz against below; `centroid_hz` the spectral
    centroid of the louder half of the frames.
    """

    role: Role
    start: float
    end: float
    level_db: float
    balance_db: float
    centroid_hz: float
    voiced_share: float
    f0_hz: float | None = None
    f0_high_hz: float | None = None

    def __post_init__(self) -> None:
        _check_order(self.start, self.end)


class VoiceEmotion(Event, frozen=True, kw_only=True, tag="voice_emotion"):
    """Input. How angry a classifier of voices found a stretch of one role's speech; comes a moment after it."""

    role: Role
    start: float
    end: float
    anger: float
    """Probability, 0..1."""
    model: str

    def __post_init__(self) -> None:
        _check_order(self.start, self.end)


class Utterance(Event, frozen=True, kw_only=True, tag="utterance"):
    """Input. What one role said between two pauses. A partial is replaced; a final never is.

    `turn` counts changes of speaker in a live call and is the list index in a transcript file.
    """

    role: Role
    turn: int
    start: float
    end: float
    text: str
    words: tuple[Word, ...] = ()
    final: bool = True
    confidence: float | None = None
    source: str = "transcript"
    """Which recogniser heard it; ``transcript`` for text that came as text."""

    def __post_init__(self) -> None:
        _check_order(self.start, self.end)


class Gap(Event, frozen=True, kw_only=True, tag="gap"):
    """Input. Audio that was not analysed, and why. Announced and counted, never silent."""

    start: float
    end: float
    reason: str
    role: Role | None = None

    def __post_init__(self) -> None:
        _check_order(self.start, self.end)


class CallClock(Event, frozen=True, kw_only=True, tag="call_clock"):
    """Input. Call time reached `at` with nothing else to say; lets deadlines pass in silence."""

    at: float


class CallEnded(Event, frozen=True, kw_only=True, tag="call_ended"):
    """Input. Last event of a call; `reason` says why it ended (``stop``, ``client_lost`` …)."""

    at: float
    reason: str = "stop"


class Reason(msgspec.Struct, frozen=True, kw_only=True):
    """One measured value beside its limit; `share` is its part in a combined score, 0..1."""

    name: str
    value: float | str
    limit: float | str | None = None
    share: float | None = None


class Finding(Event, frozen=True, kw_only=True, tag="finding"):
    """Output. A rule or analyzer decided something; `id` stays the same through all its states."""

    id: str
    signal: str
    rule: str
    rule_version: int = 1
    severity: Severity
    role: Role | None
    turn: int | None
    start: float
    end: float
    quote: str
    score: float
    state: FindingState = FindingState.CONFIRMED
    sub_code: str | None = None
    marks: tuple[str, ...] = ()
    """What later changed its weight: ``self_corrected`` when the speaker took the words back in the next turn."""
    explanation: Text
    reasons: tuple[Reason, ...] = ()
    history: bool = False
    """True when the ledger decided, before a word was said."""

    def __post_init__(self) -> None:
        _check_order(self.start, self.end)


class Metrics(Event, frozen=True, kw_only=True, tag="metrics"):
    """Output. The call's running numbers at `at` seconds. Ratios are 0..1, ``None`` before speech."""

    at: float
    agent_talk_s: float
    customer_talk_s: float
    agent_talk_ratio: float | None
    rolling_talk_ratio: float | None
    """Agent's share of the speech of the last 60 s."""
    interruptions: int
    dead_air_s: float
    """Sum of the silences that passed the limit."""
    agent_rate: float | None
    """Characters (zh) or words (en) a second of the agent's last 15 s of speech."""
    customer_rate: float | None
    anger: float
    """0..100."""
    not_analysed_s: float = 0.0


class Rescoped(Event, frozen=True, kw_only=True, tag="rescoped"):
    """Output. From `at` on the call is judged as one of `kind`: a service call in which an offer was made."""

    at: float
    kind: CallKind
    turn: int | None
    quote: str


class Practice(Event, frozen=True, kw_only=True, tag="practice"):
    """Output. Words that speak for an item of the scorecard: what the agent did well."""

    item: str
    """``greeting``, ``empathy`` …, see the scorecard of the packs."""
    role: Role
    turn: int
    start: float
    end: float
    quote: str

    def __post_init__(self) -> None:
        _check_order(self.start, self.end)


class CustomerType(Event, frozen=True, kw_only=True, tag="customer_type"):
    """Output. The kind of customer this may be, from now on; a suggestion for a person."""

    kind: str
    """``distrust``, ``venting`` …, see the customer types of the alert policy."""
    at: float
    turn: int
    quote: str
    confidence: float
    """Its share of all cues heard, 0..1."""


class Promise(Event, frozen=True, kw_only=True, tag="promise"):
    """Output. Something the agent promised to the customer, with its due time."""

    id: str
    action: str
    """``call_back``, ``answer``, ``credit``, ``progress`` or ``handle``."""
    owner: str
    """Who is to do it, in the words of the call: 我, 主管, my manager."""
    turn: int
    start: float
    end: float
    quote: str
    due_words: str
    """The words that said when; empty when none did."""
    due_in_s: float | None
    """Seconds after `end` until it is due (a default when `vague`); ``None`` when the words name the calendar and
    nobody knows when the call began."""
    due_at: datetime | None = None
    """The same as a moment, UTC; ``None`` when nobody knows when the call began."""
    vague: bool = False
    every_s: float | None = None
    """Repeated promise (每两个小时反馈一次): how often."""

    def __post_init__(self) -> None:
        _check_order(self.start, self.end)


class AlertState(StrEnum):
    OPENED = "opened"
    ACKNOWLEDGED = "acknowledged"
    ACTED = "acted"
    CLOSED = "closed"


class Alert(Event, frozen=True, kw_only=True, tag="alert"):
    """Output of the alert policy. Self-contained evidence for a supervisor's screen.

    `latency_s` is measured: from the arrival of the audio that ends the evidence to the moment the
    alert was raised.
    """

    id: str
    severity: Severity
    signals: tuple[str, ...]
    findings: tuple[str, ...]
    title: Text
    advice: Text
    role: Role | None
    turn: int | None
    start: float
    end: float
    quote: str
    rule: str
    rule_version: int
    reasons: tuple[Reason, ...]
    explanation: Text
    opened_at: datetime
    latency_s: float | None
    count: int = 1
    state: AlertState = AlertState.OPENED
    escalation: int = 0
    acknowledged_by: str | None = None
    team: str | None = None
    customer_type: str | None = None
    """Suggested way of the customer (``distrust``, ``venting`` …), for a person to judge; see `suggestion`."""
    suggestion: Text | None = None
    """How to handle that customer, with a line to say."""


class InterventionState(StrEnum):
    PROPOSED = "proposed"
    STARTED = "started"
    DONE = "done"
    FAILED = "failed"


class Intervention(Event, frozen=True, kw_only=True, tag="intervention"):
    """Output. Somebody acts on an alert. `level` is the ladder L0 prompt .. L5 report to compliance."""

    id: str
    alert_id: str
    level: int
    action: str
    by: str
    at: datetime
    state: InterventionState = InterventionState.PROPOSED
    outcome: str | None = None


AnyEvent = (
    CallStarted
    | SpeechActivity
    | Prosody
    | VoiceEmotion
    | Utterance
    | Gap
    | CallClock
    | CallEnded
    | Finding
    | Metrics
    | Rescoped
    | Practice
    | CustomerType
    | Promise
    | Alert
    | Intervention
)

_encoder = msgspec.json.Encoder()
_decoder: msgspec.json.Decoder[AnyEvent] = msgspec.json.Decoder(AnyEvent)


def encode(event: Event) -> bytes:
    """One event as a line of JSON, without the newline."""
    return _encoder.encode(event)


def decode(line: bytes | str) -> AnyEvent:
    """The event in `line`.

    Raises:
        msgspec.DecodeError: the line is no JSON or no event; the message says which field.
    """
    return _decoder.decode(line)


def to_dict(event: Event) -> dict[str, Any]:
    """The event as plain JSON types."""
    plain: dict[str, Any] = msgspec.to_builtins(event)
    return plain


def _check_order(start: float, end: float) -> None:
    if end < start:
        raise ValueError(f"must not end before it starts: {start}-{end} s")
