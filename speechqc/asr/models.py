"""Which recognition models exist, which are on this machine, and how to get one.

Looked for in this order: the models folder (``SPEECHQC_MODELS``, else ``speechqc/models`` in the
user's data folder), then the cache of huggingface_hub. Nothing here downloads except :func:`pull`.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from speechqc.asr.model_files import Progress, check_sums, copy_model, model_sums, write_sums
from speechqc.errors import ModelError
from speechqc.events import Text

BUNDLED = "bundled"
WHISPER_FILES = ("model.bin", "tokenizer.json")
"""Without its tokenizer a folder loads only by asking the network, so it does not count."""
_DOWNLOADED = ["config.json", "preprocessor_config.json", "model.bin", "tokenizer.json", "vocabulary.*"]


@dataclass(frozen=True, slots=True)
class WhisperSize:
    """A published size: where it comes from and about how much disk it takes."""

    repository: str
    megabytes: int
    english_only: bool = False


WHISPER_SIZES = {
    "tiny": WhisperSize("Systran/faster-whisper-tiny", 78),
    "base": WhisperSize("Systran/faster-whisper-base", 148),
    "small": WhisperSize("Systran/faster-whisper-small", 487),
    "medium": WhisperSize("Systran/faster-whisper-medium", 1_530),
    "large-v2": WhisperSize("Systran/faster-whisper-large-v2", 3_090),
    "large-v3": WhisperSize("Systran/faster-whisper-large-v3", 3_090),
    "large-v3-turbo": WhisperSize("mobiuslabsgmbh/faster-whisper-large-v3-turbo", 1_620),
    "tiny.en": WhisperSize("Systran/faster-whisper-tiny.en", 78, english_only=True),
    "base.en": WhisperSize("Systran/faster-whisper-base.en", 148, english_only=True),
    "small.en": WhisperSize("Systran/faster-whisper-small.en", 487, english_only=True),
    "medium.en": WhisperSize("Systran/faster-whisper-medium.en", 1_530, english_only=True),
}
_PREFERENCE = ("small", "large-v3-turbo", "medium", "large-v3", "large-v2", "base", "tiny")
"""For ``auto`` when several are present: accuracy that a CPU can still pay for comes first."""


@dataclass(frozen=True, slots=True)
class ModelInfo:
    """One line of ``speechqc models list``. `folder` is ``None`` when it is not on this machine."""

    name: str
    folder: Path | None
    megabytes: int
    languages: tuple[str, ...]
    licence: str
    about: Text


def models_folder() -> Path:
    """Where pulled models lie."""
    configured = os.environ.get("SPEECHQC_MODELS")
    if configured:
        return Path(configured).expanduser()
    data = os.environ.get("XDG_DATA_HOME") or "~/.local/share"
    return Path(data).expanduser() / "speechqc" / "models"


def bundled_folder() -> Path:
    """The bundled model's folder: inside the installed package, or beside it in a checkout."""
    package = Path(__file__).resolve().parents[1]
    installed = package / "models" / BUNDLED
    return installed if installed.is_dir() else package.parent / "models" / BUNDLED


def list_models(*, folder: Path | None = None) -> list[ModelInfo]:
    """Every known model, present or not, and whatever else lies in the models folder."""
    root = folder or models_folder()
    known = [_bundled_info()]
    for name, size in WHISPER_SIZES.items():
        known.append(_whisper_info(name, size, locate_whisper(name, folder=root)))
    own = [path for path in sorted(root.iterdir()) if is_whisper(path)] if root.is_dir() else []
    for path in own:
        if path.name not in WHISPER_SIZES:
            about = Text(zh="自备的 Whisper 模型", en="your own Whisper model")
            size_mb = sum(file.stat().st_size for file in path.iterdir()) // 1_000_000
            known.append(ModelInfo(f"whisper:{path.name}", path, size_mb, ("zh", "en"), "?", about))
    return known


def is_whisper(folder: Path) -> bool:
    """Whether `folder` is a complete CTranslate2 Whisper model (``.part`` folders are not)."""
    return folder.suffix != ".part" and all((folder / name).is_file() for name in WHISPER_FILES)


def locate_whisper(name: str, *, folder: Path | None = None) -> Path | None:
    """The folder of the model called `name`, ``None`` when this machine does not have it."""
    own = (folder or models_folder()) / name
    if is_whisper(own):
        return own
    if name not in WHISPER_SIZES:
        return None
    from huggingface_hub import try_to_load_from_cache  # noqa: PLC0415

    cached = try_to_load_from_cache(WHISPER_SIZES[name].repository, "model.bin")
    if isinstance(cached, str) and is_whisper(Path(cached).parent):
        return Path(cached).parent
    return None


def find_whisper(model: str, *, folder: Path | None = None) -> Path:
    """The folder of a size, of a folder's name under the models folder, or of a path.

    Raises:
        ModelError: it is not on this machine; the hint is the command that gets it.
    """
    path = Path(model).expanduser()
    if path.is_dir() or path.is_absolute() or len(path.parts) > 1:
        if not is_whisper(path):
            raise ModelError(
                f"{path} is no Whisper model in CTranslate2 format",
                hint=f"the folder must hold {' and '.join(WHISPER_FILES)}",
            )
        return path
    found = locate_whisper(model, folder=folder)
    if found is None:
        raise ModelError(f"the Whisper model {model!r} is not on this machine", hint=_how_to_get(model))
    return found


