"""The tables. Queries are built from these; databases are made by the migrations beside this file.

Every event is kept whole as JSON in a column `event`; the other columns are what is searched for.
Columns that end in ``_s`` are seconds of call time, columns ``…_at`` are moments in UTC.
"""

from __future__ import annotations

from sqlalchemy import (
    Boolean,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    Table,
    UniqueConstraint,
)

from speechqc.store.columns import AnyText, RowId, UtcTime

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def _text(name: str, *, required: bool = False) -> Column[str]:
    return Column(name, AnyText, nullable=not required)


def _moment(name: str, *, required: bool = False) -> Column[object]:
    return Column(name, UtcTime, nullable=not required)


def _call_id() -> Column[str]:
    return Column("call_id", AnyText, ForeignKey("calls.id"), nullable=False)


calls = Table(
    "calls",
    metadata,
    Column("id", AnyText, primary_key=True),
    _text("kind", required=True),
    _text("language", required=True),
    _text("direction", required=True),
    _text("product"),
    _text("agent"),
    _text("team"),
    _text("customer"),
    _text("number"),
    _text("recogniser"),
    _text("state", required=True),
    _moment("started_at", required=True),
    _moment("ended_at"),
    Column("duration_s", Float),
    _text("end_reason"),
    Column("speech_s", Float, nullable=False, default=0.0),
    Column("not_analysed_s", Float, nullable=False, default=0.0),
    _text("event", required=True),
    _text("metrics"),
    Index(None, "started_at"),
    Index(None, "customer", "started_at"),
    Index(None, "number", "started_at"),
    Index(None, "state", "started_at"),
)

utterances = Table(
    "utterances",
    metadata,
    Column("call_id", AnyText, ForeignKey("calls.id"), primary_key=True),
    Column("seq", Integer, primary_key=True, autoincrement=False),
    _text("role", required=True),
    Column("turn", Integer, nullable=False),
    Column("start_s", Float, nullable=False),
    Column("end_s", Float, nullable=False),
    _text("text", required=True),
    Column("confidence", Float),
    _text("source", required=True),
    _text("event", required=True),
)

gaps = Table(
    "gaps",
    metadata,
    Column("call_id", AnyText, ForeignKey("calls.id"), primary_key=True),
    Column("seq", Integer, primary_key=True, autoincrement=False),
    _text("role"),
    Column("start_s", Float, nullable=False),
    Column("end_s", Float, nullable=False),
    _text("reason", required=True),
)

findings = Table(
    "findings",
    metadata,
    Column("call_id", AnyText, ForeignKey("calls.id"), primary_key=True),
    Column("id", AnyText, primary_key=True),
    _text("signal", required=True),
    _text("rule", required=True),
    Column("rule_version", Integer, nullable=False),
    _text("severity", required=True),
    Column("severity_rank", Integer, nullable=False),
    _text("role"),
    Column("turn", Integer),
    Column("start_s", Float, nullable=False),
    Column("end_s", Float, nullable=False),
    _text("quote", required=True),
    _text("state", required=True),
    _moment("updated_at", required=True),
    _text("event", required=True),
    Index(None, "signal", "state", "updated_at"),
    Index(None, "rule", "updated_at"),
)

alerts = Table(
    "alerts",
    metadata,
    Column("id", AnyText, primary_key=True),
    _call_id(),
    _text("team"),
    _text("rule", required=True),
    _text("severity", required=True),
    Column("severity_rank", Integer, nullable=False),
    _text("state", required=True),
    _text("acknowledged_by"),
    Column("escalation", Integer, nullable=False),
    _moment("opened_at", required=True),
    _moment("updated_at", required=True),
    _text("outcome"),
    Column("version", Integer, nullable=False),
    _text("event", required=True),
    Index(None, "call_id"),
    Index(None, "state", "opened_at"),
    Index(None, "opened_at"),
)

interventions = Table(
    "interventions",
    metadata,
    Column("id", AnyText, primary_key=True),
    Column("alert_id", AnyText, ForeignKey("alerts.id"), nullable=False),
    _call_id(),
    Column("level", Integer, nullable=False),
    _text("action", required=True),
    _text("by", required=True),
    _moment("at", required=True),
    _text("state", required=True),
    _text("outcome"),
    _text("event", required=True),
    Index(None, "alert_id"),
    Index(None, "call_id"),
)

alert_history = Table(
    "alert_history",
    metadata,
    Column("id", RowId, primary_key=True, autoincrement=True),
    Column("alert_id", AnyText, ForeignKey("alerts.id"), nullable=False),
    _moment("at", required=True),
    _text("what", required=True),
    _text("by", required=True),
    _text("state", required=True),
    _text("severity", required=True),
    _text("detail"),
    Index(None, "alert_id"),
    sqlite_autoincrement=True,
)

