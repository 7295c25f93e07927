"""Killed services, broken connections and absent clients: nothing acknowledged is lost, nothing is heard twice."""

from __future__ import annotations

import asyncio
import json

import pytest

from speechqc.events import to_dict
from speechqc.ingest.messages import frame
from speechqc.rules.loader import builtin_pack_paths, load_packs
from speechqc.service.replay import replay_call
from speechqc.store.journal import Journal
from tests.support.live_service import receive, receive_until
from tests.support.tone_calls import call_frames, start

CALLS = 3
TURNS = 10
SPEED = 6.0


async def undisturbed(serve, calls):
    """What each call comes to when nothing happens to it."""
    service = serve("undisturbed")
    await asyncio.gather(*(service.stream(start(call_id), frames) for call_id, frames in calls.items()))
    return {call_id: service.stored_events(call_id) for call_id in calls}


def calls_of(number: int) -> dict[str, list[bytes]]:
    return {f"c{seed}": call_frames(seed, turns=TURNS) for seed in range(number)}


@pytest.mark.parametrize("kills", [(0.5,), (0.15, 0.5, 0.5)], ids=["once", "three-times"])
async def test_a_killed_service_goes_on_as_if_nothing_had_happened(serve, kills):
    calls = calls_of(CALLS)
    expected = await undisturbed(serve, calls)
    service = serve("killed")
    length_s = max(len(frames) for frames in calls.values()) * 0.04 / SPEED

    async def kill():
        for share in kills:  # of a call's length, while the service runs: how long a start takes is no matter
            await asyncio.sleep(share * length_s)
            service.kill()
            await asyncio.to_thread(service.start)

    reports, _ = await asyncio.gather(
        asyncio.gather(*(service.stream(start(c), frames, speed=SPEED) for c, frames in calls.items())),
        kill(),
    )

    assert {report.ended.reason for report in reports} == {"stop"}
    assert all(report.connections >= 2 for report in reports)
    for call_id, events in expected.items():
        assert service.stored_events(call_id) == events
    recovered = [line for line in service.log() if line.get("event") == "call_recovered"]
    assert len(recovered) >= CALLS and any(line["known_steps"] > 0 for line in recovered)


async def test_a_call_whose_client_never_comes_back_is_closed_as_lost_after_a_restart(serve):
    service = serve(grace_s=0.5)
    frames = call_frames(3, turns=3)
    async with service.connected("/v1/calls", start("lost")) as caller:
        await receive_until(caller, "ready")
        for seq, payload in enumerate(frames):
            await caller.send(frame(seq, payload))
        while (await receive_until(caller, "ack"))[-1]["seq"] < len(frames) - 1:
            pass
        service.kill()
    service.start()
    async with service.connected(
        "/v1/events", json.dumps({"type": "subscribe", "after": 0, "types": ["call_ended"]})
    ) as watching:
        await receive_until(watching, "subscribed")
        ended = (await receive(watching))["event"]
    assert (ended["call_id"], ended["reason"]) == ("lost", "client_lost")
    assert [e for e in service.stored_events("lost") if e["type"] == "utterance"]
    async with service.connected("/v1/calls", start("lost", resume=True)) as caller:
        assert await receive(caller) == {
            "type": "ended", "call_id": "lost", "reason": "client_lost", "frames": len(frames),
        }  # fmt: skip


async def test_a_kill_between_stop_and_end_still_ends_the_call(serve):
    expected = await undisturbed(serve, {"c1": call_frames(1)})
    service = serve()
    frames = call_frames(1)
    async with service.connected("/v1/calls", start("c1")) as caller:
        await receive_until(caller, "ready")
        for seq, payload in enumerate(frames):
            await caller.send(frame(seq, payload))
        await caller.send('{"type":"stop"}')
        await receive_until(caller, "ack")
        service.kill()
    service.start()
    report = await service.stream(start("c1", resume=True), frames)
    assert report.ended.reason == "stop"
    assert service.stored_events("c1") == expected["c1"]


