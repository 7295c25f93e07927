"""An agent who takes words back at once: the finding stays recorded, marked and one step lighter."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from speechqc.events import Finding, Reason, Role, Text, Utterance
from speechqc.rules.reader import CueHit

MARK = "self_corrected"
CUE = "correction"
"""Cue of the packs: 更正一下, 刚才说错了. A cue ``correction.<signal>`` takes back that signal only."""
WITHIN_TURNS = 1
"""The next turn of the agent is the last that can take something back (domain brief 2.0)."""


class Corrections:
    """Knows what the agent said in this turn and the one before, and what of it was taken back."""

    def __init__(self) -> None:
        self._turn: int | None = None
        self._count = 0
        self._recent: list[tuple[int, Finding]] = []

    def corrected(
        self, said: Utterance, cues: Sequence[CueHit], findings: Sequence[Finding]
    ) -> list[Finding]:
        """The findings that the final utterance `said` takes back, marked and one step lighter.

        Args:
            cues: what the packs found in `said`.
            findings: the confirmed findings of `said` itself; what follows them in it may take them back.
        """
        if said.role is not Role.AGENT:
            return []
        if said.turn != self._turn:
            self._turn, self._count = said.turn, self._count + 1
        self._recent = [(turn, one) for turn, one in self._recent if self._count - turn <= WITHIN_TURNS]
        self._recent.extend((self._count, one) for one in findings if one.role is Role.AGENT)
        taken_back = []
        for cue in cues:
            about = cue.id.removeprefix(CUE).removeprefix(".") if cue.id.startswith(CUE) else None
            if about is None:
                continue
            for entry in list(self._recent):
                finding = entry[1]
                if about in ("", finding.signal) and finding.end <= cue.end:
                    self._recent.remove(entry)
                    taken_back.append(_marked(finding, cue.quote))
        return taken_back


def _marked(finding: Finding, quote: str) -> Finding:
    note = Text(f"坐席随即更正：“{quote}”。", f"The agent took it back at once: “{quote}”.")
    return msgspec.structs.replace(
        finding,
        marks=(*finding.marks, MARK),
        severity=finding.severity.raised(-1),
        reasons=(*finding.reasons, Reason(name=MARK, value=quote)),
        explanation=Text(
            f"{finding.explanation.zh}{note.zh}", f"{finding.explanation.en.rstrip()} {note.en}"
        ),
    )
