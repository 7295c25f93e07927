"""What signals, roles and severities are called on screens and in reports, in both languages."""

from __future__ import annotations

from collections.abc import Mapping

from speechqc.events import CallKind, Role, Severity, Text

ROLES = {
    Role.AGENT: Text("坐席", "Agent"),
    Role.CUSTOMER: Text("客户", "Customer"),
    Role.UNKNOWN: Text("未知", "Unknown"),
    None: Text("通话", "Call"),
}
SEVERITIES = {
    Severity.INFO: Text("提示", "info"),
    Severity.LOW: Text("低", "low"),
    Severity.MEDIUM: Text("中", "medium"),
    Severity.HIGH: Text("高", "high"),
    Severity.CRITICAL: Text("严重", "critical"),
}
KINDS = {
    CallKind.SALES: Text("营销", "sales"),
    CallKind.SERVICE: Text("客服", "service"),
    CallKind.COMPLAINT: Text("投诉", "complaint"),
    CallKind.COLLECTION: Text("催收", "collection"),
}
SIGNALS = {
    "guaranteed_return": Text("承诺保本保收益", "Guaranteed principal or return"),
    "deposit_confusion": Text("混淆存款", "Product sold as a deposit"),
    "missing_risk_disclosure": Text("未提示风险", "Missing risk disclosure"),
    "missing_identity_disclosure": Text("未表明身份", "Missing identity disclosure"),
    "forbidden_service_phrase": Text("服务禁语", "Forbidden service phrase"),
    "opt_out_request": Text("拒绝再联系", "Opt-out request"),
    "ignored_opt_out": Text("无视拒绝", "Ignored opt-out"),
    "complaint_intent": Text("投诉意向", "Complaint intent"),
    "regulator_escalation": Text("监管升级", "Regulator escalation"),
    "contact_frequency_grievance": Text("投诉联系过频", "Contact frequency grievance"),
    "supervisor_request": Text("要求主管", "Supervisor request"),
    "threat_or_coercion": Text("威胁恐吓", "Threat or coercion"),
    "excessive_contact": Text("频次超限", "Excessive contact"),
    "quiet_hours_contact": Text("禁呼时段", "Quiet hours contact"),
    "do_not_call_violation": Text("禁呼名单违规", "Do-not-call violation"),
    "talk_ratio": Text("话语占比", "Talk ratio"),
    "interruption": Text("打断抢话", "Interruption"),
    "dead_air": Text("静音", "Dead air"),
    "speech_rate": Text("语速", "Speech rate"),
    "customer_anger": Text("客户愤怒", "Customer anger"),
}
"""Names of the signals of the built-in packs; a signal of somebody's own goes by the title of its rule."""
STYLES = {
    Severity.INFO: "dim",
    Severity.LOW: "cyan",
    Severity.MEDIUM: "yellow",
    Severity.HIGH: "bold dark_orange3",
    Severity.CRITICAL: "bold red",
}
"""Rich styles, one a severity."""


def signal_name(signal: str, titles: Mapping[str, tuple[Text, Text]]) -> Text:
    """What `signal` is called: its own name, else the title of the rule of that id, else the id."""
    title = titles.get(signal)
    return SIGNALS.get(signal) or (title[0] if title else Text(signal, signal))


def clock(seconds: float) -> str:
    """Call time as people write it: ``1:05``."""
    return f"{int(seconds) // 60}:{int(seconds) % 60:02d}"


def percent(share: float | None) -> str:
    return "–" if share is None else f"{share:.0%}"
