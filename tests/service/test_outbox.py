"""Events reach the store in order and once, whatever the store does; people's questions come between."""

from __future__ import annotations

import asyncio
import sqlite3
from datetime import UTC, datetime

import pytest

from speechqc.events import CallEnded, CallKind, CallStarted, Event, Gap
from speechqc.service.contacts import ContactKeeper
from speechqc.service.outbox import Outbox
from speechqc.store.ledger import ContactLedger
from speechqc.store.promises import Promises
from speechqc.store.store import Store


class Receiver:
    def __init__(self) -> None:
        self.log: list[tuple[str, object]] = []
        self._news = asyncio.Event()

    def stored(self, events) -> None:
        self._note("stored", [(event_id, type(event).__name__) for event_id, event in events])

    def observed(self, events) -> None:
        self._note("observed", [type(event).__name__ for _, event in events])

    def unstored(self, call_id, events) -> None:
        self._note("unstored", [type(event).__name__ for event in events])

    def of(self, kind: str) -> list[object]:
        return [item for name, items in self.log if name == kind for item in items]

    async def until(self, condition) -> None:
        async with asyncio.timeout(15):
            while not condition():
                self._news.clear()
                await self._news.wait()

    def _note(self, kind: str, items: object) -> None:
        self.log.append((kind, items))
        self._news.set()


@pytest.fixture
def path(tmp_path):
    return tmp_path / "store.db"


@pytest.fixture
async def running(path):
    store = Store.open(f"sqlite:///{path}", busy_timeout_s=0.1)
    outbox = Outbox(
        store, asyncio.get_running_loop(), ContactKeeper(ContactLedger(store), Promises(store.database))
    )
    receiver = Receiver()
    outbox.start(receiver)
    yield outbox, receiver
    outbox.stop(timeout_s=5)
    store.close()


def begun(call_id: str = "c") -> CallStarted:
    return CallStarted(call_id=call_id, kind=CallKind.SALES)


def gap(at: float, call_id: str = "c") -> Gap:
    return Gap(call_id=call_id, start=at, end=at + 1, reason="test")


async def test_events_are_handed_out_with_rising_ids(running):
    outbox, receiver = running
    outbox.put("c", 0, [begun(), gap(0)])
    outbox.put("c", 2, [gap(1), CallEnded(call_id="c", at=2.0)])
    await receiver.until(lambda: len(receiver.of("stored")) == 4)
    assert receiver.of("stored") == [(1, "CallStarted"), (2, "Gap"), (3, "Gap"), (4, "CallEnded")]
    assert not outbox.holds("c") and outbox.pending == 0 and outbox.last_id == 4


async def test_what_was_stored_before_is_not_handed_out_again(running):
    outbox, receiver = running
    events: list[Event] = [begun(), gap(0)]
    outbox.put("c", 0, events)
    await receiver.until(lambda: len(receiver.of("stored")) == 2)
    outbox.put("c", 0, events)  # after a crash
    outbox.put("c", 2, [gap(1)])
    await receiver.until(lambda: len(receiver.of("stored")) == 3)
    assert receiver.of("stored")[-1] == (3, "Gap")


async def test_a_locked_store_is_told_of_once_and_everything_is_stored_when_it_opens(running, path):
    outbox, receiver = running
    lock = sqlite3.connect(path, isolation_level=None)
    lock.execute("BEGIN IMMEDIATE")
    outbox.put("c", 0, [begun()])
    await receiver.until(lambda: receiver.of("unstored") == ["CallStarted"])
    outbox.put("c", 1, [gap(0)])
    await receiver.until(lambda: receiver.of("unstored") == ["CallStarted", "Gap"])
    lock.execute("ROLLBACK")
    lock.close()
    await receiver.until(lambda: receiver.of("stored") == [(1, "CallStarted"), (2, "Gap")])
    assert receiver.of("unstored") == ["CallStarted", "Gap"]


async def test_a_call_that_the_store_refuses_does_not_hold_up_the_others(running):
    outbox, receiver = running
    outbox.put("never-begun", 0, [gap(0, "never-begun")])
    outbox.put("c", 0, [begun()])
    await receiver.until(lambda: receiver.of("stored") == [(1, "CallStarted")])
    assert outbox.holds("never-begun")


async def test_a_question_is_answered_or_fails_with_its_own_error(running):
    outbox, _ = running
    assert await asyncio.wrap_future(outbox.submit(lambda store: store.last_event_id())) == 0
    with pytest.raises(ZeroDivisionError):
        await asyncio.wrap_future(outbox.submit(lambda store: 1 // 0))


async def test_somebody_who_gave_up_waiting_does_not_stop_the_others(running):
    outbox, receiver = running
    given_up = outbox.submit(lambda store: store.last_event_id())
    given_up.cancel()
    outbox.put("c", 0, [begun()])
    await receiver.until(lambda: len(receiver.of("stored")) == 1)
    assert await asyncio.wrap_future(outbox.submit(lambda store: store.last_event_id())) == 1


async def test_what_other_processes_write_is_handed_out_too(running, path):
    _outbox, receiver = running
    with Store.open(f"sqlite:///{path}") as other:
        other.record("other", 0, [begun("other")], datetime.now(UTC))
    await receiver.until(lambda: receiver.of("stored") == [(1, "CallStarted")])
    assert receiver.of("observed") == ["CallStarted"]
