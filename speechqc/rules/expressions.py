"""Which regular expressions a rule may bring: none that takes for ever on words that nobody chose.

Python's matcher backtracks, so a repetition inside a repetition can need time exponential in the text (see
Weideman et al., "Analyzing matching time behavior of backtracking regular expression matchers", CIAA 2016). The
check is by structure, hence stricter than needed; what passes is at worst quadratic in a text of bounded length.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from re import _constants, _parser  # type: ignore[attr-defined]  # what re.compile itself parses with
from typing import Any

FAR = 60
"""A repetition that may go on for more than this is far: two far ones may follow each other, of few characters."""


class ExpressionError(ValueError):
    """An expression that no rule may bring; the message says why."""


def check_expression(written: str) -> None:
    """Accept `written` or say why not.

    Raises:
        ExpressionError: it is no regular expression, matches nothing at all, or may take for ever.
    """
    try:
        compiled = re.compile(written)
        parsed = _parser.parse(written)
    except (re.error, RecursionError, OverflowError) as error:
        raise ExpressionError(f"is no regular expression: {error}") from None
    if compiled.match("") is not None:
        raise ExpressionError("matches nothing at all; expected one that needs text")
    wide = 0
    for repeat in _repeats(parsed):
        _, most, inside = repeat
        if most > 1 and _may_double(inside, endless=most > FAR):
            raise ExpressionError(
                "repeats what holds a repetition or alternatives that begin alike, which can take for ever; "
                "write the inner one with limits and repeat it at most a few times"
            )
        wide += most > FAR and _is_wide(inside)
    if wide > 1:
        raise ExpressionError("holds more than one `.*` or `.+`; write gaps with a limit, as .{0,20}")


def _may_double(inside: Any, *, endless: bool) -> bool:
    """True when one text may be read in many ways as repetitions of `inside`."""
    if any(most > FAR or (endless and most > least) for least, most, _ in _repeats(inside)):
        return True
    return endless and any(not _is_prefix_free(branches) for branches in _branches(inside))


def _is_prefix_free(branches: Iterable[Any]) -> bool:
    texts = [_literal(branch) for branch in branches]
    known = [text for text in texts if text is not None]
    if len(known) < len(texts):
        return False
    return not any(
        one.startswith(other) for i, one in enumerate(known) for j, other in enumerate(known) if i != j
    )


def _literal(branch: Any) -> str | None:
    """The text that `branch` matches when it is plain text."""
    if any(code is not _constants.LITERAL for code, _ in branch):
        return None
    return "".join(chr(value) for _, value in branch)


def _is_wide(inside: Any) -> bool:
    """True when `inside` is any character, or any but a few."""
    if len(inside) != 1:
        return False
    code, value = inside[0]
    negated = code is _constants.IN and bool(value) and value[0][0] is _constants.NEGATE
    return code in (_constants.ANY, _constants.NOT_LITERAL) or negated


def _repeats(parsed: Any) -> Iterator[tuple[int, int, Any]]:
    for code, value in _nodes(parsed):
        if code in (_constants.MAX_REPEAT, _constants.MIN_REPEAT):
            yield int(value[0]), int(value[1]), value[2]


def _branches(parsed: Any) -> Iterator[list[Any]]:
    for code, value in _nodes(parsed):
        if code is _constants.BRANCH:
            yield value[1]


def _nodes(parsed: Any) -> Iterator[tuple[Any, Any]]:
    """Every node of a parsed expression, at any depth; a character set is one node."""
    for code, value in parsed:
        yield code, value
        if code is not _constants.IN:
            for part in _parts(value):
                yield from _nodes(part)


def _parts(value: Any) -> Iterator[Any]:
    if isinstance(value, _parser.SubPattern):
        yield value
    elif isinstance(value, list | tuple):
        for item in value:
            yield from _parts(item)
