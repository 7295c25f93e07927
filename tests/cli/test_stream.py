"""`speechqc stream`: a recording sent as a live call, and what the service found in it."""

from __future__ import annotations

import asyncio
import os
import sys

import numpy as np

from speechqc.audio.codecs import Encoding, decode
from speechqc.audio.writing import write_wav
from tests.support.live_service import LiveServiceProcess
from tests.support.tone_calls import HZ, RATE, render


async def test_a_recording_is_streamed_and_its_alerts_printed(tmp_path):
    sound = decode(render([(0, HZ["这款产品保本保息您放心"], 1.0)]), Encoding.MULAW).reshape(-1, 2).T
    write_wav(tmp_path / "promise.wav", np.ascontiguousarray(sound), RATE)
    service = LiveServiceProcess(tmp_path / "data")
    service.start()
    try:
        for language, ended in (("en", "ended: 1 alerts, 0 s not analysed"), ("zh", "结束：1 个告警")):
            process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "speechqc", "stream", tmp_path / "promise.wav"),
                *("--url", service.url, "--speed", "8", "--call-id", f"call-{language}"),
                env={**os.environ, "SPEECHQC_LANG": language, "COLUMNS": "120"},
                stdout=asyncio.subprocess.PIPE,
            )
            out = (await process.communicate())[0].decode()
            assert process.returncode == 0
            assert "保本保息" in out
            assert ended in out
    finally:
        service.kill()
