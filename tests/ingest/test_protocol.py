"""One connection, message by message: what is taken, what is refused and in which words."""

from __future__ import annotations

import json

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from speechqc.ingest.messages import Start, Stop, frame
from speechqc.ingest.protocol import MOVES, Frame, Ignored, IngestProtocol, Move, Repeated, State
from speechqc.ingest.refusals import REFUSALS, Refusal

MEDIA = {"encoding": "mulaw", "rate_hz": 8000, "channels": ["agent", "customer"]}


def start(**fields: object) -> str:
    return json.dumps({"type": "start", "call_id": "c1", "media": MEDIA, "kind": "sales"} | fields)


def streaming(next_seq: int = 0, **settings: object) -> IngestProtocol:
    protocol = IngestProtocol(**settings)
    protocol.receive(start())
    protocol.accept(next_seq)
    return protocol


def refused(protocol: IngestProtocol, data: str | bytes) -> Refusal:
    with pytest.raises(Refusal) as caught:
        protocol.receive(data)
    return caught.value


def test_a_call_is_started_heard_and_stopped():
    protocol = IngestProtocol()

    assert isinstance(protocol.receive(start(team="north")), Start)
    protocol.accept(0)
    assert protocol.receive(frame(0, b"ab")) == Frame(0, b"ab")
    assert protocol.receive(frame(1, b"c")) == Frame(1, b"c")
    assert protocol.receive('{"type":"stop"}') == Stop()
    protocol.end()
    assert protocol.state is State.CLOSED


def test_a_resumed_call_goes_on_where_the_server_says():
    protocol = streaming(next_seq=7)
    assert protocol.receive(frame(6, b"x")) == Repeated(6)
    assert protocol.receive(frame(7, b"x")) == Frame(7, b"x")


def test_a_missing_frame_is_named_once_and_can_be_sent_again():
    protocol = streaming()
    protocol.receive(frame(0, b"x"))

    refusal = refused(protocol, frame(3, b"x"))
    assert (refusal.code, refusal.expected_seq, refusal.fatal) == ("out_of_order", 1, False)
    assert refusal.text.en == "a frame is missing: 3 came, 1 was expected"
    assert refusal.text.zh == "音频帧序号不连续：3 came, 1 was expected"
    assert protocol.receive(frame(4, b"x")) == Ignored(4)
    assert [protocol.receive(frame(seq, b"x")) for seq in (1, 2, 3)] == [Frame(s, b"x") for s in (1, 2, 3)]
    assert refused(protocol, frame(9, b"x")).expected_seq == 4


@pytest.mark.parametrize(
    ("data", "code", "words"),
    [
        ("", "bad_message", "the message was not understood"),
        ("{", "bad_message", "the message was not understood"),
        ("[1]", "bad_message", "Expected `object`"),
        ('{"type":"shout"}', "bad_message", "Invalid value 'shout' - at `$.type`"),
        ('{"type":"start"}', "bad_message", "missing required field"),
        (start(directoin="inbound"), "bad_message", "unknown field `directoin`"),
        (start(kind="party"), "bad_message", "Invalid enum value 'party' - at `$.kind`"),
        (start(call_id=""), "bad_call_id", "0 characters"),
        (start(call_id="a" * 201), "bad_call_id", "201 characters"),
        (start(call_id="a\nb"), "bad_call_id", "not usable: 'a\\nb'"),
        (start(media=MEDIA | {"encoding": "mp3"}), "bad_audio", "encoding 'mp3'"),
        (start(media=MEDIA | {"rate_hz": 44100}), "bad_audio", "44100"),
        (start(media=MEDIA | {"channels": ["agent", "customer", "agent"]}), "bad_audio", "3 channels"),
        (start(media=MEDIA | {"channels": ["agent", "boss"]}), "bad_audio", "boss"),
        (start(media=MEDIA | {"channels": []}), "bad_audio", "0 channels"),
        ('{"type":"stop"}', "not_started", "stop came before the call was started"),
        (frame(0, b"x"), "not_started", "a frame came before the call was started"),
    ],
)
def test_what_is_refused_before_a_call_can_be_repaired_on_the_same_connection(data, code, words):
    protocol = IngestProtocol()
    refusal = refused(protocol, data)
    assert refusal.code == code
    assert words in refusal.text.en
    assert not refusal.fatal
    assert isinstance(protocol.receive(start()), Start)


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "bad_frame"),
        (b"\0\0\0", "bad_frame"),
        (frame(0, b""), "bad_frame"),
        (frame(0, b"x" * 101), "frame_too_large"),
        (start(), "already_started"),
        ("nonsense", "bad_message"),
    ],
)
def test_what_is_refused_during_a_call_leaves_the_call_as_it_is(data, code):
    protocol = streaming(max_frame_bytes=100)
    assert refused(protocol, data).code == code
    assert protocol.receive(frame(0, b"x" * 100)) == Frame(0, b"x" * 100)


