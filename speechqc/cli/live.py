"""`speechqc serve`, `stream` and `replay`: the live service, a client of it, and its evidence."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from speechqc.cli.books import rule_book
from speechqc.cli.language import language as ui_language
from speechqc.cli.language import say
from speechqc.cli.options import AngerModel, Diarise, Kind, Language, Pack, Product, RulesDirs, SemanticModel
from speechqc.events import CallKind, Direction

if TYPE_CHECKING:
    from speechqc.service.app import Running

CONNECT_S = 5.0
Url = Annotated[str, typer.Option(help="Address of the service.", envvar="SPEECHQC_URL")]


def serve(
    host: Annotated[str | None, typer.Option(help="Address to listen on. Default: 127.0.0.1.")] = None,
    port: Annotated[int | None, typer.Option(help="Port; 0 takes a free one. Default: 8710.")] = None,
    data: Annotated[Path | None, typer.Option(help="Folder of journals and store. Default: var.")] = None,
    store: Annotated[
        str | None, typer.Option(help="Database URL. Default: SQLite in the data folder.")
    ] = None,
    asr: Annotated[str | None, typer.Option(help="auto, bundled, or whisper:SIZE_OR_FOLDER.")] = None,
    rules: RulesDirs = None,
    pack: Pack = None,
    semantic_model: SemanticModel = None,
    anger_model: AngerModel = None,
) -> None:
    """Run the live service until Ctrl-C. Calls that were going on are taken up again at the next start.

    启动实时服务；中断后再次启动会继续未完成的通话。

    Every setting can also stand in the environment (SPEECHQC_PORT …) or a `.env` file; docs/protocol.md
    lists them.
    """
    from speechqc.service.app import run_service
    from speechqc.settings import load_settings

    settings = load_settings(
        host=host,
        port=port,
        data_dir=data,
        store_url=store,
        asr=asr,
        pack=pack,
        rules=rules,
        semantic_model=semantic_model,
        anger_model=anger_model,
    )
    run_service(settings, ready=_announce)


def _announce(running: Running) -> None:
    print(f"speechqc: {running.live.recogniser_name}", flush=True)
    print(f"  {say('通话接入', 'send calls to')}   {running.url}/v1/calls", flush=True)
    print(f"  {say('事件订阅', 'read events at')}  {running.url}/v1/events", flush=True)
    print(f"  {say('健康检查', 'health')}   http://{running.host}:{running.port}/healthz", flush=True)


def stream(
    file: Annotated[Path, typer.Argument(help="A two-channel recording; it is sent as µ-law, 8 kHz.")],
    url: Url = "ws://127.0.0.1:8710",
    call_id: Annotated[str | None, typer.Option(help="Default: the file's name and the time.")] = None,
    speed: Annotated[float, typer.Option(min=0.1, help="1 is real time.")] = 1.0,
    encoding: Annotated[str, typer.Option(help="mulaw, alaw or pcm16 (16 kHz).")] = "mulaw",
    token: Annotated[str | None, typer.Option(envvar="SPEECHQC_TOKEN", help="Ingest token.")] = None,
    kind: Kind = None,
    direction: Annotated[Direction, typer.Option(help="inbound or outbound.")] = Direction.OUTBOUND,
    product: Product = None,
    agent: Annotated[str | None, typer.Option(help="The agent's staff number.")] = None,
    customer: Annotated[str | None, typer.Option(help="The customer's id, for the contact ledger.")] = None,
    language: Language = "zh",
    diarise: Diarise = "left-right",
) -> None:
    """Send a recording to the service as a live call and print what it finds. A broken connection is resumed.

    把录音当作实时通话发送，并打印告警。

    Example: `speechqc stream call.flac --kind sales --product 理财 --speed 2`
    """
    import asyncio
    from datetime import UTC, datetime

    from rich.console import Console

    from speechqc.client import stream_call
    from speechqc.events import Alert, decode
    from speechqc.ingest.messages import Start
    from speechqc.playback import frames_of, media_of
    from speechqc.reports.board import alert_line

    start = Start(
        call_id=call_id or f"{file.stem}-{datetime.now(UTC):%H%M%S}",
        media=media_of(file, encoding=encoding, diarise=diarise),
        kind=kind or CallKind.SALES,
        token=token,
        direction=direction,
        language=language,
        product=product,
        agent=agent,
        customer=customer,
        events=True,
    )
    _check_service(url)
    frames = frames_of(file, encoding=encoding)
    report = asyncio.run(stream_call(url, start, frames, frame_s=0.02, speed=speed))
    console = Console()
    alerts = {e.id: e for e in (decode(bytes(m.event)) for m in report.events) if isinstance(e, Alert)}
    for alert in alerts.values():
        console.print(alert_line(alert, ui_language()))
    lost = sum(gap.end - gap.start for gap in report.gaps)
    console.print(
        say(
            f"通话 {start.call_id} 结束：{len(alerts)} 个告警，{lost:.0f} 秒未分析，连接 {report.connections} 次",
            f"call {start.call_id} ended: {len(alerts)} alerts, {lost:.0f} s not analysed, "
            f"{report.connections} connection(s)",
        )
    )


def _check_service(url: str) -> None:
    """A service that is not there is said at once; one that is lost later is waited for.

    Raises:
        UnreachableError: nothing listens at `url`.
    """
    import socket
    from urllib.parse import urlsplit

    from speechqc.client import UnreachableError

    try:
        parts = urlsplit(url)
        port = parts.port or {"ws": 80, "wss": 443}[parts.scheme]
        socket.create_connection((parts.hostname or "", port), timeout=CONNECT_S).close()
    except (KeyError, ValueError):
        raise UnreachableError(f"{url!r} is no address of a service", hint="ws://HOST:PORT") from None
    except OSError as error:
        raise UnreachableError(
            f"nothing answers at {url}: {error.strerror or error}", hint="start it with `speechqc serve`"
        ) from None


def replay(
    call: Annotated[
        str, typer.Argument(help="A call's id, or its folder in a journal, e.g. var/journal/CALL.")
    ],
    data: Annotated[Path | None, typer.Option(help="The service's data folder. Default: var.")] = None,
    rules: RulesDirs = None,
    pack: Pack = None,
) -> None:
    """Rebuild a call's findings from its journal, bit for bit, one JSON object a line. Needs no model.

    从通话日志逐位重建告警依据。
    """
    from speechqc.events import encode
    from speechqc.service.replay import replay_call
    from speechqc.settings import load_settings
    from speechqc.store.journal import JournalFolder

    folder = Path(call)
    if not folder.is_dir():
        folder = JournalFolder(load_settings(data_dir=data).journal_dir).path(call)
    for event in replay_call(folder, book=rule_book(rules, pack)):
        sys.stdout.write(encode(event).decode() + "\n")
