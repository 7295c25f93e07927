"""What the supervisor is told about handling the customer."""

from __future__ import annotations

from speechqc.alerts import AlertPolicy, load_policy
from speechqc.alerts.customer_types import customer_types
from speechqc.events import CustomerType, Role, Text
from speechqc.rules.loader import builtin_pack_paths, load_packs
from tests.alerts.making import NOW, finding, started


def policy() -> AlertPolicy:
    return AlertPolicy(
        load_policy(), started(), lambda rule: (Text(rule, rule), Text("处理。", "Handle it."))
    )


def distrust() -> CustomerType:
    return CustomerType(call_id="c1", kind="distrust", at=20.0, turn=4, quote="口说无凭", confidence=1.0)


def test_every_kind_that_the_packs_suggest_has_a_handling_and_a_line_in_both_languages() -> None:
    suggested = {
        cue.id.removeprefix("type.")
        for cue in load_packs(builtin_pack_paths()).cues
        if cue.id.startswith("type.")
    }
    assert suggested == set(customer_types())
    for kind in customer_types().values():
        assert kind.line.zh in kind.suggestion.zh
        assert kind.line.en in kind.suggestion.en


def test_an_alert_says_how_to_handle_the_kind_of_customer_that_is_known() -> None:
    alerts = policy()
    assert alerts.note(distrust()) == []
    [alert] = alerts.feed(finding(role=Role.CUSTOMER), NOW, 0.2)

    assert alert.customer_type == "distrust"
    assert alert.suggestion == customer_types()["distrust"].suggestion


def test_the_newest_alert_learns_it_later() -> None:
    alerts = policy()
    [before] = alerts.feed(finding(), NOW, 0.2)
    [after] = alerts.note(distrust())

    assert (before.customer_type, after.customer_type) == (None, "distrust")
    assert after.id == before.id
