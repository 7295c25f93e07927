"""The phrase mini-language: ``(肯定|一定|)赚``, ``[三四五]年``, ``@certainly``, ``本金{6}没问题``, ``本金…没问题``.

A phrase compiles into patterns. A pattern is a chain of slots with gaps between them; a slot is a set of
literals of which one must stand there. Alternatives around a gap are no cross product of literals, only
those that touch are multiplied out.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from itertools import product

import msgspec

from speechqc.text.normalise import normal_form

DEFAULT_GAP = 4
MAX_GAP = 40
MAX_LITERALS = 20_000
MAX_PATTERNS = 500
LONGEST_WORD = 9
"""Characters that a word counts for in a gap of a regular expression."""
KEPT_FORMS = 200_000
"""Normalised literals that are remembered: the lists of a pack bring the same ones again and again."""


class Pattern(msgspec.Struct, frozen=True):
    """Slots of normalised literals; between slot ``i`` and ``i + 1`` at most ``gaps[i]`` units."""

    slots: tuple[frozenset[str], ...]
    gaps: tuple[int, ...] = ()


class PhraseError(ValueError):
    """A phrase that cannot be compiled; the message says why."""


_Chain = tuple[tuple[frozenset[str], ...], tuple[int, ...]]
_EMPTY = frozenset([""])
_NOTHING: _Chain = ((_EMPTY,), ())
_TOKEN = re.compile(
    r"\)\?|[()|]|@[A-Za-z_][A-Za-z0-9_]*|\{\s*(\d+)\s*\}|…+|\[[^\[\]]+\]|[^()|@{}…\[\]]+|.", re.DOTALL
)
_HAN = re.compile(r"[㐀-鿿]")
_WIDE_GAP = re.compile(r" (\.\{0,\d+\}\?) ")
_WIDE = str.maketrans("（）｜｛｝＠［］％", "()|{}@[]%")
_NO_TEXT = re.compile(r"[\\$^*+<>=~]|(?<!\d)%")
"""Signs that speech never has: written in a phrase they would silently stand for nothing."""


def compile_phrase(phrase: str, lists: Mapping[str, Sequence[str]]) -> tuple[Pattern, ...]:
    """The patterns of `phrase`; ``@name`` takes the alternatives of ``lists[name]``.

    Raises:
        PhraseError: an unknown list, a list inside itself, unbalanced parentheses, a phrase that is empty
            or holds only what normalisation removes, or one with too many alternatives.
    """
    return Phrases(lists).compile(phrase)


class Phrases:
    """Compiles the phrases of one pack; each of its `lists` is expanded once."""

    def __init__(self, lists: Mapping[str, Sequence[str]]) -> None:
        self._lists = lists
        self._expanded: dict[str, list[_Chain]] = {}

    def compile(self, phrase: str) -> tuple[Pattern, ...]:
        """The patterns of `phrase`, see :func:`compile_phrase`."""
        patterns = [pattern for chain in self._chains(phrase, ()) for pattern in _patterns(chain)]
        if not patterns:
            raise PhraseError(
                "nothing is left of it: it is empty, or normalisation removes its fillers and punctuation"
            )
        return tuple(dict.fromkeys(patterns))

    def _chains(self, phrase: str, inside: tuple[str, ...]) -> list[_Chain]:
        tokens = list(_TOKEN.finditer(phrase.translate(_WIDE)))[::-1]
        chains = self._alternatives(tokens, inside, depth=0)
        if tokens:
            raise PhraseError("a ')' has no '(' before it")
        return chains

    def _alternatives(self, tokens: list[re.Match[str]], inside: tuple[str, ...], depth: int) -> list[_Chain]:
        """The chains up to the end or the closing parenthesis; takes what it reads from the end of `tokens`."""
        options: list[list[_Chain]] = []
        current: list[_Chain] = [_NOTHING]
        while tokens:
            token = tokens.pop()
            written = token[0]
            if written == "|":
                if depth == 0:
                    raise PhraseError("'|' stands outside parentheses; write (a|b)")
                options.append(current)
                current = [_NOTHING]
            elif written.startswith(")"):
                if depth == 0:
                    raise PhraseError("a ')' has no '(' before it")
                nothing = [[_NOTHING]] if written == ")?" else []
                return _merged([*options, current, *nothing])
            elif written == "(":
                current = _joined(current, self._alternatives(tokens, inside, depth + 1))
            elif written.startswith("@") and len(written) > 1:
                current = _joined(current, self._listed(written[1:], inside))
            else:
                current = _joined(current, [_atom(token)])
        if depth:
            raise PhraseError("a '(' is not closed")
        return current

    def _listed(self, name: str, inside: tuple[str, ...]) -> list[_Chain]:
        if name in inside:
            raise PhraseError(f"the list @{name} contains itself")
        if name not in self._lists:
            raise PhraseError(
                f"no list is named @{name}; known are {', '.join(sorted(self._lists)) or 'none'}"
            )
        expanded = self._expanded.get(name)
        if expanded is None:
            items = [self._chains(item, (*inside, name)) for item in self._lists[name]]
            expanded = self._expanded[name] = _merged(items)
        return expanded


def phrase_expression(phrase: str) -> str:
    """`phrase`, which uses no lists, as a regular expression on normalised text; English words match whole.

    Raises:
        PhraseError: the phrase is no phrase of the mini-language.
    """
    depth = 0
    written: list[str] = []
    for token in _TOKEN.finditer(phrase.translate(_WIDE)):
        text = token[0]
        if text == "(":
            depth += 1
            written.append("(?:")
        elif text in (")", ")?", "|") and depth:
            depth -= text != "|"
            written.append(text)
        elif token[1] is not None or text.startswith("…"):
            width = int(token[1]) if token[1] is not None else DEFAULT_GAP
            written.append(f".{{0,{width * (1 if _HAN.search(phrase) else LONGEST_WORD)}}}?")
        elif text in "()|{}[]" or text == ")?" or text.startswith("@"):
            raise PhraseError(f"a stray '{text}'")
        elif text.startswith("["):
            written.append(f"[{re.escape(text[1:-1])}]")
        else:
            written.append(_piece_expression(text))
    if depth:
        raise PhraseError("a '(' is not closed")
    expression = "".join(written)
    if _HAN.search(phrase):
        return expression
    return rf"\b(?:{_WIDE_GAP.sub(_any_words, expression)})\b"


def _any_words(gap: re.Match[str]) -> str:
    """No word at all leaves one space between the words beside the gap."""
    return f" (?:{gap[1]} )?"


def _piece_expression(text: str) -> str:
    """`text` normalised and escaped, with the spaces at its ends that part it from what stands beside it."""
    core = normal_form(text)
    if not core:
        return " " if text.isspace() else ""
    return " " * text.startswith(" ") + re.escape(core) + " " * text.endswith(" ")


def _atom(token: re.Match[str]) -> _Chain:
    written = token[0]
    if token[1] is not None or written.startswith("…"):
        width = int(token[1]) if token[1] is not None else DEFAULT_GAP
        if not 1 <= width <= MAX_GAP:
            raise PhraseError(f"a gap of {width}; a gap is 1 to {MAX_GAP} wide")
        return (_EMPTY, _EMPTY), (width,)
    if written in "{}@[]":
        raise PhraseError(
            f"a stray '{written}'; a gap is written {{6}} or …, a list @name, one character of several [甲乙]"
        )
    if "?" in written:
        raise PhraseError("a stray '?'; only a group is made optional by it: (…)?")
    if sign := _NO_TEXT.search(written):
        raise PhraseError(
            f"'{sign[0]}' is nothing that is said; a phrase is words, for patterns there is `regex`"
        )
    if written.startswith("["):
        return (frozenset(written[1:-1]),), ()
    return (frozenset([written]),), ()


def _merged(options: list[list[_Chain]]) -> list[_Chain]:
    """All options as few chains: those without a gap become one slot."""
    chains = [chain for option in options for chain in option]
    simple = frozenset(literal for slots, gaps in chains if not gaps for literal in slots[0])
    gapped = [chain for chain in chains if chain[1]]
    return [*([((simple,), ())] if simple else []), *gapped]


def _joined(before: list[_Chain], after: list[_Chain]) -> list[_Chain]:
    if len(before) == 1 and before[0] is _NOTHING:
        return after
    if len(before) * len(after) > MAX_PATTERNS:
        raise PhraseError(f"more than {MAX_PATTERNS} alternatives with gaps; split the phrase")
    return [_concatenated(first, second) for first, second in product(before, after)]


def _concatenated(first: _Chain, second: _Chain) -> _Chain:
    left, right = first[0][-1], second[0][0]
    if len(left) * len(right) > MAX_LITERALS:
        raise PhraseError(f"more than {MAX_LITERALS} alternatives; split the phrase")
    touching = frozenset(map("".join, product(left, right)))
    return (*first[0][:-1], touching, *second[0][1:]), first[1] + second[1]


def _patterns(chain: _Chain) -> list[Pattern]:
    """`chain` normalised; a slot that may be empty gives one pattern with and one without it."""
    variants: list[tuple[list[frozenset[str]], list[int]]] = [([], [])]
    for index, slot in enumerate(chain[0]):
        gap = chain[1][index - 1] if index else 0
        literals = frozenset(map(_normal_form, slot))
        filled = literals - _EMPTY
        grown: list[tuple[list[frozenset[str]], list[int]]] = []
        for slots, gaps in variants:
            if filled:
                grown.append(([*slots, filled], [*gaps, gap]))
            if "" in literals:
                grown.append((slots, [*gaps[:-1], gaps[-1]] if gaps else []))
        variants = grown
    return [Pattern(tuple(slots), tuple(gaps[1:])) for slots, gaps in variants if slots]


_normal_form = lru_cache(KEPT_FORMS)(normal_form)
