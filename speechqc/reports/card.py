"""A scorecard for a person at a terminal and for other programs."""

from __future__ import annotations

from typing import Any

import msgspec
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text as Styled

from speechqc.events import Text
from speechqc.reports.names import KINDS, SIGNALS, clock
from speechqc.scorecards.card import Card, Deduction, Evidence, Scored, Verdict

VERDICTS = {
    Verdict.YES: (Text("是", "yes"), "green"),
    Verdict.PARTLY: (Text("部分", "partly"), "yellow"),
    Verdict.NO: (Text("否", "no"), "red"),
    Verdict.NOT_APPLICABLE: (Text("不适用", "n/a"), "dim"),
    Verdict.TO_JUDGE: (Text("待人工", "to judge"), "cyan"),
}
LONGEST_QUOTE = 40


def render_card(card: Card, *, language: str) -> RenderableType:
    """The card as a table: what the machine suggests for each item, and the words behind it."""
    headings = {
        "zh": ("评分项", "建议", "得分", "依据"),
        "en": ("item", "suggested", "points", "evidence"),
    }["zh" if language.startswith("zh") else "en"]
    table = Table(*headings, box=None, padding=(0, 1), expand=True)
    table.columns[2].justify = "right"
    table.columns[3].ratio = 1
    table.columns[3].overflow = "fold"
    for item in card.items:
        name, style = VERDICTS[item.verdict]
        points = f"{item.points:.1f}/{item.weight:.1f}" if item.weight else "–"
        table.add_row(
            item.title.in_language(language),
            Styled(name.in_language(language), style=style),
            points,
            _evidence(item, language),
        )
    parts: list[RenderableType] = [_head(card, language), table]
    if card.deductions:
        parts.append(_deductions(card.deductions, language))
    return Group(*parts)


def card_record(card: Card) -> dict[str, Any]:
    """The card as plain JSON types, ``type`` first."""
    return {"type": "scorecard", **msgspec.to_builtins(card)}


def _head(card: Card, language: str) -> Styled:
    kind = KINDS[card.kind].in_language(language)
    title = Text(
        f"\n评分卡（{kind}，机器建议，由质检员判定）：{card.score:.1f} 分",
        f"\nScorecard ({kind}; suggested by the machine, decided by an auditor): {card.score:.1f}",
    ).in_language(language)
    line = Styled(title, style="bold")
    if card.fatal:
        line.append(Text("　致命项", "  fatal item").in_language(language), style="bold red")
    return line


def _evidence(item: Scored, language: str) -> Styled:
    text = Styled(item.note.in_language(language) if item.note else "", style="yellow")
    for one in item.evidence[:2]:
        text.append(("" if not text else "  ") + _quoted(one, language), style="red" if one.against else "")
    return text


def _quoted(one: Evidence, language: str) -> str:
    words = one.quote if len(one.quote) <= LONGEST_QUOTE else one.quote[: LONGEST_QUOTE - 1] + "…"
    if one.signal is None:
        return f"{clock(one.start)} “{words}”"
    name = SIGNALS.get(one.signal, Text(one.signal, one.signal)).in_language(language)
    return f"{clock(one.start)} {name}" + (f" “{words}”" if words else "")


def _deductions(deductions: tuple[Deduction, ...], language: str) -> Styled:
    over = Text("过度道歉", "too many apologies")
    said = []
    for one in deductions:
        name = over if one.signal == "over_apology" else SIGNALS.get(one.signal, Text(one.signal, one.signal))
        fatal = Text("致命", "fatal").in_language(language)
        said.append(f"{name.in_language(language)} " + (fatal if one.fatal else f"−{one.points:g}"))
    return Styled(Text("扣分：", "Deductions: ").in_language(language) + ", ".join(said), style="red")
