"""One file of a rule pack, with what is wrong with it."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import Any

from speechqc.errors import RuleError
from speechqc.rules.fields import Problems
from speechqc.rules.source import locate, read_yaml


class PackFile:
    """A file that is read when somebody asks for what it holds: a pack compiled before needs only its places."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.name = str(path)
        self.problems = Problems()

    @cached_property
    def text(self) -> str:
        """What it holds.

        Raises:
            RuleError: it cannot be read, or is no text in UTF-8.
        """
        try:
            return self._path.read_text(encoding="utf-8")
        except UnicodeDecodeError as error:
            raise RuleError(f"{self.name}:1: not a text file in UTF-8") from error
        except OSError as error:
            raise RuleError(f"{self.name}:1: cannot be read: {error.strerror}") from error

    @cached_property
    def plain(self) -> Any:
        """Its data, an empty mapping for an empty file.

        Raises:
            RuleError: it cannot be read, or is no YAML.
        """
        plain = read_yaml(self.text, self.name)
        return {} if plain is None else plain

    def messages(self) -> list[str]:
        """Its problems as ``file:line: message``, in order of the lines."""
        found = self.problems.found
        if not found:
            return []
        lines = locate(self.text, [path for path, _ in found])
        ordered = sorted(zip(lines, (message for _, message in found), strict=True), key=lambda pair: pair[0])
        return [f"{self.name}:{line}: {message}" for line, message in dict.fromkeys(ordered)]
