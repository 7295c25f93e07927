"""The live board of the terminal: one panel a call, as a supervisor would watch it."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field

from rich.columns import Columns
from rich.console import Group, RenderableType
from rich.panel import Panel
from rich.table import Table
from rich.text import Text as Styled

from speechqc.events import (
    Alert,
    CallEnded,
    CallStarted,
    Event,
    Finding,
    Metrics,
    Role,
    Severity,
    Text,
    Utterance,
)
from speechqc.reports.names import KINDS, ROLES, SEVERITIES, STYLES, clock, percent
from speechqc.reports.terminal import highlighted

PANEL_WIDTH = 62
ALERTS_SHOWN = 3
WORDS_SHOWN = 44
_BARS = "▁▂▃▄▅▆▇█"


@dataclass
class CallView:
    """What one panel shows."""

    started: CallStarted
    title: Text
    last_words: dict[Role, Utterance] = field(default_factory=dict)
    alerts: dict[str, Alert] = field(default_factory=dict)
    findings: dict[str, Finding] = field(default_factory=dict)
    metrics: Metrics | None = None
    anger: deque[float] = field(default_factory=lambda: deque(maxlen=24))
    at: float = 0.0
    ended: bool = False

    def feed(self, event: Event) -> None:
        if isinstance(event, Utterance):
            self.last_words[event.role] = event
            self.at = max(self.at, event.end)
        elif isinstance(event, Alert):
            self.alerts[event.id] = event
        elif isinstance(event, Finding):
            self.findings[event.id] = event
        elif isinstance(event, Metrics):
            self.metrics = event
            self.anger.append(event.anger)
            self.at = max(self.at, event.at)
        elif isinstance(event, CallEnded):
            self.ended = True
            self.at = max(self.at, event.at)

    @property
    def worst(self) -> Severity | None:
        return max((alert.severity for alert in self.alerts.values()), key=lambda s: s.rank, default=None)


class Board:
    """All calls by id; feed it events, ask it for something Rich can draw."""

    def __init__(self, titles: dict[str, Text] | None = None) -> None:
        self._titles = titles or {}
        self.calls: dict[str, CallView] = {}

    def feed(self, event: Event) -> None:
        if isinstance(event, CallStarted):
            title = self._titles.get(event.call_id, Text(event.call_id, event.call_id))
            self.calls.setdefault(event.call_id, CallView(event, title))
        elif (call := self.calls.get(event.call_id)) is not None:
            call.feed(event)

    def render(self, language: str) -> RenderableType:
        panels = [_panel(call, language) for call in self.calls.values()]
        return (
            Columns(panels, padding=(0, 1))
            if panels
            else Styled(Text("等待来电…", "waiting for calls…").in_language(language))
        )


def alert_line(alert: Alert, language: str) -> Styled:
    """One alert on one line: severity, title, words, latency."""
    line = Styled(f"{SEVERITIES[alert.severity].in_language(language):<4} ", style=STYLES[alert.severity])
    line.append(alert.title.in_language(language), style="bold")
    if alert.quote:
        line.append(f" “{alert.quote[:18]}”")
    if alert.count > 1:
        line.append(f" ×{alert.count}")
    if alert.latency_s is not None:
        line.append(f" {alert.latency_s:.2f} s", style="dim")
    return line


def _panel(call: CallView, language: str) -> Panel:
    rows: list[RenderableType] = [_numbers(call, language)]
    rows += [_words(call, role, language) for role in (Role.CUSTOMER, Role.AGENT)]
    shown = sorted(call.alerts.values(), key=lambda alert: alert.opened_at)[-ALERTS_SHOWN:]
    rows += [alert_line(alert, language) for alert in shown]
    rows += [Styled("")] * (ALERTS_SHOWN - len(shown))
    kind = KINDS[call.started.kind].in_language(language)
    state = Text(" 已结束", " ended").in_language(language) if call.ended else ""
    style = STYLES[call.worst].removeprefix("bold ") if call.worst else "green"
    return Panel(
        Group(*(_one_line(row) for row in rows)),
        title=Styled(f"{call.title.in_language(language)} · {kind} · {clock(call.at)}{state}"),
        title_align="left",
        border_style=style,
        width=PANEL_WIDTH,
    )


def _numbers(call: CallView, language: str) -> Styled:
    ratio = call.metrics.agent_talk_ratio if call.metrics else None
    filled = round(10 * (ratio or 0.0))
    line = Styled(Text("坐席占比 ", "agent talks ").in_language(language))
    line.append("█" * filled, style="blue").append(
        "░" * (10 - filled), style="magenta" if ratio is not None else "dim"
    )
    line.append(f" {percent(ratio):>4}  ")
    line.append(Text("愤怒 ", "anger ").in_language(language))
    line.append(spark(call.anger), style="red").append(f" {call.anger[-1]:.0f}" if call.anger else "")
    return line


def _words(call: CallView, role: Role, language: str) -> Styled:
    line = Styled(f"{ROLES[role].in_language(language)} ", style="blue" if role is Role.AGENT else "magenta")
    utterance = call.last_words.get(role)
    if utterance is None:
        return line
    text = (
        utterance.text
        if len(utterance.text) <= WORDS_SHOWN // 2
        else "…" + utterance.text[-WORDS_SHOWN // 2 :]
    )
    quotes = [(f.quote, STYLES[f.severity]) for f in call.findings.values() if f.role is role]
    words = highlighted(text, quotes)
    if not utterance.final:
        words.stylize("italic dim")
    return line.append_text(words)


def _one_line(row: RenderableType) -> RenderableType:
    if isinstance(row, Styled):
        row.no_wrap, row.overflow = True, "ellipsis"
    return row


def spark(values: Iterable[float]) -> str:
    """The course of a 0..100 value as small bars."""
    return "".join(_BARS[min(int(value / 100 * len(_BARS)), len(_BARS) - 1)] for value in values)


def summary(board: Board, language: str) -> RenderableType:
    """What came of each call: length, agent's talk ratio, anger at its peak, alerts and the slowest; then every alert."""
    parts: list[RenderableType] = [_totals(board, language)]
    for call in board.calls.values():
        alerts = sorted(call.alerts.values(), key=lambda alert: alert.opened_at)
        parts.append(Styled(call.title.in_language(language), style="bold"))
        parts += [Styled("  ").append_text(alert_line(alert, language)) for alert in alerts]
        if not alerts:
            parts.append(Styled(Text("  没有告警", "  no alert").in_language(language), style="green"))
    return Group(*parts)


def _totals(board: Board, language: str) -> Table:
    headings = {
        "zh": ("通话", "类型", "时长", "占比", "愤怒", "告警", "延迟"),
        "en": ("call", "kind", "length", "talk", "anger", "alerts", "latency"),
    }[language]
    table = Table(*headings)
    for column in table.columns[1:]:
        column.no_wrap = True
    for call in board.calls.values():
        slowest = max((a.latency_s for a in call.alerts.values() if a.latency_s is not None), default=None)
        table.add_row(
            call.title.in_language(language),
            KINDS[call.started.kind].in_language(language),
            clock(call.at),
            percent(call.metrics.agent_talk_ratio if call.metrics else None),
            f"{max(call.anger, default=0.0):.0f}",
            str(len(call.alerts)),
            "–" if slowest is None else f"{slowest:.2f} s",
        )
    return table
