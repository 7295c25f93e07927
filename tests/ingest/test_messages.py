"""Every message round-trips, and nothing goes over the wire that the other side would not take."""

from __future__ import annotations

import msgspec
import pytest

from speechqc.events import Role, Text
from speechqc.ingest import messages
from speechqc.ingest.messages import Message, decode_client, decode_server, decode_subscriber, encode

MEDIA = messages.Media(encoding="mulaw", rate_hz=8000, channels=("agent", "customer"))
EXAMPLES: list[Message] = [
    messages.Start(call_id="c", media=MEDIA, kind="sales", team="north", metadata={"zone": "Asia/Shanghai"}),
    messages.Stop(),
    messages.Ready(call_id="c", next_seq=7, recogniser="bundled"),
    messages.Ack(seq=3),
    messages.GapNotice(start=1.0, end=2.5, reason="decode_timeout", role=Role.AGENT),
    messages.EventMessage(id=4, event=msgspec.Raw(b'{"a":1}')),
    messages.Error(code="out_of_order", message=Text("缺帧", "missing"), expected_seq=3),
    messages.Ended(call_id="c", reason="stop", frames=9),
    messages.Subscribe(calls=("c",), types=("alert",), after=0),
    messages.Subscribed(last_id=0),
    messages.Acknowledge(alert_id="a", by="li"),
    messages.Assign(alert_id="a", to="wang", by="li"),
    messages.Act(alert_id="a", by="li", level=1, action="whisper"),
    messages.Outcome(alert_id="a", by="li", outcome="corrected"),
    messages.Done(alert_id="a", request="r"),
]


def all_messages() -> set[type[Message]]:
    return {
        kind for kind in vars(messages).values() if isinstance(kind, type) and issubclass(kind, Message)
    } - {Message}


def test_there_is_an_example_of_every_message():
    assert {type(example) for example in EXAMPLES} == all_messages()


@pytest.mark.parametrize("message", EXAMPLES, ids=lambda message: type(message).__name__)
def test_a_message_round_trips(message):
    decoders = (decode_client, decode_subscriber, decode_server)
    text = encode(message)
    found = []
    for decoder in decoders:
        try:
            found.append(decoder(text))
        except msgspec.ValidationError:
            continue
    assert len(found) == 1, "a message belongs to exactly one direction"
    assert encode(found[0]) == text


def test_a_frame_is_a_big_endian_number_and_its_audio():
    assert messages.frame(258, b"ab") == b"\x00\x00\x01\x02ab"
