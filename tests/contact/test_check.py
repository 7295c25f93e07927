"""The verdict: strictest rule first, and the first moment at which no rule forbids the call."""

from datetime import datetime, timedelta

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from speechqc.contact.attempt import Outcome, Purpose
from speechqc.contact.check import Known, check
from speechqc.contact.do_not_call import DncScope, DoNotCall
from speechqc.contact.policy_file import load_contact_policy
from speechqc.contact.standing import Complaint, Consent, Tag
from speechqc.contact.verdict import Decision
from speechqc.events import Direction
from tests.contact.making import NOON, SHANGHAI, call

POLICY = load_contact_policy()
CONNECTED = Outcome.CONNECTED


def verdict(wanted, *earlier, policy=POLICY, **known):
    return check(wanted, Known(earlier=earlier, **known), policy)


def rules(found):
    return [reason.rule for reason in found.reasons]


def on(day, clock):
    hour, minute = map(int, clock.split(":"))
    return datetime(2026, 3, day, hour, minute, tzinfo=SHANGHAI)


def tag(name, days=1.0, **more):
    values = {"id": name, "tag": name, "customer": "k1", "since": NOON - timedelta(days=days)}
    return Tag(**(values | more))


def test_the_second_call_of_a_day_warns_and_the_third_is_blocked_until_the_morning():
    assert verdict(call()).decision is Decision.ALLOW
    second = verdict(call(), call(1))
    assert (second.decision, rules(second)) == (Decision.WARN, ["cn_bank_marketing.attempts_day"])
    third = verdict(call(), call(1), call(2))
    assert (third.decision, third.reasons[0].count, third.reasons[0].limit) == (Decision.BLOCK, 3, "2")
    assert third.next_allowed_at == on(19, "09:00")


def test_the_strictest_rule_comes_first():
    late = call(dialled_at=on(18, "21:30"))
    found = verdict(late, call(1), call(2))
    assert [reason.action for reason in found.reasons] == ["violation", "violation", "block"]


def test_a_week_that_is_full_opens_when_its_oldest_call_is_a_week_old():
    earlier = [call(days_ago=day) for day in (6, 5, 3, 2)]
    found = verdict(call(), *earlier)
    assert rules(found) == ["cn_bank_marketing.attempts_7_days"]
    assert found.next_allowed_at == on(19, "09:00")


def test_a_month_that_is_full_opens_with_the_next_month():
    earlier = [call(days_ago=day, outcome=CONNECTED) for day in (15, 10, 5)]
    found = verdict(call(), *earlier)
    assert found.next_allowed_at == datetime(2026, 4, 1, 9, 0, tzinfo=SHANGHAI)


def test_a_complaint_customer_waits_for_the_next_quarter():
    found = verdict(call(), call(days_ago=40, outcome=CONNECTED), tags=(tag("reduced_frequency"),))
    assert rules(found) == ["cn_bank_marketing.complainant_quarter"]
    assert found.next_allowed_at == datetime(2026, 4, 1, 9, 0, tzinfo=SHANGHAI)


def test_the_customers_own_window_is_cut_at_the_quiet_hour():
    evening = tag("silent_marketing", window="daily 20:00-23:00")
    assert verdict(call(dialled_at=on(18, "20:30")), tags=(evening,)).decision is Decision.ALLOW
    late = verdict(call(dialled_at=on(18, "21:30")), tags=(evening,))
    assert set(rules(late)) == {"cn_bank_marketing.hours", "cn_life_telesales.hours"}
    assert late.next_allowed_at == on(19, "20:00")


def test_a_window_wholly_in_the_quiet_hours_leaves_only_the_call_back_the_customer_asked_for():
    night = tag("silent_marketing", window="daily 21:00-23:00")
    found = verdict(call(), tags=(night,))
    assert (found.decision, found.next_allowed_at) == (Decision.BLOCK, None)
    asked = call(dialled_at=on(18, "21:30"), booked=True, booked_for=on(18, "21:15"))
    assert verdict(asked, tags=(night,)).decision is Decision.ALLOW


def test_a_call_back_placed_at_another_hour_is_not_the_one_asked_for():
    wanted = call(dialled_at=on(18, "21:40"), booked=True, booked_for=on(18, "18:00"))
    assert "cn_bank_marketing.hours" in rules(verdict(wanted))


