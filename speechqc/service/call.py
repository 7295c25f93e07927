"""One live call: frames in, steps through the recogniser in order, events out once they are journalled."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from time import monotonic

from speechqc.asr.decode_jobs import DecodeError
from speechqc.asr.recognizer import Hypothesis
from speechqc.errors import OverloadError
from speechqc.events import (
    CallClock,
    Event,
    Metrics,
    Prosody,
    SpeechActivity,
    Utterance,
    VoiceEmotion,
)
from speechqc.service.arrivals import Arrivals
from speechqc.service.emotions import EmotionListener
from speechqc.service.streams import CallStreams, Decoding
from speechqc.session import Advanced, CallSession, Step
from speechqc.speech.stretches import VoiceStretch
from speechqc.store.journal_writer import JournalFullError, JournalWriter

MAX_PENDING_BYTES = 2**20
"""Audio of one call that may wait for the disk."""

_PASSING = (CallClock, Metrics, Prosody, SpeechActivity, VoiceEmotion)


@dataclass(slots=True)
class _Pending:
    step: Step
    decoding: Decoding | None = None
    lost: str | None = None
    """Why the step cannot be recognised."""


class LiveCall:
    """Drives one :class:`~speechqc.session.CallSession` on the event loop.

    What is to be kept goes to `publish` only after the inputs it came of are with the kernel, so that a
    killed service never told anybody something that it cannot tell again.

    Args:
        known: inputs of steps that were journalled in an earlier life; they are not recognised again.
        publish: takes what a run of steps came to.
        max_backlog_s: audio that may wait to be recognised before :attr:`has_room` is false.
        listener: judges the customer's voice, where the house brought a classifier.
    """

    def __init__(
        self,
        session: CallSession,
        *,
        journal: JournalWriter,
        streams: CallStreams,
        arrivals: Arrivals,
        publish: Callable[[LiveCall, Sequence[Advanced]], None],
        max_backlog_s: float,
        known: Mapping[int, tuple[Event, ...]] | None = None,
        listener: EmotionListener | None = None,
    ) -> None:
        self.session = session
        self.call_id = session.started.call_id
        self.journal = journal
        self.arrivals = arrivals
        self.last_heard = monotonic()
        self.gaps = 0
        self.ended: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        """Resolves to the reason once the last event is published; fails when the engine failed."""
        self.restoring = False
        """True while what an earlier life came to is published again."""
        self.stopping = False
        """True once no more audio is taken."""
        self.ending: str | None = None
        """Why the call ends, once its tail is being recognised."""
        self.disk_full = False
        self.held_back = False
        """True while the store is so far behind that calls must wait for it."""
        self._streams = streams
        self._publish = publish
        self._max_backlog_s = max_backlog_s
        self._known = dict(known or {})
        self._listener = listener
        self._listening: dict[VoiceStretch, asyncio.Future[VoiceEmotion | None]] = {}
        self._queue: deque[_Pending] = deque()
        self._undecoded = 0  # trailing entries of the queue that the recogniser has not taken
        self._held: list[Advanced] = []
        self._over = False
        self._room = asyncio.Event()
        self._room.set()

    @property
    def has_room(self) -> bool:
        """False while more audio would only pile up: read the client no further."""
        return self._room.is_set()

    async def wait_for_room(self) -> None:
        await self._room.wait()

    @property
    def is_waiting(self) -> bool:
        """True when the recogniser refused audio, which must be offered again."""
        return self._undecoded > 0

    def begin(self) -> None:
        """Judge what is known before the first word."""
        self._conclude(self.session.begin())
        self.drain()

    def restore(self, advanced: Sequence[Advanced], pending: Sequence[Step]) -> None:
        """Publish again what an earlier life came to, then go on with what it did not come to."""
        self.restoring = True
        for each in advanced:
            self._conclude(each)
        self.drain()
        self.restoring = False
        self.take(pending)

    def hear(self, seq: int, arrival: float, payload: bytes) -> None:
        """Take the next frame; it is on disk after the next commit."""
        self.last_heard = monotonic()
        self.journal.append_frame(seq, arrival, payload)
        self.arrivals.note(len(payload), arrival)
        steps = self.session.push(payload)
        if steps:
            self.take(steps)
        elif self.journal.pending_bytes > MAX_PENDING_BYTES:
            self.update_room()

    def take(self, steps: Sequence[Step]) -> None:
        """Recognise `steps` after everything that was taken before."""
        self._queue.extend(_Pending(step) for step in steps)
        for step in steps:
            if step.index not in self._known:
                self._listen(step.stretches)
        self._undecoded += len(steps)
        self.drain()

    def finish(self, reason: str) -> None:
        """No more audio will come: the tail is recognised, then the call is closed."""
        if self.ending is None:
            self.ending = reason
            self.take(self.session.finish())

    def drain(self) -> None:
        """Go on as far as possible; called whenever something that was waited for has happened."""
        if self.ended.done():
            return
        try:
            self._decode()
            while self._queue and self._advance(self._queue[0]):
                self._queue.popleft()
            if self.ending is not None and not self._queue and not self._over:
                self._conclude(self.session.end(self.ending))
                self._over = True
            self._release()
            if self._over:
                self._streams.close()
                self.ended.set_result(self.ending or "")
        except JournalFullError:
            self.disk_full = True
        except Exception as error:  # a fault of an analyzer must end this call, not the service
            self._streams.close()
            self.ended.set_exception(error)
        self.update_room()

    def update_room(self) -> None:
        """Decide whether more audio may come."""
        waiting_s = self.arrivals.heard_s - self.session.position_s
        full = (
            self.disk_full
            or self.held_back
            or waiting_s > self._max_backlog_s
            or self.journal.pending_bytes > MAX_PENDING_BYTES
        )
        if full and not self.ended.done():
            self._room.clear()
        else:
            self._room.set()

    def abandon(self) -> None:
        """Leave the call as it is in the journal, for a later life of the service."""
        self._streams.close()
        self.journal.close()
        self.ended.cancel()

    # -- parts -----------------------------------------------------------------------------------

    def _decode(self) -> None:
        """Hand what the recogniser has not seen to it, as far as it takes it."""
        for index in range(len(self._queue) - self._undecoded, len(self._queue)):
            pending = self._queue[index]
            if pending.step.hops and pending.step.index not in self._known:
                try:
                    pending.decoding = self._streams.decode(pending.step.hops)
                except OverloadError:
                    return
                except DecodeError as error:
                    pending.lost = error.code
                else:
                    pending.decoding.future.add_done_callback(self._decoded)
            self._undecoded -= 1

    def _decoded(self, _: asyncio.Future[list[Hypothesis]]) -> None:
        # Futures finish in order more often than not: only the head can move the call on.
        if self._queue and self._queue[0].decoding is not None and self._queue[0].decoding.future.done():
            self.drain()

    def _advance(self, pending: _Pending) -> bool:
        """True when the step is done."""
        step = pending.step
        known = self._known.get(step.index)
        if known is not None:
            self._conclude(self.session.replay(step, known))
            return True
        decoding = pending.decoding
        if step.hops and pending.lost is None and (decoding is None or not decoding.future.done()):
            return False
        emotions = self._felt(step)
        if emotions is None:
            return False
        if pending.lost is None:
            try:
                words = self._streams.result(decoding) if decoding is not None else ()
                self._conclude(self.session.advance(step, words, emotions))
                return True
            except DecodeError as error:
                pending.lost = error.code
        self.gaps += 1
        self._conclude(self.session.skip(step, pending.lost, emotions))
        return True

    def _listen(self, stretches: Sequence[VoiceStretch]) -> None:
        if self._listener is None:
            return
        for stretch in stretches:
            if stretch not in self._listening:
                self._listening[stretch] = self._listener.submit(self.call_id, stretch)
                self._listening[stretch].add_done_callback(self._voice_heard)

    def _felt(self, step: Step) -> list[VoiceEmotion] | None:
        """What the classifier says of the stretches that are due with `step`; ``None`` while it listens."""
        self._listen(step.due)
        waiting = [self._listening[stretch] for stretch in step.due if stretch in self._listening]
        if not all(future.done() for future in waiting):
            return None
        heard = [self._listening.pop(s).result() for s in step.due if s in self._listening]
        return [emotion for emotion in heard if emotion is not None]

    def _voice_heard(self, _: asyncio.Future[VoiceEmotion | None]) -> None:
        if self._queue:
            self.drain()

    def _conclude(self, advanced: Advanced) -> None:
        if self._known.pop(advanced.step, None) is None:
            self.journal.append_step(advanced.step, advanced.inputs)
        self._held.append(advanced)

    def _release(self) -> None:
        """Journal, then publish. What passes by unkept may wait for the next commit to be journalled."""
        if self._held:
            if any(map(_is_kept, self._held)):
                self.journal.flush()
            held, self._held = self._held, []
            self._publish(self, held)


def _is_kept(advanced: Advanced) -> bool:
    if any(not isinstance(event, _PASSING) for event in advanced.outputs):
        return True
    return any(
        not isinstance(event, _PASSING) and not (isinstance(event, Utterance) and not event.final)
        for event in advanced.inputs
    )
