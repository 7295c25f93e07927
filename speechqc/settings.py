"""Settings of the live service: from the environment (``SPEECHQC_…``), a ``.env`` file or code.

Every name carries its unit; every default works on one machine without further configuration.
"""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

from pydantic import Field, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from speechqc.errors import ConfigurationError


class JournalSync(StrEnum):
    """What an acknowledgement promises."""

    FDATASYNC = "fdatasync"
    """The frame survives a power loss. Costs about 130 µs of one core a call and commit (see
    `journal_commit_s`): 4 % at 50 calls, 13 % at 150, on a virtual disk; hence the default."""
    WRITE = "write"
    """The frame survives a killed process, not a power loss."""


Ratio = Annotated[float, Field(gt=0, le=1)]


class Settings(BaseSettings):
    """Settings of `speechqc serve`."""

    model_config = SettingsConfigDict(env_prefix="SPEECHQC_", env_file=".env", extra="ignore", frozen=True)

    host: str = "127.0.0.1"
    """Address to listen on; set tokens before you open it to a network."""
    port: int = Field(8710, ge=0, le=65_535)
    """0 takes a free port."""
    data_dir: Path = Path("var")
    """Journals, and the store unless `store_url` says otherwise."""
    store_url: str | None = None
    """SQLAlchemy URL; ``None``: SQLite in `data_dir`."""
    asr: str = "auto"
    """``auto``, ``bundled``, ``whisper`` or ``whisper:<size or path>``."""
    pack: str = "core"
    """Built-in rules of a region or line of business, as ``cn-bank``; several parted by commas."""
    rules: tuple[Path, ...] = ()
    """Folders of rule packs of the house, beside `pack`."""
    semantic_model: Path | None = None
    """Folder of a Hugging Face text classifier or sentence encoder (ONNX) that the rules ask for what is meant; ``None``: the bundled one."""
    anger_model: str | None = None
    """Folder of a Hugging Face audio classifier of emotion (ONNX), or its name under the models folder, that is
    heard on the customer's voice beside the built-in measures; ``None``: none."""
    min_confidence: float | None = Field(None, ge=0, le=1)
    """An utterance the recogniser was less sure of is marked *not analysed*; ``None``: the recogniser's own limit."""
    ingest_tokens: tuple[str, ...] = ()
    """Tokens of clients that send calls; empty: none is asked for. JSON list in the environment."""
    event_tokens: tuple[str, ...] = ()
    """Tokens of subscribers; empty: none is asked for."""

    max_frame_bytes: int = Field(65_536, ge=160, le=1_048_576)
    """Largest payload of one audio frame."""
    max_backlog_s: float = Field(5.0, ge=0.5, le=120)
    """Audio of one call that may wait to be recognised before its connection is read no further."""
    max_calls: int = Field(1_000, ge=1)
    """Backstop; admission is by measured load."""
    max_subscribers: int = Field(200, ge=1)
    max_subscriber_events: int = Field(2_000, ge=10)
    """Events that may wait for one subscriber before it is dropped."""
    max_unstored_events: int = Field(100_000, ge=100)
    """Events that may wait for a store that does not answer before calls are read no further."""

    journal_sync: JournalSync = JournalSync.FDATASYNC
    journal_commit_s: float = Field(0.25, ge=0.02, le=5)
    """How often gathered frames are brought to disk and acknowledged."""

    decode_timeout_s: float = Field(10.0, ge=0.5, le=120)
    """Audio that was not recognised by then is announced as a gap."""
    decode_workers: int = Field(1, ge=1, le=64)
    admission_busy_ratio: Ratio = 0.7
    """New calls are refused while the recogniser is busier than this."""
    admission_queue_delay_s: float = Field(0.5, gt=0, le=10)
    """… or while 5 % of the audio waits longer than this to be recognised."""
    admission_loop_lag_s: float = Field(0.25, gt=0, le=10)
    """… or while the service itself runs later than this."""
    retry_after_s: float = Field(5.0, gt=0)
    """What a refused client is told to wait."""

    silent_s: float = Field(10.0, ge=1)
    """A connection that sent nothing for this long may be replaced by another client with `resume`."""
    grace_s: float = Field(60.0, ge=0)
    """How long a call waits for its client to come back before it ends as ``client_lost``."""
    promise_check_s: float = Field(30.0, ge=0.1)
    """How often overdue promises are looked for."""
    alert_policy: Path | None = None
    """File of the alert policy; ``None``: the built-in one."""
    contact_policy: Path | None = None
    """File that chooses and tightens the presets of the contact policy; ``None``: the built-in ones, by zone."""
    webhook_url: str | None = None
    webhook_secret: str | None = None

    @property
    def journal_dir(self) -> Path:
        return self.data_dir / "journal"

    @property
    def database_url(self) -> str:
        return self.store_url or f"sqlite:///{(self.data_dir / 'speechqc.db').absolute()}"


def load_settings(**given: object) -> Settings:
    """The settings, `given` before environment before defaults.

    Raises:
        ConfigurationError: a value is out of range; the message names the setting and what is wrong.
    """
    try:
        return Settings(**{name: value for name, value in given.items() if value is not None})  # type: ignore[arg-type]
    except ValidationError as error:
        wrong = "; ".join(f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors())
        raise ConfigurationError(f"settings are not usable: {wrong}", hint="see docs/protocol.md") from None
