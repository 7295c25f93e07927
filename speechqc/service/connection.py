"""The socket of one ingesting client: bytes to protocol, protocol to the service, answers back."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Any

import structlog
from websockets.asyncio.server import ServerConnection
from websockets.exceptions import ConnectionClosed

from speechqc.events import Gap
from speechqc.ingest.messages import Ended, GapNotice, Message, Ready, Start, Stop
from speechqc.ingest.protocol import Frame, IngestProtocol, Received, Repeated, State
from speechqc.ingest.refusals import Refusal
from speechqc.service.call import LiveCall
from speechqc.service.mailbox import Mailbox

if TYPE_CHECKING:
    from speechqc.service.live import LiveService

FLUSH_S = 2.0
log = structlog.get_logger(__name__)


class IngestConnection:
    """One client. Attached to at most one call; the call outlives it."""

    def __init__(self, socket: ServerConnection, service: LiveService) -> None:
        self._socket = socket
        self._service = service
        self._protocol = IngestProtocol(
            max_frame_bytes=service.settings.max_frame_bytes, tokens=service.settings.ingest_tokens
        )
        self._mailbox = Mailbox(socket)
        self._replaced = asyncio.Event()
        self.call: LiveCall | None = None
        self.wants_events = False
        self.last_heard = time.monotonic()

    async def run(self) -> None:
        """Serve the client until it is done, gone or replaced."""
        sender = asyncio.create_task(self._mailbox.run())
        close: tuple[int, str] = (1000, "")
        try:
            async for data in self._socket:
                self.last_heard = time.monotonic()
                if await self._take(data):
                    break
        except ConnectionClosed:
            log.info("connection_lost", call_id=self.call.call_id if self.call else None)
        except Refusal as refusal:
            close = (refusal.close_code, refusal.code)
        except Exception as error:  # a fault of ours must be told as such, and leaves the call resumable
            log.error("connection_failed", exc_info=error)
            fault = Refusal("internal")
            self._mailbox.put(fault.message())
            close = (fault.close_code, fault.code)
        finally:
            self._service.detach(self)
            await self._mailbox.flushed(timeout_s=FLUSH_S)
            sender.cancel()
            await self._socket.close(*close)

    def gap(self, gap: Gap) -> None:
        """Tell the client about audio that was not analysed."""
        self._mailbox.put(GapNotice(start=gap.start, end=gap.end, reason=gap.reason, role=gap.role))

    def echo(self, wire: str) -> None:
        """Send an event of the call, encoded already."""
        self._mailbox.put(wire)

    def ack(self, seq: int) -> None:
        """Every frame up to `seq` is safe."""
        self._mailbox.ack(seq)

    def tell(self, message: Message) -> None:
        self._mailbox.put(message)

    def replace(self) -> None:
        """Another connection took the call over."""
        self.call = None
        self._protocol.fail()
        self._mailbox.put(Refusal("call_in_use").message())
        self._replaced.set()
        self._service.spawn(self._close_replaced())

    # -- parts -----------------------------------------------------------------------------------

    async def _close_replaced(self) -> None:
        await self._mailbox.flushed(timeout_s=FLUSH_S)
        await self._socket.close(1008, "call_in_use")

    async def _take(self, data: str | bytes) -> bool:
        """True when the connection has done its work. Raises a fatal Refusal."""
        try:
            return await self._handle(self._protocol.receive(data))
        except Refusal as refusal:
            self._service.metrics.refused.labels(refusal.code).inc()
            self._mailbox.put(refusal.message())
            if refusal.fatal:
                raise
            return False

    async def _handle(self, received: Received) -> bool:
        if isinstance(received, Frame):
            await self._hear(received)
        elif isinstance(received, Repeated):
            self._service.metrics.repeated.inc()
            if self.call is not None and (safe := self._service.safe_seq(self.call)) is not None:
                self._mailbox.ack(safe)
        elif isinstance(received, Start):
            return await self._start(received)
        elif isinstance(received, Stop) and self.call is not None:
            return await self._stop(self.call)
        return False

    async def _start(self, start: Start) -> bool:
        try:
            entered = await self._service.enter(start, self)
        except Refusal:
            if self._protocol.state is State.STARTING:
                self._protocol.decline()
            raise
        if isinstance(entered, Ended):
            self._mailbox.put(entered)
            return True
        if self._protocol.state is not State.STARTING:  # replaced while it waited
            return True
        self.call = entered
        self.wants_events = start.events
        if entered.stopping:
            return await self._await_end(entered)
        next_seq = entered.journal.next_seq
        self._protocol.accept(next_seq)
        self._mailbox.put(
            Ready(call_id=start.call_id, next_seq=next_seq, recogniser=self._service.recogniser_name)
        )
        return False

    async def _hear(self, frame: Frame) -> None:
        call = self.call
        if call is None:
            return
        self._service.hear(call, frame.seq, time.time(), frame.payload)
        if not call.has_room:
            await call.wait_for_room()
        if call.ended.done() and not call.ended.cancelled() and call.ended.exception() is not None:
            raise Refusal("internal")

    async def _stop(self, call: LiveCall) -> bool:
        await self._service.stop_call(call)
        return await self._await_end(call)

    async def _await_end(self, call: LiveCall) -> bool:
        waiting: list[asyncio.Future[Any]] = [
            asyncio.shield(call.ended),
            asyncio.ensure_future(self._replaced.wait()),
            asyncio.ensure_future(self._socket.wait_closed()),
        ]
        await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
        for each in waiting:
            each.cancel()
        if not call.ended.done() or call.ended.cancelled():
            return True
        if call.ended.exception() is not None:
            raise Refusal("internal")
        await self._service.stored(call, timeout_s=FLUSH_S)
        ended = Ended(call_id=call.call_id, reason=call.ended.result(), frames=call.journal.next_seq)
        self._mailbox.put(ended)
        return True
