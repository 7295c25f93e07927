"""What a live call brings to the contact ledger, and what it learns from it. Runs in the store's thread."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import structlog

from speechqc.errors import ConfigurationError
from speechqc.events import CallEnded, CallStarted, ContactHistory, Event, Finding
from speechqc.store.ledger import ContactLedger

log = structlog.get_logger(__name__)


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
                case CallStarted():
                    self._started[event.call_id] = event
                    self._begin(event, at)
                case Finding() if event.call_id in self._started:
                    self._ledger.opt_out(event, self._started[event.call_id], at)
                case CallEnded():
                    self._ledger.end(event)
                    self._started.pop(event.call_id, None)

    def _begin(self, started: CallStarted, at: datetime) -> None:
        if started.customer is None and started.number is None:
            return
        try:
            self._ledger.begin(started, at)
        except ConfigurationError as error:
            log.error("contact_not_entered", call_id=started.call_id, error=error.args[0])
