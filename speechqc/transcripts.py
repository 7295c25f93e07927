"""Transcript files: a call as text, in YAML or JSON.

The format::

    id: call-17
    language: zh                 # zh | en
    kind: sales                  # sales | service | complaint | collection
    direction: outbound          # inbound | outbound
    product: 理财                # optional
    recording_notice: false      # optional: announced before the agent answered
    history: {attempts_today: 3} # optional: what the contact ledger knew
    metadata: {risk: C2}         # optional: what else is known of the call
    turns:
      - {role: agent, start: 0.0, end: 4.2, text: 您好…}
    labels: [{id: guaranteed_return, turn: 3}]     # optional, for evaluation
    near_misses: [{id: opt_out_request, turn: 5}]  # optional

Times may be left out; they are then estimated from the length of the text.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import yaml

from speechqc.errors import TranscriptError
from speechqc.events import (
    CallEnded,
    CallKind,
    CallStarted,
    ContactHistory,
    Direction,
    Event,
    Role,
    Utterance,
)

SUFFIXES = (".yaml", ".yml", ".json")
ZH_CHARACTERS_PER_S = 4.0
EN_CHARACTERS_PER_S = 14.0
PAUSE_S = 0.6


class Turn(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    role: Role
    text: str
    start: float | None = None
    end: float | None = None


class Label(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A signal that is true of the call; `turn` is ``None`` when it belongs to no single turn."""

    id: str
    turn: int | None = None


class Transcript(msgspec.Struct, frozen=True, kw_only=True):
    id: str
    turns: tuple[Turn, ...]
    language: str = "zh"
    kind: CallKind = CallKind.SALES
    direction: Direction = Direction.OUTBOUND
    product: str | None = None
    agent: str | None = None
    team: str | None = None
    customer: str | None = None
    number: str | None = None
    recording_notice: bool = False
    history: ContactHistory | None = None
    metadata: dict[str, str] = {}
    labels: tuple[Label, ...] = ()
    near_misses: tuple[Label, ...] = ()

    def started(self) -> CallStarted:
        """The call's first event."""
        roles_known = all(turn.role is not Role.UNKNOWN for turn in self.turns)
        return CallStarted(
            call_id=self.id,
            kind=self.kind,
            language=self.language,
            direction=self.direction,
            product=self.product,
            agent=self.agent,
            team=self.team,
            customer=self.customer,
            number=self.number,
            recording_notice=self.recording_notice,
            roles_known=roles_known,
            history=self.history,
            metadata=self.metadata,
        )

    def events(self) -> Iterator[Event]:
        """The whole call as the engine's input, in order of time."""
        yield self.started()
        clock = 0.0
        for index, turn in enumerate(self.turns):
            start = clock if turn.start is None else turn.start
            end = start + self._estimated_s(turn.text) if turn.end is None else turn.end
            yield Utterance(
                call_id=self.id, role=turn.role, turn=index, start=start, end=max(start, end), text=turn.text
            )
            clock = max(clock, end + PAUSE_S)
        yield CallEnded(call_id=self.id, at=clock)

    def _estimated_s(self, text: str) -> float:
        rate = ZH_CHARACTERS_PER_S if self.language.startswith("zh") else EN_CHARACTERS_PER_S
        return len(text) / rate


def read_transcript(path: Path) -> Transcript:
    """The transcript in `path`.

    Raises:
        TranscriptError: the file is missing, no YAML or JSON, or breaks the format; the message names
            the field.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise TranscriptError(f"{path}: not a text file in UTF-8: {error}") from error
    except OSError as error:
        raise TranscriptError(f"{path}: cannot be read: {error.strerror}") from error
    plain = _parse(path, text)
    if isinstance(plain, dict) and "id" not in plain:
        plain["id"] = path.stem
    try:
        transcript = msgspec.convert(plain, Transcript, strict=False)
    except msgspec.ValidationError as error:
        raise TranscriptError(
            f"{path}: {error}", hint="the format is described in docs/transcripts.md"
        ) from error
    _check_times(path, transcript)
    return transcript


def _parse(path: Path, text: str) -> Any:
    try:
        return json.loads(text) if path.suffix == ".json" else yaml.load(text, Loader=_LOADER)
    except json.JSONDecodeError as error:
        raise TranscriptError(f"{path}:{error.lineno}: not JSON: {error.msg}") from error
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = f":{mark.line + 1}" if mark else ""
        raise TranscriptError(f"{path}{line}: not YAML: {getattr(error, 'problem', error)}") from error


def _check_times(path: Path, transcript: Transcript) -> None:
    if not transcript.turns:
        raise TranscriptError(f"{path}: the call has no turns", hint="list what was said under `turns:`")
    for index, turn in enumerate(transcript.turns):
        if turn.start is not None and turn.end is not None and turn.end < turn.start:
            raise TranscriptError(
                f"{path}: turn {index} ends at {turn.end} s, before its start {turn.start} s"
            )


_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
