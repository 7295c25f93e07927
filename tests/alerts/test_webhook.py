"""Deliveries to a real HTTP server that fails when told to; waiting goes by a virtual clock."""

import asyncio
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import pytest

from speechqc.alerts.signature import HEADER, verify
from speechqc.alerts.webhook import DELIVERY_HEADER, Webhook, WebhookSettings
from speechqc.errors import ConfigurationError
from speechqc.events import decode
from tests.alerts.making import alert

NOW_S = 1_772_442_000.0
SECRET = "s3cret"


@dataclass
class Receiver:
    """An HTTP/1.1 server that gives the scripted answers, then 204; ``None`` hangs up without one."""

    answers: list = field(default_factory=list)
    received: list = field(default_factory=list)
    url: str = ""

    async def handle(self, reader, writer):
        try:
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode()
                headers = dict(line.split(": ", 1) for line in head.split("\r\n")[1:] if line)
                headers = {name.lower(): value for name, value in headers.items()}
                body = await reader.readexactly(int(headers["content-length"]))
                self.received.append((headers, body))
                answer = self.answers.pop(0) if self.answers else "204 No Content"
                if answer is None:
                    break
                if isinstance(answer, asyncio.Event):
                    await answer.wait()
                    answer = "204 No Content"
                writer.write(f"HTTP/1.1 {answer}\r\nContent-Length: 0\r\n\r\n".encode())
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()


@asynccontextmanager
async def receiving(*answers):
    receiver = Receiver(list(answers))
    server = await asyncio.start_server(receiver.handle, "127.0.0.1", 0)
    receiver.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/hook"
    async with server:
        yield receiver


@dataclass
class Clock:
    """Waiting that takes no time and is written down."""

    waits: list = field(default_factory=list)

    async def sleep(self, seconds):
        self.waits.append(seconds)
        await asyncio.sleep(0)


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def letters():
    return []


def webhook(url, clock, letters, *, jitter=1.0, **settings):
    return Webhook(
        WebhookSettings(url=url, secret=SECRET, **settings),
        lambda **letter: letters.append(letter),
        sleep=clock.sleep,
        now_s=lambda: NOW_S,
        jitter=lambda: jitter,
    )


async def test_an_alert_arrives_whole_signed_and_named(clock, letters):
    async with receiving() as receiver, webhook(receiver.url, clock, letters) as hook:
        assert hook.offer(alert(), "17")
        await hook.drain()

    [(headers, body)] = receiver.received
    assert decode(body) == alert()
    assert verify(SECRET, body, headers[HEADER.lower()], now_s=NOW_S)
    assert headers[DELIVERY_HEADER.lower()] == "17"
    assert headers["content-type"] == "application/json"
    assert (hook.delivered, hook.dropped, letters) == (1, 0, [])


async def test_a_server_that_fails_first_is_asked_again_after_doubling_waits(clock, letters):
    failing = ("500 Oops", None, "503 Busy", "429 Slow down")
    async with receiving(*failing) as receiver, webhook(receiver.url, clock, letters) as hook:
        hook.offer(alert(), "17")
        await hook.drain()

    assert clock.waits == [1.0, 2.0, 4.0, 8.0]
    assert len(receiver.received) == 5
    assert {headers[DELIVERY_HEADER.lower()] for headers, _ in receiver.received} == {"17"}
    assert (hook.delivered, letters) == (1, [])


async def test_waits_do_not_grow_beyond_the_longest_and_jitter_takes_up_to_half(clock, letters):
    async with (
        receiving(*["500 Oops"] * 4) as receiver,
        webhook(receiver.url, clock, letters, jitter=0.0, longest_backoff_s=3.0) as hook,
    ):
        hook.offer(alert(), "17")
        await hook.drain()
    assert clock.waits == [0.5, 1.0, 1.5, 1.5]


async def test_the_receiver_may_ask_for_a_longer_wait(clock, letters):
    asked = "429 Slow down\r\nRetry-After: 30"
    async with receiving(asked) as receiver, webhook(receiver.url, clock, letters) as hook:
        hook.offer(alert(), "17")
        await hook.drain()
    assert clock.waits == [30.0]


