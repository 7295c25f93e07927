"""The packs of regions and lines of business that ship with the package."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import pytest
import yaml

import speechqc.contact
from speechqc.events import CallKind, CallStarted
from speechqc.rules.catalogue import DEFAULT_PACK, builtin_pack_names, builtin_pack_paths
from speechqc.rules.check import check_rule, context_of, run_example
from speechqc.rules.examples import read_example
from speechqc.rules.lint import lint_book
from speechqc.rules.loader import RuleBook, load_packs
from speechqc.rules.model import Rule

REGIONS = [name for name in builtin_pack_names() if name != DEFAULT_PACK]
HAN = re.compile(r"[\u4e00-\u9fff]")


@cache
def book_of(name: str) -> RuleBook:
    return load_packs(builtin_pack_paths(name))


def own(name: str) -> list[Rule]:
    """The rules that the pack brings or changes."""
    return [rule for rule in book_of(name).rules if rule.adjusted_by or rule.pack != DEFAULT_PACK]


def fires(name: str, rule_id: str, example: str) -> bool:
    book = book_of(name)
    rule = book.rule(rule_id)
    assert rule is not None
    read = read_example(example, role=rule.role, started=context_of(rule, example))
    return any(verdict.rule.id == rule_id for verdict in run_example(book, read))


def test_there_is_a_pack_for_each_region_and_line() -> None:
    assert {
        "cn-bank", "cn-securities", "cn-insurance", "cn-collections", "us-collections-reg-f", "us-telemarketing", "uk",
    } <= set(REGIONS)  # fmt: skip


@pytest.mark.parametrize("name", REGIONS)
def test_a_pack_is_named_after_its_folder_and_extends_the_core(name: str) -> None:
    packs = [pack.id for pack in book_of(name).packs]
    assert packs[0] == DEFAULT_PACK
    assert packs[-1] == name


@pytest.mark.parametrize("name", REGIONS)
def test_what_a_pack_brings_or_changes_does_what_its_examples_say(name: str) -> None:
    assert [str(problem) for rule in own(name) for problem in check_rule(book_of(name), rule)] == []


@pytest.mark.parametrize("name", REGIONS)
def test_its_own_rules_are_as_complete_as_those_of_the_core(name: str) -> None:
    for rule in own(name):
        assert rule.regulation, rule.id
        for sentence in (rule.title, rule.advice):
            assert HAN.search(sentence.zh), rule.id
            assert re.search("[a-z]", sentence.en) and not HAN.search(sentence.en), rule.id
        if rule.pack != DEFAULT_PACK:
            assert len(rule.examples.must_match) >= 8, rule.id
            assert len(rule.examples.must_not_match) >= 4, rule.id
            assert rule.known_gaps, rule.id
            assert rule.id.startswith(f"{rule.signal}."), rule.id


@pytest.mark.parametrize("name", REGIONS)
def test_lint_has_nothing_to_say_about_it(name: str) -> None:
    folder = str(builtin_pack_paths(name)[0])
    assert [message for message in lint_book(book_of(name)) if message.startswith(folder)] == []


@pytest.mark.parametrize("name", REGIONS)
def test_the_contact_limits_it_calls_for_exist(name: str) -> None:
    file = Path(speechqc.contact.__file__).with_name("presets.yaml")
    known = {preset["id"] for preset in yaml.safe_load(file.read_text(encoding="utf-8"))["presets"]}
    assert set(book_of(name).contact_presets) <= known


@pytest.mark.parametrize(
    ("pack", "rule", "example", "expected"),
    [
        ("core", "quiet_hours_contact", "[kind=sales] [history local_time=08:30] 您好", True),
        ("us-telemarketing", "quiet_hours_contact", "[kind=sales] [history local_time=08:30] 您好", False),
        ("cn-bank", "quiet_hours_contact.en", "[kind=sales] [history local_time=08:30] Hello", True),
        ("uk", "quiet_hours_contact.en", "[kind=sales] [history local_time=08:30] Hello", False),
        (
            "cn-collections",
            "quiet_hours_contact.en",
            "[kind=collection] [history local_time=21:30] Hello",
            False,
        ),
        (
            "us-collections-reg-f",
            "quiet_hours_contact.en",
            "[kind=collection] [history local_time=21:30] Hello",
            True,
        ),
        ("core", "excessive_contact.en", "[kind=collection] [history attempts_today=3] Hello", True),
        (
            "us-collections-reg-f",
            "excessive_contact.reg_f",
            "[kind=collection] [history attempts_today=3] Hello",
            False,
        ),
    ],
)
def test_regions_differ_where_the_law_differs(pack: str, rule: str, example: str, expected: bool) -> None:
    assert fires(pack, rule, example) is expected


def test_severities_follow_the_line_of_business() -> None:
    def severity(pack: str, rule_id: str) -> str:
        rule = book_of(pack).rule(rule_id)
        assert rule is not None
        return rule.severity.value

    assert severity("core", "missing_recording_notice") == "medium"
    assert severity("cn-insurance", "missing_recording_notice") == "high"
    assert severity("us-telemarketing", "missing_recording_notice.en") == "high"


def test_the_limits_of_a_day_are_off_where_regulation_f_counts_seven_days() -> None:
    assert book_of("us-collections-reg-f").rule("excessive_contact.en") is None


@pytest.mark.parametrize(
    ("age", "rule"), [("70", "missing_risk_disclosure.elderly"), ("40", "missing_risk_disclosure")]
)
def test_a_sale_is_judged_by_one_of_the_rules_for_younger_and_older_customers(age: str, rule: str) -> None:
    call = CallStarted(call_id="c", kind=CallKind.SALES, metadata={"age": age})
    scope = {one.id for one in book_of("cn-bank").in_scope(call).rules}
    assert scope & {"missing_risk_disclosure.elderly", "missing_risk_disclosure"} == {rule}


def test_packs_can_be_joined() -> None:
    book = load_packs(builtin_pack_paths("cn-bank,cn-collections"))
    assert [pack.id for pack in book.packs] == ["core", "cn", "cn-bank", "cn-collections"]
    assert book.contact_presets == ("cn_call_centre", "cn_bank_marketing", "cn_collections")
