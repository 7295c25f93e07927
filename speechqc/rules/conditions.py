"""From the ``condition:`` of a rule file to :mod:`speechqc.rules.model`."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

from speechqc.events import Role
from speechqc.rules.expressions import ExpressionError, check_expression
from speechqc.rules.fields import Fields, Problems, expected, shown
from speechqc.rules.measures import HISTORY_NAMES, MEASURE_NAMES
from speechqc.rules.model import (
    Absent,
    AllOf,
    AnyCondition,
    AnyOf,
    Deadline,
    Gate,
    History,
    Metric,
    Near,
    Not,
    Phrase,
    Position,
    Repeat,
    RuleRef,
    Within,
    Words,
)
from speechqc.rules.model import (
    Sequence as InOrder,
)
from speechqc.rules.phrases import PhraseError, Phrases
from speechqc.rules.source import Path

ROLES = ("agent", "customer", "any")
WORD_KEYS = ("phrases", "sounds", "regex", "semantic")
MAX_NESTING = 12
_TIME = re.compile(r"(?:[01]\d|2[0-3]):[0-5]\d")

S = TypeVar("S")


class ConditionReader:
    """Reads the conditions of one file; `lists` are the named alternatives of its pack."""

    def __init__(self, lists: Mapping[str, Sequence[str]], problems: Problems) -> None:
        self._phrases = Phrases(lists)
        self._problems = problems

    def read(self, plain: Any, path: Path, role: Role | None, depth: int = 0) -> AnyCondition:
        """The condition in `plain`, or one that never matches, with the errors noted."""
        if depth > MAX_NESTING:
            self._problems.add(path, f"conditions stand more than {MAX_NESTING} deep in one another")
            return _NEVER
        fields = Fields(plain, path, self._problems, "a condition")
        role = self._role(fields, role)
        position = self._position(fields)
        operators = [key for key in fields.plain if key in _OPERATORS]
        if any(key in fields for key in WORD_KEYS):
            operators = [key for key in operators if key not in WORD_KEYS] + ["phrases"]
        if len(operators) != 1:
            if isinstance(plain, dict):
                names = ", ".join(operators) if operators else ", ".join(map(str, fields.plain)) or "nothing"
                fields.wrong(None, f"came {names}, expected exactly one operator of {', '.join(_OPERATORS)}")
            return _NEVER
        condition = _OPERATORS[operators[0]](self, fields, role, depth, position)
        fields.finish(also=(*_OPERATORS,) if operators[0] == "phrases" else ())
        return condition

    def phrases(self, fields: Fields, key: str) -> tuple[Phrase, ...]:
        """The compiled phrases of the list `key`."""
        compiled: list[Phrase] = []
        for index, written in enumerate(fields.texts(key)):
            try:
                compiled.append(Phrase(written, self._phrases.compile(written)))
            except PhraseError as error:
                self._problems.add((*fields.path, key, index), f"the phrase {shown(written)}: {error}")
        return tuple(compiled)

    def words(
        self, fields: Fields, role: Role | None, _depth: int = 0, position: Position | None = None
    ) -> Words:
        regex = fields.text("regex") if "regex" in fields else None
        if regex is not None:
            try:
                check_expression(regex)
            except ExpressionError as error:
                fields.wrong("regex", f"`regex`: came {shown(regex)}, which {error}")
                regex = None
        return Words(
            role=role,
            phrases=self.phrases(fields, "phrases"),
            sounds=self.phrases(fields, "sounds"),
            regex=regex,
            semantic=fields.text("semantic") if "semantic" in fields else None,
            at_least=fields.number("at_least", None, high=1.0),
            unless=self.phrases(fields, "unless"),
            gate=Gate(*(self._gate(fields, name) for name in ("negation", "question", "quotation"))),
            position=position,
        )

    def _gate(self, fields: Fields, name: str) -> bool:
        return fields.choice(name, ("cancel", "allow"), "cancel") == "cancel"

    def _role(self, fields: Fields, inherited: Role | None) -> Role | None:
        if "role" not in fields:
            return inherited
        name = fields.choice("role", ROLES, "any")
        return None if name == "any" else Role(name)

    def _position(self, fields: Fields) -> Position | None:
        if "position" not in fields:
            return None
        inner = Fields(fields.raw("position"), (*fields.path, "position"), self._problems, "`position`")
        position = Position(
            first_s=inner.number("first_s", None), first_turns=inner.whole("first_turns", None, low=1)
        )
        inner.finish()
        if position == Position():
            fields.wrong("position", "`position` needs first_s or first_turns")
        return position

    def _within(self, fields: Fields, default: Within) -> Within:
        if "within" not in fields:
            return default
        inner = Fields(fields.raw("within"), (*fields.path, "within"), self._problems, "`within`")
        within = Within(
            chars=inner.whole("chars", None, low=1, high=200),
            turns=inner.whole("turns", None, low=0, high=100),
            seconds=inner.number("seconds", None, high=7200),
        )
        inner.finish()
        if within == Within():
            fields.wrong("within", "`within` needs chars, turns or seconds")
        return within

    def _items(
        self, fields: Fields, key: str, role: Role | None, depth: int, count: int | None
    ) -> tuple[AnyCondition, ...]:
        plain = fields.raw(key)
        if not isinstance(plain, list) or not plain or (count is not None and len(plain) != count):
            many = "a list of conditions" if count is None else f"a list of {count} conditions"
            fields.wrong(key, f"`{key}`: came {shown(plain)}, expected {many}")
            return (_NEVER,) * (count or 1)
        return tuple(self.read(item, (*fields.path, key, n), role, depth + 1) for n, item in enumerate(plain))

    def _one(self, fields: Fields, key: str, role: Role | None, depth: int) -> AnyCondition:
        return self.read(fields.raw(key), (*fields.path, key), role, depth + 1)

    def _maybe(self, fields: Fields, key: str, role: Role | None, depth: int) -> AnyCondition | None:
        return self._one(fields, key, role, depth) if key in fields else None

    def any(self, fields: Fields, role: Role | None, depth: int, position: Position | None) -> AnyCondition:
        return AnyOf(items=self._items(fields, "any", role, depth, None), position=position)

    def all(self, fields: Fields, role: Role | None, depth: int, position: Position | None) -> AnyCondition:
        within = self._within(fields, Within()) if "within" in fields else None
        return AllOf(items=self._items(fields, "all", role, depth, None), within=within, position=position)

    def not_(self, fields: Fields, role: Role | None, depth: int, position: Position | None) -> AnyCondition:
        within = self._within(fields, Within()) if "within" in fields else None
        return Not(item=self._one(fields, "not", role, depth), within=within, position=position)

    def near(self, fields: Fields, role: Role | None, depth: int, position: Position | None) -> AnyCondition:
        first, second = self._items(fields, "near", role, depth, 2)
        return Near(
            first=first, second=second, within=self._within(fields, Within(chars=12)), position=position
        )

    def sequence(
        self, fields: Fields, role: Role | None, depth: int, position: Position | None
    ) -> AnyCondition:
        first, then = self._items(fields, "sequence", role, depth, 2)
        return InOrder(
            first=first,
            then=then,
            within=self._within(fields, Within(turns=2)),
            unless_between=self._maybe(fields, "unless_between", role, depth),
            position=position,
        )

    def absent(
        self, fields: Fields, role: Role | None, depth: int, position: Position | None
    ) -> AnyCondition:
        condition = Absent(
            awaited=self._one(fields, "absent", role, depth),
            role=role,
            after=self._maybe(fields, "after", role, depth),
            counts_earlier=fields.flag("counts_earlier"),
            deadline=self.deadline(fields),
            before=self._maybe(fields, "before", role, depth),
            at_end=fields.flag("at_end"),
            position=position,
        )
        if condition.deadline is None and condition.before is None and not condition.at_end:
            fields.wrong(None, "`absent` never ends: give it a deadline, before, or at_end: true")
        return condition

    def deadline(self, fields: Fields) -> Deadline | None:
        """The limits under ``deadline``, ``None`` without any."""
        if "deadline" not in fields:
            return None
        inner = Fields(fields.raw("deadline"), (*fields.path, "deadline"), self._problems, "`deadline`")
        deadline = Deadline(
            seconds=inner.number("seconds", None, high=7200),
            speech_s=inner.number("speech_s", None, high=7200),
            turns=inner.whole("turns", None, low=1, high=1000),
        )
        inner.finish()
        if deadline == Deadline():
            fields.wrong("deadline", "`deadline` needs seconds, speech_s or turns")
        return deadline

    def repeat(
        self, fields: Fields, role: Role | None, depth: int, position: Position | None
    ) -> AnyCondition:
        return Repeat(
            item=self._one(fields, "repeat", role, depth),
            times=fields.whole("times", 2, low=2, high=100) or 2,
            within=self._within(fields, Within(seconds=120.0)),
            position=position,
        )

    def rule(
        self, fields: Fields, _role: Role | None, _depth: int, position: Position | None
    ) -> AnyCondition:
        return RuleRef(rule=fields.text("rule"), position=position)

    def metric(
        self, fields: Fields, _role: Role | None, _depth: int, position: Position | None
    ) -> AnyCondition:
        name = self._named(fields, "metric", MEASURE_NAMES)
        condition = Metric(
            name=name,
            over=fields.number("over", None, low=-1e6),
            under=fields.number("under", None, low=-1e6),
            clear=fields.number("clear", None, low=-1e6),
            for_s=fields.number("for_s", 0.0) or 0.0,
            after_s=fields.number("after_s", 0.0) or 0.0,
            at_end=fields.flag("at_end"),
            position=position,
        )
        if (condition.over is None) == (condition.under is None):
            fields.wrong("metric", "`metric` needs exactly one of over and under")
        return condition

    def history(
        self, fields: Fields, _role: Role | None, _depth: int, position: Position | None
    ) -> AnyCondition:
        name = self._named(fields, "history", HISTORY_NAMES)
        condition = History(
            name=name,
            at_least=fields.number("at_least", None),
            over=fields.number("over", None),
            present=fields.flag("present") if "present" in fields else None,
            outside=self.window(fields),
            position=position,
        )
        given = (condition.at_least, condition.over, condition.present, condition.outside)
        if sum(value is not None for value in given) != 1:
            fields.wrong("history", "`history` needs exactly one of at_least, over, present, outside")
        self._check_fact(fields, condition)
        return condition

    def _check_fact(self, fields: Fields, condition: History) -> None:
        counts = condition.at_least is not None or condition.over is not None
        if counts and condition.name in ("local_time", "do_not_call"):
            fields.wrong("history", f"`{condition.name}` is no count; expected present or outside")
        if condition.outside is not None and condition.name != "local_time":
            fields.wrong("outside", f"`outside` is for local_time, not for {condition.name}")

    def window(self, fields: Fields) -> tuple[str, str] | None:
        """The hours under ``outside``, ``None`` without any."""
        if "outside" not in fields:
            return None
        times = fields.texts("outside")
        if len(times) != 2 or any(_TIME.fullmatch(time) is None for time in times):
            fields.wrong(
                "outside",
                f'`outside`: came {", ".join(times) or "nothing"}, expected two times as ["09:00", "21:00"]',
            )
            return ("00:00", "24:00")
        return (times[0], times[1])

    def _named(self, fields: Fields, key: str, known: Mapping[str, Any]) -> str:
        name = fields.text(key)
        if name and name not in known:
            fields.wrong(key, f"`{key}`: {expected(name, known)}")
        return name


_NEVER = Words(role=None)

_Reader = Callable[[ConditionReader, Fields, Role | None, int, Position | None], AnyCondition]
_OPERATORS: dict[str, _Reader] = {
    "phrases": ConditionReader.words,
    "sounds": ConditionReader.words,
    "regex": ConditionReader.words,
    "semantic": ConditionReader.words,
    "any": ConditionReader.any,
    "all": ConditionReader.all,
    "not": ConditionReader.not_,
    "near": ConditionReader.near,
    "sequence": ConditionReader.sequence,
    "absent": ConditionReader.absent,
    "repeat": ConditionReader.repeat,
    "metric": ConditionReader.metric,
    "history": ConditionReader.history,
    "rule": ConditionReader.rule,
}
