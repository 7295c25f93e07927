"""Finds the due times in what somebody said."""

from __future__ import annotations

from speechqc.text import due_words_en, due_words_zh
from speechqc.text.due_time import Due
from speechqc.text.simplified import to_simplified


def find_due(text: str, language: str) -> list[Due]:
    """The due times that `text` names, in order, the longer of two that overlap; positions are those of `text`."""
    folded = to_simplified(text.lower())
    readings = due_words_zh.READINGS if language.startswith("zh") else due_words_en.READINGS
    candidates = [
        due for expression, read in readings for match in expression.finditer(folded) if (due := read(match))
    ]
    found: list[Due] = []
    for due in sorted(candidates, key=lambda due: due.start - due.end):
        if not any(due.start < one.end and one.start < due.end for one in found):
            found.append(due)
    return sorted(found, key=lambda due: due.start)
