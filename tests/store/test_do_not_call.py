"""The do-not-call list: how people get on it, whom it covers, how they get off it."""

import pytest

from speechqc.errors import StoreError
from speechqc.events import FindingState, Role
from speechqc.store import Contact, ContactLedger, DncScope, DoNotCall
from tests.alerts.making import NOW, after, finding
from tests.store.call_events import started


@pytest.fixture
def ledger(store):
    return ContactLedger(store)


def refusal(**more):
    return finding("opt_out_request", 30.0, role=Role.CUSTOMER, quote="不要再打了", **more)


LATER = after(60)


def listed(ledger, at=LATER, **who):
    """What a call at that moment is told."""
    return ledger.history(Contact(id="next", dialled_at=at, **who)).do_not_call


def test_a_hard_refusal_puts_the_customer_on_the_list_with_the_clip_as_proof(ledger):
    [entry] = ledger.heard(refusal(), started(), NOW)

    assert ledger.do_not_call.entries(customer="k1") == [entry]
    assert (entry.reason, entry.since, entry.until) == ("不要再打了", NOW, None)
    assert (entry.proof_call, entry.proof_start_s, entry.proof_end_s) == ("c1", 29.0, 30.0)
    assert listed(ledger, customer="k1") == "2026-03-02 不要再打了"


def test_the_entry_covers_the_person_s_other_numbers_and_the_number_itself(ledger):
    ledger.heard(refusal(), started(), NOW)
    assert listed(ledger, customer="k1", number="999")
    assert listed(ledger, customer="k2", number="+86 13800138000")
    assert listed(ledger, number="13800138000")
    assert listed(ledger, customer="k2", number="999") is None
    assert listed(ledger) is None


@pytest.mark.parametrize(
    "other",
    [
        refusal(state=FindingState.PROVISIONAL),
        refusal(sub_code="soft"),
        refusal(sub_code="time"),
        finding("complaint_intent", role=Role.CUSTOMER),
    ],
    ids=["provisional", "soft", "later please", "another signal"],
)
def test_nothing_else_puts_anybody_on_the_list(ledger, other):
    ledger.heard(other, started(), NOW)
    assert ledger.do_not_call.entries(customer="k1") == []


def test_the_same_refusal_told_twice_is_one_entry(ledger):
    ledger.heard(refusal(), started(), NOW)
    ledger.heard(refusal(), started(), after(60))
    [entry] = ledger.do_not_call.entries(customer="k1")
    assert entry.since == NOW


def test_a_refusal_the_final_words_do_not_contain_is_taken_back_and_stays_visible(ledger):
    ledger.heard(refusal(), started(), NOW)
    ledger.heard(refusal(state=FindingState.WITHDRAWN), started(), after(1))
    ledger.heard(refusal(state=FindingState.WITHDRAWN), started(), after(2))

    [entry] = ledger.do_not_call.entries(customer="k1")
    assert (entry.removed_at, entry.removed_by) == (after(1), "recogniser")
    assert listed(ledger, customer="k1") is None


def test_a_refusal_of_nobody_known_is_an_error_and_not_forgotten(ledger):
    with pytest.raises(
        StoreError, match=r"call c1 has a finding for the contact ledger .* neither customer nor number"
    ):
        ledger.heard(refusal(), started(customer=None, number=None), NOW)
    with pytest.raises(StoreError, match="entry e1 names neither customer nor number"):
        ledger.do_not_call.add(DoNotCall(id="e1", reason="letter", since=NOW))


def test_an_entry_holds_from_its_beginning_to_its_end_and_for_its_product(ledger):
    ledger.do_not_call.add(
        DoNotCall(
            id="e1",
            customer="k1",
            scope=DncScope.PRODUCT,
            product="fund",
            reason="letter",
            since=after(10),
            until=after(100),
        )
    )
    assert listed(ledger, after(9), customer="k1", product="fund") is None
    assert listed(ledger, after(10), customer="k1", product="fund")
    assert listed(ledger, after(99), customer="k1", product="fund")
    assert listed(ledger, after(100), customer="k1", product="fund") is None
    assert listed(ledger, after(50), customer="k1", product="loan") is None


def test_removal_takes_two_people_and_keeps_the_entry(ledger):
    [entry] = ledger.heard(refusal(), started(), NOW)
    with pytest.raises(
        StoreError, match=r"li cannot approve the own removal .* \(a second person must approve"
    ):
        ledger.do_not_call.remove(
            entry.id, by="li", approved_by="li", why="consent", consent="clip 7", at=after(60)
        )

    ledger.do_not_call.remove(
        entry.id, by="li", approved_by="wang", why="consent", consent="letter 12", at=after(60)
    )

    [kept] = ledger.do_not_call.entries(customer="k1")
    assert (kept.removed_by, kept.removed_why) == ("li, wang", "consent [letter 12]")
    assert listed(ledger, after(59), customer="k1")
    assert listed(ledger, after(61), customer="k1") is None
    with pytest.raises(StoreError, match="is in force"):
        ledger.do_not_call.remove(
            entry.id, by="li", approved_by="wang", why="again", consent="x", at=after(70)
        )
