"""Tables of the commands: nothing is cut off, whatever the width of the terminal."""

from __future__ import annotations

from rich.table import Table


def table(*headings: str) -> Table:
    """A table whose cells are folded: Chinese and paths have no spaces to break at."""
    made = Table(*headings)
    for column in made.columns:
        column.overflow = "fold"
    return made
