"""What the machine suggests for a call, item by item."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from speechqc.errors import ConfigurationError
from speechqc.events import CallKind, CallStarted, Event, Practice, Promise, Rescoped, Role, Severity
from speechqc.judgement import Judgement
from speechqc.scorecards.card import Card, Verdict, score_card
from speechqc.scorecards.definition import BUILT_IN, load_scorecard
from tests.alerts.making import finding

SCORECARD = load_scorecard()


def practice(item: str, at: float = 5.0) -> Practice:
    return Practice(
        call_id="c1", item=item, role=Role.AGENT, turn=0, start=at, end=at + 1, quote=f"words of {item}"
    )


def promise(*, vague: bool = False) -> Promise:
    return Promise(
        call_id="c1", id="p", action="call_back", owner="我", turn=3, start=30, end=31, quote="", due_words="明天",
        due_in_s=3600.0, vague=vague,
    )  # fmt: skip


def card(*events: Event, kind: CallKind = CallKind.COMPLAINT, **started: Any) -> Card:
    judgement = Judgement(CallStarted(call_id="c1", kind=kind, **started))
    judgement.add(events)
    return score_card(SCORECARD, judgement)


def verdict(card: Card, item: str) -> Verdict:
    return next(one.verdict for one in card.items if one.id == item)


def test_the_24_items_of_the_checklist_are_there_and_weigh_100_for_every_kind_of_call() -> None:
    assert len(SCORECARD.items) == 24
    for kind in CallKind:
        assert sum(item.weights.get(kind, 0) for item in SCORECARD.items) == 100


def test_what_was_heard_is_suggested_with_its_words() -> None:
    [greeting] = [one for one in card(practice("greeting", 0.5)).items if one.id == "p_greeting"]

    assert greeting.verdict is Verdict.YES
    assert [(one.start, one.quote, one.against) for one in greeting.evidence] == [
        (0.5, "words of greeting", False)
    ]


def test_what_was_not_heard_is_a_no() -> None:
    assert verdict(card(), "p_greeting") is Verdict.NO


def test_a_finding_speaks_against_its_item() -> None:
    broken = card(finding("missing_identity_disclosure", severity=Severity.MEDIUM))
    half = card(practice("identity"), finding("missing_identity_disclosure", severity=Severity.MEDIUM))

    assert verdict(broken, "p_identity") is Verdict.NO
    assert verdict(half, "p_identity") is Verdict.PARTLY


def test_empathy_is_asked_for_only_when_there_was_something_to_feel_for() -> None:
    grief = finding("loss_claim", role=Role.CUSTOMER)
    assert verdict(card(), "p_empathy") is Verdict.NOT_APPLICABLE
    assert verdict(card(grief), "p_empathy") is Verdict.NO
    assert verdict(card(grief, practice("empathy")), "p_empathy") is Verdict.YES


def test_points_are_out_of_100_for_the_items_that_apply() -> None:
    scored = card(practice("greeting"))
    assert sum(one.weight for one in scored.items) == pytest.approx(100, abs=0.1)
    assert scored.score == pytest.approx(sum(one.points for one in scored.items), abs=0.1)


def test_a_person_must_judge_whether_the_facts_are_right() -> None:
    [accuracy] = [one for one in card().items if one.id == "p_accuracy"]
    assert (accuracy.verdict, accuracy.weight) == (Verdict.TO_JUDGE, 0.0)


def test_an_announced_recording_counts() -> None:
    assert verdict(card(recording_notice=True), "p_recording_notice") is Verdict.YES


def test_the_action_counts_fully_only_after_empathy_and_ownership_and_with_a_time() -> None:
    grief = finding("loss_claim", role=Role.CUSTOMER)
    said = [grief, practice("empathy", 10), practice("ownership", 20), practice("action", 30)]
    turned = [grief, practice("empathy", 40), practice("ownership", 20), practice("action", 30)]

    assert verdict(card(*said, promise()), "p_action") is Verdict.YES
    assert verdict(card(*said), "p_action") is Verdict.PARTLY
    assert verdict(card(*said, promise(vague=True)), "p_action") is Verdict.PARTLY
    assert verdict(card(*turned, promise()), "p_action") is Verdict.PARTLY


def test_one_to_four_apologies_are_enough_and_more_cost_points() -> None:
    grief = finding("loss_claim", role=Role.CUSTOMER)
    fine = card(grief, *(practice("apology", at) for at in (1, 2, 3)))
    over = card(grief, *(practice("apology", at) for at in range(6)))

    assert verdict(fine, "p_apology") is Verdict.YES
    assert verdict(over, "p_apology") is Verdict.PARTLY
    assert [(one.signal, one.points) for one in over.deductions] == [("over_apology", 3.0)]


@pytest.mark.parametrize(("severity", "points"), [("low", 2), ("medium", 5), ("high", 15)])
def test_findings_about_the_agent_take_points_off(severity, points) -> None:
    [one] = card(finding("rude", severity=Severity(severity))).deductions
    assert (one.points, one.fatal) == (points, False)


def test_what_the_customer_says_takes_none_off() -> None:
    assert card(finding("complaint_intent", role=Role.CUSTOMER)).deductions == ()


def test_words_taken_back_at_once_cost_half_and_are_not_fatal() -> None:
    corrected = msgspec.structs.replace(
        finding("guaranteed_return", severity=Severity.HIGH), marks=("self_corrected",)
    )
    [one] = card(corrected).deductions
    assert (one.points, one.fatal) == (7.5, False)


def test_a_critical_finding_about_the_agent_is_fatal() -> None:
    failed = card(practice("greeting"), finding(severity=Severity.CRITICAL))
    assert (failed.score, [one.signal for one in failed.fatal]) == (0.0, ["guaranteed_return"])


def test_a_service_call_with_an_offer_is_scored_as_a_sale() -> None:
    offer = Rescoped(call_id="c1", at=50.0, kind=CallKind.SALES, turn=4, quote="给您推荐一款理财")
    scored = card(offer, kind=CallKind.SERVICE)
    assert scored.kind is CallKind.SALES
    assert "p_risk_disclosure" in {one.id for one in scored.items}


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("weights: {sales: 4, service: 5, complaint: 3, collection: 4}", "weights: {sales: 40}", "add up to"),
        ("formula: [p_empathy", "formula: [p_sympathy", "p_sympathy, which is no item"),
        ("said: [greeting]", "sayd: [greeting]", "unknown field"),
    ],
)
def test_a_wrong_scorecard_names_file_and_reason(tmp_path, old, new, message) -> None:
    file = tmp_path / "card.yaml"
    file.write_text(BUILT_IN.read_text("utf-8").replace(old, new, 1), "utf-8")
    with pytest.raises(ConfigurationError, match=message) as caught:
        load_scorecard(file)
    assert "card.yaml" in str(caught.value)