def preferred_whisper(language: str, *, folder: Path | None = None) -> str | None:
    """The name of the local model that ``auto`` takes for `language`, ``None`` without any."""
    names = [*_PREFERENCE]
    if language.startswith("en"):
        names += [name for name, size in WHISPER_SIZES.items() if size.english_only]
    present = (name for name in names if locate_whisper(name, folder=folder) is not None)
    root = folder or models_folder()
    own = (path.name for path in (sorted(root.iterdir()) if root.is_dir() else []) if is_whisper(path))
    return next(present, None) or next((name for name in own if name not in WHISPER_SIZES), None)


def pull(
    name: str,
    *,
    source: Path | None = None,
    folder: Path | None = None,
    progress: Callable[[Progress], None] | None = None,
) -> Path:
    """Bring a Whisper model onto this machine; the folder it lies in.

    With `source` (a model's folder, or the folder that holds it) it is copied and proven by its
    checksums; otherwise it is downloaded and huggingface_hub draws the progress. Both resume.

    Raises:
        ModelError: unknown name, nothing usable in `source`, damaged copy, no network, full disk.
    """
    if name == BUNDLED:
        raise ModelError(
            "the bundled model comes with speechqc", hint="check it with `speechqc models verify`"
        )
    name = name.removeprefix("whisper:")
    if "/" in name or name in {"", ".", ".."}:
        raise ModelError(f"{name!r} is no model name", hint=f"one of {', '.join(WHISPER_SIZES)}")
    target = (folder or models_folder()) / name
    if source is not None:
        chosen = source / name if is_whisper(source / name) else source
        if not is_whisper(chosen):
            raise ModelError(
                f"{source} holds no Whisper model called {name!r}",
                hint=f"a model folder holds {' and '.join(WHISPER_FILES)}",
            )
        return copy_model(chosen, target, progress=progress)
    if name not in WHISPER_SIZES:
        raise ModelError(f"there is no Whisper size {name!r}", hint=f"one of {', '.join(WHISPER_SIZES)}")
    return target if is_whisper(target) else _download(name, target)


def verify(name: str, *, folder: Path | None = None) -> tuple[str, ...]:
    """Compare a model with the checksums beside it; the files compared, none if none are written.

    Raises:
        ModelError: the model is missing or a file differs.
    """
    if name != BUNDLED:
        return check_sums(find_whisper(name.removeprefix("whisper:"), folder=folder))
    compared = check_sums(bundled_folder())
    if not compared:
        raise ModelError(
            f"the bundled model in {bundled_folder()} has no checksums", hint="install speechqc again"
        )
    return compared


def _download(name: str, target: Path) -> Path:
    from huggingface_hub import snapshot_download  # noqa: PLC0415

    part = target.with_name(target.name + ".part")
    try:
        part.mkdir(parents=True, exist_ok=True)
        snapshot_download(WHISPER_SIZES[name].repository, local_dir=part, allow_patterns=_DOWNLOADED)
    except Exception as error:
        # huggingface_hub, its transport and the disk each raise their own kinds.
        reason = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
        raise ModelError(
            f"the model {name!r} could not be downloaded: {reason}", hint=_closed_network(name)
        ) from error
    if not all((part / file).is_file() for file in WHISPER_FILES):
        # Without a network huggingface_hub returns what an earlier, broken download left.
        raise ModelError(f"the download of {name!r} is incomplete", hint=_closed_network(name))
    shutil.rmtree(part / ".cache", ignore_errors=True)
    write_sums(part, model_sums(part))
    part.rename(target)
    return target


def _how_to_get(name: str) -> str:
    if name not in WHISPER_SIZES:
        return f"use one of {', '.join(WHISPER_SIZES)}, or the path of a model folder"
    return f"run `speechqc models pull {name}`, in a closed network `speechqc models pull {name} --from DIR`"


def _closed_network(name: str) -> str:
    return (
        f"run the command again to go on; in a closed network copy the model's folder from a machine "
        f"that has it and run `speechqc models pull {name} --from DIR`"
    )


def _bundled_info() -> ModelInfo:
    folder = bundled_folder()
    present = folder.is_dir() and any(folder.glob("*.onnx"))
    about = Text(
        zh="随软件附带，只听得懂合成的电话普通话，供演示和测试；识别真人语音请用 Whisper",
        en="comes with speechqc; understands synthesised telephone Mandarin only, for demo and tests",
    )
    size = sum(path.stat().st_size for path in folder.iterdir()) // 1_000_000 if present else 0
    return ModelInfo(BUNDLED, folder if present else None, size, ("zh",), "Apache-2.0", about)


def _whisper_info(name: str, size: WhisperSize, folder: Path | None) -> ModelInfo:
    about = (
        Text(zh="只识别英语", en="English only")
        if size.english_only
        else Text(zh="普通话和英语", en="Mandarin and English")
    )
    languages = ("en",) if size.english_only else ("zh", "en")
    return ModelInfo(f"whisper:{name}", folder, size.megabytes, languages, "MIT", about)
