"""The words the decoder knows: readings, how likely each is, and what tends to follow what.

Words, counts and word classes come from jieba's dictionary, how classes follow one another from
jieba's tagger (both MIT licence), and words that follow words from sentences of our own grammar.
"""

from __future__ import annotations

import math
import random
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

import jieba
import numpy as np
import numpy.typing as npt
from jieba.posseg.prob_start import P as START
from jieba.posseg.prob_trans import P as TRANSITIONS
from pypinyin import Style, pinyin

from models.pinyin import syllables
from models.text.corpus import call_clauses, dictionary_words, talk_sentences
from models.text.syllables import SYLLABLES

_MIN_COUNT = 8
_MIN_CHARACTER_COUNT = 4
_GRAMMAR_SAMPLES = 150_000
_GRAMMAR_SEED = 77
_GRAMMAR_SHARE = 0.4
"""Weight of our grammar against the general dictionary."""
_FOLLOWING_SHARE = 0.6
"""Weight of a pair seen in the grammar against its classes."""
_KINDS_WEIGHT = 2.0
"""The more different words follow a word, the less its pairs tell (Witten and Bell 1991)."""
_MIN_PAIR_COUNT = 2
_TALK_REPEATS = 100
"""How often the hand-written talk counts beside the samples of the grammar."""
_COMMON_OTHER_READINGS = frozenset("行还得都了长重地着乐调差数觉便给没会只少当中间应发切分号为相传正空教")
_COMMON_OTHER_READING_LOG_PENALTY = -0.7
_OTHER_READING_LOG_PENALTY = -3.5
_SMOOTHING = 0.2
"""Weight of the next class whatever came before; best of 0.05, 0.2, 0.5 and 1 on the talk before it was learnt from."""
_MAX_LENGTH = 6
_TITLES = frozenset(("先生", "女士", "小姐", "老师", "经理", "阿姨", "大哥", "叔叔"))
_GRAMMAR_CLASS_SHARE = 0.5
"""Weight of our grammar's sequences of classes against jieba's, which come from newspapers."""
# Syllables that no dictionary word has, and the character that stands for them.
_STAND_INS = {"den": "扽", "lo": "咯", "eng": "鞥", "zhei": "这"}


@dataclass
class _Vocabulary:
    """Words by number, with counts of both sources and the class of each."""

    numbers: dict[str, int] = field(default_factory=dict)
    general: list[float] = field(default_factory=list)
    grammar: list[float] = field(default_factory=list)
    classes: list[str] = field(default_factory=list)

    def add(self, word: str, count: float, tag: str) -> int:
        if word not in self.numbers:
            self.numbers[word] = len(self.numbers)
            self.general.append(count)
            self.grammar.append(0.0)
            self.classes.append(_class(word, tag))
        return self.numbers[word]


def build_lexicon(target: Path) -> None:
    """Write the lexicon file; :class:`speechqc.asr.bundled.lexicon.Lexicon` reads it."""
    vocabulary = _general_vocabulary()
    clauses = _grammar_clauses()
    pairs = _count_grammar(vocabulary, clauses)
    class_names = sorted(set(vocabulary.classes))
    class_of = np.array([class_names.index(name) for name in vocabulary.classes], np.uint8)
    share = _mixture(vocabulary)
    class_share = np.bincount(class_of, share, len(class_names))
    reading_words, readings, penalties = _readings(vocabulary)
    previous, following, follow_log = _following(pairs)
    np.savez_compressed(
        target,
        syllables=_text(SYLLABLES.names),
        words=_text(vocabulary.numbers),
        word_log=np.log(share / class_share[class_of]).astype(np.float16),
        word_class=class_of,
        class_log=_class_log(class_names, class_share, class_of, pairs).astype(np.float16),
        reading_words=reading_words,
        readings=readings,
        reading_log=penalties,
        pair_previous=previous,
        pair_following=following,
        pair_log=follow_log,
    )


def _general_vocabulary() -> _Vocabulary:
    vocabulary = _Vocabulary()
    for word, count, tag in dictionary_words():
        if count >= (_MIN_CHARACTER_COUNT if len(word) == 1 else _MIN_COUNT):
            vocabulary.add(word, count + 0.5, tag)
    for word in _STAND_INS.values():
        vocabulary.add(word, 0.5, "zg")
    return vocabulary


def _grammar_clauses() -> list[str]:
    rng = random.Random(_GRAMMAR_SEED)
    calls = [clause for _ in range(_GRAMMAR_SAMPLES) for clause in call_clauses(rng)]
    return calls + talk_sentences() * _TALK_REPEATS


def _count_grammar(vocabulary: _Vocabulary, clauses: Iterable[str]) -> Counter[tuple[int, int]]:
    """Count the grammar's words into `vocabulary`; returns the pairs, -1 standing for the start."""
    tags = {word: tag for word, _, tag in dictionary_words(min_count=0)}
    pairs: Counter[tuple[int, int]] = Counter()
    for clause in clauses:
        words = [part for word in jieba.cut(clause, HMM=False) for part in _short(word)]
        numbers = [vocabulary.add(word, 0.5, tags.get(word, "n")) for word in words]
        for number in numbers:
            vocabulary.grammar[number] += 1
        pairs.update(pairwise([-1, *numbers]))
    return pairs


