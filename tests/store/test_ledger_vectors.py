"""The ledger vectors of the history signals: real rows, one question, the signal that must or must not follow."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import msgspec
import pytest

from speechqc.contact.attempt import Contact, Outcome, Party, Purpose
from speechqc.contact.do_not_call import DncList, DncScope, DoNotCall
from speechqc.contact.policy import Policy
from speechqc.contact.policy_file import load_contact_policy
from speechqc.contact.standing import Complaint, Consent, Tag
from speechqc.contact.verdict import Decision
from speechqc.events import CallKind, Direction
from speechqc.store import ContactLedger
from tests.store.call_events import started

SHANGHAI, NEW_YORK, LOS_ANGELES = "Asia/Shanghai", "America/New_York", "America/Los_Angeles"
CONNECTED, NO_ANSWER, BUSY = Outcome.CONNECTED, Outcome.NO_ANSWER, Outcome.BUSY
NOON = datetime(2026, 3, 18, 12, 0, tzinfo=ZoneInfo(SHANGHAI))  # a Wednesday
COLLECTIONS, SERVICE, FRAUD = Purpose.COLLECTIONS, Purpose.SERVICE, Purpose.FRAUD_ALERT
FOLLOW_UP = Purpose.COMPLAINT_FOLLOW_UP
CN = ("cn_bank_marketing", "cn_life_telesales", "cn_collections")
EXCESSIVE, QUIET, LISTED = "excessive_contact", "quiet_hours_contact", "do_not_call_violation"


def at(clock: str, zone: str = SHANGHAI, *, day: int = 18) -> datetime:
    hour, minute = map(int, clock.split(":"))
    return datetime(2026, 3, day, hour, minute, tzinfo=ZoneInfo(zone))


def call(when: datetime = NOON, **more) -> Contact:
    values = {"id": f"{when.isoformat()}/{more.get('number', '')}", "customer": "k1", "number": "13800138000"}
    return Contact(**(values | {"dialled_at": when, "outcome": NO_ANSWER} | more))


def ago(hours: float = 0.0, days: float = 0.0, *, since: datetime = NOON, **more) -> Contact:
    return call(since - timedelta(hours=hours, days=days), **more)


def us(when: datetime, **more) -> Contact:
    values = {"purpose": COLLECTIONS, "zone": NEW_YORK, "debt": "d1", "number": "+1 212 555 0100"}
    return call(when, **(values | more))


def entry(days: float, **more) -> DoNotCall:
    values = {"id": "e1", "customer": "k1", "number": "13800138000", "reason": "别再打了"}
    return DoNotCall(**(values | {"since": NOON - timedelta(days=days)} | more))


def tag(name: str, days: float = 1, **more) -> Tag:
    values = {"id": name, "tag": name, "customer": "k1", "since": NOON - timedelta(days=days)}
    return Tag(**(values | more))


def consent(days: float, **more) -> Consent:
    values = {"id": "c1", "customer": "k1", "given_at": NOON - timedelta(days=days), "proof": "letter 4"}
    return Consent(**(values | more))


US_NOON = at("12:00", NEW_YORK)
SEVEN_CALLS = [us(US_NOON - timedelta(days=n % 6, hours=1 + n % 3)) for n in range(7)]

# what the ledger holds, the call that is wanted, further presets
VECTORS = {
    EXCESSIVE: {
        "营销:同一客户当日第3次呼出(前两次未接)": ([ago(1), ago(2)], call()),
        "营销:当日已接通1次,拟再呼第2次": ([ago(2, outcome=CONNECTED)], call()),
        "营销:本月已接通3次,拟呼第4次": ([ago(days=n * 4, outcome=CONNECTED) for n in (1, 2, 3)], call()),
        "投诉客户:本季度已营销1次,拟呼第2次": (
            [tag("reduced_frequency", 70), ago(days=60, outcome=CONNECTED)],
            call(),
        ),
        "催收:当日合计接通已3次(本机构2次+委外1次),拟呼第4次": (
            [
                *(ago(n, purpose=COLLECTIONS, outcome=CONNECTED) for n in (1, 2)),
                ago(3, purpose=COLLECTIONS, outcome=CONNECTED, vendor="agency"),
            ],
            call(purpose=COLLECTIONS),
        ),
        "催收:同一号码当日已试拨6次未接,拟拨第7次": (
            [ago(n / 2, purpose=COLLECTIONS, customer=None) for n in range(1, 7)],
            call(purpose=COLLECTIONS),
        ),
        "Reg F:同一债务7日内已呼7次,拟呼第8次": (SEVEN_CALLS, us(US_NOON)),
        "Reg F:昨天已就该债务通话,今天再呼": (
            [us(US_NOON - timedelta(days=1), outcome=CONNECTED)],
            us(US_NOON),
        ),
        "两个号码属于同一客户,当日合计第3次": (
            [ago(1, number="13900000001"), ago(2, number="13900000002")],
            call(),
        ),
        "两个坐席组同日各呼1次同一客户营销": ([ago(3, agent="east-1")], call(agent="west-1")),
        "冷静期:三天前软拒绝,冷静期30天内再呼营销": ([tag("soft_refusal", 3)], call()),
        "预测外呼静默放弃也计入尝试次数,当日第3次": ([ago(1, outcome=Outcome.ABANDONED), ago(2)], call()),
        "Reg F: 8th call placed about one debt in 7 consecutive days": (SEVEN_CALLS, us(US_NOON)),
        "Reg F: call placed 3 days after a telephone conversation about that debt": (
            [us(US_NOON - timedelta(days=3), outcome=CONNECTED, direction=Direction.INBOUND)],
            us(US_NOON),
        ),
        "marketing: 3rd attempt on one calendar day": (
            [us(US_NOON - timedelta(hours=n), purpose=Purpose.MARKETING) for n in (1, 2)],
            us(US_NOON, purpose=Purpose.MARKETING),
        ),
        "marketing: 4th connected call this month": (
            [
                us(US_NOON - timedelta(days=4 * n), purpose=Purpose.MARKETING, outcome=CONNECTED)
                for n in (1, 2, 3)
            ],
            us(US_NOON, purpose=Purpose.MARKETING),
        ),
    },
    QUIET: {
        "营销呼出 21:05": ([], call(at("21:05"))),
        "营销呼出 08:40": ([], call(at("08:40"))),
        "催收呼出 22:10": ([], call(at("22:10"), purpose=COLLECTIONS)),
        "催收呼出 07:30": ([], call(at("07:30"), purpose=COLLECTIONS)),
        "寿险电销 20:59开始振铃且客户要求9点前不打": (
            [tag("silent_marketing", window="daily 21:00-23:00")],
            call(at("20:59")),
        ),
        "客户静音标签仅周末,周三呼出": ([tag("silent_marketing", window="sat,sun 10:00-18:00")], call()),
        "新疆客户当地习惯时段设10点后,北京时间09:20呼出": (
            [entry(9, id="own", scope=DncScope.TIME, hours="daily 00:00-10:00")],
            call(at("09:20"), zone="Asia/Urumqi"),
        ),
        "春节除夕营销呼出(机构设为禁呼日)": (
            [],
            call(datetime(2026, 2, 16, 12, 0, tzinfo=ZoneInfo(SHANGHAI))),
        ),
        "午休12:30呼出(机构启用午休禁呼)": ([], call(at("12:30"))),
        "号码归属东八区、现居悉尼客户,当地23:00": (
            [],
            call(at("20:00"), also_zones=("Australia/Sydney",)),
        ),
        "客户明确要求工作时间勿打,周一10:00呼出": (
            [entry(9, scope=DncScope.TIME, hours="mon-fri 09:00-18:00")],
            call(at("10:00", day=16)),
        ),
        "队列积压,预约18:00的自动外呼在21:40拨出": (
            [],
            call(at("21:40"), booked=True, booked_for=at("18:00")),
        ),
        "sales call placed 7:45 a.m. called party's local time": (
            [],
            us(at("07:45", NEW_YORK), purpose=Purpose.MARKETING),
        ),
        "collection call placed 9:10 p.m. local time": ([], us(at("21:10", NEW_YORK))),
        "consumer said mornings are inconvenient; call at 8:30 a.m.": (
            [entry(9, scope=DncScope.TIME, hours="daily 06:00-12:00")],
            us(at("08:30", NEW_YORK)),
        ),
        "agent in New York 9 a.m., consumer in Los Angeles 6 a.m.": (
            [],
            us(at("09:00", NEW_YORK), zone=LOS_ANGELES),
        ),
    },
    LISTED: {
        "三个月前登记永久禁呼,今日营销呼出": ([entry(90)], call()),
        "禁呼客户的第二个号码被营销呼出": ([entry(90)], call(number="13911112222")),
        "昨日登记禁呼,批量名单未同步,今日呼出": ([entry(1)], call(campaign="spring")),
        "委外公司名单未剔除禁呼客户": ([entry(20)], call(vendor="agency")),
        "坐席手工拨号呼禁呼号码": ([entry(20)], call(customer=None, caller_id="13700000000")),
        "寿险电销禁拨期第5个月呼出(至少6个月)": (
            [entry(150, until=NOON + timedelta(days=34))],
            call(product="年金保险"),
        ),
        "客户只允许短信,却营销来电": ([entry(5, scope=DncScope.CHANNEL, channel="call")], call()),
        "换外显号码呼禁呼客户": ([entry(20)], call(caller_id="02188886666")),
        "禁呼登记为全集团,兄弟公司呼出": ([entry(20)], call(entity="broker")),
        "sales call to a number on the company do-not-call list": ([entry(5)], call(customer="k9")),
        "number registered on the national registry more than 31 days ago, no relationship or consent": (
            [entry(32, customer=None, number="12125550100", list=DncList.NATIONAL)],
            us(US_NOON, purpose=Purpose.MARKETING),
        ),
        "call placed 12 business days after the request": ([entry(16)], call()),
    },
}

INNOCENT = {
    "客户当日主动来电3次": ([ago(n, direction=Direction.INBOUND, outcome=CONNECTED) for n in (1, 2, 3)], call()),
    "客户预约的回电,当日第2次": ([ago(2, outcome=CONNECTED)], call(booked=True)),
    "投诉处理回访电话(非营销)本月第2次": ([ago(days=3, purpose=FOLLOW_UP, outcome=CONNECTED)], call(purpose=FOLLOW_UP)),
    "反诈风险提醒电话,当日第2次": ([ago(2, purpose=FRAUD, outcome=CONNECTED)], call(purpose=FRAUD)),
    "线路拥塞未振铃,不计次": ([ago(1, outcome=Outcome.FAILED), ago(2, outcome=Outcome.FAILED)], call()),
    "Reg F:第7次呼叫(未超过)": (SEVEN_CALLS[:6], us(US_NOON)),
    "两个不同债务各呼4次(Reg F按债务计)": (
        [us(US_NOON - timedelta(days=n, hours=2), debt=debt) for debt in ("d1", "d2") for n in range(1, 5)],
        us(US_NOON, debt="d2"),
    ),
    "客户3天前书面同意本周多次联系": ([consent(3), ago(1), ago(2), ago(3, outcome=CONNECTED)], call()),
    "inbound call from the consumer": (SEVEN_CALLS, us(US_NOON, direction=Direction.INBOUND)),
    "call placed with direct prior consent given 2 days ago": ([*SEVEN_CALLS, consent(2)], us(US_NOON)),
    "busy signal, call never connected (Reg F excludes)": ([*SEVEN_CALLS[:6], us(US_NOON - timedelta(minutes=9), outcome=BUSY)], us(US_NOON)),
    "客户21:30主动来电": ([], call(at("21:30"), direction=Direction.INBOUND)),
    "客户要求今晚21:30回电(有录音),服务类": ([], call(at("21:30"), purpose=SERVICE, booked=True, consent="clip 8")),
    "盗刷核实电话 23:00": ([], call(at("23:00"), purpose=FRAUD)),
    "营销呼出 09:00整": ([], call(at("09:00"))),
    "催收呼出 08:00整": ([], call(at("08:00"), purpose=COLLECTIONS)),
    "20:58接通,通话持续到21:06(以拨出时间计,记info)": ([], call(at("20:58"), outcome=CONNECTED, talk_s=480.0)),
    "consumer calls in at 10 p.m.": ([], us(at("22:00", NEW_YORK), direction=Direction.INBOUND)),
    "fraud alert at 11 p.m.": ([], us(at("23:00", NEW_YORK), purpose=FRAUD)),
    "call at 8:00 a.m. sharp local time": ([], us(at("08:00", NEW_YORK))),
    "禁呼客户,欠款到期提醒(服务类,未营销)": ([entry(90)], call(purpose=SERVICE)),
    "禁呼客户主动来电咨询,坐席解答": ([entry(90)], call(direction=Direction.INBOUND)),
    "禁呼客户本人书面重新同意后呼出": ([entry(90), consent(10)], call()),
    "仅禁理财营销,服务通知呼出": ([entry(90, scope=DncScope.PRODUCT, product="理财")], call(purpose=SERVICE)),
    "禁呼客户的投诉回访电话": ([entry(90)], call(purpose=FOLLOW_UP)),
    "listed customer calls in": ([entry(90)], call(direction=Direction.INBOUND)),
    "payment reminder without any offer": ([entry(90)], us(US_NOON, customer="k1", number="13800138000")),
    "written prior express agreement on file": ([entry(90), consent(2)], us(US_NOON, purpose=Purpose.MARKETING)),
}  # fmt: skip

_CHANGES = {
    "春节除夕营销呼出(机构设为禁呼日)": "closed_on: [2026-02-16]",
    "午休12:30呼出(机构启用午休禁呼)": "breaks: daily 12:00-14:00",
}


def filled(store, rows, policy: Policy | None = None) -> ContactLedger:
    ledger = ContactLedger(store, policy)
    ledger.add(
        [msgspec.structs.replace(row, id=f"r{n}") for n, row in enumerate(rows) if isinstance(row, Contact)]
    )
    ledger.do_not_call.add(row for row in rows if isinstance(row, DoNotCall))
    ledger.records.add(row for row in rows if isinstance(row, (Tag, Consent, Complaint)))
    return ledger


def policy_for(line: str, tmp_path) -> Policy | None:
    if line not in _CHANGES:
        return None
    file = tmp_path / "policy.yaml"
    file.write_text(f"rules: {{cn_bank_marketing.hours: {{{_CHANGES[line]}}}}}", encoding="utf-8")
    return load_contact_policy(file)


@pytest.mark.parametrize(
    ("signal", "line"), [(signal, line) for signal, lines in VECTORS.items() for line in lines]
)
def test_the_ledger_finds(store, tmp_path, signal, line):
    rows, wanted = VECTORS[signal][line]
    ledger = filled(store, rows, policy_for(line, tmp_path))
    verdict = ledger.check(wanted)
    assert verdict.decision is not Decision.ALLOW
    assert signal in {reason.signal for reason in verdict.reasons}
    for reason in verdict.reasons:
        assert reason.text.zh and reason.text.en and reason.rule

    told = ledger.history(msgspec.structs.replace(wanted, id="live"))
    shown = {EXCESSIVE: told.excessive or told.near_limit, QUIET: told.quiet, LISTED: told.do_not_call}
    assert shown[signal]


@pytest.mark.parametrize("line", INNOCENT)
def test_the_ledger_lets_pass(store, line):
    rows, wanted = INNOCENT[line]
    ledger = filled(store, rows)
    assert ledger.check(wanted).decision is Decision.ALLOW
    told = ledger.history(msgspec.structs.replace(wanted, id="live"))
    assert (told.excessive, told.near_limit, told.quiet) == (None, None, None)


def test_a_number_that_changed_hands_is_released_and_the_person_stays_listed(store):
    ledger = filled(store, [entry(90)])
    ledger.do_not_call.release_number(
        "e1", by="li", approved_by="wang", why="号码已换机主,核验", at=NOON - timedelta(days=1)
    )
    assert ledger.check(call(customer="k2")).decision is Decision.ALLOW
    assert ledger.check(call(number="13911112222")).decision is Decision.BLOCK


def test_a_service_call_that_became_an_offer_is_marketing_from_then_on(store):
    ledger = filled(store, [entry(90)])
    ledger.add(call(id="s1", purpose=SERVICE, outcome=CONNECTED))
    assert ledger.check(call(id="s1", purpose=SERVICE)).decision is Decision.ALLOW
    assert ledger.history(call(id="s1", purpose=SERVICE)).do_not_call == "2025-12-18 别再打了"

    assert ledger.recode("s1", Purpose.MARKETING, by="rules", at=NOON)
    assert not ledger.recode("s1", Purpose.MARKETING, by="rules", at=NOON)
    [recoded] = ledger.attempts(customer="k1")
    assert (recoded.purpose, recoded.counted_as) == (SERVICE, Purpose.MARKETING)
    assert LISTED in {reason.signal for reason in ledger.check(recoded).reasons}


def test_relatives_of_a_debtor_are_not_called_and_his_lawyer_is(store):
    ledger = filled(store, SEVEN_CALLS)
    relative = call(purpose=COLLECTIONS, party=Party.RELATIVE)
    assert [reason.rule for reason in ledger.check(relative).reasons] == ["cn_collections.relatives"]
    assert ledger.check(us(US_NOON, party=Party.ATTORNEY)).decision is Decision.ALLOW


# -- repeated complaints ---------------------------------------------------------------------------


def complaint(days: float, **more) -> Complaint:
    values = {"id": f"p{days}", "customer": "k1", "matter": "fund", "opened_at": NOON - timedelta(days=days)}
    return Complaint(**(values | more))


REPEATED = {
    "同一事项30天内第2次投诉": [complaint(20)],
    "本月第2次投诉(不同事项)": [complaint(10, matter="card")],
    "结案7天后同一事项再次来电": [complaint(120, closed_at=NOON - timedelta(days=7))],
    "回访不满意后再次投诉": [complaint(40, closed_at=NOON - timedelta(days=3))],
    "内部投诉未结,监管转办件到达": [complaint(100)],
    "second complaint about the same matter in 30 days": [complaint(29)],
    "same issue 7 days after closure": [complaint(100, closed_at=NOON - timedelta(days=7))],
}
NOT_REPEATED = {
    "91天前投诉过不同事项": [complaint(91, matter="card", closed_at=NOON - timedelta(days=80))],
    "客户来电补充材料,原案进行中(计入原案)": [complaint(5, adds_to="p0")],
    "客户撤回后未再提出": [complaint(20, withdrawn_at=NOON - timedelta(days=10))],
}


def told_of_complaints(store, rows):
    incoming = started("now", kind=CallKind.COMPLAINT, direction=Direction.INBOUND, started_at=NOON)
    return filled(store, rows).history_of(incoming, NOON)


@pytest.mark.parametrize("line", REPEATED)
def test_a_complaint_repeats_an_earlier_one(store, line):
    assert told_of_complaints(store, REPEATED[line]).earlier_complaints == 1


@pytest.mark.parametrize("line", NOT_REPEATED)
def test_a_complaint_repeats_nothing(store, line):
    assert told_of_complaints(store, NOT_REPEATED[line]).earlier_complaints == 0


def test_an_addition_to_an_open_case_opens_no_complaint_of_its_own(store):
    ledger = filled(store, [complaint(5)])
    more = {"adds_to": "p5"}
    incoming = started(
        "now", kind=CallKind.COMPLAINT, direction=Direction.INBOUND, started_at=NOON, metadata=more
    )
    ledger.begin(incoming, NOON)
    assert [c.adds_to for c in ledger.records.complaints(customer="k1")] == [None, "p5"]
    assert ledger.records.tags(customer="k1") == []


def test_whoever_complains_twice_in_thirty_days_is_left_in_peace(store):
    ledger = filled(store, [complaint(20, closed_at=NOON - timedelta(days=15))])
    incoming = started("now", kind=CallKind.COMPLAINT, direction=Direction.INBOUND, started_at=NOON)
    ledger.begin(incoming, NOON)
    assert [t.tag for t in ledger.records.tags(customer="k1")] == ["silent_marketing"]
    tomorrow = ledger.check(call(NOON + timedelta(days=1)))
    assert tomorrow.decision is Decision.BLOCK
    assert {"tag.silent_marketing", "cn_bank_marketing.complaint"} <= {r.rule for r in tomorrow.reasons}


def test_times_are_kept_in_utc(store):
    ledger = filled(store, [entry(1)])
    assert ledger.do_not_call.entries(customer="k1")[0].since.tzinfo is UTC
