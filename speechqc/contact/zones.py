"""Time zones: by name, and where an international number may ring."""

from __future__ import annotations

from datetime import date, datetime
from functools import cache, lru_cache
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec

from speechqc.errors import ConfigurationError

DEFAULT_ZONE = "Asia/Shanghai"
_FILE = Path(__file__).with_name("zones.yaml")
_LONGEST_PREFIX = 4


class _Zones(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    prefixes: dict[str, list[str]]
    north_america: dict[str, str]
    north_america_unknown: list[str]


@lru_cache(maxsize=512)
def zone_info(zone: str) -> ZoneInfo:
    """The time zone of that name.

    Raises:
        ConfigurationError: there is none.
    """
    try:
        return ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ConfigurationError(
            f"{zone!r} is no time zone", hint="IANA names such as Asia/Shanghai or America/New_York"
        ) from error


def midnight(day: date, zone: str) -> datetime:
    """When `day` begins at that place."""
    return datetime(day.year, day.month, day.day, tzinfo=zone_info(zone))


def zones_of_number(number: str | None) -> tuple[str, ...]:
    """The zones where a number in international form (``+`` or ``00``) may ring; empty when it does not say.

    A mobile number keeps its prefix when its owner moves, so the zone of the address counts as well: a caller
    must keep to the hours that are allowed in all of them.
    """
    text = "".join(character for character in number or "" if character in "+0123456789")
    if text.startswith("+"):
        digits = text[1:]
    elif text.startswith("00"):
        digits = text[2:]
    else:
        return ()
    if digits.startswith("1"):
        return _north_america(digits[1:4])
    known = _zones().prefixes
    found = (known[digits[:n]] for n in range(_LONGEST_PREFIX, 0, -1) if digits[:n] in known)
    return tuple(next(found, ()))


def _north_america(area: str) -> tuple[str, ...]:
    zone = _areas().get(area)
    return (zone,) if zone else tuple(_zones().north_america_unknown)


@cache
def _zones() -> _Zones:
    return msgspec.yaml.decode(_FILE.read_bytes(), type=_Zones)


@cache
def _areas() -> dict[str, str]:
    return {area: zone for zone, areas in _zones().north_america.items() for area in areas.split()}
