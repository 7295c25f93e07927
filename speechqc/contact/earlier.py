"""Earlier calls about a contact, grouped once for each scope in which they add up."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

from speechqc.contact.attempt import Contact, Party
from speechqc.contact.counting import Call, calls_of
from speechqc.contact.policy import Scope


class Placed(NamedTuple):
    """A call that counts, as far as limits ask."""

    at: datetime
    connected: bool
    conversation: bool
    party: Party


class Earlier:
    """What was placed before `contact`; the moment of `contact` may move on, whom it is to reach may not."""

    def __init__(self, contact: Contact, attempts: Iterable[Contact]) -> None:
        self._contact = contact
        self.attempts = [
            other for other in attempts if other.dialled_at <= contact.dialled_at and other.id != contact.id
        ]
        self._calls: dict[Scope, list[Call]] = {}
        self._placed: dict[Scope, list[Placed]] = {}

    def calls(self, scope: Scope) -> list[Call]:
        """The calls that add up in that scope, oldest first."""
        if scope not in self._calls:
            self._calls[scope] = list(
                calls_of(other for other in self.attempts if self._adds_up(scope, other))
            )
        return self._calls[scope]

    def placed(self, scope: Scope) -> list[Placed]:
        """Those of :meth:`calls` that were placed for the same purpose and over the same channel; newest first."""
        if scope not in self._placed:
            purpose, channel = self._contact.counted_as, self._contact.channel
            self._placed[scope] = [
                Placed(call.head.dialled_at, call.connected, call.conversation, call.head.party)
                for call in reversed(self.calls(scope))
                if call.counts and call.head.counted_as is purpose and call.head.channel == channel
            ]
        return self._placed[scope]

    def _adds_up(self, scope: Scope, other: Contact) -> bool:
        mine = self._contact
        if scope is Scope.NUMBER:
            return other.number == mine.number
        if scope is Scope.HOUSEHOLD and mine.household is not None:
            return other.household == mine.household
        if scope is Scope.DEBT and mine.debt is not None and other.debt is not None:
            return other.debt == mine.debt
        if mine.customer is not None and other.customer is not None:
            return other.customer == mine.customer
        return mine.number is not None and other.number == mine.number
