"""The notation of examples: a small call in one line, as rule files and the domain brief write it.

``客户:别再打了 → [pause=5] 坐席:您先听我说完 [end]``; see docs/rules.md.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TypeVar

import msgspec

from speechqc.events import (
    CallClock,
    CallEnded,
    CallKind,
    CallStarted,
    ContactHistory,
    Direction,
    Event,
    Role,
    Utterance,
)
from speechqc.rules.context import CONTEXT_KEYS
from speechqc.rules.measures import MEASURE_NAMES, Measure

ZH_CHARACTERS_PER_S = 4.0
EN_CHARACTERS_PER_S = 14.0
PAUSE_S = 0.6
HELD_S = 300
"""A measure set by an example holds this long when the example names no pause."""

_SPEAKERS = {"客户": Role.CUSTOMER, "customer": Role.CUSTOMER, "坐席": Role.AGENT, "agent": Role.AGENT}
_TAG = re.compile(r"\[([^\[\]]*)\]")
_SPEAKER = re.compile(r"\s*(客户|坐席|customer|agent)\s*[:：]", re.IGNORECASE)
_HAN = re.compile(r"[㐀-鿿]")


_E = TypeVar("_E", CallKind, Direction)


class ExampleError(ValueError):
    """An example that does not follow the notation."""


class Step(msgspec.Struct, frozen=True):
    """One event of an example; a measure set just before it, when it has one."""

    event: Event
    measures: dict[str, Measure]


class Example(msgspec.Struct, frozen=True):
    started: CallStarted
    steps: tuple[Step, ...]


def read_example(written: str, *, role: Role | None, started: CallStarted, strict: bool = True) -> Example:
    """The call that `written` describes.

    Args:
        role: who speaks a bare sentence; ``None`` is the agent.
        started: the call's context where the example gives none.
        strict: an unknown tag is an error; else it is ignored.

    Raises:
        ExampleError: an unknown tag or a value that its tag cannot have.
    """
    context: dict[str, object] = {}
    history: dict[str, object] = {}
    writer = _Writer("zh" if _HAN.search(written) else "en")
    for part in written.split("→"):
        for kind, text in _pieces(part):
            if kind == "say":
                writer.say(text, role or Role.AGENT)
            elif not writer.tag(text) and not _context(text, context, history) and strict:
                raise ExampleError(f"unknown tag [{text}]; {_KNOWN}")
    if history:
        try:
            context["history"] = msgspec.convert(history, ContactHistory, strict=False)
        except msgspec.ValidationError as error:
            raise ExampleError(f"[history …]: {error}") from error
    started = msgspec.structs.replace(started, **context)
    return Example(started, tuple(writer.finish()))


_KNOWN = (
    "known are [product=…], [kind=…], [direction=…], [language=…], [ivr_notice=true], [pause=40], [end], "
    "[metric name=value], [history name=value] and what is known of a call: "
    + ", ".join(f"[{name}=…]" for name in CONTEXT_KEYS)
)


def _pieces(part: str) -> Iterator[tuple[str, str]]:
    """The sentences (``say``) and tags (``tag``) of one turn, in order."""
    cursor = 0
    for tag in _TAG.finditer(part):
        if part[cursor : tag.start()].strip():
            yield "say", part[cursor : tag.start()].strip()
        yield "tag", tag[1].strip()
        cursor = tag.end()
    if part[cursor:].strip():
        yield "say", part[cursor:].strip()


class _Writer:
    """Writes the events with running call time."""

    def __init__(self, language: str) -> None:
        self._rate = ZH_CHARACTERS_PER_S if language == "zh" else EN_CHARACTERS_PER_S
        self._now = 0.0
        self._turn = -1
        self._steps: list[Step] = []
        self._measures: dict[str, Measure] = {}
        self._paused = False
        self._ended = False

    def say(self, text: str, role: Role) -> None:
        speaker = _SPEAKER.match(text)
        if speaker is not None:
            role, text = _SPEAKERS[speaker[1].lower()], text[speaker.end() :].strip()
        self._turn += 1
        end = self._now + max(0.4, len(text) / self._rate)
        self._put(
            Utterance(call_id="example", role=role, turn=self._turn, start=self._now, end=end, text=text)
        )
        self._now = end + PAUSE_S

    def tag(self, text: str) -> bool:
        name, _, value = text.partition("=")
        if text == "end":
            self._put(CallEnded(call_id="example", at=self._now))
            self._ended = True
        elif name == "pause":
            self._paused = True
            self._pass(_seconds(value))
        elif name.startswith("metric "):
            self._set(name.removeprefix("metric ").strip(), value)
        else:
            return False
        return True

    def finish(self) -> list[Step]:
        if self._measures and not self._paused and not self._ended:
            self._pass(HELD_S)
        return self._steps

    def _set(self, name: str, value: str) -> None:
        if name not in MEASURE_NAMES:
            raise ExampleError(f"unknown measure {name!r}; known are {', '.join(MEASURE_NAMES)}")
        self._measures = {**self._measures, name: Measure(_number(value), 0.0, self._now)}

    def _pass(self, seconds: float) -> None:
        until = self._now + seconds
        while self._now < until:
            self._now = min(until, self._now + 1.0)
            self._put(CallClock(call_id="example", at=self._now))

    def _put(self, event: Event) -> None:
        self._steps.append(Step(event, self._measures))


def _context(text: str, context: dict[str, object], history: dict[str, object]) -> bool:
    """Take a tag about the call; False when it is none."""
    name, _, value = text.partition("=")
    name, value = name.strip(), value.strip()
    match name:
        case "product" | "language":
            context[name] = value
        case "kind":
            context["kind"] = _member(CallKind, value)
        case "direction" | "call":
            context["direction"] = _member(Direction, value)
        case "ivr_notice":
            context["recording_notice"] = value == "true"
        case "role":
            _metadata(context, "customer_role", value)
        case _ if name in CONTEXT_KEYS:
            _metadata(context, name, value)
        case _ if name.startswith("history "):
            history[name.removeprefix("history ").strip()] = value
        case _:
            return False
    return True


def _metadata(context: dict[str, object], name: str, value: str) -> None:
    known = context.get("metadata")
    context["metadata"] = {**(known if isinstance(known, dict) else {}), name: value}


def _member(kind: type[_E], value: str) -> _E:
    try:
        return kind(value)
    except ValueError:
        raise ExampleError(f"came {value!r}, expected one of {', '.join(kind)}") from None


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise ExampleError(f"came {text!r}, expected a number") from None


def _seconds(text: str) -> float:
    seconds = _number(text)
    if not 0 <= seconds <= 7200:
        raise ExampleError(f"came a pause of {text}, expected 0 to 7200 seconds")
    return seconds
