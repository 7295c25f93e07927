"""A new call: its language is checked, its customer looked up and its journal begun before it is taken."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from datetime import UTC, datetime

import structlog

from speechqc.asr.scheduler import DecodeScheduler
from speechqc.errors import ConfigurationError, ModelError
from speechqc.events import ContactHistory
from speechqc.ingest.messages import Start
from speechqc.ingest.protocol import MAX_DETAIL
from speechqc.ingest.refusals import Refusal
from speechqc.service.arrivals import Arrivals
from speechqc.service.building import CallBuilder, audio_of, call_started
from speechqc.service.call import LiveCall
from speechqc.service.contacts import ContactKeeper
from speechqc.service.outbox import Outbox
from speechqc.session import Advanced
from speechqc.settings import JournalSync, Settings
from speechqc.store.journal import CallHeader, JournalFolder
from speechqc.store.journal_writer import JournalFullError

HISTORY_S = 1.0
"""How long a new call waits for the contact ledger; it goes on without history after that."""
Publish = Callable[[LiveCall, Sequence[Advanced]], None]
log = structlog.get_logger(__name__)


class CallOpener:
    """Begins calls."""

    def __init__(
        self,
        settings: Settings,
        *,
        builder: CallBuilder,
        scheduler: DecodeScheduler,
        journals: JournalFolder,
        outbox: Outbox,
        contacts: ContactKeeper,
    ) -> None:
        self._settings = settings
        self._builder = builder
        self._scheduler = scheduler
        self._journals = journals
        self._outbox = outbox
        self._contacts = contacts

    async def open(self, start: Start, publish: Publish) -> LiveCall:
        """The call that `start` asks for, with its beginning judged.

        Raises:
            Refusal: nobody here understands its language, its metadata is wrong or the disk is full.
        """
        await self._check_language(start.language)
        now = datetime.now(UTC)
        header = self._builder.header(start, await self._look_up(start, now), now)
        return await self._create(header, publish)

    async def _check_language(self, language: str) -> None:
        try:
            stream = await asyncio.to_thread(self._scheduler.open, language)
        except ModelError as error:
            raise Refusal("language_not_covered", f"{language}: {error.args[0]}") from None
        self._scheduler.close(stream)

    async def _look_up(self, start: Start, now: datetime) -> ContactHistory | None:
        started = call_started(start, None, now)
        asked = self._outbox.submit(lambda _: self._contacts.history(started, now))
        try:
            return await asyncio.wait_for(asyncio.wrap_future(asked), HISTORY_S)
        except ConfigurationError as error:
            raise Refusal("bad_message", error.args[0][:MAX_DETAIL]) from None
        except TimeoutError:
            log.error("history_unknown", call_id=start.call_id, error="the store did not answer in time")
            return None
        except Exception as error:  # a call is heard also when nobody knows who was called before
            log.error("history_unknown", call_id=start.call_id, exc_info=error)
            return None

    async def _create(self, header: CallHeader, publish: Publish) -> LiveCall:
        streams = self._builder.streams(header)
        session = self._builder.session(header, streams)
        durable = self._settings.journal_sync is JournalSync.FDATASYNC
        try:
            journal = await asyncio.to_thread(self._journals.create, header, sync=durable)
        except JournalFullError as error:
            retry_after_s = self._settings.retry_after_s
            raise Refusal("disk_full", error.args[0], retry_after_s=retry_after_s) from None
        call = LiveCall(
            session,
            journal=journal,
            streams=streams,
            arrivals=Arrivals(audio_of(header).bytes_per_second),
            publish=publish,
            max_backlog_s=self._settings.max_backlog_s,
            listener=self._builder.listener,
        )
        call.begin()
        return call
