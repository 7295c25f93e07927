"""A database to write to and read from: SQLite in a file by default, PostgreSQL by address."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError

from speechqc.errors import ConfigurationError, StoreError
from speechqc.store.failures import KEPT, explained, shown

CONNECT_TIMEOUT_S = 5
_WRITERS_LOCK = 0x5BEEC4
"""One number for PostgreSQL's advisory lock: event ids become visible in the order of their numbers."""


class Database:
    """Connections of one database and its two kinds of transaction.

    Args:
        url: ``sqlite:///path/of/file.db``, a plain path, or ``postgresql://user@host/name``.
        busy_timeout_s: how long to wait for another writer before a :class:`StoreError`.

    Raises:
        ConfigurationError: the address is none of these.
    """

    def __init__(self, url: str, *, busy_timeout_s: float = 5.0) -> None:
        if busy_timeout_s <= 0:
            raise ConfigurationError(f"busy_timeout_s must be above 0, not {busy_timeout_s}")
        self.url = _address(url)
        self._file = _file_of(self.url)
        if self._file is not None:
            _make_folder(self._file)
        self.engine: Engine = _engine(self.url, busy_timeout_s)
        self._inode: int | None = None

    @property
    def sqlite(self) -> bool:
        return self._file is not None

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """A transaction that is alone in writing; committed at the end, undone by any error."""
        with explained(self.url):
            self._check_file()
            with self.engine.connect().execution_options(writes=True) as connection, connection.begin():
                if not self.sqlite:
                    connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _WRITERS_LOCK})
                yield connection

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """One consistent view of the database; writers are not held up."""
        with explained(self.url):
            self._check_file()
            with self.engine.connect() as connection, connection.begin():
                yield connection

    def close(self) -> None:
        self.engine.dispose()

    def _check_file(self) -> None:
        # A deleted SQLite file stays writable for whoever has it open, and all of it is lost at the end.
        if self._file is None:
            return
        try:
            inode = os.stat(self._file).st_ino
        except FileNotFoundError:
            inode = None
        if self._inode is None:
            self._inode = inode
        elif inode != self._inode:
            self.engine.dispose()
            what = "is gone" if inode is None else "was replaced"
            raise StoreError(
                f"database {shown(self.url)} {what} while it was open",
                hint=f"put the file back or restart the service to begin a new one; {KEPT}",
            )


def _address(url: str) -> URL:
    if "://" not in url:
        return URL.create("sqlite", database=url)
    try:
        address = make_url(url)
    except ArgumentError as error:
        raise ConfigurationError(f"{url!r} is no database address", hint=_ADDRESSES) from error
    backend = address.get_backend_name()
    if backend == "postgresql":
        return address.set(drivername="postgresql+psycopg")
    if backend != "sqlite" or not address.database or address.database == ":memory:":
        raise ConfigurationError(
            f"a store is a SQLite file or a PostgreSQL database, not {shown(address)}", hint=_ADDRESSES
        )
    return address


_ADDRESSES = "for example sqlite:////var/lib/speechqc/store.db or postgresql://user@host/speechqc"


def _file_of(url: URL) -> Path | None:
    return Path(url.database) if url.get_backend_name() == "sqlite" and url.database else None


def _make_folder(file: Path) -> None:
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StoreError(
            f"folder {file.parent} of the database cannot be made: {error.strerror}",
            hint="name a folder that the service's user may write to",
        ) from error


def _engine(url: URL, busy_timeout_s: float) -> Engine:
    if url.get_backend_name() == "sqlite":
        engine = create_engine(url, connect_args={"timeout": busy_timeout_s, "check_same_thread": False})
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
        return engine
    engine = create_engine(url, pool_pre_ping=True, connect_args={"connect_timeout": CONNECT_TIMEOUT_S})
    wait_ms = int(busy_timeout_s * 1000)

    @event.listens_for(engine, "connect")
    def prepare(connection: Any, _record: Any) -> None:
        connection.autocommit = True
        connection.execute(f"SET lock_timeout = {wait_ms}")
        connection.execute("SET timezone = 'UTC'")
        connection.autocommit = False

    return engine


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    # The driver would begin transactions by itself, and only before the first write; that upgrade
    # from reader to writer fails at once instead of waiting, so _begin_sqlite begins them.
    connection.isolation_level = None
    for pragma in (
        "journal_mode=WAL",  # readers never wait for the writer
        "synchronous=NORMAL",  # with WAL a power cut may lose the last commits, never the file; the journal has them
        "foreign_keys=ON",
        "temp_store=MEMORY",
        "journal_size_limit=67108864",
    ):
        connection.execute(f"PRAGMA {pragma}").close()


def _begin_sqlite(connection: Connection) -> None:
    writes = connection.get_execution_options().get("writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
