"""Where speech begins, ends and is cut: decisions on frames, without audio and without a clock.

Positions are frame numbers from the start of the call, so they are exact.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from speechqc.speech.settings import SpeechSettings

ONSET_SHARE = 0.8
"""Of the frames of the onset window so many must hold speech: one dropout does not restart it."""
QUIET_SHARE = (0.05, 0.35)
"""A forced cut is taken where the level is among the lowest such share of the utterance; the demand
is relaxed from the first value to the second over the search time."""


@dataclass(frozen=True, slots=True)
class Begin:
    """Speech began at frame `speech`; audio is wanted from frame `audio` on."""

    audio: int
    speech: int


@dataclass(frozen=True, slots=True)
class Talking:
    """The open utterance has proven to be speech; it began at frame `at`."""

    at: int


@dataclass(frozen=True, slots=True)
class Cut:
    """The utterance ends at frame `at` and the next one begins there, in the middle of speech."""

    at: int


@dataclass(frozen=True, slots=True)
class End:
    """It was decided at frame `at` that speech ended at frame `speech`."""

    at: int
    speech: int
    talked: bool
    """False when the speech was too short for a :class:`Talking`."""


Mark = Begin | Talking | Cut | End


class Segmenter:
    """Turns frames with and without speech into utterances.

    Feed it hop by hop; a forced cut is placed within the hop at hand, because all audio before it has
    been handed to the recogniser already.
    """

    def __init__(self, settings: SpeechSettings) -> None:
        frame_s = settings.frame_s
        self._window = max(1, round(settings.onset_ms / settings.frame_ms))
        self._needed = math.ceil(ONSET_SHARE * self._window)
        self._endpoint = math.ceil(settings.endpoint_s / frame_s)
        self._pre_roll = math.ceil(settings.pre_roll_s / frame_s)
        self._min_speech = max(1, round(settings.min_speech_s / frame_s))
        self._longest = math.floor(settings.forced_cut_s / frame_s)
        self._search = round(settings.cut_search_s / frame_s)
        self._now = 0
        self._recent: deque[bool] = deque(maxlen=self._window)
        self._free_from = 0  # frames before this one belong to an earlier utterance
        self._open = False
        self._previous = False
        self._previous_level = -math.inf
        self._audio_from = self._speech_from = self._heard_to = 0
        self._voiced = 0
        self._talking = False
        self._levels: list[float] = []

    @property
    def heard_to(self) -> int:
        """End of the speech heard last, as a frame number."""
        return self._heard_to

    def feed(self, voiced: Sequence[bool], levels_db: Sequence[float]) -> list[Mark]:
        """The marks of one hop, in order. Both arguments have one item a frame."""
        marks: list[Mark] = []
        first, before = self._now, self._previous_level
        for speech, level in zip(voiced, levels_db, strict=True):
            self._frame(speech, marks)
            self._previous_level = level
        if self._open:
            self._force_cut(first, [before, *levels_db], marks)
        return marks

    def finish(self) -> list[Mark]:
        """The end of an utterance the call's end leaves open."""
        return [self._end()] if self._open else []

    # -- parts ---------------------------------------------------------------------------------

    def _frame(self, speech: bool, marks: list[Mark]) -> None:
        self._now += 1
        if self._open:
            self._continue(speech, marks)
        else:
            self._recent.append(speech)
            if speech and sum(self._recent) >= self._needed:
                marks.append(self._begin())
                self._talk(marks)
        self._previous = speech

    def _begin(self) -> Begin:
        window = list(self._recent)
        self._speech_from = self._now - len(window) + window.index(True)
        self._audio_from = max(self._speech_from - self._pre_roll, self._free_from)
        self._heard_to = self._now
        self._voiced = sum(window)
        self._open, self._talking, self._levels = True, False, []
        return Begin(self._audio_from, self._speech_from)

    def _continue(self, speech: bool, marks: list[Mark]) -> None:
        if speech:
            self._voiced += 1
            if self._previous:  # a lone frame is a click, it must not hold the utterance open
                self._heard_to = self._now
            self._talk(marks)
        elif self._now - self._heard_to >= self._endpoint:
            marks.append(self._end())

    def _talk(self, marks: list[Mark]) -> None:
        if not self._talking and self._voiced >= self._min_speech:
            self._talking = True
            marks.append(Talking(self._speech_from))

    def _end(self) -> End:
        self._open = False
        self._free_from = self._now
        self._recent.clear()
        return End(self._now, self._heard_to, self._talking)

    def _force_cut(self, first: int, levels_db: Sequence[float], marks: list[Mark]) -> None:
        # A boundary is as loud as the louder of the two frames that meet there.
        boundaries = [max(pair) for pair in pairwise(levels_db)]
        start = max(self._audio_from + 1 - first, 0)
        length, hop = self._now - self._audio_from, len(boundaries)
        self._levels.extend(boundaries[start:])
        waited = length - (self._longest - self._search)
        if waited <= 0:
            return
        place = min(range(start, hop), key=boundaries.__getitem__)
        must = length + hop > self._longest
        if must or boundaries[place] < self._quiet_level(waited / max(self._search, 1)):
            self._audio_from = first + place
            self._levels = boundaries[place:]
            marks.append(Cut(self._audio_from))

    def _quiet_level(self, progress: float) -> float:
        low, high = QUIET_SHARE
        share = low + (high - low) * min(progress, 1.0)
        ordered = sorted(self._levels)
        return ordered[int(share * (len(ordered) - 1))]