def test_nothing_is_taken_after_stop():
    protocol = streaming()
    protocol.receive('{"type":"stop"}')
    assert refused(protocol, frame(0, b"x")).text.en == "a frame came after stop"
    assert refused(protocol, start()).code == "already_stopped"


def test_a_wrong_token_closes_and_a_right_one_is_taken():
    for token in (None, "", "wrong", "söcret"):
        protocol = IngestProtocol(tokens=("secret",))
        refusal = refused(protocol, start() if token is None else start(token=token))
        assert (refusal.code, refusal.fatal, protocol.state) == ("bad_token", True, State.CLOSED)
    assert isinstance(IngestProtocol(tokens=("a", "secret")).receive(start(token="secret")), Start)


def test_a_client_that_only_makes_errors_is_closed():
    protocol = IngestProtocol(max_errors=2)
    codes = [refused(protocol, "x").code for _ in range(3)]
    assert codes == ["bad_message", "bad_message", "too_many_errors"]
    assert protocol.state is State.CLOSED


def test_a_good_frame_forgives_earlier_errors():
    protocol = streaming(max_errors=2)
    for seq in range(10):
        assert refused(protocol, "x").code == "bad_message"
        protocol.receive(frame(seq, b"x"))


def test_every_refusal_speaks_both_languages_and_says_what_to_do():
    for code in REFUSALS:
        message = Refusal(code, "so", hint="thus").message()
        for text in (message.message, message.hint):
            assert text.zh and text.en and "{" not in text.zh + text.en
            assert any("一" <= sign <= "鿿" for sign in message.message.zh)


def test_every_state_can_fail():
    assert all(Move.FAIL in moves for moves in MOVES.values())


anything = st.one_of(
    st.text(),
    st.binary(max_size=60),
    st.sampled_from([start(), start(resume=True), '{"type":"stop"}', start(metadata={"a": "b"})]),
    st.builds(frame, st.integers(0, 5), st.binary(max_size=8)),
    st.recursive(
        st.none() | st.booleans() | st.floats() | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    ).map(json.dumps),
    st.dictionaries(st.sampled_from(["type", "call_id", "media", "kind", "token"]), st.text()).map(
        json.dumps
    ),
    st.text(st.characters(codec=None)).map(lambda text: start(call_id=text, customer=text)),
)


@given(st.lists(anything, max_size=30), st.booleans())
def test_nothing_a_client_sends_raises_anything_but_a_refusal(messages, accepting):
    protocol = IngestProtocol(max_frame_bytes=6, max_errors=10)
    taken: list[int] = []
    for data in messages:
        try:
            received = protocol.receive(data)
        except Refusal as refusal:
            json.loads(msgspec.json.encode(refusal.message()))
            continue
        if isinstance(received, Start):
            protocol.accept(0) if accepting else protocol.decline()
        elif isinstance(received, Frame):
            taken.append(received.seq)
    assert taken == list(range(len(taken)))
