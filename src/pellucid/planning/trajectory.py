"""What is judged: states and the actions between them, imagined or lived."""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor


@dataclass(frozen=True, eq=False)
class Trajectory:
    """H actions and the H+1 states before, between and after them.

    The leading axis is B, the problems, always. Candidate solutions of a problem, where there are
    several, come second: states (B, S, H+1, D) and actions (B, S, H, A). `actions[..., t, :]` leads
    from `states[..., t, :]` to `states[..., t + 1, :]`.
    """

    states: Tensor
    actions: Tensor

    @property
    def horizon(self) -> int:
        """H: the number of actions."""
        return self.actions.shape[-2]

    @property
    def reached(self) -> Tensor:
        """The states that the actions lead to, (..., H, D): all but the first."""
        return self.states[..., 1:, :]
