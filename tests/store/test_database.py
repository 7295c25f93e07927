"""A database that is locked, gone, damaged or unreachable says so, with what to do."""

import sqlite3
import subprocess
import sys

import pytest
from sqlalchemy import event

from speechqc.errors import ConfigurationError, StoreError
from speechqc.store import Store
from speechqc.store.database import Database
from tests.alerts.making import NOW
from tests.store.call_events import said, started


@pytest.fixture
def file(tmp_path):
    return tmp_path / "store.db"


def test_a_plain_path_is_a_sqlite_file_and_its_folder_is_made(tmp_path):
    file = tmp_path / "deep" / "er" / "store.db"
    with Store.open(str(file)) as store:
        store.record("c1", 0, [started()], NOW)
    assert file.exists()


def test_sqlite_runs_in_wal_with_foreign_keys(file):
    with Store.open(str(file)) as store, store.database.reading() as connection:
        values = {
            name: connection.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
        }
    assert values == {"journal_mode": "wal", "synchronous": 1, "foreign_keys": 1, "busy_timeout": 5000}


def test_a_locked_database_is_an_error_and_recording_again_later_succeeds(file):
    with Store.open(str(file), busy_timeout_s=0.05) as store:
        store.record("c1", 0, [started()], NOW)
        other = sqlite3.connect(file, isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreError, match=r"is locked by another program.*nothing is lost"):
            store.record("c1", 1, [said()], NOW)
        assert len(store.events_after(0)) == 1  # readers are not held up
        other.execute("ROLLBACK")
        other.close()
        assert len(store.record("c1", 1, [said()], NOW)) == 1


def test_a_file_deleted_under_the_store_is_noticed_before_anything_is_written(file):
    with Store.open(str(file)) as store:
        store.record("c1", 0, [started()], NOW)
        file.unlink()
        with pytest.raises(StoreError, match=r"is gone while it was open \(put the file back"):
            store.record("c1", 1, [said()], NOW)


def test_a_file_replaced_under_the_store_is_noticed(file, tmp_path):
    with Store.open(str(file)) as store:
        copy = tmp_path / "copy.db"
        copy.write_bytes(file.read_bytes())
        copy.replace(file)
        with pytest.raises(StoreError, match="was replaced while it was open"):
            store.record("c1", 0, [started()], NOW)


def test_a_file_that_is_no_database_is_left_as_it_is(file):
    file.write_bytes(b"this is a letter, not a database" * 40)
    with pytest.raises(StoreError, match=r"is damaged or no database.*restore the newest backup"):
        Store.open(str(file))
    assert file.read_bytes().startswith(b"this is a letter")


def test_a_folder_in_place_of_the_file_cannot_be_opened(tmp_path):
    with pytest.raises(StoreError, match=r"cannot be opened.*make the folder"):
        Store.open(str(tmp_path))


def test_a_folder_that_cannot_be_made_is_named(tmp_path):
    (tmp_path / "file").write_text("x")
    with pytest.raises(StoreError, match=r"folder .*/file/deeper of the database cannot be made"):
        Store.open(str(tmp_path / "file" / "deeper" / "store.db"))


def test_a_full_disk_is_an_error_and_loses_nothing(file):
    with Store.open(str(file)) as store:
        store.record("c1", 0, [started()], NOW)
        with store.database.engine.connect() as connection:
            pages = connection.exec_driver_sql("PRAGMA page_count").scalar()
        store.database.engine.dispose()
        limit = _limit_pages(store, pages)
        with pytest.raises(StoreError, match=r"the disk is full or failing.*free space"):
            store.record("c1", 1, [said("很长" * 20_000)], NOW)
        limit.clear()
        store.database.engine.dispose()
        assert len(store.record("c1", 1, [said("很长" * 20_000)], NOW)) == 1


def _limit_pages(store, pages):
    """SQLite answers exactly as on a full disk once a connection may use no more pages."""
    limit = [pages]

    @event.listens_for(store.database.engine, "connect")
    def connect(connection, _record):
        if limit:
            connection.execute(f"PRAGMA max_page_count={limit[0]}")

    return limit


def test_a_server_that_is_not_there_cannot_be_reached(tmp_path):
    with pytest.raises(StoreError, match=r"cannot be reached.*start the database server"):
        Store.open(f"postgresql://nobody@/none?host={tmp_path}")


def test_no_error_shows_a_password(tmp_path):
    with pytest.raises(StoreError) as caught:
        Store.open(f"postgresql://nobody:s3cret@/none?host={tmp_path}")
    assert "s3cret" not in str(caught.value)
    assert "nobody:***@" in str(caught.value)


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("mysql://host/name", "a store is a SQLite file or a PostgreSQL database, not mysql://host/name"),
        ("sqlite://", "a store is a SQLite file or a PostgreSQL database"),
        ("sqlite:///:memory:", "a store is a SQLite file or a PostgreSQL database"),
        ("://", "'://' is no database address"),
    ],
)
def test_other_addresses_are_refused_with_an_example(url, message):
    with pytest.raises(ConfigurationError, match=message) as caught:
        Database(url)
    assert "postgresql://user@host/speechqc" in str(caught.value)


def test_a_wait_must_be_longer_than_nothing(file):
    with pytest.raises(ConfigurationError, match="busy_timeout_s must be above 0, not 0"):
        Database(str(file), busy_timeout_s=0)


def test_opening_an_up_to_date_store_does_not_load_the_migration_tool(file):
    Store.open(str(file)).close()
    code = (
        "import sys\nfrom speechqc.store import Store\n"
        f"Store.open({str(file)!r}).close()\nassert 'alembic' not in sys.modules"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
