"""A Whisper model with random weights that says one given sentence, whatever it hears.

The model runs through faster-whisper and CTranslate2 at the full cost of its size, so scheduling,
threading, guards and word times can be tested without weights from anywhere. How it works: position
embeddings of the decoder point along the embedding of the token that is to be said next, strongly
enough to drown the random layers. It ignores the audio, so it can say nothing about accuracy.

The tokenizer is byte-level BPE with the token ids of the multilingual Whisper models; the ids between
are filled with tokens that no text can produce. faster-whisper looks the special tokens up by name.
CTranslate2 takes a model for multilingual when its vocabulary holds the empty token, and counts the
languages from the id of ``<|nospeech|>``.
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import numpy.typing as npt
from ctranslate2.specs import whisper_spec
from tokenizers import AddedToken, Tokenizer, decoders, pre_tokenizers
from tokenizers.models import BPE

SIZES = {"nano": (64, 1, 1), "tiny": (384, 4, 6), "base": (512, 6, 8), "small": (768, 12, 12)}
"""Width, layers and heads; all but ``nano`` are the published Whisper sizes."""

END_OF_TEXT = 50_257
EMPTY_TOKEN = ""
_LANGUAGE_CODES = (
    "en zh de es ru ko fr ja pt tr pl ca nl ar sv it id hi fi vi he uk el ms cs ro da hu ta no th ur hr bg "
    "lt la mi ml cy sk te fa lv bn sr az sl kn et mk br eu is hy ne mn bs kk sq sw gl mr pa si km sn yo so "
    "af oc ka be tg sd gu am yi lo uz fo ht ps tk nn mt sa lb my bo tl mg as tt haw ln ha ba jw su"
)
LANGUAGES = tuple(_LANGUAGE_CODES.split())
AFTER_LANGUAGES = ("translate", "transcribe", "startoflm", "startofprev", "nospeech", "notimestamps")
TIMESTAMPS = 1_501
POSITIONS = 448
FIRST_ANSWER = 3
"""Last position of the prompt: start, language, task, <|notimestamps|>."""

Weights = npt.NDArray[np.float32]


def build_scripted_whisper(
    folder: Path, script: str, *, size: str = "nano", no_speech: bool = False, seed: int = 0
) -> Path:
    """Write a CTranslate2 model that says `script` into `folder`.

    `no_speech` makes the model claim that it heard silence while it talks. Brackets, quotes and
    note signs cannot be in a script: faster-whisper suppresses them.
    """
    width, layers, heads = SIZES[size]
    tokenizer = build_tokenizer(script)
    text = tokenizer.encode(script, add_special_tokens=False).ids
    if len(text) > POSITIONS - FIRST_ANSWER - 1:
        raise ValueError(f"script has {len(text)} tokens, room is for {POSITIONS - FIRST_ANSWER - 1}")

    spec = whisper_spec.WhisperSpec(layers, heads, layers, heads)
    weights = _RandomWeights(width, seed)
    weights.fill_encoder(spec.encoder)
    weights.fill_decoder(spec.decoder, tokenizer.get_vocab_size())
    embedding = spec.decoder.embeddings.weight
    positions = weights.matrix(POSITIONS, width) * np.float32(0.1)
    for place in range(FIRST_ANSWER, POSITIONS):
        step = place - FIRST_ANSWER
        positions[place] += _towards(embedding, text[step] if step < len(text) else END_OF_TEXT)
    positions[FIRST_ANSWER - 1] += _towards(embedding, _id(tokenizer, "0.00"))
    if no_speech:
        positions[0] += _towards(embedding, _id(tokenizer, "nospeech"))
    spec.decoder.position_encodings.encodings = positions

    spec.config.suppress_ids = []
    spec.config.suppress_ids_begin = [END_OF_TEXT]
    spec.config.lang_ids = [_id(tokenizer, language) for language in LANGUAGES]
    spec.config.alignment_heads = [[layers - 1, head] for head in range(heads)]
    vocabulary = sorted(tokenizer.get_vocab().items(), key=lambda entry: entry[1])
    spec.register_vocabulary([token for token, _ in vocabulary])
    spec.validate()
    spec.optimize(quantization="int8")
    folder.mkdir(parents=True, exist_ok=True)
    spec.save(str(folder))
    tokenizer.save(str(folder / "tokenizer.json"))
    (folder / "preprocessor_config.json").write_text(json.dumps(_FEATURES))
    return folder


def build_tokenizer(script: str) -> Tokenizer:
    """A tokenizer in which every character of `script` (every word, if ASCII) is one token."""
    letters = sorted(pre_tokenizers.ByteLevel.alphabet())
    vocabulary = {letter: index for index, letter in enumerate(letters)}
    merges: dict[tuple[str, str], None] = {}
    split = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=True)
    pieces = [piece for piece, _ in split.pre_tokenize_str(script)]
    signs = [_as_bytes(sign) for sign in (" -", " '", " ♪")]
    for piece in [*signs, *pieces]:
        for unit in _units(piece):
            for end in range(1, len(unit)):
                merges.setdefault((unit[:end], unit[end]))
                vocabulary.setdefault(unit[: end + 1], len(vocabulary))
    for index in range(len(vocabulary), END_OF_TEXT - 1):
        vocabulary[f"unused{index}"] = index
    vocabulary[EMPTY_TOKEN] = END_OF_TEXT - 1
    tokenizer = Tokenizer(BPE(vocabulary, list(merges), fuse_unk=False))
    tokenizer.pre_tokenizer = split
    tokenizer.decoder = decoders.ByteLevel()
    names = ("endoftext", "startoftranscript", *LANGUAGES, *AFTER_LANGUAGES)
    tokenizer.add_special_tokens(
        [AddedToken(f"<|{name}|>", normalized=False, special=True) for name in names]
    )
    times = [AddedToken(f"<|{step * 0.02:.2f}|>", normalized=False) for step in range(TIMESTAMPS)]
    tokenizer.add_tokens(times)
    return tokenizer


class _RandomWeights:
    def __init__(self, width: int, seed: int) -> None:
        self._width = width
        self._random = np.random.default_rng(seed)

    def matrix(self, *shape: int) -> Weights:
        return self._random.standard_normal(shape, dtype=np.float32) * np.float32(0.02)

    def fill_encoder(self, encoder: whisper_spec.WhisperEncoderSpec) -> None:
        width = self._width
        encoder.conv1.weight, encoder.conv1.bias = self.matrix(width, 80, 3), _zeros(width)
        encoder.conv2.weight, encoder.conv2.bias = self.matrix(width, width, 3), _zeros(width)
        encoder.position_encodings.encodings = self.matrix(1_500, width)
        self._norm(encoder.layer_norm)
        for layer in encoder.layer:
            self._attention(layer.self_attention, (3, 1))
            self._feed_forward(layer.ffn)

    def fill_decoder(self, decoder: object, vocabulary_size: int) -> None:
        decoder.embeddings.weight = self.matrix(vocabulary_size, self._width)
        decoder.projection.weight = decoder.embeddings.weight.copy()
        self._norm(decoder.layer_norm, gain=20.0)
        for layer in decoder.layer:
            self._attention(layer.self_attention, (3, 1))
            self._attention(layer.attention, (1, 2, 1))
            self._feed_forward(layer.ffn)

    def _norm(self, norm: object, gain: float = 1.0) -> None:
        norm.gamma, norm.beta = np.full(self._width, gain, np.float32), _zeros(self._width)

    def _linear(self, linear: object, outputs: int, inputs: int) -> None:
        linear.weight, linear.bias = self.matrix(outputs, inputs), _zeros(outputs)

    def _attention(self, attention: object, multiples: tuple[int, ...]) -> None:
        self._norm(attention.layer_norm)
        for linear, multiple in zip(attention.linear, multiples, strict=True):
            self._linear(linear, multiple * self._width, self._width)

    def _feed_forward(self, block: object) -> None:
        self._norm(block.layer_norm)
        self._linear(block.linear_0, 4 * self._width, self._width)
        self._linear(block.linear_1, self._width, 4 * self._width)


_FEATURES = {
    "feature_size": 80,
    "sampling_rate": 16_000,
    "hop_length": 160,
    "chunk_length": 30,
    "n_fft": 400,
}


def _towards(embedding: Weights, token: int) -> Weights:
    """A push along a token's embedding; 30 drowns the layers between, 3 does not."""
    return np.float32(30.0) * embedding[token] / np.linalg.norm(embedding[token])


def _id(tokenizer: Tokenizer, name: str) -> int:
    return int(tokenizer.token_to_id(f"<|{name}|>"))


def _zeros(size: int) -> Weights:
    return np.zeros(size, np.float32)


def _as_bytes(text: str) -> str:
    """`text` in the alphabet of byte-level BPE, one letter a byte."""
    [(piece, _)] = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False).pre_tokenize_str(text)
    return piece


def _units(piece: str) -> list[str]:
    """`piece` (in the byte alphabet) cut into words of ASCII and single other characters."""
    text = decoders.ByteLevel().decode([piece])
    if text.isascii():
        return [piece]
    return [_as_bytes(character) for character in text]
