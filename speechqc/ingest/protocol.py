"""One connection of an ingesting client, without sockets: what came goes in, what it means comes out.

Like the protocol objects of h11 and websockets it does no I/O and has no clock; the legal moves are a
table, and a refused move names what came and in which state. Nothing a peer sends raises anything but
:class:`~speechqc.ingest.refusals.Refusal`.
"""

from __future__ import annotations

import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum, auto

import msgspec

from speechqc.audio.format import AudioFormat
from speechqc.errors import AudioError
from speechqc.events import Role
from speechqc.ingest.messages import FRAME_HEADER, LAST_SEQ, Media, Start, Stop, decode_client
from speechqc.ingest.refusals import Refusal

MAX_CALL_ID = 200
MAX_DETAIL = 200


class State(Enum):
    """Where a connection stands."""

    IDLE = auto()
    """Nothing was started."""
    STARTING = auto()
    """The client asked; the service has not answered."""
    STREAMING = auto()
    STOPPING = auto()
    """The client has sent everything; its last words are being recognised."""
    CLOSED = auto()


class Move(Enum):
    """What can happen on a connection."""

    START = "start"
    FRAME = "a frame"
    STOP = "stop"
    ACCEPT = "accept"
    DECLINE = "decline"
    END = "end"
    FAIL = "fail"


MOVES: dict[State, dict[Move, State]] = {
    State.IDLE: {Move.START: State.STARTING, Move.FAIL: State.CLOSED},
    State.STARTING: {
        Move.ACCEPT: State.STREAMING,
        Move.DECLINE: State.IDLE,
        Move.END: State.CLOSED,
        Move.FAIL: State.CLOSED,
    },
    State.STREAMING: {
        Move.FRAME: State.STREAMING,
        Move.STOP: State.STOPPING,
        Move.END: State.CLOSED,
        Move.FAIL: State.CLOSED,
    },
    State.STOPPING: {Move.END: State.CLOSED, Move.FAIL: State.CLOSED},
    State.CLOSED: {Move.FAIL: State.CLOSED},
}

_WRONG_STATE = {
    State.IDLE: "not_started",
    State.STARTING: "not_started",
    State.STREAMING: "already_started",
    State.STOPPING: "already_stopped",
    State.CLOSED: "already_stopped",
}


@dataclass(frozen=True, slots=True)
class Frame:
    """The next audio of the call."""

    seq: int
    payload: bytes


@dataclass(frozen=True, slots=True)
class Repeated:
    """A frame that came before; it is acknowledged again and not heard again."""

    seq: int


@dataclass(frozen=True, slots=True)
class Ignored:
    """A frame behind a missing one; the client was told already and will send it again."""

    seq: int


Received = Start | Stop | Frame | Repeated | Ignored


