"""Where calls, findings, alerts and contacts are kept: SQLite in a file by default, PostgreSQL by address."""

from speechqc.store.contacts import Contact, Outcome, Purpose
from speechqc.store.do_not_call import DoNotCall
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
    "DoNotCall",
    "FindingRecord",
    "Outcome",
    "Published",
    "Purpose",
    "Store",
]
