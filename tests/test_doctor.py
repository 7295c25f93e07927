"""Every check runs the thing itself, reports in both languages and never raises."""

import socket
from dataclasses import dataclass
from pathlib import Path

import pytest

from speechqc.doctor import Check, run_checks
from speechqc.errors import StoreError


@dataclass(frozen=True)
class Settings:
    data_dir: Path
    host: str = "127.0.0.1"
    port: int = 0
    database_url: str = "postgresql://qc:secret@db.bank/qc"


def report(tmp_path, *, open_store=None, **settings) -> dict[str, Check]:
    settings.setdefault("data_dir", tmp_path / "var")
    return {check.name: check for check in run_checks(Settings(**settings), open_store=open_store)}


@pytest.mark.parametrize(
    "name", ["python", "packages", "processors", "audio", "voice activity", "whisper", "data folder", "port"]
)
def test_this_machine_is_ready(tmp_path, name):
    check = report(tmp_path)[name]

    assert check.ok, check.detail.en
    assert check.detail.zh and check.detail.en


def test_the_data_folder_is_made_and_left_empty(tmp_path):
    check = report(tmp_path)["data folder"]

    assert "GB free" in check.detail.en
    assert list((tmp_path / "var").iterdir()) == []


def test_a_data_folder_that_cannot_be_written_says_which_setting_to_change(tmp_path):
    (tmp_path / "file").write_text("in the way")
    check = report(tmp_path, data_dir=tmp_path / "file")["data folder"]

    assert not check.ok
    assert check.detail.en.startswith("cannot write to ")
    assert check.hint.en == "set SPEECHQC_DATA_DIR to a folder you may write"


def test_a_port_in_use_is_found(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        check = report(tmp_path, port=port)["port"]

    assert not check.ok
    assert f"127.0.0.1:{port}" in check.detail.en
    assert "SPEECHQC_PORT" in check.hint.zh


def test_a_store_that_opens_is_shown_without_its_password(tmp_path):
    opened = []
    check = report(tmp_path, open_store=opened.append)["store"]

    assert (check.ok, check.detail.en) == (True, "db.bank/qc")
    assert opened == ["postgresql://qc:secret@db.bank/qc"]


def test_a_store_that_fails_hands_on_its_error_and_what_to_do(tmp_path):
    def locked(url):
        raise StoreError("the database is locked", hint="stop the other service")

    check = report(tmp_path, open_store=locked)["store"]

    assert (check.ok, check.detail.en, check.hint.en) == (
        False,
        "the database is locked",
        "stop the other service",
    )


def test_a_missing_bundled_model_is_reported_and_not_raised(tmp_path, monkeypatch):
    monkeypatch.setattr("speechqc.asr.models.bundled_folder", lambda: tmp_path)
    check = report(tmp_path)["bundled model"]

    assert not check.ok
    assert check.detail.en.endswith("has no checksums")
    assert check.hint.en == "install speechqc again"


def test_the_store_is_left_out_when_nobody_can_open_it(tmp_path):
    assert "store" not in report(tmp_path)
