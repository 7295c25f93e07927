"""The network of :mod:`speechqc.semantics.network` as it is trained: with dropout."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from speechqc.semantics.network import TAPS
from speechqc.semantics.tokens import PADDING, UNKNOWN, Vocabulary

DILATIONS = (1, 2, 4)
SHARPNESS = 3.0
_MASKED = 30.0
MAX_TOKENS = 64


class MeaningNetwork(nn.Module):
    """Log-odds of every label."""

    def __init__(
        self,
        *,
        rows: int,
        labels: int,
        width: int,
        dilations: Sequence[int] = DILATIONS,
        dropout: float = 0.2,
        feature_dropout: float = 0.2,
    ) -> None:
        super().__init__()
        self.table = nn.Parameter(torch.randn(rows, width) * 0.2)
        self.table.data[PADDING] = 0
        self.convolutions = nn.ModuleList(
            nn.Conv1d(width, width, TAPS, padding=dilation, dilation=dilation) for dilation in dilations
        )
        self.head = nn.Linear(width, labels)
        nn.init.constant_(self.head.bias, -4.0)
        self.dropout, self.feature_dropout = dropout, feature_dropout

    def hidden(self, rows: Tensor) -> tuple[Tensor, Tensor]:
        """(texts, tokens, width) states of `rows` (texts, tokens, features), and (texts, tokens, 1) what is text."""
        texts, tokens, features = rows.shape
        present = (rows != PADDING).float()
        if self.training:
            present = present * (torch.rand(rows.shape) > self.feature_dropout) / (1 - self.feature_dropout)
        summed = functional.embedding_bag(
            rows.reshape(-1, features),
            self.table,
            mode="sum",
            per_sample_weights=present.reshape(-1, features),
        )
        mask = (rows[:, :, :1] != PADDING).float()
        state = summed.reshape(texts, tokens, -1) * mask
        for convolution in self.convolutions:
            heard = functional.dropout(state, self.dropout, self.training).transpose(1, 2)
            state = (state + functional.relu(convolution(heard)).transpose(1, 2)) * mask
        return state, mask

    def forward(self, rows: Tensor) -> Tensor:
        """(texts, labels) log-odds of `rows` (texts, tokens, features)."""
        state, mask = self.hidden(rows)
        at_token = self.head(functional.dropout(state, self.dropout, self.training)) + (mask - 1) * _MASKED
        return torch.logsumexp(at_token * SHARPNESS, 1) / SHARPNESS


def batch_rows(vocabulary: Vocabulary, texts: Sequence[str]) -> Tensor:
    """(texts, tokens, features) rows of `texts`, padded; of a long text the first :data:`MAX_TOKENS` tokens."""
    each = []
    for text in texts:
        spans = vocabulary.tokens(text)[:MAX_TOKENS]
        words = [text[start:end] for start, end in spans]
        each.append(vocabulary.rows(words) if words else np.array([[UNKNOWN]], np.int32))
    shape = (len(each), max(len(one) for one in each), max(one.shape[1] for one in each))
    rows = np.zeros(shape, np.int64)
    for number, one in enumerate(each):
        rows[number, : len(one), : one.shape[1]] = one
    return torch.from_numpy(rows)


def make_vocabulary() -> Vocabulary:
    """Digits, marks and every character of the syllable table, with its syllable as recognisers confuse it."""
    from speechqc.text.pinyin import sound_of  # noqa: PLC0415
    from speechqc.text.pinyin_table import read_table  # noqa: PLC0415

    known = sorted(read_table())
    sounds = {sound: number for number, sound in enumerate(sorted({sound_of(one) for one in known}))}
    plain = "0123456789.%"
    numbers = [-1] * len(plain) + [sounds[sound_of(one)] for one in known]
    return Vocabulary(plain + "".join(known), np.array(numbers, np.int16))
