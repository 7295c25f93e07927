"""How fast both sides speak."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

from speechqc.analyzers.speech_units import count_units, spelled_digits
from speechqc.events import CallStarted, Event, Role, Utterance
from speechqc.rules.measures import Measure
from speechqc.rules.reader import CueHit

DIGITS_SHARE = 3
"""One part in this many of digits read one by one makes an utterance useless as a sample of speed."""
WINDOW_UTTERANCES = 256
MEASURED = {Role.AGENT: "agent_rate", Role.CUSTOMER: "customer_rate"}
SENTENCE = "agent_sentence_rate"


@dataclass(frozen=True, slots=True)
class _Said:
    """One utterance without its digits."""

    start: float
    end: float
    units: float
    speech_s: float


class SpeechRate:
    """Measures speaking rates from final utterances.

    - ``agent_rate``, ``customer_rate``: characters (zh) or words (en) a second over the last
      `window_s` of the role's own speech, once there are `min_speech_s` of it. Pauses inside an
      utterance count as speech, pauses between utterances do not. Runs of four and more single digits
      are left out with their share of the time, an utterance of more than a third of them is left out
      whole: a number read out is slow on purpose.
    - ``agent_rate_change``: ``agent_rate`` ÷ the agent's own baseline - 1. The baseline is the rate of
      the utterances that lie in the agent's first `baseline_s` of call time, if they hold
      `min_speech_s` of speech; the change is measured once the window begins after it.
    - ``agent_sentence_rate``: characters or words a second of the agent's newest final utterance alone, 0 when
      it is shorter than `min_sentence_s` or not final: what a condition on its words may ask for.

    Not measured when roles are unknown. Normal rates (zh 3.3-5.0 characters/s, en 2.2-2.8 words/s) and
    limits are product defaults of the domain brief; limits live in the rules.
    """

    def __init__(
        self,
        started: CallStarted,
        *,
        window_s: float = 15.0,
        min_speech_s: float = 5.0,
        min_sentence_s: float = 2.0,
        baseline_s: float = 60.0,
    ) -> None:
        self._language = started.language
        self._min_speech_s = min_speech_s
        self._min_sentence_s = min_sentence_s
        self._windows = {role: _Window(window_s) for role in MEASURED} if started.roles_known else {}
        self._baseline = _Baseline(baseline_s)
        self._sentence_told = True
        """False while the measure of the agent's sentence says already that there is none."""

    def feed(self, event: Event, cues: Sequence[CueHit]) -> dict[str, Measure]:
        """The measures that `event` changed; `cues` say nothing about speed."""
        if not isinstance(event, Utterance) or event.role not in self._windows:
            return {}
        if not event.final:
            return self._unfinished(event)
        said = self._without_digits(event)
        measures = {SENTENCE: self._of_sentence(event, said)} if event.role is Role.AGENT else {}
        if measures:
            self._sentence_told = True
        if said.units == 0 or said.speech_s <= 0.0:
            return measures
        window = self._windows[event.role]
        window.add(said)
        if event.role is Role.AGENT:
            self._baseline.add(said)
        return measures | self._measures(event, window)

    def _unfinished(self, heard: Utterance) -> dict[str, Measure]:
        """The newest sentence of the agent is no longer the one that was measured."""
        if heard.role is not Role.AGENT or not self._sentence_told:
            return {}
        self._sentence_told = False
        return {SENTENCE: Measure(0.0, heard.start, heard.end, heard.role, heard.turn, heard.text)}

    def _of_sentence(self, heard: Utterance, said: _Said) -> Measure:
        told = said.speech_s >= self._min_sentence_s
        rate = said.units / said.speech_s if told else 0.0
        return Measure(rate, heard.start, heard.end, heard.role, heard.turn, heard.text)

    def _measures(self, heard: Utterance, window: _Window) -> dict[str, Measure]:
        if window.speech_s < self._min_speech_s:
            return {}
        evidence = (window.start, heard.end, heard.role, heard.turn, heard.text)
        measures = {MEASURED[heard.role]: Measure(window.rate, *evidence)}
        baseline = self._baseline
        measured_before = baseline.speech_s >= self._min_speech_s and window.start >= baseline.until
        if heard.role is Role.AGENT and measured_before:
            measures["agent_rate_change"] = Measure(window.rate / baseline.rate - 1.0, *evidence)
        return measures

    def _without_digits(self, heard: Utterance) -> _Said:
        units = count_units(heard.text, self._language)
        digits = spelled_digits(heard.text, self._language)
        if digits * DIGITS_SHARE > units:
            digits = units
        share = 1.0 - digits / units if units else 0.0
        return _Said(heard.start, heard.end, units - digits, (heard.end - heard.start) * share)


class _Window:
    """The last `window_s` seconds of speech, the oldest utterance taken in part."""

    def __init__(self, window_s: float) -> None:
        self._window_s = window_s
        self._said: deque[_Said] = deque(maxlen=WINDOW_UTTERANCES)
        self.speech_s = 0.0
        self.rate = 0.0
        self.start = 0.0

    def add(self, said: _Said) -> None:
        self._said.append(said)
        units = speech_s = 0.0
        kept = 0
        for part in reversed(self._said):
            share = min(1.0, (self._window_s - speech_s) / part.speech_s)
            units += share * part.units
            speech_s += share * part.speech_s
            self.start = part.end - share * (part.end - part.start)
            kept += 1
            if share < 1.0 or speech_s >= self._window_s:
                break
        while len(self._said) > kept:
            self._said.popleft()
        self.speech_s, self.rate = speech_s, units / speech_s


class _Baseline:
    """The speech of the first `baseline_s` of call time since the first utterance."""

    def __init__(self, baseline_s: float) -> None:
        self._baseline_s = baseline_s
        self._units = 0.0
        self.speech_s = 0.0
        self.until = float("inf")

    @property
    def rate(self) -> float:
        return self._units / self.speech_s

    def add(self, said: _Said) -> None:
        self.until = min(self.until, said.start + self._baseline_s)
        if said.end <= self.until:
            self._units += said.units
            self.speech_s += said.speech_s
