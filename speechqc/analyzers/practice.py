"""What the agent does well: the words that speak for the items of a scorecard."""

from __future__ import annotations

from speechqc.events import Practice, Role
from speechqc.rules.reader import Reading

PREFIX = "practice."


class Practices:
    """Turns the cues ``practice.<item>`` of the packs into events, once an item and turn."""

    def __init__(self) -> None:
        self._told: set[tuple[str, int]] = set()

    def feed(self, reading: Reading) -> list[Practice]:
        """The practices newly heard in a final utterance of the agent."""
        said = reading.utterance
        if not said.final or said.role is not Role.AGENT:
            return []
        heard = []
        for cue in reading.cues:
            if not cue.id.startswith(PREFIX) or (cue.id, cue.turn) in self._told:
                continue
            self._told.add((cue.id, cue.turn))
            heard.append(
                Practice(
                    call_id=said.call_id,
                    item=cue.id.removeprefix(PREFIX),
                    role=cue.role,
                    turn=cue.turn,
                    start=cue.start,
                    end=cue.end,
                    quote=cue.quote,
                )
            )
        return heard
