"""What a call is made of: the same parts for a new call, for a recovered one and for a replay."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from speechqc.asr.scheduler import DecodeScheduler
from speechqc.audio.format import AudioFormat
from speechqc.engine import CallEngine
from speechqc.events import CallStarted, ContactHistory, Role
from speechqc.ingest.messages import Start
from speechqc.rules.book import RuleBook
from speechqc.service.emotions import EmotionListener
from speechqc.service.streams import CallStreams
from speechqc.session import CallSession
from speechqc.store.journal import CallHeader


@dataclass(frozen=True, kw_only=True)
class CallBuilder:
    """Makes sessions from headers."""

    book: RuleBook
    scheduler: DecodeScheduler
    min_confidence: float | None
    decode_timeout_s: float
    listener: EmotionListener | None = None

    def header(self, start: Start, history: ContactHistory | None, now: datetime) -> CallHeader:
        """What is written down of a call before its first word."""
        return CallHeader(
            started=call_started(start, history, now),
            encoding=start.media.encoding,
            rate_hz=start.media.rate_hz,
            channels=start.media.channels,
            recogniser=self.scheduler.recognizer.name,
            min_confidence=self.min_confidence,
        )

    def streams(self, header: CallHeader) -> CallStreams:
        """The call's streams in the recogniser; none is open yet."""
        return CallStreams(self.scheduler, header.started.language, timeout_s=self.decode_timeout_s)

    def session(self, header: CallHeader, streams: CallStreams) -> CallSession:
        """A session that has heard nothing."""
        return CallSession(
            header.started,
            audio_of(header),
            engine=CallEngine(self.book, min_confidence=header.min_confidence),
            open_stream=streams.new,
            recognizer=header.recogniser,
            emotions=self.listener is not None,
        )


def audio_of(header: CallHeader) -> AudioFormat:
    """What the bytes of the call's frames are."""
    return AudioFormat(header.encoding, header.rate_hz, tuple(Role(role) for role in header.channels))


def call_started(start: Start, history: ContactHistory | None, now: datetime) -> CallStarted:
    """The call's first event, `now` being UTC."""
    return CallStarted(
        call_id=start.call_id,
        kind=start.kind,
        language=start.language,
        direction=start.direction,
        product=start.product,
        agent=start.agent,
        team=start.team,
        customer=start.customer,
        number=start.number,
        roles_known=Role.UNKNOWN.value not in start.media.channels and len(start.media.channels) > 1,
        recording_notice=start.recording_notice,
        started_at=now.astimezone(UTC),
        history=history,
        metadata=start.metadata,
    )
