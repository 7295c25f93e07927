"""Bytes off the wire to samples, whatever the size of the pieces."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from speechqc.audio.codecs import encode
from speechqc.audio.decoder import StreamDecoder
from speechqc.audio.format import AudioFormat
from speechqc.events import Role

FORMATS = [
    AudioFormat(encoding, rate_hz, roles)
    for encoding in ("mulaw", "alaw", "pcm16")
    for rate_hz in (8_000, 16_000)
    for roles in ((Role.UNKNOWN,), (Role.AGENT, Role.CUSTOMER))
]


def name(audio: AudioFormat) -> str:
    return f"{audio.encoding}-{audio.rate_hz}-{audio.channels}"


def decoded(audio: AudioFormat, parts: list[bytes]) -> np.ndarray:
    decoder = StreamDecoder(audio)
    return np.concatenate([*(decoder.push(part) for part in parts), decoder.finish()], axis=1)


@pytest.mark.parametrize("audio", FORMATS, ids=name)
@settings(max_examples=25)
@given(payload=st.binary(min_size=3_000, max_size=6_000), cuts=st.lists(st.integers(0, 6_000), max_size=10))
def test_any_bytes_in_any_pieces_give_the_same_samples(audio, payload, cuts):
    edges = [0, *sorted(cuts), len(payload)]
    pieces = [payload[a:b] for a, b in pairwise(edges)]

    whole = decoded(audio, [payload])

    assert np.array_equal(decoded(audio, pieces), whole)
    assert whole.shape[0] == audio.channels
    assert whole.dtype == np.float32


@pytest.mark.parametrize("audio", FORMATS, ids=name)
def test_a_second_of_sound_is_a_second_of_samples(audio):
    sound = np.zeros((audio.channels, audio.rate_hz), np.float32)
    late = 24 if audio.rate_hz == 8_000 else 0

    assert decoded(audio, [encode(sound, audio.encoding)]).shape == (audio.channels, 16_000 + late)


def test_the_first_channel_of_the_wire_is_the_first_row():
    audio = AudioFormat("pcm16", 16_000, (Role.CUSTOMER, Role.AGENT))
    sound = np.stack([np.full(2_000, 0.5), np.full(2_000, -0.25)]).astype(np.float32)

    rows = decoded(audio, [encode(sound, audio.encoding)])

    assert np.array_equal(rows, sound)


def test_a_sample_cut_in_the_middle_is_completed_by_the_next_frame():
    audio = AudioFormat("pcm16", 16_000, (Role.AGENT,))
    decoder = StreamDecoder(audio)
    payload = encode(np.full(1_280, 0.5, np.float32), audio.encoding)

    assert decoder.push(payload[:-1]).shape == (1, 0)
    assert np.all(decoder.push(payload[-1:]) == 0.5)


def test_half_a_sample_at_the_end_of_the_call_is_left_out():
    audio = AudioFormat("pcm16", 16_000, (Role.AGENT, Role.CUSTOMER))

    assert decoded(audio, [bytes(4 * 10 + 3)]).shape == (2, 10)


def test_an_empty_payload_is_no_samples():
    assert StreamDecoder(FORMATS[0]).push(b"").shape == (1, 0)
