"""The messages of the live protocol, one struct each; JSON carries the class's tag in ``type``.

Audio travels beside them as binary frames: a sequence number of four bytes, big endian, then the bytes
of the announced encoding. Numbers start at 0 and go up by one a frame.
"""

from __future__ import annotations

import struct
from typing import Any

import msgspec

from speechqc.events import CallKind, Direction, Role, Text

PROTOCOL_VERSION = 1
FRAME_HEADER = struct.Struct(">I")
LAST_SEQ = 2**32 - 1


class Message(msgspec.Struct, frozen=True, kw_only=True, tag_field="type"):
    """Base of every message."""


class Media(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the bytes of the frames are; see :class:`speechqc.audio.format.AudioFormat`."""

    encoding: str
    rate_hz: int
    channels: tuple[str, ...]
    """Who is on each interleaved channel, e.g. ``["agent", "customer"]``."""


class Start(Message, frozen=True, kw_only=True, tag="start", forbid_unknown_fields=True):
    """Client: begin a call, or go on with one (`resume`)."""

    call_id: str
    media: Media
    kind: CallKind
    token: str | None = None
    direction: Direction = Direction.OUTBOUND
    language: str = "zh"
    product: str | None = None
    agent: str | None = None
    team: str | None = None
    customer: str | None = None
    number: str | None = None
    recording_notice: bool = False
    metadata: dict[str, str] = {}
    resume: bool = False
    """True: this call may have begun before; the server says which frame it wants next."""
    events: bool = False
    """True: findings, alerts and gaps of this call are also sent on this connection."""


class Stop(Message, frozen=True, kw_only=True, tag="stop", forbid_unknown_fields=True):
    """Client: that was the last frame."""


class Ready(Message, frozen=True, kw_only=True, tag="ready"):
    """Server: the call is taken; send frames from `next_seq` on."""

    call_id: str
    next_seq: int
    recogniser: str
    version: int = PROTOCOL_VERSION


class Ack(Message, frozen=True, kw_only=True, tag="ack"):
    """Server: every frame up to and with `seq` is on disk and need not be kept."""

    seq: int


class GapNotice(Message, frozen=True, kw_only=True, tag="gap"):
    """Server: audio that was not analysed, seconds of call time, and why. Nothing needs to be sent again."""

    start: float
    end: float
    reason: str
    role: Role | None = None


class EventMessage(Message, frozen=True, kw_only=True, tag="event"):
    """Server: one event. `id` is ``None`` for what is not stored and cannot be resumed from."""

    event: msgspec.Raw
    id: int | None = None


class Error(Message, frozen=True, kw_only=True, tag="error"):
    """Server: something was refused. `fatal` errors close the connection; others leave it as it is."""

    code: str
    message: Text
    hint: Text | None = None
    retry_after_s: float | None = None
    expected_seq: int | None = None
    fatal: bool = False
    request: str | None = None
    """Repeats the `request` of the subscriber's command that was refused."""


class Ended(Message, frozen=True, kw_only=True, tag="ended"):
    """Server: the call is closed and everything heard in it is kept."""

    call_id: str
    reason: str
    frames: int


class Subscribe(Message, frozen=True, kw_only=True, tag="subscribe", forbid_unknown_fields=True):
    """Subscriber: first message. Empty filters let everything through."""

    token: str | None = None
    calls: tuple[str, ...] = ()
    team: str | None = None
    types: tuple[str, ...] = ()
    after: int | None = None
    """Id of the last event seen; 0 for everything stored. ``None``: only what happens from now on."""
    ephemeral: bool = False
    """True: also unfinished utterances and running metrics, which are not stored."""


class Subscribed(Message, frozen=True, kw_only=True, tag="subscribed"):
    """Server: answers `subscribe`. Stored events after `last_id` follow."""

    last_id: int
    version: int = PROTOCOL_VERSION


class Acknowledge(Message, frozen=True, kw_only=True, tag="acknowledge", forbid_unknown_fields=True):
    """Subscriber: `by` has seen the alert; it no longer escalates.

    `version`, here and in the other commands, is the version of the alert that the person saw: any change
    since is then refused. `request` comes back in the answer.
    """

    alert_id: str
    by: str
    version: int | None = None
    request: str | None = None


class Assign(Message, frozen=True, kw_only=True, tag="assign", forbid_unknown_fields=True):
    """Subscriber: `by` hands the alert to `to`."""

    alert_id: str
    to: str
    by: str
    version: int | None = None
    request: str | None = None


class Act(Message, frozen=True, kw_only=True, tag="act", forbid_unknown_fields=True):
    """Subscriber: `by` does something about the alert; `level` is the ladder 0 (prompt) to 5 (compliance)."""

    alert_id: str
    by: str
    level: int
    action: str
    version: int | None = None
    request: str | None = None


class Outcome(Message, frozen=True, kw_only=True, tag="outcome", forbid_unknown_fields=True):
    """Subscriber: what came of it; closes the alert."""

    alert_id: str
    by: str
    outcome: str
    version: int | None = None
    request: str | None = None


class Done(Message, frozen=True, kw_only=True, tag="done"):
    """Server: the command was carried out and stored."""

    alert_id: str
    request: str | None = None


ClientMessage = Start | Stop
SubscriberMessage = Subscribe | Acknowledge | Assign | Act | Outcome
Command = Acknowledge | Assign | Act | Outcome
ServerMessage = Ready | Ack | GapNotice | EventMessage | Error | Ended | Subscribed | Done

_encoder = msgspec.json.Encoder()
_from_client: msgspec.json.Decoder[ClientMessage] = msgspec.json.Decoder(ClientMessage)
_from_subscriber: msgspec.json.Decoder[SubscriberMessage] = msgspec.json.Decoder(SubscriberMessage)
_from_server: msgspec.json.Decoder[ServerMessage] = msgspec.json.Decoder(ServerMessage)


def encode(message: Message) -> str:
    """One text message."""
    return _encoder.encode(message).decode()


def decode_client(text: str | bytes) -> ClientMessage:
    """A message of an ingesting client. Raises msgspec.DecodeError."""
    return _from_client.decode(text)


def decode_subscriber(text: str | bytes) -> SubscriberMessage:
    """A message of a subscriber. Raises msgspec.DecodeError."""
    return _from_subscriber.decode(text)


def decode_server(text: str | bytes) -> ServerMessage:
    """A message of the server. Raises msgspec.DecodeError."""
    return _from_server.decode(text)


def frame(seq: int, payload: bytes) -> bytes:
    """One binary frame."""
    return FRAME_HEADER.pack(seq) + payload


def to_dict(message: Message) -> dict[str, Any]:
    """The message as plain JSON types."""
    plain: dict[str, Any] = msgspec.to_builtins(message)
    return plain
