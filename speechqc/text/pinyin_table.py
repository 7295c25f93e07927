"""The syllable table beside this file and how it is made: ``python -m speechqc.text.pinyin_table``.

Readings come from pypinyin's dictionaries for the 6763 characters of GB 2312. The table exists because
importing pypinyin takes longer than judging a whole transcript. A line is a toneless syllable and the
characters read so; a line that begins with ``+`` lists characters for which it is a second reading
(at least two words and 4 % of the words of that character use it).
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from pathlib import Path

TABLE = Path(__file__).with_name("pinyin.txt")
MIN_WORDS = 2
MIN_SHARE = 0.04

Readings = Mapping[str, tuple[str, ...]]
"""Per character its toneless readings, the usual one first; ``ü`` is written ``v``."""


def read_table(path: Path = TABLE) -> dict[str, tuple[str, ...]]:
    """The readings of every character in the table at `path`."""
    readings: dict[str, tuple[str, ...]] = {}
    for line in path.read_text(encoding="utf-8").splitlines():
        syllable, characters = line.split(" ")
        if not syllable.startswith("+"):
            readings.update(dict.fromkeys(characters, (syllable,)))
            continue
        for character in characters:
            readings[character] += (syllable[1:],)
    return readings


def write_table(readings: Readings, path: Path = TABLE) -> None:
    """Write `readings` so that equal readings give an equal file."""
    usual: defaultdict[str, str] = defaultdict(str)
    second: defaultdict[str, str] = defaultdict(str)
    for character in sorted(readings):
        first, *others = readings[character]
        usual[first] += character
        for other in others:
            second["+" + other] += character
    lines = [f"{key} {group[key]}\n" for group in (usual, second) for key in sorted(group)]
    path.write_text("".join(lines), encoding="utf-8")


def readings_of_pypinyin() -> dict[str, tuple[str, ...]]:
    """The readings of the characters of GB 2312 by pypinyin's dictionaries."""
    from pypinyin import Style, phrases_dict, pinyin_dict  # noqa: PLC0415 - slow, for making the table only
    from pypinyin.style import convert  # noqa: PLC0415

    def toneless(syllable: str) -> str:
        return convert(syllable, Style.NORMAL, strict=True).replace("ü", "v")

    words: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for word, syllables in phrases_dict.phrases_dict.items():
        if len(word) == len(syllables):
            for character, readings in zip(word, syllables, strict=True):
                words[character][toneless(readings[0])] += 1
    return {
        character: _frequent(
            toneless(pinyin_dict.pinyin_dict[ord(character)].split(",")[0]), words[character]
        )
        for character in map(chr, range(0x4E00, 0xA000))
        if character.encode("gb2312", "ignore")
    }


def _frequent(usual: str, words: Counter[str]) -> tuple[str, ...]:
    limit = max(MIN_WORDS, MIN_SHARE * words.total())
    others = sorted(
        (-count, reading) for reading, count in words.items() if count >= limit and reading != usual
    )
    return (usual, *(reading for _, reading in others))


if __name__ == "__main__":
    write_table(readings_of_pypinyin())
