"""Where calls, findings, alerts and contacts are kept: SQLite in a file by default, PostgreSQL by address."""

from speechqc.contact.attempt import Contact, Outcome, Purpose
from speechqc.contact.do_not_call import DncScope, DoNotCall
from speechqc.store.ledger import ContactLedger
from speechqc.store.rows import (
    AlertRecord,
    AlertStep,
    CallRecord,
    DeadLetter,
    FindingRecord,
    Published,
)
from speechqc.store.store import Store

__all__ = [
    "AlertRecord",
    "AlertStep",
    "CallRecord",
    "Contact",
    "ContactLedger",
    "DeadLetter",
    "DncScope",
    "DoNotCall",
    "FindingRecord",
    "Outcome",
    "Published",
    "Purpose",
    "Store",
]
