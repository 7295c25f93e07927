from __future__ import annotations

from pathlib import Path

import pytest

from speechqc.errors import ConfigurationError
from speechqc.settings import JournalSync, Settings, load_settings

DOCUMENT = Path(__file__).parents[1] / "docs" / "protocol.md"


def test_defaults_work_without_any_configuration(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    settings = load_settings()
    assert settings.journal_sync is JournalSync.FDATASYNC
    assert settings.database_url == f"sqlite:///{tmp_path / 'var' / 'speechqc.db'}"


def test_the_environment_comes_before_defaults_and_code_before_the_environment(monkeypatch):
    monkeypatch.setenv("SPEECHQC_PORT", "9000")
    monkeypatch.setenv("SPEECHQC_INGEST_TOKENS", '["a", "b"]')
    assert load_settings().port == 9000
    assert load_settings(port=9001).port == 9001
    assert load_settings(port=None).ingest_tokens == ("a", "b")


def test_a_value_out_of_range_is_named_with_its_limit():
    with pytest.raises(ConfigurationError, match=r"grace_s: Input should be greater than or equal to 0"):
        load_settings(grace_s=-1)
    with pytest.raises(ConfigurationError, match=r"journal_sync: Input should be 'fdatasync' or 'write'"):
        load_settings(journal_sync="sometimes")


@pytest.mark.parametrize("name", sorted(Settings.model_fields))
def test_every_setting_is_documented(name):
    assert f"`SPEECHQC_{name.upper()}`" in DOCUMENT.read_text("utf-8")
