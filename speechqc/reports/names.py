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
    "exaggerated_return": Text("夸大收益", "Exaggerated return"),
    "deposit_confusion": Text("混淆存款", "Product sold as a deposit"),
    "missing_risk_disclosure": Text("未提示风险", "Missing risk disclosure"),
    "missing_identity_disclosure": Text("未表明身份", "Missing identity disclosure"),
    "missing_recording_notice": Text("未告知录音", "Missing recording notice"),
    "unauthorised_promise": Text("违规承诺", "Unauthorised promise"),
    "credential_request": Text("索要密码验证码", "Request for secrets"),
    "data_source_evasion": Text("回避信息来源", "Evades the data source"),
    "ignored_opt_out": Text("无视拒绝", "Ignored opt-out"),
    "pressure_selling": Text("施压促成", "Pressure selling"),
    "fee_concealment": Text("隐瞒费用", "Concealed fees"),
    "suitability_mismatch": Text("适当性错配", "Unsuitable product"),
    "coached_answers": Text("诱导测评双录", "Coached answers"),
    "off_channel_solicitation": Text("私下飞单", "Off-channel solicitation"),
    "discouraging_complaint": Text("阻碍投诉", "Complaint discouraged"),
    "blame_shifting": Text("推诿", "Blame shifting"),
    "forbidden_service_phrase": Text("服务禁语", "Forbidden service phrase"),
    "threat_or_coercion": Text("威胁恐吓", "Threat or coercion"),
    "abusive_language": Text("辱骂", "Abusive language"),
    "third_party_disclosure": Text("向第三人披露", "Disclosure to a third party"),
    "overdue_promise": Text("承诺逾期", "Overdue promise"),
    "customer_anger": Text("客户愤怒", "Customer anger"),
    "complaint_intent": Text("投诉意向", "Complaint intent"),
    "regulator_escalation": Text("监管升级", "Regulator escalation"),
    "media_or_legal_threat": Text("媒体或诉讼", "Media or legal threat"),
    "opt_out_request": Text("拒绝再联系", "Opt-out request"),
    "data_source_query": Text("质问信息来源", "Data source questioned"),
    "contact_frequency_grievance": Text("投诉联系过频", "Contact frequency grievance"),
    "churn_intent": Text("流失意向", "Churn intent"),
    "loss_claim": Text("主张损失", "Loss claim"),
    "supervisor_request": Text("要求主管", "Supervisor request"),
    "vulnerable_customer": Text("弱势客户", "Vulnerable customer"),
    "self_harm_risk": Text("轻生风险", "Self-harm risk"),
    "excessive_contact": Text("频次超限", "Excessive contact"),
    "quiet_hours_contact": Text("禁呼时段", "Quiet hours contact"),
    "do_not_call_violation": Text("禁呼名单违规", "Do-not-call violation"),
    "repeat_complaint": Text("重复投诉", "Repeat complaint"),
    "talk_ratio": Text("话语占比", "Talk ratio"),
    "interruption": Text("打断抢话", "Interruption"),
    "dead_air": Text("静音", "Dead air"),
    "speech_rate": Text("语速", "Speech rate"),
    "monologue": Text("长独白", "Monologue"),
    "no_empathy": Text("缺少共情", "No empathy"),
    "no_action_commitment": Text("缺少行动承诺", "No action commitment"),
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
