"""Measures: the running numbers of a call that ``metric`` conditions look at.

Analyzers only measure; limits and severities live in the rules.
"""

from __future__ import annotations

from dataclasses import dataclass

from speechqc.events import Reason, Role

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
    "agent_turn_s": "s",
    "anger": "0..100",
    "anger_rise_20s": "0..100",
}
"""Every measure a rule may name, with its unit; the analyzers define how each is taken."""


@dataclass(frozen=True, slots=True)
class Measure:
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
