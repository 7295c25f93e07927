"""Bring a database to the schema of this version, or say clearly why that cannot be.

Alembic is imported only when there is something to migrate: opening an up-to-date store is quick.
"""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Connection, inspect, text

from speechqc.errors import StoreError
from speechqc.store.database import Database
from speechqc.store.failures import shown

NEWEST = "0003"
"""The revision this version works with."""
FOLDER = Path(__file__).with_name("migrations")


def migrate(database: Database) -> None:
    """Create or upgrade the tables of `database`, in one transaction.

    Raises:
        StoreError: a newer version of the package wrote the database, or it holds foreign tables.
    """
    with database.reading() as connection:
        if revision(connection) == NEWEST:
            return
    with database.writing() as connection:
        present = revision(connection)
        if present == NEWEST:
            return
        if present is not None and present not in _known():
            raise StoreError(
                f"database {shown(database.url)} is of revision {present}; this version knows {NEWEST} at most",
                hint="a newer speechqc wrote it: upgrade this one, or restore the backup from before",
            )
        if present is None and "calls" in inspect(connection).get_table_names():
            raise StoreError(
                f"database {shown(database.url)} has tables of another program",
                hint="name an empty database",
            )
        _upgrade(connection)


def revision(connection: Connection) -> str | None:
    """The revision the database is at; ``None``: it is empty."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    found = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    return None if found is None else str(found)


def _known() -> set[str]:
    return {path.name.split("_", maxsplit=1)[0] for path in (FOLDER / "versions").glob("[0-9]*.py")}


def _upgrade(connection: Connection) -> None:
    from alembic import command  # noqa: PLC0415
    from alembic.config import Config  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", str(FOLDER).replace("%", "%%"))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
