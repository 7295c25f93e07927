"""The live board of the terminal."""

import io

import pytest
from rich.console import Console

from speechqc.events import Text
from speechqc.reports.board import Board, spark, summary
from speechqc.reports.terminal import render_judgement
from tests.reports.calls import TITLES, clean, events, judged


def drawn(renderable, width=140):
    out = io.StringIO()
    Console(file=out, width=width, force_terminal=False).print(renderable)
    return out.getvalue()


def board():
    shown = Board({"call-1": Text("理财销售", "Wealth sale")})
    for event in events():
        shown.feed(event)
    return shown


@pytest.mark.parametrize(("language", "words"), [("zh", ["理财销售", "营销", "严重", "承诺保本", "坐席占比", "0.41 s"]),
                                                 ("en", ["Wealth sale", "sales", "critical", "Guarantees", "0.41 s"])])  # fmt: skip
def test_a_panel_shows_title_words_ratio_anger_and_alerts(language, words):
    text = drawn(board().render(language))
    for word in [*words, "保本保息", "62%", "35"]:
        assert word in text


def test_an_event_of_an_unknown_call_is_ignored():
    shown = Board()
    shown.feed(events()[1])
    assert shown.calls == {}
    assert "waiting" in drawn(shown.render("en"))


def test_the_summary_has_every_alert_with_its_latency():
    text = drawn(summary(board(), "en"), width=160)
    assert "Guarantees the principal" in text
    assert "0.41 s" in text


def test_the_board_fits_a_narrow_terminal():
    assert max(map(len, drawn(board().render("en"), width=64).splitlines())) <= 64


def test_the_spark_line_goes_from_lowest_to_highest():
    assert spark([0, 50, 100]) == "▁▅█"


def test_a_judgement_is_readable_in_both_languages():
    assert "建议" in drawn(render_judgement(judged(), TITLES, language="zh"))
    text = drawn(render_judgement(judged(), TITLES, language="en"))
    assert "Correct it" in text
    assert "guaranteed_return v2" in text
    assert "Nothing found" in drawn(render_judgement(clean(), TITLES, language="en"))
