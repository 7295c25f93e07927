"""What a database error means to the person who runs the service, and what to do about it.

Nothing recorded is lost by any of these: a transaction is whole or absent, and events that could not
be recorded are still in the call's journal.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.engine import URL
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from speechqc.errors import StoreError

KEPT = "nothing is lost: what is not recorded stays in the journal and is recorded later"

_MEANINGS: tuple[tuple[tuple[str, ...], str, str], ...] = (
    (
        ("database is locked", "lock timeout", "database table is locked"),
        "is locked by another program",
        f"close the program that holds it, or raise busy_timeout_s; {KEPT}",
    ),
    (
        ("disk is full", "no space left", "disk i/o error"),
        "cannot be written: the disk is full or failing",
        f"free space on that disk; {KEPT}",
    ),
    (
        ("readonly", "read-only", "permission denied"),
        "cannot be written: no permission",
        "give the service's user write access to the database file and its folder",
    ),
    (
        ("unable to open database file",),
        "cannot be opened",
        "make the folder and give the service's user write access, or name another database",
    ),
    (
        ("not a database", "malformed"),
        "is damaged or no database",
        "restore the newest backup or name another database; calls can be recorded again from their journals",
    ),
    (
        ("password authentication failed", "no pg_hba.conf entry", 'role "'),
        "refused the login",
        "check user and password in the database address",
    ),
    (
        ("does not exist", "no such table", "no such column"),
        "lacks what this version needs",
        "make the database, or let the service migrate it by opening it with the store's own user",
    ),
    (
        ("foreign key",),
        "has no call that this belongs to",
        "record the call's journal from its first event on",
    ),
    (
        ("unique", "duplicate key"),
        "was written by two at once",
        "let one process alone record a call; try again",
    ),
)
_UNREACHABLE = ("cannot be reached", f"start the database server and check its address; {KEPT}")


def shown(url: URL) -> str:
    """The address without its password."""
    return url.render_as_string(hide_password=True)


@contextmanager
def explained(url: URL) -> Iterator[None]:
    """Turn the errors of SQLAlchemy and its drivers into :class:`StoreError`."""
    try:
        yield
    except PoolTimeout as error:
        raise StoreError(f"database {shown(url)} is too busy: {error}", hint=KEPT) from error
    except SQLAlchemyError as error:
        meaning, hint = _meaning(error)
        raise StoreError(f"database {shown(url)} {meaning}: {_first_line(error)}", hint=hint) from error


def _meaning(error: SQLAlchemyError) -> tuple[str, str]:
    text = str(getattr(error, "orig", error)).lower()
    for words, meaning, hint in _MEANINGS:
        if any(word in text for word in words):
            return meaning, hint
    if (isinstance(error, DBAPIError) and error.connection_invalidated) or "connect" in text:
        return _UNREACHABLE
    return "refused", KEPT


def _first_line(error: SQLAlchemyError) -> str:
    return str(getattr(error, "orig", error)).strip().split("\n", maxsplit=1)[0]
