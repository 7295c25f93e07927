from __future__ import annotations

import json
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from speechqc.audio.writing import write_wav
from speechqc.cli.main import main
from tests.support.samples import RATE, sample, sound_of


@dataclass(frozen=True)
class Ran:
    code: int
    out: str
    err: str

    def records(self, kind: str) -> list[dict[str, Any]]:
        """The JSON objects of type `kind` on standard output."""
        return [each for each in map(json.loads, self.out.splitlines()) if each["type"] == kind]

    @property
    def signals(self) -> set[str]:
        return {finding["signal"] for finding in self.records("finding")}


Command = Callable[..., Ran]


@pytest.fixture
def command(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Command:
    """Runs a command line through `main` as the installed script does."""
    monkeypatch.setenv("SPEECHQC_DATA_DIR", str(tmp_path / "var"))
    monkeypatch.delenv("SPEECHQC_ASR", raising=False)

    def run(*arguments: object, language: str = "en", columns: int = 120) -> Ran:
        monkeypatch.setenv("SPEECHQC_LANG", language)
        monkeypatch.setenv("COLUMNS", str(columns))
        monkeypatch.setattr(sys, "argv", ["speechqc", *map(str, arguments)])
        capsys.readouterr()
        with pytest.raises(SystemExit) as end:
            main()
        captured = capsys.readouterr()
        return Ran(int(end.value.code or 0), captured.out, captured.err)

    return run


@pytest.fixture
def promise_wav(tmp_path: Path) -> Path:
    """Six seconds of the wealth sale, in which the agent says 保本保息; agent on the left."""
    path = tmp_path / "promise.wav"
    write_wav(path, sound_of(sample("wealth-sale").audio, start_s=21, end_s=29.8), RATE)
    return path
