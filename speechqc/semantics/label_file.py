"""``labels.yaml`` beside a model somebody brings: what its answers mean here.

For a text classifier it maps the model's own labels, for a sentence encoder it gives sentences to compare with::

    guaranteed_return: {model_label: LABEL_3, limit: 0.8, role: agent}
    complaint_intent: {examples: [我要投诉你们, I want to file a complaint], limit: 0.85, role: customer}
"""

from __future__ import annotations

from pathlib import Path

import msgspec
import yaml

from speechqc.errors import ModelError
from speechqc.events import Role

NAME = "labels.yaml"


class LabelEntry(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One label; `role` says who can say it (``None``: either)."""

    model_label: str | None = None
    examples: tuple[str, ...] = ()
    limit: float | None = None
    role: Role | None = None

    def __post_init__(self) -> None:
        if self.limit is not None and not 0 < self.limit <= 1:
            raise ValueError(f"limit must be above 0 and at most 1, not {self.limit}")


def read_label_file(folder: Path) -> dict[str, LabelEntry] | None:
    """The entries of the file in `folder`, ``None`` when there is none.

    Raises:
        ModelError: the file does not follow the format above.
    """
    path = folder / NAME
    if not path.is_file():
        return None
    try:
        entries = msgspec.convert(
            yaml.safe_load(path.read_text("utf-8")), dict[str, LabelEntry], strict=False
        )
    except (yaml.YAMLError, msgspec.ValidationError, UnicodeDecodeError) as error:
        raise ModelError(f"{path} cannot be read: {error}", hint=_HINT) from error
    if not entries:
        raise ModelError(f"{path} names no label", hint=_HINT)
    return entries


_HINT = "a line reads `guaranteed_return: {model_label: LABEL_3, limit: 0.8, role: agent}`"
