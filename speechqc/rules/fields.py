"""Reading typed fields out of plain data, collecting every error instead of stopping at the first."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from speechqc.events import Text
from speechqc.rules.source import Path

MISSING: Any = object()


class Problems:
    """Errors of one file, each with the path it stands at."""

    def __init__(self) -> None:
        self.found: list[tuple[Path, str]] = []

    def add(self, path: Path, message: str) -> None:
        self.found.append((path, message))


class Fields:
    """One mapping of a rule file.

    Every getter returns a value of the right type, the default when the key is absent; what is wrong
    is added to `problems`. :meth:`finish` reports the keys nobody asked for.
    """

    def __init__(self, plain: Any, path: Path, problems: Problems, what: str) -> None:
        self.path, self.problems, self.what = path, problems, what
        self._asked: list[str] = []
        self.plain: dict[str, Any] = {}
        if not isinstance(plain, dict):
            problems.add(path, f"came {shown(plain)}, expected {what}: a mapping of names to values")
        else:
            for key, value in plain.items():
                if isinstance(key, str):
                    self.plain[key] = value
                else:
                    problems.add(path, f"came the key {shown(key)}, expected a name in text")

    def __contains__(self, key: str) -> bool:
        return key in self.plain

    def raw(self, key: str, default: Any = None) -> Any:
        self._asked.append(key)
        return self.plain.get(key, default)

    def wrong(self, key: str | int | None, message: str) -> None:
        self.problems.add(self.path if key is None else (*self.path, key), message)

    def text(self, key: str, default: str | None = None) -> str:
        value = self.raw(key, MISSING)
        if value is MISSING:
            if default is None:
                self.wrong(None, f"{self.what} has no `{key}`")
            return default or ""
        if isinstance(value, str) and value.strip():
            return value.strip()
        if isinstance(value, int | float) and not isinstance(value, bool):
            return str(value)
        self.wrong(key, f"`{key}`: came {shown(value)}, expected text")
        return default or ""

    def number(self, key: str, default: float | None, *, low: float = 0.0, high: float = 1e6) -> float | None:
        value = self.raw(key, MISSING)
        if value is MISSING:
            return default
        if not isinstance(value, int | float) or isinstance(value, bool):
            self.wrong(key, f"`{key}`: came {shown(value)}, expected a number")
            return default
        if not low <= value <= high:
            self.wrong(key, f"`{key}`: came {value:g}, expected {low:g} to {high:g}")
            return default
        return float(value)

    def whole(self, key: str, default: int | None, *, low: int = 0, high: int = 1_000_000) -> int | None:
        value = self.raw(key, MISSING)
        if value is MISSING:
            return default
        if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
            self.wrong(key, f"`{key}`: came {shown(value)}, expected a whole number, {low} to {high}")
            return default
        return value

    def flag(self, key: str, default: bool = False) -> bool:
        value = self.raw(key, MISSING)
        if value is MISSING:
            return default
        if not isinstance(value, bool):
            self.wrong(key, f"`{key}`: came {shown(value)}, expected true or false")
            return default
        return value

    def choice(self, key: str, known: Sequence[str], default: str | None) -> str:
        value = self.raw(key, MISSING)
        if value is MISSING:
            if default is None:
                self.wrong(None, f"{self.what} has no `{key}`; expected one of {', '.join(known)}")
            return default or known[0]
        if not isinstance(value, str) or value not in known:
            self.wrong(key, f"`{key}`: {expected(value, known)}")
            return default or known[0]
        return value

    def texts(self, key: str) -> tuple[str, ...]:
        """A list of texts; a single text is a list of one, a number its text."""
        value = self.raw(key, MISSING)
        if value is MISSING:
            return ()
        found: list[str] = []
        for index, item in enumerate(value if isinstance(value, list) else [value]):
            if isinstance(item, str | int | float) and not isinstance(item, bool) and str(item).strip():
                found.append(str(item).strip())
            else:
                self.problems.add((*self.path, key, index), f"`{key}`: came {shown(item)}, expected text")
        return tuple(found)

    def choices(self, key: str, known: Sequence[str]) -> tuple[str, ...]:
        found = self.texts(key)
        for index, value in enumerate(found):
            if value not in known:
                self.problems.add((*self.path, key, index), f"`{key}`: {expected(value, known)}")
        return tuple(value for value in found if value in known)

    def both(self, key: str, default: Text | None = None) -> Text:
        """A sentence in both languages: ``{zh: …, en: …}``."""
        if key not in self and default is not None:
            self.raw(key)
            return default
        if key not in self:
            self.wrong(None, f"{self.what} has no `{key}`; expected {{zh: …, en: …}}")
            return Text(zh="", en="")
        inner = Fields(self.raw(key), (*self.path, key), self.problems, f"`{key}`")
        sentence = Text(zh=inner.text("zh"), en=inner.text("en"))
        inner.finish()
        return sentence

    def entries(self, key: str) -> list[Any]:
        """The list at `key`, whatever it holds; empty when absent."""
        plain = self.raw(key)
        if plain is None:
            return []
        if not isinstance(plain, list):
            self.wrong(key, f"`{key}`: came {shown(plain)}, expected a list")
            return []
        return plain

    def finish(self, also: Iterable[str] = ()) -> None:
        known = [*self._asked, *also]
        for key in self.plain:
            if key not in known:
                self.wrong(key, f"{self.what}: {expected(key, sorted(set(known)), 'the key ')}")


def shown(value: Any) -> str:
    """`value` as an error message names it."""
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, dict):
        return "a mapping"
    if isinstance(value, list):
        return "a list"
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "…'"


def expected(value: Any, known: Iterable[str], noun: str = "") -> str:
    """``came X, expected one of A, B; did you mean A?``"""
    names = list(known)
    near = nearest(value, names) if isinstance(value, str) else None
    hint = f"; did you mean {near!r}?" if near else ""
    return f"came {noun}{shown(value)}, expected one of {', '.join(names) or 'none'}{hint}"


def nearest(word: str, known: Iterable[str]) -> str | None:
    """The known name that looks most like `word`."""
    from rapidfuzz.fuzz import ratio  # noqa: PLC0415 - 0.1 s to import, needed for errors only
    from rapidfuzz.process import extractOne  # noqa: PLC0415

    found = extractOne(word, list(known), scorer=ratio, score_cutoff=65)
    return str(found[0]) if found else None