def _short(word: str) -> list[str]:
    """Words that are too long, or a surname with its title, are taken apart."""
    if len(word) > _MAX_LENGTH:
        return list(word)
    return [word[0], word[1:]] if len(word) == 3 and word[1:] in _TITLES else [word]


def _class(word: str, tag: str) -> str:
    """Word class and whether the word is one character: the states of jieba's tagger."""
    return ("S" if len(word) == 1 else "B") + tag


def _mixture(vocabulary: _Vocabulary) -> npt.NDArray[np.float64]:
    general, grammar = np.array(vocabulary.general), np.array(vocabulary.grammar)
    return (1 - _GRAMMAR_SHARE) * general / general.sum() + _GRAMMAR_SHARE * grammar / grammar.sum()


def _class_log(
    names: list[str],
    share: npt.NDArray[np.float64],
    class_of: npt.NDArray[np.uint8],
    pairs: Counter[tuple[int, int]],
) -> npt.NDArray[np.float64]:
    """(classes + 1, classes) log-probabilities of the next class; the last row is the start."""
    newspapers = _tagger_table(names)
    calls = np.zeros_like(newspapers)
    for (before, after), count in pairs.items():
        calls[len(names) if before < 0 else class_of[before], class_of[after]] += count
    mixed = _SMOOTHING * np.tile(share / share.sum(), (len(newspapers), 1))
    for table, weight in ((newspapers, 1 - _GRAMMAR_CLASS_SHARE), (calls, _GRAMMAR_CLASS_SHARE)):
        mixed += (1 - _SMOOTHING) * weight * _normalised(table, otherwise=share)
    log: npt.NDArray[np.float64] = np.log(mixed)
    return log


def _tagger_table(names: list[str]) -> npt.NDArray[np.float64]:
    """(classes + 1, classes) how probable jieba's tagger finds one class after another."""
    rows = [TRANSITIONS.get(("S" if name[0] == "S" else "E", name[1:]), {}) for name in names] + [START]
    known = [[math.exp(row.get((name[0], name[1:]), -1e9)) for name in names] for row in rows]
    return np.array(known)


def _normalised(
    table: npt.NDArray[np.float64], *, otherwise: npt.NDArray[np.float64]
) -> npt.NDArray[np.float64]:
    """Rows that sum to one; those of classes never seen are `otherwise`."""
    filled = np.where(table.sum(1, keepdims=True) > 0, table, otherwise)
    return np.asarray(filled / filled.sum(1, keepdims=True))


def _readings(
    vocabulary: _Vocabulary,
) -> tuple[npt.NDArray[np.uint32], npt.NDArray[np.uint16], npt.NDArray[np.float16]]:
    """Number of the word, its syllables (one a character), and the log penalty, for every reading."""
    words: list[int] = []
    flat: list[int] = []
    penalties: list[float] = []
    stand_ins = {word: base for base, word in _STAND_INS.items()}
    for word, number in vocabulary.numbers.items():
        usual = [syllable.base for syllable in syllables(word)]
        if len(usual) != len(word):  # rare characters of which pypinyin has no reading
            usual = [stand_ins[word]] if word in stand_ins else []
        if not usual:
            continue
        others = _other_readings(word, usual[0]) if len(word) == 1 else []
        if word in stand_ins and stand_ins[word] not in [*usual, *others]:
            others.append(stand_ins[word])
        for rank, reading in enumerate([usual, *([other] for other in others)]):
            words.append(number)
            flat += [SYLLABLES.index(base) for base in reading]
            penalties.append(_other_reading_penalty(word) if rank else 0.0)
    return np.array(words, np.uint32), np.array(flat, np.uint16), np.array(penalties, np.float16)


def _other_readings(character: str, usual: str) -> list[str]:
    found = pinyin(character, style=Style.NORMAL, heteronym=True, v_to_u=False)[0]
    bases = dict.fromkeys(base.replace("ü", "v") for base in found)
    return [base for base in bases if base != usual and base in SYLLABLES]


def _other_reading_penalty(character: str) -> float:
    common = character in _COMMON_OTHER_READINGS
    return _COMMON_OTHER_READING_LOG_PENALTY if common else _OTHER_READING_LOG_PENALTY


def _following(
    pairs: Counter[tuple[int, int]],
) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.int32], npt.NDArray[np.float16]]:
    """Pairs seen often enough: word, word that follows, log of its weighted share."""
    totals: Counter[int] = Counter()
    for (before, _), count in pairs.items():
        totals[before] += count
    kinds = Counter(before for before, _ in pairs)
    kept = sorted((pair, count) for pair, count in pairs.items() if count >= _MIN_PAIR_COUNT)
    logs = [
        math.log(_FOLLOWING_SHARE * count / (totals[pair[0]] + _KINDS_WEIGHT * kinds[pair[0]]))
        for pair, count in kept
    ]
    return (
        np.array([before for (before, _), _ in kept], np.int32),
        np.array([after for (_, after), _ in kept], np.int32),
        np.array(logs, np.float16),
    )


def _text(lines: Iterable[str]) -> npt.NDArray[np.uint8]:
    return np.frombuffer("\n".join(lines).encode(), np.uint8)
