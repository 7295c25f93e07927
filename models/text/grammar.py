"""Random sentences from templates: ``{slot}`` a word, ``(a|b)`` one of, ``[a]`` perhaps."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

_TOKEN = re.compile(r"\{\w+\}|[()\[\]|]|[^{}()\[\]|]+")

Slot = Callable[[random.Random], str]


@dataclass(frozen=True, slots=True)
class _Literal:
    text: str


@dataclass(frozen=True, slots=True)
class _SlotName:
    name: str


@dataclass(frozen=True, slots=True)
class _Choice:
    options: tuple[tuple[_Node, ...], ...]


_Node = _Literal | _SlotName | _Choice


class Grammar:
    """Templates and the slots they name.

    Raises:
        ValueError: a template is not well formed or names an unknown slot; the message quotes it.
    """

    def __init__(self, templates: Sequence[str], slots: Mapping[str, Slot]) -> None:
        self._templates = [_parse_template(template) for template in templates]
        self._slots = slots
        for template, nodes in zip(templates, self._templates, strict=True):
            unknown = _slot_names(nodes) - set(slots)
            if unknown:
                raise ValueError(f"template names unknown slot {sorted(unknown)}: {template!r}")

    def sentence(self, rng: random.Random) -> str:
        """One sentence; a comma in it is a pause."""
        return self._expand(rng.choice(self._templates), rng)

    def _expand(self, nodes: Sequence[_Node], rng: random.Random) -> str:
        said = ""
        for node in nodes:
            if isinstance(node, _Literal):
                said += node.text
            elif isinstance(node, _SlotName):
                said += self._slots[node.name](rng)
            else:
                said += self._expand(rng.choice(node.options), rng)
        return said


def _parse_template(template: str) -> tuple[_Node, ...]:
    tokens = _TOKEN.findall(template)
    if "".join(tokens) != template:
        raise ValueError(f"template is not well formed: {template!r}")
    options, rest = _parse_options(tokens, closing="")
    if rest or len(options) != 1:
        raise ValueError(f"template has a stray bracket or bar: {template!r}")
    return options[0]


def _parse_options(tokens: list[str], *, closing: str) -> tuple[tuple[tuple[_Node, ...], ...], list[str]]:
    options: list[tuple[_Node, ...]] = []
    current: list[_Node] = []
    while tokens:
        token, tokens = tokens[0], tokens[1:]
        if token == closing:
            return (*options, tuple(current)), tokens
        if token == "|":
            options.append(tuple(current))
            current = []
        elif token == "(":
            inner, tokens = _parse_options(tokens, closing=")")
            current.append(_Choice(inner))
        elif token == "[":
            inner, tokens = _parse_options(tokens, closing="]")
            current.append(_Choice((*inner, ())))
        elif token.startswith("{"):
            current.append(_SlotName(token[1:-1]))
        elif token in ")]":
            raise ValueError("template has a stray bracket")
        else:
            current.append(_Literal(token))
    if closing:
        raise ValueError(f"template lacks {closing!r}")
    return (*options, tuple(current)), tokens


def _slot_names(nodes: Sequence[_Node]) -> set[str]:
    names: set[str] = set()
    for node in nodes:
        if isinstance(node, _SlotName):
            names.add(node.name)
        elif isinstance(node, _Choice):
            for option in node.options:
                names |= _slot_names(option)
    return names
