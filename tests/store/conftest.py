"""Every test of the store runs on SQLite and, where one is named, on a real PostgreSQL."""

import itertools
import os

import psycopg
import pytest

from speechqc.store import Store
from tests.support.postgres import VARIABLE

_numbers = itertools.count(1)
_server = os.environ.get(VARIABLE, "")
_no_server = pytest.mark.skip(
    f"{VARIABLE} names no PostgreSQL; python -m tests.support.postgres -- pytest tests/store starts one"
)


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=[] if _server else [_no_server])])
def url(request, tmp_path):
    """The address of an empty database."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path}/store.db"
        return
    schema = f"test_{os.getpid()}_{next(_numbers)}"
    with psycopg.connect(_server, autocommit=True) as connection:
        connection.execute(f"CREATE SCHEMA {schema}")
    separator = "&" if "?" in _server else "?"
    yield f"{_server}{separator}options=-csearch_path%3D{schema}"
    with psycopg.connect(_server, autocommit=True) as connection:
        connection.execute(f"DROP SCHEMA {schema} CASCADE")


@pytest.fixture
def store(url):
    with Store.open(url) as opened:
        yield opened
