from pathlib import Path

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from speechqc.errors import RuleError
from speechqc.events import Role, Severity
from speechqc.rules.loader import builtin_pack_paths, load_packs
from speechqc.rules.model import Words
from tests.rules.building import PACK, book_of, pack_of, rule_text

GOOD = rule_text("{phrases: [保本]}")
EXTENDING = 'id: {0}\nversion: "1"\ntitle: {{zh: 测试, en: Test}}\nextends: base\n'


def test_rule_is_read_with_all_its_fields(tmp_path: Path) -> None:
    more = (
        "    sub_code: J01\n    known_gaps: hints\n    regulation: [{cite: 资管新规, verified: V}]\n"
        "    scope: {kinds: [sales], languages: [zh]}\n"
    )
    [rule] = book_of(tmp_path, rule_text("{phrases: [保本]}", more=more)).rules

    assert (rule.id, rule.signal, rule.version, rule.severity, rule.role) == (
        "r",
        "r",
        1,
        Severity.HIGH,
        Role.AGENT,
    )
    assert (rule.title.zh, rule.title.en, rule.sub_code, rule.known_gaps) == ("标题", "Title", "J01", "hints")
    assert [(regulation.cite, regulation.verified) for regulation in rule.regulation] == [("资管新规", "V")]
    assert rule.pack == "t"
    assert rule.file.endswith("rules.yaml")


def test_phrase_inherits_the_role_of_the_rule_and_may_have_its_own(tmp_path: Path) -> None:
    [rule] = book_of(tmp_path, rule_text("{any: [{phrases: [甲乙]}, {phrases: [丙丁], role: any}]}")).rules

    first, second = rule.condition.items  # type: ignore[union-attr]
    assert isinstance(first, Words)
    assert isinstance(second, Words)
    assert (first.role, second.role) == (Role.AGENT, None)


def test_a_cue_cannot_weigh_less_than_nothing(tmp_path: Path) -> None:
    head = "cues: [{id: anger.calm, role: customer, weight: -5, phrases: [谢谢]}]\n"
    with pytest.raises(RuleError, match="`weight`: came -5, expected 0 to"):
        book_of(tmp_path, GOOD, head=head)


def test_deprecated_rules_are_not_loaded(tmp_path: Path) -> None:
    assert book_of(tmp_path, GOOD.replace("status: stable", "status: deprecated")).rules == ()


def test_list_of_one_file_serves_the_whole_pack(tmp_path: Path) -> None:
    folder = pack_of(
        tmp_path, rule_text('{phrases: ["@sure赚"]}'), pack=PACK + "lists: {sure: [肯定, 一定]}\n"
    )

    assert len(load_packs([folder]).rules) == 1


def test_yaml_words_and_times_are_text(tmp_path: Path) -> None:
    condition = "{any: [{phrases: [no, on, 12378]}, {history: local_time, outside: [09:00, 21:00]}]}"

    [rule] = book_of(tmp_path, rule_text(condition)).rules
    words = rule.condition.items[0]  # type: ignore[union-attr]
    assert [phrase.written for phrase in words.phrases] == ["no", "on", "12378"]


