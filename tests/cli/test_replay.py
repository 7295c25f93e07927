"""`speechqc replay`: the findings of a live call once more from its journal, bit for bit."""

from __future__ import annotations

from speechqc.events import decode, to_dict
from tests.support.live_service import LiveServiceProcess, timeless
from tests.support.tone_calls import HZ, render, start


async def test_replay_gives_the_findings_the_service_stored(command, tmp_path):
    audio = render([(0, HZ["这款产品保本保息您放心"], 1.0), (1, HZ["我要投诉你们到银保监会"], 1.0)])
    service = LiveServiceProcess(tmp_path / "data")
    service.start()
    try:
        frames = [audio[at : at + 640] for at in range(0, len(audio), 640)]
        await service.stream(start("call-1"), frames, speed=8)
        stored = service.stored_events("call-1")
    finally:
        service.kill()

    ran = command("replay", tmp_path / "data" / "journal" / "call-1")

    assert ran.code == 0
    replayed = [timeless(to_dict(decode(line))) for line in ran.out.splitlines()]
    found = [event for event in replayed if event["type"] == "finding"]
    assert found == [event for event in stored if event["type"] == "finding"] != []
    assert {"guaranteed_return", "regulator_escalation"} <= {event["signal"] for event in found}
    assert command("replay", "call-1", "--data", tmp_path / "data").out == ran.out
