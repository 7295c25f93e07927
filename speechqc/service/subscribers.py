"""The socket of one subscriber: stored events from where it left off, then live ones, and its commands."""

from __future__ import annotations

import asyncio
from concurrent.futures import Future
from contextlib import suppress
from datetime import UTC, datetime
from functools import partial

import msgspec
import structlog
from websockets.asyncio.server import ServerConnection
from websockets.exceptions import ConnectionClosed

from speechqc.alerts.lifecycle import RefusedMoveError
from speechqc.errors import StoreError
from speechqc.ingest.messages import (
    Acknowledge,
    Act,
    Assign,
    Command,
    Done,
    Outcome,
    Subscribe,
    Subscribed,
    decode_subscriber,
    encode,
)
from speechqc.ingest.protocol import MAX_DETAIL, check_token
from speechqc.ingest.refusals import Refusal
from speechqc.service.hub import EventHub, Filter, Subscription, published
from speechqc.service.metrics import ServiceMetrics
from speechqc.service.outbox import Outbox
from speechqc.settings import Settings
from speechqc.store.rows import Published
from speechqc.store.store import Store

SUBSCRIBE_S = 10.0
STORE_S = 10.0
REFUSE_S = 1.0
PAGE = 500
log = structlog.get_logger(__name__)


class SubscriberConnection:
    """One subscriber. It gets every stored event it asked for once and in order, or is dropped with a reason."""

    def __init__(
        self,
        socket: ServerConnection,
        *,
        settings: Settings,
        hub: EventHub,
        outbox: Outbox,
        metrics: ServiceMetrics,
    ) -> None:
        self._socket = socket
        self._settings = settings
        self._hub = hub
        self._outbox = outbox
        self._metrics = metrics

    async def run(self) -> None:
        """Serve until the subscriber leaves, breaks the protocol or reads too slowly."""
        try:
            await self._serve()
        except Refusal as refusal:
            await self._refuse(refusal)
        except ConnectionClosed:
            return

    async def _serve(self) -> None:
        asked = await self._subscribe()
        subscription = Subscription(_filter(asked), max_events=self._settings.max_subscriber_events)
        newest = self._outbox.last_id
        last_id = newest if asked.after is None else min(asked.after, newest)
        await self._socket.send(encode(Subscribed(last_id=last_id)))
        work = [
            asyncio.create_task(self._send(subscription, last_id)),
            asyncio.create_task(self._obey()),
            asyncio.create_task(subscription.wait_dropped()),
        ]
        try:
            done, _ = await asyncio.wait(work, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()
        finally:
            self._hub.remove(subscription)
            for task in work:
                task.cancel()
        if subscription.dropped:
            self._metrics.dropped.inc()
            log.warning("subscriber_dropped")
            raise Refusal("too_slow")

    async def _subscribe(self) -> Subscribe:
        if len(self._hub) >= self._settings.max_subscribers:
            detail = f"{len(self._hub)} subscribers are connected, the limit"
            raise Refusal("overloaded", detail, retry_after_s=self._settings.retry_after_s)
        try:
            message = _decoded(await asyncio.wait_for(self._socket.recv(), SUBSCRIBE_S))
        except TimeoutError:
            raise Refusal("not_subscribed") from None
        if not isinstance(message, Subscribe):
            raise Refusal("not_subscribed")
        check_token(message.token, self._settings.event_tokens)
        return message

    async def _refuse(self, refusal: Refusal) -> None:
        self._metrics.refused.labels(refusal.code).inc()
        with suppress(ConnectionClosed, TimeoutError):
            await asyncio.wait_for(self._socket.send(encode(refusal.message())), REFUSE_S)
        await self._socket.close(refusal.close_code, f"{refusal.code}: {refusal.advice.en}"[:120])

    # -- events ----------------------------------------------------------------------------------

    async def _send(self, subscription: Subscription, last_id: int) -> None:
        last_id = await self._catch_up(subscription, last_id)
        while (event := await subscription.next()) is not None:
            if event.id is None or event.id > last_id:
                await self._socket.send(event.wire)

    async def _catch_up(self, subscription: Subscription, last_id: int) -> int:
        """Send what is stored behind `last_id`, then join the live events without a gap."""
        while True:
            handed_out = self._hub.last_id
            page = await self._page(subscription.wanted, last_id)
            for event_id, event in page:
                if not subscription.wanted.calls or event.call_id in subscription.wanted.calls:
                    await self._socket.send(published(event, team=None, event_id=event_id).wire)
                last_id = event_id
            # Handing out happens on this loop: nothing can slip in between this check and the joining.
            if len(page) < PAGE and self._hub.last_id == handed_out:
                self._hub.add(subscription)
                return max(last_id, handed_out)

    async def _page(self, wanted: Filter, after: int) -> list[Published]:
        return await self._ask(
            self._outbox.submit(
                lambda store: store.events_after(
                    after, limit=PAGE, team=wanted.team, types=wanted.types or None
                )
            )
        )

    async def _ask(self, answer: Future[list[Published]]) -> list[Published]:
        retry_after_s = self._settings.retry_after_s
        try:
            return await asyncio.wait_for(asyncio.wrap_future(answer), STORE_S)
        except TimeoutError:
            raise Refusal("store", "it does not answer", retry_after_s=retry_after_s) from None
        except RefusedMoveError as error:
            raise Refusal("bad_command", error.args[0], hint=error.hint or "") from None
        except StoreError as error:
            raise Refusal("store", error.args[0], retry_after_s=retry_after_s) from None

    # -- commands --------------------------------------------------------------------------------

    async def _obey(self) -> None:
        async for data in self._socket:
            command: Command | None = None
            try:
                message = _decoded(data)
                if isinstance(message, Subscribe):
                    raise Refusal("already_subscribed")
                command = message
                await self._ask(self._outbox.change(partial(_carry_out, command)))
                await self._socket.send(encode(Done(alert_id=command.alert_id, request=command.request)))
            except Refusal as refusal:
                self._metrics.refused.labels(refusal.code).inc()
                request = command.request if command else None
                await self._socket.send(encode(refusal.message(request=request)))


def _carry_out(command: Command, store: Store) -> list[Published]:
    now = datetime.now(UTC)
    match command:
        case Acknowledge():
            return store.acknowledge(command.alert_id, by=command.by, at=now, version=command.version)
        case Assign():
            return store.assign(
                command.alert_id, to=command.to, by=command.by, at=now, version=command.version
            )
        case Act():
            return store.act(
                command.alert_id,
                level=command.level,
                action=command.action,
                by=command.by,
                at=now,
                version=command.version,
            )
        case Outcome():
            return store.close_alert(
                command.alert_id, outcome=command.outcome, by=command.by, at=now, version=command.version
            )


def _decoded(data: str | bytes) -> Subscribe | Command:
    try:
        return decode_subscriber(data)
    except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
        raise Refusal("bad_message", str(error)[:MAX_DETAIL]) from None


def _filter(asked: Subscribe) -> Filter:
    return Filter(
        calls=frozenset(asked.calls),
        team=asked.team,
        types=frozenset(asked.types),
        ephemeral=asked.ephemeral,
    )
