"""What a call is told of its customer when it begins."""

from datetime import UTC, datetime, timedelta

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from speechqc.contact.counting import count
from speechqc.errors import ConfigurationError, StoreError
from speechqc.events import CallEnded, CallKind, ContactHistory, Direction
from speechqc.store import Contact, ContactLedger, Outcome, Purpose, Store, contact_rows
from tests.alerts.making import finding
from tests.store.call_events import started

NOON = datetime(2026, 3, 18, 4, 0, tzinfo=UTC)


@pytest.fixture
def ledger(store):
    return ContactLedger(store)


def contact(name: str, minutes_ago: float = 0.0, **more) -> Contact:
    values = {
        "id": name,
        "customer": "k1",
        "number": "13800138000",
        "dialled_at": NOON - timedelta(minutes=minutes_ago),
        "outcome": Outcome.NO_ANSWER,
    }
    return Contact(**(values | more))


def test_the_first_call_of_a_customer_counts_itself(ledger):
    assert ledger.history(contact("now")) == ContactHistory(
        attempts_today=1,
        connected_today=1,
        attempts_7_days=1,
        connected_month=1,
        local_time="12:00",
        policy="cn_bank_marketing@1, cn_life_telesales@1, cn_collections@1",
    )


def test_earlier_attempts_add_up(ledger):
    ledger.add([contact("a", 60), contact("b", 120, outcome=Outcome.CONNECTED), contact("c", 3 * 24 * 60)])
    history = ledger.history(contact("now"))
    assert (history.attempts_today, history.connected_today) == (3, 2)
    assert (history.attempts_7_days, history.connected_month) == (4, 2)


def test_a_call_the_ledger_has_already_is_not_counted_twice(ledger):
    ledger.add(contact("now", outcome=None))
    assert ledger.history(contact("now")).attempts_today == 1


def test_an_inbound_call_counts_nothing_but_knows_the_past(ledger):
    ledger.add(contact("a", 60))
    history = ledger.history(contact("now", direction=Direction.INBOUND))
    assert (history.attempts_today, history.connected_today) == (1, 0)


def test_all_numbers_of_a_customer_and_all_vendors_add_up(ledger):
    ledger.add([contact("a", 60, number="2"), contact("b", 50, number="3", vendor="agency")])
    assert ledger.history(contact("now")).attempts_today == 3


def test_attempts_entered_without_a_customer_count_by_their_number(ledger):
    ledger.add([contact("a", 60, customer=None), contact("b", 50, customer="k2")])
    assert ledger.history(contact("now")).attempts_today == 2


def test_a_number_alone_stands_for_the_person_last_called_there(ledger):
    ledger.add([contact("a", 60), contact("b", 50, number="2")])
    assert ledger.history(contact("now", customer=None, number="+86 138 0013 8000")).attempts_today == 3
    assert ledger.history(contact("now", customer=None, number=None)).attempts_today == 1


def test_calls_to_a_number_whose_person_nobody_knows_add_up(ledger):
    ledger.add(
        [contact("a", 60, customer=None), contact("b", 50, customer=None, direction=Direction.INBOUND)]
    )
    assert ledger.history(contact("now", customer=None)).attempts_today == 2


def test_calls_to_a_household_add_up_beside_those_of_the_person(ledger, store):
    home = {"household": "h1"}
    ledger.add(
        [
            contact("a", 60, customer="k2", number="2", **home),
            contact("b", 50, customer=None, number=None, **home),
        ]
    )
    ledger.add(contact("c", 40, **home))
    wanted = contact("now", household="h1")
    with store.database.reading() as connection:
        found = contact_rows.earlier(connection, wanted, NOON - timedelta(days=1))
    assert sorted(other.id for other in found) == ["a", "b", "c"]
    assert ledger.history(wanted).attempts_today == 2


def test_the_time_is_the_customer_s(ledger):
    assert ledger.history(contact("now", zone="America/Los_Angeles")).local_time == "21:00"


