"""The language of the terminal: SPEECHQC_LANG, else the locale; Chinese or English."""

from __future__ import annotations

import os

from speechqc.events import Text


def language() -> str:
    """``zh`` or ``en``."""
    wanted = next(
        (
            os.environ[name]
            for name in ("SPEECHQC_LANG", "LC_ALL", "LC_MESSAGES", "LANG")
            if os.environ.get(name)
        ),
        "",
    )
    return "zh" if wanted.lower().startswith("zh") else "en"


def say(zh: str, en: str) -> str:
    """The sentence in the terminal's language."""
    return Text(zh, en).in_language(language())
