"""The dialler's question over HTTP: may I call now? ``GET /v1/contact/check?number=…&purpose=marketing``."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from http import HTTPStatus
from urllib.parse import parse_qs

import msgspec
import structlog

from speechqc.contact.attempt import (
    Contact,
    Purpose,
    moment_named,
    party_named,
    plain_number,
    purpose_named,
    zones_wanted,
)
from speechqc.contact.check import check
from speechqc.contact.verdict import Verdict
from speechqc.errors import ConfigurationError, SpeechqcError
from speechqc.ingest.protocol import check_token
from speechqc.ingest.refusals import Refusal
from speechqc.store.ledger import ContactLedger

ANSWER_S = 0.15
"""A dialler waits at most 200 ms; after this the ledger's state is unknown."""
READERS = 2
FIELDS = (
    "number", "customer", "household", "debt", "product", "campaign", "entity", "purpose", "party", "at", "zone",
    "region", "channel", "booked", "booked_for", "consent", "token",
)  # fmt: skip
log = structlog.get_logger(__name__)


class PreDial:
    """Answers pre-dial questions from threads of its own: neither calls nor the writer wait for them."""

    def __init__(self, ledger: ContactLedger, *, tokens: Sequence[str]) -> None:
        self._ledger = ledger
        self._tokens = tokens
        self._readers = ThreadPoolExecutor(READERS, thread_name_prefix="pre-dial")

    def close(self) -> None:
        self._readers.shutdown(wait=False, cancel_futures=True)

    async def answer(self, query: str, bearer: str | None) -> tuple[HTTPStatus, bytes]:
        """Status and JSON body for the query string of a request; `bearer` is its ``Authorization`` header."""
        asked = {name: values[-1] for name, values in parse_qs(query).items()}
        try:
            check_token(asked.get("token") or (bearer or "").removeprefix("Bearer "), self._tokens)
            wanted = wanted_by(asked, datetime.now(UTC))
        except Refusal as refusal:
            return HTTPStatus.UNAUTHORIZED, _error(refusal.code, "the token is missing or unknown")
        except ConfigurationError as error:
            return HTTPStatus.BAD_REQUEST, _error("bad_query", str(error))
        return HTTPStatus.OK, _encoder.encode(await self._verdict(wanted))

    async def _verdict(self, wanted: Contact) -> Verdict:
        loop = asyncio.get_running_loop()
        try:
            answer = loop.run_in_executor(self._readers, self._ledger.check, wanted)
            return await asyncio.wait_for(answer, ANSWER_S)
        except TimeoutError:
            log.error("ledger_unknown", error="it did not answer in time")
        except SpeechqcError as error:
            log.error("ledger_unknown", error=type(error).__name__, why=str(error.args[0]))
        return check(wanted, None, self._ledger.policy)


def wanted_by(asked: dict[str, str], now: datetime) -> Contact:
    """The call that a query asks about.

    Raises:
        ConfigurationError: it names nobody, an unknown field, purpose, time or zone.
    """
    if strangers := sorted(set(asked) - set(FIELDS)):
        raise ConfigurationError(f"unknown {', '.join(strangers)}", hint=f"known are {', '.join(FIELDS)}")
    number = asked.get("number")
    if "+" not in (number or "") and (number or "").startswith(" "):
        number = f"+{(number or '').strip()}"  # a plus sign in a query is a blank
    if plain_number(number) is None and not asked.get("customer"):
        raise ConfigurationError("nobody to call", hint="name number, customer or both")
    zones = zones_wanted(asked.get("zone"), number)
    return Contact(
        id="",
        number=number,
        customer=asked.get("customer"),
        household=asked.get("household"),
        debt=asked.get("debt"),
        product=asked.get("product"),
        campaign=asked.get("campaign"),
        entity=asked.get("entity"),
        purpose=purpose_named(asked.get("purpose", Purpose.MARKETING)),
        party=party_named(asked.get("party", "customer")),
        channel=asked.get("channel", "call"),
        dialled_at=moment_named(asked["at"].replace(" ", "+")) if "at" in asked else now,
        zone=zones[0],
        also_zones=zones[1:],
        region=asked.get("region"),
        booked=asked.get("booked") == "true",
        booked_for=moment_named(asked["booked_for"].replace(" ", "+")) if "booked_for" in asked else None,
        consent=asked.get("consent"),
    )


_encoder = msgspec.json.Encoder()


def _error(code: str, message: str) -> bytes:
    return msgspec.json.encode({"code": code, "message": message})
