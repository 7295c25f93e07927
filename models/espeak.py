"""libespeak-ng through ctypes: the one voice that everything synthesised in this project has.

Mandarin is fed as pinyin with tone digits to the voice ``cmn-latn-pinyin``, because the plain
``cmn`` voice reads many Hanzi as English letters. The library keeps its state in globals: one voice
speaks at a time in a process, so synthesise in several processes, not threads.
"""

from __future__ import annotations

import ctypes
import re
from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt

from models.pinyin import spell_out_numbers, syllables

MANDARIN_VOICE = "cmn-latn-pinyin"
Samples = npt.NDArray[np.float32]

# Constants of espeak-ng/speak_lib.h.
_OUTPUT_SYNCHRONOUS = 2
_CHARACTERS_UTF8 = 1
_POSITION_CHARACTER = 1
_RATE, _VOLUME, _PITCH, _RANGE = 1, 2, 3, 4

_PAUSES = {"，": ",", "。": ".", "？": "?", "！": "!", "、": ",", "；": ";", "：": ","}
_CLAUSE = re.compile(r"([^，。？！、；：,.?!;:\s]+)|([，。？！、；：,.?!;:])")

_WaveCallback = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.c_void_p)


class EspeakError(RuntimeError):
    """libespeak-ng is missing, does not know the voice, or said nothing."""


def synthesise(
    pinyin: str,
    *,
    voice: str,
    rate_wpm: float = 220,
    pitch: float = 50,
    pitch_range: float = 50,
    amplitude: float = 100,
) -> tuple[Samples, int]:
    """Mandarin speech of `pinyin`, as :func:`spell` writes it, in the voice variant `voice` (``f3``).

    Returns mono samples in -1..1 and their rate in Hz. `pitch` and `pitch_range` are 0..99,
    `amplitude` 0..200, `rate_wpm` 80..450 (about syllables a minute).

    Raises:
        EspeakError: the library or the variant is missing, or nothing could be said.
    """
    return synthesise_text(
        pinyin,
        voice=f"{MANDARIN_VOICE}+{voice}",
        rate_wpm=rate_wpm,
        pitch=pitch,
        pitch_range=pitch_range,
        amplitude=amplitude,
    )


def synthesise_text(
    text: str,
    *,
    voice: str,
    rate_wpm: float = 175,
    pitch: float = 50,
    pitch_range: float = 50,
    amplitude: float = 100,
) -> tuple[Samples, int]:
    """Speech of `text` as any espeak-ng voice reads it, e.g. ``en-gb+f3``. See :func:`synthesise`."""
    engine = _engine()
    return engine.say(text, voice, {_RATE: rate_wpm, _PITCH: pitch, _RANGE: pitch_range, _VOLUME: amplitude})


def spell(text: str) -> str:
    """`text` (Hanzi, numerals, punctuation) as :func:`synthesise` wants it: ``wo3 men5, ni3 hao3``.

    Punctuation becomes the pause that espeak makes of it; ü is written v.

    Raises:
        ValueError: `text` has Latin letters, which the Mandarin voice would read as pinyin.
    """
    if re.search(r"[A-Za-z]", text):
        raise ValueError(f"Latin letters cannot be spelt for the Mandarin voice: {text!r}")
    spelt = ""
    for words, pause in _CLAUSE.findall(spell_out_numbers(text)):
        if pause:
            spelt = spelt.rstrip() + _PAUSES.get(pause, pause) + " "
        else:
            spelt += " ".join(str(syllable) for syllable in syllables(words)) + " "
    return spelt.strip()


class _VoiceProperties(ctypes.Structure):
    """espeak_VOICE of speak_lib.h."""

    _fields_ = (
        ("name", ctypes.c_char_p),
        ("languages", ctypes.c_char_p),
        ("identifier", ctypes.c_char_p),
        ("gender", ctypes.c_ubyte),
        ("age", ctypes.c_ubyte),
        ("variant", ctypes.c_ubyte),
        ("reserved", ctypes.c_ubyte),
        ("score", ctypes.c_int),
        ("spare", ctypes.c_void_p),
    )


class _Engine:
    """The library, its sample rate and the buffer its callback fills."""

    def __init__(self) -> None:
        try:
            self._library = ctypes.CDLL("libespeak-ng.so.1")
        except OSError as error:
            raise EspeakError("libespeak-ng.so.1 is missing (Debian: apt-get install espeak-ng)") from error
        self._rate: int = self._library.espeak_Initialize(_OUTPUT_SYNCHRONOUS, 0, None, 0)
        if self._rate <= 0:
            raise EspeakError("espeak-ng found no voice data (Debian: apt-get install espeak-ng-data)")
        self._heard: list[npt.NDArray[np.int16]] = []
        self._callback = _WaveCallback(self._collect)  # kept: the library holds only its address
        self._library.espeak_SetSynthCallback(self._callback)
        self._voice = ""
        self._variants = self._list_variants()

    def say(self, text: str, voice: str, parameters: dict[int, float]) -> tuple[Samples, int]:
        if voice != self._voice:
            if not self._select(voice):
                raise EspeakError(f"espeak-ng has no voice {voice!r} (see espeak-ng --voices=variant)")
            self._voice = voice
        for parameter, value in parameters.items():
            self._library.espeak_SetParameter(parameter, round(value), 0)
        self._heard.clear()
        raw = text.encode()
        self._library.espeak_Synth(
            raw, ctypes.c_size_t(len(raw) + 1), 0, _POSITION_CHARACTER, 0, _CHARACTERS_UTF8, None, None
        )
        self._library.espeak_Synchronize()
        if not self._heard:
            raise EspeakError(f"espeak-ng said nothing for {text!r}")
        return np.concatenate(self._heard).astype(np.float32) / 32768, self._rate

    def _select(self, voice: str) -> bool:
        """Find `voice` by the name of its file, else by language (en-gb is no file name)."""
        _, _, variant = voice.partition("+")
        if variant and variant not in self._variants:  # the library would speak without it
            return False
        if self._library.espeak_SetVoiceByName(voice.encode()) == 0:
            return True
        wanted = _VoiceProperties(languages=voice.encode())
        return bool(self._library.espeak_SetVoiceByProperties(ctypes.byref(wanted)) == 0)

    def _list_variants(self) -> frozenset[str]:
        wanted = _VoiceProperties(languages=b"variant")
        self._library.espeak_ListVoices.restype = ctypes.POINTER(ctypes.POINTER(_VoiceProperties))
        found = self._library.espeak_ListVoices(ctypes.byref(wanted))
        names = []
        while found[len(names)]:
            names.append(found[len(names)].contents.identifier.decode().removeprefix("!v/"))
        return frozenset(names)

    def _collect(self, wave: Any, count: int, _events: Any) -> int:
        if count > 0 and wave:
            self._heard.append(np.ctypeslib.as_array(wave, shape=(count,)).copy())
        return 0


@cache
def _engine() -> _Engine:
    return _Engine()
