"""The acoustic network: log-mel frames in, CTC log-probabilities of syllables every 40 ms out.

Two strided convolutions, then blocks of a gated linear unit, a depthwise convolution over time and a
feed-forward layer, as in Conformer (Gulati et al. 2020) without attention, so that a stream needs a
short, fixed history. Trained on whole recordings, run in steps: :class:`StreamingNetwork` carries the
history as explicit inputs and outputs.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

SUBSAMPLING = 4
"""Input frames of 10 ms to one output frame."""


@dataclass(frozen=True, slots=True)
class NetworkShape:
    """Sizes of the network. `look_ahead` has one entry a block, in output frames of 40 ms."""

    outputs: int
    mel_bands: int = 40
    width: int = 192
    front_channels: int = 24
    kernel: int = 9
    feed_forward: int = 2
    look_ahead: tuple[int, ...] = (0, 1, 1, 1, 1, 1)

    def as_dict(self) -> dict[str, object]:
        return asdict(self)


class Block(nn.Module):
    """Gated unit, depthwise convolution over `kernel` output frames, feed-forward; both residual."""

    def __init__(self, shape: NetworkShape, look_ahead: int, dropout: float = 0.05) -> None:
        super().__init__()
        width = shape.width
        self.history = shape.kernel - 1
        self.look_ahead = look_ahead
        self.gate_norm = nn.LayerNorm(width)
        self.gate = nn.Linear(width, 2 * width)
        self.taps = nn.Parameter(torch.randn(shape.kernel, width) * 0.5 * shape.kernel**-0.5)
        self.taps_bias = nn.Parameter(torch.zeros(width))
        self.mix_norm = nn.LayerNorm(width)
        self.mix = nn.Linear(width, width)
        self.feed_norm = nn.LayerNorm(width)
        self.feed_in = nn.Linear(width, shape.feed_forward * width)
        self.feed_out = nn.Linear(shape.feed_forward * width, width)
        self.dropout = nn.Dropout(dropout)

    def forward(self, hidden: Tensor, mask: Tensor) -> Tensor:
        """Whole recordings: (batch, frames, width), mask (batch, frames, 1)."""
        gated = functional.glu(self.gate(self.gate_norm(hidden)), -1) * mask
        padded = functional.pad(gated, (0, 0, self.history - self.look_ahead, self.look_ahead))
        taps = self.taps.t().unsqueeze(1)
        convolved = functional.conv1d(padded.transpose(1, 2), taps, self.taps_bias, groups=len(taps))
        return self._finish(hidden, convolved.transpose(1, 2)) * mask

    def step(
        self, hidden: Tensor, mask: Tensor, gated_before: Tensor, waiting: Tensor | None
    ) -> tuple[Tensor, Tensor, Tensor | None]:
        """The next frames of streams; the output lags by `look_ahead` frames.

        Args:
            hidden: (streams, frames, width).
            mask: (streams, frames, 1), zero for frames before the stream's start or after its end.
            gated_before: (streams, history, width) gated frames that came before.
            waiting: (streams, look_ahead, width) frames whose look-ahead had not come; None without.

        Returns:
            Output (streams, frames, width), and the two histories after this step.
        """
        frames = hidden.shape[1]
        gated = functional.glu(self.gate(self.gate_norm(hidden)), -1) * mask
        gated = torch.cat([gated_before, gated], 1)
        convolved = self.taps_bias
        for tap in range(self.history + 1):
            convolved = convolved + gated[:, tap : tap + frames] * self.taps[tap]
        if waiting is not None:
            hidden = torch.cat([waiting, hidden], 1)
            waiting = hidden[:, -self.look_ahead :]
        return self._finish(hidden[:, :frames], convolved), gated[:, -self.history :], waiting

    def _finish(self, hidden: Tensor, convolved: Tensor) -> Tensor:
        hidden = hidden + self.dropout(self.mix(functional.silu(self.mix_norm(convolved))))
        return hidden + self.dropout(self.feed_out(functional.silu(self.feed_in(self.feed_norm(hidden)))))


class AcousticNetwork(nn.Module):
    """The network over whole recordings."""

    def __init__(self, shape: NetworkShape) -> None:
        super().__init__()
        self.shape = shape
        channels = shape.front_channels
        self.register_buffer("mean", torch.zeros(shape.mel_bands))
        self.register_buffer("deviation", torch.ones(shape.mel_bands))
        self.front_1 = nn.Conv2d(1, channels, 3, stride=2, padding=(0, 1))
        self.front_2 = nn.Conv2d(channels, channels, 3, stride=2, padding=(0, 1))
        self.project = nn.Linear(channels * shape.mel_bands // SUBSAMPLING, shape.width)
        self.project_norm = nn.LayerNorm(shape.width)
        self.blocks = nn.ModuleList(Block(shape, look_ahead) for look_ahead in shape.look_ahead)
        self.output_norm = nn.LayerNorm(shape.width)
        self.output = nn.Linear(shape.width, shape.outputs)

    def forward(self, frames: Tensor, counts: Tensor) -> tuple[Tensor, Tensor]:
        """Logits and their counts for (batch, frames, bands), of which `counts` (batch,) are real."""
        hidden, _, _ = self.front(frames, *self.front_start(frames))
        output_counts = torch.clamp((counts + SUBSAMPLING - 1) // SUBSAMPLING, max=hidden.shape[1])
        mask = (torch.arange(hidden.shape[1])[None] < output_counts[:, None]).unsqueeze(-1).float()
        hidden = hidden * mask
        for block in self.blocks:
            hidden = block(hidden, mask)
        return self.output(self.output_norm(hidden)), output_counts

    def front(
        self, frames: Tensor, frame_before: Tensor, map_before: Tensor
    ) -> tuple[Tensor, Tensor, Tensor]:
        """Strided convolutions over (streams, 4n, bands): (streams, n, width) and the two histories."""
        normal = torch.cat([frame_before, (frames - self.mean) / self.deviation], 1)
        first = functional.relu(self.front_1(normal.unsqueeze(1)))
        first = torch.cat([map_before, first], 2)
        second = functional.relu(self.front_2(first))
        streams, channels, count, bands = second.shape
        flat = second.permute(0, 2, 1, 3).reshape(streams, count, channels * bands)
        return self.project_norm(self.project(flat)), normal[:, -1:], first[:, :, -1:]

    def front_start(self, frames: Tensor) -> tuple[Tensor, Tensor]:
        """Empty histories of the strided convolutions for a batch like `frames`."""
        batch, bands = len(frames), self.shape.mel_bands
        return (
            frames.new_zeros(batch, 1, bands),
            frames.new_zeros(batch, self.shape.front_channels, 1, bands // 2),
        )


class StreamingNetwork(nn.Module):
    """The network in steps, for export; every history has the streams as its first axis.

    `span` (streams, 2) tells how many output frames of a stream came before this step, and how many it
    has in all (a large number until that is known). What lies outside is masked as in training, so that
    the steps of a stream give exactly what the whole recording gives.
    """

    INPUTS = ("frames", "span", "frame_before", "map_before", "gated_before", "waiting")
    OUTPUTS = ("log_probs", "frame_after", "map_after", "gated_after", "waiting_after")

    def __init__(self, network: AcousticNetwork) -> None:
        super().__init__()
        self.network = network

    def forward(
        self, frames: Tensor, span: Tensor, before: tuple[Tensor, Tensor, Tensor, Tensor]
    ) -> tuple[Tensor, Tensor, Tensor, Tensor, Tensor]:
        """Log-probabilities (streams, n, outputs) of (streams, 4n, bands), and the histories after."""
        frame_before, map_before, gated_before, waiting = before
        hidden, frame_after, map_after = self.network.front(frames, frame_before, map_before)
        gated_after: list[Tensor] = []
        waiting_after: list[Tensor] = []
        position = span[:, :1] + torch.arange(hidden.shape[1]).to(span.dtype)
        end = span[:, 1:]
        for index, block in enumerate(self.network.blocks):
            held = waiting[:, len(waiting_after)] if block.look_ahead else None
            mask = ((position >= 0) & (position < end)).to(hidden.dtype).unsqueeze(-1)
            hidden, gated, held = block.step(hidden, mask, gated_before[:, index], held)
            position = position - block.look_ahead
            gated_after.append(gated)
            if held is not None:
                waiting_after.append(held)
        log_probs = torch.log_softmax(self.network.output(self.network.output_norm(hidden)), -1)
        return log_probs, frame_after, map_after, torch.stack(gated_after, 1), torch.stack(waiting_after, 1)

    def start(self, streams: int) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """Empty histories of `streams` streams."""
        shape = self.network.shape
        frame_before, map_before = self.network.front_start(torch.zeros(streams, 1, 1))
        delayed = sum(1 for look_ahead in shape.look_ahead if look_ahead)
        return (
            frame_before,
            map_before,
            torch.zeros(streams, len(shape.look_ahead), shape.kernel - 1, shape.width),
            torch.zeros(streams, delayed, 1, shape.width),
        )

    @property
    def delay(self) -> int:
        """Output frames by which `log_probs` lag the frames put in."""
        return sum(self.network.shape.look_ahead)
