"""Attempts as rows of the ledger: entering, finding those that add up, reading them back quickly."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import CompoundSelect, Connection, Row, bindparam, or_, select, union_all

from speechqc.contact.attempt import Contact, Outcome, Party, Purpose, plain_number
from speechqc.contact.standing import SAME_MATTER_WITHIN, Complaint
from speechqc.contact.zones import zone_info
from speechqc.events import CallKind, Direction, FindingState
from speechqc.store.columns import UtcTime
from speechqc.store.schema import calls, contacts, findings

COMPLAINT_SIGNALS = ("complaint_intent", "regulator_escalation")
_AT_ONCE = 500
_NOT_STORED = ("also_zones", "region")
_PURPOSES = {purpose.value: purpose for purpose in Purpose}
_OUTCOMES: dict[str | None, Outcome | None] = {None: None} | {outcome.value: outcome for outcome in Outcome}
_DIRECTIONS = {direction.value: direction for direction in Direction}
_PARTIES = {party.value: party for party in Party}


def row(contact: Contact) -> dict[str, object]:
    """Raises: ConfigurationError: its time zone does not exist."""
    zone_info(contact.zone)
    values = msgspec.structs.asdict(contact) | {"number": plain_number(contact.number)}
    return {name: value for name, value in values.items() if name not in _NOT_STORED}


def contact(row: Row[Any]) -> Contact:
    """The attempt that a whole row is."""
    values = dict(row._mapping)
    return Contact(
        **values
        | {
            "purpose": _PURPOSES[values["purpose"]],
            "recoded": _PURPOSES.get(values["recoded"]),
            "direction": _DIRECTIONS[values["direction"]],
            "party": _PARTIES[values["party"]],
            "outcome": _OUTCOMES[values["outcome"]],
        }
    )


# Statements are built once: building one costs several times as much as running it.

_COUNTED = (
    contacts.c.id,
    contacts.c.customer,
    contacts.c.number,
    contacts.c.household,
    contacts.c.debt,
    contacts.c.purpose,
    contacts.c.recoded,
    contacts.c.direction,
    contacts.c.channel,
    contacts.c.party,
    contacts.c.dialled_at,
    contacts.c.outcome,
    contacts.c.ring_s,
    contacts.c.talk_s,
    contacts.c.booked,
)
_SPAN = contacts.c.dialled_at.between(bindparam("since", type_=UtcTime), bindparam("until", type_=UtcTime))
_OF_CUSTOMER = contacts.c.customer == bindparam("customer")
_OF_NUMBER = contacts.c.number == bindparam("number")
# Not the one named; a row that names none is never the one, also when the question names none either.
_NOT_OF_CUSTOMER = contacts.c.customer.is_(None) | (_OF_CUSTOMER.is_not(True))
_NOT_OF_NUMBER = contacts.c.number.is_(None) | (_OF_NUMBER.is_not(True))
# Each part is answered by its own index, and no attempt is in two of them.
_EARLIER: CompoundSelect[Any] = union_all(
    select(*_COUNTED).where(_OF_CUSTOMER, _SPAN),
    select(*_COUNTED).where(_OF_NUMBER, _NOT_OF_CUSTOMER, _SPAN),
)
_EARLIER_WITH_HOUSEHOLD: CompoundSelect[Any] = union_all(
    *_EARLIER.selects,
    select(*_COUNTED).where(
        contacts.c.household == bindparam("household"), _NOT_OF_CUSTOMER, _NOT_OF_NUMBER, _SPAN
    ),
)
_LAST_CUSTOMER = (
    select(contacts.c.customer)
    .where(
        _OF_NUMBER,
        contacts.c.dialled_at <= bindparam("until", type_=UtcTime),
        contacts.c.customer.is_not(None),
    )
    .order_by(contacts.c.dialled_at.desc())
    .limit(1)
)
_VOICED = (
    select(findings.c.call_id)
    .where(
        findings.c.call_id == calls.c.id,
        findings.c.signal.in_(COMPLAINT_SIGNALS),
        findings.c.state == FindingState.CONFIRMED,
    )
    .exists()
)
_COMPLAINT_CALLS = select(calls.c.id, calls.c.started_at, calls.c.product).where(
    or_(calls.c.customer == bindparam("customer"), calls.c.number == bindparam("number")),
    calls.c.id != bindparam("call"),
    calls.c.started_at >= bindparam("since", type_=UtcTime),
    calls.c.started_at < bindparam("until", type_=UtcTime),
    (calls.c.kind == CallKind.COMPLAINT) | _VOICED,
)


def known_ids(connection: Connection, ids: Sequence[str]) -> set[str]:
    """Those of `ids` that the ledger has."""
    found: set[str] = set()
    for start in range(0, len(ids), _AT_ONCE):
        query = select(contacts.c.id).where(contacts.c.id.in_(ids[start : start + _AT_ONCE]))
        found.update(connection.scalars(query))
    return found


def last_customer(connection: Connection, number: str | None, at: datetime) -> str | None:
    """The person who was last called at a number."""
    if number is None:
        return None
    return connection.scalar(_LAST_CUSTOMER, {"number": number, "until": at})


def earlier(connection: Connection, contact: Contact, since: datetime) -> tuple[Contact, ...]:
    """Attempts from `since` to the moment of `contact`: of its customer, its number and its household."""
    statement = _EARLIER if contact.household is None else _EARLIER_WITH_HOUSEHOLD
    wanted = {
        "customer": contact.customer,
        "number": contact.number,
        "household": contact.household,
        "since": since,
        "until": contact.dialled_at,
    }
    if contact.household is None:
        del wanted["household"]
    return tuple(_counted(row) for row in connection.execute(statement, wanted) if row[0] != contact.id)


def same_person(other: Contact, contact: Contact) -> bool:
    """True when an attempt was one to reach the customer of `contact`, or nobody knows whom at the number."""
    if contact.customer is not None and other.customer is not None:
        return other.customer == contact.customer
    return contact.number is not None and other.number == contact.number and other.customer is None


def complaint_calls(connection: Connection, contact: Contact) -> list[Complaint]:
    """Earlier calls that were a complaint, or in which one was voiced; nobody kept a case of them here."""
    wanted = {
        "customer": contact.customer,
        "number": contact.number,
        "call": contact.id,
        "since": contact.dialled_at - SAME_MATTER_WITHIN,
        "until": contact.dialled_at,
    }
    return [
        Complaint(id=call, matter=product, opened_at=began, call_id=call, tracked=False)
        for call, began, product in connection.execute(_COMPLAINT_CALLS, wanted)
    ]


def _counted(row: Row[Any]) -> Contact:
    """The attempt of a row of `_COUNTED`, with only what counting looks at."""
    (
        name, customer, number, household, debt, purpose, recoded, direction, channel, party, dialled_at,
        outcome, ring_s, talk_s, booked,
    ) = tuple(row)  # fmt: skip
    return Contact(
        id=name,
        customer=customer,
        number=number,
        household=household,
        debt=debt,
        purpose=_PURPOSES[purpose],
        recoded=_PURPOSES.get(recoded),
        direction=_DIRECTIONS[direction],
        channel=channel,
        party=_PARTIES[party],
        dialled_at=dialled_at,
        outcome=_OUTCOMES[outcome],
        ring_s=ring_s,
        talk_s=talk_s,
        booked=booked,
    )
