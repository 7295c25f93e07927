"""The gates a hit passes before it counts: negation, question, quotation (role and product stand elsewhere).

A gate looks at the clause around a hit. Recognisers give no punctuation, so clauses also end at
pauses, after final particles and before conjunctions. All words are data (``gates.yaml``, packs).
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from functools import cache, cached_property
from pathlib import Path as FilePath
from typing import Any

import msgspec

from speechqc.events import Role
from speechqc.rules.fields import Fields, Problems, shown
from speechqc.rules.model import Gate
from speechqc.rules.phrases import PhraseError, phrase_expression
from speechqc.rules.source import Path, read_yaml
from speechqc.text.normalise import QUESTION, Normalised

WORDS = (
    "clause_begins",
    "clause_ends",
    "negators",
    "neutral",
    "linking",
    "subjects",
    "saying",
    "negated_after",
    "after_linking",
    "rhetorical",
    "rhetorical_question",
    "question_ends",
    "question_anywhere",
    "question_begins",
    "question_restart",
    "question_words",
    "question_asking",
    "reported_before",
    "telling",
    "reported_after",
)
NUMBERS = ("reach", "tolerance", "question_words_after")

REPORT_REACH = 14
"""Characters between 有人说 and what was said."""
REPORT_BREAK = 3
"""Characters between 有人跟您说 and the clause end after which the report follows."""
AFTER_REACH = 12
"""Characters after a hit within which 是不可能的 still speaks about it."""

_OPEN = Gate(negation=False, question=False, quotation=False)
_HAN = re.compile(r"[㐀-鿿]")
_UNIT = re.compile(r"[a-z0-9'%.]+|[^\sa-z0-9'%.\x00]")


class Language(msgspec.Struct, frozen=True):
    """The gate words of one language, as phrases, and its distances in characters (zh) or words (en)."""

    words: dict[str, tuple[str, ...]] = {}
    numbers: dict[str, int] = {}


class Vocabulary(msgspec.Struct, frozen=True):
    zh: Language = Language()
    en: Language = Language()

    @staticmethod
    def builtin() -> Vocabulary:
        """The words of ``gates.yaml`` beside this file."""
        return _builtin()

    def joined(self, other: Vocabulary) -> Vocabulary:
        """The words of both; the numbers of `other` where it has any."""
        return Vocabulary(_joined(self.zh, other.zh), _joined(self.en, other.en))


def read_vocabulary(plain: Any, path: Path, problems: Problems) -> Vocabulary:
    """The vocabulary in `plain`; errors are added to `problems`."""
    fields = Fields(plain, path, problems, "`gates`")
    languages = {}
    for name in ("zh", "en"):
        inner = Fields(fields.raw(name, {}), (*path, name), problems, f"`gates.{name}`")
        words = {key: inner.texts(key) for key in WORDS if key in inner}
        for key, entries in words.items():
            for index, entry in enumerate(entries):
                try:
                    phrase_expression(entry)
                except PhraseError as error:
                    problems.add((*path, name, key, index), f"the phrase {shown(entry)}: {error}")
        given = ((key, inner.whole(key, None, high=60)) for key in NUMBERS if key in inner)
        languages[name] = Language(words, {key: number for key, number in given if number is not None})
        inner.finish(also=(*WORDS, *NUMBERS))
    fields.finish()
    return Vocabulary(**languages)


class Gates:
    """Judges hits in normalised text."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self._vocabulary = vocabulary
        self._compiled: dict[str, _Words] = {}

    def clauses(self, heard: Normalised) -> Clauses:
        """The clauses of a text; make it once for all hits in it."""
        return Clauses(heard, self._words(heard.text))

    def stopped_by(self, clauses: Clauses, start: int, end: int, speaker: Role, gate: Gate) -> str | None:
        """The name of the gate that cancels the hit ``text[start:end]``, ``None`` when it counts."""
        if gate == _OPEN:
            return None
        around = clauses.around(start, end)
        if gate.negation and around.negated():
            return "negation"
        if gate.question and around.asked(speaker):
            return "question"
        if gate.quotation and around.reported():
            return "quotation"
        return None

    def _words(self, text: str) -> _Words:
        name = "zh" if _HAN.search(text) else "en"
        if name not in self._compiled:
            self._compiled[name] = _Words(getattr(self._vocabulary, name))
        return self._compiled[name]