events = Table(
    "events",
    metadata,
    Column("id", RowId, primary_key=True, autoincrement=True),
    _call_id(),
    Column("seq", Integer),
    _text("type", required=True),
    _text("team"),
    _moment("at", required=True),
    _text("event", required=True),
    UniqueConstraint("call_id", "seq"),
    Index(None, "call_id", "id"),
    Index(None, "at"),
    sqlite_autoincrement=True,
)

contacts = Table(
    "contacts",
    metadata,
    Column("id", AnyText, primary_key=True),
    _text("customer"),
    _text("number"),
    _text("product"),
    _text("purpose", required=True),
    _text("direction", required=True),
    _moment("dialled_at", required=True),
    _text("zone", required=True),
    _text("outcome"),
    Column("ring_s", Float),
    Column("talk_s", Float),
    Column("booked", Boolean, nullable=False),
    _text("agent"),
    _text("vendor"),
    _text("household"),
    _text("debt"),
    _text("campaign"),
    _text("entity"),
    _text("recoded"),
    _text("channel", required=True),
    _text("party", required=True),
    _moment("booked_for"),
    _text("consent"),
    _text("caller_id"),
    Index(None, "customer", "dialled_at"),
    Index(None, "number", "dialled_at"),
    Index(None, "household", "dialled_at"),
)

do_not_call = Table(
    "do_not_call",
    metadata,
    Column("id", AnyText, primary_key=True),
    _text("customer"),
    _text("number"),
    _text("product"),
    _text("reason", required=True),
    _moment("since", required=True),
    _moment("until"),
    _text("proof_call"),
    Column("proof_start_s", Float),
    Column("proof_end_s", Float),
    _moment("removed_at"),
    _text("removed_by"),
    _text("removed_why"),
    _text("household"),
    _text("scope", required=True),
    _text("channel"),
    _text("hours"),
    _text("list", required=True),
    _text("campaign"),
    _text("entity"),
    _text("proof"),
    _text("added_by"),
    Index(None, "customer"),
    Index(None, "number"),
    Index(None, "household"),
)

customer_tags = Table(
    "customer_tags",
    metadata,
    Column("id", AnyText, primary_key=True),
    _text("tag", required=True),
    _text("customer"),
    _text("number"),
    _text("product"),
    _text("window"),
    _moment("since", required=True),
    _moment("until"),
    _text("reason", required=True),
    _text("set_by"),
    _text("proof_call"),
    Column("proof_start_s", Float),
    Column("proof_end_s", Float),
    _moment("removed_at"),
    _text("removed_by"),
    _text("removed_why"),
    Index(None, "customer"),
    Index(None, "number"),
)

consents = Table(
    "consents",
    metadata,
    Column("id", AnyText, primary_key=True),
    _text("customer"),
    _text("number"),
    _text("purpose"),
    Column("frequency", Boolean, nullable=False),
    Column("list", Boolean, nullable=False),
    Column("hours", Boolean, nullable=False),
    _moment("given_at", required=True),
    _moment("until"),
    _text("proof", required=True),
    Index(None, "customer"),
    Index(None, "number"),
)

complaints = Table(
    "complaints",
    metadata,
    Column("id", AnyText, primary_key=True),
    _text("customer"),
    _text("number"),
    _text("household"),
    _text("matter"),
    _text("channel", required=True),
    _moment("opened_at", required=True),
    _moment("closed_at"),
    _moment("withdrawn_at"),
    _text("adds_to"),
    _text("call_id"),
    _text("opened_by"),
    Index(None, "customer"),
    Index(None, "number"),
    Index(None, "household"),
)

contact_trail = Table(
    "contact_trail",
    metadata,
    Column("id", RowId, primary_key=True, autoincrement=True),
    _moment("at", required=True),
    _text("by", required=True),
    _text("what", required=True),
    _text("subject", required=True),
    _text("customer"),
    _text("number"),
    _text("before"),
    _text("after"),
    Index(None, "subject"),
    Index(None, "at"),
    sqlite_autoincrement=True,
)

promises = Table(
    "promises",
    metadata,
    Column("id", AnyText, primary_key=True),
    _call_id(),
    _text("team"),
    _text("agent"),
    _text("customer"),
    _text("number"),
    _text("action", required=True),
    _text("owner", required=True),
    _text("quote", required=True),
    _moment("promised_at", required=True),
    _moment("due_at"),
    _moment("kept_at"),
    _text("kept_by"),
    _moment("announced_at"),
    _text("event", required=True),
    Index(None, "customer", "due_at"),
    Index(None, "number", "due_at"),
    Index(None, "kept_at", "due_at"),
)

dead_letters = Table(
    "dead_letters",
    metadata,
    Column("id", RowId, primary_key=True, autoincrement=True),
    _text("url", required=True),
    _text("delivery", required=True),
    _text("reason", required=True),
    Column("attempts", Integer, nullable=False),
    _moment("at", required=True),
    _text("body", required=True),
    sqlite_autoincrement=True,
)
