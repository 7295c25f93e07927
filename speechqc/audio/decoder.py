"""Bytes of a live call to samples at 16 kHz, however the bytes were cut."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from speechqc.audio.codecs import Encoding, decode
from speechqc.audio.format import SAMPLE_RATE, AudioFormat
from speechqc.audio.resample import Doubler

Samples = npt.NDArray[np.float32]

BLOCK_S = 0.16
"""Audio is decoded this much at a time: a filter call for every 20 ms packet would cost three times
as much. A hop of the front end is a whole number of blocks, so nothing waits for it."""


class StreamDecoder:
    """The samples of one call's audio.

    The rest of a block, also a sample that was cut in the middle, is kept until more comes. 8 kHz audio comes
    out 1.5 ms late (see :mod:`speechqc.audio.resample`); :meth:`finish` gives those last samples.
    """

    def __init__(self, audio: AudioFormat) -> None:
        self._encoding = Encoding(audio.encoding)
        self._channels = audio.channels
        self._frame_bytes = audio.frame_bytes
        self._block_bytes = round(BLOCK_S * audio.rate_hz) * audio.frame_bytes
        self._rest = bytearray()
        self._nothing = np.empty((self._channels, 0), np.float32)
        self._doubler = Doubler(self._channels) if audio.rate_hz * 2 == SAMPLE_RATE else None

    def push(self, payload: bytes) -> Samples:
        """Float32 (channels, n) at 16 kHz; n is 0 as long as `payload` completes no block."""
        self._rest += payload
        if len(self._rest) < self._block_bytes:
            return self._nothing
        whole = len(self._rest) - len(self._rest) % self._block_bytes
        data = bytes(self._rest[:whole])
        del self._rest[:whole]
        return self._decode(data)

    def finish(self) -> Samples:
        """What is left at the end of the call. An incomplete last sample cannot be heard."""
        whole = len(self._rest) - len(self._rest) % self._frame_bytes
        samples = self._decode(bytes(self._rest[:whole]))
        self._rest.clear()
        if self._doubler is None:
            return samples
        return np.concatenate([samples, self._doubler.finish()], axis=1)

    def _decode(self, data: bytes) -> Samples:
        if not data:
            return self._nothing
        interleaved = decode(data, self._encoding)
        samples = np.ascontiguousarray(interleaved.reshape(-1, self._channels).T)
        return samples if self._doubler is None else self._doubler.push(samples)