async def test_a_broken_connection_is_resumed_at_the_frame_the_service_wants(serve):
    frames = call_frames(5)
    expected = await undisturbed(serve, {"c": frames})
    service = serve()
    half = len(frames) // 2
    async with service.connected("/v1/calls", start("c")) as caller:
        await receive_until(caller, "ready")
        for seq, payload in enumerate(frames[:half]):
            await caller.send(frame(seq, payload))
        await receive_until(caller, "ack")
        caller.transport.abort()
    async with service.connected("/v1/calls", start("c", resume=True)) as caller:
        next_seq = (await receive_until(caller, "ready"))[-1]["next_seq"]
        assert 0 < next_seq <= half
        for seq in range(next_seq, len(frames)):
            await caller.send(frame(seq, frames[seq]))
        await caller.send('{"type":"stop"}')
        await receive_until(caller, "ended")
    assert service.stored_events("c") == expected["c"]


async def test_repeated_and_missing_frames_change_nothing(serve):
    frames = call_frames(6)
    expected = await undisturbed(serve, {"c": frames})
    service = serve()
    async with service.connected("/v1/calls", start("c")) as caller:
        await receive_until(caller, "ready")
        for seq, payload in enumerate(frames[:50]):
            await caller.send(frame(seq, payload))
            if seq % 7 == 0:
                await caller.send(frame(seq, b"\x00" * 640))  # again, with other bytes
        await caller.send(frame(60, frames[60]))
        await caller.send(frame(61, frames[61]))
        refused = (await receive_until(caller, "error"))[-1]
        assert (refused["code"], refused["expected_seq"], refused.get("fatal", False)) == (
            "out_of_order",
            50,
            False,
        )
        for seq in range(50, len(frames)):
            await caller.send(frame(seq, frames[seq]))
        await caller.send('{"type":"stop"}')
        ended = (await receive_until(caller, "ended"))[-1]
    assert ended["frames"] == len(frames)
    assert service.stored_events("c") == expected["c"]


async def test_a_second_client_with_the_same_call_is_refused_while_the_first_speaks(serve):
    service = serve()
    async with service.connected("/v1/calls", start("c")) as first:
        await receive_until(first, "ready")
        for resume in (False, True):
            async with service.connected("/v1/calls", start("c", resume=resume)) as second:
                refused = await receive(second)
                assert (refused["code"], refused["fatal"]) == ("call_in_use", True)
                assert refused["retry_after_s"] > 0
        await first.send(frame(0, b"\xff" * 640))
        assert (await receive_until(first, "ack"))[-1]["seq"] == 0


async def test_a_second_client_may_take_over_from_one_that_went_silent(serve):
    service = serve(silent_s=1)
    async with service.connected("/v1/calls", start("c")) as first:
        await receive_until(first, "ready")
        await asyncio.sleep(1.2)  # the silence itself is what is tested; it is measured by the process
        async with service.connected("/v1/calls", start("c", resume=True)) as second:
            await receive_until(second, "ready")
            assert (await receive_until(first, "error"))[-1]["code"] == "call_in_use"
            await second.send(frame(0, b"\xff" * 640))
            await receive_until(second, "ack")


async def test_the_id_of_a_call_that_is_over_is_not_taken_again(serve):
    service = serve()
    await service.stream(start("c"), call_frames(1, turns=1))
    async with service.connected("/v1/calls", start("c")) as again:
        assert (await receive(again))["code"] == "call_exists"


async def test_replay_gives_the_findings_of_the_call_bit_for_bit(serve):
    calls = calls_of(2)
    service = serve()
    await asyncio.gather(*(service.stream(start(c), frames, speed=20) for c, frames in calls.items()))
    book = load_packs(builtin_pack_paths())
    for call_id in calls:
        path = service.data / "journal" / call_id
        replayed = replay_call(path, book=book)
        assert replayed == replay_call(path, book=book)
        findings = [e for e in service.stored_events(call_id) if e["type"] == "finding"]
        assert findings == [e for e in map(to_dict, replayed) if e["type"] == "finding"]
        assert Journal.open(path).ended.reason == "stop"
