"""Subscribers get what they asked for, in order; one that does not read is dropped and nobody waits."""

from __future__ import annotations

import json

from speechqc.events import CallClock, CallEnded
from speechqc.service.hub import EventHub, Filter, Subscription, published


def ended(number: int, *, call_id: str = "c", team: str | None = None, ephemeral: bool = False):
    event = CallEnded(call_id=call_id, at=float(number))
    return published(event, team=team, event_id=None if ephemeral else number, ephemeral=ephemeral)


def subscribed(hub: EventHub, *, max_events: int = 10, **wanted: object) -> Subscription:
    subscription = Subscription(Filter(**wanted), max_events=max_events)
    hub.add(subscription)
    return subscription


async def taken(subscription: Subscription, number: int) -> list[int | None]:
    return [(await subscription.next()).id for _ in range(number)]


async def test_events_come_in_order_and_as_json():
    hub = EventHub()
    subscription = subscribed(hub)
    hub.publish([ended(1), ended(2)])
    first = await subscription.next()
    assert json.loads(first.wire) == {
        "type": "event",
        "id": 1,
        "event": {"type": "call_ended", "call_id": "c", "at": 1.0, "reason": "stop"},
    }
    assert (await subscription.next()).id == 2
    assert hub.last_id == 2


async def test_filters_by_call_team_and_type():
    hub = EventHub()
    by_call = subscribed(hub, calls=frozenset({"a"}))
    by_team = subscribed(hub, team="north")
    by_type = subscribed(hub, types=frozenset({"call_clock"}))
    clock = published(CallClock(call_id="b", at=1.0), team=None, event_id=3)
    hub.publish([ended(1, call_id="a"), ended(2, call_id="b", team="north"), clock])
    assert await taken(by_call, 1) == [1]
    assert await taken(by_team, 1) == [2]
    assert await taken(by_type, 1) == [3]


async def test_what_is_not_stored_gives_way_before_anybody_is_dropped():
    hub = EventHub()
    subscription = subscribed(hub, max_events=4, ephemeral=True)
    hub.publish([ended(n, ephemeral=True) for n in range(10)])
    assert subscription.skipped == 8
    hub.publish([ended(1), ended(2)])
    assert not subscription.dropped
    assert await taken(subscription, 4) == [None, None, 1, 2]


async def test_a_subscriber_that_does_not_read_is_dropped_and_others_go_on():
    hub = EventHub()
    deaf, awake = subscribed(hub, max_events=3), subscribed(hub, max_events=10)
    hub.publish([ended(n) for n in range(1, 5)])
    assert deaf.dropped
    await deaf.wait_dropped()
    assert await deaf.next() is None
    assert await taken(awake, 4) == [1, 2, 3, 4]


async def test_taps_hear_everything_that_is_stored():
    hub, heard = EventHub(), []
    hub.taps.append(lambda event: heard.append(event.id))
    hub.publish([ended(1), ended(2, ephemeral=True), ended(3)])
    assert heard == [1, 3]
