"""Promises across calls: open, kept, overdue."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from speechqc.contact.attempt import Contact, Outcome
from speechqc.errors import StoreError
from speechqc.events import CallKind, CallStarted, Direction, Promise
from speechqc.store.ledger import ContactLedger
from speechqc.store.promises import Promises
from speechqc.store.store import Store

BEGAN = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
DUE = BEGAN + timedelta(hours=1)


def promise(
    name: str = "p1", *, call_id: str = "c1", action: str = "call_back", due_at: datetime | None = DUE
) -> Promise:
    return Promise(
        call_id=call_id, id=name, action=action, owner="我", turn=3, start=50.0, end=60.0,
        quote="我一个小时内给您回电话", due_words="一个小时内", due_in_s=3600.0, due_at=due_at,
    )  # fmt: skip


def record(store: Store, *made: Promise, call_id: str = "c1") -> Promises:
    call = CallStarted(
        call_id=call_id,
        kind=CallKind.COMPLAINT,
        customer="k1",
        number="138 0013 8000",
        agent="a1",
        started_at=BEGAN,
    )
    store.record(call_id, 1, [call, *made], BEGAN)
    return Promises(store.database)


def reach(store: Store, at: datetime, **more: object) -> None:
    contact = {"id": f"at{at:%H%M}", "customer": "k1", "dialled_at": at, "outcome": Outcome.CONNECTED, **more}
    ContactLedger(store).add([Contact(**contact)])


def test_a_promise_is_kept_with_its_call(store: Store) -> None:
    [found] = record(store, promise()).open()

    assert (found.promise.id, found.agent, found.customer, found.number) == ("p1", "a1", "k1", "13800138000")
    assert found.promised_at == BEGAN + timedelta(seconds=60)
    assert (found.due_at, found.kept_at) == (DUE, None)


def test_it_is_overdue_once_its_time_has_passed(store: Store) -> None:
    promises = record(store, promise())
    assert promises.overdue(DUE - timedelta(minutes=1)) == []
    assert [one.promise.id for one in promises.overdue(DUE + timedelta(minutes=1))] == ["p1"]


def test_a_connected_call_in_time_keeps_a_promise_to_call(store: Store) -> None:
    promises = record(store, promise())
    reach(store, BEGAN + timedelta(minutes=40))
    assert promises.open() == promises.overdue(DUE + timedelta(days=1)) == []


@pytest.mark.parametrize(
    ("minutes", "how"),
    [
        (70, {}),
        (40, {"outcome": Outcome.NO_ANSWER}),
        (40, {"direction": Direction.INBOUND}),
        (40, {"customer": "somebody else"}),
        (-30, {}),
    ],
    ids=["too late", "nobody answered", "the customer called", "another customer", "before the promise"],
)
def test_what_does_not_keep_it(store: Store, minutes: int, how: dict[str, object]) -> None:
    promises = record(store, promise())
    reach(store, BEGAN + timedelta(minutes=minutes), **how)
    assert len(promises.overdue(DUE + timedelta(days=1))) == 1


def test_money_is_not_credited_by_a_call(store: Store) -> None:
    promises = record(store, promise(action="credit"))
    reach(store, BEGAN + timedelta(minutes=40))
    assert len(promises.overdue(DUE + timedelta(days=1))) == 1


def test_somebody_marks_it_as_kept_once(store: Store) -> None:
    promises = record(store, promise(action="credit"))
    promises.keep("p1", by="operations", at=DUE)
    assert promises.overdue(DUE + timedelta(days=1)) == []

    with pytest.raises(StoreError, match="p1 was kept already, says operations"):
        promises.keep("p1", by="me", at=DUE)
    with pytest.raises(StoreError, match="there is no promise p9"):
        promises.keep("p9", by="me", at=DUE)


def test_recording_again_does_not_open_it_again(store: Store) -> None:
    promises = record(store, promise())
    promises.keep("p1", by="me", at=DUE)
    record(store, promise())
    assert promises.open() == []


def test_an_overdue_promise_is_announced_once(store: Store) -> None:
    promises = record(store, promise())
    late = DUE + timedelta(minutes=5)
    assert len(promises.newly_overdue(late)) == 1
    promises.announced(["p1"], late)
    assert promises.newly_overdue(late) == []
    assert len(promises.overdue(late)) == 1


def test_the_next_call_knows_what_is_overdue_by_person_or_by_number(store: Store) -> None:
    promises = record(store, promise())
    late = DUE + timedelta(hours=2)

    assert promises.overdue_to(customer="k1", number=None, at=late) == (
        "2026-11-23 03:00 UTC 我: 我一个小时内给您回电话"
    )
    assert promises.overdue_to(customer=None, number="13800138000", at=late) is not None
    assert promises.overdue_to(customer="k2", number=None, at=late) is None
    assert promises.overdue_to(customer=None, number=None, at=late) is None


def test_a_promise_without_a_time_is_never_overdue(store: Store) -> None:
    promises = record(store, promise(due_at=None))
    assert promises.overdue(DUE + timedelta(days=100)) == []
    assert len(promises.open()) == 1
