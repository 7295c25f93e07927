"""What the bytes of a call mean: encoding, rate and who is on which channel."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from speechqc.audio.codecs import Encoding
from speechqc.errors import AudioError
from speechqc.events import Role

SAMPLE_RATE = 16_000
"""Everything behind the decoder is float32 at this rate, in Hz."""
RATES_HZ = (8_000, 16_000)
MAX_CHANNELS = 2


@dataclass(frozen=True)
class AudioFormat:
    """Encoding, rate and channels of a stream of raw audio.

    Args:
        encoding: ``mulaw``, ``alaw`` or ``pcm16`` (16 bit, little endian).
        rate_hz: 8000 or 16000.
        roles: who is on each interleaved channel, in channel order: one or two, all different.

    Raises:
        AudioError: a value is none of these; the message lists the valid ones.
    """

    encoding: Encoding | str
    rate_hz: int
    roles: tuple[Role, ...]

    def __post_init__(self) -> None:
        object.__setattr__(self, "encoding", _encoding(self.encoding))
        if self.rate_hz not in RATES_HZ:
            raise AudioError(
                f"sample rate {self.rate_hz!r} is not supported",
                hint=f"send one of: {_listed(RATES_HZ)} Hz",
            )
        object.__setattr__(self, "roles", _roles(self.roles))

    @property
    def channels(self) -> int:
        return len(self.roles)

    @property
    def frame_bytes(self) -> int:
        """Bytes of one sample of all channels."""
        return Encoding(self.encoding).sample_bytes * self.channels

    @property
    def bytes_per_second(self) -> int:
        return self.frame_bytes * self.rate_hz

    def seconds(self, n_bytes: int) -> float:
        """How long `n_bytes` of this format sound."""
        return n_bytes / self.bytes_per_second


def _encoding(value: str) -> Encoding:
    try:
        return Encoding(value)
    except ValueError:
        raise AudioError(
            f"encoding {value!r} is not supported", hint=f"send one of: {_listed(Encoding)}"
        ) from None


def _roles(values: Iterable[str]) -> tuple[Role, ...]:
    try:
        roles = tuple(Role(value) for value in values)
    except ValueError as unknown:
        raise AudioError(
            f"channel role is not known: {unknown}", hint=f"name each channel one of: {_listed(Role)}"
        ) from None
    if not 1 <= len(roles) <= MAX_CHANNELS:
        raise AudioError(
            f"{len(roles)} channels were announced; a call has 1 or 2",
            hint="send the agent and the customer as two channels, or one mixed channel",
        )
    if len(set(roles)) != len(roles):
        raise AudioError(
            f"both channels were announced as {roles[0].value}",
            hint="give each channel its own role; mix the channels into one if nobody knows who is who",
        )
    return roles


def _listed(values: Iterable[object]) -> str:
    return ", ".join(str(value) for value in values)
