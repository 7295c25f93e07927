"""Recordings as people have them: good, odd and broken files."""

import struct
from pathlib import Path

import av
import numpy as np
import pytest

from speechqc.audio.codecs import Encoding, encode
from speechqc.audio.decoder import StreamDecoder
from speechqc.audio.format import AudioFormat
from speechqc.audio.recording import channel_roles, open_recording, write_flac, write_wav
from speechqc.errors import AudioError
from speechqc.events import Role


def tones(seconds: float, rate_hz: int, *hz: float) -> np.ndarray:
    t = np.arange(round(seconds * rate_hz)) / rate_hz
    return np.stack([0.4 * np.sin(2 * np.pi * f * t) for f in hz]).astype(np.float32)


def read(path: Path) -> np.ndarray:
    return np.concatenate(list(open_recording(path).blocks()), axis=1)


def strongest_hz(samples: np.ndarray) -> float:
    spectrum = np.abs(np.fft.rfft(samples * np.hanning(len(samples))))
    return float(spectrum.argmax() * 16_000 / len(samples))


def write_mp3(path: Path, samples: np.ndarray, rate_hz: int) -> None:
    with av.open(str(path), "w", format="mp3") as container:
        stream = container.add_stream("mp3", rate=rate_hz, layout="stereo")
        frame = av.AudioFrame.from_ndarray(samples, format="fltp", layout="stereo")
        frame.sample_rate = rate_hz
        container.mux(stream.encode(frame))
        container.mux(stream.encode(None))


def write_video(path: Path) -> None:
    with av.open(str(path), "w", format="matroska") as container:
        stream = container.add_stream("mpeg4", rate=25)
        stream.width = stream.height = 32
        stream.pix_fmt = "yuv420p"
        picture = av.VideoFrame.from_ndarray(np.zeros((32, 32, 3), np.uint8), format="rgb24")
        container.mux(stream.encode(picture))
        container.mux(stream.encode(None))


@pytest.mark.parametrize("rate_hz", [8_000, 11_025, 16_000, 44_100, 48_000])
def test_any_sample_rate_becomes_16_khz_with_both_channels_apart(tmp_path: Path, rate_hz):
    write_wav(tmp_path / "call.wav", tones(1.5, rate_hz, 440, 1_200), rate_hz)

    recording = open_recording(tmp_path / "call.wav")
    samples = np.concatenate(list(recording.blocks()), axis=1)

    assert (recording.channels, recording.source_rate_hz) == (2, rate_hz)
    assert recording.duration_s == pytest.approx(1.5, abs=1e-4)
    assert samples.shape[1] == pytest.approx(24_000, abs=30)
    assert strongest_hz(samples[0]) == pytest.approx(440, abs=2)
    assert strongest_hz(samples[1]) == pytest.approx(1_200, abs=2)
    assert (recording.truncated, recording.warning) == (False, None)


def test_stereo_mp3_at_44_khz_works(tmp_path: Path):
    write_mp3(tmp_path / "call.mp3", tones(2.0, 44_100, 440, 1_200), 44_100)

    samples = read(tmp_path / "call.mp3")

    assert samples.shape[1] / 16_000 == pytest.approx(2.0, abs=0.1)
    assert strongest_hz(samples[0]) == pytest.approx(440, abs=2)
    assert strongest_hz(samples[1]) == pytest.approx(1_200, abs=2)


def test_an_8_khz_recording_gives_the_very_samples_of_the_live_call(tmp_path: Path):
    sound = tones(1.3, 8_000, 300, 700)
    write_flac(tmp_path / "call.flac", sound, 8_000)
    live = StreamDecoder(AudioFormat("pcm16", 8_000, (Role.AGENT, Role.CUSTOMER)))

    samples = [live.push(encode(sound, Encoding.PCM16)), live.finish()]

    assert np.array_equal(read(tmp_path / "call.flac"), np.concatenate(samples, axis=1))


def test_a_long_recording_comes_in_blocks_of_about_a_second(tmp_path: Path):
    write_wav(tmp_path / "long.wav", tones(10, 8_000, 440), 8_000)

    lengths = [block.shape[1] for block in open_recording(tmp_path / "long.wav").blocks()]

    assert max(lengths) <= 18_000
    assert sum(lengths) == 160_024


def test_a_truncated_wav_is_read_to_its_end_and_reported(tmp_path: Path):
    write_wav(tmp_path / "whole.wav", tones(5, 8_000, 440, 880), 8_000)
    cut = tmp_path / "cut.wav"
    cut.write_bytes((tmp_path / "whole.wav").read_bytes()[: 44 + 2 * 32_000])

    recording = open_recording(cut)
    samples = np.concatenate(list(recording.blocks()), axis=1)

    assert samples.shape[1] == 2 * 16_000 + 24
    assert recording.truncated
    assert recording.duration_s == 2.0
    assert recording.warning == (
        "cut.wav is incomplete, the rest was read; it is cut off: its header announces 5.0 s, 2.0 s are there"
    )


