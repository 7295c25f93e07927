"""What is said in training and testing: sentences of calls, random words, random syllables."""

from __future__ import annotations

import math
import random
import re
from collections.abc import Callable
from functools import cache
from itertools import accumulate
from pathlib import Path

import jieba
import yaml

from models.pinyin import cardinal
from models.text.grammar import Grammar, Slot

_HERE = Path(__file__).parent
_DIGITS = "零一二三四五六七八九"
_WORD = re.compile(r"[\u4e00-\u9fff]{1,5}")
_MIN_WORD_COUNT = 3
_SINGLE_CHARACTER_SHARE = 0.3


def call_clauses(rng: random.Random) -> list[str]:
    """One to three clauses of a bank call, between fillers; a pause is said between clauses."""
    clauses: list[str] = []
    for _ in range(rng.choices((1, 2, 3), (0.5, 0.37, 0.13))[0]):
        if rng.random() < 0.15:
            clauses.append(rng.choice(_words("filler")))
        clauses += [clause for clause in grammar().sentence(rng).split(",") if clause]
    return clauses


def random_clauses(rng: random.Random) -> list[str]:
    """Two to six words of the general dictionary, drawn by the root of their frequency."""
    words, weights = _dictionary()
    count = rng.randint(2, 6)
    return ["".join(rng.choices(words, cum_weights=weights, k=count))]


def held_out_sentences() -> list[str]:
    """Hand-written sentences that are never trained on."""
    return _lines("held_out.txt")


def talk_sentences() -> list[str]:
    """Hand-written everyday sentences; the language model learns from them, the network does not."""
    return _lines("talk.txt")


@cache
def grammar() -> Grammar:
    """The grammar of calls in grammar.txt and slots.yaml."""
    slots: dict[str, Slot] = {name: _one_of(name) for name in _slot_words()}
    slots |= {
        "staff": lambda rng: _digits(rng, rng.choice((3, 4, 4, 5, 6))),
        "digits4": lambda rng: _digits(rng, 4),
        "digits6": lambda rng: _digits(rng, 6),
        "phone": lambda rng: "幺" + _digits(rng, 10),
        "count": lambda rng: _counted(rng.choice((rng.randint(1, 12), rng.randint(2, 60)))),
        "age": lambda rng: cardinal(rng.randint(16, 90)),
        "amount": _amount,
        "rate": _rate,
        "date": _date,
    }
    return Grammar(_lines("grammar.txt"), slots)


def _one_of(name: str) -> Callable[[random.Random], str]:
    words = _words(name)
    return lambda rng: rng.choice(words)


def _digits(rng: random.Random, count: int) -> str:
    """A number read digit by digit; one is said 幺 or 一, the same way throughout."""
    one = rng.choice(("幺", "幺", "一"))
    return "".join(one if digit == "一" else digit for digit in rng.choices(_DIGITS, k=count))


def _counted(number: int) -> str:
    return "两" if number == 2 else cardinal(number)


def _amount(rng: random.Random) -> str:
    digits = rng.choice((1, 1, 2, 2, 3, 4))
    number = rng.randint(1, 10**digits - 1) * 10 ** rng.choice((0, 1, 2, 3, 4))
    said = cardinal(max(number, 10))
    if rng.random() < 0.6:
        said = re.sub(r"二(?=[百千万])(?<!十二)", "两", said)
    return said + (rng.choice("多几来") if said[-1] in "百千万" and rng.random() < 0.1 else "")


def _rate(rng: random.Random) -> str:
    whole = cardinal(rng.randint(0, 30) if rng.random() < 0.8 else rng.randint(0, 100))
    fraction = "".join(rng.choices(_DIGITS, k=rng.randint(1, 2)))
    number = f"{whole}点{fraction}" if rng.random() < 0.6 else whole
    return rng.choices(
        (f"百分之{number}", f"{number}个点", f"万分之{number}", f"千分之{number}"), (8, 1, 1, 1)
    )[0]


def _date(rng: random.Random) -> str:
    day = cardinal(rng.randint(1, 31)) + rng.choice("号号日")
    month = cardinal(rng.randint(1, 12)) + "月"
    year = "二零" + "".join(rng.choices(_DIGITS, k=2)) + "年"
    return rng.choice((month + day, day, year + month, year + month + day, month + "份"))


@cache
def _slot_words() -> dict[str, list[str]]:
    loaded: dict[str, list[str]] = yaml.safe_load((_HERE / "slots.yaml").read_text("utf-8"))
    return loaded


def _words(name: str) -> list[str]:
    return _slot_words()[name]


def _lines(name: str) -> list[str]:
    lines = (_HERE / name).read_text("utf-8").splitlines()
    return [line for line in lines if line and not line.startswith("#")]


@cache
def _dictionary() -> tuple[list[str], list[float]]:
    words: list[str] = []
    weights: list[float] = []
    for word, count, _ in dictionary_words():
        words.append(word)
        weights.append(math.sqrt(count) * (_SINGLE_CHARACTER_SHARE if len(word) == 1 else 1.0))
    return words, list(accumulate(weights))


def dictionary_words(*, min_count: int = _MIN_WORD_COUNT) -> list[tuple[str, int, str]]:
    """Words of at most five Hanzi in jieba's dictionary (MIT licence) seen `min_count` times: count, class."""
    found: list[tuple[str, int, str]] = []
    with open(Path(jieba.__file__).parent / "dict.txt", encoding="utf-8") as lines:
        for line in lines:
            word, count, tag = line.split()
            if int(count) >= min_count and _WORD.fullmatch(word):
                found.append((word, int(count), tag))
    return found
