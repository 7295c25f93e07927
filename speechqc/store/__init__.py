"""Where calls, findings, alerts and contacts are kept: SQLite in a file by default, PostgreSQL by address."""

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
    "DeadLetter",
    "FindingRecord",
    "Published",
    "Store",
]
