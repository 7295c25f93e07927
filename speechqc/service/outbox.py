"""The one thread that talks to the store: events in batches, commands of people between them.

Batches form by themselves: while one transaction runs, the next events of every call gather. An alert
therefore waits a few milliseconds for its id when the store is well, and is handed out without one when
it is not. What the store refuses stays here, in order, and behind it in the call's journal.
"""

from __future__ import annotations

import asyncio
import threading
from collections import OrderedDict, deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Protocol, TypeVar

import structlog

from speechqc.errors import SpeechqcError
from speechqc.events import Event
from speechqc.service.contacts import ContactKeeper
from speechqc.store.rows import Published
from speechqc.store.store import Store

RETRY_S = (0.1, 0.5, 2.0)
POLL_S = 1.0
"""How often events of other processes, such as a supervisor's click in the web app, are looked for."""
PAGE = 500
_T = TypeVar("_T")
log = structlog.get_logger(__name__)


@dataclass(slots=True)
class _Waiting:
    """Events of one call that follow each other and are not stored."""

    first_seq: int
    events: deque[Event] = field(default_factory=deque)
    told: int = 0
    """How many of them were handed out without ids, because the store failed."""


class Receiver(Protocol):
    """Who hands out what happens in the store. Called on the event loop, in the order of the ids."""

    def stored(self, events: Sequence[Published]) -> None:
        """New in the store."""

    def observed(self, events: Sequence[Published]) -> None:
        """Done by people or by other processes; told before :meth:`stored`."""

    def unstored(self, call_id: str, events: Sequence[Event]) -> None:
        """Waiting for a store that failed; told once an event."""


