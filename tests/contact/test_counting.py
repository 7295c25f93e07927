"""How contact attempts are counted, rule by rule and against a count by brute force."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from speechqc.contact.attempt import Contact, Outcome, Purpose, contact_of, plain_number
from speechqc.contact.counting import Counts, count
from speechqc.errors import ConfigurationError
from speechqc.events import CallKind, Direction
from tests.store.call_events import STARTED_AT, started

SHANGHAI = "Asia/Shanghai"
NOON = datetime(2026, 3, 18, 4, 0, tzinfo=UTC)  # a Wednesday, 12:00 in Shanghai


def contact(minutes_ago: float = 0.0, **more) -> Contact:
    at = NOON - timedelta(minutes=minutes_ago)
    values = {"id": f"{minutes_ago:g}", "customer": "k1", "dialled_at": at, "outcome": Outcome.NO_ANSWER}
    return Contact(**(values | more))


def counted(*contacts, purpose=Purpose.MARKETING, at=NOON, zone=SHANGHAI) -> Counts:
    return count(contacts, purpose=purpose, at=at, zone=zone)


DAY = 24 * 60


@pytest.mark.parametrize("outcome", Outcome)
def test_an_attempt_counts_unless_it_never_rang(outcome):
    counts = counted(contact(outcome=outcome))
    assert counts.attempts_today == (outcome not in (Outcome.BUSY, Outcome.FAILED))
    assert counts.connected_today == (outcome in (Outcome.CONNECTED, Outcome.THIRD_PARTY))


def test_an_attempt_in_progress_counts_as_an_attempt():
    counts = counted(contact(outcome=None))
    assert (counts.attempts_today, counts.connected_today) == (1, 0)


@pytest.mark.parametrize(
    "more", [{"direction": Direction.INBOUND}, {"booked": True}], ids=["inbound", "booked by the customer"]
)
def test_calls_the_customer_wanted_never_count(more):
    assert counted(contact(outcome=Outcome.CONNECTED, **more)) == Counts(
        attempts_today=0, connected_today=0, attempts_7_days=0, connected_month=0
    )


def test_only_calls_for_the_same_purpose_count_and_a_renewal_offer_is_marketing():
    calls = [contact(n, purpose=purpose) for n, purpose in enumerate(Purpose)]
    assert counted(*calls, purpose=Purpose.MARKETING).attempts_today == 2
    assert counted(*calls, purpose=Purpose.RENEWAL_OFFER).attempts_today == 2
    assert counted(*calls, purpose=Purpose.COLLECTIONS).attempts_today == 1


def test_numbers_and_vendors_add_up():
    calls = [contact(1, number="1", vendor=None), contact(2, number="2", vendor="agency")]
    assert counted(*calls).attempts_today == 2


def test_a_day_is_the_calendar_day_at_the_customer_s_place():
    before_midnight, after_midnight = contact(12 * 60 + 1), contact(12 * 60)
    assert counted(before_midnight, after_midnight).attempts_today == 1
    assert counted(before_midnight, after_midnight, zone="Asia/Tokyo").attempts_today == 2


def test_seven_days_are_today_and_the_six_before():
    assert counted(contact(6 * DAY)).attempts_7_days == 1
    assert counted(contact(6 * DAY + 12 * 60)).attempts_7_days == 1
    assert counted(contact(6 * DAY + 12 * 60 + 1)).attempts_7_days == 0


def test_a_month_is_the_calendar_month_at_the_customer_s_place():
    first = datetime(2026, 2, 28, 16, 0, tzinfo=UTC)  # 1 March, 00:00 in Shanghai
    call = contact(dialled_at=first, outcome=Outcome.CONNECTED)
    assert counted(call).connected_month == 1
    assert (
        counted(contact(dialled_at=first - timedelta(seconds=1), outcome=Outcome.CONNECTED)).connected_month
        == 0
    )
    assert counted(call, zone="UTC").connected_month == 0


def test_calls_after_the_moment_do_not_count():
    assert counted(contact(-1), contact(0), contact(1)).attempts_today == 2


def talked(minutes_ago, *, talk_s=60.0, **more):
    return contact(minutes_ago, outcome=Outcome.CONNECTED, ring_s=10.0, talk_s=talk_s, **more)


def test_a_call_the_line_cut_and_that_goes_on_within_two_minutes_counts_once():
    # dialled 10 min ago, rang 10 s, talked 60 s: over 8 min 50 s ago
    counts = counted(talked(10), contact(8, outcome=Outcome.NO_ANSWER), talked(7))
    assert (counts.attempts_today, counts.connected_today) == (2, 2)
    counts = counted(talked(10), talked(7), talked(5))
    assert (counts.attempts_today, counts.connected_today) == (1, 1)


def test_later_than_two_minutes_is_another_call():
    assert counted(talked(10), talked(6.84)).attempts_today == 1
    assert counted(talked(10), talked(6.82)).attempts_today == 2


def test_dialling_again_at_once_after_no_answer_is_another_attempt():
    assert counted(contact(3), contact(2.5), contact(2)).attempts_today == 3


def test_calling_back_a_customer_whose_own_call_was_cut_does_not_count():
    inbound = talked(10, direction=Direction.INBOUND, purpose=Purpose.SERVICE)
    assert counted(inbound, talked(8)).attempts_today == 0


def test_a_call_for_another_purpose_does_not_go_on_with_the_one_before():
    assert counted(talked(10, purpose=Purpose.SERVICE), talked(8)).attempts_today == 1


def test_the_parts_of_a_cut_call_belong_to_the_day_it_began():
    counts = counted(talked(12 * 60 + 2), talked(12 * 60 - 0.5))
    assert (counts.attempts_today, counts.attempts_7_days) == (0, 1)


@st.composite
def histories(draw):
    steps = draw(
        st.lists(
            st.tuples(
                st.sampled_from([0.5, 1.0, 2.0, 3.0, 60.0, 700.0, 3000.0]),
                st.sampled_from([None, *Outcome]),
                st.sampled_from(Direction),
                st.sampled_from([Purpose.MARKETING, Purpose.RENEWAL_OFFER, Purpose.SERVICE]),
                st.sampled_from([None, 0.0, 30.0, 300.0]),
                st.integers(0, 9),
            ),
            max_size=25,
        )
    )
    ago, contacts = 0.0, []
    for n, (gap, outcome, direction, purpose, talk_s, tenth) in enumerate(steps):
        ago += gap
        contacts.append(
            contact(
                ago, id=str(n), outcome=outcome, direction=direction, purpose=purpose, talk_s=talk_s,
                booked=tenth == 0,
            )
        )  # fmt: skip
    return draw(st.permutations(contacts))


def brute_force(contacts, purpose, zone):
    """Each attempt judged by itself, looking at all others."""
    marketing = {Purpose.MARKETING, Purpose.RENEWAL_OFFER}
    offset = {"Asia/Shanghai": 8, "UTC": 0}[zone]

    def same(one, other):
        return one == other or {one, other} <= marketing

    def day(c):
        return (c.dialled_at + timedelta(hours=offset)).date()

    rang = sorted(
        (c for c in contacts if c.outcome not in (Outcome.BUSY, Outcome.FAILED)), key=lambda c: c.dialled_at
    )

    def goes_on(i):
        if i == 0 or rang[i - 1].outcome not in (Outcome.CONNECTED, Outcome.THIRD_PARTY):
            return False
        before, now = rang[i - 1], rang[i]
        pause = (now.dialled_at - before.dialled_at).total_seconds() - (before.talk_s or 0)
        return pause <= 120 and (before.direction == "inbound" or same(before.purpose, now.purpose))

    result = dict.fromkeys(("attempts_today", "connected_today", "attempts_7_days", "connected_month"), 0)
    today = (NOON + timedelta(hours=offset)).date()
    for i, head in enumerate(rang):
        if goes_on(i) or head.direction == "inbound" or head.booked or not same(head.purpose, purpose):
            continue
        parts = [head]
        for j in range(i + 1, len(rang)):
            if not goes_on(j):
                break
            parts.append(rang[j])
        connected = any(part.outcome in (Outcome.CONNECTED, Outcome.THIRD_PARTY) for part in parts)
        result["attempts_today"] += day(head) == today
        result["connected_today"] += connected and day(head) == today
        result["attempts_7_days"] += today - timedelta(days=6) <= day(head)
        result["connected_month"] += connected and day(head).replace(day=1) == today.replace(day=1)
    return result


@given(
    histories(),
    st.sampled_from([Purpose.MARKETING, Purpose.SERVICE]),
    st.sampled_from(["Asia/Shanghai", "UTC"]),
)
def test_counts_agree_with_a_count_by_brute_force(contacts, purpose, zone):
    counts = count(contacts, purpose=purpose, at=NOON, zone=zone)
    expected = brute_force(contacts, purpose, zone)
    assert {name: getattr(counts, name) for name in expected} == expected


@pytest.mark.parametrize(
    ("written", "plain"),
    [
        ("13800138000", "13800138000"),
        ("138 0013-8000", "13800138000"),
        ("+86 138 0013 8000", "13800138000"),
        ("008613800138000", "13800138000"),
        ("(010) 6655 1234", "01066551234"),
        ("+1 212 555 0100", "12125550100"),
        ("", None),
        (None, None),
        ("unknown", None),
    ],
)
def test_spellings_of_a_number_agree(written, plain):
    assert plain_number(written) == plain


@pytest.mark.parametrize(
    ("kind", "purpose"),
    [
        ("sales", "marketing"),
        ("service", "service"),
        ("complaint", "complaint_follow_up"),
        ("collection", "collections"),
    ],
)
def test_the_kind_of_a_call_gives_its_purpose(kind, purpose):
    assert contact_of(started(kind=CallKind(kind)), STARTED_AT).purpose == purpose


def test_the_metadata_of_a_call_may_say_more():
    more = {"purpose": "fraud_alert", "zone": "Asia/Urumqi", "booked": "true", "vendor": "agency"}
    made = contact_of(started(metadata=more), STARTED_AT)
    assert (made.purpose, made.zone, made.booked, made.vendor) == (
        "fraud_alert",
        "Asia/Urumqi",
        True,
        "agency",
    )
    assert (made.id, made.customer, made.number, made.agent) == ("c1", "k1", "13800138000", "a7")


@pytest.mark.parametrize(
    ("metadata", "message"),
    [
        ({"zone": "Mars/Olympus"}, r"'Mars/Olympus' is no time zone \(IANA names such as Asia/Shanghai"),
        ({"zone": "../../etc/passwd"}, "is no time zone"),
        ({"purpose": "fun"}, r"'fun' is no purpose of a call \(one of marketing, renewal_offer"),
    ],
)
def test_wrong_metadata_is_named(metadata, message):
    with pytest.raises(ConfigurationError, match=message):
        contact_of(started(metadata=metadata), STARTED_AT)
