"""A call's journal survives kills, torn records and full disks, and hides nothing it acknowledged."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from speechqc.errors import StoreError
from speechqc.events import CallClock, CallKind, CallStarted, Role, Utterance, Word
from speechqc.store.journal import CallHeader, Frame, Journal, JournalFolder, folder_name
from speechqc.store.journal_writer import JournalFullError


def header(call_id: str = "c1") -> CallHeader:
    return CallHeader(
        started=CallStarted(call_id=call_id, kind=CallKind.SALES, customer="k-7"),
        encoding="mulaw",
        rate_hz=8000,
        channels=("agent", "customer"),
        recogniser="bundled",
    )


def said(turn: int) -> Utterance:
    words = (Word(text="保本", start=0.1 + turn / 3, end=1.7 + turn, confidence=1 / 3),)
    return Utterance(
        call_id="c1", role=Role.AGENT, turn=turn, start=0.1, end=2.3 + turn, text="保本", words=words
    )


def test_what_was_written_is_read_back_exactly(tmp_path):
    folder = JournalFolder(tmp_path)
    writer = folder.create(header(), sync=True)
    frames = [Frame(seq, 1e9 + seq / 7, bytes([seq]) * (seq + 1)) for seq in range(5)]
    for each in frames:
        writer.append_frame(each.seq, each.arrival, each.payload)
    writer.append_step(-1, [header().started])
    writer.append_step(0, [said(0), CallClock(call_id="c1", at=0.16)])
    writer.flush()
    writer.end("stop", sync=True)
    writer.close()

    journal = folder.find("c1")
    assert journal is not None
    assert journal.header == header()
    assert list(journal.frames()) == frames
    assert [step.inputs for step in journal.steps()] == [
        (header().started,),
        (said(0), CallClock(call_id="c1", at=0.16)),
    ]
    assert (journal.ended.reason, journal.ended.frames, journal.cut_bytes) == ("stop", 5, 0)


def test_a_call_without_a_journal_is_not_found_and_a_foreign_folder_is_an_error(tmp_path):
    assert JournalFolder(tmp_path / "journal").find("c1") is None
    with pytest.raises(StoreError, match="holds no journal of a call"):
        Journal.open(tmp_path)


def test_nothing_reaches_the_disk_before_flush_and_frames_go_before_steps(tmp_path):
    folder = JournalFolder(tmp_path)
    writer = folder.create(header(), sync=False)
    writer.append_frame(0, 1.0, b"x")
    writer.append_step(0, [said(0)])
    assert folder.find("c1").next_seq == 0
    writer.flush()
    journal = folder.find("c1")
    assert (journal.next_seq, len(list(journal.steps()))) == (1, 1)


def test_frames_must_be_appended_in_order(tmp_path):
    writer = JournalFolder(tmp_path).create(header(), sync=False)
    with pytest.raises(StoreError, match="frame 1 was appended where 0 was expected"):
        writer.append_frame(1, 0.0, b"x")


def test_only_calls_that_are_not_entirely_stored_are_looked_at_again(tmp_path):
    folder = JournalFolder(tmp_path)
    for call_id in ("open", "ended", "stored"):
        writer = folder.create(header(call_id), sync=False)
        if call_id != "open":
            writer.end("stop", sync=False)
        writer.close()
    folder.mark_stored("stored")

    found = {journal.header.started.call_id: journal.ended for journal in folder.unfinished()}
    assert set(found) == {"open", "ended"}
    assert found["open"] is None


@given(payloads=st.lists(st.binary(min_size=1, max_size=40), max_size=8), data=st.data())
@settings(max_examples=150)
def test_a_torn_tail_is_cut_and_writing_goes_on_behind_the_last_whole_record(
    tmp_path_factory, payloads, data
):
    folder = JournalFolder(tmp_path_factory.mktemp("journal"))
    writer = folder.create(header(), sync=False)
    for seq, payload in enumerate(payloads):
        writer.append_frame(seq, float(seq), payload)
        writer.append_step(seq, [said(seq)])
    writer.flush()
    writer.close()
    path = folder.path("c1")
    for name in ("audio", "steps"):
        _damage(path / name, data)

    torn = folder.find("c1")
    survived = [each.payload for each in torn.frames()]
    assert survived == payloads[: len(survived)]
    steps = [step.step for step in torn.steps()]
    assert steps == list(range(len(steps)))

    again = folder.append(torn)
    again.append_frame(torn.next_seq, 9.0, b"new")
    again.append_step(99, [said(99)])
    again.flush()
    again.close()
    whole = folder.find("c1")
    assert [each.payload for each in whole.frames()] == [*survived, b"new"]
    assert [step.step for step in whole.steps()] == [*steps, 99]
    assert whole.cut_bytes == 0


def _damage(path: Path, data: st.DataObject) -> None:
    size = path.stat().st_size
    if not size:
        return
    at = data.draw(st.integers(0, size - 1))
    if data.draw(st.booleans()):
        os.truncate(path, at)
        return
    content = bytearray(path.read_bytes())
    content[at] ^= data.draw(st.integers(1, 255))
    path.write_bytes(content)


@given(st.text(st.characters(codec=None), min_size=1), st.text(st.characters(codec=None), min_size=1))
def test_any_call_id_gives_one_harmless_file_name(one, other):
    name = folder_name(one)
    assert name not in {"", ".", ".."}
    assert not set(name) & set("/\\\0") and not name.startswith((".", "-")) and len(name) <= 80
    assert (one == other) == (name == folder_name(other))


@pytest.mark.parametrize(
    "call_id", ["../../etc/passwd", "..", ".open", "a/b", "客户 1", "x" * 200, "-rf", "a~b"]
)
def test_call_ids_from_outside_stay_inside_the_folder(tmp_path, call_id):
    folder = JournalFolder(tmp_path)
    folder.create(header(call_id), sync=False).close()
    assert folder.path(call_id).parent == tmp_path
    assert folder.find(call_id).header.started.call_id == call_id


def test_a_full_disk_is_an_error_that_loses_nothing_and_passes(tmp_path):
    writer = JournalFolder(tmp_path).create(header(), sync=False)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, hard))
    try:
        for seq in range(10):
            writer.append_frame(seq, 0.0, bytes([seq]) * 200)
        for _ in range(2):
            with pytest.raises(JournalFullError, match="there is no space to write c1"):
                writer.flush()
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    writer.append_frame(10, 0.0, b"more")
    writer.flush()
    assert [each.seq for each in JournalFolder(tmp_path).find("c1").frames()] == list(range(11))


def test_a_full_disk_refuses_a_new_call_and_leaves_nothing_behind(tmp_path):
    if os.geteuid() != 0:
        pytest.skip("mounting a small tmpfs needs root")
    small = tmp_path / "small"
    small.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(small)], capture_output=True, check=False
    )
    if mounted.returncode:
        pytest.skip("this machine does not let us mount a tmpfs")
    try:
        folder = JournalFolder(small)
        first = folder.create(header("first"), sync=True)
        first.append_frame(0, 0.0, b"x" * 100_000)
        with pytest.raises(JournalFullError):
            first.flush()
        with pytest.raises(JournalFullError, match="there is no space"):
            folder.create(header("second"), sync=True)
        assert folder.find("second") is None
        first.close()
    finally:
        subprocess.run(["umount", str(small)], check=True)


def test_a_failed_sync_is_written_again(tmp_path):
    folder = JournalFolder(tmp_path)
    writer = folder.create(header(), sync=False)
    writer.append_frame(0, 0.0, b"first")
    writer.flush()
    os.truncate(folder.path("c1") / "audio", 0)  # what a kernel may do with pages it could not write
    writer.sync_failed()
    writer.flush()
    writer.sync_disk()
    writer.synced(writer.mark())
    assert [each.payload for each in folder.find("c1").frames()] == [b"first"]
    assert writer.pending_bytes == 0


def test_a_killed_process_loses_nothing_that_was_flushed(tmp_path):
    script = f"""
import os, signal
from pathlib import Path
from speechqc.store.journal import JournalFolder
from tests.store.test_journal import header
writer = JournalFolder(Path({str(tmp_path)!r})).create(header(), sync=False)
writer.append_frame(0, 0.0, b"flushed")
writer.flush()
writer.append_frame(1, 0.0, b"lost")
os.kill(os.getpid(), signal.SIGKILL)
"""
    subprocess.run([sys.executable, "-c", script], check=False, cwd=Path(__file__).parents[2])
    assert [each.payload for each in JournalFolder(tmp_path).find("c1").frames()] == [b"flushed"]
