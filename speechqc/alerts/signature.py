"""The signature of a webhook delivery, and how a receiver checks it.

Header ``X-Speechqc-Signature: t=<unix seconds>,v1=<hex>`` where ``<hex>`` is HMAC-SHA256 (RFC 2104) with
the shared secret over the bytes ``<unix seconds>.<body>``. To check a delivery: compute the same over
the body as received, compare in constant time, and refuse a timestamp further than five minutes from
the own clock, so that a delivery that was overheard cannot be sent again later.
"""

from __future__ import annotations

import hmac
import re
from hashlib import sha256

HEADER = "X-Speechqc-Signature"
TOLERANCE_S = 300.0

_FORM = re.compile(r"t=(\d{1,12}),v1=([0-9a-f]{64})", re.ASCII)


def sign(secret: str, body: bytes, timestamp_s: int) -> str:
    """The header's value for `body` sent at `timestamp_s` (unix time)."""
    return f"t={timestamp_s},v1={_digest(secret, body, timestamp_s)}"


def verify(secret: str, body: bytes, header: str, *, now_s: float, tolerance_s: float = TOLERANCE_S) -> bool:
    """True when `header` was made with `secret` for exactly `body`, and not too long ago."""
    parts = _FORM.fullmatch(header)
    if parts is None:
        return False
    timestamp_s = int(parts[1])
    if abs(now_s - timestamp_s) > tolerance_s:
        return False
    return hmac.compare_digest(parts[2], _digest(secret, body, timestamp_s))


def _digest(secret: str, body: bytes, timestamp_s: int) -> str:
    return hmac.new(secret.encode(), f"{timestamp_s}.".encode() + body, sha256).hexdigest()
