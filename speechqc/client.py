"""A client of the live protocol: sends a call in real time and brings it through every interruption."""

from __future__ import annotations

import asyncio
import random
from collections import deque
from collections.abc import AsyncIterable, Callable, Iterable
from dataclasses import dataclass, field

import msgspec
import structlog
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import InvalidHandshake, WebSocketException

from speechqc.errors import ProtocolError, SpeechqcError
from speechqc.ingest.messages import (
    Ack,
    Ended,
    Error,
    EventMessage,
    GapNotice,
    Ready,
    ServerMessage,
    Start,
    Stop,
    decode_server,
    encode,
    frame,
)

FIRST_BACKOFF_S, LONGEST_BACKOFF_S = 0.2, 5.0
ANSWER_S = 30.0
MAX_UNACKED = 4_096
"""Frames kept until they are acknowledged; sending pauses when so many wait."""
READ_AHEAD = 16
"""Frames read from the caller before they are due."""
RETRIED = frozenset({"overloaded", "disk_full", "internal", "call_in_use", "store"})
"""Refusals that pass: the call is tried again after the time the server names."""
log = structlog.get_logger(__name__)


class RefusedError(ProtocolError):
    """The service does not take the call; `error` is its answer in both languages."""

    def __init__(self, error: Error) -> None:
        super().__init__(error.message.en, hint=error.hint.en if error.hint else None)
        self.code = error.code
        self.error = error


class UnreachableError(SpeechqcError):
    """Nobody answers at the address."""

    code = "unreachable"


class SourceError(SpeechqcError):
    """The caller's own source of audio failed; what was sent is kept by the service."""

    code = "source_failed"


@dataclass
class StreamReport:
    """How a call went."""

    ended: Ended
    frames: int
    connections: int
    gaps: list[GapNotice] = field(default_factory=list)
    events: list[EventMessage] = field(default_factory=list)
    """What the service sent along, when the call was started with ``events=True``."""


async def stream_call(
    url: str,
    start: Start,
    payloads: Iterable[bytes] | AsyncIterable[bytes],
    *,
    frame_s: float,
    speed: float | None = 1.0,
    give_up_after_s: float = 120.0,
    sent: Callable[[int], None] | None = None,
) -> StreamReport:
    """Send one call frame by frame; reconnects and resumes until it is delivered.

    Args:
        url: ``ws://host:port`` of the service.
        payloads: the frames' audio, each `frame_s` seconds long.
        speed: 1.0 is real time, 2.0 twice as fast; ``None`` as fast as it is taken.
        give_up_after_s: how long the service may be away or refuse.
        sent: told the number of every frame when it goes out for the first time.

    Raises:
        RefusedError: the service refuses the call for good.
        SourceError: `payloads` raised.
        UnreachableError: it was away for longer than `give_up_after_s`.
    """
    caller = _Caller(
        url, start, payloads, frame_s=frame_s, speed=speed, give_up_after_s=give_up_after_s, sent=sent
    )
    return await caller.run()


class _Lost(Exception):
    """The connection ended before the call did."""

    def __init__(self, why: str, retry_after_s: float | None = None) -> None:
        super().__init__(why)
        self.retry_after_s = retry_after_s


