"""Worlds with known answers, in which planners are tested without training."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from pellucid.data.actions import ActionSpace
from pellucid.errors import ConfigError


@dataclass(frozen=True, eq=False)
class LinearWorld:
    """The linear world s' = A s + B a; what is observed is the state.

    `transition` is A (D, D), `control` is B (D, A). Where both are 1, a point moves by its action.
    """

    transition: Tensor
    control: Tensor
    action_space: ActionSpace

    def __post_init__(self) -> None:
        D, A = self.control.shape
        if self.transition.shape != (D, D) or self.action_space.dimension != A:
            raise ConfigError(
                f"a transition {tuple(self.transition.shape)}, a control {(D, A)} and "
                f"{self.action_space.dimension} numbers an action do not fit: (D, D), (D, A), A"
            )

    def encode(self, observation: Tensor) -> Tensor:
        """The states (B, D): the observations themselves."""
        return observation

    def predict(self, state: Tensor, action: Tensor, latent: Tensor | None = None) -> Tensor:
        """The next states (N, D)."""
        return state @ self.transition.T + action @ self.control.T


def lq_optimum(
    world: LinearWorld,
    state: Tensor,
    goal: Tensor,
    *,
    horizon: int,
    state_weight: float = 1.0,
    action_weight: float = 0.1,
) -> tuple[Tensor, Tensor]:
    """The actions (B, H, A) and the energy (B,) of the best plan in a linear world, exactly.

    Minimises sum over t = 1..H of q |s_t - goal|^2 + r |a_{t-1}|^2 over all real actions. Bounds
    are not looked at: choose problems whose optimum lies inside of them. The unrolled problem
    s = F s_0 + G a is one of least squares; its normal equations, in double precision,
    (q G'G + r I) a = q G'(goal - F s_0), give what the Riccati recursion gives.
    """
    A_DD, B_DA = world.transition.double(), world.control.double()
    D, A = B_DA.shape
    powers = [torch.eye(D, dtype=torch.float64)]
    for _ in range(horizon):
        powers.append(A_DD @ powers[-1])
    G = torch.zeros(horizon, D, horizon, A, dtype=torch.float64)
    for t in range(horizon):
        for k in range(t + 1):
            G[t, :, k] = powers[t - k] @ B_DA
    G = G.reshape(horizon * D, horizon * A)
    drift = torch.stack([power @ state.double().T for power in powers[1:]])  # (H, D, B)
    wanted = (goal.double().T - drift).reshape(horizon * D, -1)
    normal = state_weight * G.T @ G + action_weight * torch.eye(horizon * A, dtype=torch.float64)
    solution = torch.linalg.solve(normal, state_weight * G.T @ wanted)  # (H A, B)
    missed = (G @ solution - wanted).square().sum(0)
    energy = state_weight * missed + action_weight * solution.square().sum(0)
    actions = solution.T.reshape(-1, horizon, A)
    return actions.to(state), energy.to(state)
