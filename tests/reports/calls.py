"""A small judged call for the tests of what people read."""

from datetime import UTC, datetime

from speechqc.events import (
    Alert,
    CallEnded,
    CallKind,
    CallStarted,
    Finding,
    Gap,
    Metrics,
    Reason,
    Role,
    Severity,
    Text,
    Utterance,
)
from speechqc.judgement import Judgement

TITLES = {"guaranteed_return": (Text("承诺保本", "Guarantees the principal"), Text("请更正", "Correct it"))}
NOW = datetime(2026, 11, 2, 9, 30, tzinfo=UTC)


def events(call_id="call-1"):
    said = "这款是<b>保本保息</b>的"
    finding = Finding(
        call_id=call_id, id="f1", signal="guaranteed_return", rule="guaranteed_return", rule_version=2,
        severity=Severity.CRITICAL, role=Role.AGENT, turn=0, start=1.0, end=2.0, quote="保本保息", score=1.0,
        explanation=Text("命中保本保息", "matched 保本保息"), reasons=(Reason(name="score", value=1.0, limit=0.5),),
    )  # fmt: skip
    alert = Alert(
        call_id=call_id, id="a1", severity=Severity.CRITICAL, signals=("guaranteed_return",), findings=("f1",),
        title=TITLES["guaranteed_return"][0], advice=TITLES["guaranteed_return"][1], role=Role.AGENT, turn=0, start=1.0,
        end=2.0, quote="保本保息", rule="guaranteed_return", rule_version=2, reasons=(), explanation=finding.explanation,
        opened_at=NOW, latency_s=0.41,
    )  # fmt: skip
    return [
        CallStarted(call_id=call_id, kind=CallKind.SALES, product="理财", agent="8067"),
        Utterance(call_id=call_id, role=Role.AGENT, turn=0, start=0.5, end=3.0, text=said),
        finding,
        alert,
        Utterance(call_id=call_id, role=Role.CUSTOMER, turn=1, start=3.5, end=5.0, text="真的吗"),
        Gap(call_id=call_id, role=Role.CUSTOMER, start=5.0, end=6.0, reason="low_confidence"),
        Metrics(
            call_id=call_id, at=6.0, agent_talk_s=2.5, customer_talk_s=1.5, agent_talk_ratio=0.625,
            rolling_talk_ratio=0.6, interruptions=1, dead_air_s=0.0, agent_rate=4.8, customer_rate=None, anger=35.0,
            not_analysed_s=1.0,
        ),
        CallEnded(call_id=call_id, at=6.5),
    ]  # fmt: skip


def judged(call_id="call-1"):
    started, *rest = events(call_id)
    judgement = Judgement(started)
    judgement.add(rest)
    return judgement


def clean(call_id="clean"):
    judgement = Judgement(CallStarted(call_id=call_id, kind=CallKind.SERVICE))
    judgement.add([Utterance(call_id=call_id, role=Role.AGENT, turn=0, start=0.0, end=1.0, text="您好")])
    return judgement
