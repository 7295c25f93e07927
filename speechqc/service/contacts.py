"""What a live call brings to the contact ledger, and what it learns from it. Runs in the store's thread."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import msgspec

from speechqc.contact.attempt import Purpose
from speechqc.events import CallEnded, CallKind, CallStarted, ContactHistory, Event, Finding, Rescoped
from speechqc.store.ledger import ContactLedger
from speechqc.store.promises import Promises


class ContactKeeper:
    """Enters calls as attempts and completes them; enlists, tags and leaves in peace as the customer asked.

    A service call that became an offer counts as marketing from then on.

    Everything may be told twice: after a crash it is.
    """

    def __init__(self, ledger: ContactLedger, promises: Promises) -> None:
        self._ledger, self._promises = ledger, promises
        self._started: dict[str, CallStarted] = {}

    def history(self, started: CallStarted, at: datetime) -> ContactHistory | None:
        """What the ledger knows of the customer; ``None`` when the call names neither customer nor number.

        Raises:
            StoreError: the database failed.
            ConfigurationError: the call's metadata names an unknown purpose or time zone.
        """
        if started.customer is None and started.number is None:
            return None
        history = self._ledger.history_of(started, at)
        overdue = self._promises.overdue_to(customer=started.customer, number=started.number, at=at)
        return msgspec.structs.replace(history, overdue_promise=overdue)

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
                case Rescoped(kind=CallKind.SALES) if event.call_id in self._started:
                    self._ledger.recode(event.call_id, Purpose.MARKETING, by="rules", at=at)
                case CallEnded() if event.call_id in self._started:
                    self._ledger.end(event)
                    del self._started[event.call_id]
