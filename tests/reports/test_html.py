"""The report: self-contained, bilingual, safe against what people say, worst calls first."""

import re

from speechqc.events import Text
from speechqc.reports.html import Page, write_report
from tests.reports.calls import NOW, TITLES, clean, judged


def report(tmp_path, calls):
    page = Page(Text("报告", "Report"), NOW, "bundled", [Text("提醒", "note")])
    return write_report(tmp_path / "out" / "report.html", page, calls, TITLES).read_text("utf-8")


def test_nothing_is_loaded_from_elsewhere(tmp_path):
    html = report(tmp_path, [judged()])
    assert not re.search(r"(src|href)=|url\(|@import|https?://(?!www\.w3\.org)", html)


def test_spoken_words_cannot_become_markup(tmp_path):
    html = report(tmp_path, [judged()])
    assert "<b>保本保息</b>" not in html
    assert '&lt;b&gt;<mark class="critical">保本保息</mark>&lt;/b&gt;' in html


def test_both_languages_are_inside(tmp_path):
    html = report(tmp_path, [judged()])
    assert '<span lang="zh">承诺保本</span><span lang="en">Guarantees the principal</span>' in html
    assert '<span lang="zh">请更正</span><span lang="en">Correct it</span>' in html


def test_the_worst_call_comes_first_and_clean_calls_are_counted(tmp_path):
    html = report(tmp_path, [clean(), judged()])
    assert html.index("call-1") < html.index("clean <span")
    assert '<div class="tile"><b>1</b><span lang="zh">无问题的通话' in html


def test_measured_latency_is_shown(tmp_path):
    assert "0.41 / 0.41 s" in report(tmp_path, [judged()])


def test_a_report_of_no_calls_can_be_written(tmp_path):
    assert "<b>0</b>" in report(tmp_path, [])