class Outbox:
    """Stores what calls came to and hands it out with its ids."""

    def __init__(self, store: Store, loop: asyncio.AbstractEventLoop, contacts: ContactKeeper) -> None:
        self._store = store
        self._contacts = contacts
        self._loop = loop
        self._receiver: Receiver | None = None
        self._wake = threading.Condition()
        self._waiting: OrderedDict[str, _Waiting] = OrderedDict()
        self._commands: deque[Callable[[], None]] = deque()
        self._pending = 0
        self._failures = 0
        self.failed_transactions = 0
        self._stopping = False
        self._last_id = store.last_event_id()
        self._thread = threading.Thread(target=self._work, name="store", daemon=True)

    def start(self, receiver: Receiver) -> None:
        """Begin to store; `receiver` is told on the event loop."""
        self._receiver = receiver
        self._thread.start()

    @property
    def last_id(self) -> int:
        """Id of the newest event handed out or older than this process."""
        return self._last_id

    @property
    def pending(self) -> int:
        """Events that are not stored."""
        return self._pending

    def put(self, call_id: str, first_seq: int, events: Sequence[Event]) -> None:
        """Store the next events of a call; `first_seq` follows what was put before."""
        with self._wake:
            waiting = self._waiting.get(call_id)
            if waiting is None:
                waiting = self._waiting[call_id] = _Waiting(first_seq)
            waiting.events.extend(events)
            self._pending += len(events)
            failing = self._failures > 0
            if failing:
                waiting.told = len(waiting.events)
            self._wake.notify()
        if failing and self._receiver is not None:
            self._receiver.unstored(call_id, events)

    def holds(self, call_id: str) -> bool:
        """True while events of the call are not stored."""
        with self._wake:
            return call_id in self._waiting

    def submit(self, command: Callable[[Store], _T]) -> Future[_T]:
        """Ask the store something between two transactions of events."""
        future: Future[_T] = Future()
        with self._wake:
            self._commands.append(lambda: _answer(future, command, self._store))
            self._wake.notify()
        return future

    def change(self, command: Callable[[Store], list[Published]]) -> Future[list[Published]]:
        """As :meth:`submit`, for what people do to alerts: the events it brings about are handed out."""

        def run(store: Store) -> list[Published]:
            new = command(store)
            self._tell(lambda to: to.observed(new))
            self._hand_out(new)
            return new

        return self.submit(run)

    def stop(self, *, timeout_s: float) -> None:
        """Store what can be stored in `timeout_s`, then end; the rest is in the journals."""
        with self._wake:
            self._stopping = True
            self._wake.notify()
        if self._thread.is_alive():
            self._thread.join(timeout_s)

    # -- the thread --------------------------------------------------------------------------------

    def _work(self) -> None:
        while True:
            with self._wake:
                if not self._waiting and not self._commands and not self._stopping:
                    self._wake.wait(POLL_S)
                elif self._failures and not self._commands:
                    self._wake.wait(RETRY_S[min(self._failures, len(RETRY_S)) - 1])
                commands, self._commands = self._commands, deque()
                call_id = next(iter(self._waiting), None)
                if self._stopping and not commands and (call_id is None or self._failures):
                    return
            for run in commands:
                run()
            if call_id is not None:
                self._record(call_id)
            elif not self._failures:
                self._poll()

    def _record(self, call_id: str) -> None:
        with self._wake:
            waiting = self._waiting[call_id]
            first_seq, events = waiting.first_seq, list(waiting.events)
        now = datetime.now(UTC)
        try:
            kept = self._keep_contacts(call_id, events, now)
            new = self._store.record(call_id, first_seq, events, now)
            if not kept:
                self._keep_contacts(call_id, events, now)
        except Exception as error:  # whatever the store raises must not end the only writer
            self._postpone(call_id, waiting, error)
            return
        self._failures = 0
        with self._wake:
            for _ in events:
                waiting.events.popleft()
            waiting.first_seq += len(events)
            waiting.told = 0
            self._pending -= len(events)
            if waiting.events:
                self._waiting.move_to_end(call_id)
            else:
                del self._waiting[call_id]
        self._hand_out(new)

    def _keep_contacts(self, call_id: str, events: Sequence[Event], now: datetime) -> bool:
        """The ledger must not hold up alerts: what it refuses while the store is well is logged and left."""
        try:
            self._contacts.keep(events, now)
        except Exception as error:
            log.error("contacts_not_kept", call_id=call_id, error=type(error).__name__, why=_reason(error))
            return False
        return True

    def _postpone(self, call_id: str, waiting: _Waiting, error: Exception) -> None:
        self._failures += 1
        self.failed_transactions += 1
        with self._wake:
            untold = list(waiting.events)[waiting.told :]
            first = waiting.told == 0
            waiting.told = len(waiting.events)
            self._waiting.move_to_end(call_id)
        if first:
            log.error("events_not_stored", call_id=call_id, error=type(error).__name__, why=_reason(error))
        if untold:
            self._tell(lambda to: to.unstored(call_id, untold))

    def _hand_out(self, new: Sequence[Published]) -> None:
        if not new:
            return
        if new[0].id > self._last_id + 1:
            new = [*self._foreign(before=new[0].id), *new]
        self._last_id = new[-1].id
        self._tell(lambda to: to.stored(new))

    def _poll(self) -> None:
        """Hand out what other processes wrote."""
        if foreign := self._foreign(before=None):
            self._last_id = foreign[-1].id
            self._tell(lambda to: to.stored(foreign))

    def _foreign(self, *, before: int | None) -> list[Published]:
        try:
            found = self._store.events_after(self._last_id, limit=PAGE)
        except Exception as error:  # nothing may end the only thread that writes
            log.error("events_not_read", error=type(error).__name__, why=_reason(error))
            return []
        foreign = [event for event in found if before is None or event.id < before]
        if foreign:
            self._tell(lambda to: to.observed(foreign))
        return foreign

    def _tell(self, what: Callable[[Receiver], None]) -> None:
        if self._receiver is not None:
            with suppress(RuntimeError):  # the loop is closed: the service has ended
                self._loop.call_soon_threadsafe(what, self._receiver)


def _answer(future: Future[_T], command: Callable[[Store], _T], store: Store) -> None:
    if not future.set_running_or_notify_cancel():
        return  # whoever asked has given up waiting
    try:
        result = command(store)
    except Exception as error:
        future.set_exception(error)
    else:
        future.set_result(result)


def _reason(error: Exception) -> str:
    return str(error.args[0]) if isinstance(error, SpeechqcError) and error.args else ""
