"""Group commit: the frames of all calls go to disk together, then they are acknowledged."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import structlog

from speechqc.service.call import LiveCall
from speechqc.store.journal_writer import JournalFullError

log = structlog.get_logger(__name__)


class GroupCommit:
    """Brings the journals of all calls that heard something to disk every `interval_s`.

    One sync a call and interval instead of one a frame; a slow disk makes the groups larger and the
    acknowledgements later, nothing else.

    Args:
        durable: wait for the disk; otherwise what the kernel has is acknowledged.
        safe: told the call and its last safe frame.
        full: told the call and the error, once when it begins.
    """

    def __init__(
        self,
        *,
        interval_s: float,
        durable: bool,
        safe: Callable[[LiveCall, int], None],
        full: Callable[[LiveCall, JournalFullError], None],
    ) -> None:
        self._interval_s = interval_s
        self._durable = durable
        self._safe = safe
        self._full = full
        self._touched: set[LiveCall] = set()
        self._told: set[LiveCall] = set()
        self._committing = asyncio.Lock()

    def touch(self, call: LiveCall) -> None:
        """`call` heard a frame that is to be acknowledged."""
        self._touched.add(call)

    async def retire(self, call: LiveCall) -> None:
        """Close the journal of a call that is over, while no commit uses it."""
        async with self._committing:
            self._touched.discard(call)
            self._told.discard(call)
            call.journal.close()

    async def run(self) -> None:
        """Commit until cancelled."""
        while True:
            await asyncio.sleep(self._interval_s)
            touched, self._touched = self._touched, set()
            if touched:
                await self.commit(touched)

    async def commit(self, calls: set[LiveCall]) -> bool:
        """Commit `calls` now; true when all of them are safe."""
        async with self._committing:
            marks = {call: call.journal.mark() for call in calls if self._flush(call)}
            if self._durable:
                for call, error in (await asyncio.to_thread(_sync, list(marks))).items():
                    del marks[call]
                    call.journal.sync_failed()
                    self._blocked(call, JournalFullError(f"the journal cannot be synced: {error.strerror}"))
            for call, mark in marks.items():
                call.journal.synced(mark)
                if mark[1]:
                    self._safe(call, mark[1] - 1)
                call.update_room()
        return len(marks) == len(calls)

    def _flush(self, call: LiveCall) -> bool:
        try:
            call.journal.flush()
        except JournalFullError as error:
            self._blocked(call, error)
            return False
        if call.disk_full:
            log.info("journal_writable_again", call_id=call.call_id)
            self._told.discard(call)
            call.disk_full = False
            call.drain()
        return True

    def _blocked(self, call: LiveCall, error: JournalFullError) -> None:
        self._touched.add(call)
        if call not in self._told:
            self._told.add(call)
            log.error("journal_not_writable", call_id=call.call_id, error=error.args[0])
            self._full(call, error)
        call.disk_full = True
        call.update_room()


def _sync(calls: list[LiveCall]) -> dict[LiveCall, OSError]:
    failed: dict[LiveCall, OSError] = {}
    for call in calls:
        try:
            call.journal.sync_disk()
        except OSError as error:
            failed[call] = error
    return failed
