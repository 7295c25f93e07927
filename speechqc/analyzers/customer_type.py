"""Which kind of customer this may be: a suggestion from what was said so far, for a person to judge."""

from __future__ import annotations

from collections import Counter

from speechqc.events import CustomerType, Role
from speechqc.rules.reader import Reading

PREFIX = "type."
LEAST = 2
"""Utterances with a cue of the kind before it is suggested: one outburst is no character."""


class CustomerTypes:
    """Counts the utterances with cues ``type.<kind>`` of the packs (domain brief 4.6)."""

    def __init__(self) -> None:
        self._counts: Counter[str] = Counter()
        self._leading: str | None = None

    def feed(self, reading: Reading) -> list[CustomerType]:
        """The kind that now leads, when that is news; from final words of the customer only."""
        said = reading.utterance
        if not said.final or said.role is not Role.CUSTOMER:
            return []
        quotes = {cue.id.removeprefix(PREFIX): cue.quote for cue in reading.cues if cue.id.startswith(PREFIX)}
        self._counts.update(quotes.keys())
        if not quotes:
            return []
        kind, count = max(self._counts.items(), key=lambda item: (item[1], item[0] == self._leading))
        if count < LEAST or kind == self._leading or kind not in quotes:
            return []
        self._leading = kind
        return [
            CustomerType(
                call_id=said.call_id,
                kind=kind,
                at=said.end,
                turn=said.turn,
                quote=quotes[kind],
                confidence=round(count / self._counts.total(), 2),
            )
        ]
