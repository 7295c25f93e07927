"""Hands events to whoever subscribed, without ever waiting for anybody."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from speechqc.events import Event, encode


@dataclass(frozen=True, slots=True)
class Published:
    """An event on its way out, encoded once for all subscribers. `id` is ``None`` when it is not stored."""

    id: int | None
    call_id: str
    team: str | None
    type: str
    wire: str
    ephemeral: bool = False


def published(
    event: Event, *, team: str | None, event_id: int | None = None, ephemeral: bool = False
) -> Published:
    """`event` as subscribers get it."""
    number = "null" if event_id is None else str(event_id)
    wire = f'{{"type":"event","id":{number},"event":{encode(event).decode()}}}'
    return Published(event_id, event.call_id, team, event_type(event), wire, ephemeral)


def event_type(event: Event) -> str:
    """The tag by which `event` is known outside."""
    return str(type(event).__struct_config__.tag)


@dataclass(frozen=True, slots=True)
class Filter:
    """What a subscriber wants; empty parts let everything through."""

    calls: frozenset[str] = frozenset()
    team: str | None = None
    types: frozenset[str] = frozenset()
    ephemeral: bool = False

    def wants(self, event: Published) -> bool:
        return (
            (self.ephemeral or not event.ephemeral)
            and (not self.calls or event.call_id in self.calls)
            and (self.team is None or event.team == self.team)
            and (not self.types or event.type in self.types)
        )


class Subscription:
    """One subscriber's queue: bounded; what is not stored gives way first, then the subscriber is dropped.

    Args:
        max_events: events that may wait; half of them may be ephemeral.
    """

    def __init__(self, wanted: Filter, *, max_events: int) -> None:
        self.wanted = wanted
        self.dropped = False
        """True once events were lost to this subscriber: it has to resume by id."""
        self.skipped = 0
        """Ephemeral events left out because others were waiting."""
        self._max_events = max_events
        self._waiting: deque[Published] = deque()
        self._news = asyncio.Event()
        self._drop = asyncio.Event()

    async def wait_dropped(self) -> None:
        await self._drop.wait()

    def offer(self, event: Published) -> None:
        """Queue `event` if it is wanted."""
        if self.dropped or not self.wanted.wants(event):
            return
        if event.ephemeral and len(self._waiting) >= self._max_events // 2:
            self.skipped += 1
            return
        if len(self._waiting) >= self._max_events:
            self.dropped = True
            self._waiting.clear()
            self._drop.set()
        else:
            self._waiting.append(event)
        self._news.set()

    async def next(self) -> Published | None:
        """The next event; ``None`` when the subscriber was dropped."""
        while not self._waiting:
            if self.dropped:
                return None
            self._news.clear()
            await self._news.wait()
        return self._waiting.popleft()


class EventHub:
    """All subscriptions of the process. Used on the event loop only."""

    def __init__(self) -> None:
        self._subscriptions: set[Subscription] = set()
        self.taps: list[Callable[[Published], None]] = []
        """Called with every event that is not ephemeral, before the subscribers."""
        self.last_id = 0
        """Id of the last stored event that was handed out."""

    def __len__(self) -> int:
        return len(self._subscriptions)

    def add(self, subscription: Subscription) -> None:
        self._subscriptions.add(subscription)

    def remove(self, subscription: Subscription) -> None:
        self._subscriptions.discard(subscription)

    @property
    def wants_ephemeral(self) -> bool:
        """False when nobody would get what is not stored, so that it need not be encoded."""
        return any(subscription.wanted.ephemeral for subscription in self._subscriptions)

    def publish(self, events: Iterable[Published]) -> None:
        """Offer `events` to everybody, in order."""
        for event in events:
            if event.id is not None:
                self.last_id = max(self.last_id, event.id)
            if not event.ephemeral:
                for tap in self.taps:
                    tap(event)
            for subscription in self._subscriptions:
                subscription.offer(event)
