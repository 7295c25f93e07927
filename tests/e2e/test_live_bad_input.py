"""What clients, disks and databases do wrong: each gets a clear answer and loses nothing."""

from __future__ import annotations

import asyncio
import json
import os
import socket as sockets
import sqlite3
import subprocess
import time

import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

from speechqc.ingest.messages import encode, frame
from speechqc.store.store import Store
from tests.support.live_service import receive, receive_until
from tests.support.tone_calls import call_frames, start

WATCH = json.dumps({"type": "subscribe", "after": 0})


@pytest.mark.parametrize(
    ("message", "code"),
    [
        ("{", "bad_message"),
        ('{"type":"start","call_id":"c"}', "bad_message"),
        (encode(start("c")).replace("mulaw", "opus"), "bad_audio"),
        (encode(start("c")).replace("8000", "11025"), "bad_audio"),
        (encode(start("c")).replace('"customer"]', '"customer","agent"]'), "bad_audio"),
        (encode(start("c", language="xx")), "language_not_covered"),
        (encode(start("c", customer="k", metadata={"zone": "Mars/Base"})), "bad_message"),
        (frame(0, b"x"), "not_started"),
    ],
)
async def test_a_bad_start_is_explained_in_both_languages_and_can_be_repaired(serve, message, code):
    service = serve()
    async with service.connected("/v1/calls") as caller:
        await caller.send(message)
        refused = await receive(caller)
        assert refused["code"] == code
        assert refused["message"]["zh"] and refused["message"]["en"] and refused["hint"]["zh"]
        await caller.send(encode(start("c")))
        assert (await receive(caller))["type"] == "ready"


async def test_a_missing_token_is_refused_on_both_sockets(serve):
    service = serve(ingest_tokens='["in"]', event_tokens='["out"]')
    for path, first in (
        ("/v1/calls", encode(start("c"))),
        ("/v1/calls", encode(start("c", token="out"))),
        ("/v1/events", WATCH),
    ):
        async with service.connected(path, first) as client:
            assert (await receive(client))["code"] == "bad_token"
            with pytest.raises(ConnectionClosed, match="bad_token"):
                await client.recv()
    async with service.connected("/v1/calls", encode(start("c", token="in"))) as client:
        assert (await receive(client))["type"] == "ready"


async def test_an_oversized_frame_is_refused_and_the_call_goes_on(serve):
    service = serve(max_frame_bytes=1000)
    frames = call_frames(1)
    async with service.connected("/v1/calls", start("c")) as caller:
        await receive_until(caller, "ready")
        await caller.send(frame(0, b"x" * 1001))
        refused = await receive(caller)
        assert (refused["code"], refused["expected_seq"]) == ("frame_too_large", 0)
        await caller.send(frame(0, frames[0]))
        assert (await receive_until(caller, "ack"))[-1]["seq"] == 0
        with pytest.raises(ConnectionClosed, match="1009"):
            await caller.send(frame(1, b"x" * 1_000_000))
            while True:
                await caller.recv()
    report = await service.stream(start("c", resume=True), frames)
    assert report.ended.frames == len(frames)


async def test_a_subscriber_that_never_reads_is_dropped_and_holds_up_nobody(serve):
    service = serve(max_subscriber_events=40)
    deaf = sockets.socket()
    deaf.setsockopt(sockets.SOL_SOCKET, sockets.SO_RCVBUF, 4096)
    deaf.connect(("127.0.0.1", service.port))
    deaf.setblocking(False)
    async with connect(service.url + "/v1/events", sock=deaf, max_queue=1, compression=None) as sleeper:
        await sleeper.send(json.dumps({"type": "subscribe", "ephemeral": True}))
        assert (await receive(sleeper))["type"] == "subscribed"
        sleeper.transport.pause_reading()
        began = time.monotonic()
        ends_only = json.dumps({"type": "subscribe", "types": ["call_ended"]})
        async with service.connected("/v1/events", ends_only) as awake:
            await receive_until(awake, "subscribed")
            await asyncio.gather(
                *(service.stream(start(f"c{n}"), call_frames(n, turns=30)) for n in range(12))
            )
            ended = {(await receive(awake))["event"]["call_id"] for _ in range(12)}
        assert len(ended) == 12
        assert time.monotonic() - began < 60
        for _ in range(100):
            if any(line.get("event") == "subscriber_dropped" for line in service.log()):
                break
            await asyncio.sleep(0.1)
        sleeper.transport.resume_reading()
        seen = []
        with pytest.raises(ConnectionClosed) as closed:
            while True:
                seen.append(await receive(sleeper))
        if closed.value.rcvd is not None:
            assert closed.value.rcvd.code == 1013 and "too_slow" in closed.value.rcvd.reason
    last_id = max(message["id"] for message in seen if message.get("id"))
    async with service.connected("/v1/events", json.dumps({"type": "subscribe", "after": last_id})) as again:
        await receive_until(again, "subscribed")
        assert (await receive(again))["id"] > last_id


