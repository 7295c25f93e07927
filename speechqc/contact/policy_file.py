"""The contact policy in force: the built-in presets, and a file of the institution that chooses and tightens them.

    presets: [cn_bank_marketing, cn_collections]      # which are active; absent: the customer's zone decides
    rules:
      cn_bank_marketing.attempts_day: {most: 1, warn_at: null}
      cn_bank_marketing.hours: {breaks: daily 12:00-14:00, closed_on: [2026-02-16]}
    own: {id: our_bank, version: 1, title: {zh: 本行, en: Our bank}, limits: […]}   # further rules, always active

A rule whose source is a regulator's (``V``, ``Vs``) can be made stricter only.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from speechqc.contact.policy import (
    ConsentNeeded,
    Limit,
    NationalList,
    Policy,
    Preset,
    QuietHours,
    Rule,
    TagEffect,
    Wait,
)
from speechqc.errors import ConfigurationError

BUILT_IN = Path(__file__).with_name("presets.yaml")
_EVER = 10**6
R = TypeVar("R", bound=Rule)
_SHOWN = "docs/contact.md shows the form"
_FIXED = ("id", "source", "purposes", "scope", "count", "after", "title")


class _BuiltIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    presets: tuple[Preset, ...]
    tags: tuple[TagEffect, ...]


class _Own(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    presets: tuple[str, ...] | None = None
    rules: dict[str, dict[str, Any]] = {}
    own: Preset | None = None


def load_contact_policy(path: Path | None = None, *, presets: Iterable[str] = ()) -> Policy:
    """The policy of the file `path`; the built-in one without it.

    Args:
        presets: names that are active instead of those the file says.

    Raises:
        ConfigurationError: the file cannot be read, names what does not exist, or loosens a regulator's minimum.
    """
    built_in = _built_in()
    given = _Own() if path is None else _read(path)
    where = "contact policy" if path is None else f"contact policy {path}"
    changed = [_changed(preset, given.rules, where) for preset in built_in.presets]
    known = {rule.id for preset in built_in.presets for rule in preset.rules}
    if strangers := sorted(set(given.rules) - known):
        raise ConfigurationError(
            f"{where} changes {', '.join(strangers)}, which no preset has",
            hint="speechqc contact presets lists them",
        )
    names = tuple(presets) or given.presets
    chosen = changed if names is None else _named(changed, names, where)
    if given.own is not None:
        chosen.append(given.own)
    return Policy(presets=tuple(chosen), tags=built_in.tags, chosen=names is not None)


def _read(path: Path) -> _Own:
    try:
        return msgspec.yaml.decode(path.read_bytes(), type=_Own)
    except OSError as error:
        raise ConfigurationError(f"contact policy {path} cannot be read: {error.strerror}") from error
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"contact policy {path}: {error}", hint=_SHOWN) from error


@lru_cache(maxsize=1)
def _built_in() -> _BuiltIn:
    return msgspec.yaml.decode(BUILT_IN.read_bytes(), type=_BuiltIn)


def _named(presets: list[Preset], names: Iterable[str], where: str) -> list[Preset]:
    known = {preset.id: preset for preset in presets}
    for name in names:
        if name not in known:
            raise ConfigurationError(
                f"{where}: there is no preset {name!r}", hint=f"there are {', '.join(known)}"
            )
    return [known[name] for name in dict.fromkeys(names)]


def _changed(preset: Preset, changes: dict[str, dict[str, Any]], where: str) -> Preset:
    return msgspec.structs.replace(
        preset,
        limits=tuple(_rule(rule, changes, Limit, where) for rule in preset.limits),
        hours=tuple(_rule(rule, changes, QuietHours, where) for rule in preset.hours),
        waits=tuple(_rule(rule, changes, Wait, where) for rule in preset.waits),
        consent=tuple(_rule(rule, changes, ConsentNeeded, where) for rule in preset.consent),
        lists=tuple(_rule(rule, changes, NationalList, where) for rule in preset.lists),
    )


def _rule(rule: R, changes: dict[str, dict[str, Any]], kind: type[R], where: str) -> R:
    change = changes.get(rule.id)
    if change is None:
        return rule
    fixed = sorted(set(change) & set(_FIXED))
    if fixed:
        raise ConfigurationError(f"{where}: {rule.id}: {', '.join(fixed)} cannot be changed", hint=_SHOWN)
    try:
        changed = msgspec.convert(msgspec.to_builtins(rule) | change, type=kind)
    except msgspec.ValidationError as error:
        raise ConfigurationError(f"{where}: {rule.id}: {error}", hint=_SHOWN) from error
    if rule.floor and (looser := _looser(rule, changed)):
        raise ConfigurationError(
            f"{where}: {rule.id}: {looser}, which is looser than {rule.source.cite}",
            hint="a regulator's minimum can be tightened, not loosened",
        )
    return changed


def _looser(before: Rule, after: Rule) -> str | None:
    """What of the changed rule is looser than before."""
    more = sorted(set(after.exempt) - set(before.exempt))
    older = (after.consent_days or _EVER) > (before.consent_days or _EVER)
    common = (
        (not after.enabled, "it is switched off"),
        (after.action.rank < before.action.rank, f"action {after.action} for {before.action}"),
        (bool(more), f"exempt {', '.join(more)}"),
        (older, f"consent_days {after.consent_days} for {before.consent_days}"),
        *_looser_numbers(before, after),
    )
    return next((what for is_looser, what in common if is_looser), None)


def _looser_numbers(before: Rule, after: Rule) -> tuple[tuple[bool, str], ...]:
    match before, after:
        case Limit(), Limit():
            return (
                (after.most > before.most, f"most {after.most} for {before.most}"),
                (after.window != before.window, f"window {after.window} for {before.window}"),
                ((after.parties, after.tags) != (before.parties, before.tags), "it concerns fewer calls"),
            )
        case QuietHours(), QuietHours():
            fewer = (after.zones, after.regions) != (before.zones, before.regions)
            shorter = before.rest is not None and not (after.rest and before.rest.within(after.rest))
            return (
                (not after.hours.within(before.hours), f"allowed {after.allowed} for {before.allowed}"),
                (fewer, "it concerns fewer calls"),
                (shorter, "its breaks are shorter"),
            )
        case Wait(), Wait():
            narrower = after.same_product and not before.same_product
            return ((after.days < before.days or narrower, f"{after.days} days for {before.days}"),)
        case NationalList(), NationalList():
            longer = after.grace_days > before.grace_days
            return ((longer, f"{after.grace_days} days of grace for {before.grace_days}"),)
    return ()
