"""The rule packs that ship with the package, and the calls they are developed on."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pytest

from speechqc.rules.check import check_rule
from speechqc.rules.lint import lint_book
from speechqc.rules.loader import RuleBook, builtin_pack_paths, load_packs
from speechqc.rules.model import leaves_of
from speechqc.transcripts import Transcript, read_transcript

EVALUATION = Path(__file__).parents[2] / "evaluation"
FILES = sorted(path for folder in ("calls", "unseen") for path in (EVALUATION / folder).rglob("*.yaml"))
_NAMES = """
    abusive_language blame_shifting churn_intent coached_answers complaint_intent contact_frequency_grievance
    credential_request customer_anger data_source_evasion data_source_query dead_air deposit_confusion
    discouraging_complaint do_not_call_violation exaggerated_return excessive_contact fee_concealment
    forbidden_service_phrase guaranteed_return ignored_opt_out interruption loss_claim media_or_legal_threat
    missing_identity_disclosure missing_recording_notice missing_risk_disclosure monologue no_action_commitment
    no_empathy off_channel_solicitation opt_out_request overdue_promise pressure_selling quiet_hours_contact
    regulator_escalation repeat_complaint self_harm_risk speech_rate suitability_mismatch supervisor_request talk_ratio
    third_party_disclosure threat_or_coercion unauthorised_promise vulnerable_customer
"""
SIGNALS = set(_NAMES.split())
"""The 45 signals of the product."""
HAN = re.compile(r"[\u4e00-\u9fff]")


@pytest.fixture(scope="module")
def book() -> RuleBook:
    return load_packs(builtin_pack_paths())


@pytest.fixture(scope="module")
def calls() -> list[Transcript]:
    return [read_transcript(path) for path in FILES]


def test_the_packs_have_a_rule_for_every_signal(book: RuleBook) -> None:
    assert {rule.signal for rule in book.rules} == SIGNALS


@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_signal_is_judged_in_both_languages(book: RuleBook, language: str) -> None:
    judged = {
        rule.signal for rule in book.rules if not rule.scope.languages or language in rule.scope.languages
    }
    assert judged == SIGNALS


def test_every_example_of_every_rule_does_what_the_rule_says(book: RuleBook) -> None:
    assert [str(problem) for rule in book.rules for problem in check_rule(book, rule)] == []


def test_lint_has_nothing_to_say(book: RuleBook) -> None:
    assert [str(message) for message in lint_book(book)] == []


def test_every_rule_speaks_to_people_in_both_languages(book: RuleBook) -> None:
    for rule in book.rules:
        for sentence in (rule.title, rule.advice):
            assert HAN.search(sentence.zh), rule.id
            assert re.search("[a-z]", sentence.en) and not HAN.search(re.sub("“.*?”", "", sentence.en)), (
                rule.id
            )


def test_every_rule_brings_its_evidence(book: RuleBook) -> None:
    for rule in book.rules:
        spoken = leaves_of(rule.condition)
        assert len(rule.examples.must_match) >= (4 if spoken else 2), rule.id
        assert len(rule.examples.must_not_match) >= (4 if spoken else 2), rule.id
        assert rule.regulation, rule.id
        assert rule.known_gaps, rule.id


def test_ids_are_unique_and_begin_with_their_signal(book: RuleBook) -> None:
    ids = [rule.id for rule in book.rules]
    assert len(ids) == len(set(ids))
    assert all(rule.id == rule.signal or rule.id.startswith(f"{rule.signal}.") for rule in book.rules)


def test_the_cues_that_analyzers_ask_for_exist(book: RuleBook) -> None:
    ids = {cue.id for cue in book.cues}
    assert {"hold.announced", "backchannel", "anger.profanity", "anger.threat"} <= ids
    assert all(cue.weight > 0 for cue in book.cues)


def test_there_are_enough_labelled_calls_and_a_quarter_of_them_is_clean(calls: list[Transcript]) -> None:
    chinese = [call for call in calls if call.language == "zh"]
    clean = [call for call in calls if not call.labels]
    assert len(calls) >= 150
    assert len(calls) - len(chinese) >= 40
    assert len(clean) >= len(calls) / 4


def test_call_ids_are_unique_and_name_their_files(calls: list[Transcript]) -> None:
    assert [call.id for call in calls] == [path.stem for path in FILES]
    assert len({call.id for call in calls}) == len(calls)


def test_labels_name_signals_and_turns_that_exist(calls: list[Transcript]) -> None:
    for call in calls:
        for label in (*call.labels, *call.near_misses):
            assert label.id in SIGNALS, call.id
            assert label.turn is None or 0 <= label.turn < len(call.turns), call.id


def test_every_signal_is_labelled_in_at_least_four_calls(calls: list[Transcript]) -> None:
    found = Counter(signal for call in calls for signal in {label.id for label in call.labels})
    assert {signal for signal in SIGNALS if found[signal] < 4} == set(), found


def test_turns_follow_one_another_in_time(calls: list[Transcript]) -> None:
    for call in calls:
        starts = [turn.start for turn in call.turns if turn.start is not None]
        assert len(starts) == len(call.turns) and starts == sorted(starts), call.id
        assert all(turn.end is not None and turn.end > (turn.start or 0.0) for turn in call.turns), call.id
