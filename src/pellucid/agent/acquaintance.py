"""What an agent can be said to know: the states of its experience, and what they tell.

known = Acquaintance.of(agent, experience)
known.strangeness(states)         # (N,): above 1 lies farther out than recorded states do
known.readout(states)             # (N, L): the true state, as far as a linear map tells
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np
import torch
from torch import Tensor

from pellucid.agent.agent import Agent
from pellucid.data.experience import Experience

COVERAGE = 1.5
"""How much farther than the 99th percentile of held-out states counts as unknown."""


@dataclass(frozen=True, eq=False)
class Readout:
    """A linear map from states to labels: what a state says about the true one, at least."""

    weight: Tensor
    """(D, L)."""
    bias: Tensor
    """(L,)."""
    error: float
    """The root of the mean squared distance to the labels (over their L numbers), held out."""

    @classmethod
    def fit(
        cls, states: Tensor, labels: Tensor, held_out: tuple[Tensor, Tensor], *, ridge: float = 1e-4
    ) -> Self:
        """By ridge regression of labels (N, L) on states (N, D); `ridge` in features' variances."""
        x, y = states.double(), labels.double()
        mean, centre = x.mean(0), y.mean(0)
        x = x - mean
        penalty = ridge * x.square().mean() * len(x) * torch.eye(x.shape[1], dtype=x.dtype)
        penalty = penalty + 1e-12 * torch.eye(x.shape[1], dtype=x.dtype)  # constant states too
        weight = torch.linalg.solve(x.T @ x + penalty, x.T @ (y - centre))
        bias = centre - mean @ weight
        seen, truth = held_out
        error = (seen.double() @ weight + bias - truth.double()).square().sum(-1).mean().sqrt()
        return cls(weight.float(), bias.float(), float(error))

    def __call__(self, states: Tensor) -> np.ndarray:
        """Labels (..., L) of states (..., D)."""
        return (states.detach().cpu().float() @ self.weight + self.bias).numpy()


@dataclass(frozen=True, eq=False)
class Acquaintance:
    """A sample of the states in recorded experience: what the agent can be said to know."""

    states: Tensor
    """(N, D)."""
    usual: float
    """The 99th percentile of the distances from held-out states to the nearest of `states`."""
    readout: Readout | None
    """None where the experience has no labels."""

    @classmethod
    @torch.no_grad()
    def of(
        cls, agent: Agent, experience: Experience, *, samples: int = 2400, seed: int = 0
    ) -> Self:
        """Encode `samples` moments, a sixth of them from episodes that are held out."""
        seen, apart = experience.split(0.1)
        generator = np.random.default_rng(seed)
        states, labels = _moments(agent, seen, samples - samples // 6, generator)
        held_out, truth = _moments(agent, apart, max(samples // 6, 2), generator)
        readout = None
        if labels is not None and truth is not None:
            readout = Readout.fit(states, labels, (held_out, truth))
        usual = torch.quantile(_nearest(held_out, states), 0.99)
        return cls(states, float(usual), readout)

    def strangeness(self, states: Tensor) -> Tensor:
        """How far states (N, D) are from all that is known, as a share of the threshold, (N,)."""
        return _nearest(states.detach().cpu(), self.states) / max(COVERAGE * self.usual, 1e-12)


def _nearest(states: Tensor, among: Tensor) -> Tensor:
    """The distance of each state (M, D) to the nearest `among` (N, D), (M,)."""
    return torch.cdist(states.float(), among.float()).min(-1).values


def _moments(
    agent: Agent, experience: Experience, count: int, generator: np.random.Generator
) -> tuple[Tensor, Tensor | None]:
    """States (count, D) of random moments of an experience, and their labels."""
    K, columns = agent.world.config.frames, experience.columns
    free = np.maximum(experience.lengths + 2 - K, 0)
    assert free.sum(), "episodes are long enough for a state"
    episode = generator.choice(len(experience), size=count, p=free / free.sum())
    last = experience.frame_starts[episode] + K - 1 + generator.integers(free[episode])
    last.sort()  # so that the disk is read in order
    states = encode_moments(agent, columns.observations, last)
    labels = None if columns.labels is None else torch.from_numpy(columns.labels[last])
    return states, labels


def encode_moments(agent: Agent, observations: np.ndarray, last: np.ndarray) -> Tensor:
    """States (N, D), on the CPU, of the frames with numbers `last` (N,) and those before them."""
    world = agent.world
    K, parts = world.config.frames, []
    world.eval()
    for first in range(0, len(last), 256):
        rows = last[first : first + 256]
        stack = np.stack([observations[rows - K + 1 + k] for k in range(K)], axis=1)
        seen = torch.from_numpy(stack if K > 1 else stack[:, 0])
        parts.append(world.encode(seen.to(world.centre.device)).cpu())
    return torch.cat(parts)
