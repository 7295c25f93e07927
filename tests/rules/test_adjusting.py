"""Packs that extend others: what a region or a house changes without copying a rule."""

from __future__ import annotations

from pathlib import Path

import pytest

from speechqc.errors import RuleError
from speechqc.events import CallKind, ContactHistory, Direction, Severity
from speechqc.rules.check import check_book
from speechqc.rules.loader import RuleBook, builtin_pack_paths, load_packs
from speechqc.rules.model import Absent, AnyOf, History
from tests.rules.building import PACK, pack_of, rule_text, started

BASE = (
    rule_text("{phrases: [甲乙]}", rule_id="words"),
    rule_text("{absent: {phrases: [甲乙]}, deadline: {seconds: 30, turns: 3}}", rule_id="late"),
    rule_text(
        "{any: [{history: attempts_today, at_least: 3}, {history: connected_today, over: 1}]}",
        rule_id="often",
    ),
    rule_text('{history: local_time, outside: ["09:00", "21:00"]}', rule_id="hours"),
)


def region(tmp_path: Path, adjust: str, *rules: str, extends: str = "base") -> RuleBook:
    """The book of a pack that extends a pack of four rules with the entries `adjust`."""
    pack_of(tmp_path / "base", *BASE, pack=PACK.replace("id: t", "id: base"))
    pack = PACK.replace("id: t", "id: region") + f"extends: {extends}\nadjust:\n{adjust}\n"
    return load_packs([pack_of(tmp_path / "region", *rules, pack=pack, head="" if rules else "cues: []\n")])


def test_a_pack_brings_the_rules_of_the_pack_it_extends_and_its_own(tmp_path: Path) -> None:
    book = region(tmp_path, "  []", rule_text("{phrases: [丙丁]}", rule_id="own"))

    assert [rule.id for rule in book.rules] == ["words", "late", "often", "hours", "own"]
    assert [pack.id for pack in book.packs] == ["base", "region"]


def test_severity_advice_basis_and_scope_are_replaced_and_the_rest_stays(tmp_path: Path) -> None:
    book = region(
        tmp_path,
        "  - rule: words\n    severity: low\n    advice: {zh: 新, en: New}\n"
        "    regulation: [{cite: 办法, verified: Vs}]\n    scope: {kinds: [collection]}\n",
    )
    rule = book.rule("words")

    assert rule is not None
    assert (rule.severity, rule.advice.zh, rule.title.zh) == (Severity.LOW, "新", "标题")
    assert [(one.cite, one.verified) for one in rule.regulation] == [("办法", "Vs")]
    assert rule.scope.kinds == (CallKind.COLLECTION,)
    assert rule.adjusted_by == ("region",)
    assert rule.pack == "base"


def test_scope_keys_that_are_not_named_stay(tmp_path: Path) -> None:
    pack_of(
        tmp_path / "base",
        rule_text("{phrases: [甲乙]}", more="    scope: {kinds: [sales], directions: [outbound]}\n"),
        pack=PACK.replace("id: t", "id: base"),
    )
    folder = pack_of(
        tmp_path / "region",
        rule_text("{phrases: [丙丁]}", rule_id="own"),
        pack=PACK + "extends: base\nadjust: [{rule: r, scope: {kinds: [service]}}]\n",
    )
    rule = load_packs([folder]).rule("r")

    assert rule is not None
    assert (rule.scope.kinds, rule.scope.directions) == ((CallKind.SERVICE,), (Direction.OUTBOUND,))


def test_a_rule_is_switched_off(tmp_path: Path) -> None:
    assert region(tmp_path, "  - {rule: words, status: off}").rule("words") is None


def test_all_rules_of_a_signal_are_meant_by_its_name(tmp_path: Path) -> None:
    assert region(tmp_path, "  - {signal: late, severity: info}").rule("late").severity is Severity.INFO  # type: ignore[union-attr]


def test_limits_deadlines_and_hours_are_new_numbers_at_their_old_places(tmp_path: Path) -> None:
    book = region(
        tmp_path,
        "  - {rule: late, deadline: {seconds: 45}}\n"
        "  - {rule: often, limits: {attempts_today: 2, connected_today: 3}}\n"
        '  - {rule: hours, outside: ["08:00", "20:00"]}\n',
    )
    late, often, hours = (book.rule(name).condition for name in ("late", "often", "hours"))  # type: ignore[union-attr]

    assert isinstance(late, Absent) and late.deadline is not None
    assert (late.deadline.seconds, late.deadline.turns) == (45, 3)
    assert isinstance(often, AnyOf)
    assert [(item.at_least, item.over) for item in often.items] == [(2, None), (None, 3)]  # type: ignore[union-attr]
    assert isinstance(hours, History) and hours.outside == ("08:00", "20:00")


