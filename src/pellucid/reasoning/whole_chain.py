"""Whole chains of tokens planned at once: writing is a world, its tokens are actions.

    world = ChainWorld(tokens=7, length=12)
    plan = CEM(samples=256).plan(world, world.empty(1), FinalCost(energy), horizon=12)
    world.written(plan.states[:, -1])              # (B, 12)

Where a generator commits itself token by token, a planner changes the whole answer until its energy
is low: what a verifier refuses of it, what a network finds unlikely. Any planner that samples will
do, and the same energies.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from pellucid.config import check_counts
from pellucid.data.actions import ActionSpace


@dataclass(frozen=True)
class ChainWorld:
    """A page of `length` places, on each of which one of `tokens` tokens is written in turn.

    States are (B, 1 + length): how many are written, and which; -1 where nothing is. Actions are
    one-hot vectors (B, tokens).
    """

    tokens: int
    length: int

    def __post_init__(self) -> None:
        check_counts(self, "tokens", "length")

    @property
    def action_space(self) -> ActionSpace:
        """One token, as a one-hot vector."""
        return ActionSpace((0.0,) * self.tokens, (1.0,) * self.tokens, discrete=True)

    def empty(self, batch: int) -> Tensor:
        """Pages (B, 1 + length) on which nothing is written."""
        state = torch.full((batch, 1 + self.length), -1.0)
        state[:, 0] = 0
        return state

    def encode(self, observation: Tensor) -> Tensor:
        """States (B, 1 + length): the pages themselves."""
        return observation

    def predict(self, state: Tensor, action: Tensor, latent: Tensor | None = None) -> Tensor:
        """The pages (N, 1 + length) with one more token; a full page stays as it is."""
        place = state[:, 0].long()
        following = state.clone()
        open_ = (place < self.length).nonzero()[:, 0]
        following[open_, 1 + place[open_]] = action[open_].argmax(1).to(state)
        following[open_, 0] += 1
        return following

    def written(self, state: Tensor) -> Tensor:
        """The tokens (..., length) of pages (..., 1 + length), int64."""
        return state[..., 1:].long()


@dataclass(frozen=True)
class Refusals:
    """An energy of pages for `FinalCost`: how many of their steps are refused.

    `refused` maps tokens (N, length) to how much is wrong with each page, (N,).
    """

    world: ChainWorld
    refused: Callable[[Tensor], Tensor]

    def __call__(self, state: Tensor) -> Tensor:
        """Energies (...) of pages (..., 1 + length)."""
        tokens = self.world.written(state)
        return self.refused(tokens.flatten(0, -2)).to(state).reshape(tokens.shape[:-1])
