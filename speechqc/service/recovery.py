"""Rebuild a call from its journal: what was recognised is not recognised again, what was not is not lost."""

from __future__ import annotations

from dataclasses import dataclass

from speechqc.asr.recognizer import Hop
from speechqc.events import Event
from speechqc.service.arrivals import Arrivals
from speechqc.service.building import CallBuilder, audio_of
from speechqc.service.streams import CallStreams
from speechqc.session import Advanced, CallSession, Step
from speechqc.store.journal import Journal


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """A call as it stood, ready to be driven on."""

    session: CallSession
    streams: CallStreams
    arrivals: Arrivals
    advanced: list[Advanced]
    """The call's beginning and every step that was journalled."""
    pending: list[Step]
    """Steps whose audio was journalled and whose words were not."""
    known: dict[int, tuple[Event, ...]]
    """Inputs of everything that was journalled, by step; also of steps whose audio is still to come."""
    unfinished: list[Hop]
    """Audio of the utterances that were open after the last known step, to bring the recogniser up to date."""


def rebuild(journal: Journal, builder: CallBuilder) -> Rebuilt:
    """Hear the journalled audio again and judge the journalled words again.

    Takes a while for a long call: not for the event loop. The audio of a step is dropped once its words
    are known, so a long call costs no memory.
    """
    header = journal.header
    streams = builder.streams(header)
    session = builder.session(header, streams)
    arrivals = Arrivals(audio_of(header).bytes_per_second)
    known: dict[int, tuple[Event, ...]] = {step.step: step.inputs for step in journal.steps()}
    advanced = [session.begin()]
    pending: list[Step] = []
    open_audio: dict[int, list[Hop]] = {}
    for frame in journal.frames():
        arrivals.note(len(frame.payload), frame.arrival)
        for step in session.push(frame.payload):
            if step.index in known:
                advanced.append(session.replay(step, known[step.index]))
                _keep_open(step, open_audio)
            else:
                pending.append(step)
    unfinished = [hop for hops in open_audio.values() for hop in hops]
    return Rebuilt(session, streams, arrivals, advanced, pending, known, unfinished)


def _keep_open(step: Step, open_audio: dict[int, list[Hop]]) -> None:
    for hop in step.hops:
        if hop.last:
            open_audio.pop(hop.stream, None)
        else:
            open_audio.setdefault(hop.stream, []).append(hop)