@pytest.mark.parametrize(
    ("rule", "line", "message"),
    [
        (
            GOOD.replace("severity: high", "severity: hgih"),
            6,
            "`severity`: came 'hgih', expected one of info, low, medium, high, critical; did you mean 'high'?",
        ),
        (GOOD.replace("    role:", "    rolle:"), 9, "a rule: came the key 'rolle', expected one of"),
        (
            GOOD.replace("version: 1", "version: one"),
            4,
            "`version`: came 'one', expected a whole number, 1 to 1000000",
        ),
        (
            GOOD.replace("{zh: 标题, en: Title}", "标题"),
            7,
            "came '标题', expected `title`: a mapping of names to values",
        ),
        (GOOD.replace("{zh: 标题, en: Title}", "{zh: 标题}"), 7, "`title` has no `en`"),
        (
            GOOD.replace("    status: stable\n", ""),
            2,
            "a rule has no `status`; expected one of experimental, test, stable, deprecated",
        ),
        (
            rule_text("{phrase: [保本]}"),
            10,
            "came phrase, expected exactly one operator of phrases, sounds, regex",
        ),
        (rule_text("{phrases: [保本], near: []}"), 10, "came near, phrases, expected exactly one operator"),
        (rule_text("{phrases: [true]}"), 10, "`phrases`: came true, expected text"),
        (rule_text("{phrases: ['(a']}"), 10, "the phrase '(a': a '(' is not closed"),
        (
            rule_text("{phrases: ['@nobody']}"),
            10,
            "the phrase '@nobody': no list is named @nobody; known are none",
        ),
        (
            rule_text("{phrases: [甲乙], negation: off}"),
            10,
            "`negation`: came 'off', expected one of cancel, allow",
        ),
        (
            rule_text("{phrases: [甲乙], role: agents}"),
            10,
            "`role`: came 'agents', expected one of agent, customer, any; did you mean 'agent'?",
        ),
        (rule_text("{regex: '('}"), 10, "`regex`: came '(', which is no regular expression"),
        (rule_text("{regex: 'a*'}"), 10, "`regex`: came 'a*', which matches nothing at all"),
        (
            rule_text("{metric: talk_rato, over: 1}"),
            10,
            "`metric`: came 'talk_rato', expected one of talk_ratio",
        ),
        (rule_text("{metric: talk_ratio}"), 10, "`metric` needs exactly one of over and under"),
        (
            rule_text("{history: attempts, at_least: 3}"),
            10,
            "`history`: came 'attempts', expected one of attempts_today",
        ),
        (rule_text("{history: local_time, at_least: 3}"), 10, "`local_time` is no count"),
        (
            rule_text("{history: local_time, outside: [9, 21]}"),
            10,
            "`outside`: came 9, 21, expected two times",
        ),
        (rule_text("{absent: {phrases: [甲乙]}}"), 10, "`absent` never ends"),
        (
            rule_text("{sequence: [{phrases: [甲乙]}]}"),
            10,
            "`sequence`: came a list, expected a list of 2 conditions",
        ),
        (
            rule_text("{phrases: [甲乙], position: {first: 3}}"),
            10,
            "`position`: came the key 'first', expected one of first_s, first_turns",
        ),
        (rule_text("{rule: nobody}"), 10, "`rule`: came 'nobody', expected one of r"),
        (rule_text("{rule: r}"), 10, "the rule 'r' refers to itself"),
        (
            rule_text("{phrases: [甲乙]}", more="    scope: {kinds: [sale]}\n"),
            11,
            "`kinds`: came 'sale', expected one of sales, service, complaint, collection; did you mean 'sales'?",
        ),
        (
            rule_text("{phrases: [甲乙]}", more="    scope: {product_class: [fond]}\n"),
            11,
            "`product_class`: came 'fond', expected one of unknown",
        ),
        (GOOD + GOOD, 11, "the rule id 'r' is taken"),
    ],
)
def test_error_names_file_line_what_came_and_what_was_expected(
    rule: str, line: int, message: str, tmp_path: Path
) -> None:
    with pytest.raises(RuleError) as caught:
        book_of(tmp_path, rule)

    assert any(
        text.startswith(f"{tmp_path}/rules.yaml:{line}: {message}") for text in str(caught.value).splitlines()
    ), caught.value


def test_all_errors_of_all_files_come_at_once(tmp_path: Path) -> None:
    bad = GOOD.replace("severity: high", "severity: hgih").replace("version: 1", "version: x")
    folder = pack_of(tmp_path, bad, pack=PACK.replace("title:", "titel:"))

    with pytest.raises(RuleError) as caught:
        load_packs([folder])
    assert len(str(caught.value).splitlines()) == 4


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("rules: [", 2, "did not find expected node content"),
        ("a: 1\na: 2\n", 2, "the key 'a' stands twice"),
        ("rules: &a [*a]\n", 1, ""),
        ("- 1\n", 1, "came a list, expected a rule file: a mapping"),
        ("rules: {a: b}\n", 1, "`rules`: came a mapping, expected a list"),
        ("rules: [3]\n", 1, "came 3, expected a rule: a mapping"),
        (
            "rule: []\n",
            1,
            "a rule file: came the key 'rule', expected one of cues, lists, rules; did you mean 'rules'?",
        ),
        ("\ud800", 1, "not a text file in UTF-8"),
    ],
)
def test_broken_file_is_a_rule_error(text: str, line: int, message: str, tmp_path: Path) -> None:
    folder = pack_of(tmp_path)
    (folder / "rules.yaml").write_bytes(text.encode("utf-8", "surrogatepass"))

    with pytest.raises(RuleError, match=f"rules.yaml:{line}: {message}"):
        load_packs([folder])


def test_folder_without_pack_says_what_a_pack_is(tmp_path: Path) -> None:
    with pytest.raises(RuleError, match=r"no pack.yaml in it \(a rule pack is a folder with a pack.yaml\)"):
        load_packs([tmp_path])
    with pytest.raises(RuleError, match="no such folder"):
        load_packs([tmp_path / "nowhere"])


def test_folder_of_packs_stands_for_all_of_them(tmp_path: Path) -> None:
    pack_of(tmp_path / "a", rule_text("{phrases: [甲乙]}", rule_id="one"))
    pack_of(
        tmp_path / "b", rule_text("{phrases: [甲乙]}", rule_id="two"), pack=PACK.replace("id: t", "id: u")
    )

    assert [rule.id for rule in load_packs([tmp_path]).rules] == ["one", "two"]


def test_same_pack_twice_is_an_error(tmp_path: Path) -> None:
    pack_of(tmp_path / "a", GOOD)
    pack_of(tmp_path / "b", GOOD)

    with pytest.raises(RuleError, match="the pack id 't' is taken by another pack"):
        load_packs([tmp_path])


