"""Sparse parity, on which width decides whether descent finds the features at all.

x is uniform in {-1, 1}^n, and the answer is the product of k of its entries. Nothing of less than
all k says anything of the answer, so a network must find them by chance; among many hidden units
some come near. A large network's answers while it learns do speak of fewer than k entries, and lead
a small one on its way ("progressive distillation", Panigrahi et al. 2024, arXiv 2410.05464); its
last answers are those of the task, and tell no more than labels.

All seeds of a network learn side by side. Axes: S seeds, B samples, N inputs, H hidden units.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from pellucid.config import check, check_counts

Weights = tuple[Tensor, Tensor, Tensor, Tensor]
"""Of one hidden layer of ReLU units: (S, N, H), (S, 1, H), (S, H, 1), (S, 1, 1)."""


@dataclass(frozen=True)
class Parity:
    """The task, and how a network learns it: Adam on samples that are drawn anew in each step."""

    inputs: int = 32
    relevant: int = 5
    steps: int = 3000
    batch: int = 32
    learning_rate: float = 3e-3

    def __post_init__(self) -> None:
        check_counts(self, "inputs", "relevant", "steps", "batch")
        check(self.relevant <= self.inputs, f"{self.relevant} of {self.inputs} inputs are too many")

    def draw(self, seeds: int, count: int, generator: torch.Generator) -> tuple[Tensor, Tensor]:
        """Samples (S, B, N) and their parities (S, B), all -1 or 1."""
        bits = torch.randint(0, 2, (seeds, count, self.inputs), generator=generator)
        x = (2 * bits - 1).float()
        return x, x[..., : self.relevant].prod(-1)


def begin(task: Parity, units: int, seeds: int, generator: torch.Generator) -> Weights:
    """Random networks."""
    check(units >= 1 and seeds >= 1, f"units={units} and seeds={seeds}: give 1 or more")
    inwards = torch.randn(seeds, task.inputs, units, generator=generator) / task.inputs**0.5
    biases = torch.rand(seeds, 1, units, generator=generator) - 0.5
    outwards = torch.randn(seeds, units, 1, generator=generator) / units**0.5
    return inwards, biases, outwards, torch.zeros(seeds, 1, 1)


def logits(weights: Weights, x: Tensor) -> Tensor:
    """(S, B), positive where the parity is said to be 1."""
    inwards, biases, outwards, bias = weights
    hidden = torch.relu(torch.baddbmm(biases, x, inwards))
    return torch.baddbmm(bias, hidden, outwards)[..., 0]


def learn_parity(
    task: Parity,
    units: int,
    seeds: int,
    *,
    seed: int,
    teachers: Sequence[Weights] = (),
    keep: int = 0,
) -> tuple[Weights, list[Weights]]:
    """Networks of `units` hidden units after learning, and those after every `keep` steps.

    From labels, or, where `teachers` are given, from what these say to the same samples, in turn
    for as many steps each, and from no label.
    """
    generator = torch.Generator().manual_seed(seed)
    learned = [nn.Parameter(w) for w in begin(task, units, seeds, generator)]
    optimiser = torch.optim.Adam(learned, lr=task.learning_rate)
    kept: list[Weights] = []
    for step in range(task.steps):
        x, parity = task.draw(seeds, task.batch, generator)
        if teachers:
            with torch.no_grad():
                target = torch.sigmoid(logits(teachers[step * len(teachers) // task.steps], x))
        else:
            target = (1 + parity) / 2
        said = logits(_weights(learned), x)
        loss = F.binary_cross_entropy_with_logits(said, target, reduction="none")
        optimiser.zero_grad()
        loss.mean(1).sum().backward()  # each seed has a gradient of its own
        optimiser.step()
        if keep and (step + 1) % keep == 0:
            kept.append(_copy(learned))
    return _copy(learned), kept


def share_right(task: Parity, weights: Weights, *, tested: int, seed: int) -> Tensor:
    """The share of fresh samples whose parity each network tells, (S,)."""
    generator = torch.Generator().manual_seed(seed)
    x, parity = task.draw(len(weights[0]), tested, generator)
    return (logits(weights, x) * parity > 0).double().mean(1)


def _weights(parameters: Sequence[Tensor]) -> Weights:
    inwards, biases, outwards, bias = parameters
    return inwards, biases, outwards, bias


def _copy(parameters: Sequence[Tensor]) -> Weights:
    return _weights([p.detach().clone() for p in parameters])
