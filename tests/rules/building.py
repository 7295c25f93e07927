"""Small packs and calls for the tests of the rule language."""

from __future__ import annotations

from pathlib import Path

from speechqc.events import (
    CallClock,
    CallEnded,
    CallKind,
    CallStarted,
    Finding,
    FindingState,
    Role,
    SpeechActivity,
    Utterance,
)
from speechqc.rules.check import Problem, check_book
from speechqc.rules.loader import RuleBook, load_packs

PACK = 'id: t\nversion: "1"\ntitle: {zh: 测试, en: Test}\n'
HEADER = """
    version: 1
    status: stable
    severity: high
    title: {zh: 标题, en: Title}
    advice: {zh: 建议, en: Advice}
"""


def rule_text(condition: str, *, rule_id: str = "r", role: str = "agent", more: str = "") -> str:
    """One rule of a file; `condition` and `more` are YAML in flow style."""
    return f"  - id: {rule_id}\n    signal: {rule_id}{HEADER}    role: {role}\n    condition: {condition}\n{more}"


def pack_of(folder: Path, *rules: str, pack: str = PACK, head: str = "") -> Path:
    """A pack folder with one rule file."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "pack.yaml").write_text(pack, encoding="utf-8")
    (folder / "rules.yaml").write_text(head + "rules:\n" + "".join(rules), encoding="utf-8")
    return folder


def book_of(folder: Path, *rules: str, pack: str = PACK, head: str = "") -> RuleBook:
    return load_packs([pack_of(folder, *rules, pack=pack, head=head)])


def problems_of(
    folder: Path,
    condition: str,
    *,
    role: str = "agent",
    more: str = "",
    match: tuple[str, ...] = (),
    not_match: tuple[str, ...] = (),
) -> list[Problem]:
    """What the examples object to, for a rule with `condition`."""
    examples = (
        f"    examples:\n      must_match: {list(match)!r}\n      must_not_match: {list(not_match)!r}\n"
    )
    return check_book(book_of(folder, rule_text(condition, role=role, more=more + examples)))


def started(**changes: object) -> CallStarted:
    return CallStarted(**{"call_id": "c", "kind": CallKind.SALES, **changes})  # type: ignore[arg-type]


def says(
    role: Role,
    text: str,
    start: float = 0.0,
    end: float | None = None,
    *,
    turn: int = 0,
    final: bool = True,
    **more: object,
) -> Utterance:
    ends = start + len(text) / 4 if end is None else end
    return Utterance(call_id="c", role=role, turn=turn, start=start, end=ends, text=text, final=final, **more)  # type: ignore[arg-type]


def agent(text: str, start: float = 0.0, end: float | None = None, **more: object) -> Utterance:
    return says(Role.AGENT, text, start, end, **more)  # type: ignore[arg-type]


def customer(text: str, start: float = 0.0, end: float | None = None, **more: object) -> Utterance:
    return says(Role.CUSTOMER, text, start, end, **more)  # type: ignore[arg-type]


def clock(at: float) -> CallClock:
    return CallClock(call_id="c", at=at)


def ended(at: float) -> CallEnded:
    return CallEnded(call_id="c", at=at)


def activity(role: Role, at: float, speaking: bool) -> SpeechActivity:
    return SpeechActivity(call_id="c", role=role, at=at, speaking=speaking)


def final_state(findings: list[Finding]) -> dict[str, Finding]:
    """The confirmed findings at the end, by id."""
    last = {finding.id: finding for finding in findings}
    return {key: finding for key, finding in last.items() if finding.state is FindingState.CONFIRMED}