def test_a_live_call_is_an_attempt_from_its_beginning_and_connected_at_its_end(ledger):
    call = started("c1", started_at=NOON - timedelta(minutes=30))
    ledger.begin(call, NOON)
    ledger.begin(call, NOON)
    assert ledger.history_of(started("c2", started_at=NOON), NOON).attempts_today == 2
    assert ledger.history_of(started("c2", started_at=NOON), NOON).connected_today == 1

    ledger.end(CallEnded(call_id="c1", at=90.0))
    ledger.end(CallEnded(call_id="c1", at=90.0))
    assert ledger.history_of(started("c2", started_at=NOON), NOON).connected_today == 2


def test_an_outcome_is_entered_once_and_never_rewritten(ledger, store):
    ledger.add(contact("a", 60, outcome=None))
    ledger.complete("a", Outcome.VOICEMAIL, ring_s=20.0)
    with pytest.raises(StoreError, match="contact a is unknown or has an outcome"):
        ledger.complete("a", Outcome.FAILED)
    with pytest.raises(DBAPIError, match="append-only"), store.database.engine.begin() as connection:
        connection.execute(text("UPDATE contacts SET outcome = 'failed'"))
    ledger.add(contact("a", 60, outcome=Outcome.FAILED))
    assert ledger.history(contact("now")).attempts_today == 2


def test_earlier_complaints_are_calls_that_were_one_or_in_which_one_was_voiced(ledger, store):
    def earlier(name, days_ago, *findings, **more):
        began = started(name, started_at=NOON - timedelta(days=days_ago), **more)
        store.record(name, 0, [began, *findings], NOON)

    earlier("complaint", 10, kind=CallKind.COMPLAINT)
    earlier(
        "voiced",
        20,
        finding("complaint_intent", call_id="voiced"),
        finding("regulator_escalation", call_id="voiced"),
    )
    earlier("quiet", 5)
    earlier("withdrawn", 5, finding("complaint_intent", call_id="withdrawn", state="withdrawn"))
    earlier("long ago", 91, kind=CallKind.COMPLAINT)
    earlier("somebody else", 1, kind=CallKind.COMPLAINT, customer="k2", number="2")

    assert ledger.history(contact("now")).earlier_complaints == 2
    assert ledger.history(contact("now", customer=None)).earlier_complaints == 2
    assert ledger.history(contact("now", customer="k3", number="3")).earlier_complaints == 0


def test_a_time_zone_that_does_not_exist_is_refused(ledger):
    with pytest.raises(ConfigurationError, match="'Mars/Olympus' is no time zone"):
        ledger.history(contact("now", zone="Mars/Olympus"))
    with pytest.raises(ConfigurationError, match="'Mars/Olympus' is no time zone"):
        ledger.add(contact("a", zone="Mars/Olympus"))


people = st.sampled_from(["k1", "k2", None])
numbers = st.sampled_from(["1380000001", "1380000002", None])


@st.composite
def entries(draw):
    minutes = draw(st.lists(st.integers(0, 60 * 24 * 45), unique=True, max_size=20))
    return [
        contact(
            str(n), ago + 0.5, customer=draw(people), number=draw(numbers), outcome=draw(st.sampled_from([None, *Outcome])),
            direction=draw(st.sampled_from(Direction)), talk_s=draw(st.sampled_from([None, 45.0])),
        )
        for n, ago in enumerate(minutes)
    ]  # fmt: skip


@settings(max_examples=40, deadline=None)
@given(entries(), people, numbers)
def test_the_ledger_counts_what_a_look_at_every_entry_counts(tmp_path_factory, earlier, customer, number):
    now = contact("now", customer=customer, number=number, outcome=Outcome.CONNECTED)
    with Store.open(str(tmp_path_factory.mktemp("s") / "store.db")) as store:
        ledger = ContactLedger(store)
        ledger.add(earlier)
        history = ledger.history(now)

    if customer is None and number is not None:
        owners = [c for c in sorted(earlier, key=lambda c: c.dialled_at) if c.number == number and c.customer]
        customer = owners[-1].customer if owners else None
    mine = [
        c
        for c in earlier
        if (customer is not None and c.customer == customer)
        or (number is not None and c.customer is None and c.number == number)
    ]
    expected = count([*mine, now], purpose=Purpose.MARKETING, at=NOON, zone=now.zone)
    for name, value in msgspec.structs.asdict(expected).items():
        assert getattr(history, name) == value, name
