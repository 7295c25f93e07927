"""What signals, roles and severities are called on screens and in reports, in both languages."""

from __future__ import annotations

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
STYLES = {
    Severity.INFO: "dim",
    Severity.LOW: "cyan",
    Severity.MEDIUM: "yellow",
    Severity.HIGH: "bold dark_orange3",
    Severity.CRITICAL: "bold red",
}
"""Rich styles, one a severity."""


def clock(seconds: float) -> str:
    """Call time as people write it: ``1:05``."""
    return f"{int(seconds) // 60}:{int(seconds) % 60:02d}"


def percent(share: float | None) -> str:
    return "–" if share is None else f"{share:.0%}"
