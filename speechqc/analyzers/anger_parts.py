"""What anger is made of: named parts whose points add up to a score."""

from __future__ import annotations

from typing import NamedTuple

HALF_LIFE_S = 45.0
"""Half-life of every part; product default of the domain brief."""


class Part(NamedTuple):
    """`points` of the score, and what was measured: words, a count, or standard deviations."""

    name: str
    points: float
    value: float | str


def total(parts: list[Part]) -> float:
    """Sum of the points."""
    return sum([part.points for part in parts])


def capped(parts: list[Part], limit: float) -> list[Part]:
    """The parts, all scaled alike when their sum is over `limit`."""
    points = total(parts)
    if points <= limit:
        return parts
    share = limit / points
    return [Part(part.name, part.points * share, part.value) for part in parts]
