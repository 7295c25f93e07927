"""The scorecard as data: ``core.yaml`` beside this file, or a file of somebody's own in its form."""

from __future__ import annotations

from pathlib import Path

import msgspec

from speechqc.errors import ConfigurationError
from speechqc.events import CallKind, Severity, Text

BUILT_IN = Path(__file__).with_name("core.yaml")
FULL = 100.0


class Item(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One thing a good call has.

    `said` are practices that must be heard, `when` the signals that make the item apply, `broken_by` the signals
    that speak against it; a `judged` item is for a person alone.
    """

    id: str
    title: Text
    weights: dict[CallKind, float]
    said: tuple[str, ...] = ()
    said_is_optional: bool = False
    """Nothing said against it is enough."""
    announced_counts: bool = False
    """An announcement before the agent answered counts."""
    at_most: int | None = None
    """Heard more often than this it is only partly met."""
    when: tuple[str, ...] = ()
    broken_by: tuple[str, ...] = ()
    judged: bool = False

    def __post_init__(self) -> None:
        if not self.judged and not self.said:
            raise ValueError(f"{self.id} needs `said` or `judged: true`")


class Scorecard(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Items, weights and what takes points off (domain brief 3)."""

    id: str
    version: int
    items: tuple[Item, ...]
    formula: tuple[str, ...]
    deductions: dict[Severity, float]
    over_apology: float
    fatal_severity: Severity

    def __post_init__(self) -> None:
        for kind in CallKind:
            total = sum(item.weights.get(kind, 0.0) for item in self.items)
            if abs(total - FULL) > 1e-6:
                raise ValueError(f"the weights of {kind} add up to {total:g}, expected 100")
        unknown = set(self.formula) - {item.id for item in self.items}
        if unknown:
            raise ValueError(f"formula names {', '.join(sorted(unknown))}, which is no item")


def load_scorecard(path: Path | None = None) -> Scorecard:
    """The scorecard in `path`; the built-in one without it.

    Raises:
        ConfigurationError: the file cannot be read or is no scorecard; names the file and the field.
    """
    file = path or BUILT_IN
    try:
        return msgspec.yaml.decode(file.read_bytes(), type=Scorecard)
    except OSError as error:
        raise ConfigurationError(f"scorecard {file} cannot be read: {error.strerror}") from error
    except msgspec.DecodeError as error:
        raise ConfigurationError(
            f"scorecard {file}: {error}", hint=f"the built-in scorecard shows the form: {BUILT_IN.name}"
        ) from error
