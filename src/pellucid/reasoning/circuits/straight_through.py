"""Learning a transformer of fixed precision: it is cut as it computes, not as it learns.

Whatever is rounded in the forward pass is passed straight through in the backward one (Bengio et
al. 2013, arXiv 1308.3432); where a value is held in its range, nothing is passed. So what was
learned is the network of whole numbers itself, to the bit.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from pellucid.config import check_counts
from pellucid.reasoning.circuits.fixed_point import (
    FixedAffine,
    FixedBlock,
    FixedConfig,
    FixedTransformer,
)
from pellucid.reasoning.circuits.point_tracking import PointTracking


def _round(x: Tensor) -> Tensor:
    """To the nearest whole number, halves upward; the gradient is that of x."""
    return x + ((x + 0.5).floor() - x).detach()


class _Affine(nn.Module):
    """W x + b with weights and biases in units of 2^-shift."""

    def __init__(self, inputs: int, outputs: int, config: FixedConfig) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.randn(outputs, inputs) / inputs**0.5)
        self.bias = nn.Parameter(torch.zeros(outputs))
        self.unit = 2.0**config.shift
        self.most = 2.0 ** (config.weight_bits - 1)

    def forward(self, x: Tensor) -> Tensor:
        weight, bias = self.whole()
        return F.linear(x, weight / self.unit, bias / self.unit)

    def whole(self) -> tuple[Tensor, Tensor]:
        """Weight and bias as the whole numbers that they are."""
        weight = (self.weight * self.unit).clamp(-self.most, self.most - 1)
        return _round(weight), _round(self.bias * self.unit)

    def fixed(self) -> FixedAffine:
        return FixedAffine(*(part.detach().numpy().astype(np.int64) for part in self.whole()))


class _Block(nn.Module):
    def __init__(self, config: FixedConfig) -> None:
        super().__init__()
        d, h = config.dimension, config.hidden
        self.query, self.key, self.value, self.output = (_Affine(d, d, config) for _ in range(4))
        self.widen, self.narrow = _Affine(d, h, config), _Affine(h, d, config)

    def fixed(self) -> FixedBlock:
        parts = (self.query, self.key, self.value, self.output, self.widen, self.narrow)
        return FixedBlock(*(part.fixed() for part in parts))


class StraightThroughTransformer(nn.Module):
    """Logits (B, L, V) as `FixedTransformer` has them, times 2^-shift, and a gradient for them."""

    def __init__(self, config: FixedConfig, *, seed: int = 0) -> None:
        super().__init__()
        self.config = config
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            self.words, self.question, self.chain = (
                nn.Parameter(2 * torch.randn(rows, config.dimension))
                for rows in (config.vocabulary, config.places, config.places + 1)
            )
            self.blocks = nn.ModuleList(_Block(config) for _ in range(config.depth))
            self.readout = _Affine(config.dimension, config.vocabulary, config)

    def forward(self, tokens: Tensor, length: int) -> Tensor:
        """Of rows (B, L) whose questions have `length` tokens."""
        place = torch.cat([self.question[:length], self.chain])[: tokens.shape[1]]
        x = self._cut(_round(self.words)[tokens] + _round(place))
        for block in self.blocks:
            assert isinstance(block, _Block), "made above"
            x = self._cut(x + block.output(self._attended(block, x)))
            x = self._cut(x + block.narrow(self._cut(F.relu(block.widen(x)))))
        logits: Tensor = self.readout(x)
        return logits

    def fixed(self) -> FixedTransformer:
        """The network of whole numbers that this is."""
        words, question, chain = (
            _round(table).detach().numpy().astype(np.int64)
            for table in (self.words, self.question, self.chain)
        )
        blocks = tuple(b.fixed() for b in self.blocks if isinstance(b, _Block))
        return FixedTransformer(self.config, words, question, chain, blocks, self.readout.fixed())

    def _attended(self, block: _Block, x: Tensor) -> Tensor:
        c = self.config
        query, key, value = (
            self._cut(part(x)).unflatten(2, (c.heads, -1)).transpose(1, 2)
            for part in (block.query, block.key, block.value)
        )
        score = self._cut(query @ key.mT / 2.0**c.score_shift)
        weight = _round(2.0 ** (c.octaves * (score - c.low) / (2**c.bits - 1))).tril()
        mean = _round(weight @ value / weight.sum(-1, keepdim=True))
        return mean.transpose(1, 2).flatten(2)

    def _cut(self, x: Tensor) -> Tensor:
        return _round(x.clamp(self.config.low, self.config.high))


@dataclass(frozen=True)
class LearningConfig:
    """Adam on random questions, the rate falling to nothing along half a cosine.

    Half of all steps are of the longest questions, the others of a random length.
    """

    steps: int = 3000
    batch: int = 64
    learning_rate: float = 1e-2
    chained: bool = True
    """learn every step of the chain; else the last point alone, right behind the start token"""

    def __post_init__(self) -> None:
        check_counts(self, "steps", "batch")


def learn_fixed(
    task: PointTracking, config: FixedConfig, learning: LearningConfig, *, seed: int
) -> FixedTransformer:
    """A network that learned to follow points, for questions of up to `config.places` tokens."""
    model = StraightThroughTransformer(config, seed=seed)
    random = np.random.default_rng(seed)
    optimiser = torch.optim.Adam(model.parameters(), lr=learning.learning_rate)
    fall = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, learning.steps)
    for _ in range(learning.steps):
        n = config.places if random.random() < 0.5 else int(random.integers(1, config.places + 1))
        rows = torch.from_numpy(task.draw(random, learning.batch, n))
        if learning.chained:
            logits, right = model(rows[:, :-1], n)[:, n:], rows[:, n + 1 :]
        else:
            logits, right = model(rows[:, : n + 1], n)[:, n:], rows[:, -1:]
        loss = F.cross_entropy(logits.flatten(0, 1), right.flatten())
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        fall.step()
    return model.fixed()
