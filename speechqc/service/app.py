"""The process: builds the parts, listens, and stops without losing a call."""

from __future__ import annotations

import asyncio
import gc
import logging
import signal
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from http import HTTPStatus

import structlog
from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.datastructures import Headers
from websockets.http11 import Request, Response

from speechqc.alerts.desk import AlertDesk
from speechqc.alerts.policy_file import load_policy
from speechqc.alerts.webhook import Webhook, WebhookSettings
from speechqc.analysis.anger_model import open_anger_model
from speechqc.asr.choose import open_recognizer
from speechqc.asr.process import RecognizerProcess
from speechqc.asr.recognizer import Recognizer
from speechqc.asr.scheduler import DecodeScheduler
from speechqc.contact.policy_file import load_contact_policy
from speechqc.events import AlertState, Text
from speechqc.rules.book import RuleBook
from speechqc.rules.loader import builtin_pack_paths, load_packs
from speechqc.semantics.hugging_face import open_hugging_face
from speechqc.service.building import CallBuilder
from speechqc.service.connection import IngestConnection
from speechqc.service.contacts import ContactKeeper
from speechqc.service.emotions import EmotionListener
from speechqc.service.hub import EventHub
from speechqc.service.live import LiveService
from speechqc.service.metrics import ServiceMetrics
from speechqc.service.outbox import Outbox
from speechqc.service.overdue import OverduePromises
from speechqc.service.pre_dial import PreDial
from speechqc.service.publishing import Publisher
from speechqc.service.subscribers import SubscriberConnection
from speechqc.settings import Settings
from speechqc.store.journal import JournalFolder
from speechqc.store.ledger import ContactLedger
from speechqc.store.promises import Promises
from speechqc.store.store import Store

CALLS, EVENTS, HEALTH, METRICS = "/v1/calls", "/v1/events", "/healthz", "/metrics"
CHECK = "/v1/contact/check"
STORE_BUSY_S = 1.0
"""How long a transaction waits for another program's lock before alerts go out without ids."""
CLOSE_S = 2.0
SWITCH_S = 0.0005
"""The decoder's thread lets the event loop run after this long, so that frames do not queue behind words."""
LARGEST_TEXT = 65_536
SERVER_FULL = 4
"""Messages this many times the frame limit are read to be refused in words; larger ones close the connection."""
log = structlog.get_logger(__name__)


@dataclass(frozen=True, kw_only=True)
class Running:
    """A service that listens."""

    host: str
    port: int
    live: LiveService

    @property
    def url(self) -> str:
        return f"ws://{self.host}:{self.port}"


@asynccontextmanager
async def running_service(
    settings: Settings, *, recognizer: Recognizer | None = None
) -> AsyncIterator[Running]:
    """Listen until the block is left; calls then stay in their journals.

    Args:
        recognizer: used instead of the one that `settings` names.

    Raises:
        SpeechqcError: a setting, the rules, the model or the store is not usable; says what to do.
    """
    async with AsyncExitStack() as stack:
        parts = await _assemble(settings, recognizer, stack)
        server = await stack.enter_async_context(_listen(settings, parts))
        host, port = server.sockets[0].getsockname()[:2]
        parts.live.start()
        stack.push_async_callback(parts.live.close)
        log.info("listening", host=host, port=port, recogniser=parts.live.recogniser_name)
        yield Running(host=host, port=port, live=parts.live)


def run_service(
    settings: Settings,
    *,
    recognizer: Recognizer | None = None,
    ready: Callable[[Running], None] | None = None,
) -> None:
    """Run until SIGTERM or SIGINT. `ready` is told once calls are accepted.

    Raises:
        SpeechqcError: as :func:`running_service`.
    """
    configure_logging()
    asyncio.run(_run(settings, recognizer, ready))


def configure_logging() -> None:
    """JSON lines on standard error. No words, names or numbers of people are ever logged."""
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )


async def _run(
    settings: Settings, recognizer: Recognizer | None, ready: Callable[[Running], None] | None
) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    sys.setswitchinterval(SWITCH_S)
    async with running_service(settings, recognizer=recognizer) as running:
        gc.collect()
        gc.freeze()  # rules and models live as long as the process: no collection need look at them
        if ready is not None:
            ready(running)
        await stop.wait()
        log.info("stopping", calls=running.live.calls)


# -- assembling ------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class _Parts:
    live: LiveService
    hub: EventHub
    outbox: Outbox
    metrics: ServiceMetrics
    pre_dial: PreDial


