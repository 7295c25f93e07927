"""The stream of events that subscribers read and resume: every event once, numbered in order."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import Connection, bindparam, delete, func, insert, select

from speechqc.events import (
    CallClock,
    Event,
    Prosody,
    SpeechActivity,
    Utterance,
    VoiceEmotion,
    decode,
    encode,
)
from speechqc.store.rows import Published
from speechqc.store.schema import events

Numbered = tuple[int | None, Event]
"""An event with its number within the call; ``None`` when people, not the call, brought it about."""

_KNOWN_NUMBERS = select(events.c.seq).where(
    events.c.call_id == bindparam("call"), events.c.seq.between(bindparam("first"), bindparam("last"))
)
_APPEND = insert(events).returning(events.c.id, sort_by_parameter_order=True)
_PASSING = (CallClock, Prosody, SpeechActivity, VoiceEmotion)


def is_kept(event: Event) -> bool:
    """False for what is of no use a moment later: partial words, clock, activity, prosody."""
    return event.final if isinstance(event, Utterance) else not isinstance(event, _PASSING)


def type_of(event: Event) -> str:
    """The event's name in JSON."""
    return str(type(event).__struct_config__.tag)


def missing(connection: Connection, call_id: str, numbered: Sequence[tuple[int, Event]]) -> list[Numbered]:
    """Those of `numbered` that the outbox does not have yet."""
    span = {"call": call_id, "first": numbered[0][0], "last": numbered[-1][0]}
    present = set(connection.scalars(_KNOWN_NUMBERS, span))
    return [(seq, event) for seq, event in numbered if seq not in present]


def append(
    connection: Connection, call_id: str, team: str | None, numbered: Sequence[Numbered], at: datetime
) -> list[Published]:
    """Add events at the end; they get their ids in the order given."""
    if not numbered:
        return []
    rows = [
        {
            "call_id": call_id,
            "seq": seq,
            "type": type_of(event),
            "team": team,
            "at": at,
            "event": encode(event).decode(),
        }
        for seq, event in numbered
    ]
    ids = connection.scalars(_APPEND, rows).all()
    return [Published(id_, event) for id_, (_, event) in zip(ids, numbered, strict=True)]


def after(
    connection: Connection,
    event_id: int,
    *,
    limit: int,
    call_id: str | None,
    team: str | None,
    types: Collection[str] | None,
) -> list[Published]:
    """The first `limit` events behind `event_id` that pass the filters."""
    query = select(events.c.id, events.c.event).where(events.c.id > event_id)
    if call_id is not None:
        query = query.where(events.c.call_id == call_id)
    if team is not None:
        query = query.where(events.c.team == team)
    if types is not None:
        query = query.where(events.c.type.in_(types))
    rows = connection.execute(query.order_by(events.c.id).limit(limit))
    return [Published(id_, decode(event)) for id_, event in rows]


def last_id(connection: Connection) -> int:
    return connection.scalar(select(func.max(events.c.id))) or 0


def prune(connection: Connection, before: datetime) -> int:
    """Drop events older than `before`; what they said stays in the other tables."""
    return connection.execute(delete(events).where(events.c.at < before)).rowcount
