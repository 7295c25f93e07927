"""One self-contained HTML file for a set of calls: no script or style from elsewhere, both languages inside."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import jinja2
from markupsafe import Markup, escape

from speechqc.events import Finding, Role, Severity, Text, Utterance
from speechqc.judgement import Judgement
from speechqc.reports.names import KINDS, ROLES, SEVERITIES, clock, percent, signal_name

Titles = Mapping[str, tuple[Text, Text]]
CURVE_WIDTH, CURVE_HEIGHT = 600, 60


@dataclass(frozen=True)
class Page:
    """What the head of a report says."""

    title: Text
    made_at: datetime
    recognizer: str
    notes: Sequence[Text] = ()


def write_report(path: Path, page: Page, calls: Sequence[Judgement], titles: Titles) -> Path:
    """Write the report of `calls` to `path`; bad calls first. Returns `path`."""
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("speechqc.reports"), autoescape=True, undefined=jinja2.StrictUndefined
    )
    environment.filters |= {"both": both, "clock": clock, "percent": percent}
    template = environment.get_template("report.html")
    html = template.render(
        page=page,
        calls=sorted(calls, key=_risk, reverse=True),
        titles=titles,
        roles=ROLES,
        severities=SEVERITIES,
        kinds=KINDS,
        curve=anger_curve,
        bars=talk_bars,
        marked=marked,
        signal_name=signal_name,
        signals=_signals(calls),
        latencies=latencies(calls),
        curve_width=CURVE_WIDTH,
        curve_height=CURVE_HEIGHT,
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(html, encoding="utf-8")
    return path


def both(text: Text) -> Markup:
    """Both languages; the page shows the one that is chosen."""
    return Markup('<span lang="zh">{}</span><span lang="en">{}</span>').format(text.zh, text.en)


def marked(utterance: Utterance, findings: Iterable[Finding]) -> Markup:
    """The words of `utterance` with every quoted hit marked in the colour of its severity."""
    spans = []
    for finding in findings:
        same = (
            finding.role is utterance.role
            and finding.start <= utterance.end
            and finding.end >= utterance.start
        )
        if same and finding.quote and (at := utterance.text.find(finding.quote)) >= 0:
            spans.append((at, at + len(finding.quote), finding.severity))
    html, done = Markup(""), 0
    for start, end, severity in sorted(spans):
        if start >= done:
            mark = Markup('<mark class="{}">{}</mark>').format(severity, utterance.text[start:end])
            html += escape(utterance.text[done:start]) + mark
            done = end
    return html + escape(utterance.text[done:])


def anger_curve(call: Judgement) -> str:
    """Points of an SVG polyline: the customer's anger (0..100) over the call."""
    if not call.course:
        return ""
    length = max(call.duration_s, 1.0)
    return " ".join(
        f"{CURVE_WIDTH * m.at / length:.1f},{CURVE_HEIGHT * (1 - m.anger / 100):.1f}" for m in call.course
    )


def talk_bars(call: Judgement) -> list[tuple[Role, float, float]]:
    """(role, left %, width %) of each stretch of speech, for the talk bars."""
    length = max(call.duration_s, 1.0)
    return [
        (u.role, 100 * u.start / length, 100 * max(u.end - u.start, 0.2) / length) for u in call.utterances
    ]


def _risk(call: Judgement) -> tuple[int, int]:
    ranks = [finding.severity.rank for finding in call.findings]
    return (max(ranks, default=-1), len(ranks))


def _signals(calls: Iterable[Judgement]) -> list[tuple[str, Severity, int, int]]:
    """(signal, worst severity, findings, calls with it), most serious first."""
    found: dict[str, list[tuple[str, Severity]]] = {}
    for call in calls:
        for finding in call.findings:
            found.setdefault(finding.signal, []).append((call.started.call_id, finding.severity))
    rows = [
        (signal, max((s for _, s in hits), key=lambda s: s.rank), len(hits), len({c for c, _ in hits}))
        for signal, hits in found.items()
    ]
    return sorted(rows, key=lambda row: (-row[1].rank, -row[2], row[0]))


def latencies(calls: Iterable[Judgement]) -> tuple[float, float] | None:
    """p50 and p95 of the measured alert latency, seconds."""
    values = sorted(a.latency_s for call in calls for a in call.alerts if a.latency_s is not None)
    if not values:
        return None
    return values[len(values) // 2], values[min(int(len(values) * 0.95), len(values) - 1)]
