import pytest
from hypothesis import given
from hypothesis import strategies as st

from speechqc.rules.phrases import Pattern, PhraseError, compile_phrase, phrase_expression

LISTS = {"certainly": ["肯定", "一定"], "pay": ["(还|付)钱", "@certainly还"], "loop": ["@loop"]}


def literals(*slots: set[str]) -> tuple[frozenset[str], ...]:
    return tuple(map(frozenset, slots))


@pytest.mark.parametrize(
    ("phrase", "pattern"),
    [
        ("保本保息", Pattern(literals({"保本保息"}))),
        ("(肯定|一定|)赚", Pattern(literals({"肯定赚", "一定赚", "赚"}))),
        ("(肯定|一定)?赚", Pattern(literals({"肯定赚", "一定赚", "赚"}))),
        ("@certainly赚", Pattern(literals({"肯定赚", "一定赚"}))),
        ("要@pay", Pattern(literals({"要还钱", "要付钱", "要肯定还", "要一定还"}))),
        ("本金{6}没问题", Pattern(literals({"本金"}, {"没问题"}), (6,))),
        ("本金…没问题", Pattern(literals({"本金"}, {"没问题"}), (4,))),
        ("(a|b){2}(c|d)", Pattern(literals({"a", "b"}, {"c", "d"}), (2,))),
        ("risk-free", Pattern(literals({"risk free"}))),
        ("(stop|quit) calling", Pattern(literals({"stop calling", "quit calling"}))),
        ("５％", Pattern(literals({"5%"}))),
        ("((甲|乙)丙|丁)", Pattern(literals({"甲丙", "乙丙", "丁"}))),
        ("（甲｜乙）", Pattern(literals({"甲", "乙"}))),
        (
            "[三四]年(后|[内里])",
            Pattern(literals({"三年后", "三年内", "三年里", "四年后", "四年内", "四年里"})),
        ),
    ],
)
def test_phrase_compiles_to_slots(phrase: str, pattern: Pattern) -> None:
    assert compile_phrase(phrase, LISTS) == (pattern,)


def test_alternative_with_a_gap_becomes_a_pattern_of_its_own() -> None:
    assert set(compile_phrase("(本金{4}|)没问题", LISTS)) == {
        Pattern(literals({"本金"}, {"没问题"}), (4,)),
        Pattern(literals({"没问题"})),
    }


def test_slot_that_may_be_empty_gives_a_pattern_without_it() -> None:
    assert set(compile_phrase("甲{3}(乙|)", LISTS)) == {
        Pattern(literals({"甲"}, {"乙"}), (3,)),
        Pattern(literals({"甲"})),
    }


@pytest.mark.parametrize(
    ("phrase", "message"),
    [
        ("@nobody", "no list is named @nobody; known are certainly, loop, pay"),
        ("@loop", "the list @loop contains itself"),
        ("(a|b", "a '(' is not closed"),
        ("a)", "a ')' has no '(' before it"),
        ("a|b", "'|' stands outside parentheses"),
        ("嗯啊", "nothing is left of it"),
        ("()", "nothing is left of it"),
        ("a{0}b", "a gap of 0; a gap is 1 to 40 wide"),
        ("a{x}b", "a stray '{'"),
        ("保本?", "a stray '?'"),
        ("甲[乙", "a stray '['"),
        ("%", "'%' is nothing that is said"),
        ("年化{4}%", "'%' is nothing that is said"),
        ("投诉你们$", "'$' is nothing that is said"),
        (r"亏了\d万", r"'\\' is nothing that is said"),
        ("(1|2|3|4|5|6|7|8|9)" * 6, "more than 20000 alternatives"),
    ],
)
def test_wrong_phrase_says_why(phrase: str, message: str) -> None:
    with pytest.raises(
        PhraseError,
        match="^"
        + message.replace("(", r"\(")
        .replace(")", r"\)")
        .replace("|", r"\|")
        .replace("{", r"\{")
        .replace("?", r"\?")
        .replace("[", r"\[")
        .replace("$", r"\$"),
    ):
        compile_phrase(phrase, LISTS)


@given(st.text(alphabet="(|)?{}[]3%@…ab保本 certainly嗯", max_size=30))
def test_any_text_compiles_or_is_a_phrase_error(phrase: str) -> None:
    for compiling in (lambda: compile_phrase(phrase, LISTS), lambda: phrase_expression(phrase)):
        try:
            compiling()
        except PhraseError:
            continue
