"""A judgement as JSON lines: the contract of `analyze --json` that other programs rely on."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator
from typing import Any

from speechqc.events import Finding, Metrics, Promise, Utterance
from speechqc.judgement import Judgement
from speechqc.reports.card import card_record
from speechqc.scorecards.card import score_card
from speechqc.scorecards.definition import load_scorecard


def json_lines(judgement: Judgement, signals: Collection[str] | None = None) -> Iterator[str]:
    """One JSON object a line: `call`, then `utterance`s, `finding`s and `promise`s in order of time, then `metrics` and `scorecard`."""
    for record in _records(judgement, signals):
        yield json.dumps(record, ensure_ascii=False)


def _records(judgement: Judgement, signals: Collection[str] | None) -> Iterator[dict[str, Any]]:
    started = judgement.started
    yield {
        "type": "call",
        "call_id": started.call_id,
        "kind": started.kind,
        "direction": started.direction,
        "language": started.language,
        "product": started.product,
        "roles_known": started.roles_known,
        "duration_s": round(judgement.duration_s, 3),
        "analysed": judgement.understood,
        "not_analysed_s": round(judgement.not_analysed_s, 3),
        "warning": judgement.warning,
    }
    timed = [(utterance.start, 0, _utterance(utterance)) for utterance in judgement.utterances]
    timed += [
        (finding.end, 1, finding_record(finding))
        for finding in judgement.findings
        if not signals or finding.signal in signals
    ]
    timed += [(promise.end, 2, _promise(promise)) for promise in judgement.promises]
    for _, _, record in sorted(timed, key=lambda item: item[:2]):
        yield record
    if judgement.metrics is not None:
        yield _metrics(judgement.metrics)
    if judgement.started.roles_known and judgement.utterances:
        yield card_record(score_card(load_scorecard(), judgement))


def finding_record(finding: Finding) -> dict[str, Any]:
    """The fields of a finding that the command line promises, and its evidence."""
    return {
        "type": "finding",
        "signal": finding.signal,
        "rule": finding.rule,
        "rule_version": finding.rule_version,
        "sub_code": finding.sub_code,
        "role": finding.role,
        "turn": finding.turn,
        "start": round(finding.start, 3),
        "end": round(finding.end, 3),
        "severity": finding.severity,
        "marks": list(finding.marks),
        "quote": finding.quote,
        "score": round(finding.score, 3),
        "explanation": {"zh": finding.explanation.zh, "en": finding.explanation.en},
        "reasons": [
            {"name": reason.name, "value": reason.value, "limit": reason.limit, "share": reason.share}
            for reason in finding.reasons
        ],
    }


def _utterance(utterance: Utterance) -> dict[str, Any]:
    return {
        "type": "utterance",
        "role": utterance.role,
        "turn": utterance.turn,
        "start": round(utterance.start, 3),
        "end": round(utterance.end, 3),
        "text": utterance.text,
        "confidence": utterance.confidence,
    }


def _promise(promise: Promise) -> dict[str, Any]:
    return {
        "type": "promise",
        "action": promise.action,
        "owner": promise.owner,
        "turn": promise.turn,
        "start": round(promise.start, 3),
        "end": round(promise.end, 3),
        "quote": promise.quote,
        "due_words": promise.due_words,
        "due_in_s": promise.due_in_s,
        "due_at": None if promise.due_at is None else promise.due_at.isoformat(),
        "vague": promise.vague,
    }


def _metrics(metrics: Metrics) -> dict[str, Any]:
    return {
        "type": "metrics",
        "agent_talk_s": round(metrics.agent_talk_s, 2),
        "customer_talk_s": round(metrics.customer_talk_s, 2),
        "agent_talk_ratio": metrics.agent_talk_ratio,
        "interruptions": metrics.interruptions,
        "dead_air_s": round(metrics.dead_air_s, 2),
        "agent_rate": metrics.agent_rate,
        "customer_rate": metrics.customer_rate,
        "anger": round(metrics.anger, 1),
    }
