"""What is to be sent on one ingest connection: nobody waits for a client that does not read."""

from __future__ import annotations

import asyncio
from collections import deque

from websockets.asyncio.server import ServerConnection
from websockets.exceptions import ConnectionClosed

from speechqc.ingest.messages import Ack, Message, encode

MAX_WAITING = 256


class Mailbox:
    """Sends in its own task. Acknowledgements are coalesced: only the last one counts."""

    def __init__(self, socket: ServerConnection) -> None:
        self._socket = socket
        self._waiting: deque[str] = deque()
        self._ack: int | None = None
        self._news = asyncio.Event()
        self._idle = asyncio.Event()
        self._idle.set()
        self._closed = False

    def put(self, message: Message | str) -> None:
        """Queue a message; the oldest gives way to it when the client reads nothing."""
        if len(self._waiting) >= MAX_WAITING:
            self._waiting.popleft()
        self._waiting.append(message if isinstance(message, str) else encode(message))
        self._wake()

    def ack(self, seq: int) -> None:
        self._ack = seq
        self._wake()

    async def flushed(self, *, timeout_s: float) -> None:
        """Wait until everything was handed to the socket, at most `timeout_s`."""
        try:
            await asyncio.wait_for(self._idle.wait(), timeout_s)
        except TimeoutError:
            return

    async def run(self) -> None:
        """Send until the connection closes or the task is cancelled."""
        try:
            while True:
                await self._news.wait()
                self._news.clear()
                await self._send_all()
                if not self._news.is_set():
                    self._idle.set()
        except ConnectionClosed:
            self._closed = True
            self._idle.set()

    async def _send_all(self) -> None:
        while self._waiting or self._ack is not None:
            if self._ack is not None:
                ack, self._ack = self._ack, None
                await self._socket.send(encode(Ack(seq=ack)))
            if self._waiting:
                await self._socket.send(self._waiting.popleft())

    def _wake(self) -> None:
        if not self._closed:
            self._idle.clear()
            self._news.set()