async def _assemble(settings: Settings, recognizer: Recognizer | None, stack: AsyncExitStack) -> _Parts:
    settings.data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    own = settings.semantic_model
    book = load_packs(
        [*builtin_pack_paths(settings.pack), *settings.rules],
        classifier=None if own is None else open_hugging_face(own),
    )
    policy = load_policy(settings.alert_policy)
    scheduler = DecodeScheduler(
        recognizer or _recognizer(settings, stack), workers=settings.decode_workers, max_pending=8_192
    )
    stack.callback(scheduler.stop, timeout_s=CLOSE_S)
    store = stack.enter_context(Store.open(settings.database_url, busy_timeout_s=STORE_BUSY_S))
    hub, metrics, desk = EventHub(), ServiceMetrics(), AlertDesk(policy)
    webhook = await _webhook(settings, store, stack)
    ledger = ContactLedger(store, load_contact_policy(settings.contact_policy))
    contacts = ContactKeeper(ledger, Promises(store.database))
    pre_dial = PreDial(ledger, tokens=(*settings.ingest_tokens, *settings.event_tokens))
    stack.callback(pre_dial.close)
    outbox = Outbox(store, asyncio.get_running_loop(), contacts)
    stack.callback(outbox.stop, timeout_s=CLOSE_S)
    publisher = Publisher(
        policy=policy,
        texts=_texts(book),
        desk=desk,
        outbox=outbox,
        hub=hub,
        metrics=metrics,
        webhook=webhook,
    )
    outbox.start(publisher)
    journals = JournalFolder(settings.journal_dir)
    live = LiveService(
        settings,
        builder=CallBuilder(
            book=book,
            scheduler=scheduler,
            min_confidence=_min_confidence(settings, scheduler.recognizer),
            decode_timeout_s=settings.decode_timeout_s,
            listener=_listener(settings, metrics, stack),
        ),
        scheduler=scheduler,
        journals=journals,
        outbox=outbox,
        publisher=publisher,
        metrics=metrics,
        contacts=contacts,
    )
    hub.taps.append(live.echo)
    watch = asyncio.create_task(
        _watch_promises(outbox, OverduePromises(book, policy, _texts(book)), settings.promise_check_s)
    )
    stack.callback(watch.cancel)
    _adopt_open_alerts(store, publisher, journals)
    return _Parts(live=live, hub=hub, outbox=outbox, metrics=metrics, pre_dial=pre_dial)


async def _watch_promises(outbox: Outbox, overdue: OverduePromises, every_s: float) -> None:
    """Tell of overdue promises until cancelled; a store that does not answer is asked again."""
    while True:
        asked = outbox.change(lambda store: overdue.announce(store, datetime.now(UTC)))
        asked.add_done_callback(lambda done: done.exception() and log.error("promises_not_checked"))
        await asyncio.sleep(every_s)


def _recognizer(settings: Settings, stack: AsyncExitStack) -> Recognizer:
    chosen = open_recognizer(settings.asr, workers=settings.decode_workers, own_process=True)
    if chosen.notice is not None:
        sys.stderr.write(f"{chosen.notice.zh}\n{chosen.notice.en}\n")
    if isinstance(chosen.recognizer, RecognizerProcess):
        stack.callback(chosen.recognizer.stop)
    return chosen.recognizer


def _listener(settings: Settings, metrics: ServiceMetrics, stack: AsyncExitStack) -> EmotionListener | None:
    if settings.anger_model is None:
        return None
    listener = EmotionListener(open_anger_model(settings.anger_model), skipped=metrics.unjudged_voices)
    stack.callback(listener.stop)
    return listener


def _min_confidence(settings: Settings, recognizer: Recognizer) -> float:
    return recognizer.min_confidence if settings.min_confidence is None else settings.min_confidence


async def _webhook(settings: Settings, store: Store, stack: AsyncExitStack) -> Webhook | None:
    if settings.webhook_url is None:
        return None
    webhook = Webhook(
        WebhookSettings(url=settings.webhook_url, secret=settings.webhook_secret or ""), store.add_dead_letter
    )
    return await stack.enter_async_context(webhook)


def _texts(book: RuleBook) -> Callable[[str], tuple[Text, Text]]:
    texts = {rule.id: (rule.title, rule.advice) for rule in book.rules}
    return texts.__getitem__


def _adopt_open_alerts(store: Store, publisher: Publisher, journals: JournalFolder) -> None:
    """Alerts of calls that are over still escalate; those of calls to be recovered come with them."""
    coming = {journal.header.started.call_id for journal in journals.unfinished()}
    found = store.alerts(states=(AlertState.OPENED,))
    publisher.adopt([record.alert for record in found if record.alert.call_id not in coming])


# -- sockets -----------------------------------------------------------------------------------------


def _listen(settings: Settings, parts: _Parts) -> AbstractAsyncContextManager[Server]:
    async def handle(socket: ServerConnection) -> None:
        path = socket.request.path if socket.request else ""
        if path.startswith(CALLS):
            await IngestConnection(socket, parts.live).run()
        else:
            await SubscriberConnection(
                socket, settings=settings, hub=parts.hub, outbox=parts.outbox, metrics=parts.metrics
            ).run()

    async def answer(socket: ServerConnection, request: Request) -> Response | None:
        path, _, query = request.path.partition("?")
        if path in (CALLS, EVENTS):
            return None
        if path == HEALTH:
            return _plain(HTTPStatus.OK, b"ok\n")
        if path == METRICS:
            return _plain(HTTPStatus.OK, parts.metrics.page())
        if path == CHECK:
            status, body = await parts.pre_dial.answer(query, request.headers.get("Authorization"))
            return _answer(status, body, "application/json")
        known = f"there is {CALLS}, {EVENTS}, {CHECK}, {HEALTH} and {METRICS}\n"
        return _plain(HTTPStatus.NOT_FOUND, known.encode())

    return serve(
        handle,
        settings.host,
        settings.port,
        process_request=answer,
        compression=None,
        max_size=max(SERVER_FULL * settings.max_frame_bytes, LARGEST_TEXT),
        close_timeout=CLOSE_S,
        logger=logging.getLogger("speechqc.websockets"),
        server_header=None,
    )


def _plain(status: HTTPStatus, body: bytes) -> Response:
    return _answer(status, body, "text/plain; version=0.0.4; charset=utf-8")


def _answer(status: HTTPStatus, body: bytes, kind: str) -> Response:
    headers = Headers(
        {
            "Content-Type": kind,
            "Content-Length": str(len(body)),
            "Connection": "close",
        }
    )
    return Response(status.value, status.phrase, headers, body)
