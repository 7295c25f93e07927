"""`speechqc demo`: the sample calls through the live service, all at once, on a board."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import socket
import sys
import tempfile
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from speechqc.cli.language import language, say
from speechqc.cli.options import Pack

if TYPE_CHECKING:
    from rich.console import Console

    from speechqc.events import Event
    from speechqc.ingest.messages import Start
    from speechqc.judgement import Judgement
    from speechqc.reports.board import Board
    from speechqc.samples import Sample

FRAME_MS = 20
AFTERNOON = 14
READY_S = 60.0
PICTURE_AT_S = 44.0


def demo(
    speed: Annotated[float, typer.Option(min=0.25, max=20, help="1 is real time.")] = 1.0,
    plain: Annotated[
        bool, typer.Option("--plain", help="Lines instead of a board: for scripts and pipes.")
    ] = False,
    out: Annotated[Path, typer.Option(help="Folder for the report and the service's data.")] = Path(
        "var/demo"
    ),
    pack: Pack = None,
    picture: Annotated[
        Path | None, typer.Option(help="Also save the board as an SVG picture.", hidden=True)
    ] = None,
) -> None:
    """Start the service, play the sample calls through it at once, and watch the alerts come.

    启动服务，同时实时播放六通示例电话，观看告警。

    The calls are synthesised speech, heard by the bundled recogniser. Ends with a table and a report.
    """
    from rich.console import Console

    from speechqc.samples import sample_calls

    console = Console()
    plain = plain or not console.is_terminal
    board, calls = asyncio.run(_play(sample_calls(), speed, plain, out, console, picture, pack))
    _conclude(console, board, calls, sample_calls(), out, speed, pack)


async def _play(
    samples: Sequence[Sample],
    speed: float,
    plain: bool,
    out: Path,
    console: Console,
    picture: Path | None,
    pack: str | None,
) -> tuple[Board, dict[str, Judgement]]:
    from speechqc.client import stream_call
    from speechqc.playback import frames_of
    from speechqc.reports.board import Board

    data = Path(tempfile.mkdtemp(prefix=f"{datetime.now():%Y%m%d-%H%M%S}-", dir=_made(out)))
    console.print(say("正在启动服务……", "starting the service…"), style="dim")
    _enter_earlier_contacts(samples, data)
    board = Board({sample.script.id: sample.script.title for sample in samples})
    calls: dict[str, Judgement] = {}
    async with _service(data, pack) as url, _events(url) as events:
        console.print(
            say(
                f"服务已就绪：{url}，同时播放 {len(samples)} 通电话",
                f"service at {url}; playing {len(samples)} calls at once",
            )
        )
        async with asyncio.TaskGroup() as group:
            group.create_task(
                _watch(_pictured(events, board, picture), board, calls, plain, console, len(samples))
            )
            for sample in samples:
                frames = frames_of(sample.audio, frame_ms=FRAME_MS)
                group.create_task(
                    stream_call(url, _start(sample), frames, frame_s=FRAME_MS / 1000, speed=speed)
                )
    return board, calls


def _start(sample: Sample) -> Start:
    from speechqc.ingest.messages import Start
    from speechqc.playback import media_of

    script = sample.script
    return Start(
        call_id=script.id,
        media=media_of(sample.audio),
        kind=script.kind,
        direction=script.direction,
        language=script.language,
        product=script.product,
        agent=script.agent,
        team=script.team,
        customer=script.customer,
        number=script.number,
        recording_notice=script.recording_notice,
        metadata={"zone": _afternoon_zone(datetime.now(UTC))},
    )


def _afternoon_zone(now: datetime) -> str:
    """Where it is early afternoon: the sample calls are not meant to break the quiet hours."""
    ahead = (AFTERNOON - now.hour + 12) % 24 - 12
    return "Etc/GMT" if ahead == 0 else f"Etc/GMT{-ahead:+d}"  # POSIX signs: west is positive


def _enter_earlier_contacts(samples: Sequence[Sample], data: Path) -> None:
    """The calls that customers of the samples already had today, in the ledger the service will read."""
    from speechqc.contact.attempt import Contact, Outcome
    from speechqc.settings import load_settings
    from speechqc.store.ledger import ContactLedger
    from speechqc.store.store import Store

    now = datetime.now(UTC)
    with Store.open(load_settings(data_dir=data).database_url) as store:
        ContactLedger(store).add(
            Contact(
                id=f"{sample.script.id}-earlier-{number}",
                customer=sample.script.customer,
                number=sample.script.number,
                product=sample.script.product,
                dialled_at=now - timedelta(minutes=75 * number),
                zone=_afternoon_zone(now),
                outcome=Outcome.NO_ANSWER,
            )
            for sample in samples
            for number in range(1, sample.script.contacts_today + 1)
        )


@asynccontextmanager
async def _service(data: Path, pack: str | None) -> AsyncIterator[str]:
    """The live service in its own process, as `speechqc serve` starts it."""
    from speechqc.errors import SpeechqcError

    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    log = (data / "service.log").open("wb")
    command = (
        sys.executable,
        "-m",
        "speechqc",
        "serve",
        "--port",
        str(port),
        "--data",
        str(data),
        "--asr",
        "bundled",
        *(("--pack", pack) if pack else ()),
    )
    process = await asyncio.create_subprocess_exec(*command, stdout=log, stderr=log, env={**os.environ})
    try:
        if not await _answers(port, process):
            raise SpeechqcError("the service did not start", hint=f"see {data / 'service.log'}")
        yield f"ws://127.0.0.1:{port}"
    finally:
        if process.returncode is None:
            process.send_signal(signal.SIGTERM)
            await process.wait()
        log.close()


async def _answers(port: int, process: asyncio.subprocess.Process) -> bool:
    for _ in range(int(READY_S / 0.1)):
        if process.returncode is not None:
            return False
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", port)
        except OSError:
            await asyncio.sleep(0.1)
        else:
            writer.close()
            return True
    return False


@asynccontextmanager
async def _events(url: str) -> AsyncIterator[AsyncIterator[Event]]:
    """Everything the service says of all calls, unfinished words and running numbers included."""
    from websockets.asyncio.client import connect

    from speechqc.events import decode
    from speechqc.ingest.messages import EventMessage, Subscribe, decode_server
    from speechqc.ingest.messages import encode as encode_message

    async with connect(f"{url}/v1/events") as socket_:
        await socket_.send(encode_message(Subscribe(after=0, ephemeral=True)))

        async def events() -> AsyncIterator[Event]:
            async for text in socket_:
                message = decode_server(text)
                if isinstance(message, EventMessage):
                    yield decode(bytes(message.event))

        yield events()


async def _pictured(events: AsyncIterator[Event], board: Board, path: Path | None) -> AsyncIterator[Event]:
    """The same events; the board is saved as a picture when a call reaches `PICTURE_AT_S`."""
    async for event in events:
        yield event
        if path is not None and max((call.at for call in board.calls.values()), default=0.0) >= PICTURE_AT_S:
            save_picture(board, path)
            path = None


async def _watch(
    events: AsyncIterator[Event],
    board: Board,
    calls: dict[str, Judgement],
    plain: bool,
    console: Console,
    expected: int,
) -> None:
    """Show events until `expected` calls have ended."""
    from rich.live import Live

    from speechqc.events import Alert, CallEnded, CallStarted
    from speechqc.judgement import Judgement
    from speechqc.reports.board import alert_line

    ended = 0
    shown: set[str] = set()
    live = (
        None
        if plain
        else Live(console=console, refresh_per_second=8, get_renderable=lambda: board.render(language()))
    )
    if live is not None:
        live.start()
    try:
        async for event in events:
            board.feed(event)
            if isinstance(event, CallStarted):
                calls.setdefault(event.call_id, Judgement(event))
            elif event.call_id in calls:
                calls[event.call_id].add([event])
            if plain and isinstance(event, Alert) and event.id not in shown:
                shown.add(event.id)
                console.print(f"{event.call_id:18}", alert_line(event, language()))
            ended += isinstance(event, CallEnded)
            if ended == expected:
                return
    finally:
        if live is not None:
            live.stop()


def _conclude(
    console: Console,
    board: Board,
    calls: dict[str, Judgement],
    samples: Sequence[Sample],
    out: Path,
    speed: float,
    pack: str | None,
) -> None:
    from speechqc.asr.choose import BUNDLED_NOTICE
    from speechqc.cli.books import rule_book
    from speechqc.events import Text
    from speechqc.reports.board import summary
    from speechqc.reports.html import Page, latencies, write_report

    console.print(summary(board, language()))
    missing = []
    for sample in samples:
        found = {signal for alert in calls[sample.script.id].alerts for signal in alert.signals}
        missing += [
            f"{sample.script.id}: {signal}" for signal in sample.script.expected if signal not in found
        ]
    planned = sum(len(sample.script.expected) for sample in samples)
    measured = latencies(calls.values())
    if measured:
        console.print(
            say(
                f"告警延迟（话音结束到告警）：中位 {measured[0]:.2f} 秒，95% {measured[1]:.2f} 秒",
                f"alert latency (end of the words to the alert): p50 {measured[0]:.2f} s, p95 {measured[1]:.2f} s",
            )
        )
    if measured and speed != 1.0:
        console.print(
            say(
                f"以 {speed:g} 倍速播放，延迟不代表实时情况",
                f"played at {speed:g} times real time: not the latency of a live call",
            )
        )
    console.print(
        say(
            f"预期告警 {planned - len(missing)}/{planned}",
            f"planned alerts that came: {planned - len(missing)} of {planned}",
        )
        + (f"  {', '.join(missing)}" if missing else ""),
        highlight=False,
    )
    page = Page(Text("演示报告", "Demo report"), datetime.now(UTC), "bundled", [BUNDLED_NOTICE])
    report = write_report(out / "report.html", page, list(calls.values()), rule_book(None, pack).titles)
    console.print(say("报告：", "report: ") + str(report.resolve()), highlight=False, soft_wrap=True)


def save_picture(board: Board, path: Path) -> None:
    """The board as it stands, as an SVG picture."""
    from rich.console import Console

    recorder = Console(record=True, width=130, file=open(os.devnull, "w"))  # noqa: SIM115 discarded
    recorder.print(board.render(language()))
    path.parent.mkdir(parents=True, exist_ok=True)
    # Rich gives every text the width of as many narrow characters: Chinese would be squeezed into half its room.
    path.write_text(
        re.sub(r' textLength="[^"]*"', "", recorder.export_svg(title="speechqc")), encoding="utf-8"
    )


def _made(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    return folder
