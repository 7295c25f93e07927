"""All live calls of the process: who may send which, what is on disk, who comes back and who does not."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Sequence
from dataclasses import dataclass, field
from time import monotonic
from typing import Any

import structlog

from speechqc.asr.scheduler import DecodeScheduler
from speechqc.ingest.messages import Ended, Start
from speechqc.ingest.refusals import Refusal
from speechqc.service.admission import Admission, LoopLag
from speechqc.service.building import CallBuilder
from speechqc.service.call import LiveCall
from speechqc.service.commit import GroupCommit
from speechqc.service.connection import IngestConnection
from speechqc.service.contacts import ContactKeeper
from speechqc.service.hub import Published
from speechqc.service.metrics import ServiceMetrics
from speechqc.service.opening import CallOpener
from speechqc.service.outbox import Outbox
from speechqc.service.publishing import Publisher
from speechqc.service.taking_up import Recovery
from speechqc.session import Advanced
from speechqc.settings import JournalSync, Settings
from speechqc.store.journal import Journal, JournalFolder
from speechqc.store.journal_writer import JournalFullError

TICK_S = 0.5
log = structlog.get_logger(__name__)


@dataclass(eq=False, slots=True)
class Entry:
    """What the service knows of one call."""

    call: LiveCall | None = None
    """``None`` while it is being begun or rebuilt."""
    connection: IngestConnection | None = None
    ready: asyncio.Event = field(default_factory=asyncio.Event)
    safe_seq: int | None = None
    """Last frame that is on disk."""
    lost_at: float | None = None
    """When its client went away (monotonic)."""
    failed: bool = False


class LiveService:
    """Drives every call from its connection to the outbox. Lives on one event loop."""

    def __init__(
        self,
        settings: Settings,
        *,
        builder: CallBuilder,
        scheduler: DecodeScheduler,
        journals: JournalFolder,
        outbox: Outbox,
        publisher: Publisher,
        metrics: ServiceMetrics,
        contacts: ContactKeeper,
    ) -> None:
        self.settings = settings
        self.metrics = metrics
        self.recogniser_name = scheduler.recognizer.name
        self._scheduler = scheduler
        self._journals = journals
        self._outbox = outbox
        self._publisher = publisher
        self._opener = CallOpener(
            settings,
            builder=builder,
            scheduler=scheduler,
            journals=journals,
            outbox=outbox,
            contacts=contacts,
        )
        self._recovery = Recovery(
            settings, builder=builder, journals=journals, outbox=outbox, publisher=publisher
        )
        self._entries: dict[str, Entry] = {}
        self._durable = settings.journal_sync is JournalSync.FDATASYNC
        self._commit = GroupCommit(
            interval_s=settings.journal_commit_s, durable=self._durable, safe=self._safe, full=self._full
        )
        self.lag = LoopLag()
        self._admission = Admission(
            stats=scheduler.stats,
            lag_s=lambda: self.lag.p95_s,
            calls=lambda: len(self._entries),
            store_full=lambda: outbox.pending > settings.max_unstored_events,
            max_busy_ratio=settings.admission_busy_ratio,
            max_queue_delay_s=settings.admission_queue_delay_s,
            max_loop_lag_s=settings.admission_loop_lag_s,
            max_calls=settings.max_calls,
            retry_after_s=settings.retry_after_s,
        )
        self._tasks: set[asyncio.Task[Any]] = set()

    # -- life of the service -----------------------------------------------------------------------

    def start(self) -> None:
        """Begin the background work and the recovery of calls that an earlier life left open."""
        self.spawn(self._commit.run())
        self.spawn(self.lag.run())
        self.spawn(self._tick())
        unfinished = self._journals.unfinished()
        for journal in unfinished:
            self._entries[journal.header.started.call_id] = Entry(lost_at=monotonic())
        if unfinished:
            log.info("recovery_started", calls=len(unfinished))
            self.spawn(self._recover(unfinished))

    async def close(self) -> None:
        """Stop without ending any call: the journals are brought to disk and keep them."""
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        calls = [entry.call for entry in self._entries.values() if entry.call is not None]
        await self._commit.commit(set(calls))
        for call in calls:
            call.abandon()

    def spawn(self, work: Coroutine[Any, Any, None]) -> None:
        """Run `work` until it is done or the service ends."""
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        task.add_done_callback(_report)

    # -- what connections ask ------------------------------------------------------------------------

    async def enter(self, start: Start, connection: IngestConnection) -> LiveCall | Ended:
        """The call that `connection` may send from now on, or how it ended before.

        Raises:
            Refusal: the call is somebody else's, over, or more than the machine can take.
        """
        entry = self._entries.get(start.call_id)
        if entry is not None:
            return await self._resume(entry, start, connection)
        if (self._journals.path(start.call_id) / "call.json").exists():
            return await self._ended_before(start)
        return await self._begin(start, connection)

    def hear(self, call: LiveCall, seq: int, arrival: float, payload: bytes) -> None:
        """The next frame of a call."""
        if call.stopping:
            return
        self.metrics.frames.inc()
        call.hear(seq, arrival, payload)
        self._commit.touch(call)

    async def stop_call(self, call: LiveCall, reason: str = "stop") -> None:
        """No more audio will come: written down, then the tail is recognised."""
        if call.stopping:
            return
        call.stopping = True
        while not call.ended.done():
            try:
                if await self._commit.commit({call}):
                    await asyncio.to_thread(call.journal.end, reason, sync=self._durable)
                    call.finish(reason)
                    return
            except JournalFullError as error:
                log.error("journal_not_writable", call_id=call.call_id, error=error.args[0])
            await asyncio.sleep(self.settings.journal_commit_s)

    async def stored(self, call: LiveCall, *, timeout_s: float) -> bool:
        """Wait until the store has everything of the call; false when it took too long."""
        until = monotonic() + timeout_s
        while self._outbox.holds(call.call_id):
            if monotonic() > until:
                return False
            await asyncio.sleep(0.01)
        return True

    def safe_seq(self, call: LiveCall) -> int | None:
        """The last frame of `call` that is on disk."""
        entry = self._entries.get(call.call_id)
        return entry.safe_seq if entry else None

    def detach(self, connection: IngestConnection) -> None:
        """The client is gone; its call waits for it."""
        call = connection.call
        entry = self._entries.get(call.call_id) if call else None
        if entry is not None and entry.connection is connection:
            entry.connection = None
            entry.lost_at = monotonic()

    def echo(self, event: Published) -> None:
        """Send an event to the client whose call it is about, when it asked for that."""
        entry = self._entries.get(event.call_id)
        if entry is not None and entry.connection is not None and entry.connection.wants_events:
            entry.connection.echo(event.wire)

    @property
    def calls(self) -> int:
        return len(self._entries)

    @property
    def connections(self) -> int:
        return sum(entry.connection is not None for entry in self._entries.values())

    # -- entering ------------------------------------------------------------------------------------

    async def _resume(self, entry: Entry, start: Start, connection: IngestConnection) -> LiveCall:
        owner = entry.connection
        if owner is not None and owner is not connection:
            silent_s = monotonic() - owner.last_heard
            if not start.resume or silent_s < self.settings.silent_s:
                raise Refusal("call_in_use", retry_after_s=max(self.settings.silent_s - silent_s, 1.0))
            owner.replace()
            log.info("connection_replaced", call_id=start.call_id, silent_s=round(silent_s, 1))
        elif not start.resume:
            raise Refusal("call_exists")
        entry.connection = connection
        await entry.ready.wait()
        if entry.call is None or entry.failed:
            entry.connection = None
            raise Refusal("internal")
        entry.lost_at = None
        return entry.call

    async def _ended_before(self, start: Start) -> Ended:
        if not start.resume:
            raise Refusal("call_exists")
        journal = await asyncio.to_thread(self._journals.find, start.call_id)
        end = journal.ended if journal else None
        if end is None:
            raise Refusal("call_exists")
        return Ended(call_id=start.call_id, reason=end.reason, frames=end.frames)

    async def _begin(self, start: Start, connection: IngestConnection) -> LiveCall:
        self._admission.check()
        entry = self._entries[start.call_id] = Entry(connection=connection)
        try:
            entry.call = await self._opener.open(start, self._publish)
        except BaseException:
            del self._entries[start.call_id]
            raise
        finally:
            entry.ready.set()
        self._adopt(entry, entry.call)
        self._commit.touch(entry.call)
        self.metrics.started.inc()
        log.info("call_started", call_id=start.call_id, kind=start.kind, resumed=False)
        return entry.call

    async def _recover(self, journals: Sequence[Journal]) -> None:
        for journal in journals:
            entry = self._entries[journal.header.started.call_id]
            try:
                call = await self._recovery.take_up(journal, self._publish)
            except Exception as error:  # one damaged journal must not keep the others from recovery
                log.error("recovery_failed", call_id=journal.header.started.call_id, exc_info=error)
                entry.failed = True
            else:
                entry.call = call
                entry.lost_at = monotonic()
                entry.safe_seq = journal.next_seq - 1 if journal.next_seq else None
                self._adopt(entry, call)
                self._commit.touch(call)
                self.metrics.recovered.inc()
            entry.ready.set()

    def _adopt(self, entry: Entry, call: LiveCall) -> None:
        call.ended.add_done_callback(lambda _: self.spawn(self._close_call(entry, call)))

    # -- what happens to calls -----------------------------------------------------------------------

    def _publish(self, call: LiveCall, advanced: Sequence[Advanced]) -> None:
        entry = self._entries.get(call.call_id)
        connection = entry.connection if entry else None
        gaps = self._publisher.publish(call, advanced)
        if connection is not None:
            for gap in gaps:
                connection.gap(gap)

    def _safe(self, call: LiveCall, seq: int) -> None:
        entry = self._entries.get(call.call_id)
        if entry is not None:
            entry.safe_seq = seq
            if entry.connection is not None:
                entry.connection.ack(seq)

    def _full(self, call: LiveCall, error: JournalFullError) -> None:
        self.metrics.refused.labels("disk_full").inc()
        entry = self._entries.get(call.call_id)
        if entry is not None and entry.connection is not None:
            refusal = Refusal("disk_full", error.args[0], retry_after_s=self.settings.retry_after_s)
            entry.connection.tell(refusal.message())

    async def _close_call(self, entry: Entry, call: LiveCall) -> None:
        if call.ended.cancelled():
            return
        if (error := call.ended.exception()) is not None:
            # The call stays in the journal; a service with the fault repaired takes it up again.
            log.error("call_failed", call_id=call.call_id, exc_info=error)
            entry.failed, entry.call = True, None
            call.update_room()
            await self._commit.retire(call)
            return
        reason = call.ended.result()
        await self._commit.retire(call)
        while not await self.stored(call, timeout_s=60.0):
            log.warning("call_waits_for_store", call_id=call.call_id)
        await asyncio.to_thread(self._journals.mark_stored, call.call_id)
        self._publisher.forget(call.call_id)
        self._entries.pop(call.call_id, None)
        self.metrics.ended.labels(reason).inc()
        log.info("call_ended", call_id=call.call_id, reason=reason, gaps=call.gaps)

    async def _tick(self) -> None:
        """What only time brings about: clients that stay away, audio the recogniser refused."""
        while True:
            await asyncio.sleep(TICK_S)
            self._gauge()
            self._publisher.escalate()
            behind = self._outbox.pending > self.settings.max_unstored_events
            for entry in list(self._entries.values()):
                call = entry.call
                if call is None or call.ended.done():
                    continue
                if call.is_waiting:
                    call.drain()
                if call.held_back is not behind:
                    call.held_back = behind
                    call.update_room()
                if entry.connection is None and not call.stopping and self._is_overdue(entry):
                    entry.lost_at = None
                    self.spawn(self.stop_call(call, "client_lost"))

    def _is_overdue(self, entry: Entry) -> bool:
        return entry.lost_at is not None and monotonic() - entry.lost_at >= self.settings.grace_s

    def _gauge(self) -> None:
        stats = self._scheduler.stats()
        self.metrics.calls.set(self.calls)
        self.metrics.connections.set(self.connections)
        self.metrics.unstored.set(self._outbox.pending)
        self.metrics.loop_lag.set(self.lag.p95_s)
        self.metrics.busy.set(stats.busy_ratio)


def _report(task: asyncio.Task[Any]) -> None:
    if not task.cancelled() and (error := task.exception()) is not None:
        log.error("background_task_failed", exc_info=error)
