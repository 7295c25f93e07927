"""Which frames of a channel hold speech: WebRTC's or Silero's detector.

A detector belongs to one channel, since both carry state from frame to frame.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Protocol

import numpy as np
import numpy.typing as npt
import onnxruntime
import webrtcvad

from speechqc.audio.codecs import encode_pcm16
from speechqc.audio.format import SAMPLE_RATE
from speechqc.errors import ModelError
from speechqc.speech.settings import SpeechSettings, VadKind

Samples = npt.NDArray[np.float32]
State = npt.NDArray[np.float32]


class Vad(Protocol):
    """A voice activity detector of one channel."""

    def voiced(self, hop: Samples, audible: Sequence[bool]) -> list[bool]:
        """Whether each frame of `hop` (a whole number of frames) holds speech.

        `audible` says which frames are loud enough to be worth a look.
        """
        ...


class WebRtcVad:
    """The detector of the WebRTC project; 2.4 µs a frame of 20 ms."""

    def __init__(self, frame: int, aggressiveness: int) -> None:
        self._vad = webrtcvad.Vad(aggressiveness)
        self._frame_bytes = 2 * frame

    def voiced(self, hop: Samples, audible: Sequence[bool]) -> list[bool]:
        if not any(audible):
            return [False] * len(audible)
        pcm, n = encode_pcm16(hop), self._frame_bytes
        is_speech = self._vad.is_speech
        return [loud and is_speech(pcm[i * n : i * n + n], SAMPLE_RATE) for i, loud in enumerate(audible)]


class SileroVad:
    """Silero VAD v6 as packaged by faster-whisper; 512-sample frames, each seen with 64 samples before it.

    The graph's first axis is time, so one channel's frames go in together and two channels' never do.
    """

    CONTEXT = 64
    HIDDEN = 128

    def __init__(self, frame: int, threshold: float) -> None:
        self._session = _silero_session()
        self._frame = frame
        self._threshold = threshold
        self._before: Samples = np.zeros(self.CONTEXT, np.float32)
        self._h: State = np.zeros((1, 1, self.HIDDEN), np.float32)
        self._c: State = np.zeros((1, 1, self.HIDDEN), np.float32)

    def voiced(self, hop: Samples, audible: Sequence[bool]) -> list[bool]:
        before, self._before = self._before, hop[-self.CONTEXT :].copy()
        if not any(audible):
            return [False] * len(audible)
        line = np.concatenate([before, hop])
        windows = np.lib.stride_tricks.sliding_window_view(line, self.CONTEXT + self._frame)[:: self._frame]
        speech, self._h, self._c = self._session.run(
            None, {"input": np.ascontiguousarray(windows), "h": self._h, "c": self._c}
        )
        likely = (np.asarray(speech).ravel() >= self._threshold).tolist()
        return [loud and bool(yes) for loud, yes in zip(audible, likely, strict=True)]


class FadeGate:
    """Takes back the frames that only trail off.

    WebRTC's detector holds on for 0.1 s after speech and for long in a quiet background. A frame
    `fade_db` below the channel's recent peak is not its speaker; the peak is forgotten by
    `DECAY_DB_S`, so that a quieter sentence after a loud one is heard.
    """

    DECAY_DB_S = 10.0

    def __init__(self, settings: SpeechSettings) -> None:
        self._fade_db = settings.fade_db
        self._decay_db = self.DECAY_DB_S * settings.frame_s
        self._peak_db = settings.gate_db

    def keep(self, voiced: Sequence[bool], levels_db: Sequence[float]) -> list[bool]:
        """Those of `voiced` that are loud enough for the channel's speaker."""
        kept: list[bool] = []
        for speech, level in zip(voiced, levels_db, strict=True):
            self._peak_db -= self._decay_db
            if speech and level > self._peak_db:
                self._peak_db = level
            kept.append(speech and level >= self._peak_db - self._fade_db)
        return kept


def create_vad(settings: SpeechSettings) -> Vad:
    """The detector `settings` ask for, in its initial state."""
    frame = SAMPLE_RATE * settings.frame_ms // 1000
    if settings.vad == VadKind.SILERO:
        return SileroVad(frame, settings.silero_threshold)
    return WebRtcVad(frame, settings.webrtc_aggressiveness)


@cache
def _silero_session() -> onnxruntime.InferenceSession:
    """One session for all channels of the process: it is stateless, the state is handed in."""
    package = find_spec("faster_whisper")
    folder = Path(package.origin).parent / "assets" if package and package.origin else None
    model = folder / "silero_vad_v6.onnx" if folder else None
    if model is None or not model.exists():
        raise ModelError(
            "the Silero detector's weights are not installed",
            hint="pip install 'faster-whisper>=1.2', or set vad to webrtc",
        )
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    return onnxruntime.InferenceSession(str(model), options, providers=["CPUExecutionProvider"])
