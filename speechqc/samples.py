"""The sample calls that come with the package: compressed recordings and their true transcripts."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import msgspec
import yaml

from speechqc.errors import ConfigurationError
from speechqc.events import Text
from speechqc.transcripts import Transcript


class SampleScript(Transcript, frozen=True, kw_only=True):
    """The transcript of a sample, what it is called, and the signals it was written to raise."""

    title: Text
    expected: tuple[str, ...] = ()
    contacts_today: int = 0


@dataclass(frozen=True)
class Sample:
    audio: Path
    script: SampleScript


def sample_calls() -> list[Sample]:
    """All samples, by name.

    Raises:
        ConfigurationError: the package was installed without them.
    """
    folder = _folder()
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    samples = [
        Sample(
            audio,
            msgspec.convert(yaml.load(audio.with_suffix(".yaml").read_text("utf-8"), loader), SampleScript),
        )
        for audio in sorted(folder.glob("*.flac"))
    ]
    if not samples:
        raise ConfigurationError(f"no sample calls in {folder}", hint="render them: python -m streams.render")
    return samples


def _folder() -> Path:
    """Inside an installed package, else in the checkout."""
    package = Path(__file__).parent
    installed = package / "streams"
    return installed if installed.is_dir() else package.parent / "streams" / "audio"