def test_zones_that_disagree_allow_only_what_is_allowed_in_all_of_them():
    sydney = {"also_zones": ("Australia/Sydney",)}  # three hours ahead in March
    found = verdict(call(dialled_at=on(18, "18:30"), **sydney))
    assert {reason.limit for reason in found.reasons} == {"daily 09:00-21:00"}
    assert found.next_allowed_at == on(19, "09:00")
    assert verdict(call(dialled_at=on(18, "09:00"), **sydney)).decision is Decision.ALLOW


def test_hours_the_customer_does_not_want_block_sales_and_warn_service():
    entry = DoNotCall(
        id="e1", customer="k1", scope=DncScope.TIME, hours="mon-fri 09:00-18:00", reason="上班", since=NOON
    )
    sales = verdict(call(), listed=(entry,))
    assert (sales.decision, sales.next_allowed_at) == (Decision.BLOCK, on(18, "18:00"))
    assert verdict(call(purpose=Purpose.SERVICE), listed=(entry,)).decision is Decision.WARN
    assert verdict(call(purpose=Purpose.FRAUD_ALERT), listed=(entry,)).decision is Decision.ALLOW


def test_a_product_family_is_refused_and_a_call_about_nothing_known_warns():
    entry = DoNotCall(id="e1", customer="k1", scope=DncScope.PRODUCT, product="理财", reason="…", since=NOON)
    assert verdict(call(product="稳健理财A"), listed=(entry,)).decision is Decision.BLOCK
    assert verdict(call(product="信用卡"), listed=(entry,)).decision is Decision.ALLOW
    assert verdict(call(), listed=(entry,)).decision is Decision.WARN


def test_one_number_a_household_and_one_entity_can_be_listed():
    number = DoNotCall(
        id="e1", customer="k1", number="13800138000", scope=DncScope.NUMBER, reason="…", since=NOON
    )
    assert verdict(call(), listed=(number,)).decision is Decision.BLOCK
    assert verdict(call(number="13900139000"), listed=(number,)).decision is Decision.ALLOW
    home = DoNotCall(id="e2", household="h1", reason="…", since=NOON)
    assert verdict(call(household="h1", customer="k2"), listed=(home,)).decision is Decision.BLOCK
    broker = DoNotCall(id="e3", customer="k1", entity="broker", reason="…", since=NOON)
    assert verdict(call(entity="bank"), listed=(broker,)).decision is Decision.ALLOW
    assert verdict(call(entity="broker"), listed=(broker,)).decision is Decision.BLOCK


def test_consent_given_before_the_refusal_lifts_nothing():
    entry = DoNotCall(id="e1", customer="k1", reason="…", since=NOON - timedelta(days=5))
    old, new = (
        Consent(id=str(days), customer="k1", given_at=NOON - timedelta(days=days), proof="letter")
        for days in (9, 2)
    )
    assert verdict(call(), listed=(entry,), consents=(old,)).decision is Decision.BLOCK
    assert verdict(call(), listed=(entry,), consents=(new,)).decision is Decision.ALLOW


def test_consent_needed_for_a_preset_is_consent_on_file():
    policy = load_contact_policy(presets=["cn_call_centre"])
    consent = Consent(id="c", customer="k1", given_at=NOON - timedelta(days=400), proof="letter")
    assert verdict(call(), policy=policy).reasons[0].signal == "do_not_call_violation"
    assert verdict(call(consent="clip 7"), policy=policy).decision is Decision.ALLOW
    assert verdict(call(), consents=(consent,), policy=policy).decision is Decision.ALLOW


def test_reg_f_consent_is_good_for_seven_days():
    earlier = [call(days_ago=1, zone="America/New_York", purpose=Purpose.COLLECTIONS, outcome=CONNECTED)]
    wanted = call(-12, zone="America/New_York", purpose=Purpose.COLLECTIONS)
    consents = [
        Consent(
            id=str(days), customer="k1", given_at=wanted.dialled_at - timedelta(days=days), proof="letter"
        )
        for days in (6, 8)
    ]
    assert verdict(wanted, *earlier, consents=(consents[0],)).decision is Decision.ALLOW
    assert rules(verdict(wanted, *earlier, consents=(consents[1],))) == ["us_reg_f.conversation"]


