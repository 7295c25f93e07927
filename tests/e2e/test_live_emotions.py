"""A classifier of voices in the live service: what it said is journalled, so that nothing asks it twice."""

from __future__ import annotations

import asyncio

import pytest

from speechqc.events import Finding, VoiceEmotion
from speechqc.rules.loader import builtin_pack_paths, load_packs
from speechqc.service.replay import replay_call
from speechqc.store.journal import JournalFolder
from tests.speech import tiny_emotion_model as tiny
from tests.support.tone_calls import HZ, render, start

AUDIO = render([(0, HZ["您好"], 1.0), (1, HZ["好的"], 3.0), (0, HZ["您好"], 2.5), (1, HZ["好的"], 2.4)])
FRAMES = [AUDIO[at : at + 640] for at in range(0, len(AUDIO), 640)]


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    """A classifier that takes every voice for angry."""
    folder = tmp_path_factory.mktemp("models") / "voices"
    tiny.write_model(folder)
    tiny.edit_config(folder, anger_labels=list(tiny.LABELS))
    return folder


def journal_of(service, call_id):
    return JournalFolder(service.data / "journal").find(call_id)


def emotions(service, call_id):
    journal = journal_of(service, call_id)
    return [event for step in journal.steps() for event in step.inputs if isinstance(event, VoiceEmotion)]


async def test_what_it_hears_is_journalled_and_replayed_without_it(serve, model):
    service = serve(anger_model=model)
    report = await service.stream(start("a"), FRAMES, speed=4)
    assert report.ended.reason == "stop"
    heard = emotions(service, "a")
    assert [event.anger for event in heard] == [1.0, 1.0]
    replayed = replay_call(journal_of(service, "a").path, book=load_packs(builtin_pack_paths()))
    annoyed = [event for event in replayed if isinstance(event, Finding) and event.signal == "customer_anger"]
    assert annoyed and annoyed[0].reasons[1].name == "voice.model"
    stored = [event for event in service.stored_events("a") if event["type"] == "finding"]
    assert [event["id"] for event in stored if event["signal"] == "customer_anger"] == [f.id for f in annoyed]


async def test_a_killed_service_comes_to_the_same(serve, model):
    whole = serve("whole", anger_model=model)
    await whole.stream(start("a"), FRAMES, speed=4)
    killed = serve("killed", anger_model=model)
    streaming = asyncio.create_task(killed.stream(start("a"), FRAMES, speed=4))
    await asyncio.sleep(len(FRAMES) * 0.04 / 4 * 0.55)
    killed.kill()
    killed.start()
    await streaming
    assert emotions(killed, "a") == emotions(whole, "a")
    assert killed.stored_events("a") == whole.stored_events("a")


async def test_without_a_classifier_none_is_asked(serve):
    service = serve()
    await service.stream(start("a"), FRAMES, speed=8)
    assert emotions(service, "a") == []
