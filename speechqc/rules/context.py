"""What a call's metadata may say about it, and how a rule's ``scope: {context: …}`` compares with it."""

from __future__ import annotations

from collections.abc import Mapping

from speechqc.events import CallStarted

CONTEXT_KEYS = (
    "age", "case", "customer_role", "joint_borrower", "product_risk", "purpose", "recording_notice", "right_party",
    "risk", "secure_ivr", "tags",
)  # fmt: skip
"""What a call's metadata may say about it and rules may ask for."""

Context = tuple[tuple[str, tuple[str, ...]], ...]
"""Keys of a call's metadata with the values that count."""

ALIASES = {
    "是": "true",
    "yes": "true",
    "否": "false",
    "no": "false",
    "方案已批准": "approved",
    "已批准": "approved",
    "保证人": "guarantor",
    "担保人": "guarantor",
    "高敏感": "high_sensitivity",
    "高敏客户": "high_sensitivity",
}
"""Other ways in which customer systems write a value."""


def context_of(started: CallStarted) -> Mapping[str, str]:
    """The metadata of a call, and beside it whether an announcement already said that it is recorded."""
    announced = {"recording_notice": "true"} if started.recording_notice else {}
    return {**started.metadata, **announced}


def context_matches(wanted: Context, metadata: Mapping[str, str]) -> list[bool]:
    """For each key of `wanted` whether the call's metadata has one of its values.

    Values are compared without case and by :data:`ALIASES`; metadata may list several, split at commas. A
    wanted ``65+`` is any number from 65. A key that the call does not have matches nothing.
    """
    matches = []
    for key, values in wanted:
        said = {canonical(value) for value in metadata.get(key, "").replace("，", ",").split(",")} - {""}
        matches.append(any(_is_said(canonical(value), said) for value in values))
    return matches


def canonical(value: str) -> str:
    """`value` as it is compared."""
    plain = value.strip().casefold()
    return ALIASES.get(plain, plain)


def _is_said(wanted: str, said: set[str]) -> bool:
    if wanted.endswith("+") and wanted[:-1].isdecimal():
        return any(value.isdecimal() and int(value) >= int(wanted[:-1]) for value in said)
    return wanted in said