class _Words:
    """The regular expressions of one language."""

    def __init__(self, language: Language) -> None:
        compiled = {key: _expression(language.words.get(key, ())) for key in WORDS}
        self.clause_begins = compiled["clause_begins"]
        self.clause_ends = compiled["clause_ends"]
        self.negators = compiled["negators"]
        self.neutral = compiled["neutral"]
        self.linking = compiled["linking"]
        self.subjects = compiled["subjects"]
        self.saying = compiled["saying"]
        self.negated_after = compiled["negated_after"]
        self.after_linking = compiled["after_linking"]
        self.rhetorical = compiled["rhetorical"]
        self.rhetorical_question = compiled["rhetorical_question"]
        self.question_ends = compiled["question_ends"]
        self.question_anywhere = compiled["question_anywhere"]
        self.question_begins = compiled["question_begins"]
        self.question_restart = compiled["question_restart"]
        self.question_words = compiled["question_words"]
        self.question_asking = compiled["question_asking"]
        self.reported_before = compiled["reported_before"]
        self.telling = compiled["telling"]
        self.reported_after = compiled["reported_after"]
        self.reach = language.numbers.get("reach", 0)
        self.tolerance = language.numbers.get("tolerance", 0)
        self.question_words_after = language.numbers.get("question_words_after", 0)


class Clauses:
    """Where the clauses of a text begin and end."""

    def __init__(self, heard: Normalised, words: _Words) -> None:
        self.text = heard.text
        self.marks = heard.marks
        self.words = words
        self._masked: dict[tuple[int, int], str] = {}
        self._around: dict[tuple[int, int], _Around] = {}

    @cached_property
    def _breaks(self) -> list[int]:
        breaks = set(self.marks)
        breaks.update(match.start() for match in self.words.clause_begins.finditer(self.text))
        breaks.update(match.end() for match in self.words.clause_ends.finditer(self.text))
        return sorted(breaks)

    def around(self, start: int, end: int) -> _Around:
        """The hit ``text[start:end]`` in its clause."""
        found = self._around.get((start, end))
        if found is None:
            found = self._around[start, end] = _Around(self, start, end)
        return found

    def masked(self, left: int, right: int) -> str:
        """The clause ``text[left:right]`` without the words that hold a negator and negate nothing."""
        clause = self._masked.get((left, right))
        if clause is None:
            clause = self.text[left:right]
            if self.words.negators.search(clause) is not None:
                clause = self.words.neutral.sub(_mask, clause)
            self._masked[left, right] = clause
        return clause

    def start_of(self, at: int, clauses_back: int = 0) -> int:
        """Where the clause around `at`, or the one so many before it, begins."""
        index = bisect_right(self._breaks, at) - 1 - clauses_back
        return self._breaks[index] if index >= 0 else 0

    def end_of(self, at: int) -> int:
        """Where the clause that reaches to `at` ends."""
        index = bisect_left(self._breaks, at)
        return self._breaks[index] if index < len(self._breaks) else len(self.text)


