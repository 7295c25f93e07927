"""What the agent promises: who will do what, and by when in absolute time."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from speechqc.events import CallStarted, Promise, Role
from speechqc.rules.passage import Passage
from speechqc.rules.reader import CueHit, Reading
from speechqc.text.due_time import VAGUE_S, Due
from speechqc.text.due_words import find_due
from speechqc.text.simplified import to_simplified

PREFIX = "promise."
ACTIONS = {"call_back": 0, "progress": 1, "credit": 2, "answer": 3, "handle": 4}
"""What is promised; of two with the same due time in one turn the earlier in this order is kept."""
NEEDS_TIME = frozenset({"handle", "credit"})
"""我帮您处理 and 会到账 are promises only with a time; a call back or an answer is one without."""
REACH = 24
"""Characters on either side of the words in which a time may stand."""
DEFAULT_ZONE = "Asia/Shanghai"

_SENTENCE_END = re.compile(r"[。！？!?\n]|\.(?!\d)")
_OWNERS = {
    "zh": re.compile(
        "值班经理|客户经理|李经理|[一-鿿]经理|主管|经理|领导|负责人|专员|专人|同事|工作人员|理财部|技术部|风控部|"
        "相关部门|部门|网点|系统|公司|银行|我们|我"
    ),
    "en": re.compile(
        r"\b(?:(?:my|our|the|a|your) (?:manager|supervisor|team leader|team|specialist|colleague|adviser|advisor|branch)"
        r"|the [a-z]+ team|someone|we|i)\b"
    ),
}
_SELF = {"zh": "我", "en": "I"}


class Promises:
    """Turns the cues ``promise.<action>`` of the packs into promises (domain brief, ``overdue_promise``).

    A promise is taken from final words only. Times of the calendar are those of the call's zone
    (metadata ``zone``); without the moment the call began they stay words.
    """

    def __init__(self, started: CallStarted) -> None:
        self._started = started
        self._language = "zh" if started.language.startswith("zh") else "en"
        self._began = _local(started)
        self._told: set[tuple[int, float | None]] = set()
        """Turn and due time of each promise: a turn that says one thing in two ways makes one promise."""

    def feed(self, reading: Reading) -> list[Promise]:
        """The new promises of a final utterance of the agent."""
        said = reading.utterance
        if not said.final or said.role is not Role.AGENT:
            return []
        cues = [cue for cue in reading.cues if cue.id.startswith(PREFIX)]
        cues.sort(key=lambda cue: ACTIONS.get(_action(cue), len(ACTIONS)))
        made = [promise for cue in cues if (promise := self._promise(cue, reading)) is not None]
        return sorted(made, key=lambda promise: promise.start)

    def _promise(self, cue: CueHit, reading: Reading) -> Promise | None:
        action = _action(cue)
        words, due = self._due(cue, reading.passage)
        if due is None and action in NEEDS_TIME:
            return None
        due_in_s = VAGUE_S if due is None else due.after(self._moment(cue.end))
        if (cue.turn, due_in_s) in self._told:
            return None
        self._told.add((cue.turn, due_in_s))
        return Promise(
            call_id=self._started.call_id,
            id=f"{self._started.call_id}/promise/{round(cue.start * 1000)}/{action}",
            action=action,
            owner=self._owner(words, cue.quote),
            turn=cue.turn,
            start=cue.start,
            end=cue.end,
            quote=words.strip("，,、 "),
            due_words="" if due is None else due.words,
            due_in_s=due_in_s,
            due_at=self._due_at(cue.end, due_in_s),
            vague=due is None or due.vague,
            every_s=None if due is None else due.every_s,
        )

    def _due(self, cue: CueHit, passage: Passage) -> tuple[str, Due | None]:
        """The sentence around the words, at most :data:`REACH` away, and the due time nearest to them in it."""
        text, heard = passage.text, passage.heard
        first, last = heard.origin[cue.first], heard.stop[cue.last - 1]
        reach = REACH if self._language == "zh" else 3 * REACH
        before = text[max(0, first - reach) : first]
        after = text[last : last + reach]
        begins = max((end.end() for end in _SENTENCE_END.finditer(before)), default=0)
        ends = _SENTENCE_END.search(after)
        sentence = before[begins:] + text[first:last] + (after[: ends.start()] if ends else after)
        middle = len(before) - begins + (last - first) // 2
        times = find_due(sentence, self._language)
        clear = [due for due in times if not due.vague] or times
        return sentence, min(clear, key=lambda due: abs((due.start + due.end) // 2 - middle), default=None)

    def _owner(self, words: str, quote: str) -> str:
        """Whoever is named last before the action ends; the agent when nobody is."""
        until = words.find(quote) + len(quote)
        named = _OWNERS[self._language].findall(to_simplified(words[:until].lower()))
        return named[-1] if named and named[-1] != "i" else _SELF[self._language]

    def _moment(self, at: float) -> datetime | None:
        return None if self._began is None else self._began + timedelta(seconds=at)

    def _due_at(self, at: float, due_in_s: float | None) -> datetime | None:
        moment = self._moment(at)
        if moment is None or due_in_s is None:
            return None
        return (moment + timedelta(seconds=due_in_s)).astimezone(ZoneInfo("UTC"))


def _action(cue: CueHit) -> str:
    return cue.id.removeprefix(PREFIX)


def _local(started: CallStarted) -> datetime | None:
    if started.started_at is None:
        return None
    try:
        zone = ZoneInfo(started.metadata.get("zone", DEFAULT_ZONE))
    except (ZoneInfoNotFoundError, ValueError):
        zone = ZoneInfo(DEFAULT_ZONE)
    return started.started_at.astimezone(zone)
