"""What a call is really for: a service call in which the agent makes an offer is judged as a sale from there on."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from speechqc.events import CallKind, CallStarted, Rescoped, Role, Utterance
from speechqc.rules.reader import CueHit

CUE = "scope.sales"
"""Cue of the packs: words of an offer."""


class CallScope:
    """The kind of the call as its words show it (domain brief 2.0, scope by call kind)."""

    def __init__(self, started: CallStarted) -> None:
        self._started = started

    def changed(self, said: Utterance, cues: Sequence[CueHit]) -> tuple[CallStarted, Rescoped] | None:
        """The call as it is to be judged from the final utterance `said` on, when that is new."""
        if not said.final or said.role is not Role.AGENT or self._started.kind is not CallKind.SERVICE:
            return None
        offer = next((cue for cue in cues if cue.id == CUE), None)
        if offer is None:
            return None
        self._started = msgspec.structs.replace(self._started, kind=CallKind.SALES)
        rescoped = Rescoped(
            call_id=said.call_id, at=offer.end, kind=CallKind.SALES, turn=said.turn, quote=offer.quote
        )
        return self._started, rescoped