async def test_a_subscriber_must_subscribe_first(serve):
    service = serve()
    async with service.connected("/v1/events", '{"type":"acknowledge","alert_id":"a","by":"li"}') as client:
        assert (await receive(client))["code"] == "not_subscribed"


async def test_a_locked_store_delays_ids_but_neither_alerts_nor_calls(serve):
    expected_service = serve("undisturbed")
    frames = call_frames(4, turns=8)
    await expected_service.stream(start("c"), frames)
    expected = expected_service.stored_events("c")
    assert any(event["type"] == "alert" for event in expected)

    service = serve()
    async with service.connected("/v1/events", json.dumps({"type": "subscribe"})) as watching:
        await receive_until(watching, "subscribed")
        lock = sqlite3.connect(service.data / "speechqc.db", isolation_level=None)
        lock.execute("BEGIN IMMEDIATE")
        report = await service.stream(start("c"), frames)
        assert report.ended.reason == "stop"
        early = []
        while not early or early[-1]["event"]["type"] != "call_ended":
            early.append(await receive(watching))
        lock.execute("ROLLBACK")
        lock.close()
        late = []
        while not late or late[-1]["event"]["type"] != "call_ended":
            late.append(await receive(watching))
    early_ids, late_ids = (
        [message["id"] for message in part if message["event"]["type"] == "alert"] for part in (early, late)
    )
    assert early_ids and set(early_ids) == {None}
    assert len(late_ids) == len(early_ids) and None not in late_ids
    assert service.stored_events("c") == expected


async def test_a_kill_while_the_store_is_locked_loses_no_event(serve):
    expected_service = serve("undisturbed")
    frames = call_frames(4, turns=8)
    await expected_service.stream(start("c"), frames)

    service = serve()
    lock = sqlite3.connect(service.data / "speechqc.db", isolation_level=None)
    lock.execute("BEGIN IMMEDIATE")
    await service.stream(start("c"), frames)
    service.kill()
    lock.close()
    service.start()
    async with service.connected("/v1/events", WATCH) as watching:
        while (await receive_until(watching, "event"))[-1]["event"]["type"] != "call_ended":
            pass
    assert service.stored_events("c") == expected_service.stored_events("c")


async def test_a_full_disk_pauses_calls_and_goes_on_when_there_is_space(serve, tmp_path):
    if os.geteuid() != 0:
        pytest.skip("mounting a small tmpfs needs root")
    small = tmp_path / "small"
    small.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", str(small)]
    if subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("this machine does not let us mount a tmpfs")
    try:
        frames = call_frames(4, turns=8)
        expected_service = serve("undisturbed")
        await expected_service.stream(start("c"), frames)
        service = serve("roomy", store_url=f"sqlite:///{tmp_path / 'other.db'}", data_dir=small)
        async with service.connected("/v1/calls", start("c")) as caller:
            await receive_until(caller, "ready")
            ballast = small / "ballast"
            with ballast.open("wb", buffering=0) as out, pytest.raises(OSError):
                while True:
                    out.write(b"x" * 4096)
            sending = asyncio.create_task(_send_all(caller, frames))
            refused = (await receive_until(caller, "error"))[-1]
            assert refused["code"] == "disk_full" and not refused.get("fatal", False)
            async with service.connected("/v1/calls", start("second")) as other:
                assert (await receive(other))["code"] == "disk_full"
            ballast.unlink()
            await receive_until(caller, "ended")
            await sending
        with Store.open(f"sqlite:///{tmp_path / 'other.db'}") as store:
            heard = [u.text for u in store.transcript("c")]
        assert heard == [e["text"] for e in expected_service.stored_events("c") if e["type"] == "utterance"]
        service.stop()
    finally:
        subprocess.run(["umount", "-l", str(small)], check=True)


async def test_more_calls_than_the_machine_holds_are_refused_with_a_time_to_come_back(serve):
    service = serve(max_calls=1, retry_after_s=7)
    async with service.connected("/v1/calls", start("a")) as first:
        await receive_until(first, "ready")
        async with service.connected("/v1/calls", start("b")) as second:
            refused = await receive(second)
            assert (refused["code"], refused["retry_after_s"], refused["fatal"]) == ("overloaded", 7.0, True)
            with pytest.raises(ConnectionClosed, match="1013"):
                await second.recv()


async def test_a_recogniser_that_fails_is_announced_as_a_gap_and_heard_again_after_it(serve, tmp_path):
    service = serve("failing", tone_fails_at="[3]")
    async with service.connected("/v1/calls", start("c")) as caller:
        await receive_until(caller, "ready")
        await _send_all(caller, call_frames(2))
        messages = await receive_until(caller, "ended")
    gaps = [message for message in messages if message["type"] == "gap"]
    assert "decode_failed" in {gap["reason"] for gap in gaps}
    events = service.stored_events("c")
    lost = [index for index, event in enumerate(events) if event.get("reason") == "decode_failed"]
    assert any(event["type"] == "utterance" for event in events[lost[-1] :])


async def _send_all(caller, frames):
    for seq, payload in enumerate(frames):
        await caller.send(frame(seq, payload))
    await caller.send('{"type":"stop"}')
