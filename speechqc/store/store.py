"""The store: one object over one database, safe to use from many threads."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from types import TracebackType
from typing import Self

import msgspec
from sqlalchemy import Connection, bindparam, insert, select

from speechqc.errors import StoreError
from speechqc.events import CallStarted, Event
from speechqc.store import outbox
from speechqc.store.alert_operations import AlertOperations
from speechqc.store.applying import apply
from speechqc.store.database import Database
from speechqc.store.migrate import migrate
from speechqc.store.outbox import Numbered
from speechqc.store.queries import Queries
from speechqc.store.rows import DeadLetter, Published
from speechqc.store.schema import calls, dead_letters

_started = msgspec.json.Decoder(CallStarted)
_TEAM = select(calls.c.team).where(calls.c.id == bindparam("call"))


class Store(Queries, AlertOperations):
    """Calls, findings, alerts and the stream of events, in SQLite or PostgreSQL.

    Every method is one transaction and raises :class:`StoreError` when the database is locked, gone,
    full or of another version. Whoever records keeps the events until then, so raising loses nothing.
    """

    def __init__(self, database: Database) -> None:
        super().__init__(database)
        self._database = database

    @classmethod
    def open(cls, url: str, *, busy_timeout_s: float = 5.0) -> Self:
        """Open the database at `url`, creating or migrating its tables.

        Args:
            url: ``sqlite:///path/of/file.db``, a plain path, or ``postgresql://user@host/name``.
            busy_timeout_s: how long to wait for another writer.

        Raises:
            ConfigurationError: `url` is no address of either kind.
            StoreError: the database cannot be reached or is of another version.
        """
        database = Database(url, busy_timeout_s=busy_timeout_s)
        try:
            migrate(database)
        except BaseException:
            database.close()
            raise
        return cls(database)

    @property
    def database(self) -> Database:
        return self._database

    def close(self) -> None:
        self._database.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    # -- writing -------------------------------------------------------------------------------

    def record(self, call_id: str, first_seq: int, events: Sequence[Event], at: datetime) -> list[Published]:
        """Write a call's next events: into the stream and into every table they belong to.

        Recording the same events again, after a crash or a failure, changes nothing: an event whose
        number the call already has is passed over.

        Args:
            first_seq: number of the first event within the call; the others follow it.
            events: in order, all of this call. Partial utterances, clock, speech activity and prosody
                take a number but are not kept.
            at: the present moment, UTC.

        Returns:
            What is new, with the ids that subscribers resume after. An alert comes back as it stands
            after merging with what people did to it meanwhile.

        Raises:
            StoreError: the database failed, the call was never started in this store, or its id
                belongs to another call.
        """
        numbered = [(first_seq + i, event) for i, event in enumerate(events) if outbox.is_kept(event)]
        _check_call(call_id, events)
        if not numbered:
            return []
        with self._database.writing() as connection:
            new = outbox.missing(connection, call_id, numbered)
            if len(new) < len(numbered):
                _check_same_call(connection, numbered)
            return _write(connection, call_id, new, at)

    def publish(self, call_id: str, events: Sequence[Event], at: datetime) -> list[Published]:
        """Write events that the call itself did not bring about, such as an escalation; as :meth:`record`."""
        _check_call(call_id, events)
        with self._database.writing() as connection:
            return _write(connection, call_id, [(None, event) for event in events], at)

    # -- the stream ----------------------------------------------------------------------------

    def events_after(
        self,
        event_id: int,
        *,
        limit: int = 1000,
        call_id: str | None = None,
        team: str | None = None,
        types: Collection[str] | None = None,
    ) -> list[Published]:
        """The first `limit` events behind `event_id`, in order; `types` are names as in JSON."""
        with self._database.reading() as connection:
            return outbox.after(connection, event_id, limit=limit, call_id=call_id, team=team, types=types)

    def last_event_id(self) -> int:
        """The newest event's id; 0 in an empty store."""
        with self._database.reading() as connection:
            return outbox.last_id(connection)

    def prune_events(self, before: datetime) -> int:
        """Drop events older than `before` from the stream, and only there; how many that were."""
        with self._database.writing() as connection:
            return outbox.prune(connection, before)

    # -- dead letters --------------------------------------------------------------------------

    def add_dead_letter(
        self, *, url: str, delivery: str, reason: str, attempts: int, at: datetime, body: str
    ) -> None:
        """Keep a webhook delivery that was given up."""
        row = {
            "url": url,
            "delivery": delivery,
            "reason": reason,
            "attempts": attempts,
            "at": at,
            "body": body,
        }
        with self._database.writing() as connection:
            connection.execute(insert(dead_letters), [row])

    def dead_letters(self, *, limit: int = 200) -> list[DeadLetter]:
        """Newest first."""
        query = select(dead_letters).order_by(dead_letters.c.id.desc()).limit(limit)
        with self._database.reading() as connection:
            return [DeadLetter(**row._mapping) for row in connection.execute(query)]


def _write(
    connection: Connection, call_id: str, numbered: Sequence[Numbered], at: datetime
) -> list[Published]:
    if not numbered:
        return []
    published = apply(connection, call_id, numbered, at)
    team = connection.scalar(_TEAM, {"call": call_id})
    return outbox.append(connection, call_id, team, published, at)


def _check_call(call_id: str, events: Sequence[Event]) -> None:
    stranger = next((event for event in events if event.call_id != call_id), None)
    if stranger is not None:
        raise StoreError(f"an event of call {stranger.call_id} came among those of call {call_id}")


def _check_same_call(connection: Connection, numbered: Sequence[tuple[int, Event]]) -> None:
    """A second call under a used id would be passed over as a replay, and lost without a word."""
    started = next((event for _, event in numbered if isinstance(event, CallStarted)), None)
    if started is None:
        return
    event = connection.scalar(select(calls.c.event).where(calls.c.id == started.call_id))
    if event is not None and _identity(_started.decode(event)) != _identity(started):
        raise StoreError(
            f"call {started.call_id} was recorded before and was another call",
            hint="give every call an id of its own",
        )


def _identity(started: CallStarted) -> tuple[object, ...]:
    return (started.kind, started.direction, started.agent, started.customer, started.started_at)
