"""How to handle a kind of customer, as data: ``customer_types.yaml`` beside this file."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import msgspec

from speechqc.events import Text

_FILE = Path(__file__).with_name("customer_types.yaml")


class CustomerHandling(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A way customers behave, what helps, and a line to say (domain brief 4.6)."""

    title: Text
    handling: Text
    line: Text

    @property
    def suggestion(self) -> Text:
        """What a supervisor reads beside the alert."""
        return Text(
            f"客户可能属于“{self.title.zh}”：{self.handling.zh}可以说：“{self.line.zh}”",
            f"The customer may be of the kind “{self.title.en.lower()}”: {self.handling.en} Say: “{self.line.en}”",
        )


@cache
def customer_types() -> dict[str, CustomerHandling]:
    """Every kind by its id."""
    return msgspec.yaml.decode(_FILE.read_bytes(), type=dict[str, CustomerHandling])
