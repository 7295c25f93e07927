"""The alert policy as data: ``policy.yaml`` beside this file, or a file of your own in its form."""

from __future__ import annotations

from pathlib import Path

import msgspec

from speechqc.errors import ConfigurationError
from speechqc.events import Role, Severity, Text

BUILT_IN = Path(__file__).with_name("policy.yaml")


class Urgency(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a severity asks for."""

    level: int
    acknowledge_within_s: float | None

    def __post_init__(self) -> None:
        _check("acknowledge_within_s", self.acknowledge_within_s)


class Rung(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One step of the intervention ladder."""

    action: str
    title: Text


class Joining(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`signal` together with a finding about `with_role` is one alert."""

    signal: str
    min_severity: Severity
    with_role: Role
    with_min_severity: Severity
    within_s: float
    title: Text
    advice: Text

    def __post_init__(self) -> None:
        _check("within_s", self.within_s)


class Escalation(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    repeat_every_s: float
    at_most: int

    def __post_init__(self) -> None:
        _check("repeat_every_s", self.repeat_every_s)
        if self.at_most < 0:
            raise ValueError(f"at_most must be 0 or more, not {self.at_most}")


class Policy(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Everything that decides about alerts; times are seconds of call time unless said otherwise."""

    version: int
    min_severity: Severity
    severities: dict[Severity, Urgency]
    ladder: tuple[Rung, ...]
    dedupe_within_s: float
    cooldown_s: float
    joint: Joining
    escalation: Escalation

    def __post_init__(self) -> None:
        _check("dedupe_within_s", self.dedupe_within_s)
        _check("cooldown_s", self.cooldown_s)
        missing = [severity for severity in Severity if severity not in self.severities]
        if missing:
            raise ValueError(f"severities lacks {', '.join(missing)}")
        for severity, urgency in self.severities.items():
            if not 0 <= urgency.level < len(self.ladder):
                raise ValueError(
                    f"severities.{severity}.level is {urgency.level}, the ladder ends at {len(self.ladder) - 1}"
                )


def load_policy(path: Path | None = None) -> Policy:
    """The policy in `path`; the built-in one without it.

    Raises:
        ConfigurationError: the file cannot be read or is no policy; names the file and the field.
    """
    file = path or BUILT_IN
    try:
        return msgspec.yaml.decode(file.read_bytes(), type=Policy)
    except OSError as error:
        raise ConfigurationError(f"alert policy {file} cannot be read: {error.strerror}") from error
    except msgspec.DecodeError as error:
        raise ConfigurationError(
            f"alert policy {file}: {error}", hint=f"the built-in policy shows the form: {BUILT_IN.name}"
        ) from error


def _check(name: str, value: float | None) -> None:
    if value is not None and value <= 0:
        raise ValueError(f"{name} must be above 0 seconds, not {value:g}")
