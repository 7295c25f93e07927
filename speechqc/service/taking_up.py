"""Takes up again the calls that an earlier life of the service left open."""

from __future__ import annotations

import asyncio
from typing import Any

import structlog

from speechqc.errors import OverloadError, StoreError
from speechqc.service.building import CallBuilder
from speechqc.service.call import LiveCall
from speechqc.service.opening import Publish
from speechqc.service.outbox import Outbox
from speechqc.service.publishing import Publisher
from speechqc.service.recovery import Rebuilt, rebuild
from speechqc.settings import Settings
from speechqc.store import rows
from speechqc.store.journal import Journal, JournalFolder

RETRY_S = 0.5
STORE_S = 1.0
log = structlog.get_logger(__name__)


class Recovery:
    """Rebuilds calls one by one, beside the calls that go on."""

    def __init__(
        self,
        settings: Settings,
        *,
        builder: CallBuilder,
        journals: JournalFolder,
        outbox: Outbox,
        publisher: Publisher,
    ) -> None:
        self._settings = settings
        self._builder = builder
        self._journals = journals
        self._outbox = outbox
        self._publisher = publisher

    async def take_up(self, journal: Journal, publish: Publish) -> LiveCall:
        """The call of `journal` as it stood; what was not recognised is on its way to be.

        Raises:
            Exception: the journal or the rules do not fit; the call stays as it is on disk.
        """
        rebuilt = await asyncio.to_thread(rebuild, journal, self._builder)
        call = LiveCall(
            rebuilt.session,
            journal=self._journals.append(journal),
            streams=rebuilt.streams,
            arrivals=rebuilt.arrivals,
            publish=publish,
            max_backlog_s=self._settings.max_backlog_s,
            known=rebuilt.known,
            listener=self._builder.listener,
        )
        await self._warm_up(rebuilt)
        call.restore(rebuilt.advanced, rebuilt.pending)
        await self._observe_alerts(call)
        log.info(
            "call_recovered",
            call_id=call.call_id,
            frames=journal.next_seq,
            known_steps=len(rebuilt.advanced) - 1,
            pending_steps=len(rebuilt.pending),
            cut_bytes=journal.cut_bytes,
            ended=journal.ended.reason if journal.ended else None,
        )
        if journal.ended is not None:
            call.stopping = True
            call.finish(journal.ended.reason)
        return call

    async def _observe_alerts(self, call: LiveCall) -> None:
        """Take note of what people did to the call's alerts before and while the service was away."""
        asked = self._outbox.submit(lambda store: store.alerts(call_id=call.call_id))
        try:
            found = await asyncio.wait_for(asyncio.wrap_future(asked), STORE_S)
        except (TimeoutError, StoreError):
            return
        self._publisher.observed([rows.Published(0, record.alert) for record in found])

    async def _warm_up(self, rebuilt: Rebuilt) -> None:
        """Let the recogniser hear the open utterances from their beginning; the words are known already."""
        for hop in rebuilt.unfinished:
            while True:
                try:
                    decoding = rebuilt.streams.decode([hop])
                    break
                except OverloadError:
                    await asyncio.sleep(RETRY_S)
            decoding.future.add_done_callback(_ignore)


def _ignore(future: asyncio.Future[Any]) -> None:
    if not future.cancelled():
        future.exception()
