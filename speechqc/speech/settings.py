"""How speech is told from silence and cut into utterances."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from speechqc.errors import ConfigurationError

FRAME_MS = {"webrtc": 20, "silero": 32}
"""The detectors' own frame lengths; a hop is a whole number of them."""


class VadKind(StrEnum):
    WEBRTC = "webrtc"
    """Gaussian mixtures in fixed point: microseconds a frame, the right choice for a clean line."""
    SILERO = "silero"
    """Neural: ten times the cost, for noisy lines; takes some raised voices for no speech."""


@dataclass(frozen=True, kw_only=True)
class SpeechSettings:
    """Settings of the front end of one channel.

    Args:
        vad: ``webrtc`` or ``silero``.
        webrtc_aggressiveness: 0 (hears speech everywhere) to 3 (only clear speech). On telephone calls
            3 misses 3 % of the speech at 15 dB below the usual level and 20 % at 25 dB, 2 misses 0.7 %
            and 2.4 % (``evaluation/results/front_end.md``).
        silero_threshold: probability from which a frame is speech.
        gate_db: a frame below this level, in dB of full scale, is silence and costs no detection.
        fade_db: a frame this far below the recent peak of the channel is the detector's own hangover, an
            echo or a voice in the background, not the speaker.
        onset_ms: this much speech begins an utterance.
        endpoint_s: this much silence ends it.
        pre_roll_s: sound before the onset given to the recogniser: consonants begin below the detector.
        min_speech_s: an utterance with less speech is a click or a cough: its words count, its
            activity and prosody are not reported.
        forced_cut_s: longest utterance; a monologue is cut so that its words become final.
        cut_search_s: how long before that limit a quiet place to cut at is looked for.
        prosody_s: speech per prosody measurement.
        hop_s: step in which a call advances.

    Raises:
        ConfigurationError: a value is out of range.
    """

    vad: VadKind | str = VadKind.WEBRTC
    webrtc_aggressiveness: int = 2
    silero_threshold: float = 0.5
    gate_db: float = -60.0
    fade_db: float = 30.0
    onset_ms: float = 100.0
    endpoint_s: float = 0.5
    pre_roll_s: float = 0.2
    min_speech_s: float = 0.16
    forced_cut_s: float = 9.0
    cut_search_s: float = 2.0
    prosody_s: float = 1.0
    hop_s: float = 0.16

    def __post_init__(self) -> None:
        if self.vad not in FRAME_MS:
            raise ConfigurationError(
                f"vad {self.vad!r} is not known", hint=f"use one of: {', '.join(FRAME_MS)}"
            )
        _check("webrtc_aggressiveness", self.webrtc_aggressiveness, 0, 3)
        _check("silero_threshold", self.silero_threshold, 0.05, 0.95)
        _check("gate_db", self.gate_db, -96, -20)
        _check("fade_db", self.fade_db, 15, 90)
        _check("onset_ms", self.onset_ms, 20, 1000)
        _check("endpoint_s", self.endpoint_s, 0.1, 5)
        _check("pre_roll_s", self.pre_roll_s, 0, 2)
        _check("min_speech_s", self.min_speech_s, 0, 2)
        _check("forced_cut_s", self.forced_cut_s, 2, 30)
        _check("cut_search_s", self.cut_search_s, 0, self.forced_cut_s / 2)
        _check("prosody_s", self.prosody_s, 0.3, 10)
        _check("hop_s", self.hop_s, 0.02, 1)
        if round(self.hop_s * 1000) % self.frame_ms:
            raise ConfigurationError(
                f"hop_s {self.hop_s} is no whole number of {self.frame_ms} ms frames of {self.vad}",
                hint="0.16 suits both detectors",
            )

    @property
    def frame_ms(self) -> int:
        """Length of one frame of the chosen detector."""
        return FRAME_MS[self.vad]

    @property
    def frame_s(self) -> float:
        return self.frame_ms / 1000


def _check(name: str, value: float, low: float, high: float) -> None:
    if not low <= value <= high:
        raise ConfigurationError(f"{name} is {value}; it must lie between {low:g} and {high:g}")
