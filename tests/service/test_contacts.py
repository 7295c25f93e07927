"""What a live call writes into the ledger while it lasts."""

from __future__ import annotations

from datetime import timedelta

import pytest

from speechqc.contact.attempt import Purpose
from speechqc.contact.do_not_call import DncScope
from speechqc.contact.verdict import Decision
from speechqc.events import CallEnded, CallKind, Direction, FindingState, Rescoped, Role
from speechqc.service.contacts import ContactKeeper
from speechqc.store import Contact, ContactLedger, Store
from speechqc.store.contact_trail import steps
from speechqc.store.promises import Promises
from tests.alerts.making import finding
from tests.store.call_events import STARTED_AT, started


@pytest.fixture
def store(tmp_path):
    with Store.open(str(tmp_path / "store.db")) as opened:
        yield opened


@pytest.fixture
def ledger(store):
    return ContactLedger(store)


@pytest.fixture
def keep(store, ledger):
    keeper = ContactKeeper(ledger, Promises(store.database))
    return lambda *events: keeper.keep(events, STARTED_AT)


def said(sub_code, state=FindingState.CONFIRMED, **more):
    return finding(
        "opt_out_request", 30.0, role=Role.CUSTOMER, quote="…", sub_code=sub_code, state=state, **more
    )


def next_call(days=1.0, **more):
    values = {
        "id": "next",
        "customer": "k1",
        "product": "fund",
        "dialled_at": STARTED_AT + timedelta(days=days),
    }
    return Contact(**(values | more))


def stopped_by(ledger, contact):
    return {reason.rule for reason in ledger.check(contact).reasons if reason.forbids}


def test_a_spoken_refusal_is_on_the_list_before_the_call_is_over(ledger, keep):
    keep(started(), said("hard"))
    [entry] = ledger.do_not_call.entries(customer="k1")
    assert (entry.proof_call, entry.proof_start_s, entry.proof_end_s) == ("c1", 29.0, 30.0)
    assert stopped_by(ledger, next_call()) == {f"do_not_call/{entry.id}"}
    assert ledger.check(next_call(purpose=Purpose.SERVICE)).decision is Decision.ALLOW


def test_what_was_withdrawn_is_taken_back_and_the_trail_says_so(store, ledger, keep):
    keep(started(), said("hard"), said("hard", FindingState.WITHDRAWN))
    [entry] = ledger.do_not_call.entries(customer="k1")
    assert entry.removed_why == "final words do not contain it"
    assert [(step.what, step.by) for step in steps(store.database, entry.id)] == [
        ("do_not_call.added", "recogniser"),
        ("do_not_call.removed", "recogniser"),
    ]
    assert stopped_by(ledger, next_call()) == set()


def test_a_refusal_of_the_telephone_forbids_calls_alone(ledger, keep):
    keep(started(), said("channel"))
    [entry] = ledger.do_not_call.entries(customer="k1")
    assert (entry.scope, entry.channel) == (DncScope.CHANNEL, "call")
    assert ledger.check(next_call(channel="sms")).decision is Decision.ALLOW


def test_a_polite_refusal_cools_off_for_its_product(ledger, keep):
    keep(started(), said("soft"))
    assert stopped_by(ledger, next_call(29)) == {"cn_bank_marketing.soft_refusal"}
    assert stopped_by(ledger, next_call(29, product="card")) == set()
    assert stopped_by(ledger, next_call(31)) == set()

    keep(started("c2"), said("soft", id="f2", call_id="c2"))
    assert stopped_by(ledger, next_call(89)) == {"cn_bank_marketing.second_soft_refusal"}
    assert stopped_by(ledger, next_call(91)) == set()


def test_no_time_now_means_not_before_three_days(ledger, keep):
    keep(started(), said("time"))
    assert stopped_by(ledger, next_call(2)) == {"cn_bank_marketing.not_convenient"}
    assert stopped_by(ledger, next_call(2, booked=True)) == set()
    assert stopped_by(ledger, next_call(3.1)) == set()


def test_a_complaint_ends_marketing_until_thirty_days_after_it_was_closed(ledger, keep):
    keep(started(), finding("complaint_intent", role=Role.CUSTOMER))
    assert "cn_bank_marketing.complaint" in stopped_by(ledger, next_call(40))
    assert ledger.check(next_call(40)).next_allowed_at is None

    ledger.records.close_complaint("c1", by="li", at=STARTED_AT + timedelta(days=20))
    assert "cn_bank_marketing.complaint" in stopped_by(ledger, next_call(49))
    assert stopped_by(ledger, next_call(51)) == set()
    assert [tag.tag for tag in ledger.records.tags(customer="k1")] == ["high_sensitivity"]


def test_a_complaint_the_words_did_not_contain_is_withdrawn(ledger, keep):
    heard = finding("complaint_intent", role=Role.CUSTOMER)
    keep(started(), heard, finding("complaint_intent", role=Role.CUSTOMER, state=FindingState.WITHDRAWN))
    assert stopped_by(ledger, next_call()) == set()
    assert ledger.records.tags(customer="k1") == []


def test_who_complains_of_too_many_calls_gets_none(ledger, keep):
    keep(started(), finding("contact_frequency_grievance", role=Role.CUSTOMER))
    assert stopped_by(ledger, next_call()) == {"tag.silent_marketing"}


def test_an_offer_makes_a_service_call_marketing(ledger, keep):
    begun = started(kind=CallKind.SERVICE)
    keep(begun, Rescoped(call_id="c1", at=20.0, kind=CallKind.SALES, turn=2, quote="要不要办个分期"))
    keep(CallEnded(call_id="c1", at=60.0))
    [kept] = ledger.attempts(customer="k1")
    assert (kept.purpose, kept.recoded) == (Purpose.SERVICE, Purpose.MARKETING)
    today = ledger.check(next_call(0.1))
    assert "cn_bank_marketing.connected_day" in {reason.rule for reason in today.reasons}


def test_a_customer_who_calls_to_complain_opens_a_complaint(ledger, keep):
    keep(started(kind=CallKind.COMPLAINT, direction=Direction.INBOUND))
    [complaint] = ledger.records.complaints(customer="k1")
    assert (complaint.id, complaint.matter, complaint.opened_by) == ("c1", "fund", "call")


def test_told_twice_is_written_once(ledger, keep):
    for _ in range(2):
        keep(
            started(),
            said("hard"),
            said("soft", id="f2"),
            finding("complaint_intent", role=Role.CUSTOMER, id="f3"),
        )
    assert len(ledger.do_not_call.entries(customer="k1")) == 1
    assert len(ledger.records.complaints(customer="k1")) == 1
    assert sorted(tag.tag for tag in ledger.records.tags(customer="k1")) == [
        "high_sensitivity",
        "soft_refusal",
    ]
