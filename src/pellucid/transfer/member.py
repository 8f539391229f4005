"""A member of a community of identical copies: a network, its optimiser, and its part of the data.

What a member draws depends on (seed, step, its number) alone, wherever it lives: a community in one
process and one of many do the same.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

import numpy as np
import torch
from torch import Tensor, nn
from torch.optim import Optimizer

from pellucid.learning.gradient import per_sample
from pellucid.learning.loop import step_seed

Loss = Callable[[Tensor, Tensor], Tensor]
"""Outputs (N, ...) and labels (N, ...) to a loss for each sample, (N,)."""
MakeOptimiser = Callable[[Iterable[nn.Parameter]], Optimizer]
"""Such as `lambda weights: torch.optim.Adam(weights, lr=1e-3)`."""


@dataclass(eq=False)
class Member:
    """One copy, and what it alone sees."""

    number: int
    model: nn.Module
    optimiser: Optimizer
    x: Tensor
    y: Tensor
    loss: Loss
    batch: int
    seed: int
    anchor: list[Tensor] = field(default_factory=list)
    """The weights that all agreed on last, where a policy keeps them."""
    speed: list[Tensor] = field(default_factory=list)
    """How fast the anchor moves, where it has momentum."""
    _epoch: int = -1
    _order: Tensor = field(default_factory=lambda: torch.empty(0, dtype=torch.int64))

    @property
    def weights(self) -> list[nn.Parameter]:
        """The parameters that learn."""
        return [p for p in self.model.parameters() if p.requires_grad]

    def samples(self, step: int) -> tuple[Tensor, Tensor]:
        """The batch of a step: every sample once an epoch, in a new order each time."""
        epoch, place = divmod(step, len(self.x) // self.batch)
        if epoch != self._epoch:
            draw = np.random.default_rng((self.seed, self.number, epoch))
            self._epoch, self._order = epoch, torch.from_numpy(draw.permutation(len(self.x)))
        rows = self._order[place * self.batch : (place + 1) * self.batch].to(self.x.device)
        return self.x[rows], self.y[rows]

    def draw(self, step: int) -> int:
        """A seed for what this member draws in a step, of 32 bits."""
        return step_seed(self.seed, step, self.number) % 2**32

    def descend(self, step: int) -> None:
        """Put the gradient of a step's batch where the optimiser looks for it."""
        x, y = self.samples(step)
        mean = per_sample(self.loss(self.model(x), y), x).mean()
        found = torch.autograd.grad(mean, self.weights, allow_unused=True)
        for parameter, gradient in zip(self.weights, found, strict=True):
            parameter.grad = gradient

    def learn(self, step: int) -> None:
        """A step of its own, on a step's batch."""
        self.descend(step)
        self.optimiser.step()

    def move(self, gradient: Iterable[Tensor]) -> None:
        """One step of the optimiser along a gradient."""
        for parameter, g in zip(self.weights, gradient, strict=True):
            parameter.grad = g.to(parameter)
        self.optimiser.step()