class IngestProtocol:
    """Both directions of one connection.

    Args:
        max_frame_bytes: largest payload of one frame.
        max_errors: after this many refusals without a good frame between them the connection is closed.
        tokens: accepted tokens; none means that no token is asked for.
    """

    def __init__(
        self, *, max_frame_bytes: int = 65_536, max_errors: int = 20, tokens: Sequence[str] = ()
    ) -> None:
        self._max_frame_bytes = max_frame_bytes
        self._max_errors = self._errors_left = max_errors
        self._tokens = tuple(token.encode() for token in tokens)
        self._state = State.IDLE
        self._next_seq = 0
        self._reported_seq: int | None = None

    @property
    def state(self) -> State:
        return self._state

    @property
    def next_seq(self) -> int:
        """The frame that is waited for."""
        return self._next_seq

    def receive(self, data: str | bytes) -> Received:
        """What a text or binary message means.

        Raises:
            Refusal: it means nothing, or nothing here and now.
        """
        try:
            return self._text(data) if isinstance(data, str) else self._binary(data)
        except Refusal as refusal:
            raise self._counted(refusal) from None

    def accept(self, next_seq: int) -> None:
        """The service takes the call; frames are expected from `next_seq` on."""
        self._move(Move.ACCEPT)
        self._next_seq = next_seq

    def decline(self) -> None:
        """The service does not take the call for a reason the client may repair."""
        self._move(Move.DECLINE)

    def end(self) -> None:
        """The call is over."""
        self._move(Move.END)

    def fail(self) -> None:
        """The connection is over."""
        self._move(Move.FAIL)

    # -- what came -------------------------------------------------------------------------------

    def _text(self, text: str) -> Start | Stop:
        try:
            message = decode_client(text)
        except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
            raise Refusal("bad_message", str(error)[:MAX_DETAIL]) from None
        if isinstance(message, Start):
            self._check_move(Move.START)
            self._check_start(message)
            self._move(Move.START)
        else:
            self._move(Move.STOP)
        return message

    def _binary(self, data: bytes) -> Frame | Repeated | Ignored:
        self._move(Move.FRAME)
        size = len(data) - FRAME_HEADER.size
        if size < 1:
            raise Refusal("bad_frame", f"{len(data)} bytes", expected_seq=self._next_seq)
        if size > self._max_frame_bytes:
            detail = f"{size} bytes, at most {self._max_frame_bytes}"
            raise Refusal("frame_too_large", detail, expected_seq=self._next_seq)
        seq: int = FRAME_HEADER.unpack_from(data)[0]
        if seq < self._next_seq:
            return Repeated(seq)
        if seq > self._next_seq:
            return self._missing(seq)
        if seq == LAST_SEQ:
            raise Refusal("bad_frame", "the sequence numbers are used up", expected_seq=seq)
        self._next_seq, self._reported_seq = seq + 1, None
        self._errors_left = self._max_errors
        return Frame(seq, data[FRAME_HEADER.size :])

    def _missing(self, seq: int) -> Ignored:
        if self._reported_seq == self._next_seq:
            return Ignored(seq)
        self._reported_seq = self._next_seq
        detail = f"{seq} came, {self._next_seq} was expected"
        raise Refusal("out_of_order", detail, expected_seq=self._next_seq)

    def _check_start(self, start: Start) -> None:
        if self._tokens and not _known(start.token, self._tokens):
            raise Refusal("bad_token")
        if not 1 <= len(start.call_id) <= MAX_CALL_ID:
            raise Refusal("bad_call_id", f"{len(start.call_id)} characters")
        if not start.call_id.isprintable():
            raise Refusal("bad_call_id", repr(start.call_id)[:MAX_DETAIL])
        audio_format(start.media)

    # -- the table -------------------------------------------------------------------------------

    def _check_move(self, move: Move) -> State:
        after = MOVES[self._state].get(move)
        if after is None:
            expected = self._next_seq if self._state is State.STREAMING else None
            raise Refusal(_WRONG_STATE[self._state], move.value, expected_seq=expected)
        return after

    def _move(self, move: Move) -> None:
        self._state = self._check_move(move)

    def _counted(self, refusal: Refusal) -> Refusal:
        self._errors_left -= 1
        if self._errors_left < 0 and not refusal.fatal:
            refusal = Refusal("too_many_errors")
        if refusal.fatal:
            self._state = State.CLOSED
        return refusal


def audio_format(media: Media) -> AudioFormat:
    """The announced format.

    Raises:
        Refusal: encoding, rate or channels are not supported; the hint lists what is.
    """
    try:
        roles = tuple(Role(channel) for channel in media.channels)
    except ValueError:
        listed = ", ".join(Role)
        raise Refusal("bad_audio", f"channels {list(media.channels)}"[:MAX_DETAIL], hint=listed) from None
    try:
        return AudioFormat(media.encoding, media.rate_hz, roles)
    except AudioError as error:
        raise Refusal("bad_audio", error.args[0][:MAX_DETAIL], hint=error.hint or "") from None


def check_token(token: str | None, tokens: Sequence[str]) -> None:
    """Let a subscriber in.

    Raises:
        Refusal: tokens are asked for and `token` is none of them.
    """
    if tokens and not _known(token, [known.encode() for known in tokens]):
        raise Refusal("bad_token")


def _known(token: str | None, tokens: Sequence[bytes]) -> bool:
    given = (token or "").encode("utf-8", "surrogatepass")
    return any(hmac.compare_digest(given, known) for known in tokens)
