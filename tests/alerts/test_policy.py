"""Which findings alert, and which of them are one alert."""

import msgspec
import pytest

from speechqc.alerts import AlertPolicy, load_policy
from speechqc.events import FindingState, Role, Severity, Text
from tests.alerts.making import NOW, after, anger, finding, started

TEXTS = {
    "guaranteed_return": (
        Text("承诺保本", "Guarantees the principal"),
        Text("请更正。", "Have it corrected."),
    ),
}


def texts(rule):
    return TEXTS.get(rule, (Text(rule, rule), Text("处理。", "Handle it.")))


@pytest.fixture
def policy():
    return AlertPolicy(load_policy(), started(), texts)


def feed(policy, *findings):
    """All alerts of `findings`, in order, each as it was when it was sent."""
    return [alert for one in findings for alert in policy.feed(one, NOW, 0.2)]


def test_a_confirmed_finding_opens_an_alert_that_carries_its_evidence(policy):
    heard = finding(at=12.0, severity=Severity.CRITICAL, rule_version=3, quote="保本")

    [alert] = policy.feed(heard, NOW, 0.35)

    assert alert.severity is Severity.CRITICAL
    assert alert.title == Text("承诺保本", "Guarantees the principal")
    assert alert.advice == Text("请更正。", "Have it corrected.")
    assert (alert.quote, alert.start, alert.end, alert.turn, alert.role) == (
        "保本",
        11.0,
        12.0,
        1,
        Role.AGENT,
    )
    assert (alert.rule, alert.rule_version) == ("guaranteed_return", 3)
    assert alert.findings == (heard.id,)
    assert alert.explanation == heard.explanation
    assert (alert.opened_at, alert.latency_s, alert.team) == (NOW, 0.35, "east")


@pytest.mark.parametrize(
    ("severity", "alerts"),
    [("info", 0), ("low", 0), ("medium", 1), ("high", 1), ("critical", 1)],
)
def test_only_findings_from_medium_up_alert(policy, severity, alerts):
    assert len(feed(policy, finding(severity=Severity(severity)))) == alerts


def test_a_provisional_finding_alerts_only_once_it_is_confirmed(policy):
    provisional = finding(state=FindingState.PROVISIONAL)

    assert feed(policy, provisional) == []
    assert len(feed(policy, msgspec.structs.replace(provisional, state=FindingState.CONFIRMED))) == 1


def test_a_finding_withdrawn_before_it_was_confirmed_says_nothing(policy):
    assert feed(policy, finding(state=FindingState.WITHDRAWN)) == []


def test_the_same_finding_told_twice_is_told_once(policy):
    assert len(feed(policy, finding(), finding())) == 1


def test_a_withdrawn_finding_takes_its_alert_down_to_info_with_a_note(policy):
    [opened] = feed(policy, finding())
    [changed] = feed(policy, finding(state=FindingState.WITHDRAWN))

    assert changed.id == opened.id
    assert changed.severity is Severity.INFO
    assert changed.explanation.zh.startswith("已撤回")
    assert (
        changed.explanation.en
        == "Withdrawn: the final words do not support this alert. why guaranteed_return."
    )


def test_an_alert_with_other_evidence_survives_the_withdrawal_of_one_finding(policy):
    feed(policy, finding(at=10), finding(at=20))
    [changed] = feed(policy, finding(at=10, state=FindingState.WITHDRAWN))

    assert (changed.severity, changed.findings, changed.count) == (
        Severity.HIGH, ("guaranteed_return@20",), 1,
    )  # fmt: skip


def test_the_same_rule_and_speaker_within_20_s_is_one_alert_with_a_count(policy):
    first, second = feed(policy, finding(at=10), finding(at=30))

    assert second.id == first.id
    assert second.count == 2
    assert second.severity is Severity.HIGH
    assert second.findings == ("guaranteed_return@10", "guaranteed_return@30")


def test_two_rules_of_one_signal_at_the_same_words_are_one_alert(policy):
    first, second = feed(policy, finding("direct", 10, signal="s"), finding("implied", 11, signal="s"))

    assert second.id == first.id
    assert second.severity is Severity.HIGH


def test_another_speaker_or_another_signal_is_another_alert(policy):
    alerts = feed(policy, finding(at=10), finding(at=11, role=Role.CUSTOMER, id="x"), finding("other", 12))
    assert len({alert.id for alert in alerts}) == 3


def test_a_second_occurrence_within_the_cooldown_is_counted_in_the_alert_that_is_there(policy):
    raised = finding(at=50, severity=Severity.CRITICAL)
    first, second = feed(policy, finding(at=10), raised)

    assert (second.id, second.count, second.severity) == (first.id, 2, Severity.CRITICAL)


def test_a_second_occurrence_after_the_cooldown_is_a_new_alert(policy):
    first, second = feed(policy, finding(at=10), finding(at=100))
    assert second.id != first.id


@pytest.mark.parametrize("order", [(0, 1), (1, 0)], ids=["anger first", "fault first"])
def test_an_angry_customer_and_a_fault_of_the_agent_are_one_joint_alert(policy, order):
    pair = [anger(at=30), finding(at=40, severity=Severity.CRITICAL)]

    first, second = feed(policy, *(pair[i] for i in order))

    assert second.id == first.id
    assert second.title.en == "Angry customer and a fault of the agent"
    assert second.advice.en == "Calm the customer first, then correct. Have it corrected."
    assert second.severity is Severity.CRITICAL
    assert set(second.signals) == {"customer_anger", "guaranteed_return"}
    assert second.quote == "words at 40"
    assert second.explanation.en == "why guaranteed_return. why customer_anger."


def test_further_faults_while_the_customer_is_angry_join_the_same_alert(policy):
    alerts = feed(policy, anger(at=30), finding("a", 40), finding("b", 50))
    assert len({alert.id for alert in alerts}) == 1
    assert alerts[-1].count == 3


@pytest.mark.parametrize(
    "pair",
    [
        (anger(at=30), finding(at=95)),
        (anger(at=30, severity=Severity.LOW), finding(at=40)),
        (anger(at=30), finding(at=40, role=Role.CUSTOMER)),
    ],
    ids=["too long ago", "only annoyed", "no fault of the agent"],
)
def test_no_joint_alert(policy, pair):
    alerts = feed(policy, *pair)
    assert len({alert.id for alert in alerts}) == len(alerts)
    assert all(len(alert.signals) == 1 for alert in alerts)


def test_a_joint_alert_falls_apart_when_the_fault_is_withdrawn(policy):
    feed(policy, anger(at=30), finding(at=40))
    [changed] = feed(policy, finding(at=40, state=FindingState.WITHDRAWN))

    assert changed.signals == ("customer_anger",)
    assert changed.title.en == "customer_anger"


def test_a_replay_opens_the_same_alerts():
    heard = [finding(at=10), anger(at=20), finding("other", 90), finding(at=100)]
    one, other = (AlertPolicy(load_policy(), started(), texts) for _ in range(2))

    for item in heard:
        live = one.feed(item, NOW, 0.2)
        replayed = other.feed(item, after(3600), None)
        assert [alert.id for alert in live] == [alert.id for alert in replayed]


def test_the_same_finding_in_another_call_is_another_alert():
    calls = [AlertPolicy(load_policy(), started(call_id), texts) for call_id in ("c1", "c2")]
    ids = {call.feed(finding(call_id=f"c{n}"), NOW, None)[0].id for n, call in enumerate(calls, start=1)}
    assert len(ids) == 2
