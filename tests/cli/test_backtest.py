"""`speechqc rules backtest`: two versions of a pack on known calls."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from speechqc.analysis.transcript import judge_transcript
from speechqc.rules.loader import load_packs
from speechqc.store.store import Store
from speechqc.transcripts import read_transcript
from tests.rules.building import PACK, pack_of, rule_text

CALL = """
id: call-{number}
turns:
  - {{role: agent, start: 0, end: 3, text: "{first}"}}
  - {{role: customer, start: 3.5, end: 5, text: "好的"}}
  - {{role: agent, start: 6, end: 9, text: "{second}"}}
"""


@pytest.fixture
def calls(tmp_path):
    folder = tmp_path / "calls"
    folder.mkdir()
    for number, first, second in (
        (1, "这个保本的", "稳赚不赔"),
        (2, "稳赚不赔", "您慢慢看"),
        (3, "您好", "再见"),
    ):
        text = CALL.format(number=number, first=first, second=second)
        (folder / f"{number}.yaml").write_text(text, encoding="utf-8")
    return folder


@pytest.fixture
def versions(tmp_path):
    """A pack, and its next version: one rule stricter, one narrower, one new, one as it was."""
    old = pack_of(
        tmp_path / "old",
        rule_text("{phrases: [保本]}", rule_id="guarantee"),
        rule_text("{phrases: [稳赚, 慢慢]}", rule_id="sure"),
        rule_text("{phrases: [再见]}", rule_id="bye"),
        pack=PACK,
    )
    new = pack_of(
        tmp_path / "new",
        rule_text("{phrases: [保本]}", rule_id="guarantee").replace("severity: high", "severity: critical"),
        rule_text("{phrases: [稳赚]}", rule_id="sure"),
        rule_text("{phrases: [再见]}", rule_id="bye"),
        rule_text("{phrases: [您好]}", rule_id="hello"),
        pack=PACK.replace('"1"', '"2"'),
    )
    return old, new


def lines(out: str) -> list[dict]:
    return [json.loads(line) for line in out.splitlines()]


def test_it_tells_what_is_gained_lost_kept_and_weighed_otherwise(command, calls, versions):
    old, new = map(str, versions)
    ran = command("rules", "backtest", new, "--against", old, "--calls", str(calls), "--json")
    *rules, total = lines(ran.out)
    found = {rule["rule"]: rule for rule in rules}

    assert ran.code == 0
    assert total == {"type": "total", "calls": 3, "gained": 1, "lost": 1, "changed": 1}
    assert [(hit["call"], hit["turn"], hit["quote"]) for hit in found["hello"]["gained"]] == [
        ("call-3", 0, "您好")
    ]
    assert [(hit["call"], hit["turn"], hit["quote"]) for hit in found["sure"]["lost"]] == [
        ("call-2", 2, "慢慢")
    ]
    assert found["sure"]["kept"] == 2
    [change] = found["guarantee"]["changed"]
    assert (change["before"]["severity"], change["after"]["severity"]) == ("high", "critical")
    assert (found["bye"]["kept"], found["bye"]["gained"], found["bye"]["lost"]) == (1, [], [])


@pytest.mark.parametrize(
    ("language", "words"),
    [
        (
            "zh",
            ("+ hello  call-3 第 0 轮  “您好”", "高 → 严重", "3 通电话：新增 1 处，消失 1 处，级别变化 1 处"),
        ),
        (
            "en",
            (
                "- sure  call-2 turn 2  “慢慢”",
                "high → critical",
                "3 calls: 1 hits gained, 1 lost, 1 of another",
            ),
        ),
    ],
)
def test_people_read_it_in_their_language(command, calls, versions, language, words):
    old, new = map(str, versions)
    ran = command("rules", "backtest", new, "--against", old, "--calls", str(calls), language=language)
    for word in words:
        assert word in ran.out


def test_the_same_pack_differs_in_nothing(command, calls, versions):
    old, _ = map(str, versions)
    ran = command("rules", "backtest", old, "--against", old, "--calls", str(calls), "--json")
    assert lines(ran.out)[-1] == {"type": "total", "calls": 3, "gained": 0, "lost": 0, "changed": 0}


def test_recorded_calls_are_judged_as_their_transcripts_are(command, calls, versions, tmp_path):
    old, new = versions
    url = f"sqlite:///{tmp_path / 'speechqc.db'}"
    with Store.open(url) as store:
        for path in sorted(calls.glob("*.yaml")):
            judgement = judge_transcript(read_transcript(path), load_packs([old]))
            events = [judgement.started, *judgement.utterances, judgement.ended]
            store.record(judgement.started.call_id, 1, events, datetime(2026, 3, 2, tzinfo=UTC))

    ran = command("rules", "backtest", str(new), "--against", str(old), "--database", url, "--json")
    both = command(
        "rules",
        "backtest",
        str(new),
        "--against",
        str(old),
        "--database",
        url,
        "--calls",
        str(calls),
        "--json",
    )
    assert lines(ran.out)[-1] == {"type": "total", "calls": 3, "gained": 1, "lost": 1, "changed": 1}
    assert lines(both.out)[-1]["calls"] == 6


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("new",), "no calls to compare on"),
        (("nowhere", "--calls", "CALLS"), "no rule pack 'nowhere'"),
        (("core", "--calls", "missing-folder"), "missing-folder: no such folder"),
        (("core", "--database", "sqlite:///missing.db"), "missing.db: no such database"),
    ],
)
def test_what_is_missing_is_said(command, calls, arguments, message):
    given = [str(calls) if word == "CALLS" else word for word in arguments]
    ran = command("rules", "backtest", *given)
    assert ran.code == 2
    assert message in ran.err
