from pathlib import Path

import pytest

from speechqc.events import CallKind
from speechqc.rules.loader import load_packs
from tests.rules.building import PACK, pack_of, rule_text, started

CLASSES = (
    PACK + "product_classes: {fund: [理财, 结构性存款], deposit: [存款, 大额存单], insurance: [保险, 年金]}\n"
)


@pytest.mark.parametrize(
    ("product", "classes"),
    [
        (None, {"unknown"}),
        ("", {"unknown"}),
        ("黄金", {"unknown"}),
        ("稳健理财一号", {"fund"}),
        ("定期存款", {"deposit"}),
        ("結構性存款", {"fund"}),
        ("年金保险", {"insurance"}),
    ],
)
def test_longest_product_name_decides_the_class(
    product: str | None, classes: set[str], tmp_path: Path
) -> None:
    book = load_packs([pack_of(tmp_path, rule_text("{phrases: [保本]}"), pack=CLASSES)])

    assert book.product_classes(product) == classes


def test_rules_out_of_scope_are_not_even_looked_at(tmp_path: Path) -> None:
    sales = rule_text("{phrases: [甲乙]}", rule_id="sales", more="    scope: {kinds: [sales]}\n")
    book = load_packs([pack_of(tmp_path, sales, rule_text("{phrases: [丙丁]}", rule_id="every"))])

    assert [rule.id for rule in book.in_scope(started(kind=CallKind.SALES)).rules] == ["sales", "every"]
    assert [rule.id for rule in book.in_scope(started(kind=CallKind.SERVICE)).rules] == ["every"]


def test_scope_of_equal_calls_is_made_once(tmp_path: Path) -> None:
    book = load_packs([pack_of(tmp_path, rule_text("{phrases: [甲乙]}"))])

    assert book.in_scope(started(call_id="a")) is book.in_scope(started(call_id="b"))


def test_pack_in_one_language_judges_calls_in_that_language(tmp_path: Path) -> None:
    book = load_packs([pack_of(tmp_path, rule_text("{phrases: [stop]}"), pack=PACK + "languages: [en]\n")])

    assert [len(book.in_scope(started(language=language)).rules) for language in ("en-GB", "zh-CN")] == [1, 0]


def test_a_rule_asks_for_what_is_known_of_a_call(tmp_path: Path) -> None:
    scope = "    scope: {context: {risk: [C1, C2]}, not_context: {secure_ivr: ['true']}}\n"
    book = load_packs([pack_of(tmp_path, rule_text("{phrases: [甲乙]}", more=scope))])

    def applies(**metadata: str) -> bool:
        return bool(book.in_scope(started(metadata=metadata)).rules)

    assert applies(risk="C1") and applies(risk="c2")
    assert not applies(risk="C4") and not applies()
    assert not applies(risk="C1", secure_ivr="true")
    assert applies(risk="C1", secure_ivr="false")


def test_context_is_compared_as_customer_systems_write_it(tmp_path: Path) -> None:
    scope = "    scope: {context: {case: [approved], age: [65+]}, not_context: {customer_role: guarantor}}\n"
    book = load_packs([pack_of(tmp_path, rule_text("{phrases: [甲乙]}", more=scope))])

    def applies(**metadata: str) -> bool:
        return bool(book.in_scope(started(metadata=metadata)).rules)

    assert applies(case="方案已批准", age="78") and applies(case="Approved", age="65")
    assert not applies(case="approved", age="64") and not applies(case="approved", age="unknown")
    assert not applies(case="approved", age="78", customer_role="保证人")


def test_an_announced_recording_is_known_of_a_call(tmp_path: Path) -> None:
    scope = "    scope: {not_context: {recording_notice: ['true']}}\n"
    book = load_packs([pack_of(tmp_path, rule_text("{phrases: [甲乙]}", more=scope))])

    assert book.in_scope(started()).rules
    assert not book.in_scope(started(recording_notice=True)).rules
    assert not book.in_scope(started(metadata={"recording_notice": "true"})).rules


def test_any_number_of_kinds_of_calls_costs_no_memory(tmp_path: Path) -> None:
    scope = "    scope: {context: {age: [65+]}}\n"
    book = load_packs([pack_of(tmp_path, rule_text("{phrases: [甲乙]}", more=scope))])

    scopes = {id(book.in_scope(started(metadata={"age": str(age), "risk": f"C{age}"}))) for age in range(100)}
    assert len(scopes) == 2


def test_a_rule_may_refer_to_one_that_is_out_of_use(tmp_path: Path) -> None:
    old = rule_text("{phrases: [甲乙]}", rule_id="old").replace("stable", "deprecated")
    book = load_packs([pack_of(tmp_path, old, rule_text("{rule: old}"))])

    assert [rule.id for rule in book.rules] == ["r"]
    assert [leaf.phrases[0].written for leaf in book.leaves] == ["甲乙"]


def test_calls_that_differ_in_what_no_rule_asks_for_share_their_rules(tmp_path: Path) -> None:
    scope = "    scope: {context: {tags: [vip]}}\n"
    book = load_packs([pack_of(tmp_path, rule_text("{phrases: [甲乙]}", more=scope))])

    one, other = (book.in_scope(started(metadata={"tags": "new，vip", "ticket": str(n)})) for n in (1, 2))
    assert one is other
    assert len(one.rules) == 1
