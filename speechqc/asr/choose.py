"""Which recogniser hears the calls, and what a person must be told about it.

A recogniser that was asked for by name is used or its absence is an error. Only ``auto`` chooses,
and then says so: the bundled recogniser understands nobody, so whoever gets it is told how to get a
real one.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from speechqc.asr.models import BUNDLED, preferred_whisper
from speechqc.asr.process import RecognizerProcess
from speechqc.asr.recognizer import Recognizer
from speechqc.errors import ConfigurationError, ModelError
from speechqc.events import Text

VARIABLE = "SPEECHQC_ASR"

BUNDLED_LABEL = Text(
    zh="内置识别（只听得懂合成的普通话）",
    en="bundled (understands synthesised Mandarin only)",
)
BUNDLED_NOTICE = Text(
    zh=(
        "注意：当前使用内置识别模型，它只听得懂合成的电话普通话，听不懂真人说话，真人通话会被标记为“未分析”。"
        "获取真正的识别模型：speechqc models pull small；内网环境：speechqc models pull small --from 目录"
    ),
    en=(
        "ATTENTION: this is the bundled recogniser. It understands synthesised telephone Mandarin and no "
        "person's voice; calls of real people will be marked as not analysed. Get a real model with "
        "`speechqc models pull small`, in a closed network `speechqc models pull small --from DIR`"
    ),
)


@dataclass(frozen=True, slots=True)
class Chosen:
    """A recogniser, its name for screens, and what must be said before it is used."""

    recognizer: Recognizer
    label: Text
    notice: Text | None = None

    @property
    def min_confidence(self) -> float:
        return self.recognizer.min_confidence


def open_recognizer(
    spec: str = "auto",
    *,
    language: str = "zh",
    bias: Sequence[str] = (),
    workers: int = 1,
    models_folder: Path | None = None,
    environment: Mapping[str, str] = os.environ,
    own_process: bool = False,
) -> Chosen:
    """The recogniser of `spec`: ``auto``, ``bundled``, ``whisper`` or ``whisper:<size or path>``.

    ``whisper`` is the best local Whisper model. ``auto`` is what ``SPEECHQC_ASR`` says, else a local
    Whisper model, else the bundled recogniser with a notice.

    Args:
        language: ``zh`` or ``en``; decides what ``auto`` may take.
        bias: phrases that are likely to be said; a hint to the decoder, not a filter.
        workers: decodes at once, for Whisper.
        own_process: let a recogniser that decodes in one thread live in a process of its own.

    Raises:
        ConfigurationError: `spec` has another form.
        ModelError: the model is not on this machine, or nothing here understands `language`.
    """
    if spec == "auto":
        spec = environment.get(VARIABLE) or "auto"
    kind, _, model = spec.partition(":")
    if kind not in {"auto", BUNDLED, "whisper"} or (model and kind != "whisper"):
        raise ConfigurationError(
            f"{spec!r} names no recogniser", hint="use auto, bundled, whisper or whisper:<size or path>"
        )
    if kind == BUNDLED:
        return _bundled(bias, notice=None, own_process=own_process)
    model = model or preferred_whisper(language, folder=models_folder) or ""
    if model:
        return _whisper(model, bias=bias, workers=workers, models_folder=models_folder)
    if kind == "whisper":
        raise ModelError("no Whisper model is on this machine", hint="run `speechqc models pull small`")
    if not language.lower().startswith("zh"):
        raise ModelError(
            f"no recogniser on this machine understands {language!r}; the bundled one covers zh",
            hint="run `speechqc models pull small`, in a closed network with `--from DIR`",
        )
    return _bundled(bias, notice=BUNDLED_NOTICE, own_process=own_process)


def _bundled(bias: Sequence[str], *, notice: Text | None, own_process: bool) -> Chosen:
    # onnxruntime takes a while to import; whoever uses Whisper or no sound does not wait for it.
    from speechqc.asr.bundled.recognizer import BundledRecognizer  # noqa: PLC0415

    make = partial(BundledRecognizer, bias=tuple(bias))
    return Chosen(RecognizerProcess(make) if own_process else make(), BUNDLED_LABEL, notice)


def _whisper(model: str, *, bias: Sequence[str], workers: int, models_folder: Path | None) -> Chosen:
    from speechqc.asr.whisper import WhisperRecognizer  # noqa: PLC0415

    recognizer = WhisperRecognizer(model, workers=workers, hotwords=bias, models_folder=models_folder)
    name = Path(model).name
    return Chosen(recognizer, Text(zh=f"Whisper（{name}）", en=f"Whisper ({name})"))
