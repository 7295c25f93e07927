"""A judgement for a person at a terminal: what was found, where, why, and what to say instead."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text as Styled

from speechqc.events import Finding, Promise, Text, Utterance
from speechqc.judgement import Judgement
from speechqc.reports.card import render_card
from speechqc.reports.names import KINDS, ROLES, SEVERITIES, STYLES, clock, percent
from speechqc.scorecards.card import score_card
from speechqc.scorecards.definition import load_scorecard

Titles = Mapping[str, tuple[Text, Text]]
"""Title and advice of each rule, by rule id."""


def render_judgement(
    judgement: Judgement, titles: Titles, *, language: str, signals: Collection[str] | None = None
) -> RenderableType:
    """Transcript with the hits highlighted, findings, and the numbers of the call."""
    findings = [f for f in judgement.findings if not signals or f.signal in signals]
    parts: list[RenderableType] = [_head(judgement, language)]
    if judgement.warning:
        parts.append(Styled(judgement.warning, style="yellow"))
    parts.append(_transcript(judgement.utterances, findings, language))
    if not judgement.understood:
        parts.append(_not_understood(judgement, language))
    if findings:
        parts.append(_findings(findings, titles, language))
    elif judgement.understood and judgement.utterances:
        parts.append(Styled(Text("没有发现问题。", "Nothing found.").in_language(language), style="green"))
    parts.append(_numbers(judgement, language))
    if judgement.promises:
        parts.append(_promises(judgement.promises, language))
    if judgement.started.roles_known and judgement.understood and judgement.utterances:
        parts.append(render_card(score_card(load_scorecard(), judgement), language=language))
    return Group(*parts)


def highlighted(text: str, quotes: Collection[tuple[str, str]]) -> Styled:
    """`text` with each (quote, style) marked where it stands."""
    styled = Styled(text)
    for quote, style in quotes:
        if quote and (at := text.find(quote)) >= 0:
            styled.stylize(f"{style} underline", at, at + len(quote))
    return styled


def _head(judgement: Judgement, language: str) -> Styled:
    started = judgement.started
    known = Text("", "") if started.roles_known else Text("，说话人未知", ", roles unknown")
    kind = KINDS[started.kind].in_language(language)
    line = f"{started.call_id}  {kind}  {started.product or ''}  {clock(judgement.duration_s)}"
    return Styled(line + known.in_language(language), style="bold")


def _not_understood(judgement: Judgement, language: str) -> Styled:
    """That nothing was found means nothing when nothing was understood."""
    lost = judgement.not_analysed_s
    text = Text(
        f"未分析：识别器没有听懂大部分内容（{lost:.0f} 秒），不能据此判断这通电话没有问题。",
        f"Not analysed: the recogniser did not understand most of what was said ({lost:.0f} s); "
        "that does not make it a clean call.",
    )
    return Styled(text.in_language(language), style="yellow")


def _transcript(utterances: Collection[Utterance], findings: Collection[Finding], language: str) -> Table:
    table = Table(box=None, padding=(0, 1), show_header=False)
    table.add_column(justify="right", style="dim", no_wrap=True)
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for utterance in utterances:
        quotes = [
            (finding.quote, STYLES[finding.severity])
            for finding in findings
            if finding.role is utterance.role
            and finding.start <= utterance.end
            and finding.end >= utterance.start
        ]
        role = Styled(
            ROLES[utterance.role].in_language(language),
            style="blue" if utterance.role == "agent" else "magenta",
        )
        table.add_row(clock(utterance.start), role, highlighted(utterance.text, quotes))
    return table


def _findings(findings: Collection[Finding], titles: Titles, language: str) -> Table:
    headings = {
        "zh": ("时间", "级别", "问题、原因与建议"),
        "en": ("time", "severity", "finding, why, and what to do"),
    }[language]
    table = Table(*headings, show_lines=True, expand=True)
    table.columns[-1].ratio = 1
    table.columns[-1].overflow = "fold"  # Chinese has no spaces to break at, and advice must not be cut
    for finding in findings:
        title, advice = titles.get(finding.rule, (Text(finding.signal, finding.signal), Text("", "")))
        what = Styled(title.in_language(language), style="bold")
        what = Styled.assemble(what, (f"  {finding.rule} v{finding.rule_version}", "dim"))
        what.append("\n" + finding.explanation.in_language(language))
        what.append("\n" + advice.in_language(language), style="green")
        table.add_row(
            clock(finding.start),
            Styled(SEVERITIES[finding.severity].in_language(language), style=STYLES[finding.severity]),
            what,
        )
    return table


def _promises(promises: Collection[Promise], language: str) -> Styled:
    text = Styled(Text("承诺：", "Promised: ").in_language(language), style="bold")
    for promise in promises:
        due = promise.due_words or Text("未说时间", "no time").in_language(language)
        text.append(
            f"\n  {clock(promise.start)} {promise.owner} · {due} · “{promise.quote}”", style="not bold"
        )
    return text


def _numbers(judgement: Judgement, language: str) -> Styled:
    metrics = judgement.metrics
    if metrics is None:
        return Styled("")
    text = Text(
        f"坐席占比 {percent(metrics.agent_talk_ratio)} · 打断 {metrics.interruptions} 次 · 静音 {metrics.dead_air_s:.0f} 秒"
        f" · 愤怒峰值 {max(m.anger for m in judgement.course):.0f} · 未分析 {judgement.not_analysed_s:.0f} 秒",
        f"agent talks {percent(metrics.agent_talk_ratio)} · {metrics.interruptions} interruptions · "
        f"{metrics.dead_air_s:.0f} s dead air · anger peak {max(m.anger for m in judgement.course):.0f} · "
        f"{judgement.not_analysed_s:.0f} s not analysed",
    )
    return Styled(text.in_language(language), style="dim")
