"""When a finding weighs one step more than its rule says."""

from __future__ import annotations

import msgspec
import pytest

from speechqc.analyzers.combination import Combined
from speechqc.events import ContactHistory, Finding, FindingState, Role, Severity
from speechqc.rules.model import Combination
from tests.alerts.making import finding, started

COMBINATION = Combination(
    while_active=("vulnerable_customer",), tags=("high_sensitivity",), never=("vulnerable_customer",)
)


def weighed(*findings: Finding, call=None) -> list[Finding]:
    """The findings as they weigh, one after the other, each confirmed."""
    combined = Combined(COMBINATION, call or started())
    out = []
    for one in findings:
        out.append(combined.weigh(one))
        combined.note(one)
    return out


def test_the_second_time_a_rule_fires_weighs_a_step_more() -> None:
    first, second = weighed(finding(at=10), finding(at=50))

    assert (first.severity, second.severity) == (Severity.HIGH, Severity.CRITICAL)
    assert [(reason.name, reason.value, reason.limit) for reason in second.reasons] == [("occurrence", 2, 2)]


def test_words_within_twenty_seconds_of_the_first_are_the_same_time() -> None:
    findings = weighed(finding(at=10), finding(at=25), finding(at=35))
    assert [one.severity for one in findings] == [Severity.HIGH, Severity.HIGH, Severity.CRITICAL]


def test_a_third_time_is_not_raised_twice() -> None:
    findings = weighed(*(finding("rude", at, severity=Severity.MEDIUM) for at in (10, 100, 200)))
    assert [one.severity for one in findings] == [Severity.MEDIUM, Severity.HIGH, Severity.HIGH]


def test_a_withdrawn_finding_did_not_happen() -> None:
    findings = weighed(finding(at=10, state=FindingState.WITHDRAWN), finding(at=100))
    assert findings[-1].severity is Severity.HIGH


def test_the_agents_findings_weigh_more_after_a_vulnerable_customer_was_heard() -> None:
    vulnerable = finding("vulnerable_customer", 5, role=Role.CUSTOMER)
    first, second = weighed(vulnerable, finding("pressure", 40, severity=Severity.MEDIUM))

    assert first.severity is Severity.HIGH
    assert second.severity is Severity.HIGH
    assert [(reason.name, reason.value) for reason in second.reasons] == [("active", "vulnerable_customer")]


def test_the_customers_own_findings_do_not() -> None:
    vulnerable = finding("vulnerable_customer", 5, role=Role.CUSTOMER)
    _, second = weighed(vulnerable, finding("complaint_intent", 40, role=Role.CUSTOMER))
    assert second.severity is Severity.HIGH


@pytest.mark.parametrize(
    "call",
    [
        started(history=ContactHistory(tags=("high_sensitivity",))),
        started(metadata={"tags": "vip, high_sensitivity"}),
    ],
    ids=["ledger", "metadata"],
)
def test_a_tag_of_the_customer_weighs_from_the_first_word(call) -> None:
    [only] = weighed(finding(severity=Severity.MEDIUM), call=call)

    assert only.severity is Severity.HIGH
    assert [(reason.name, reason.value) for reason in only.reasons] == [("tag", "high_sensitivity")]


def test_signals_with_levels_of_their_own_are_left_alone() -> None:
    repeated = msgspec.structs.replace(finding("vulnerable_customer", 5, role=Role.CUSTOMER))
    findings = weighed(repeated, finding("vulnerable_customer", 90, role=Role.CUSTOMER))
    assert [one.severity for one in findings] == [Severity.HIGH, Severity.HIGH]
