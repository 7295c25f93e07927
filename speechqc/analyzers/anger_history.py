"""Anger that came along: a customer who had to complain before is nearer to it."""

from __future__ import annotations

from speechqc.analyzers.anger_parts import Part, total
from speechqc.events import CallStarted

POINTS_EACH = 4.0
LIMIT = 8.0
"""Two complaints and more; product defaults."""
MAX_SHARE_OF_REST = 0.25
"""What is added to what this call gave reason for: a calm customer stays at 0 whatever the ledger says."""


class AngerHistory:
    """Points from the customer's earlier complaints, as the contact ledger knew them when the call began."""

    def __init__(self, started: CallStarted) -> None:
        history = started.history
        self._complaints = history.earlier_complaints if history is not None else 0
        self._most = min(LIMIT, POINTS_EACH * self._complaints)

    def parts(self, rest: list[Part]) -> list[Part]:
        """What is added to the parts that this call gave."""
        points = min(self._most, MAX_SHARE_OF_REST * total(rest))
        return [Part("history.earlier_complaints", points, float(self._complaints))] if points > 0.0 else []