def test_a_truncated_flac_is_read_as_far_as_it_goes_and_reported(tmp_path: Path):
    noise = np.random.default_rng(1).uniform(-0.5, 0.5, (1, 40_000)).astype(np.float32)
    write_flac(tmp_path / "whole.flac", noise, 8_000)
    whole = (tmp_path / "whole.flac").read_bytes()
    cut = tmp_path / "cut.flac"
    cut.write_bytes(whole[: len(whole) // 2])

    recording = open_recording(cut)
    samples = np.concatenate(list(recording.blocks()), axis=1)

    assert 20_000 < samples.shape[1] < 42_000
    assert recording.truncated
    assert "its header announces 5.0 s" in recording.warning


def test_a_wav_whose_writer_did_not_know_its_length_is_whole(tmp_path: Path):
    path = tmp_path / "streamed.wav"
    write_wav(path, tones(1, 8_000, 440), 8_000)
    content = bytearray(path.read_bytes())
    content[40:44] = struct.pack("<I", 0xFFFFFFFF)
    path.write_bytes(content)

    recording = open_recording(path)
    samples = np.concatenate(list(recording.blocks()), axis=1)

    assert samples.shape[1] == 16_024
    assert not recording.truncated


def test_silence_is_a_recording_like_any_other(tmp_path: Path):
    write_wav(tmp_path / "silence.wav", np.zeros((2, 8_000), np.float32), 8_000)

    assert not read(tmp_path / "silence.wav").any()


def test_a_second_pass_needs_the_file_opened_again(tmp_path: Path):
    write_wav(tmp_path / "call.wav", tones(0.5, 8_000, 440), 8_000)
    recording = open_recording(tmp_path / "call.wav")
    list(recording.blocks())

    with pytest.raises(AudioError, match=r"call\.wav was read already \(open the recording again\)"):
        list(recording.blocks())


# -- what cannot be read -----------------------------------------------------------------------


def missing(path: Path) -> None:
    pass


def folder(path: Path) -> None:
    path.mkdir()


def empty(path: Path) -> None:
    path.touch()


def text(path: Path) -> None:
    path.write_text("Agent: hello, how can I help you?\n" * 20)


def header_only(path: Path) -> None:
    write_wav(path, np.zeros((1, 0), np.float32), 8_000)


def broken_header(path: Path) -> None:
    path.write_bytes(b"RIFF\x24\x00\x00\x00WAVEfm")


def surround(path: Path) -> None:
    fmt = struct.pack("<4sIHHIIHH", b"fmt ", 16, 1, 6, 8_000, 96_000, 12, 16)
    data = struct.pack("<4sI", b"data", 1_200) + bytes(1_200)
    path.write_bytes(struct.pack("<4sI4s", b"RIFF", 4 + len(fmt) + len(data), b"WAVE") + fmt + data)


FORMATS_WORK = r"\(WAV, FLAC, MP3, Opus and M4A files work\)"


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (missing, r"call\.wav does not exist \(check the path\)"),
        (folder, r"call\.wav is a folder, not a recording \(name one file, or audit the folder\)"),
        (empty, r"call\.wav is empty \(0 bytes\) \(record or copy it again\)"),
        (text, rf"call\.wav is not a readable audio file: .* {FORMATS_WORK}"),
        (broken_header, rf"call\.wav is not a readable audio file: .* {FORMATS_WORK}"),
        (header_only, rf"call\.wav has an audio track without a single sample {FORMATS_WORK}"),
        (write_video, rf"call\.wav has no audio track \(found: video\) {FORMATS_WORK}"),
        (
            surround,
            r"call\.wav has 6 channels; a call has 1 or 2 \(keep the agent's and the customer's channel, "
            r"or mix them into one\)",
        ),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_an_unreadable_file_says_why_and_what_to_do(tmp_path: Path, make, message):
    make(tmp_path / "call.wav")

    with pytest.raises(AudioError, match=message):
        open_recording(tmp_path / "call.wav")


# -- who is on which channel -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("channels", "diarise", "roles"),
    [
        (2, "left-right", (Role.AGENT, Role.CUSTOMER)),
        (2, "right-left", (Role.CUSTOMER, Role.AGENT)),
        (2, "none", (Role.UNKNOWN,)),
        (1, "left-right", (Role.UNKNOWN,)),
        (1, "none", (Role.UNKNOWN,)),
    ],
)
def test_only_a_stereo_recording_tells_who_spoke(channels, diarise, roles):
    assert channel_roles(channels, diarise) == roles


def test_an_unknown_way_to_tell_speakers_apart_is_refused():
    with pytest.raises(
        AudioError, match=r"'magic' is not known \(use one of: left-right, right-left, none\)"
    ):
        channel_roles(2, "magic")
