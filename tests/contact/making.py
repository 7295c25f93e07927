"""Attempts for the tests of the policy."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from speechqc.contact.attempt import Contact, Outcome

SHANGHAI = ZoneInfo("Asia/Shanghai")
NOON = datetime(2026, 3, 18, 12, 0, tzinfo=SHANGHAI)  # a Wednesday


def call(hours_ago: float = 0.0, *, days_ago: float = 0.0, **more: Any) -> Contact:
    values: dict[str, Any] = {
        "id": f"{days_ago:g}d{hours_ago:g}h",
        "customer": "k1",
        "number": "13800138000",
        "dialled_at": NOON - timedelta(hours=hours_ago, days=days_ago),
        "outcome": Outcome.NO_ANSWER,
    }
    return Contact(**(values | more))