class _Around:
    """One hit and the clause it stands in."""

    def __init__(self, clauses: Clauses, start: int, end: int) -> None:
        self._clauses = clauses
        self._words = clauses.words
        self._text = clauses.text
        self._start, self._end = start, end
        self._left = clauses.start_of(start)
        self._right = max(end, clauses.end_of(end))
        self._before = clauses.masked(self._left, self._right)[: start - self._left]
        self._after = self._text[end : self._right]

    def negated(self) -> bool:
        """True when an odd number of negations reach the hit, counting rhetorical ones."""
        negations = self._negators()
        if self._words.rhetorical.search(self._before):
            negations += 1
        if negations % 2 == 1 and self._rhetorically_asked():
            negations += 1
        return negations % 2 == 1 or self._denied_after()

    def asked(self, speaker: Role) -> bool:
        """True when the hit stands in a question; an agent's counts unless it asks what the customer wants."""
        if self._words.rhetorical_question.search(self._before):
            return False
        if speaker is Role.AGENT and not self._words.question_asking.search(self._before):
            return False
        if self._ends_as_question():
            return self._negators() == 0
        before = self._text[self._left : self._start]
        if self._words.question_begins.match(before.lstrip()) is not None:
            return True
        if self._asks_before(before) or self._words.question_anywhere.search(self._after):
            return True
        reach = self._words.question_words_after
        near = self._text[max(self._left, self._start - 2) : self._start]
        return bool(
            self._words.question_words.search(self._after[:reach])
            or (reach and self._words.question_words.search(near))
        )

    def reported(self) -> bool:
        """True when somebody else's words are repeated."""
        earliest = self._clauses.start_of(self._start, clauses_back=1)
        for report in self._words.reported_before.finditer(self._text, earliest, self._start):
            if self._tells(report.start()):
                continue
            if report.end() >= self._left:
                if self._start - report.end() <= REPORT_REACH:
                    return True
            elif self._left - report.end() <= REPORT_BREAK:
                return True
        return self._words.reported_after.search(self._text, self._end, self._end + AFTER_REACH) is not None

    def _tells(self, at: int) -> bool:
        """True when what begins at `at` is said to the listener (跟您说), not by them (您说)."""
        return any(told.end() == at for told in self._words.telling.finditer(self._text, max(0, at - 4), at))

    def _negators(self) -> int:
        found = list(self._words.negators.finditer(self._before))
        return sum(self._reaches(negator.end(), negator[0]) for negator in found)

    def _reaches(self, at: int, negator: str) -> bool:
        """True when what stands between a negator and the hit lets the negation through."""
        between = self._words.negators.sub("", self._before[at:])
        if len(_UNIT.findall(between)) > self._words.reach or self._blocked(negator, between):
            return False
        return (
            len(_UNIT.findall(self._words.linking.sub("", between))) <= self._words.tolerance
            and "\0" not in between
        )

    def _blocked(self, opener: str, between: str) -> bool:
        """A new subject begins a new statement unless somebody says it or it is given to somebody."""
        return self._restarts(self._words.subjects, opener, between)

    def _restarts(self, subjects: re.Pattern[str], opener: str, between: str) -> bool:
        for subject in subjects.finditer(between):
            lead = (opener + between[: subject.start()]).rstrip()
            if not any(match.end() == len(lead) for match in self._words.saying.finditer(lead)):
                return True
        return False

    def _rhetorically_asked(self) -> bool:
        return self._words.rhetorical_question.search(self._before) is not None or self._ends_as_question()

    def _ends_as_question(self) -> bool:
        if self._clauses.marks.get(self._right) == QUESTION:
            return True
        if any(match.end() == len(self._after) for match in self._words.question_ends.finditer(self._after)):
            return True
        tag = self._text[self._right : self._clauses.end_of(self._right + 1)].strip()
        return self._words.question_ends.fullmatch(tag) is not None

    def _asks_before(self, before: str) -> bool:
        return any(
            not self._restarts(self._words.question_restart, match[0], before[match.end() :])
            for match in self._words.question_anywhere.finditer(before)
        )

    def _denied_after(self) -> bool:
        after = self._text[self._end : self._end + AFTER_REACH]
        denial = self._words.negated_after.search(after)
        return denial is not None and not self._words.after_linking.sub("", after[: denial.start()]).strip()


def _mask(match: re.Match[str]) -> str:
    return "\0" * len(match[0])


def _expression(phrases: Iterable[str]) -> re.Pattern[str]:
    """One expression for all of `phrases`, the longest first."""
    alternatives = sorted(
        {phrase_expression(phrase) for phrase in phrases}, key=lambda text: (-len(text), text)
    )
    return re.compile("|".join(alternatives) or r"(?!)")


def _joined(one: Language, other: Language) -> Language:
    words = dict(one.words)
    for key, entries in other.words.items():
        words[key] = tuple(dict.fromkeys((*words.get(key, ()), *entries)))
    return Language(words, {**one.numbers, **other.numbers})


@cache
def _builtin() -> Vocabulary:
    path = FilePath(__file__).with_name("gates.yaml")
    plain = read_yaml(path.read_text(encoding="utf-8"), str(path))
    return Vocabulary(**{name: _language(entries) for name, entries in plain.items()})


def _language(plain: dict[str, Any]) -> Language:
    """One language of the built-in words, which the tests have checked."""
    words = {key: tuple(map(str, entries)) for key, entries in plain.items() if key in WORDS}
    return Language(words, {key: plain[key] for key in NUMBERS})
