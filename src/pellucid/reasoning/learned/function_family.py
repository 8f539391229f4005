"""A distribution of tasks: functions that share their features, and differ in how they sum them.

    y = w . phi(x) + noise,   phi_d(x) = sqrt(2) sin(d omega x + b_d),   w ~ N(0, I)

A task is its w: sums of a few waves, whose phases are the same for all tasks. These are told to no
network, so that what is learned from some tasks may help with others. As in linear regression in
context (Garg et al. 2022, arXiv 2208.01066; Raventos et al. 2023, arXiv 2306.15063) two references
are exact: ridge regression on the true features is the best there is for a new w, and the mean over
known tasks, weighted by how well they fit, is the best where w is one of those.

Axes: B sequences, K examples, D features, M tasks.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F

from pellucid.config import check, check_counts


@dataclass(frozen=True)
class Sequences:
    """Examples of one task a row: x, y with its noise, and the true value, all (B, K)."""

    x: Tensor
    y: Tensor
    true: Tensor


@dataclass(frozen=True)
class FunctionFamily:
    """Functions on the line; `seed` draws the phases."""

    features: int = 3
    noise: float = 0.3
    """the deviation of what is added to y"""
    frequency: float = 1.0
    """omega, of the slowest feature"""
    seed: int = 0

    def __post_init__(self) -> None:
        check_counts(self, "features")
        check(self.noise > 0, f"noise is {self.noise}: it must be above 0")

    def phi(self, x: Tensor) -> Tensor:
        """The features of inputs (...), (..., D)."""
        draw = torch.Generator().manual_seed(self.seed)
        omega = self.frequency * torch.arange(1, self.features + 1)
        phase = 2 * math.pi * torch.rand(self.features, generator=draw)
        return math.sqrt(2) * torch.sin(x[..., None] * omega + phase)

    def tasks(self, count: int, generator: torch.Generator) -> Tensor:
        """Random tasks w, (M, D)."""
        return torch.randn(count, self.features, generator=generator)

    def sample(self, tasks: Tensor, examples: int, generator: torch.Generator) -> Sequences:
        """New examples of tasks (B, D), `examples` of each; x ~ N(0, 1)."""
        x = torch.randn(len(tasks), examples, generator=generator)
        true = (self.phi(x) @ tasks[:, :, None])[..., 0]
        noise = self.noise * torch.randn(true.shape, generator=generator)
        return Sequences(x, true + noise, true)

    def ridge(self, shown: Sequences) -> Tensor:
        """The best value for the last x, given the examples before it, for a new task: (B,).

        The mean of the posterior of w, whose prior is N(0, I).
        """
        phi = self.phi(shown.x)
        before, last = phi[:, :-1], phi[:, -1]
        gram = before.mT @ before + self.noise**2 * torch.eye(self.features)
        w = torch.linalg.solve(gram, before.mT @ shown.y[:, :-1, None])
        return (last[:, None] @ w)[:, 0, 0]

    def known(self, shown: Sequences, tasks: Tensor) -> Tensor:
        """The best value where the task is one of `tasks` (M, D), each as likely: (B,)."""
        values = self.phi(shown.x) @ tasks.T  # (B, K, M)
        error = (values[:, :-1] - shown.y[:, :-1, None]).square().sum(1)
        weight = F.softmax(-error / (2 * self.noise**2), dim=1)
        return (weight * values[:, -1]).sum(1)


@dataclass(frozen=True)
class Pool:
    """What is known of the tasks that are learned from: some examples of each, and no others."""

    tasks: Tensor
    """(M, D)."""
    examples: Sequences
    """(M, S)."""

    @classmethod
    def of(
        cls, family: FunctionFamily, tasks: int, examples: int, generator: torch.Generator
    ) -> Pool:
        """Random tasks with random examples."""
        drawn = family.tasks(tasks, generator)
        return cls(drawn, family.sample(drawn, examples, generator))

    def draw(self, count: int, examples: int, generator: torch.Generator) -> Sequences:
        """Different examples of a random task a row, in random order: (B, K)."""
        task = torch.randint(len(self.tasks), (count, 1), generator=generator)
        order = torch.rand(count, self.examples.x.shape[1], generator=generator)
        chosen = order.argsort(1)[:, :examples]
        x, y, true = (part[task, chosen] for part in vars(self.examples).values())
        return Sequences(x, y, true)