class _Caller:
    def __init__(
        self,
        url: str,
        start: Start,
        payloads: Iterable[bytes] | AsyncIterable[bytes],
        *,
        frame_s: float,
        speed: float | None,
        give_up_after_s: float,
        sent: Callable[[int], None] | None,
    ) -> None:
        self._url = url.rstrip("/") + ("" if url.rstrip("/").endswith("/v1/calls") else "/v1/calls")
        self._start = start
        self._payloads = payloads
        self._source: asyncio.Queue[bytes | Exception | None] = asyncio.Queue(READ_AHEAD)
        """Filled beside the connections: one that breaks must not break off the caller's iterator."""
        self._period_s = frame_s / speed if speed else 0.0
        self._give_up_after_s = give_up_after_s
        self._sent = sent
        self._unacked: deque[tuple[int, bytes]] = deque()
        self._next_new = 0
        self._exhausted = False
        self._fetched: bytes | None = None
        """Taken from the caller and not sent: survives a connection that breaks while it waits."""
        self._began: float | None = None
        self._room = asyncio.Event()
        self._connections = 0
        self._gaps: list[GapNotice] = []
        self._events: list[EventMessage] = []
        self._resend_from: int | None = None

    async def run(self) -> StreamReport:
        pump = asyncio.create_task(self._pump())
        try:
            return await self._persist()
        finally:
            pump.cancel()

    async def _pump(self) -> None:
        try:
            if isinstance(self._payloads, AsyncIterable):
                async for payload in self._payloads:
                    await self._source.put(payload)
            else:
                for payload in self._payloads:
                    await self._source.put(payload)
        except Exception as error:  # raised again where the frame is wanted
            await self._source.put(error)
        await self._source.put(None)

    async def _persist(self) -> StreamReport:
        loop = asyncio.get_running_loop()
        good_until = loop.time() + self._give_up_after_s
        backoff_s = FIRST_BACKOFF_S
        while True:
            connections = self._connections
            try:
                return await self._connected()
            except (OSError, WebSocketException, _Lost, TimeoutError) as error:
                if isinstance(error, InvalidHandshake) and not self._connections:
                    raise UnreachableError(
                        f"{self._url} is no call service: {error}", hint="check host, port and path"
                    ) from error
                if self._connections > connections:
                    good_until, backoff_s = loop.time() + self._give_up_after_s, FIRST_BACKOFF_S
                wait_s = getattr(error, "retry_after_s", None) or backoff_s * (0.5 + random.random())
                if loop.time() + wait_s > good_until:
                    raise UnreachableError(
                        f"{self._url} was away for {self._give_up_after_s:g} s: {error or type(error).__name__}",
                        hint="start it with `speechqc serve`; the call can be resumed under the same id",
                    ) from error
                await asyncio.sleep(wait_s)
                backoff_s = min(2 * backoff_s, LONGEST_BACKOFF_S)

    async def _connected(self) -> StreamReport:
        """One connection, from handshake to the end of the call. Raises when it breaks."""
        async with connect(self._url, compression=None, max_queue=64, close_timeout=1) as socket:
            resume = self._start.resume or self._began is not None
            self._began = self._began or asyncio.get_running_loop().time()
            await socket.send(encode(msgspec.structs.replace(self._start, resume=resume)))
            first = await self._answer(socket)
            if isinstance(first, Ended):
                return self._report(first)
            self._connections += 1
            self._delivered(first.next_seq - 1)
            self._resend_from = first.next_seq
            work = asyncio.create_task(self._send(socket)), asyncio.create_task(self._receive(socket))
            sending, receiving = work
            try:
                await asyncio.wait(work, return_when=asyncio.FIRST_COMPLETED)
                if sending.done() and not isinstance(sending.exception(), OSError | WebSocketException):
                    sending.result()
                return self._report(await receiving)
            finally:
                for task in work:
                    task.cancel()
                await asyncio.gather(*work, return_exceptions=True)

    async def _answer(self, socket: ClientConnection) -> Ready | Ended:
        while True:
            message = decode_server(await asyncio.wait_for(socket.recv(), ANSWER_S))
            if isinstance(message, Error):
                raise self._refusal(message)
            if isinstance(message, Ready | Ended):
                return message

    async def _receive(self, socket: ClientConnection) -> Ended:
        async for data in socket:
            message = decode_server(data)
            if isinstance(message, Ended):
                self._delivered(message.frames - 1)
                return message
            self._note(message)
        raise _Lost(f"the connection closed: {socket.close_code} {socket.close_reason}")

    def _note(self, message: ServerMessage) -> None:
        match message:
            case Ack():
                self._delivered(message.seq)
            case GapNotice():
                self._gaps.append(message)
            case EventMessage():
                self._events.append(message)
            case Error(code="disk_full"):
                log.warning("service_disk_full", retry_after_s=message.retry_after_s)
            case Error(expected_seq=int() as expected) if not message.fatal:
                self._resend_from = expected
                self._room.set()
            case Error():
                raise self._refusal(message)

    def _refusal(self, error: Error) -> Exception:
        if error.code in RETRIED:
            return _Lost(error.message.en, error.retry_after_s)
        return RefusedError(error)

    # -- sending ---------------------------------------------------------------------------------

    async def _send(self, socket: ClientConnection) -> None:
        while True:
            if self._resend_from is not None:
                await self._resend(socket)
            elif not await self._send_next(socket):
                break
        await socket.send(encode(Stop()))

    async def _resend(self, socket: ClientConnection) -> None:
        wanted, self._resend_from = self._resend_from, None
        if (
            wanted is not None
            and wanted < self._next_new
            and (not self._unacked or self._unacked[0][0] > wanted)
        ):
            raise ProtocolError(
                f"the service asks for frame {wanted}, which it acknowledged before",
                hint="its journal was lost; send the call again under a new id",
            )
        for seq, payload in list(self._unacked):
            if wanted is not None and seq >= wanted:
                await socket.send(frame(seq, payload))
            if self._resend_from is not None:
                return

    async def _send_next(self, socket: ClientConnection) -> bool:
        """Send a frame that was never sent; false when there is none."""
        if len(self._unacked) >= MAX_UNACKED:
            self._room.clear()
            await self._room.wait()
            return True
        if self._fetched is None and not self._exhausted:
            fetched = await self._source.get()
            if isinstance(fetched, Exception):
                raise SourceError(f"the call's audio could not be read: {fetched}") from fetched
            self._fetched, self._exhausted = fetched, fetched is None
        if self._fetched is None:
            return False
        await self._pace()
        # Between here and the queue nothing is awaited: a connection that breaks now loses no frame.
        payload, self._fetched = self._fetched, None
        seq, self._next_new = self._next_new, self._next_new + 1
        self._unacked.append((seq, payload))
        if self._sent is not None:
            self._sent(seq)
        await socket.send(frame(seq, payload))
        return True

    async def _pace(self) -> None:
        """Wait until the next frame's audio would have been spoken."""
        if self._period_s and self._began is not None:
            due = self._began + (self._next_new + 1) * self._period_s
            await asyncio.sleep(max(due - asyncio.get_running_loop().time(), 0.0))

    def _delivered(self, seq: int) -> None:
        while self._unacked and self._unacked[0][0] <= seq:
            self._unacked.popleft()
        self._room.set()

    def _report(self, ended: Ended) -> StreamReport:
        return StreamReport(
            ended=ended,
            frames=self._next_new,
            connections=self._connections,
            gaps=self._gaps,
            events=self._events,
        )
