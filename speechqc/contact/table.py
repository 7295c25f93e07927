"""Contacts from a table: headings and words in Chinese or English, one row at a time, mistakes told by line."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from speechqc.contact.attempt import Contact, Outcome, Party, Purpose, plain_number
from speechqc.contact.zones import DEFAULT_ZONE, zone_info, zones_of_number
from speechqc.errors import ConfigurationError
from speechqc.events import Direction

REQUIRED = ("id", "dialled_at")
_FILE = Path(__file__).with_name("columns.yaml")
_TIME = re.compile(
    r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?[ T](\d{1,2}):(\d{2})(?::(\d{2})(?:\.\d+)?)?\s*(Z|[+-]\d{2}:?\d{2})?"
)
_CLOCK = re.compile(r"(?:(\d+):)?(\d{1,2}):(\d{2})")
_EXPONENT = re.compile(r"\d(\.\d+)?[eE]\+?\d+")


class _Words(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    headings: dict[str, list[str]]
    values: dict[str, dict[str, list[str]]]


class BadRow(NamedTuple):
    """A row that was left out. `line` counts from 1, the headings included."""

    line: int
    why: str


def read_contacts(lines: Iterable[str], *, zone: str = DEFAULT_ZONE) -> Iterator[Contact | BadRow]:
    """The contacts of a CSV text (comma, semicolon or tab), in order.

    Args:
        zone: of times that name none, and of customers whose row names none.

    Raises:
        ConfigurationError: the headings lack `id` or the time, or there are none.
    """
    rows = iter(lines)
    first = next(rows, "").lstrip("\ufeff")
    mark = max(",;\t", key=first.count)
    columns = _columns(_cells(first, mark))
    reader = csv.reader(rows, delimiter=mark)
    while True:
        try:
            cells = next(reader, None)
        except csv.Error as error:
            yield BadRow(reader.line_num + 1, str(error))
            continue
        if cells is None:
            return
        if not any(cell.strip() for cell in cells):
            continue
        try:
            yield _contact({name: cells[n].strip() for n, name in columns if n < len(cells)}, zone)
        except (ValueError, ConfigurationError) as error:
            yield BadRow(reader.line_num + 1, str(error))


def headings() -> Mapping[str, list[str]]:
    """The columns that are known, with the headings by which they are."""
    return _words().headings


def _cells(line: str, mark: str) -> list[str]:
    try:
        return next(csv.reader([line], delimiter=mark), [])
    except csv.Error:
        return []


def _columns(cells: list[str]) -> list[tuple[int, str]]:
    known = {name.casefold(): column for column, names in headings().items() for name in names}
    found: dict[int, str] = {}
    for n, cell in enumerate(cells):
        column = known.get(cell.strip().casefold())
        if column is not None and column not in found.values():
            found[n] = column
    missing = [name for name in REQUIRED if name not in found.values()]
    if missing:
        came = ", ".join(cell.strip() for cell in cells if cell.strip()) or "nothing"
        raise ConfigurationError(
            f"the headings lack {' and '.join(missing)}: came {came[:200]}",
            hint="docs/contact.md lists the columns in both languages",
        )
    return list(found.items())


def _contact(row: dict[str, str], zone: str) -> Contact:
    given: dict[str, Any] = {name: value for name, value in row.items() if value}
    for name in REQUIRED:
        if name not in given:
            raise ValueError(f"{name} is empty")
    if _EXPONENT.fullmatch(given.get("number", "")):
        raise ValueError(f"number {given['number']}: a spreadsheet rounded it; format the column as text")
    if plain_number(given.get("number")) is None and "customer" not in given:
        raise ValueError("neither customer nor number")
    abroad = zones_of_number(given.get("number"))
    given["zone"] = given.get("zone") or (abroad[0] if abroad else zone)
    zone_info(given["zone"])
    given["number"] = plain_number(given.get("number"))
    for name, kind in (
        ("purpose", Purpose),
        ("direction", Direction),
        ("outcome", Outcome),
        ("party", Party),
    ):
        if name in given:
            given[name] = kind(_value(name, given[name]))
    if "booked" in given:
        given["booked"] = _value("booked", given["booked"]) == "true"
    for name in ("dialled_at", "booked_for"):
        if name in given:
            given[name] = _moment(given[name], zone)
    for name in ("ring_s", "talk_s"):
        if name in given:
            given[name] = _seconds(given[name])
    return Contact(**given)


def _value(column: str, text: str) -> str:
    words = _values(column)
    value = words.get(text.casefold())
    if value is None:
        raise ValueError(f"{column} {text!r}, expected one of {', '.join(dict.fromkeys(words.values()))}")
    return value


@lru_cache(maxsize=8)
def _values(column: str) -> dict[str, str]:
    known = _words().values[column]
    return {word.casefold(): value for value, words in known.items() for word in (value, *words)}


def _moment(text: str, zone: str) -> datetime:
    found = _TIME.fullmatch(text)
    if found is None:
        raise ValueError(f"time {text!r}, expected one such as 2026-03-18 12:30:00 or 2026-03-18T12:30+08:00")
    numbers = [int(part or 0) for part in found.groups()[:6]]
    offset = found[7]
    if offset is None:
        return datetime(*numbers, tzinfo=zone_info(zone)).astimezone(UTC)  # type: ignore[arg-type,misc]
    stamp = "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}".format(*numbers)
    return datetime.fromisoformat(stamp + offset.replace("Z", "+00:00")).astimezone(UTC)


def _seconds(text: str) -> float:
    clock = _CLOCK.fullmatch(text)
    if clock is not None:
        hours, minutes, seconds = (int(part or 0) for part in clock.groups())
        return hours * 3600.0 + minutes * 60 + seconds
    value = float(re.sub(r"\s*(秒|s|sec)$", "", text))
    if not 0 <= value < 86_400:
        raise ValueError(f"{text} seconds, expected 0 to 86400")
    return value


@lru_cache(maxsize=1)
def _words() -> _Words:
    return msgspec.yaml.decode(_FILE.read_bytes(), type=_Words)
