"""What a live call brings to the contact ledger, and what it learns from it. Runs in the store's thread."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from speechqc.events import CallEnded, CallStarted, ContactHistory, Event, Finding
from speechqc.store.ledger import ContactLedger


class ContactKeeper:
    """Enters calls as attempts, completes them, and enlists customers who refuse further calls.

    Everything may be told twice: after a crash it is.
    """

    def __init__(self, ledger: ContactLedger) -> None:
        self._ledger = ledger
        self._started: dict[str, CallStarted] = {}

    def history(self, started: CallStarted, at: datetime) -> ContactHistory | None:
        """What the ledger knows of the customer; ``None`` when the call names neither customer nor number.

        Raises:
            StoreError: the database failed.
            ConfigurationError: the call's metadata names an unknown purpose or time zone.
        """
        if started.customer is None and started.number is None:
            return None
        return self._ledger.history_of(started, at)

    def keep(self, events: Sequence[Event], at: datetime) -> None:
        """Take what concerns the ledger out of a call's events.

        Raises:
            StoreError: the database failed; tell the same events again later.
        """
        for event in events:
            match event:
                case CallStarted() if event.customer is not None or event.number is not None:
                    self._started[event.call_id] = event
                    self._ledger.begin(event, at)
                case Finding() if event.call_id in self._started:
                    self._ledger.heard(event, self._started[event.call_id], at)
                case CallEnded() if event.call_id in self._started:
                    self._ledger.end(event)
                    del self._started[event.call_id]
