"""The ``semantic`` operator: rules that rest on what was meant."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from speechqc.analyzers.compliance import Compliance
from speechqc.events import Finding, FindingState, Role, Severity, Utterance
from speechqc.rules.loader import RuleBook, load_packs
from speechqc.rules.reader import Reader
from speechqc.semantics.classifier import Meaning
from tests.rules.building import agent, customer, pack_of, rule_text, started


class WordClassifier:
    """Knows one label, which the word 稳 carries; how surely depends on how often it is said."""

    def __init__(self) -> None:
        self.name = "words"
        self.limits = {"safe": 0.7}
        self.asked: list[tuple[str, Role, str]] = []

    def read(self, text: str, role: Role, language: str) -> Sequence[Meaning]:
        self.asked.append((text, role, language))
        times = text.count("稳")
        return (
            [Meaning("safe", min(1.0, 0.5 + 0.3 * times), text.rfind("稳"), text.rfind("稳") + 1)]
            if times
            else []
        )


@pytest.fixture
def classifier() -> WordClassifier:
    return WordClassifier()


def book_of(tmp_path: Path, classifier: WordClassifier, *rules: str) -> RuleBook:
    return load_packs([pack_of(tmp_path, *rules)], classifier=classifier)


def found(book: RuleBook, *said: Utterance) -> list[Finding]:
    call = started()
    reader, compliance = Reader(book, call), Compliance(book, call)
    findings = compliance.feed(call, None, {})
    for utterance in said:
        findings.extend(compliance.feed(utterance, reader.read(utterance), {}))
    return findings


def test_a_finding_says_which_part_matched_and_score_against_limit(tmp_path, classifier) -> None:
    book = book_of(tmp_path, classifier, rule_text("{semantic: safe}"))
    [finding] = found(book, agent("这款产品很稳的", 0, 4))

    assert (finding.quote, finding.score) == ("稳", 0.8)
    assert [(reason.name, reason.value, reason.limit) for reason in finding.reasons] == [
        ("meaning", 0.8, 0.7)
    ]
    assert "意思相符（0.80，阈值 0.70）" in finding.explanation.zh
    assert "means the same (0.80, limit 0.70)" in finding.explanation.en


def test_a_rule_may_ask_for_more(tmp_path, classifier) -> None:
    book = book_of(tmp_path, classifier, rule_text("{semantic: safe, at_least: 0.9}"))
    assert found(book, agent("很稳", 0, 2)) == []
    assert len(found(book, agent("很稳非常稳", 0, 3))) == 1


def test_words_that_may_still_change_are_not_classified(tmp_path, classifier) -> None:
    book = book_of(tmp_path, classifier, rule_text("{semantic: safe}"))
    assert found(book, agent("很稳", 0, 2, final=False)) == []
    assert classifier.asked == []


def test_the_classifier_is_asked_once_an_utterance_and_only_for_roles_a_rule_looks_at(
    tmp_path, classifier
) -> None:
    book = book_of(
        tmp_path, classifier, rule_text("{semantic: safe}"), rule_text("{semantic: safe}", rule_id="again")
    )
    findings = found(book, agent("很稳", 0, 2), customer("很稳吗", 3, 4))
    assert {finding.rule for finding in findings} == {"r", "again"}
    assert classifier.asked == [("很稳", Role.AGENT, "zh")]


def test_a_phrase_speaks_for_a_finding_before_a_meaning_does(tmp_path, classifier) -> None:
    book = book_of(tmp_path, classifier, rule_text("{any: [{phrases: [保本]}, {semantic: safe}]}"))
    [finding] = found(book, agent("保本的，很稳", 0, 3))
    assert (finding.quote, finding.score) == ("保本", 1.0)


def test_unless_and_quotation_cancel_a_meaning(tmp_path, classifier) -> None:
    book = book_of(tmp_path, classifier, rule_text("{semantic: safe, unless: [举个例子]}"))
    assert found(book, agent("举个例子，很稳", 0, 3)) == []
    assert found(book, agent("有人说这个很稳", 5, 8)) == []


def test_a_sentence_cut_by_a_pause_is_read_whole_and_counts_once(tmp_path, classifier) -> None:
    book = book_of(tmp_path, classifier, rule_text("{semantic: safe, at_least: 1.0}"))
    first, second = agent("这个很稳", 0, 2, turn=0), agent("真的稳", 2.6, 4, turn=0)
    findings = found(book, first, second, agent("您考虑一下", 4.5, 6, turn=0))
    assert [finding.start >= 2.6 for finding in findings] == [True]


def test_a_misheard_call_keeps_the_severity_but_not_the_score(tmp_path, classifier) -> None:
    book = book_of(tmp_path, classifier, rule_text("{semantic: safe}"))
    [finding] = found(book, agent("很稳", 0, 2, confidence=0.6))
    assert finding.severity is Severity.HIGH
    assert finding.score == pytest.approx(0.8 * 0.8)
    assert finding.state is FindingState.CONFIRMED


def test_without_a_classifier_or_its_label_the_operator_is_silent(tmp_path, classifier) -> None:
    book = book_of(tmp_path, classifier, rule_text("{semantic: something_else}"))
    assert found(book, agent("很稳", 0, 2)) == []


@pytest.mark.parametrize(
    ("condition", "score"),
    [
        ("{all: [{semantic: safe}, {phrases: [保本]}], within: {seconds: 5}}", 0.8),
        ("{near: [{phrases: [保本]}, {semantic: safe}], within: {turns: 0}}", 0.8),
        ("{sequence: [{semantic: safe}, {phrases: [保本]}], within: {turns: 2}}", 0.8),
        ("{absent: {phrases: [风险]}, before: {semantic: safe}}", 0.8),
        ("{repeat: {any: [{semantic: safe}, {phrases: [保本]}]}, times: 2}", 0.8),
    ],
)
def test_combined_with_words_the_score_is_that_of_the_meaning(tmp_path, classifier, condition, score) -> None:
    book = book_of(tmp_path, classifier, rule_text(condition))
    [finding] = found(book, agent("很稳", 0, 1, turn=0), agent("这个保本", 1.2, 3, turn=0))[:1]
    assert finding.score == score
    assert "meaning" in [reason.name for reason in finding.reasons]


def test_cues_may_rest_on_meaning(tmp_path, classifier) -> None:
    head = "cues:\n  - {id: practice.calm, role: agent, semantic: safe}\n"
    folder = pack_of(tmp_path, rule_text("{phrases: [甲乙]}"), head=head)
    reading = Reader(load_packs([folder], classifier=classifier), started()).read(agent("很稳", 0, 2))
    assert [(cue.id, cue.quote) for cue in reading.cues] == [("practice.calm", "稳")]
