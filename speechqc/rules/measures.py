"""Measures: the running numbers of a call that ``metric`` conditions look at.

Analyzers only measure; limits and severities live in the rules.
"""

from __future__ import annotations

import msgspec

from speechqc.events import Reason, Role, Text

MEASURE_NAMES: dict[str, Text] = {
    "talk_ratio": Text(zh="坐席话语占比", en="agent's share of speech"),
    "talk_ratio_60s": Text(zh="最近60秒坐席话语占比", en="agent's share of the speech of the last 60 s"),
    "talk_s": Text(zh="双方说话总时长", en="speech of both sides"),
    "agent_talk_s": Text(zh="坐席说话时长", en="agent's speech"),
    "customer_talk_s": Text(zh="客户说话时长", en="customer's speech"),
    "interruptions": Text(zh="坐席打断次数", en="times the agent cut in"),
    "interruptions_60s": Text(zh="最近60秒坐席打断次数", en="times the agent cut in within 60 s"),
    "dead_air_s": Text(zh="当前静音时长", en="present silence"),
    "dead_air_unannounced_s": Text(zh="未说明的静音时长", en="present silence without announcement"),
    "dead_air_total_s": Text(zh="累计静音时长", en="sum of long silences"),
    "hold_s": Text(zh="等待时长", en="time on hold"),
    "agent_rate": Text(zh="坐席语速", en="agent's speech rate"),
    "customer_rate": Text(zh="客户语速", en="customer's speech rate"),
    "agent_rate_change": Text(zh="坐席语速变化", en="change of the agent's speech rate"),
    "agent_sentence_rate": Text(zh="坐席这句话的语速", en="speed of the agent's sentence"),
    "agent_turn_s": Text(zh="坐席连续说话时长", en="agent's uninterrupted turn"),
    "anger": Text(zh="客户愤怒值", en="customer's anger"),
    "anger_rise_20s": Text(zh="20秒内愤怒上升", en="rise of anger within 20 s"),
    "anger_outburst": Text(zh="客户再次发火", en="customer's further outburst"),
}
"""Every measure a rule may name, as a person reads it."""

HISTORY_NAMES: dict[str, Text] = {
    "attempts_today": Text(zh="今日呼叫次数", en="calls today"),
    "connected_today": Text(zh="今日接通次数", en="connected calls today"),
    "attempts_7_days": Text(zh="7日内呼叫次数", en="calls within 7 days"),
    "connected_month": Text(zh="本月接通次数", en="connected calls this month"),
    "local_time": Text(zh="客户当地时间", en="customer's local time"),
    "do_not_call": Text(zh="禁呼登记", en="do-not-call entry"),
    "earlier_complaints": Text(zh="既往投诉次数", en="earlier complaints"),
    "policy": Text(zh="联系策略", en="contact policy"),
    "excessive": Text(zh="超出联系频次", en="contact limit exceeded"),
    "near_limit": Text(zh="达到联系频次上限", en="contact limit reached"),
    "quiet": Text(zh="禁呼时段", en="quiet hours"),
    "overdue_promise": Text(zh="逾期承诺", en="overdue promise"),
    "open_complaint": Text(zh="未结投诉", en="open complaint"),
}
"""Every fact of :class:`speechqc.events.ContactHistory` that a rule may name, as a person reads it."""

MEASURE_UNITS: dict[str, str] = {
    "talk_ratio": "0..1",
    "talk_ratio_60s": "0..1",
    "talk_s": "s",
    "agent_talk_s": "s",
    "customer_talk_s": "s",
    "interruptions": "count",
    "interruptions_60s": "count",
    "dead_air_s": "s",
    "dead_air_unannounced_s": "s",
    "dead_air_total_s": "s",
    "hold_s": "s",
    "agent_rate": "characters/s (zh), words/s (en)",
    "customer_rate": "characters/s (zh), words/s (en)",
    "agent_rate_change": "fraction of the own baseline, 0.3 is 30 % faster",
    "agent_sentence_rate": "characters/s (zh), words/s (en)",
    "agent_turn_s": "s",
    "anger": "0..100",
    "anger_rise_20s": "0..100",
    "anger_outburst": "points of anger added by one sentence",
}
"""Every measure a rule may name, with its unit; the analyzers define how each is taken."""


class Measure(msgspec.Struct, frozen=True):
    """One value with the evidence it rests on.

    `start` and `end` are the call time in seconds that the value speaks about, `reasons` its parts.
    """

    value: float
    start: float
    end: float
    role: Role | None = None
    turn: int | None = None
    quote: str = ""
    reasons: tuple[Reason, ...] = ()
