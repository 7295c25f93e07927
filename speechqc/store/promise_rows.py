"""The rows of promises: written with the call's events, inside the caller's transaction."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import Connection, select

from speechqc.events import Promise, encode
from speechqc.store.schema import calls, promises
from speechqc.store.writing import add_missing


def add(connection: Connection, call_id: str, made: Sequence[Promise]) -> None:
    """Write the promises of one call; those that are there stay as they are, kept ones kept."""
    if not made:
        return
    query = select(calls.c.started_at, calls.c.team, calls.c.agent, calls.c.customer, calls.c.number)
    call = connection.execute(query.where(calls.c.id == call_id)).one()
    rows = [
        {
            "id": promise.id,
            "call_id": call_id,
            "team": call.team,
            "agent": call.agent,
            "customer": call.customer,
            "number": call.number,
            "action": promise.action,
            "owner": promise.owner,
            "quote": promise.quote,
            "promised_at": call.started_at + timedelta(seconds=promise.end),
            "due_at": promise.due_at,
            "event": encode(promise).decode(),
        }
        for promise in made
    ]
    add_missing(connection, promises, rows)
