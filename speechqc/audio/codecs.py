"""The sample encodings of telephony as numpy lookup tables: µ-law, A-law and 16-bit PCM.

ITU-T G.711 (11/1988) defines both companding laws, its tables 1a-2b the values used here. Samples are
float32, full scale is ±1.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import StrEnum
from types import MappingProxyType

import numpy as np
import numpy.typing as npt

Samples = npt.NDArray[np.float32]
Bytes = npt.NDArray[np.uint8]

FULL_SCALE = 32_768.0
MULAW_BIAS = 132
"""Added before the logarithm so that every segment has the same form (G.711 µ-law, 16-bit scale)."""
MULAW_CLIP = 32_635


class Encoding(StrEnum):
    """How one sample is written in the bytes of a call."""

    MULAW = "mulaw"
    ALAW = "alaw"
    PCM16 = "pcm16"
    """Signed 16 bit, little endian."""

    @property
    def sample_bytes(self) -> int:
        return 2 if self is Encoding.PCM16 else 1


def decode_mulaw(payload: bytes) -> Samples:
    """µ-law bytes as samples; every byte is valid."""
    return _MULAW_TO_FLOAT[np.frombuffer(payload, np.uint8)]


def decode_alaw(payload: bytes) -> Samples:
    """A-law bytes as samples; every byte is valid."""
    return _ALAW_TO_FLOAT[np.frombuffer(payload, np.uint8)]


def decode_pcm16(payload: bytes) -> Samples:
    """Little-endian 16-bit bytes as samples; the length must be even."""
    return np.frombuffer(payload, "<i2").astype(np.float32) / np.float32(FULL_SCALE)


def encode_mulaw(samples: Samples) -> bytes:
    return _INT16_TO_MULAW[to_int16(samples).view(np.uint16)].tobytes()


def encode_alaw(samples: Samples) -> bytes:
    return _INT16_TO_ALAW[to_int16(samples).view(np.uint16)].tobytes()


def encode_pcm16(samples: Samples) -> bytes:
    return to_int16(samples).astype("<i2").tobytes()


def decode(payload: bytes, encoding: Encoding) -> Samples:
    """All samples of `payload` in one row, channels still interleaved."""
    return _DECODERS[encoding](payload)


def encode(samples: Samples, encoding: Encoding) -> bytes:
    """Bytes of `samples`, shape (n,) or (channels, n); channels are interleaved as on the wire."""
    return _ENCODERS[encoding](np.ascontiguousarray(np.atleast_2d(samples).T).ravel())


def to_int16(samples: Samples) -> npt.NDArray[np.int16]:
    """Nearest 16-bit value; what passes full scale is clipped, not wrapped."""
    scaled = np.rint(samples * np.float32(FULL_SCALE))
    clipped: npt.NDArray[np.int16] = np.clip(scaled, -FULL_SCALE, FULL_SCALE - 1).astype(np.int16)
    return clipped


# -- tables ------------------------------------------------------------------------------------


def _mulaw_values() -> Samples:
    code = ~np.arange(256, dtype=np.uint8)
    segment, step = (code >> 4) & 7, (code & 15).astype(np.int32)
    magnitude = (((step << 3) + MULAW_BIAS) << segment.astype(np.int32)) - MULAW_BIAS
    return _signed(magnitude, negative=(code & 0x80) != 0)


def _alaw_values() -> Samples:
    code = np.arange(256, dtype=np.uint8) ^ 0x55
    segment, step = ((code >> 4) & 7).astype(np.int32), (code & 15).astype(np.int32)
    first = (step << 4) + 8
    magnitude = np.where(segment == 0, first, (first + 256) << np.maximum(segment - 1, 0))
    return _signed(magnitude, negative=(code & 0x80) == 0)


def _signed(magnitude: npt.NDArray[np.int32], *, negative: npt.NDArray[np.bool_]) -> Samples:
    return (np.where(negative, -magnitude, magnitude) / FULL_SCALE).astype(np.float32)


def _mulaw_codes() -> Bytes:
    value = np.arange(65_536, dtype=np.uint16).view(np.int16).astype(np.int32)
    magnitude = np.minimum(np.abs(value), MULAW_CLIP) + MULAW_BIAS
    segment = _highest_bit(magnitude) - 7
    step = (magnitude >> (segment + 3)) & 15
    codes: Bytes = (~(np.where(value < 0, 0x80, 0) | (segment << 4) | step)).astype(np.uint8)
    return codes


def _alaw_codes() -> Bytes:
    value = np.arange(65_536, dtype=np.uint16).view(np.int16).astype(np.int32)
    magnitude = np.where(value < 0, -value - 1, value)
    segment = np.maximum(_highest_bit(magnitude) - 7, 0)
    step = (magnitude >> np.where(segment == 0, 4, segment + 3)) & 15
    codes: Bytes = (((segment << 4) | step) ^ np.where(value < 0, 0x55, 0xD5)).astype(np.uint8)
    return codes


def _highest_bit(value: npt.NDArray[np.int32]) -> npt.NDArray[np.int32]:
    return (np.frexp(np.maximum(value, 1).astype(np.float64))[1] - 1).astype(np.int32)


_MULAW_TO_FLOAT = _mulaw_values()
_ALAW_TO_FLOAT = _alaw_values()
_INT16_TO_MULAW = _mulaw_codes()
_INT16_TO_ALAW = _alaw_codes()

_DECODERS: Mapping[Encoding, Callable[[bytes], Samples]] = MappingProxyType(
    {Encoding.MULAW: decode_mulaw, Encoding.ALAW: decode_alaw, Encoding.PCM16: decode_pcm16}
)
_ENCODERS: Mapping[Encoding, Callable[[Samples], bytes]] = MappingProxyType(
    {Encoding.MULAW: encode_mulaw, Encoding.ALAW: encode_alaw, Encoding.PCM16: encode_pcm16}
)
