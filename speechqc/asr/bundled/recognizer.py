"""The bundled recogniser: Mandarin, streaming, many streams in one batch, nothing to download."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

import numpy as np

from speechqc.asr.bundled.ctc import read_frames
from speechqc.asr.bundled.decoder import Decoder
from speechqc.asr.bundled.features import CONTEXT, FRAME_SHIFT, FloatArray, log_mel
from speechqc.asr.bundled.files import check_files
from speechqc.asr.bundled.lexicon import Lexicon
from speechqc.asr.bundled.network import SUBSAMPLING, UNKNOWN_LENGTH, Network
from speechqc.asr.models import bundled_folder
from speechqc.asr.recognizer import Hop, Hypothesis, Samples
from speechqc.errors import ModelError

_STEP = SUBSAMPLING * FRAME_SHIFT
"""Samples to one output frame: 40 ms."""
_MAX_STREAMS = 64
"""Streams in one network call; more bring nothing (measured) and cost memory."""
_MAX_FRAMES = 64
"""Output frames in one network call: a recording is heard in pieces of 2.6 s."""


@dataclass
class _Stream:
    """One utterance: samples not yet heard, its row in the network, its words."""

    row: int
    decoder: Decoder
    pending: FloatArray = field(default_factory=lambda: np.zeros(CONTEXT, np.float32))
    frames: int = 0
    length: int = UNKNOWN_LENGTH

    def add(self, samples: Samples, *, last: bool, delay: int) -> None:
        """Take samples; the last are filled up with silence, past the end by the network's delay."""
        self.pending = np.concatenate([self.pending, samples])
        if last:
            fresh = len(self.pending) - CONTEXT
            steps = -(-fresh // _STEP)
            self.length = self.frames + steps
            fill = (steps + delay) * _STEP - fresh
            self.pending = np.concatenate([self.pending, np.zeros(fill, np.float32)])

    @property
    def ready(self) -> int:
        """Output frames for which there are samples."""
        return (len(self.pending) - CONTEXT) // _STEP

    def take(self, count: int) -> FloatArray:
        """Samples of the next `count` output frames with their context."""
        taken = self.pending[: CONTEXT + count * _STEP]
        self.pending = self.pending[count * _STEP :]
        self.frames += count
        return taken


class BundledRecognizer:
    """Understands synthesised telephone Mandarin; people's voices need Whisper.

    Args:
        folder: where the network, the lexicon and their checksums lie; the shipped ones by default.
        bias: phrases that are slightly preferred, such as those of the loaded rules.

    Raises:
        ModelError: a file is missing or damaged; the hint names the way to get it back.
    """

    name = "bundled"
    min_confidence = 0.6
    streaming = True

    def __init__(self, folder: Path | None = None, *, bias: Sequence[str] = ()) -> None:
        files = check_files(folder or bundled_folder())
        self._network = Network(files.network)
        self._lexicon = Lexicon(files.lexicon, bias=bias)
        self._streams: dict[int, _Stream] = {}
        self._next = 0

    def open(self, *, language: str) -> int:
        """A new stream's number. Raises ModelError when `language` is not Mandarin."""
        if language.split("-", maxsplit=1)[0].lower() not in ("zh", "cmn"):
            raise ModelError(
                f"the bundled recogniser understands Mandarin only, not {language!r}",
                hint="choose a Whisper model: --asr whisper:<size or path>",
            )
        number = self._next
        self._next += 1
        self._streams[number] = _Stream(self._network.open(), Decoder(self._lexicon))
        return number

    def push(self, hops: Sequence[Hop]) -> list[Hypothesis]:
        """Hear one batch; see :meth:`speechqc.asr.recognizer.Recognizer.push`."""
        before = {hop.stream: self._streams[hop.stream].decoder.text for hop in hops}
        for hop in hops:
            self._streams[hop.stream].add(hop.samples, last=hop.last, delay=self._network.delay)
        self._hear([self._streams[hop.stream] for hop in hops])
        changed = [
            hop for hop in hops if hop.last or self._streams[hop.stream].decoder.text != before[hop.stream]
        ]
        hypotheses = [self._hypothesis(hop) for hop in changed]
        for hop in hops:
            if hop.last:
                self.close(hop.stream)
        return hypotheses

    def close(self, stream: int) -> None:
        """Forget a stream; closing it twice does nothing."""
        known = self._streams.pop(stream, None)
        if known is not None:
            self._network.close(known.row)

    def _hear(self, streams: list[_Stream]) -> None:
        """Run the network until no stream has a whole output frame left."""
        while waiting := [stream for stream in streams if stream.ready]:
            by_count: dict[int, list[_Stream]] = {}
            for stream in waiting:
                by_count.setdefault(min(stream.ready, _MAX_FRAMES), []).append(stream)
            for count, group in by_count.items():
                for first in range(0, len(group), _MAX_STREAMS):
                    self._step(group[first : first + _MAX_STREAMS], count)

    def _step(self, group: list[_Stream], count: int) -> None:
        features = log_mel(np.stack([stream.take(count) for stream in group]))
        log_probs = self._network.step(
            [stream.row for stream in group], features, [stream.length for stream in group]
        )
        frames = iter(read_frames(np.concatenate(log_probs)))
        for stream, heard in zip(group, log_probs, strict=True):
            stream.decoder.feed(list(islice(frames, len(heard))))

    def _hypothesis(self, hop: Hop) -> Hypothesis:
        decoded = self._streams[hop.stream].decoder.decode()
        return Hypothesis(
            stream=hop.stream,
            words=decoded.words,
            text=decoded.text,
            final=hop.last,
            confidence=decoded.confidence,
        )
