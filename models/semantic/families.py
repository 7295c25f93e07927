"""The training texts: families of utterances, one idea a family, held out whole when the model is validated."""

from __future__ import annotations

import random
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import yaml

FAMILIES = Path(__file__).with_name("families")
NEUTRAL = "neutral"
"""The label of ordinary talk, which is negative for every other."""

_ALTERNATIVES = re.compile(r"\(([^()]*)\)")


@dataclass(frozen=True, slots=True)
class Family:
    """Texts that say one idea; `positive` ones carry `label`, others only look as if they did.

    `also` names other labels that the texts may carry as well.
    """

    id: str
    label: str
    role: str
    language: str
    positive: bool
    texts: tuple[str, ...]
    also: frozenset[str] = frozenset()


def read_families(folder: Path = FAMILIES) -> list[Family]:
    """All families, in the order of their files.

    Raises:
        ValueError: a family lacks something, is of an unknown kind or language, or has a name that is taken.
    """
    families: list[Family] = []
    for path in sorted(folder.glob("*.yaml")):
        loaded = yaml.safe_load(path.read_text("utf-8"))
        families += [_family(entry, loaded, path) for entry in loaded["families"]]
    seen: set[str] = set()
    for family in families:
        if family.id in seen:
            raise ValueError(f"two families are called {family.id!r}")
        seen.add(family.id)
    return families


def labels_of(families: Iterable[Family]) -> list[str]:
    """The labels that some family carries, in order."""
    return sorted({family.label for family in families if family.positive})


def expand(text: str, rng: random.Random) -> str:
    """`text` with one alternative taken for every ``(a|b|c)``.

    Raises:
        ValueError: a bracket has no partner.
    """
    while (found := _ALTERNATIVES.search(text)) is not None:
        text = text[: found.start()] + rng.choice(found[1].split("|")) + text[found.end() :]
    if "(" in text or ")" in text:
        raise ValueError(f"a bracket has no partner in {text!r}")
    return text


def _family(entry: dict[str, object], file: dict[str, object], path: Path) -> Family:
    name = entry.get("id")
    kind, language, texts = entry.get("kind"), entry.get("language"), entry.get("texts")
    role = entry.get("role", file.get("role"))
    if (
        kind not in ("positive", "negative")
        or language not in ("zh", "en")
        or role not in ("agent", "customer")
    ):
        raise ValueError(
            f"{path.name}: family {name!r} has kind {kind!r}, language {language!r}, role {role!r}"
        )
    if not isinstance(texts, list) or not texts:
        raise ValueError(f"{path.name}: family {name!r} has no texts")
    also = entry.get("also", ())
    return Family(
        id=str(name),
        label=str(file["label"]),
        role=str(role),
        language=str(language),
        positive=kind == "positive",
        texts=tuple(str(text) for text in texts),
        also=frozenset(also if isinstance(also, list) else ()),
    )
