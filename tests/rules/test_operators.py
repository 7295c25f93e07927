"""Each operator of docs/rules.md by calls that it must and must not find, in the notation of examples."""

from pathlib import Path

import pytest

from speechqc.rules.check import check_book
from tests.rules.building import PACK, book_of, problems_of, rule_text

A, B, C = "{phrases: [甲子乙]}", "{phrases: [丙子丁]}", "{phrases: [戊子己]}"

CASES = {
    "phrases": (A, ["说甲子乙了", "甲子乙"], ["客户:甲子乙", "甲乙", "没有甲子乙"]),
    "unless": (
        "{phrases: [甲子乙], unless: [丙子丁]}",
        [
            "甲子乙",
            "丙子丁。甲子乙",
            "甲子乙？丙子丁",
            "甲子乙" + "好的呢" * 14 + "丙子丁",
            "丙子丁，甲子乙。甲子乙",
        ],
        ["甲子乙和丙子丁", "丙子丁，甲子乙"],
    ),
    "negation allowed": ("{phrases: [甲子乙], negation: allow}", ["没有甲子乙"], ["甲乙"]),
    "question allowed": (
        "{phrases: [甲子乙], role: customer, question: allow}",
        ["客户:有甲子乙吗"],
        ["坐席:有甲子乙"],
    ),
    "question": ("{phrases: [甲子乙], role: customer}", ["客户:有甲子乙"], ["客户:有甲子乙吗"]),
    "quotation allowed": ("{phrases: [甲子乙], quotation: allow}", ["有人说甲子乙"], ["甲乙"]),
    "sounds": ("{sounds: [刚性兑付]}", ["刚性兑付", "纲性对付"], ["刚性需求"]),
    "regex": (r'{regex: "年化\\d%"}', ["年化百分之五", "年化5%"], ["年化", "客户:年化5%"]),
    "any": (f"{{any: [{A}, {B}]}}", ["甲子乙", "丙子丁"], ["戊子己"]),
    "all": (f"{{all: [{A}, {B}]}}", ["甲子乙，然后丙子丁", "丙子丁甲子乙"], ["甲子乙", "甲子乙 → 丙子丁"]),
    "all within turns": (
        f"{{all: [{A}, {B}], within: {{turns: 2}}}}",
        ["甲子乙 → 客户:好 → 丙子丁", "丙子丁 → 甲子乙"],
        ["甲子乙 → 客户:好 → 好 → 客户:好 → 丙子丁"],
    ),
    "all within seconds": (
        f"{{all: [{A}, {B}], within: {{seconds: 20}}}}",
        ["甲子乙 → [pause=10] 丙子丁"],
        ["甲子乙 → [pause=30] 丙子丁"],
    ),
    "all with not": (f"{{all: [{A}, {{not: {B}}}]}}", ["甲子乙"], ["甲子乙丙子丁", "丙子丁"]),
    "all with history": (
        f"{{all: [{A}, {{history: attempts_today, at_least: 3}}]}}",
        ["[history attempts_today=3] 甲子乙"],
        ["[history attempts_today=2] 甲子乙", "[history attempts_today=3] 丙子丁"],
    ),
    "all with metric": (
        f"{{all: [{A}, {{metric: anger, over: 60}}]}}",
        ["[metric anger=70] 甲子乙"],
        ["[metric anger=50] 甲子乙", "[metric anger=70] 丙子丁"],
    ),
    "near": (
        f"{{near: [{A}, {B}], within: {{chars: 4}}}}",
        ["甲子乙啊是的丙子丁", "丙子丁甲子乙"],
        ["甲子乙啊这个东西它是丙子丁"],
    ),
    "near in turns": (
        f"{{near: [{A}, {B}], within: {{turns: 1}}}}",
        ["丙子丁 → 甲子乙"],
        ["丙子丁 → 好 → 甲子乙"],
    ),
    "sequence": (
        f"{{sequence: [{A}, {B}], within: {{turns: 1}}}}",
        ["甲子乙丙子丁", "甲子乙 → 丙子丁", "甲子乙 → 客户:嗯 → 丙子丁"],
        ["丙子丁甲子乙", "丙子丁 → 甲子乙", "甲子乙 → 客户:嗯 → 好 → 丙子丁"],
    ),
    "sequence of two speakers": (
        f"{{sequence: [{{phrases: [甲子乙], role: customer}}, {B}], within: {{turns: 2}}}}",
        ["客户:甲子乙 → 丙子丁", "客户:甲子乙 → 好 → 客户:嗯 → 丙子丁"],
        [
            "客户:甲子乙 → 好 → 客户:嗯 → 好 → 客户:嗯 → 丙子丁",
            "甲子乙 → 丙子丁",
            "客户:甲子乙 → 客户:丙子丁",
        ],
    ),
    "sequence in seconds": (
        f"{{sequence: [{A}, {B}], within: {{seconds: 20}}}}",
        ["甲子乙 → [pause=15] 丙子丁"],
        ["甲子乙 → [pause=25] 丙子丁"],
    ),
    "sequence disarmed": (
        f"{{sequence: [{A}, {B}], within: {{turns: 3}}, unless_between: {C}}}",
        ["甲子乙 → 丙子丁", "戊子己 → 甲子乙 → 丙子丁"],
        ["甲子乙 → 戊子己 → 丙子丁", "甲子乙 → 戊子己，丙子丁"],
    ),
    "repeat": (
        f"{{repeat: {A}, times: 2, within: {{seconds: 60}}}}",
        ["甲子乙 → 好 → 甲子乙", "甲子乙，真的甲子乙"],
        ["甲子乙", "甲子乙 → [pause=90] 甲子乙"],
    ),
    "absent at the end": (f"{{absent: {A}, at_end: true}}", ["好 → [end]"], ["好 → 甲子乙 → [end]", "好"]),
    "absent by seconds": (
        f"{{absent: {A}, deadline: {{seconds: 30}}}}",
        ["好 → [pause=40]", "好 → [pause=40] 甲子乙"],
        ["好 → [pause=20] 甲子乙 → [pause=40]", "好 → [pause=20]"],
    ),
    "absent by speech": (
        f"{{absent: {A}, deadline: {{speech_s: 5}}}}",
        ["好的好的好的好的好的好的好的好的好的好的好的"],
        ["好的好的 → 客户:好的好的好的好的好的好的", "好的好的甲子乙 → 好的好的好的好的好的好的"],
    ),
    "absent by turns": (
        f"{{absent: {A}, deadline: {{turns: 2}}}}",
        ["好 → 客户:嗯 → 好 → 客户:嗯", "好 → 客户:嗯 → 好 → 客户:嗯 → 甲子乙", "好 → 客户:嗯 → 好 → [end]"],
        ["好 → 客户:嗯 → 甲子乙 → 客户:嗯", "好 → 客户:嗯 → [end]"],
    ),
    "absent after": (
        f"{{absent: {A}, after: {B}, deadline: {{seconds: 30}}}}",
        ["丙子丁 → [pause=40]", "甲子乙 → 丙子丁 → [pause=40]"],
        ["好 → [pause=40]", "丙子丁 → 甲子乙 → [pause=40]", "甲子乙丙子丁 → [pause=40]"],
    ),
    "absent after, counting earlier": (
        f"{{absent: {A}, after: {B}, counts_earlier: true, deadline: {{seconds: 30}}}}",
        ["丙子丁 → [pause=40]"],
        ["甲子乙 → 丙子丁 → [pause=40]"],
    ),
    "absent after, awaiting a sequence that began before": (
        f"{{absent: {{sequence: [{B}, {A}]}}, after: {C}, at_end: true}}",
        ["戊子己，甲子乙 → [end]", "丙子丁 → 戊子己 → [end]"],
        ["丙子丁 → 戊子己，甲子乙 → [end]"],
    ),
    "absent before": (
        f"{{absent: {A}, before: {C}}}",
        ["戊子己", "好 → 戊子己 → 甲子乙"],
        ["甲子乙 → 戊子己", "甲子乙，戊子己", "好 → [end]"],
    ),
    "absent of all within": (
        f"{{absent: {{all: [{A}, {B}], within: {{seconds: 60}}}}, deadline: {{turns: 3}}}}",
        ["甲子乙 → 客户:谁 → 好 → 客户:嗯 → 好 → 客户:嗯"],
        ["甲子乙 → 客户:谁 → 丙子丁 → 客户:嗯 → 好 → 客户:嗯"],
    ),
    "metric over": (
        "{metric: agent_rate, over: 6}",
        ["[metric agent_rate=6.2]"],
        ["[metric agent_rate=6]", "[metric customer_rate=7]"],
    ),
    "metric under": (
        "{metric: agent_rate, under: 2.2}",
        ["[metric agent_rate=2]"],
        ["[metric agent_rate=2.2]"],
    ),
    "metric for a time": (
        "{metric: agent_rate, over: 6, for_s: 15}",
        ["[metric agent_rate=7] [pause=20]"],
        [
            "[metric agent_rate=7] [pause=10]",
            "[metric agent_rate=7] [pause=10] [metric agent_rate=5] [pause=5] [metric agent_rate=7] [pause=10]",
        ],
    ),
    "metric after a time": (
        "{metric: talk_ratio, over: 0.8, after_s: 60}",
        ["[metric talk_ratio=0.9] [pause=70]"],
        ["[metric talk_ratio=0.9] [pause=50]"],
    ),
    "metric at the end": (
        "{metric: talk_ratio, over: 0.8, at_end: true}",
        ["[metric talk_ratio=0.9] [end]"],
        [
            "[metric talk_ratio=0.9] [pause=70]",
            "[metric talk_ratio=0.9] [pause=9] [metric talk_ratio=0.7] [end]",
        ],
    ),
    "history at least": (
        "{history: attempts_today, at_least: 3}",
        ["[history attempts_today=3] 好"],
        ["[history attempts_today=2] 好", "好"],
    ),
    "history over": (
        "{history: attempts_7_days, over: 7}",
        ["[history attempts_7_days=8]"],
        ["[history attempts_7_days=7]"],
    ),
    "history present": ("{history: do_not_call, present: true}", ["[history do_not_call=去年登记]"], ["好"]),
    "history facts together": (
        "{all: [{history: attempts_today, at_least: 3}, {not: {history: policy, present: true}}]}",
        ["[history attempts_today=3]"],
        ["[history attempts_today=2]", "[history policy=house] [history attempts_today=3] 好"],
    ),
    "history outside": (
        '{history: local_time, outside: ["09:00", "21:00"]}',
        ["[history local_time=08:59]", "[history local_time=21:00]"],
        ["[history local_time=09:00]", "[history local_time=20:59]", "好"],
    ),
    "history outside past midnight": (
        '{history: local_time, outside: ["20:00", "06:00"]}',
        ["[history local_time=12:00]"],
        ["[history local_time=23:00]", "[history local_time=05:59]"],
    ),
    "position in seconds": (
        "{phrases: [甲子乙], position: {first_s: 10}}",
        ["甲子乙"],
        ["好 → [pause=20] 甲子乙"],
    ),
    "position in turns": (
        "{phrases: [甲子乙], position: {first_turns: 2}}",
        ["好 → 客户:嗯 → 甲子乙"],
        ["好 → 客户:嗯 → 好 → 客户:嗯 → 甲子乙"],
    ),
    "any of word and ledger": (
        f"{{any: [{A}, {{history: attempts_today, at_least: 3}}]}}",
        ["甲子乙", "[history attempts_today=3]"],
        ["好"],
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_operator(name: str, tmp_path: Path) -> None:
    condition, match, not_match = CASES[name]

    assert problems_of(tmp_path, condition, match=tuple(match), not_match=tuple(not_match)) == []


@pytest.mark.parametrize(
    ("scope", "match", "not_match"),
    [
        ("kinds: [complaint]", "[kind=complaint] 甲子乙", "[kind=sales] 甲子乙"),
        ("directions: [inbound]", "[direction=inbound] 甲子乙", "[direction=outbound] 甲子乙"),
        ("languages: [zh]", "[language=zh] 甲子乙", "[language=en] 甲子乙"),
        ("product_class: [fund]", "[product=某某基金] 甲子乙", "甲子乙"),
        ("product_class: [fund, unknown]", "甲子乙", "[product=定期存款] 甲子乙"),
        ("not_product_class: [deposit]", "[product=结构性存款] 甲子乙", "[product=定期存款] 甲子乙"),
    ],
)
def test_scope(scope: str, match: str, not_match: str, tmp_path: Path) -> None:

    classes = "product_classes: {fund: [基金, 结构性存款], deposit: [存款]}\n"
    examples = f"    scope: {{{scope}}}\n    examples: {{must_match: ['{match}'], must_not_match: ['{not_match}']}}\n"
    assert check_book(book_of(tmp_path, rule_text(A, more=examples), pack=PACK + classes)) == []


def test_condition_of_another_rule_keeps_its_own_role(tmp_path: Path) -> None:

    examples = "    examples: {must_match: ['客户:甲子乙 → 丙子丁'], must_not_match: ['甲子乙 → 丙子丁']}\n"
    first = rule_text(A, rule_id="asks", role="customer")
    second = rule_text(f"{{sequence: [{{rule: asks}}, {B}]}}", rule_id="refuses", more=examples)
    assert check_book(book_of(tmp_path, first, second)) == []