def test_changed_file_is_read_again(tmp_path: Path) -> None:
    assert [rule.id for rule in book_of(tmp_path, GOOD).rules] == ["r"]
    assert [rule.id for rule in book_of(tmp_path, GOOD.replace("id: r\n", "id: s\n", 1)).rules] == ["s"]


def test_damaged_cache_is_made_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    folder = pack_of(tmp_path / "pack", GOOD)
    load_packs([folder])
    [entry] = (tmp_path / "cache").rglob("*.rules")
    entry.write_bytes(b"\x00broken")

    assert [rule.id for rule in load_packs([folder]).rules] == ["r"]


def test_cache_that_cannot_be_written_is_no_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))

    assert len(book_of(tmp_path / "pack", GOOD).rules) == 1


def test_pack_that_others_extend_is_compiled_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    base = pack_of(tmp_path / "base", GOOD)
    one, other = (
        pack_of(tmp_path / name, rule_text("{phrases: [甲乙]}", rule_id=name), pack=EXTENDING.format(name))
        for name in ("one", "other")
    )

    books = [load_packs([folder]) for folder in (base, one, other, one)]

    assert [[rule.id for rule in book.rules] for book in books] == [
        ["r"],
        ["r", "one"],
        ["r", "other"],
        ["r", "one"],
    ]
    assert len(list((tmp_path / "cache").rglob("*.rules"))) == 3


def test_mistakes_between_packs_are_found_in_packs_that_were_compiled_before(tmp_path: Path) -> None:
    base = pack_of(tmp_path / "base", rule_text("{rule: r2}"), rule_text("{phrases: [甲乙]}", rule_id="r2"))
    twice = pack_of(tmp_path / "twice", GOOD, pack=EXTENDING.format("twice"))
    load_packs([base])

    for _ in range(2):
        with pytest.raises(RuleError, match=r"twice/rules\.yaml:2: the rule id 'r' is taken"):
            load_packs([twice])


def test_builtin_packs_load() -> None:
    assert len(load_packs(builtin_pack_paths()).rules) > 20


KEYS = st.sampled_from(
    [
        "rules",
        "cues",
        "lists",
        "id",
        "version",
        "status",
        "signal",
        "severity",
        "title",
        "advice",
        "role",
        "condition",
        "scope",
        "examples",
        "phrases",
        "sounds",
        "regex",
        "any",
        "all",
        "not",
        "near",
        "sequence",
        "absent",
        "repeat",
        "metric",
        "history",
        "unless",
        "within",
        "deadline",
        "position",
        "rule",
        "after",
        "before",
        "at_end",
        "over",
        "times",
        "zh",
        "en",
        "kinds",
    ]
)
SCALARS = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=6),
    st.sampled_from(["agent", "high", "stable", "talk_ratio", "attempts_today", "r", "保本", "@sure", "(a|b)", "09:00"]),
)  # fmt: skip
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=5),
    max_leaves=25,
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    st.dictionaries(KEYS, VALUES, max_size=4)
    | st.fixed_dictionaries({"rules": st.lists(st.dictionaries(KEYS, VALUES, max_size=12), max_size=2)})
)
def test_any_yaml_loads_or_is_a_rule_error(tmp_path: Path, plain: dict[str, object]) -> None:
    folder = pack_of(tmp_path)
    (folder / "rules.yaml").write_text(
        yaml.safe_dump(plain, allow_unicode=True), encoding="utf-8", errors="replace"
    )
    _loads_or_rule_error(folder)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    st.binary(max_size=80)
    | st.text(alphabet="rules:-[]{}&*!|>'\"\n #?%@`保本a1,\t", max_size=60).map(str.encode)
)
def test_any_bytes_load_or_are_a_rule_error(tmp_path: Path, data: bytes) -> None:
    folder = pack_of(tmp_path)
    (folder / "rules.yaml").write_bytes(data)
    _loads_or_rule_error(folder)
    (folder / "pack.yaml").write_bytes(data)
    _loads_or_rule_error(folder)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.data())
def test_damaged_rule_loads_or_is_a_rule_error(tmp_path: Path, data: st.DataObject) -> None:
    text = "rules:\n" + rule_text(
        "{sequence: [{phrases: [甲乙]}, {absent: {regex: 丙丁}, deadline: {turns: 2}}]}"
    )
    start = data.draw(st.integers(0, len(text)))
    stop = data.draw(st.integers(start, min(len(text), start + 8)))
    damaged = text[:start] + data.draw(st.text(alphabet="-:[]{}'\" \n#&*!|a1本", max_size=5)) + text[stop:]
    folder = pack_of(tmp_path)
    (folder / "rules.yaml").write_text(damaged, encoding="utf-8")
    _loads_or_rule_error(folder)


def _loads_or_rule_error(folder: Path) -> None:
    try:
        load_packs([folder])
    except RuleError as error:
        assert str(folder) in str(error)
