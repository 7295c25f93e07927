"""The do-not-call list: who is on it since when, why, and by what proof.

An entry holds for a person and for a number alike, so that a second number of the same person is
covered. It ends only by its term or by removal, which a second person approves.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import Connection, select, update

from speechqc.errors import StoreError
from speechqc.events import CallStarted, Finding, FindingState
from speechqc.store.contacts import plain_number
from speechqc.store.database import Database
from speechqc.store.schema import do_not_call
from speechqc.store.writing import add_missing

SIGNAL = "opt_out_request"
HARD = "hard"
"""Sub-code of a refusal for good; softer ones (``soft``, ``time``, ``channel``, ``purpose``) do not enlist."""


class DoNotCall(msgspec.Struct, frozen=True, kw_only=True):
    """One entry. `product` narrows it to one product, `until` to a term; the proof is a clip of a call."""

    id: str
    customer: str | None = None
    number: str | None = None
    product: str | None = None
    reason: str
    since: datetime
    until: datetime | None = None
    proof_call: str | None = None
    proof_start_s: float | None = None
    proof_end_s: float | None = None
    removed_at: datetime | None = None
    removed_by: str | None = None
    removed_why: str | None = None


def is_hard_refusal(finding: Finding) -> bool:
    """True for a refusal of all further calls; a rule that knows no degrees means it."""
    return finding.signal == SIGNAL and finding.sub_code in (None, HARD)


def entry_of(finding: Finding, started: CallStarted, at: datetime) -> DoNotCall:
    """The entry that a refusal heard in a call makes, with the clip as its proof.

    Raises:
        StoreError: the call names neither customer nor number, so nobody can be put on the list.
    """
    number = plain_number(started.number)
    if started.customer is None and number is None:
        raise StoreError(
            f"the customer of call {started.call_id} refused further calls, but the call names neither"
            " customer nor number",
            hint="send customer or number in the start message; put the customer on the list by hand",
        )
    return DoNotCall(
        id=f"{started.call_id}/{finding.id}",
        customer=started.customer,
        number=number,
        reason=finding.quote,
        since=at,
        proof_call=started.call_id,
        proof_start_s=finding.start,
        proof_end_s=finding.end,
    )


class DoNotCallList:
    """The list in the store."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, entry: DoNotCall) -> None:
        """Put somebody on the list; the same entry again changes nothing.

        Raises:
            StoreError: the entry names nobody, or the database failed.
        """
        if entry.customer is None and entry.number is None:
            raise StoreError(f"do-not-call entry {entry.id} names neither customer nor number")
        row = msgspec.structs.asdict(entry) | {"number": plain_number(entry.number)}
        with self._database.writing() as connection:
            add_missing(connection, do_not_call, [row])

    def remove(self, entry_id: str, *, by: str, approved_by: str, why: str, at: datetime) -> None:
        """Take an entry off the list; it stays in the table with who, when and why.

        Raises:
            StoreError: nobody else approved, or no such entry is in force.
        """
        if by == approved_by:
            raise StoreError(
                f"{by} cannot approve the own removal of do-not-call entry {entry_id}",
                hint="a second person must approve it",
            )
        self._end(entry_id, removed_by=f"{by}, {approved_by}", why=why, at=at)

    def heard(self, finding: Finding, started: CallStarted, at: datetime) -> DoNotCall | None:
        """Act on a finding of any state: enlist on a confirmed hard refusal, undo when it is withdrawn.

        Returns:
            The entry made; ``None`` when there was nothing to do.
        """
        if not is_hard_refusal(finding):
            return None
        if finding.state is FindingState.CONFIRMED:
            entry = entry_of(finding, started, at)
            self.add(entry)
            return entry
        if finding.state is FindingState.WITHDRAWN:
            entry_id = f"{started.call_id}/{finding.id}"
            if self._in_force(entry_id):
                self._end(entry_id, removed_by="recogniser", why="final words do not contain it", at=at)
        return None

    def entries(self, *, customer: str | None = None, number: str | None = None) -> list[DoNotCall]:
        """All entries of a person or a number, removed ones too, oldest first."""
        wanted = _whose(customer, plain_number(number))
        query = select(do_not_call).where(wanted).order_by(do_not_call.c.since, do_not_call.c.id)
        with self._database.reading() as connection:
            return [DoNotCall(**row._mapping) for row in connection.execute(query)]

    def _in_force(self, entry_id: str) -> bool:
        query = select(do_not_call.c.id).where(
            do_not_call.c.id == entry_id, do_not_call.c.removed_at.is_(None)
        )
        with self._database.reading() as connection:
            return connection.scalar(query) is not None

    def _end(self, entry_id: str, *, removed_by: str, why: str, at: datetime) -> None:
        entry = (do_not_call.c.id == entry_id) & do_not_call.c.removed_at.is_(None)
        change = update(do_not_call).where(entry)
        with self._database.writing() as connection:
            done = connection.execute(change.values(removed_at=at, removed_by=removed_by, removed_why=why))
            if done.rowcount != 1:
                raise StoreError(f"no do-not-call entry {entry_id} is in force")


def in_force(
    connection: Connection, *, customer: str | None, number: str | None, product: str | None, at: datetime
) -> DoNotCall | None:
    """The oldest entry that forbids a call at the moment `at`."""
    entry = do_not_call.c
    query = select(do_not_call).where(
        _whose(customer, number),
        entry.since <= at,
        entry.until.is_(None) | (entry.until > at),
        entry.removed_at.is_(None) | (entry.removed_at > at),
        entry.product.is_(None) | (entry.product == product),
    )
    row = connection.execute(query.order_by(entry.since, entry.id).limit(1)).first()
    return None if row is None else DoNotCall(**row._mapping)


def _whose(customer: str | None, number: str | None) -> Any:
    by_customer, by_number = do_not_call.c.customer == customer, do_not_call.c.number == number
    if number is None:
        return by_customer
    return by_number if customer is None else by_customer | by_number
