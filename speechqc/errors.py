"""Errors a person can act on: what was expected, what came, and what to do.

Every error that reaches a user or a client is a :class:`SpeechqcError`; its `code` is stable and
part of the live protocol, its message is one sentence, its `hint` says what to do next.
"""

from __future__ import annotations


class SpeechqcError(Exception):
    """Base of all errors this package raises on purpose."""

    code = "error"

    def __init__(self, message: str, *, hint: str | None = None) -> None:
        super().__init__(message)
        self.hint = hint

    def __str__(self) -> str:
        message = super().__str__()
        return f"{message} ({self.hint})" if self.hint else message


class ConfigurationError(SpeechqcError):
    """A setting is out of range or contradicts another."""

    code = "bad_configuration"


class AudioError(SpeechqcError):
    """Audio that cannot be read: unknown encoding, empty, truncated, wrong number of channels."""

    code = "bad_audio"


class TranscriptError(SpeechqcError):
    """A transcript file that does not follow the format; names file and field."""

    code = "bad_transcript"


class RuleError(SpeechqcError):
    """A rule file that cannot be compiled; names file, line and what was expected."""

    code = "bad_rule"


class ModelError(SpeechqcError):
    """A model is missing or damaged; the hint is the command that gets it."""

    code = "missing_model"


class ProtocolError(SpeechqcError):
    """A client broke the live protocol; the call's journal is kept."""

    code = "protocol"


class OverloadError(SpeechqcError):
    """The machine cannot take another call now."""

    code = "overloaded"


class StoreError(SpeechqcError):
    """The database is locked, gone or of another version."""

    code = "store"
