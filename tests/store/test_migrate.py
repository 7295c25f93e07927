"""Databases of this version, of none, of a newer one, of another program."""

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from speechqc.errors import StoreError
from speechqc.store import Store
from speechqc.store.database import Database
from speechqc.store.migrate import FOLDER, NEWEST, revision
from speechqc.store.schema import metadata
from tests.alerts.making import NOW
from tests.store.call_events import whole_call


def test_the_migrations_make_exactly_the_tables_the_queries_use(store):
    with store.database.reading() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []


def test_the_newest_revision_is_the_one_this_version_names():
    assert ScriptDirectory(str(FOLDER)).get_current_head() == NEWEST


def test_opening_again_keeps_everything(url):
    with Store.open(url) as first:
        published = first.record("c1", 0, whole_call(), NOW)
    with Store.open(url) as second:
        assert second.events_after(0) == published


def test_a_database_of_a_newer_version_is_left_alone(url):
    Store.open(url).close()
    database = Database(url)
    with database.writing() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))

    with pytest.raises(
        StoreError, match=rf"is of revision 9999; this version knows {NEWEST} at most \(a newer"
    ):
        Store.open(url)
    with database.reading() as connection:
        assert revision(connection) == "9999"
    database.close()


def test_a_database_of_another_program_is_left_alone(url):
    database = Database(url)
    with database.writing() as connection:
        connection.execute(text("CREATE TABLE calls (x INTEGER)"))
    database.close()

    with pytest.raises(StoreError, match=r"has tables of another program \(name an empty database\)"):
        Store.open(url)


def test_the_history_of_an_alert_cannot_be_rewritten(store):
    store.record("c1", 0, whole_call(), NOW)
    with pytest.raises(DBAPIError, match="append-only"), store.database.engine.begin() as connection:
        connection.execute(text("UPDATE alert_history SET detail = 'never happened'"))
