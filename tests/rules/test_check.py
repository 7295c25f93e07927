from pathlib import Path

import pytest

from speechqc.rules.check import main
from speechqc.rules.lint import lint_book, notices
from speechqc.rules.loader import load_packs
from speechqc.semantics.classifier import Meaning
from tests.rules.building import book_of, pack_of, problems_of, rule_text


def test_example_that_does_not_match_is_a_problem(tmp_path: Path) -> None:
    [problem] = problems_of(tmp_path, "{phrases: [保本]}", match=("保本的", "很安全"))

    assert problem.message == "must match, does not: 很安全"


def test_example_that_matches_and_must_not_is_a_problem_with_the_reason(tmp_path: Path) -> None:
    [problem] = problems_of(tmp_path, "{phrases: [保本]}", not_match=("不保本", "保本的"))

    assert problem.message == "must not match, does (坐席说“保本”): 保本的"


def test_example_with_a_mistake_is_a_problem(tmp_path: Path) -> None:
    [problem] = problems_of(tmp_path, "{phrases: [保本]}", match=("[colour=red] 保本",))

    assert "unknown tag [colour=red]" in problem.message


@pytest.mark.parametrize(
    ("condition", "objection"),
    [
        ("{phrases: [打]}", "matches the single character '打'"),
        ("{phrases: [甲乙], sounds: [保本]}", "the sound '保本' has fewer than 3 syllables"),
        ("{not: {phrases: [甲乙]}}", "`not` decides nothing by itself"),
        ("{all: [{not: {phrases: [甲乙]}}]}", "`all` needs something besides `not`"),
        ("{all: [{phrases: [甲乙]}, {absent: {phrases: [丙丁]}, at_end: true}]}", "`absent` inside `all`"),
        ("{unless: [甲乙], phrases: []}", "a word condition without words never matches"),
        ("{phrases: [甲乙, 丙丁, 甲乙]}", "the phrase '甲乙' stands 2 times in one list"),
        ("{phrases: ['利息{4}(高|3)']}", "never matches with '3'"),
        ("{phrases: [甲乙]}", "names no regulation"),
        ("{phrases: [甲乙]}", "has 0 must_match examples"),
    ],
)
def test_lint_objects(condition: str, objection: str, tmp_path: Path) -> None:
    assert any(objection in message for message in lint_book(book_of(tmp_path, rule_text(condition))))


def test_lint_knows_which_meanings_there_are(tmp_path: Path) -> None:
    class Known:
        name = "small"
        limits = {"safe": 0.5}  # noqa: RUF012

        def read(self, *_: object) -> list[Meaning]:
            return []

    folder = pack_of(tmp_path, rule_text("{semantic: safe}"), rule_text("{semantic: sfae}", rule_id="typo"))
    book = load_packs([folder], classifier=Known())

    assert [message for message in lint_book(book) if "knows no" in message] == [
        f"{folder / 'rules.yaml'}: typo: small knows no meaning 'sfae'"
    ]
    assert notices(book) == []


def test_command_prints_a_table_and_fails_with_the_examples(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    good = rule_text("{phrases: [保本]}", more="    examples: {must_match: [保本]}\n")
    bad = rule_text("{phrases: [保本]}", rule_id="bad", more="    examples: {must_match: [安全]}\n")

    assert main([str(pack_of(tmp_path / "a", good))]) == 0
    assert main([str(pack_of(tmp_path / "b", good, bad))]) == 1
    out = capsys.readouterr().out
    assert "FAIL bad" in out
    assert "2 rules, 0 cues, 1 failed examples" in out


def test_command_shows_rule_errors(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(tmp_path)]) == 1
    assert "no pack.yaml in it" in capsys.readouterr().err
