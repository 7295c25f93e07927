"""What the operators of a rule see: the present moment of a call, and what they answer with."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from speechqc.events import (
    CallClock,
    CallEnded,
    CallStarted,
    ContactHistory,
    Event,
    Gap,
    Prosody,
    Reason,
    Role,
    SpeechActivity,
    Text,
    Utterance,
)
from speechqc.rules.matcher import SAME
from speechqc.rules.measures import Measure
from speechqc.rules.reader import Reading, WordHit


class Occurrence(msgspec.Struct, frozen=True, kw_only=True):
    """Something a condition asked for happened. Times are seconds of call time.

    `fresh` tells the newest utterance's from those reported before; `first` and `last` are places in the
    passage, `heard` counts final utterances, so both order what happened; `turns` counts the turns of
    each role up to then. `ordinal` tells apart what a rule finds again and again beside the same words or
    none. `decided` marks what no later word can take back: absence, measure, ledger.
    """

    role: Role | None
    turn: int | None
    start: float
    end: float
    quote: str
    why: Text
    level: int = SAME
    confidence: float | None = None
    score: float | None = None
    """The classifier's, where it and no phrase found this."""
    reasons: tuple[Reason, ...] = ()
    fresh: bool = True
    first: int = 0
    last: int = 0
    heard: int = 0
    utterance_start: float = 0.0
    ordinal: int = 0
    turns: tuple[int, int] = (0, 0)
    decided: bool = False
    history: bool = False

    @property
    def key(self) -> tuple[int, int, int]:
        """Order of happening: by final utterance, then by place in the passage."""
        return (self.heard, self.first, self.last)


_COUNTED = {Role.AGENT: 0, Role.CUSTOMER: 1}
LATE_WORDS_S = 15.0
"""How long a deadline waits for the words of speech that began before it: more than a forced cut takes."""


class Moment:
    """The state of one call that all of its rules share."""

    def __init__(self, started: CallStarted) -> None:
        self.history = started.history or ContactHistory()
        self.now = 0.0
        self.reading: Reading | None = None
        self.hits: Mapping[int, tuple[WordHit, ...]] = {}
        """What the present utterance holds, by word condition."""
        self.said: dict[int, list[Occurrence]] = {}
        """The same as occurrences, of those conditions that somebody asked for."""
        self.measures: Mapping[str, Measure] = {}
        self.commit = False
        """True while an event is taken in that stays: everything but a partial utterance."""
        self.ended = False
        self.starting = False
        self.heard = 0
        self.first_said: dict[Role, Utterance] = {}
        self._turns = self._turns_now = (0, 0)
        self._last_turn: list[int | None] = [None, None]
        self._speaking_since: dict[Role, float] = {}
        self._stopped: dict[Role, tuple[float, float]] = {}
        self._words_until: dict[Role, float] = {}
        self._unheard_s = {Role.AGENT: 0.0, Role.CUSTOMER: 0.0}

    @property
    def present(self) -> int:
        """Number of the utterance being judged; a partial one has the number its final will have."""
        return self.heard if self.commit else self.heard + 1

    @property
    def utterance(self) -> Utterance | None:
        return None if self.reading is None else self.reading.utterance

    def take(self, event: Event, reading: Reading | None, measures: Mapping[str, Measure]) -> None:
        """Move to the moment of `event`."""
        self.reading, self.measures = reading, measures
        if self.hits:
            self.hits, self.said = {}, {}
        if reading is not None:
            self.hits = reading.hits
        self.commit = not (isinstance(event, Utterance) and not event.final)
        self.starting = isinstance(event, CallStarted)
        match event:
            case CallClock():
                self.now = max(self.now, event.at)
            case Utterance() if event.final:
                self.now = max(self.now, event.start)
                self._count(event)
                if reading is None:
                    self._miss(event.role, event.end - event.start)
            case SpeechActivity():
                self.now = max(self.now, event.at)
                self._activity(event)
            case Prosody():
                self.now = max(self.now, event.end)
            case Gap():
                self.now = max(self.now, event.end)
                self._miss(event.role, event.end - event.start)
            case CallEnded():
                self.now = max(self.now, event.at)
                self.ended = True
            case _:
                at = getattr(event, "at", None)
                self.now = max(self.now, at) if isinstance(at, float | int) else self.now
        self._turns_now = self._turns
        if reading is not None and not self.commit:
            self._turns_now = self._turns_with(reading.utterance)

    def after_words(self) -> None:
        """Let time reach the end of the final utterance that was just judged."""
        if self.utterance is not None and self.commit:
            self.now = max(self.now, self.utterance.end)

    def turns(self) -> tuple[int, int]:
        """Turns of agent and customer so far, those of a partial utterance included."""
        return self._turns_now

    def turns_of(self, role: Role | None) -> int:
        turns = self.turns()
        return sum(turns) if role is None else turns[_COUNTED[role]] if role in _COUNTED else 0

    def last_turn_of(self, role: Role) -> int | None:
        return self._last_turn[_COUNTED[role]] if role in _COUNTED else None

    def unheard_s(self, role: Role | None) -> float:
        """Seconds of `role`'s speech so far that nobody understood or received."""
        return sum(self._unheard_s.values()) if role is None else self._unheard_s.get(role, 0.0)

    def words_missing(self, role: Role | None, deadline: float) -> bool:
        """True while somebody began to speak before `deadline` and those words are not known yet."""
        if self.now > deadline + LATE_WORDS_S or self.ended:
            return False
        roles = (Role.AGENT, Role.CUSTOMER) if role is None else (role,)
        return any(self._words_missing(one, deadline) for one in roles)

    def _words_missing(self, role: Role, deadline: float) -> bool:
        since = self._speaking_since.get(role)
        if since is not None and since <= deadline:
            return True
        began, stopped = self._stopped.get(role, (0.0, 0.0))
        return (
            stopped > 0.0
            and began <= deadline
            and self._words_until.get(role, 0.0) < min(stopped, deadline) - 0.5
        )

    def _turns_with(self, utterance: Utterance) -> tuple[int, int]:
        """The turns so far and the one of `utterance`."""
        role = _COUNTED.get(utterance.role)
        if role is None or utterance.turn == self._last_turn[role]:
            return self._turns
        agent, customer = self._turns
        return (agent + 1, customer) if role == 0 else (agent, customer + 1)

    def _miss(self, role: Role | None, seconds: float) -> None:
        for one in self._unheard_s:
            if role in (None, one):
                self._unheard_s[one] += seconds

    def _count(self, utterance: Utterance) -> None:
        self.heard += 1
        self.first_said.setdefault(utterance.role, utterance)
        self._words_until[utterance.role] = max(utterance.end, self._words_until.get(utterance.role, 0.0))
        role = _COUNTED.get(utterance.role)
        if role is not None and utterance.turn != self._last_turn[role]:
            self._turns = self._turns_with(utterance)
            self._last_turn[role] = utterance.turn

    def _activity(self, event: SpeechActivity) -> None:
        if event.speaking:
            self._speaking_since.setdefault(event.role, event.at)
        else:
            began = self._speaking_since.pop(event.role, None)
            if began is not None:
                self._stopped[event.role] = (began, event.at)


def role_index(role: Role | None) -> int | None:
    """Place of `role` in :attr:`Occurrence.turns`; ``None`` when it has none."""
    return None if role is None else _COUNTED.get(role)
