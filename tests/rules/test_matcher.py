import re
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from speechqc.rules.matcher import SAME, Hit, Matcher, Use
from speechqc.rules.phrases import compile_phrase
from speechqc.text.normalise import normalise
from speechqc.text.pinyin import EXACT, NEAR


def matcher_of(*phrases: str, sound: bool = False) -> Matcher:
    return Matcher(
        Use(owner, pattern, sound)
        for owner, phrase in enumerate(phrases)
        for pattern in compile_phrase(phrase, {})
    )


def found(matcher: Matcher, text: str) -> set[str]:
    heard = normalise(text)
    return {heard.text[hit.start : hit.end] for hit in matcher.scan(heard).hits}


@pytest.mark.parametrize(
    ("phrase", "text", "quotes"),
    [
        ("保本保息", "这款保本保息的", {"保本保息"}),
        ("保本保息", "保本，保息", {"保本保息"}),
        ("保本保息", "保本。保息", set()),
        ("本金{4}没问题", "本金肯定是没问题", {"本金肯定是没问题"}),
        ("本金{4}没问题", "本金我跟您说真没问题", set()),
        ("本金{4}没问题", "本金，肯定没问题", {"本金肯定没问题"}),
        ("本金{6}没问题", "本金，您看，没问题", set()),
        ("本金{4}没问题", "没问题本金", set()),
        ("甲{2}乙{2}丙", "甲一乙二丙", {"甲一乙二丙"}),
        ("甲{2}乙{2}丙", "甲一丙乙", set()),
        ("甲{2}乙", "甲甲一乙", {"甲一乙"}),
        ("risk free", "it is risk-free", {"risk free"}),
        ("risk", "brisk risky risk", {"risk"}),
        ("your {2} safe", "your money is safe", {"your money is safe"}),
        ("your {2} safe", "your money is very safe", set()),
        ("12378", "打12378投诉", {"12378"}),
        ("12378", "号码9123784", set()),
        ("cfpb", "找cfpb投诉", {"cfpb"}),
    ],
)
def test_phrase_matches(phrase: str, text: str, quotes: set[str]) -> None:
    assert found(matcher_of(phrase), text) == quotes


@pytest.mark.parametrize(("text", "level"), [("保本保息", SAME), ("宝本宝西", EXACT), ("保崩保息", NEAR)])
def test_mishearing_matches_with_its_level(text: str, level: int) -> None:
    assert matcher_of("保本保息", sound=True).scan(normalise(text)).hits == [Hit(0, 0, 4, level)]


def test_mishearing_does_not_match_a_phrase_that_asks_for_words() -> None:
    assert matcher_of("保本保息").scan(normalise("宝本宝西")).hits == []


@st.composite
def texts_and_phrases(draw: st.DrawFn) -> tuple[str, list[str]]:
    piece = st.text(alphabet="甲乙丙丁", min_size=1, max_size=3)
    gapped = st.builds(lambda a, gap, b: f"{a}{{{gap}}}{b}", piece, st.integers(1, 3), piece)
    return draw(st.text(alphabet="甲乙丙丁戊", max_size=20)), draw(
        st.lists(st.one_of(piece, gapped), min_size=1, max_size=6)
    )


def brute_force(text: str, phrase: str) -> set[int]:
    """The places where `phrase` ends in `text`."""
    parts = re.split(r"\{(\d)\}", phrase)
    if len(parts) == 1:
        return {start + len(phrase) for start in range(len(text)) if text.startswith(phrase, start)}
    first, gap, then = parts[0], int(parts[1]), parts[2]
    starts = [start + len(first) for start in range(len(text)) if text.startswith(first, start)]
    seconds = [start for start in range(len(text)) if text.startswith(then, start)]
    return {second + len(then) for end, second in product(starts, seconds) if 0 <= second - end <= gap}


@given(texts_and_phrases())
def test_automaton_agrees_with_brute_force(case: tuple[str, list[str]]) -> None:
    text, phrases = case
    heard = normalise(text)
    phrases = [phrase for phrase in phrases if normalise(phrase.replace("{", "").replace("}", ""))]
    matcher = matcher_of(*phrases)
    ends: dict[int, set[int]] = {}
    for hit in matcher.scan(heard).hits:
        ends.setdefault(hit.owner, set()).add(hit.end)
    for owner, phrase in enumerate(phrases):
        meant = "".join(
            part if part.startswith("{") else normalise(part).text for part in re.split(r"(\{\d\})", phrase)
        )
        assert ends.get(owner, set()) == brute_force(heard.text, meant)


@given(texts_and_phrases(), st.lists(st.text(alphabet="甲乙丙丁", min_size=1, max_size=3), max_size=5))
def test_other_phrases_change_nothing(case: tuple[str, list[str]], others: list[str]) -> None:
    text, phrases = case
    heard = normalise(text)
    alone = set(matcher_of(*phrases).scan(heard).hits)

    assert {
        hit for hit in matcher_of(*phrases, *others).scan(heard).hits if hit.owner < len(phrases)
    } == alone


@given(
    texts_and_phrases(),
    st.lists(st.tuples(st.integers(0, 30), st.text(alphabet="甲乙丙丁，。 a", max_size=6)), max_size=5),
)
def test_a_text_that_grows_or_changes_is_scanned_as_if_it_were_new(
    case: tuple[str, list[str]], changes: list[tuple[int, str]]
) -> None:
    text, phrases = case
    matcher = matcher_of(*phrases, "甲乙丙", sound=True)
    scan = matcher.scan(normalise(text))
    for kept, more in changes:
        text = text[:kept] + more
        heard = normalise(text)
        scan = matcher.scan(heard, scan)
        assert set(scan.hits) == set(matcher.scan(heard).hits)