def test_changed_numbers_bring_their_own_examples(tmp_path: Path) -> None:
    adjust = (
        '  - rule: hours\n    outside: ["08:00", "20:00"]\n    examples:\n'
        '      must_match: ["[history local_time=20:30] 您好"]\n'
        '      must_not_match: ["[history local_time=08:30] 您好"]\n'
    )
    assert check_book(region(tmp_path, adjust)) == []


def test_a_threshold_of_meaning_is_a_limit_too(tmp_path: Path) -> None:
    pack_of(tmp_path / "base", rule_text("{semantic: safe}"), pack=PACK.replace("id: t", "id: base"))
    folder = pack_of(
        tmp_path / "region",
        rule_text("{phrases: [丙丁]}", rule_id="own"),
        pack=PACK + "extends: base\nadjust: [{rule: r, limits: {safe: 0.9}}]\n",
    )
    assert load_packs([folder]).leaves[0].at_least == 0.9


@pytest.mark.parametrize(
    ("adjust", "message"),
    [
        (
            "  - {rule: wrods, severity: low}",
            "pack.yaml:6: `rule`: came 'wrods', expected one of .* mean 'words'",
        ),
        ("  - {signal: nothing}", "`signal`: came 'nothing', expected one of hours, late, often, words"),
        ("  - {severity: low}", "names either a `rule` or a `signal`"),
        ("  - {rule: words, signal: words}", "names either a `rule` or a `signal`"),
        ("  - {rule: words, severity: hgih}", "`severity`: came 'hgih'.*did you mean 'high'"),
        (
            "  - {rule: words, status: on}",
            "`status`: came 'on', expected one of stable, test, experimental, off",
        ),
        ("  - {rule: words, phrases: [x]}", "an adjustment: came the key 'phrases'"),
        (
            "  - {rule: late, deadline: {speech_s: 9}}",
            "`deadline`: no condition of the rule has .* it has seconds, turns",
        ),
        (
            "  - {rule: often, limits: {attempts_week: 9}}",
            "`limits`: no condition .* 'attempts_week'; it has attempts_today",
        ),
        (
            '  - {rule: words, outside: ["09:00", "21:00"]}',
            "`outside`: no condition of the rule has a number",
        ),
        ("  - {rule: words, scope: {product_class: [stone]}}", "`product_class`: came 'stone'"),
    ],
)
def test_a_wrong_adjustment_says_what_is_wrong(tmp_path: Path, adjust: str, message: str) -> None:
    with pytest.raises(RuleError, match=message):
        region(tmp_path, adjust)


def test_a_pack_that_is_not_there_or_extends_itself_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(RuleError, match=r"pack\.yaml:4: `extends`: came 'cor', expected one of .*'core'"):
        region(tmp_path, "  []", extends="cor")
    with pytest.raises(RuleError, match="the pack extends itself"):
        region(tmp_path / "again", "  []", extends="region")


def test_a_pack_that_two_others_extend_is_loaded_once(tmp_path: Path) -> None:
    pack_of(tmp_path / "base", *BASE, pack=PACK.replace("id: t", "id: base"))
    for name in ("north", "south"):
        pack = PACK.replace("id: t", f"id: {name}") + "extends: base\n"
        pack_of(tmp_path / name, rule_text("{phrases: [丙丁]}", rule_id=name), pack=pack)

    book = load_packs([tmp_path / "north", tmp_path / "south", tmp_path / "base"])
    assert [pack.id for pack in book.packs] == ["base", "north", "south"]


def test_the_names_of_built_in_packs_are_parted_by_commas() -> None:
    assert [path.name for path in builtin_pack_paths("core")] == ["core"]
    with pytest.raises(RuleError, match="no rule pack 'cn-bnak': came 'cn-bnak', expected one of"):
        builtin_pack_paths("core, cn-bnak")


def test_an_adjusted_scope_decides_which_calls_a_rule_judges(tmp_path: Path) -> None:
    book = region(tmp_path, "  - {rule: words, scope: {kinds: [collection]}}")
    call = started(kind=CallKind.SALES, history=ContactHistory())

    assert "words" not in {rule.id for rule in book.in_scope(call).rules}
