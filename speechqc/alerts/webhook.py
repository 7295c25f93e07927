"""Alerts and findings posted to an address of the customer's own, signed and retried."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Protocol, Self

import httpx
import msgspec
import structlog

from speechqc.alerts.signature import HEADER, sign
from speechqc.errors import ConfigurationError
from speechqc.events import Event, encode

QUEUE_FULL = "queue full"
SHUTDOWN = "service stopped"
DELIVERY_HEADER = "X-Speechqc-Delivery"

_log = structlog.get_logger(__name__)


class WebhookSettings(msgspec.Struct, frozen=True, kw_only=True):
    """Where to post and how stubbornly.

    `attempts` counts the first one; before attempt n+1 a delivery waits up to
    ``first_backoff_s * 2**(n-1)``, at most `longest_backoff_s`, of which a random half is left out so
    that many deliveries do not return at once. `at_once` deliveries run beside each other: order is
    not promised, the events carry their times.
    """

    url: str
    secret: str
    attempts: int = 6
    first_backoff_s: float = 1.0
    longest_backoff_s: float = 60.0
    timeout_s: float = 10.0
    queue_size: int = 1000
    at_once: int = 4

    def __post_init__(self) -> None:
        if not _is_address(self.url):
            raise ConfigurationError(
                f"a webhook is posted to an http:// or https:// address, not {self.url!r}"
            )
        if not self.secret:
            raise ConfigurationError("a webhook needs a secret", hint="make one of 32 random characters")
        for name in (
            "attempts",
            "first_backoff_s",
            "longest_backoff_s",
            "timeout_s",
            "queue_size",
            "at_once",
        ):
            if getattr(self, name) <= 0:
                raise ConfigurationError(f"webhook {name} must be above 0, not {getattr(self, name)}")


def _is_address(url: str) -> bool:
    try:
        address = httpx.URL(url)
    except httpx.InvalidURL:
        return False
    return address.scheme in ("http", "https") and bool(address.host)


class DeadLetters(Protocol):
    """Who keeps what could not be delivered; :meth:`speechqc.store.Store.add_dead_letter`."""

    def __call__(
        self, *, url: str, delivery: str, reason: str, attempts: int, at: datetime, body: str
    ) -> None: ...


class _Delivery(msgspec.Struct, frozen=True):
    id: str
    body: bytes


class _Refusal(msgspec.Struct, frozen=True):
    reason: str
    final: bool = False
    """True: asking again would bring the same answer."""
    retry_after_s: float = 0.0


_TRY_AGAIN = {408, 425, 429}


def _refusal(response: httpx.Response, longest_s: float) -> _Refusal:
    status = response.status_code
    asked = response.headers.get("Retry-After", "")
    retry_after_s = min(float(asked), longest_s) if asked.isascii() and asked.isdigit() else 0.0
    final = status < 500 and status not in _TRY_AGAIN
    return _Refusal(f"HTTP {status}", final=final, retry_after_s=retry_after_s)


class Webhook:
    """Posts events in the background; ``async with`` starts and stops it.

    Args:
        dead_letters: called (in a thread) for every delivery that was given up or had no room.
        sleep, now_s, jitter: waiting, unix time and a random number in 0..1; tests hand in their own.
    """

    def __init__(
        self,
        settings: WebhookSettings,
        dead_letters: DeadLetters,
        *,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        now_s: Callable[[], float] = time.time,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        self._settings = settings
        self._dead_letters = dead_letters
        self._sleep, self._now_s, self._jitter = sleep, now_s, jitter
        self._queue: asyncio.Queue[_Delivery] = asyncio.Queue(settings.queue_size)
        self._overflow: set[asyncio.Task[None]] = set()
        self._workers: list[asyncio.Task[None]] = []
        self._client: httpx.AsyncClient | None = None
        self.delivered = 0
        self.dropped = 0
        """Deliveries given up, for whatever reason; each is among the dead letters."""

    async def __aenter__(self) -> Self:
        self._client = httpx.AsyncClient(timeout=self._settings.timeout_s)
        self._workers = [asyncio.create_task(self._work(self._client)) for _ in range(self._settings.at_once)]
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    def offer(self, event: Event, delivery_id: str) -> bool:
        """Queue `event` without waiting; False when there was no room, and it is a dead letter.

        `delivery_id` is sent along: a receiver that gets it twice has got the same event twice.
        """
        delivery = _Delivery(delivery_id, encode(event))
        try:
            self._queue.put_nowait(delivery)
        except asyncio.QueueFull:
            task = asyncio.create_task(self._bury(delivery, QUEUE_FULL, 0))
            self._overflow.add(task)
            task.add_done_callback(self._overflow.discard)
            return False
        return True

    async def drain(self) -> None:
        """Wait until everything queued so far was delivered or given up."""
        await self._queue.join()
        await asyncio.gather(*self._overflow)

    async def stop(self, *, within_s: float = 5.0) -> None:
        """Deliver what is queued for up to `within_s`, then keep the rest as dead letters."""
        try:
            await asyncio.wait_for(self.drain(), within_s)
        except TimeoutError:
            _log.warning("webhook stopped with deliveries waiting", waiting=self._queue.qsize())
        for worker in self._workers:
            worker.cancel()
        await asyncio.gather(*self._workers, return_exceptions=True)
        while not self._queue.empty():
            await self._bury(self._queue.get_nowait(), SHUTDOWN, 0)
        await asyncio.gather(*self._overflow)
        if self._client is not None:
            await self._client.aclose()

    async def _work(self, client: httpx.AsyncClient) -> None:
        while True:
            delivery = await self._queue.get()
            try:
                await self._deliver(client, delivery)
            finally:
                self._queue.task_done()

    async def _deliver(self, client: httpx.AsyncClient, delivery: _Delivery) -> None:
        attempt, reason = 0, SHUTDOWN
        try:
            for attempt in range(1, self._settings.attempts + 1):
                refusal = await self._post(client, delivery)
                if refusal is None:
                    self.delivered += 1
                    return
                reason = refusal.reason
                if refusal.final or attempt == self._settings.attempts:
                    break
                await self._sleep(max(self._backoff_s(attempt), refusal.retry_after_s))
        except asyncio.CancelledError:
            await self._bury(delivery, SHUTDOWN, attempt)
            raise
        await self._bury(delivery, reason, attempt)

    async def _post(self, client: httpx.AsyncClient, delivery: _Delivery) -> _Refusal | None:
        headers = {
            "Content-Type": "application/json",
            HEADER: sign(self._settings.secret, delivery.body, int(self._now_s())),
            DELIVERY_HEADER: delivery.id,
        }
        try:
            response = await client.post(self._settings.url, content=delivery.body, headers=headers)
        except httpx.HTTPError as error:
            return _Refusal(f"{type(error).__name__}: {error}")
        return None if response.is_success else _refusal(response, self._settings.longest_backoff_s)

    def _backoff_s(self, attempt: int) -> float:
        longest_s = self._settings.first_backoff_s * 2.0 ** (attempt - 1)
        return min(longest_s, self._settings.longest_backoff_s) * (0.5 + 0.5 * self._jitter())

    async def _bury(self, delivery: _Delivery, reason: str, attempts: int) -> None:
        self.dropped += 1
        at = datetime.fromtimestamp(self._now_s(), UTC)
        _log.warning("webhook delivery given up", delivery=delivery.id, reason=reason, attempts=attempts)
        try:
            await asyncio.to_thread(
                self._dead_letters,
                url=self._settings.url,
                delivery=delivery.id,
                reason=reason,
                attempts=attempts,
                at=at,
                body=delivery.body.decode(),
            )
        except Exception as error:
            # A store that is down must not end the worker that serves all later deliveries.
            _log.error("dead letter was not kept", delivery=delivery.id, error=str(error))
