"""The live client brings every frame over exactly once, whatever happens to its connections."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from websockets.asyncio.server import ServerConnection, serve

from speechqc.client import RefusedError, SourceError, UnreachableError, stream_call
from speechqc.ingest.messages import Ack, Ended, Message, Ready, Start, Stop, encode
from speechqc.ingest.protocol import Frame, IngestProtocol
from speechqc.ingest.refusals import Refusal
from tests.support.tone_calls import start

FRAMES = [bytes([n % 256]) * 8 for n in range(120)]


class PatchyServer:
    """Takes calls as the service does, and breaks the connection after so many frames."""

    def __init__(self, *, breaks_after: tuple[int, ...] = (), acks_every: int = 7) -> None:
        self.heard: list[bytes] = []
        self.connections = 0
        self.resumes: list[bool] = []
        self.refuses: list[Refusal] = []
        self._breaks = list(breaks_after)
        self._acks_every = acks_every

    async def handle(self, socket: ServerConnection) -> None:
        self.connections += 1
        protocol = IngestProtocol()
        left = self._breaks.pop(0) if self._breaks else None

        async def tell(message: Message) -> None:
            await socket.send(encode(message))

        async for data in socket:
            try:
                received = protocol.receive(data)
            except Refusal as refusal:
                await tell(refusal.message())
                continue
            if isinstance(received, Start):
                self.resumes.append(received.resume)
                if self.refuses:
                    await tell(self.refuses.pop(0).message())
                    return
                protocol.accept(len(self.heard))
                await tell(Ready(call_id="c", next_seq=len(self.heard), recogniser="none"))
            elif isinstance(received, Frame):
                self.heard.append(received.payload)
                if len(self.heard) % self._acks_every == 0:
                    await tell(Ack(seq=len(self.heard) - 1))
                left = None if left is None else left - 1
                if left == 0:
                    socket.transport.abort()
                    return
            elif isinstance(received, Stop):
                await tell(Ended(call_id="c", reason="stop", frames=len(self.heard)))
                return


@asynccontextmanager
async def serving(server: PatchyServer) -> AsyncIterator[str]:
    async with serve(server.handle, "127.0.0.1", 0, close_timeout=0.2) as listening:
        yield f"ws://127.0.0.1:{listening.sockets[0].getsockname()[1]}"


async def deliver(url: str, frames=FRAMES, **settings):
    return await stream_call(url, start("c"), frames, frame_s=0.02, **({"speed": 20} | settings))


@pytest.mark.parametrize("breaks_after", [(), (1,), (30, 1, 5), (50, 60)])
@pytest.mark.parametrize("speed", [20, None])
async def test_every_frame_arrives_once_and_in_order(breaks_after, speed):
    server = PatchyServer(breaks_after=breaks_after)
    async with serving(server) as url:
        report = await deliver(url, speed=speed)
    assert server.heard == FRAMES
    assert (report.frames, report.connections) == (len(FRAMES), len(breaks_after) + 1)
    assert server.resumes == [False] + [True] * len(breaks_after)


async def test_audio_may_come_from_a_live_source():
    async def microphone():
        for payload in FRAMES[:40]:
            await asyncio.sleep(0.002)
            yield payload

    server = PatchyServer(breaks_after=(9, 9))
    async with serving(server) as url:
        await deliver(url, microphone(), speed=None)
    assert server.heard == FRAMES[:40]


async def test_a_source_that_fails_ends_the_call_with_its_error():
    async def microphone():
        yield FRAMES[0]
        raise OSError("the microphone was unplugged")

    async with serving(PatchyServer()) as url:
        with pytest.raises(SourceError, match="the microphone was unplugged"):
            await deliver(url, microphone(), speed=None)


async def test_a_call_is_tried_again_when_the_service_is_full_for_a_moment():
    server = PatchyServer()
    server.refuses = [Refusal("overloaded", "busy", retry_after_s=0.05)] * 2
    async with serving(server) as url:
        report = await deliver(url)
    assert report.ended.reason == "stop" and server.connections == 3


async def test_a_refusal_for_good_is_raised_in_words():
    server = PatchyServer()
    server.refuses = [Refusal("bad_token")]
    async with serving(server) as url:
        with pytest.raises(RefusedError, match="the token is missing or wrong") as refused:
            await deliver(url)
    assert refused.value.code == "bad_token"


async def test_a_service_that_is_not_there_is_named_after_the_time_given():
    with pytest.raises(UnreachableError, match=r"ws://127\.0\.0\.1:9/v1/calls was away for 0\.3 s"):
        await deliver("ws://127.0.0.1:9", give_up_after_s=0.3)
