"""µ-law, A-law and PCM16: the tables of G.711 and what a round trip costs."""

import av
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from speechqc.audio.codecs import Encoding, decode, encode, to_int16

COMPANDED = [Encoding.MULAW, Encoding.ALAW]
SAMPLES = arrays(np.float32, st.integers(1, 200), elements=st.floats(-1, 1, width=32))


@pytest.mark.parametrize("encoding", COMPANDED)
def test_every_byte_decodes_to_the_value_ffmpeg_gives_it(encoding: Encoding):
    every_byte = bytes(range(256))
    decoder = av.CodecContext.create(f"pcm_{encoding}", "r")
    decoder.layout, decoder.sample_rate = "mono", 8_000
    [frame] = decoder.decode(av.Packet(every_byte))

    assert np.array_equal(to_int16(decode(every_byte, encoding)), frame.to_ndarray().ravel())


@pytest.mark.parametrize("encoding", COMPANDED)
def test_every_byte_survives_decoding_and_encoding(encoding: Encoding):
    # µ-law has two zeros; the negative one, 0x7F, comes back as the positive one.
    every_byte = bytes(byte for byte in range(256) if (encoding, byte) != (Encoding.MULAW, 0x7F))

    assert encode(decode(every_byte, encoding), encoding) == every_byte


@pytest.mark.parametrize("encoding", COMPANDED)
@given(samples=SAMPLES)
def test_companding_keeps_each_sample_within_a_sixteenth_of_its_size(encoding, samples):
    heard = decode(encode(samples, encoding), encoding)

    # Half a step of a segment: 1/32 of its upper end, 1/16 of its lower; 16/32768 near zero. The last
    # step of both laws lies up to 2 % below full scale.
    assert np.all(np.abs(heard - samples) <= np.abs(samples) / 16 + 17 / 32_768)


@given(samples=SAMPLES)
def test_pcm16_keeps_each_sample_within_half_a_step(samples):
    heard = decode(encode(samples, Encoding.PCM16), Encoding.PCM16)

    assert np.all(np.abs(heard - np.clip(samples, -1, 32_767 / 32_768)) <= 0.5 / 32_768)


@pytest.mark.parametrize("encoding", list(Encoding))
@given(payload=st.binary(max_size=400))
def test_any_bytes_decode_to_samples_within_full_scale(encoding, payload):
    whole = payload[: len(payload) - len(payload) % encoding.sample_bytes]

    samples = decode(whole, encoding)

    assert samples.dtype == np.float32
    assert len(samples) * encoding.sample_bytes == len(whole)
    assert np.all(np.abs(samples) <= 1.0)


@pytest.mark.parametrize("encoding", list(Encoding))
def test_louder_samples_never_decode_quieter(encoding: Encoding):
    ramp = np.linspace(-1, 1, 5_001, dtype=np.float32)

    assert np.all(np.diff(decode(encode(ramp, encoding), encoding)) >= 0)


def test_sound_past_full_scale_is_clipped_not_wrapped():
    assert to_int16(np.array([2.0, -2.0], np.float32)).tolist() == [32_767, -32_768]


def test_channels_are_interleaved_sample_by_sample():
    agent, customer = np.float32(0.25), np.float32(-0.5)
    samples = np.array([[agent, agent], [customer, customer]])

    payload = encode(samples, Encoding.PCM16)

    assert decode(payload, Encoding.PCM16).tolist() == [0.25, -0.5, 0.25, -0.5]
