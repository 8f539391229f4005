"""Adapting to a task by its examples: weights move, from those of other tasks or from random ones.

A network of many tasks has layers for all of them, which end in a few features, and a head for
each, which sums these (as in multi-task learning, Caruana 1997). For a new task the head alone is
learned, or all weights are; from scratch, the same network learns all weights from random ones.
Every task has a copy of its own, and all learn side by side.

Axes: T tasks, K examples, F features that the layers end in.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from pellucid.config import check_counts
from pellucid.reasoning.learned.function_family import Pool, Sequences

Start = Literal["head", "all", "scratch"]
"""The head alone, all weights, or all weights from random ones."""
STARTS: tuple[Start, ...] = ("head", "all", "scratch")
Weights = tuple[Tensor, ...]
"""Of each map its weights (T, in, out) and biases (T, 1, out), in turn."""


@dataclass(frozen=True)
class AdaptationConfig:
    """Two hidden layers, then features; Adam both times, whose rate for a new task is given."""

    hidden: int = 32
    features: int = 4
    steps: int = 1500
    """from the pool, all examples of some tasks in each"""
    batch: int = 64
    """tasks in such a step"""
    learning_rate: float = 1e-2
    adapted: int = 100
    """steps for a new task, all its examples in each"""

    def __post_init__(self) -> None:
        check_counts(self, "hidden", "features", "steps", "batch", "adapted")


def begin(tasks: int, config: AdaptationConfig, generator: torch.Generator) -> Weights:
    """Random networks from a number to a number, one a task, whose heads are 0."""
    hidden, features = config.hidden, config.features
    parts: list[Tensor] = []
    for rows, columns in ((1, hidden), (hidden, hidden), (hidden, features)):
        parts.append(torch.randn(tasks, rows, columns, generator=generator) * (2 / rows) ** 0.5)
        parts.append(torch.randn(tasks, 1, columns, generator=generator))
    return (*parts, torch.zeros(tasks, features, 1), torch.zeros(tasks, 1, 1))


def outputs(weights: Sequence[Tensor], x: Tensor) -> Tensor:
    """Of inputs (T, K), (T, K)."""
    return torch.baddbmm(weights[7], _features(weights, x), weights[6])[..., 0]


def _features(weights: Sequence[Tensor], x: Tensor) -> Tensor:
    """What the heads read, (T, K, F)."""
    state = torch.tanh(torch.baddbmm(weights[1], x[..., None], weights[0]))
    state = torch.tanh(torch.baddbmm(weights[3], state, weights[2]))
    return torch.baddbmm(weights[5], state, weights[4])


def learn_shared(pool: Pool, config: AdaptationConfig, *, seed: int) -> Weights:
    """Layers that serve all tasks of the pool, and the mean of its heads: weights of T = 1."""
    generator = torch.Generator().manual_seed(seed)
    count = len(pool.tasks)
    shared = [nn.Parameter(w) for w in begin(1, config, generator)[:6]]
    heads = [nn.Parameter(w) for w in begin(count, config, generator)[6:]]
    optimiser = torch.optim.Adam([*shared, *heads], lr=config.learning_rate)
    fall = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, config.steps)
    for _ in range(config.steps):
        task = torch.randperm(count, generator=generator)[: config.batch]
        x, y = pool.examples.x[task], pool.examples.y[task]
        all_rows = _features(shared, x.reshape(1, -1)).view(*x.shape, -1)
        said = torch.baddbmm(heads[1][task], all_rows, heads[0][task])[..., 0]
        loss = F.mse_loss(said, y)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        fall.step()
    return tuple(w.detach() for w in (*shared, *(h.mean(0, keepdim=True) for h in heads)))


def adapt(
    shared: Weights,
    shown: Sequences,
    start: Start,
    config: AdaptationConfig,
    *,
    learning_rate: float,
    seed: int,
) -> Tensor:
    """What is said of the last x of each task, after learning from the examples before: (T,)."""
    count = len(shown.x)
    if start == "scratch":
        first = begin(count, config, torch.Generator().manual_seed(seed))
    else:
        first = tuple(w.expand(count, -1, -1) for w in shared)
    weights = [nn.Parameter(w.clone()) for w in first]
    learned = weights[6:] if start == "head" else weights
    optimiser = torch.optim.Adam(learned, lr=learning_rate)
    x, y = shown.x[:, :-1], shown.y[:, :-1]
    for _ in range(config.adapted):
        optimiser.zero_grad()
        # A sum over tasks: each has a gradient of its own.
        (outputs(weights, x) - y).square().mean(1).sum().backward()
        optimiser.step()
    with torch.no_grad():
        return outputs(weights, shown.x[:, -1:])[:, 0]
