"""Calls streamed over a real socket to a real process, and what subscribers and the store get of them."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime, timedelta

from speechqc.contact.attempt import Contact, Outcome
from speechqc.ingest.messages import frame
from speechqc.store.ledger import ContactLedger
from tests.support.live_service import receive, receive_until
from tests.support.tone_calls import HZ, call_frames, render, start

PROMISE = HZ["这款产品保本保息您放心"]
WATCH = json.dumps({"type": "subscribe", "after": 0})


def frames_of(audio: bytes, size: int = 640) -> list[bytes]:
    return [audio[at : at + size] for at in range(0, len(audio), size)]


async def test_two_calls_at_once_end_with_their_findings_stored_and_announced(serve):
    service = serve()
    audio = frames_of(render([(0, PROMISE, 1.0), (1, HZ["我要投诉你们到银保监会"], 1.0)]))
    async with service.connected("/v1/events", WATCH) as watching:
        reports = await asyncio.gather(
            *(service.stream(start(call_id, team="north"), audio, speed=4) for call_id in ("a", "b"))
        )
        seen = []
        while sum(message["event"]["type"] == "call_ended" for message in seen) < 2:
            seen += [m for m in [await receive(watching)] if m["type"] == "event"]

    assert [(report.ended.reason, report.ended.frames) for report in reports] == [("stop", len(audio))] * 2
    for call_id in ("a", "b"):
        mine = [message["event"] for message in seen if message["event"]["call_id"] == call_id]
        assert [event["text"] for event in mine if event["type"] == "utterance"] == [
            "这款产品保本保息您放心",
            "我要投诉你们到银保监会",
        ]
        alerts = {signal for event in mine if event["type"] == "alert" for signal in event["signals"]}
        assert {"guaranteed_return", "regulator_escalation"} <= alerts
        assert {event["id"] for event in mine if event["type"] == "alert"} <= {
            event["id"] for event in service.stored_events(call_id) if event["type"] == "alert"
        }
    ids = [message["id"] for message in seen]
    assert ids == sorted(set(ids)) and None not in ids


async def test_an_alert_says_how_long_after_the_words_it_came(serve):
    service = serve()
    async with service.connected(
        "/v1/events", json.dumps({"type": "subscribe", "types": ["alert"]})
    ) as watching:
        await receive_until(watching, "subscribed")
        await service.stream(start("a"), frames_of(render([(0, PROMISE, 1.0)])), speed=1)
        alert = (await receive(watching))["event"]
    assert alert["signals"] == ["guaranteed_return"]
    assert 0 < alert["latency_s"] < 5


async def test_the_client_gets_its_calls_events_when_it_asks_for_them(serve):
    service = serve()
    report = await service.stream(start("a", events=True), frames_of(render([(0, PROMISE, 1.0)])), speed=8)
    types = {json.loads(bytes(message.event))["type"] for message in report.events}
    assert {"call_started", "utterance", "finding", "alert", "call_ended"} <= types


async def test_ephemeral_events_reach_only_those_who_ask(serve):
    service = serve()
    async with (
        service.connected("/v1/events", json.dumps({"type": "subscribe", "ephemeral": True})) as all_of_it,
        service.connected("/v1/events", json.dumps({"type": "subscribe"})) as stored_only,
    ):
        await receive_until(all_of_it, "subscribed")
        await receive_until(stored_only, "subscribed")
        await service.stream(start("a"), frames_of(render([(0, PROMISE, 1.0)])), speed=4)

        async def until_end(socket):
            seen = []
            while not seen or seen[-1]["event"]["type"] != "call_ended":
                seen.append(await receive(socket))
            return seen

        passing, kept = await until_end(all_of_it), await until_end(stored_only)
    assert {m["event"]["type"] for m in passing if m["id"] is None} == {"utterance", "metrics"}
    assert all(message["id"] is not None for message in kept)


async def test_a_subscriber_resumes_after_the_last_id_it_saw(serve):
    service = serve()
    await service.stream(start("a"), call_frames(1), speed=None)
    async with service.connected("/v1/events", WATCH) as first:
        await receive_until(first, "subscribed")
        seen = [await receive(first) for _ in range(3)]
    again = json.dumps({"type": "subscribe", "after": seen[-1]["id"]})
    async with service.connected("/v1/events", again) as second:
        await receive_until(second, "subscribed")
        rest = []
        while not rest or rest[-1]["event"]["type"] != "call_ended":
            rest.append(await receive(second))
    assert rest[0]["id"] > seen[-1]["id"]
    assert len(seen) + len(rest) >= len(service.stored_events("a")) - 1


async def test_filters_by_call_team_and_type(serve):
    service = serve()
    audio = frames_of(render([(0, PROMISE, 1.0)]))
    await service.stream(start("a", team="north"), audio)
    await service.stream(start("b", team="south"), audio)
    for wanted, expected in (
        ({"calls": ["a"], "types": ["alert"]}, {"a"}),
        ({"team": "south", "types": ["alert"]}, {"b"}),
        ({"types": ["call_ended"]}, {"a", "b"}),
    ):
        ask = json.dumps({"type": "subscribe", "after": 0} | wanted)
        async with service.connected("/v1/events", ask) as watching:
            await receive_until(watching, "subscribed")
            found = set()
            while found != expected:
                event = (await receive(watching))["event"]
                assert event["call_id"] in expected and event["type"] in wanted["types"]
                found.add(event["call_id"])


async def test_an_alert_is_acknowledged_acted_on_and_closed_over_the_socket(serve):
    service = serve()
    await service.stream(start("a"), frames_of(render([(0, PROMISE, 1.0)])))
    async with service.connected(
        "/v1/events", json.dumps({"type": "subscribe", "after": 0, "types": ["alert"]})
    ) as desk:
        await receive_until(desk, "subscribed")
        alert_id = (await receive(desk))["event"]["id"]

        async def do(**command):
            await desk.send(json.dumps({"alert_id": alert_id, "by": "li", "request": "r1"} | command))
            while (answer := await receive(desk))["type"] == "event":
                states.append(answer["event"]["state"])
            return answer

        states: list[str] = []
        assert (await do(type="acknowledge"))["type"] == "done"
        refused = await do(type="acknowledge", by="wang")
        assert (refused["code"], refused["request"]) == ("bad_command", "r1")
        assert "acknowledged by li" in refused["message"]["en"]
        assert (await do(type="act", level=1, action="whisper"))["type"] == "done"
        assert (await do(type="outcome", outcome="agent corrected it"))["type"] == "done"
        assert (await do(type="acknowledge", alert_id="nobody"))["code"] == "store"
        assert (await do(type="dance"))["code"] == "bad_message"
    with service.store() as store:
        assert store.alert(alert_id).outcome == "agent corrected it"


async def test_a_call_knows_its_customers_history_and_becomes_part_of_it(serve):
    service = serve()
    now = datetime.now(UTC)
    with service.store() as store:
        earlier = [now - timedelta(days=2), now - timedelta(days=1)]
        ledger = ContactLedger(store)
        ledger.add(
            Contact(id=f"e{at:%d}", customer="k1", dialled_at=at, outcome=Outcome.CONNECTED) for at in earlier
        )
        await service.stream(start("c", customer="k1"), call_frames(1, turns=1))
        assert store.call("c").started.history.attempts_7_days == 3
        present = Contact(id="next", customer="k1", dialled_at=now + timedelta(hours=1))
        assert ledger.history(present).attempts_7_days == 4


async def test_health_metrics_and_unknown_paths(serve):
    service = serve()
    assert await _get(service.port, "/healthz") == (200, "ok\n")
    await service.stream(start("a"), call_frames(1, turns=1))
    status, page = await _get(service.port, "/metrics")
    assert status == 200 and "speechqc_calls_started_total 1.0" in page
    assert (await _get(service.port, "/other"))[0] == 404


async def test_a_frame_may_have_any_length(serve):
    service = serve()
    audio = render([(0, PROMISE, 1.0), (1, HZ["好的"], 0.9)])
    whole = frames_of(audio)
    odd = [audio[at : at + 333] for at in range(0, len(audio), 333)]
    await service.stream(start("whole"), whole)
    await service.stream(start("odd"), odd)
    assert _of_call(service.stored_events("odd"), "odd") == _of_call(service.stored_events("whole"), "whole")


async def test_a_service_that_is_asked_to_stop_keeps_its_calls(serve):
    service = serve()
    async with service.connected("/v1/calls", start("a")) as caller:
        await receive_until(caller, "ready")
        await caller.send(frame(0, b"\xff" * 640))
        await receive_until(caller, "ack")
        assert service.stop() == 0
    service.start()
    async with service.connected("/v1/calls", start("a", resume=True)) as caller:
        assert (await receive_until(caller, "ready"))[-1]["next_seq"] == 1


def _of_call(events, call_id):
    """What was said and found; alerts have ids of their own."""
    said = [event for event in events if event["type"] in ("utterance", "finding", "gap")]
    return json.loads(json.dumps(said).replace(call_id, "call"))


async def _get(port: int, path: str) -> tuple[int, str]:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(f"GET {path} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
    head, _, body = (await reader.read()).partition(b"\r\n\r\n")
    writer.close()
    return int(head.split()[1]), body.decode()
