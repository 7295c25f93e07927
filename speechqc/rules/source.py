"""Reading YAML rule files: plain data first, line numbers only when an error must be located.

Only text, whole and decimal numbers, true/false and null have a meaning of their own (the core schema of
YAML 1.2): ``no`` and ``21:00`` are text, as the author of a rule means them.
"""

from __future__ import annotations

import re
from collections.abc import Hashable
from typing import Any, ClassVar

import yaml

from speechqc.errors import RuleError

Path = tuple[str | int, ...]
"""Keys and indices from the top of a file to a value."""

MAX_DEPTH = 40

_Base: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class _Loader(_Base):  # type: ignore[misc]
    """Safe loader with the core schema; a key given twice is an error."""

    yaml_implicit_resolvers: ClassVar[dict[str, Any]] = {}

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        plain: dict[Hashable, Any] = super().construct_mapping(node, deep=deep)
        if len(plain) < len(node.value):
            seen: set[str] = set()
            for key, _ in node.value:
                if key.value in seen:
                    raise yaml.constructor.ConstructorError(
                        None, None, f"the key {key.value!r} stands twice", key.start_mark
                    )
                seen.add(key.value)
        return plain


for _tag, _pattern, _first in (
    ("bool", r"^(?:true|false)$", "tf"),
    ("int", r"^[-+]?(?:0|[1-9][0-9]{0,15})$", "-+0123456789"),
    ("float", r"^[-+]?(?:[0-9]{1,15}\.[0-9]{1,15})$", "-+0123456789"),
    ("null", r"^(?:null|~|)$", ["n", "~", ""]),
):
    _Loader.add_implicit_resolver(f"tag:yaml.org,2002:{_tag}", re.compile(_pattern), list(_first))


def read_yaml(text: str, file: str) -> Any:
    """The data in `text`.

    Raises:
        RuleError: no YAML, a key twice, an alias that contains itself, nesting deeper than 40.
    """
    try:
        plain = yaml.load(text, Loader=_Loader)
        _check_depth(plain, 0)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = mark.line + 1 if mark is not None else 1
        raise RuleError(
            f"{file}:{line}: {_problem(error)}",
            hint="text that holds { } [ ] : , # @ or begins with a sign needs quotes in YAML",
        ) from error
    except RecursionError as error:
        raise RuleError(f"{file}:1: nested deeper than {MAX_DEPTH} levels") from error
    except (ValueError, TypeError, KeyError, AttributeError, OverflowError) as error:
        raise RuleError(f"{file}:1: holds a value that cannot be read: {error}") from error
    return plain


def locate(text: str, paths: list[Path]) -> list[int]:
    """The line, from 1, of each of `paths` in `text`, or of the nearest thing around it that exists."""
    top = yaml.compose(text, Loader=_Loader)
    return [_line_of(top, path) for path in paths]


def _line_of(node: yaml.Node | None, path: Path) -> int:
    line = 1 if node is None else node.start_mark.line + 1
    for step in path:
        found: tuple[int, yaml.Node] | None = None
        if isinstance(node, yaml.MappingNode):
            matches = (
                pair
                for pair in node.value
                if isinstance(pair[0], yaml.ScalarNode) and pair[0].value == str(step)
            )
            found = next(((key.start_mark.line + 1, value) for key, value in matches), None)
        elif isinstance(node, yaml.SequenceNode) and isinstance(step, int) and step < len(node.value):
            found = (node.value[step].start_mark.line + 1, node.value[step])
        if found is None:
            return line
        line, node = found
    return line


def _problem(error: yaml.YAMLError) -> str:
    return str(getattr(error, "problem", None) or getattr(error, "reason", None) or error).splitlines()[0]


def _check_depth(plain: Any, depth: int) -> None:
    if depth > MAX_DEPTH:
        raise RecursionError
    if isinstance(plain, dict):
        for value in plain.values():
            _check_depth(value, depth + 1)
    elif isinstance(plain, list):
        for value in plain:
            _check_depth(value, depth + 1)
