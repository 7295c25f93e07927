"""The customer's anger as a course over time, with its reasons."""

from __future__ import annotations

from collections.abc import Sequence

from speechqc.analyzers.anger_history import AngerHistory
from speechqc.analyzers.anger_interaction import AngerInteraction
from speechqc.analyzers.anger_model import AngerModel
from speechqc.analyzers.anger_parts import Part, capped, total
from speechqc.analyzers.anger_rate import AngerRate
from speechqc.analyzers.anger_voice import AngerVoice
from speechqc.analyzers.anger_words import AngerWords
from speechqc.analyzers.course import Course, Point
from speechqc.analyzers.speech_timeline import SpeechTimeline
from speechqc.events import CallClock, CallStarted, Event, Prosody, Reason, Role, Utterance, VoiceEmotion
from speechqc.rules.measures import Measure
from speechqc.rules.reader import CueHit

SCORE_LIMIT = 100.0
WORDLESS_LIMIT = 59.0
"""Voice and interaction together: without an angry word the customer is at most annoyed."""
STILL_ANGRY = 25.0
"""Score down to which a customer has not calmed down: where the rules arm level 1 again."""
MEASURED_EVERY_S = 1.0
MIN_SHARE = 0.02
MIN_POINTS = 1.0
"""Less is rounding: a calm customer has no reasons."""


class Anger:
    """Measures the customer's anger on 0..100.

    - ``anger``: points from words (:class:`AngerWords`), voice (:class:`AngerVoice`, :class:`AngerRate`
      and, where the house brought a classifier, :class:`AngerModel`) and interaction
      (:class:`AngerInteraction`), all fading with a half-life of 45 s, and a little for earlier
      complaints (:class:`AngerHistory`). Its reasons name each part, what was measured and its share; the
      shares add up to 1.
    - ``anger_rise_20s``: ``anger`` less its lowest value of the last 20 s, on a grid of one second.
    - ``anger_outburst``: points that the final words just heard added, before any cap, when the customer had
      not calmed down before them; 0 with every other event. Levels are told once while they last; this
      tells each further angry sentence.

    Levels (annoyed 35, angry 60, furious 80, or +25 within 20 s) and hysteresis belong to the rules.
    Nothing is measured when roles are unknown. Source: domain brief, ``customer_anger``.
    """

    def __init__(self, started: CallStarted) -> None:
        self._roles_known = started.roles_known
        self._timeline = SpeechTimeline()
        self._words = AngerWords()
        self._voice = AngerVoice()
        self._rate = AngerRate(started.language)
        self._model = AngerModel()
        self._history = AngerHistory(started)
        self._interaction = AngerInteraction(started)
        self._course = Course()
        self._last_words: Utterance | None = None
        self._outburst = 0.0
        self._due = 0.0

    @property
    def course(self) -> list[Point]:
        """Call time and score, at least a second apart, at most 600 points."""
        return self._course.points

    def feed(self, event: Event, cues: Sequence[CueHit]) -> dict[str, Measure]:
        """The measures after `event`: whenever it changed them, and once a second while they fade."""
        if not self._roles_known:
            return {}
        self._timeline.feed(event)
        now = self._timeline.now
        if isinstance(event, CallClock) and now < self._due:
            return {}
        self._course.advance(now, self.score)
        burst_before, self._outburst = self._outburst, 0.0
        if not self._take(event, cues) and not burst_before and now < self._due:
            return {}
        self._due = now + MEASURED_EVERY_S
        return self._measures(now)

    def score(self, now: float) -> float:
        """The score at call time `now`, 0..100."""
        return total(self._parts(now))

    def _take(self, event: Event, cues: Sequence[CueHit]) -> bool:
        changed = self._interaction.feed(event, cues, self._timeline)
        match event:
            case Prosody(role=Role.CUSTOMER):
                self._interaction.sounded(event, self._voice.feed(event), self._timeline)
                return True
            case VoiceEmotion(role=Role.CUSTOMER):
                self._model.feed(event)
                return True
            case Utterance(role=Role.CUSTOMER):
                return self._hear(event, cues) or changed
        return changed

    def _hear(self, said: Utterance, cues: Sequence[CueHit]) -> bool:
        self._last_words = said
        before = self.score(said.start) if said.final else 0.0
        changed = self._words.feed(said, cues)
        if said.final:
            self._rate.feed(said)
            self._outburst = self._words.added if before >= STILL_ANGRY else 0.0
        return changed

    def _parts(self, now: float) -> list[Part]:
        voice = self._voice.parts(now) + self._rate.parts(now) + self._model.parts(now)
        heard = self._words.parts(now) + capped(voice + self._interaction.parts(now), WORDLESS_LIMIT)
        return capped(heard + self._history.parts(heard), SCORE_LIMIT)

    def _measures(self, now: float) -> dict[str, Measure]:
        parts = self._parts(now)
        anger = round(total(parts), 2)
        said = self._last_words
        start = min(said.start, now) if said else 0.0
        reasons = _reasons(parts)
        turn, quote = (said.turn, said.text) if said else (None, "")
        rise = max(0.0, anger - self._course.lowest(now))
        told = (now, Role.CUSTOMER, turn, quote, reasons)
        return {
            "anger": Measure(anger, start, *told),
            "anger_rise_20s": Measure(rise, max(0.0, now - 20.0), *told),
            "anger_outburst": Measure(self._outburst, start, *told),
        }


def _reasons(parts: list[Part]) -> tuple[Reason, ...]:
    """Each part with its share, largest first; parts below 2 % are left out and the rest add up to 1."""
    whole = total(parts)
    if whole < MIN_POINTS:
        return ()
    telling = [part for part in parts if part.points > MIN_SHARE * whole]
    shown = total(telling)
    telling.sort(key=lambda part: (-part.points, part.name))
    return tuple(Reason(name=part.name, value=part.value, share=part.points / shown) for part in telling)
