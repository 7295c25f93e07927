"""The contact ledger: who was called when, whether one more call is allowed, and what a call must know."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

import msgspec
from sqlalchemy import Connection, select, update

from speechqc.contact.attempt import Contact, Outcome, Purpose, contact_of, plain_number
from speechqc.contact.check import Known, check
from speechqc.contact.counting import count, earliest_needed
from speechqc.contact.do_not_call import DoNotCall
from speechqc.contact.heard import Written, complaint_of, names_somebody, tag_for_complaints, written_by
from speechqc.contact.policy import Policy
from speechqc.contact.policy_file import load_contact_policy
from speechqc.contact.standing import ANY_MATTER_WITHIN, Complaint, Tag, repeated
from speechqc.contact.telling import history_of
from speechqc.contact.verdict import Verdict
from speechqc.contact.zones import zone_info
from speechqc.errors import StoreError
from speechqc.events import (
    CallEnded,
    CallKind,
    CallStarted,
    ContactHistory,
    Direction,
    Finding,
    FindingState,
)
from speechqc.store import contact_rows, contact_trail
from speechqc.store.do_not_call import DoNotCallList, add_entries, entries_of, take_back
from speechqc.store.reconciling import Violation, reconcile
from speechqc.store.schema import contacts
from speechqc.store.standing import (
    RECOGNISER,
    CustomerRecords,
    add_record,
    complaints_of,
    consents_of,
    end_tag,
    recorded,
    tags_of,
    take_back_complaint,
)
from speechqc.store.store import Store
from speechqc.store.writing import add_missing


class ContactLedger:
    """Every attempt to reach a customer, once and for good, beside the do-not-call list and the customers' records.

    Args:
        policy: limits, hours and waits; the built-in ones without it.

    Raises:
        StoreError: from every method, when the database failed.
    """

    def __init__(self, store: Store, policy: Policy | None = None) -> None:
        self._database = store.database
        self.policy = policy or load_contact_policy()
        self.do_not_call = DoNotCallList(store.database, least_days=self.policy.refusal_days())
        self.records = CustomerRecords(store.database)

    # -- attempts ------------------------------------------------------------------------------

    def add(self, attempts: Contact | Iterable[Contact]) -> None:
        """Enter attempts; one whose id is there already is left as it is."""
        if isinstance(attempts, Contact):
            attempts = [attempts]
        with self._database.writing() as connection:
            add_missing(connection, contacts, [contact_rows.row(contact) for contact in attempts])

    def enter(self, attempts: Sequence[Contact]) -> int:
        """As :meth:`add`; how many were new."""
        with self._database.writing() as connection:
            known = contact_rows.known_ids(connection, [contact.id for contact in attempts])
            new = {contact.id: contact for contact in attempts if contact.id not in known}
            add_missing(connection, contacts, [contact_rows.row(contact) for contact in new.values()])
        return len(new)

    def complete(
        self, contact_id: str, outcome: Outcome, *, ring_s: float | None = None, talk_s: float | None = None
    ) -> None:
        """Say, once, how an attempt in progress ended.

        Raises:
            StoreError: there is no such attempt, or its outcome is known.
        """
        open_one = (contacts.c.id == contact_id) & contacts.c.outcome.is_(None)
        ended = update(contacts).where(open_one).values(outcome=outcome, ring_s=ring_s, talk_s=talk_s)
        with self._database.writing() as connection:
            if connection.execute(ended).rowcount != 1:
                raise StoreError(
                    f"contact {contact_id} is unknown or has an outcome", hint="an outcome is entered once"
                )

    def recode(self, contact_id: str, purpose: Purpose, *, by: str, at: datetime) -> bool:
        """What the call turned out to be: an offer made in a service call makes it marketing. Once, and for good.

        Returns:
            False when the attempt is unknown, is of that purpose anyway or was recoded before.
        """
        with self._database.writing() as connection:
            before = (
                connection.execute(select(contacts).where(contacts.c.id == contact_id)).mappings().first()
            )
            if before is None or before["recoded"] is not None or before["purpose"] == purpose:
                return False
            connection.execute(update(contacts).where(contacts.c.id == contact_id).values(recoded=purpose))
            contact_trail.note(
                connection,
                "contact.recoded",
                by=by,
                at=at,
                subject=contact_id,
                customer=before["customer"],
                number=before["number"],
                before={"purpose": before["purpose"]},
                after={"purpose": purpose},
            )
        return True

    def attempts(
        self,
        *,
        customer: str | None = None,
        number: str | None = None,
        since: datetime | None = None,
        limit: int = 200,
    ) -> list[Contact]:
        """Newest first."""
        query = select(contacts).order_by(contacts.c.dialled_at.desc(), contacts.c.id).limit(limit)
        if customer is not None:
            query = query.where(contacts.c.customer == customer)
        if number is not None:
            query = query.where(contacts.c.number == plain_number(number))
        if since is not None:
            query = query.where(contacts.c.dialled_at >= since)
        with self._database.reading() as connection:
            return [contact_rows.contact(row) for row in connection.execute(query)]

    # -- live calls ----------------------------------------------------------------------------

    def begin(self, started: CallStarted, at: datetime) -> None:
        """Enter a live call as an attempt in progress, so that the next call already counts it."""
        self.add(contact_of(started, at))
        if started.kind is CallKind.COMPLAINT and started.direction is Direction.INBOUND:
            opened = complaint_of(started, started.started_at or at, opened_by="call")
            with self._database.writing() as connection:
                self._write(connection, opened)

    def end(self, ended: CallEnded) -> None:
        """Complete the attempt of a live call: it was connected, for as long as it was heard.

        A call that was never entered, or is complete, is left alone: the end may be told twice.
        """
        open_one = (contacts.c.id == ended.call_id) & contacts.c.outcome.is_(None)
        change = update(contacts).where(open_one).values(outcome=Outcome.CONNECTED, talk_s=ended.at)
        with self._database.writing() as connection:
            connection.execute(change)

    def heard(self, finding: Finding, started: CallStarted, at: datetime) -> list[Written]:
        """Write what a confirmed finding means for later contacts; undo it when the finding is withdrawn.

        Returns:
            What was written now or before; empty when there was nothing to do.

        Raises:
            StoreError: the customer refused further calls, but nobody knows who that is.
        """
        if finding.state is FindingState.PROVISIONAL:
            return []
        meant = written_by(finding, started, at, self.policy.tags)
        if not meant:
            return []
        if not names_somebody(started):
            raise StoreError(
                f"call {started.call_id} has a finding for the contact ledger ({finding.signal}), but the call names"
                " neither customer nor number",
                hint="send customer or number in the start message; put the customer on the list by hand",
            )
        with self._database.writing() as connection:
            for written in meant:
                if finding.state is FindingState.CONFIRMED:
                    self._write(connection, written)
                else:
                    _undo(connection, written, finding, at)
        return meant if finding.state is FindingState.CONFIRMED else []

    def close_complaint(self, complaint_id: str, *, by: str, at: datetime, withdrawn: bool = False) -> None:
        """A complaint is over; whoever complained is called less from now on, unless it was withdrawn.

        Raises:
            StoreError: there is no such complaint, or it is closed.
        """
        closed = self.records.close_complaint(complaint_id, by=by, at=at, withdrawn=withdrawn)
        effects = [effect for effect in self.policy.tags if effect.closed_complaint and not withdrawn]
        self.records.add(tag_for_complaints(effect, closed, at) for effect in effects)

    def _write(self, connection: Connection, written: Written) -> None:
        if isinstance(written, DoNotCall):
            add_entries(connection, [written])
        elif add_record(connection, written) and isinstance(written, Complaint):
            self._tag_frequent(connection, written)

    def _tag_frequent(self, connection: Connection, complaint: Complaint) -> None:
        who = {"customer": complaint.customer, "number": complaint.number, "household": None}
        known = complaints_of(connection, who)
        again = [
            other
            for other in repeated(complaint, known)
            if complaint.opened_at - other.opened_at <= ANY_MATTER_WITHIN
        ]
        for effect in self.policy.tags if again else ():
            if effect.repeated_complaints:
                add_record(connection, tag_for_complaints(effect, complaint, complaint.opened_at))

    # -- questions -----------------------------------------------------------------------------

    def check(self, wanted: Contact) -> Verdict:
        """May `wanted` be placed at its moment, and if not, by which rule and until when?

        All numbers of a customer add up; a number alone stands for the person who was last called there.
        """
        with self._database.reading() as connection:
            wanted, known = self._known(connection, wanted)
        return check(wanted, known, self.policy)

    def reconcile(self, *, since: datetime, until: datetime) -> list[Violation]:
        """The marketing calls placed in [since, until) to people who were on the list then."""
        return reconcile(self._database, self.policy, since=since, until=until)

    def history(self, contact: Contact) -> ContactHistory:
        """The facts for a call that begins; its counts include `contact` itself, as a connected call.

        The ledger may have `contact` already or not.
        """
        with self._database.reading() as connection:
            contact, known = self._known(connection, contact)
            called = contact_rows.complaint_calls(connection, contact)
        tracked = {complaint.call_id for complaint in known.complaints}
        more = tuple(complaint for complaint in called if complaint.call_id not in tracked)
        known = msgspec.structs.replace(known, complaints=(*known.complaints, *more))
        mine = [other for other in known.earlier if contact_rows.same_person(other, contact)]
        present = msgspec.structs.replace(contact, outcome=Outcome.CONNECTED)
        counts = count([*mine, present], purpose=contact.purpose, at=contact.dialled_at, zone=contact.zone)
        return history_of(contact, known, counts, self.policy)

    def history_of(self, started: CallStarted, at: datetime) -> ContactHistory:
        """As :meth:`history`, for a live call."""
        return self.history(contact_of(started, at))

    def _known(self, connection: Connection, contact: Contact) -> tuple[Contact, Known]:
        """`contact` with its number plain and its person found, and what is known of them."""
        zone_info(contact.zone)
        number, at = plain_number(contact.number), contact.dialled_at
        customer = contact.customer or contact_rows.last_customer(connection, number, at)
        contact = msgspec.structs.replace(contact, customer=customer, number=number)
        who = {"customer": customer, "number": number, "household": contact.household}
        if not any(who.values()):
            return contact, Known()
        listed, tagged, agreed, complained = recorded(connection, who)
        tags = tuple(tags_of(connection, who)) if tagged else ()
        names = {tag.tag for tag in tags}
        since = min(self.policy.looks_back(contact, names), earliest_needed(at, contact.zone))
        earlier_complaints = complaints_of(connection, who) if complained else []
        return contact, Known(
            earlier=contact_rows.earlier(connection, contact, since),
            listed=tuple(entries_of(connection, who)) if listed else (),
            tags=tags,
            consents=tuple(consents_of(connection, who)) if agreed else (),
            complaints=tuple(c for c in earlier_complaints if c.call_id != contact.id),
        )


def _undo(connection: Connection, written: Written, finding: Finding, at: datetime) -> None:
    why = "final words do not contain it"
    match written:
        case DoNotCall():
            take_back(connection, written.id, at)
        case Tag():
            end_tag(connection, written.id, by=RECOGNISER, why=why, at=at)
        case Complaint():
            take_back_complaint(connection, written.id, finding.id, at)
