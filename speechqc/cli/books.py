"""What several commands begin with: the rules, and the recogniser with its honest notice."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from speechqc.cli.language import language as ui_language
from speechqc.errors import ConfigurationError
from speechqc.transcripts import SUFFIXES

if TYPE_CHECKING:
    from speechqc.asr.choose import Chosen
    from speechqc.rules.loader import RuleBook
    from speechqc.speech.emotion import EmotionClassifier


def rule_book(extra: Sequence[Path] | None, pack: str | None, semantic_model: Path | None = None) -> RuleBook:
    """The rules of the built-in `pack` (``None``: the core) and those of `extra`.

    Args:
        semantic_model: folder of the classifier that serves them; ``None``: the bundled one.

    Raises:
        RuleError: a pack does not compile; names file and line of every mistake.
        ModelError: `semantic_model` holds no model this version can run.
    """
    from speechqc.rules.catalogue import DEFAULT_PACK, builtin_pack_paths
    from speechqc.rules.loader import load_packs
    from speechqc.semantics.hugging_face import open_hugging_face

    classifier = None if semantic_model is None else open_hugging_face(semantic_model)
    return load_packs([*builtin_pack_paths(pack or DEFAULT_PACK), *(extra or ())], classifier=classifier)


def check_signals(book: RuleBook, only: Sequence[str] | None) -> None:
    """A misspelt signal must not read as a call without findings.

    Raises:
        ConfigurationError: no rule raises one of `only`.
    """
    known = {rule.signal for rule in book.rules}
    unknown = [name for name in only or () if name not in known]
    if unknown:
        raise ConfigurationError(
            f"no rule raises the signal {', '.join(unknown)}", hint=f"signals: {', '.join(sorted(known))}"
        )


@cache
def recogniser(spec: str, language: str) -> Chosen:
    """The recogniser of `spec`; its notice, if any, goes to standard error once."""
    from speechqc.asr.choose import open_recognizer

    chosen = open_recognizer(spec, language=language)
    if chosen.notice is not None:
        print(chosen.notice.in_language(ui_language()), file=sys.stderr)
    return chosen


@cache
def anger_model(spec: str | None) -> EmotionClassifier | None:
    """The classifier of voices that `spec` names, if any.

    Raises:
        ModelError: there is none, or it cannot be used; says what to do.
    """
    if spec is None:
        return None
    from speechqc.analysis.anger_model import open_anger_model

    return open_anger_model(spec)


def announce(spec: str, language: str, files: Iterable[Path]) -> str:
    """Say which recogniser will hear `files`; its label, empty when all of them are text."""
    if all(file.suffix.lower() in SUFFIXES for file in files):
        return "–"
    return recogniser(spec, language).label.in_language(ui_language())
