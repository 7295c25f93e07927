"""The signature of a delivery, as a receiver checks it."""

import hashlib
import hmac

import pytest
from hypothesis import given
from hypothesis import strategies as st

from speechqc.alerts.signature import sign, verify

SECRET, BODY, AT = "s3cret", b'{"type":"alert"}', 1_772_442_000


def test_the_signature_is_what_the_documentation_says():
    expected = hmac.new(SECRET.encode(), b"1772442000." + BODY, hashlib.sha256).hexdigest()
    assert sign(SECRET, BODY, AT) == f"t=1772442000,v1={expected}"


def test_a_delivery_is_accepted_for_five_minutes():
    header = sign(SECRET, BODY, AT)
    assert verify(SECRET, BODY, header, now_s=AT + 300)
    assert not verify(SECRET, BODY, header, now_s=AT + 301)
    assert not verify(SECRET, BODY, header, now_s=AT - 301)


@pytest.mark.parametrize(
    ("secret", "body", "header"),
    [
        ("other", BODY, sign(SECRET, BODY, AT)),
        (SECRET, BODY + b" ", sign(SECRET, BODY, AT)),
        (SECRET, BODY, sign(SECRET, BODY, AT).replace("t=1", "t=2", 1)),
        (SECRET, BODY, ""),
        (SECRET, BODY, "t=,v1="),
    ],
    ids=["other secret", "changed body", "changed time", "no header", "empty parts"],
)
def test_anything_else_is_refused(secret, body, header):
    assert not verify(secret, body, header, now_s=AT)


@given(st.text())
def test_no_header_crashes_the_check(header):
    assert not verify(SECRET, BODY, header, now_s=AT)