async def test_after_the_last_attempt_the_delivery_is_a_dead_letter(clock, letters):
    async with (
        receiving(*["500 Oops"] * 9) as receiver,
        webhook(receiver.url, clock, letters, attempts=3) as hook,
    ):
        hook.offer(alert(), "17")
        await hook.drain()

    [letter] = letters
    assert (letter["reason"], letter["attempts"], letter["delivery"]) == ("HTTP 500", 3, "17")
    assert letter["url"] == receiver.url
    assert letter["at"].timestamp() == NOW_S
    assert decode(letter["body"]) == alert()
    assert (hook.delivered, hook.dropped) == (0, 1)


@pytest.mark.parametrize("status", ["400 Bad Request", "401 Unauthorized", "404 Not Found", "302 Found"])
async def test_a_refusal_that_will_not_change_is_not_asked_again(clock, letters, status):
    async with receiving(status) as receiver, webhook(receiver.url, clock, letters) as hook:
        hook.offer(alert(), "17")
        await hook.drain()
    assert (clock.waits, len(receiver.received), len(letters)) == ([], 1, 1)


async def test_a_server_that_is_not_there_is_a_dead_letter_with_the_reason(clock, letters):
    async with receiving() as receiver:
        address = receiver.url
    async with webhook(address, clock, letters, attempts=2) as hook:
        hook.offer(alert(), "17")
        await hook.drain()
    assert letters[0]["reason"].startswith("ConnectError: ")


async def test_a_full_queue_refuses_at_once_and_counts(clock, letters):
    stuck = asyncio.Event()
    async with (
        receiving(stuck) as receiver,
        webhook(receiver.url, clock, letters, queue_size=2, at_once=1) as hook,
    ):
        assert hook.offer(alert(), "1")
        while not receiver.received:
            await asyncio.sleep(0)  # until the only worker is at it
        assert [hook.offer(alert(), name) for name in "234"] == [True, True, False]
        stuck.set()
        await hook.drain()

    assert [(letter["delivery"], letter["reason"]) for letter in letters] == [("4", "queue full")]
    assert (hook.delivered, hook.dropped) == (3, 1)


async def test_what_is_not_delivered_when_the_service_stops_is_kept(clock, letters):
    never = asyncio.Event()
    async with receiving(never) as receiver:
        hook = webhook(receiver.url, clock, letters, at_once=1)
        await hook.__aenter__()
        hook.offer(alert(), "sent")
        hook.offer(alert(), "waiting")
        while not receiver.received:
            await asyncio.sleep(0)
        await hook.stop(within_s=0)
        never.set()

    assert sorted((letter["delivery"], letter["attempts"]) for letter in letters) == [
        ("sent", 1),
        ("waiting", 0),
    ]
    assert {letter["reason"] for letter in letters} == {"service stopped"}


async def test_a_store_that_is_down_does_not_end_the_deliveries(clock):
    def broken(**_):
        raise OSError("disk full")

    async with receiving("400 Bad Request") as receiver:
        settings = WebhookSettings(url=receiver.url, secret=SECRET, at_once=1)
        async with Webhook(settings, broken, sleep=clock.sleep) as hook:
            hook.offer(alert(), "1")
            hook.offer(alert(), "2")
            await hook.drain()
    assert (hook.delivered, hook.dropped) == (1, 1)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"url": "ftp://x", "secret": "s"}, "posted to an http:// or https:// address, not 'ftp://x'"),
        ({"url": "http://", "secret": "s"}, "posted to an http:// or https:// address"),
        ({"url": "https://x", "secret": ""}, "a webhook needs a secret"),
        ({"url": "https://x", "secret": "s", "attempts": 0}, "webhook attempts must be above 0, not 0"),
    ],
)
def test_settings_that_cannot_work_are_refused(settings, message):
    with pytest.raises(ConfigurationError, match=message):
        WebhookSettings(**settings)
