"""Which regular expressions rules may bring."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from speechqc.errors import RuleError
from speechqc.rules.expressions import ExpressionError, check_expression
from speechqc.rules.scanning import OVERLAP, SEARCHED, matches_of
from tests.rules.building import book_of, rule_text


@pytest.mark.parametrize(
    "written",
    [
        r"年化\d+(\.\d+)?%",
        r"(?:by|in) (?:the |a |an )*(?:day|hour)",
        r"(一|二三)*万",
        r"保本.{0,8}收益",
        r".*稳赚",
        r"(?=好+)好的",
    ],
)
def test_expressions_whose_time_is_bounded_are_taken(written: str) -> None:
    check_expression(written)


@pytest.mark.parametrize(
    ("written", "why"),
    [
        (r"(a+)+b", "for ever"),
        (r"(a|aa)+b", "for ever"),
        (r"(\d+万?){1,3}", "for ever"),
        (r"(好的?)*吧", "for ever"),
        (r".*保本.*收益", "more than one"),
        (r"[^a]+b[^c]*d", "more than one"),
        (r"好*", "nothing at all"),
        (r"(好", "no regular expression"),
    ],
)
def test_expressions_that_could_hold_up_a_call_are_refused(written: str, why: str) -> None:
    with pytest.raises(ExpressionError, match=why):
        check_expression(written)


def test_the_error_names_file_and_line(tmp_path: Path) -> None:
    with pytest.raises(RuleError, match=r"rules\.yaml:10: `regex`: came '\(a\+\)\+b', which repeats"):
        book_of(tmp_path, rule_text('{regex: "(a+)+b"}'))


def test_a_long_text_is_searched_to_its_end_and_nothing_twice_cut() -> None:
    text = "好" * (SEARCHED - OVERLAP // 2) + "年化5%" + "好" * SEARCHED + "年化6%"
    found = {text[start:end] for start, end in matches_of(re.compile(r"年化\d%"), text)}
    assert found == {"年化5%", "年化6%"}
