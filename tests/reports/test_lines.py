"""The JSON lines of `analyze --json`: the contract other programs rely on."""

import json

from speechqc.reports.lines import json_lines
from tests.reports.calls import judged


def records(**options):
    return [json.loads(line) for line in json_lines(judged(), **options)]


def test_lines_are_call_then_words_and_findings_in_time_then_metrics_and_scorecard():
    assert [record["type"] for record in records()] == [
        "call",
        "utterance",
        "finding",
        "utterance",
        "metrics",
        "scorecard",
    ]


def test_a_finding_has_every_promised_field():
    [finding] = [record for record in records() if record["type"] == "finding"]
    promised = {"type", "signal", "rule", "role", "turn", "start", "end", "severity", "quote", "score"}
    assert promised <= finding.keys()
    assert (finding["signal"], finding["role"], finding["turn"], finding["severity"]) == (
        "guaranteed_return",
        "agent",
        0,
        "critical",
    )


def test_chinese_is_written_as_chinese():
    assert any("保本保息" in line for line in json_lines(judged()))


def test_other_signals_can_be_left_out():
    assert not [record for record in records(signals=["dead_air"]) if record["type"] == "finding"]


def test_seconds_not_analysed_are_said():
    assert records()[0]["not_analysed_s"] == 1.0