def test_the_wait_after_a_conversation_counts_the_day_of_the_talk_as_the_first():
    talk = call(days_ago=1, zone="America/New_York", purpose=Purpose.COLLECTIONS, outcome=CONNECTED)
    wanted = call(-12, zone="America/New_York", purpose=Purpose.COLLECTIONS)
    found = verdict(wanted, talk)
    # the talk was at 00:00 of 17 March in New York; seven days are 17 to 23 March, then the hours open at eight
    assert found.next_allowed_at.isoformat() == "2026-03-24T08:00:00-04:00"


def test_florida_closes_an_hour_earlier():
    evening = datetime.fromisoformat("2026-03-18T20:30:00-04:00")
    wanted = call(dialled_at=evening, zone="America/New_York")
    assert verdict(wanted).decision is Decision.ALLOW
    florida = msgspec.structs.replace(wanted, region="US-FL")
    assert rules(verdict(florida)) == ["us_tsr_tcpa.state_hours"]


def test_an_abandoned_call_in_the_uk_is_not_dialled_again_for_72_hours():
    london = {"zone": "Europe/London", "number": "442079460000"}
    found = verdict(call(-8, **london), call(16, outcome=Outcome.ABANDONED, **london))
    assert rules(found) == ["uk.abandoned"]
    assert found.next_allowed_at == NOON + timedelta(hours=56)


def test_going_on_with_a_call_the_line_cut_is_no_further_attempt():
    cut = call(0.02, outcome=CONNECTED, talk_s=30.0)
    assert verdict(call(), cut, call(3), call(4)).decision is Decision.ALLOW


def test_an_open_complaint_has_no_end_to_wait_for():
    opened = Complaint(id="p1", customer="k1", opened_at=NOON - timedelta(days=9))
    found = verdict(call(), complaints=(opened,))
    assert (rules(found), found.next_allowed_at) == (["cn_bank_marketing.complaint"], None)


@pytest.mark.parametrize(
    ("name", "decision"),
    [
        ("permanent_dnc", Decision.BLOCK),
        ("silent_marketing", Decision.BLOCK),
        ("low_trust", Decision.BLOCK),
        ("high_sensitivity", Decision.WARN),
        ("vulnerable", Decision.WARN),
        ("regulator_watch", Decision.WARN),
        ("reduced_frequency", Decision.ALLOW),
    ],
)
def test_tags_ask_for_what_they_are_for(name, decision):
    assert verdict(call(), tags=(tag(name),)).decision is decision
    assert verdict(call(purpose=Purpose.SERVICE), tags=(tag(name),)).decision is Decision.ALLOW
    ended = tag(name, 9, until=NOON)
    assert verdict(call(), tags=(ended,)).decision is Decision.ALLOW


@pytest.mark.parametrize(
    ("purpose", "decision"),
    [
        (Purpose.MARKETING, Decision.BLOCK),
        (Purpose.COLLECTIONS, Decision.BLOCK),
        (Purpose.SERVICE, Decision.WARN),
        (Purpose.FRAUD_ALERT, Decision.WARN),
    ],
)
def test_a_ledger_that_does_not_answer_blocks_marketing_and_warns_service(purpose, decision):
    assert check(call(purpose=purpose), None, POLICY).decision is decision


def test_an_inbound_call_is_always_allowed():
    assert verdict(call(direction=Direction.INBOUND), call(1), call(2)).decision is Decision.ALLOW


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.tuples(st.floats(0, 24 * 40), st.sampled_from(Outcome)), max_size=12),
    st.floats(0, 24 * 7),
    st.sampled_from([Purpose.MARKETING, Purpose.COLLECTIONS]),
)
def test_the_next_allowed_moment_is_allowed_and_no_earlier_morning_is(earlier, ahead, purpose):
    calls = [
        call(ago, id=str(n), outcome=outcome, purpose=purpose) for n, (ago, outcome) in enumerate(earlier)
    ]
    wanted = call(-ahead, id="now", purpose=purpose)
    found = verdict(wanted, *calls)
    again = found.next_allowed_at
    assert (again is None) == (found.decision is not Decision.BLOCK)
    if again is None:
        return
    assert again > wanted.dialled_at
    assert verdict(msgspec.structs.replace(wanted, dialled_at=again), *calls).decision is not Decision.BLOCK
    before = again - timedelta(hours=1)
    if before > wanted.dialled_at:
        assert verdict(msgspec.structs.replace(wanted, dialled_at=before), *calls).decision is Decision.BLOCK
