"""The seam between worlds and those who plan in them."""

from __future__ import annotations

from typing import Protocol

from torch import Tensor

from pellucid.data.actions import ActionSpace


class World(Protocol):
    """What happens next.

        state = world.encode(observation)        # (B, *O) -> (B, D)
        for action in actions:                   # (B, A), in the environment's units
            state = world.predict(state, action) # (B, D)

    A learned world model, a simulator, a system of gears and a proof state are all worlds. Rows of
    a batch do not know of each other: `predict` maps (N, D), (N, A) -> (N, D) for any N.
    """

    @property
    def action_space(self) -> ActionSpace:
        """The actions that `predict` understands."""
        ...

    def encode(self, observation: Tensor) -> Tensor:
        """The states (B, D) in which observations (B, *O) were made."""
        ...

    def predict(self, state: Tensor, action: Tensor, latent: Tensor | None = None) -> Tensor:
        """The states (N, D) that follow states (N, D) under actions (N, A).

        `latent` (N, Z), for worlds that have one, chooses among the futures that are possible.
        """
        ...
