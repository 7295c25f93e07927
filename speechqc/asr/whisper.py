"""Whisper through faster-whisper: one decode for each utterance that the voice detector cut.

Whisper pays for 30 s of audio whatever it hears, so re-decoding an open utterance for partial words
costs more than all final words together. Hops are therefore only collected; the last one decodes.
Cuts come from the voice activity detector, the language from the call: neither is guessed here.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from speechqc.asr.models import find_whisper
from speechqc.asr.recognizer import SAMPLE_RATE, Hop, Hypothesis, Samples
from speechqc.asr.whisper_guards import Decoded, Drop, GuardLimits, confidence, reason_to_drop
from speechqc.asr.whisper_words import quietest_sample, spread_words
from speechqc.errors import ConfigurationError, ModelError
from speechqc.events import Word

if TYPE_CHECKING:
    from faster_whisper import WhisperModel
    from faster_whisper.transcribe import Segment
    from faster_whisper.transcribe import Word as AlignedWord

LANGUAGES = frozenset({"zh", "en"})
MIN_DECODE_S = 0.2
"""Less than a syllable: not worth a decode, and Whisper invents words for it."""
_CONTEXT_TOKENS = 448
_TOKENS_PER_S = 20
"""Fast Mandarin is 7 syllables a second at up to 2 tokens each; past 20 the decoder is in a loop."""


@dataclass(slots=True)
class _Passage:
    text: str
    words: tuple[Word, ...]
    duration_s: float
    confidence: float | None


@dataclass(slots=True)
class _Stream:
    language: str
    hops: list[Samples] = field(default_factory=list)
    length: int = 0
    decoded: list[_Passage] = field(default_factory=list)

    def take(self, length: int | None = None) -> Samples:
        """Remove the first `length` collected samples, or all."""
        samples = np.concatenate(self.hops) if self.hops else np.zeros(0, np.float32)
        cut = len(samples) if length is None else length
        self.hops, self.length = [samples[cut:]], len(samples) - cut
        return samples[:cut]


class WhisperRecognizer:
    """A recogniser that answers once an utterance is over.

    Unlike other recognisers it may be pushed from several threads at once, as long as each stream is
    pushed from one at a time; `workers` decodes then run in parallel, one thread each (a second
    thread inside a decode gains nothing). A text that fails the guards comes back empty with
    confidence 0.0; :attr:`dropped` counts the reasons.

    Args:
        model: a size (``small``, ``large-v3`` …) that is on this machine, or a folder with a
            CTranslate2 model.
        hotwords: phrases the decoder is told to expect; costs their tokens in every decode.
        word_timestamps: align words by cross-attention instead of spreading them over the loud
            parts of the passage; 6 % more work with the tiny size, more with the alignment heads
            of larger ones.
        max_window_s: the most audio a stream collects before a forced cut at a quiet place. The
            decoder writes 224 tokens at most, which fast speech fills in about 24 s.

    Raises:
        ModelError: the model is not on this machine, or cannot be loaded.
        ConfigurationError: a setting is out of range.
    """

    min_confidence = 0.37
    """e^-1: an average log-probability of -1, below which Whisper's authors call a decode failed."""
    streaming = False
    parallel = True

    def __init__(
        self,
        model: str | Path,
        *,
        device: str = "auto",
        compute_type: str = "int8",
        workers: int = 1,
        beam_size: int = 1,
        hotwords: Sequence[str] = (),
        word_timestamps: bool = False,
        max_window_s: float = 20.0,
        limits: GuardLimits | None = None,
        models_folder: Path | None = None,
    ) -> None:
        _check_range("workers", workers, 1, 256)
        _check_range("beam_size", beam_size, 1, 20)
        _check_range("max_window_s", max_window_s, 1.0, 30.0)
        self.workers = workers
        self.dropped: Counter[Drop] = Counter()
        folder = find_whisper(str(model), folder=models_folder)
        self.name = f"whisper:{Path(model).name}"
        self._model = _load(folder, device=device, compute_type=compute_type, workers=workers)
        self._languages = LANGUAGES.intersection(self._model.supported_languages)
        self._beam_size = beam_size
        self._hotwords = tuple(word for word in hotwords if word.strip())
        self._prompt = self._prompt_tokens()
        self._word_timestamps = word_timestamps
        self._window = int(max_window_s * SAMPLE_RATE)
        self._limits = limits or GuardLimits()
        self._lock = threading.Lock()
        self._numbers = count(1)
        self._streams: dict[int, _Stream] = {}

    def open(self, *, language: str) -> int:
        """A new stream's number. Raises ModelError when the model does not know `language`."""
        code = language.lower().partition("-")[0]
        if code not in self._languages:
            known = ", ".join(sorted(self._languages, reverse=True))
            raise ModelError(
                f"{self.name} covers {known} and was asked for {language!r}",
                hint="name zh or en; models that end in .en know English only",
            )
        with self._lock:
            number = next(self._numbers)
            self._streams[number] = _Stream(language=code)
        return number

    def will_decode(self, hop: Hop) -> bool:
        """Whether pushing `hop` runs the model; other hops cost microseconds."""
        return hop.last or self._stream(hop.stream).length + len(hop.samples) > self._window

    def push(self, hops: Sequence[Hop]) -> list[Hypothesis]:
        """Collect the hops; decode the streams that end, or whose collected audio is full."""
        found = (self._push_one(hop) for hop in hops)
        return [hypothesis for hypothesis in found if hypothesis is not None]

    def close(self, stream: int) -> None:
        """Forget a stream; unknown numbers are ignored."""
        with self._lock:
            self._streams.pop(stream, None)

    def _push_one(self, hop: Hop) -> Hypothesis | None:
        stream = self._stream(hop.stream)
        stream.hops.append(hop.samples)
        stream.length += len(hop.samples)
        grown = False
        while stream.length > self._window:
            grown = True
            collected = np.concatenate(stream.hops)
            cut = quietest_sample(collected, first=self._window * 3 // 5, last=self._window)
            stream.decoded.append(self._decode(stream.take(cut), stream.language))
        if hop.last:
            self.close(hop.stream)
            stream.decoded.append(self._decode(stream.take(), stream.language))
        elif not grown:
            return None
        return _joined(hop.stream, stream, final=hop.last)

    def _decode(self, samples: Samples, language: str) -> _Passage:
        duration = len(samples) / SAMPLE_RATE
        segment, budget = self._transcribe(samples, language) if duration >= MIN_DECODE_S else (None, 0)
        if segment is None:
            return _Passage("", (), duration, None)
        decoded = Decoded(
            text=segment.text.strip(),
            duration_s=duration,
            avg_logprob=segment.avg_logprob,
            no_speech_prob=segment.no_speech_prob,
            finished=len(segment.tokens) < budget,
        )
        reason = reason_to_drop(decoded, limits=self._limits, hotwords=self._hotwords)
        if reason is not None:
            with self._lock:
                self.dropped[reason] += 1
            return _Passage("", (), duration, 0.0)
        sure = confidence(decoded.avg_logprob)
        words = _aligned(segment.words) if segment.words else spread_words(decoded.text, samples, sure)
        return _Passage(decoded.text, words, duration, sure)

    def _transcribe(self, samples: Samples, language: str) -> tuple[Segment | None, int]:
        """The only segment, ``None`` when nothing was said, and how many tokens it could have had."""
        asked, budget = self._token_budget(len(samples) / SAMPLE_RATE)
        segments, _ = self._model.transcribe(
            samples,
            language=language,
            beam_size=self._beam_size,
            temperature=0.0,
            condition_on_previous_text=False,
            vad_filter=False,
            without_timestamps=True,
            word_timestamps=self._word_timestamps,
            hotwords=" ".join(self._hotwords) or None,
            max_new_tokens=asked,
            # The guards decide, so that what they drop is counted.
            no_speech_threshold=None,
            log_prob_threshold=None,
            compression_ratio_threshold=None,
        )
        # Without timestamps a window is one segment. Word times would make the generator seek back
        # and decode the tail again, so it is not asked for more.
        return next(iter(segments), None), budget

    def _stream(self, number: int) -> _Stream:
        with self._lock:
            try:
                return self._streams[number]
            except KeyError:
                raise ValueError(f"stream {number} is not open") from None

    def _token_budget(self, duration_s: float) -> tuple[int, int]:
        """What to ask for, and how many tokens that allows a text to have.

        CTranslate2 lets a text have half of the whole length, or what the prompt leaves if that is
        less; faster-whisper adds the prompt to what it is asked for.
        """
        wanted = 16 + int(duration_s * _TOKENS_PER_S)
        asked = min(max(wanted - 1, 2 * wanted - self._prompt), _CONTEXT_TOKENS - self._prompt)
        return asked, min((asked + self._prompt) // 2, asked + 1)

    def _prompt_tokens(self) -> int:
        """Start, language and task (only start for an English model), no timestamps; hotwords."""
        task = 4 if self._model.model.is_multilingual else 2
        if not self._hotwords:
            return task
        encoded = self._model.hf_tokenizer.encode(" " + " ".join(self._hotwords), add_special_tokens=False)
        return task + 1 + min(len(encoded.ids), _CONTEXT_TOKENS // 2 - 1)


def _joined(number: int, stream: _Stream, *, final: bool) -> Hypothesis:
    words: list[Word] = []
    offset = weight = total = 0.0
    for passage in stream.decoded:
        words += [
            Word(text=w.text, start=w.start + offset, end=w.end + offset, confidence=w.confidence)
            for w in passage.words
        ]
        offset += passage.duration_s
        if passage.confidence is not None:
            weight += passage.duration_s
            total += passage.duration_s * passage.confidence
    texts = [passage.text for passage in stream.decoded if passage.text]
    return Hypothesis(
        stream=number,
        words=tuple(words),
        text=("" if stream.language == "zh" else " ").join(texts),
        final=final,
        confidence=total / weight if weight else None,
    )


def _aligned(words: Sequence[AlignedWord]) -> tuple[Word, ...]:
    return tuple(
        Word(
            text=word.word.strip(),
            start=float(word.start),
            end=float(word.end),
            confidence=float(word.probability),
        )
        for word in words
    )


def _load(folder: Path, *, device: str, compute_type: str, workers: int) -> WhisperModel:
    # Importing faster-whisper takes a third of a second; commands without sound never pay for it.
    from faster_whisper import WhisperModel  # noqa: PLC0415

    try:
        return WhisperModel(
            str(folder),
            device=device,
            compute_type=compute_type,
            cpu_threads=1,
            num_workers=workers,
            local_files_only=True,
        )
    except ValueError as error:
        raise ConfigurationError(
            f"Whisper cannot run with device {device!r} and compute type {compute_type!r}: {error}",
            hint="on a CPU use compute type int8 or float32",
        ) from error
    except RuntimeError as error:
        raise ModelError(
            f"the Whisper model in {folder} cannot be loaded: {error}",
            hint="check it with `speechqc models verify NAME`, or fetch it again",
        ) from error


def _check_range(name: str, value: float, low: float, high: float) -> None:
    if not low <= value <= high:
        raise ConfigurationError(f"{name} is {value}, expected {low} to {high}")
