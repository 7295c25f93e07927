"""Speech to test the recogniser with: other sentences, other voices, a telephone line."""

from __future__ import annotations

import random
from dataclasses import dataclass
from functools import partial

from models.channel import CLEAN, TELEPHONE, FloatArray, Line, Telephone
from models.pinyin import Syllable
from models.synthesise import Delivery, say
from models.text.corpus import call_clauses, held_out_sentences
from models.voices import TESTING_VARIANTS, TRAINING_VARIANTS


@dataclass(frozen=True, slots=True)
class Spoken:
    """One test recording: what was said, its toneless syllables, 16 kHz samples."""

    text: str
    syllables: tuple[str, ...]
    samples: FloatArray


@dataclass(frozen=True, slots=True)
class TestSet:
    """A named set of recordings that is the same on every machine with the same espeak-ng."""

    name: str
    about: str
    seed: int
    voices: tuple[str, ...]
    line: Line
    free: bool
    angry: bool = False
    count: int = 150

    def make(self) -> list[Spoken]:
        """Synthesise the set."""
        rng, telephone = random.Random(self.seed), Telephone(self.seed)
        sentences = iter(held_out_sentences()) if self.free else iter(partial(call_clauses, rng), None)
        spoken: list[Spoken] = []
        for sentence, _ in zip(sentences, range(self.count), strict=False):
            clauses = [sentence] if isinstance(sentence, str) else sentence
            voice, rate, said = say(clauses, self._delivery(rng))
            samples = telephone.send(voice, rate, self.line)
            spoken.append(Spoken("".join(clauses), _bases(said), samples))
        return spoken

    def _delivery(self, rng: random.Random) -> Delivery:
        return Delivery(
            voice=rng.choice(self.voices),
            rate_wpm=rng.uniform(300, 350) if self.angry else rng.uniform(160, 300),
            pitch=rng.uniform(75, 95) if self.angry else rng.uniform(25, 75),
            pitch_range=rng.uniform(60, 90) if self.angry else rng.uniform(20, 80),
            amplitude=150 if self.angry else 100,
            joined=False,
            pauses=rng.random() < 0.5,
        )


TEST_SETS = (
    TestSet(
        "calls-known", "sentences of calls, voices trained on, clean", 1001, TRAINING_VARIANTS, CLEAN, False
    ),
    TestSet("calls", "sentences of calls, reserved voices, clean", 1002, TESTING_VARIANTS, CLEAN, False),
    TestSet(
        "calls-line",
        "sentences of calls, reserved voices, telephone",
        1003,
        TESTING_VARIANTS,
        TELEPHONE,
        False,
    ),
    TestSet(
        "calls-angry",
        "the same said louder, higher, faster, telephone",
        1004,
        TESTING_VARIANTS,
        TELEPHONE,
        False,
        angry=True,
    ),
    TestSet("free-known", "free sentences, voices trained on, clean", 1005, TRAINING_VARIANTS, CLEAN, True),
    TestSet("free", "free sentences, reserved voices, clean", 1006, TESTING_VARIANTS, CLEAN, True),
    TestSet(
        "free-line", "free sentences, reserved voices, telephone", 1007, TESTING_VARIANTS, TELEPHONE, True
    ),
)


def _bases(said: list[Syllable]) -> tuple[str, ...]:
    return tuple(syllable.base for syllable in said)
