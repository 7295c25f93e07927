"""``speechqc doctor``: is this machine ready, and if not, what is to be done.

Every check runs the thing itself (a decode, a write, an open), not a look at a version number.
"""

from __future__ import annotations

import importlib.metadata
import os
import shutil
import socket
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from speechqc.errors import SpeechqcError
from speechqc.events import Text

PACKAGES = (
    "av",
    "faster-whisper",
    "msgspec",
    "numpy",
    "onnxruntime",
    "soxr",
    "sqlalchemy",
    "webrtcvad-wheels",
    "websockets",
)
CODECS = ("pcm_s16le", "pcm_mulaw", "pcm_alaw", "mp3", "aac", "flac", "opus", "vorbis", "amrnb")
MIN_FREE_GB = 2.0
"""About three days of ten telephone lines: 58 MB for an hour of two µ-law channels."""


class DoctorSettings(Protocol):
    """What the checks need to know of the settings."""

    @property
    def host(self) -> str: ...
    @property
    def port(self) -> int: ...
    @property
    def data_dir(self) -> Path: ...
    @property
    def database_url(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Check:
    """One line of the report; `hint` says what to do when it is not ok."""

    name: str
    ok: bool
    detail: Text
    hint: Text | None = None


def run_checks(settings: DoctorSettings, *, open_store: Callable[[str], None] | None = None) -> list[Check]:
    """All checks, in the order of a report. None of them raises.

    Args:
        open_store: opens the store at a URL and closes it again, raising when that fails; ``None``
            leaves the check out.
    """
    checks: list[tuple[str, Callable[[], Check]]] = [
        ("python", _python),
        ("packages", _packages),
        ("processors", _processors),
        ("audio", _codecs),
        ("voice activity", _voice_activity),
        ("bundled model", _bundled_files),
        ("bundled decode", _bundled_decode),
        ("whisper", _whisper),
        ("data folder", lambda: _data_folder(settings.data_dir)),
        ("port", lambda: _port(settings.host, settings.port)),
    ]
    if open_store is not None:
        checks.append(("store", lambda: _store(open_store, settings.database_url)))
    return [_guarded(name, check) for name, check in checks]


def _guarded(name: str, check: Callable[[], Check]) -> Check:
    try:
        return check()
    except SpeechqcError as error:
        hint = Text(zh=error.hint, en=error.hint) if error.hint else None
        return Check(name, False, _same(str(error.args[0])), hint)
    except Exception as error:
        # A check of a broken machine meets whatever that machine raises; it is the report.
        return Check(name, False, _same(f"{type(error).__name__}: {error}"), _REINSTALL)


def _python() -> Check:
    version = ".".join(map(str, sys.version_info[:3]))
    return Check(
        "python",
        sys.version_info >= (3, 11),
        _same(version),
        Text(zh="需要 Python 3.11 或更新版本", en="install Python 3.11 or newer"),
    )


def _packages() -> Check:
    found, missing = [], []
    for name in PACKAGES:
        try:
            found.append(f"{name} {importlib.metadata.version(name)}")
        except importlib.metadata.PackageNotFoundError:
            missing.append(name)
    detail = ", ".join(found)
    if missing:
        listed = ", ".join(missing)
        return Check("packages", False, Text(zh=f"缺少：{listed}", en=f"missing: {listed}"), _REINSTALL)
    return Check("packages", True, _same(detail))


def _processors() -> Check:
    count = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return Check(
        "processors",
        count >= 2,
        Text(zh=f"可用 {count} 个处理器", en=f"{count} usable"),
        Text(
            zh="实时服务至少需要 2 个：一个识别，一个收音",
            en="a live service wants 2: one to decode, one to receive",
        ),
    )


def _codecs() -> Check:
    import av  # noqa: PLC0415

    missing = [name for name in CODECS if name not in av.codecs_available]
    if missing:
        listed = ", ".join(missing)
        return Check("audio", False, Text(zh=f"无法解码：{listed}", en=f"cannot decode {listed}"), _REINSTALL)
    return Check("audio", True, _same(f"PyAV {av.__version__}: {', '.join(CODECS)}"))


def _voice_activity() -> Check:
    import webrtcvad  # noqa: PLC0415

    if webrtcvad.Vad(2).is_speech(bytes(640), 16_000):
        return Check("voice activity", False, _same("silence taken for speech"), _REINSTALL)
    return Check("voice activity", True, Text(zh="可用", en="works"))


def _bundled_files() -> Check:
    from speechqc.asr.models import BUNDLED, bundled_folder, verify  # noqa: PLC0415

    compared = verify(BUNDLED)
    listed = Text(
        zh=f"{bundled_folder()}，{len(compared)} 个文件校验一致",
        en=f"{bundled_folder()}, {len(compared)} files as their checksums say",
    )
    return Check("bundled model", True, listed)


def _bundled_decode() -> Check:
    import numpy as np  # noqa: PLC0415

    from speechqc.asr.choose import BUNDLED_LABEL, open_recognizer  # noqa: PLC0415
    from speechqc.asr.recognizer import SAMPLE_RATE, Hop  # noqa: PLC0415

    recognizer = open_recognizer("bundled").recognizer
    stream = recognizer.open(language="zh")
    found = recognizer.push([Hop(stream, np.zeros(SAMPLE_RATE // 2, np.float32), last=True)])
    ok = len(found) == 1 and found[0].final
    return Check("bundled decode", ok, BUNDLED_LABEL, _REINSTALL)


def _whisper() -> Check:
    from speechqc.asr.models import list_models  # noqa: PLC0415

    present = [model.name for model in list_models() if model.folder and model.name.startswith("whisper:")]
    if present:
        return Check("whisper", True, _same(", ".join(present)))
    return Check(
        "whisper",
        True,
        Text(
            zh="未安装（可选，识别真人语音时需要）：speechqc models pull small",
            en="none here (optional, needed for people's voices): speechqc models pull small",
        ),
    )


def _data_folder(folder: Path) -> Check:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=folder) as probe:
            probe.write(b"speechqc")
            probe.flush()
            os.fsync(probe.fileno())
    except OSError as error:
        return Check(
            "data folder",
            False,
            Text(
                zh=f"无法写入 {folder}：{error.strerror}",
                en=f"cannot write to {folder}: {error.strerror}",
            ),
            Text(
                zh="设置 SPEECHQC_DATA_DIR 为可写的目录", en="set SPEECHQC_DATA_DIR to a folder you may write"
            ),
        )
    free_gb = shutil.disk_usage(folder).free / 1e9
    return Check(
        "data folder",
        free_gb >= MIN_FREE_GB,
        Text(
            zh=f"{folder.absolute()}，剩余 {free_gb:.1f} GB", en=f"{folder.absolute()}, {free_gb:.1f} GB free"
        ),
        Text(zh="录音每路每小时约 58 MB，请腾出空间", en="free some space: a call takes 58 MB an hour"),
    )


def _port(host: str, port: int) -> Check:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            return Check(
                "port",
                False,
                Text(zh=f"{host}:{port} 无法使用：{error.strerror}", en=f"{host}:{port}: {error.strerror}"),
                Text(
                    zh="停止占用它的程序，或设置 SPEECHQC_PORT",
                    en="stop what uses it (a running service?) or set SPEECHQC_PORT",
                ),
            )
    return Check("port", True, Text(zh=f"{host}:{port} 可用", en=f"{host}:{port} is free"))


def _store(open_store: Callable[[str], None], url: str) -> Check:
    open_store(url)
    # Everything before the last @ may hold a password.
    return Check("store", True, _same(url.rsplit("@", 1)[-1]))


def _same(text: str) -> Text:
    return Text(zh=text, en=text)


_REINSTALL = Text(
    zh="重新安装 speechqc：pip install --force-reinstall speechqc",
    en="install speechqc again: pip install --force-reinstall speechqc",
)
