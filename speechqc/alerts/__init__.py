"""From findings to people: which findings alert, what people do about it, and where alerts are sent."""

from speechqc.alerts.case import AlertCase, Change
from speechqc.alerts.desk import AlertDesk
from speechqc.alerts.lifecycle import RefusedMoveError
from speechqc.alerts.policy import AlertPolicy
from speechqc.alerts.policy_file import Policy, load_policy

__all__ = [
    "AlertCase",
    "AlertDesk",
    "AlertPolicy",
    "Change",
    "Policy",
    "RefusedMoveError",
    "load_policy",
]
