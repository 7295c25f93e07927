"""The dialler's question to the running service."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime, timedelta

from speechqc.contact.do_not_call import DoNotCall
from speechqc.store import Contact, ContactLedger, Outcome

NOON = datetime(2026, 3, 18, 4, 0, tzinfo=UTC)  # 12:00 in Shanghai
AT = "at=2026-03-18T12:00%2B08:00"


async def ask(port: int, query: str, *headers: str) -> tuple[int, dict]:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    lines = "".join(f"{header}\r\n" for header in headers)
    writer.write(f"GET /v1/contact/check?{query} HTTP/1.1\r\nHost: x\r\n{lines}\r\n".encode())
    head, _, body = (await reader.read()).partition(b"\r\n\r\n")
    writer.close()
    assert b"application/json" in head
    return int(head.split()[1]), json.loads(body)


async def test_the_answer_is_a_verdict_with_its_reasons(serve):
    service = serve()
    with service.store() as store:
        ledger = ContactLedger(store)
        ledger.add(
            Contact(
                id=f"c{n}",
                customer="k1",
                number="13800138000",
                dialled_at=NOON - timedelta(hours=n),
                outcome=Outcome.NO_ANSWER,
            )
            for n in (1, 2)
        )
        ledger.do_not_call.add(
            DoNotCall(
                id="e1",
                customer="k2",
                number="13900139000",
                reason="别再打了",
                since=NOON - timedelta(days=9),
            )
        )

    assert (await ask(service.port, f"number=13700137000&{AT}"))[1]["decision"] == "allow"
    status, third = await ask(service.port, f"number=%2B8613800138000&purpose=marketing&{AT}")
    assert (status, third["decision"], third["next_allowed_at"]) == (
        200,
        "block",
        "2026-03-19T09:00:00+08:00",
    )
    assert third["reasons"][0]["rule"] == "cn_bank_marketing.attempts_day"
    assert (third["reasons"][0]["count"], third["reasons"][0]["limit"]) == (3, "2")
    assert third["reasons"][0]["text"]["zh"] == "营销呼叫次数（每日）：本次为第 3 次，上限 2 次"

    listed = (await ask(service.port, f"customer=k2&{AT}"))[1]
    assert (listed["decision"], listed["next_allowed_at"]) == ("block", None)
    assert listed["reasons"][0]["signal"] == "do_not_call_violation"
    assert (await ask(service.port, f"customer=k2&purpose=service&{AT}"))[1]["decision"] == "allow"


async def test_a_wrong_question_is_told_what_is_wrong(serve):
    service = serve(ingest_tokens='["secret"]')
    assert await ask(service.port, "number=1") == (
        401,
        {"code": "bad_token", "message": "the token is missing or unknown"},
    )
    assert (await ask(service.port, f"number=13700137000&{AT}", "Authorization: Bearer secret"))[0] == 200
    for query, message in {
        "purpose=marketing": "nobody to call",
        "number=1&purpose=fun": "'fun' is no purpose of a call",
        "number=1&at=noon": "'noon' is no time",
        "number=1&zone=Mars/Olympus": "'Mars/Olympus' is no time zone",
        "number=1&colour=red": "unknown colour",
    }.items():
        status, body = await ask(service.port, f"{query}&token=secret")
        assert (status, body["code"]) == (400, "bad_query")
        assert message in body["message"]
