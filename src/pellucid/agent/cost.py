"""The cost module: C(s) = IC(s) + TC(s), an immutable part and a trainable critic.

IC = sum_i u_i IC_i and TC = v TC, with the weights u, v set by the configurator (LeCun 2022,
section 4.1). The critic foresees the intrinsic cost that is yet to come, so that a plan whose
horizon ends before the goal is still pulled the right way.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from pellucid.agent.memory import ShortTermMemory
from pellucid.config import check
from pellucid.data.actions import ActionSpace
from pellucid.networks.perceptron import mlp
from pellucid.planning import ActionCost, Energy, FinalCost, GoalDistance, Smoothness

Shape = Literal["min", "sum", "last", "discounted"]


@dataclass(frozen=True)
class CostWeights:
    """How much each part of the cost counts; set by the configurator."""

    goal: float = 1.0
    """distance to the goal's state"""
    shape: Shape = "min"
    """how distances along a plan are joined: their minimum over time, their sum, or the last"""
    patience: float = 0.002
    """what a step more until the minimum costs, so that the earlier of two ways is taken"""
    effort: float = 0.0
    """squared actions"""
    smoothness: float = 0.0
    """squared changes of action"""
    critic: float = 0.0
    """the trained critic's foresight at the end of the plan"""
    caution: float = 0.0
    """passing where, in this episode, a prediction did not come true"""

    def __post_init__(self) -> None:
        for name in ("goal", "patience", "effort", "smoothness", "critic", "caution"):
            check(getattr(self, name) >= 0, f"weight {name}={getattr(self, name)} is negative")
        check(self.goal + self.critic > 0, "neither the goal nor the critic has a weight")


def goal_distance(state: Tensor, goal: Tensor) -> Tensor:
    """The intrinsic cost of states (..., D) for goals (..., D): mean squared difference, (...)."""
    return (state - goal).square().mean(-1)


class Critic(nn.Module):
    """TC(s, g): the intrinsic cost yet to come from states (..., D) towards goals, (...).

    Trained on what memory holds: the discounted mean of the costs that followed (LeCun 2022,
    equation of section 4.2 with a discounted target).
    """

    scale: Tensor

    def __init__(self, dimension: int, *, hidden: int = 128, discount: float = 0.95) -> None:
        super().__init__()
        self.dimension, self.hidden, self.discount = dimension, hidden, discount
        self.layers = mlp(2 * dimension, 1, hidden=hidden, layers=2)
        self.register_buffer("scale", torch.ones(()))

    def forward(self, state: Tensor, goal: Tensor) -> Tensor:
        """The foreseen cost; never negative."""
        features = torch.cat([goal - state, state], dim=-1)
        return self.scale * F.softplus(self.layers(features).squeeze(-1))

    def learn(
        self,
        memory: ShortTermMemory,
        *,
        steps: int = 300,
        batch: int = 256,
        learning_rate: float = 1e-3,
        seed: int = 0,
    ) -> float:
        """Fit the remembered costs; returns the R2 on a tenth of the moments that was held out."""
        state, goal, target = self.targets(memory)
        # Costs have the unit of the states, which the network need not learn.
        self.scale.copy_(target.mean().clamp_min(1e-6))
        generator = torch.Generator().manual_seed(seed)
        order = torch.randperm(len(state), generator=generator)
        held_out, seen = order[: max(1, len(order) // 10)], order[max(1, len(order) // 10) :]
        optimiser = torch.optim.Adam(self.parameters(), lr=learning_rate)
        for _ in range(steps):
            rows = seen[torch.randint(len(seen), (batch,), generator=generator)]
            error = self(state[rows], goal[rows]) - target[rows]
            loss = (error / self.scale).square().mean()
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
        with torch.no_grad():
            error = F.mse_loss(self(state[held_out], goal[held_out]), target[held_out])
        return float(1 - error / target[held_out].var(correction=0).clamp_min(1e-12))

    def targets(self, memory: ShortTermMemory) -> tuple[Tensor, Tensor, Tensor]:
        """States and goals (N, D), and the discounted mean of the costs that followed, (N,)."""
        states, goals, targets = [], [], []
        for episode in memory.episodes():
            ahead = episode[-1].cost
            for moment in reversed(episode):
                ahead = (1 - self.discount) * moment.cost + self.discount * ahead
                states.append(moment.state)
                goals.append(moment.goal)
                targets.append(ahead)
        return torch.cat(states), torch.cat(goals), torch.cat(targets)


class Cost:
    """The energy of plans towards a goal, composed as the configurator says."""

    def __init__(self, critic: Critic) -> None:
        self.critic = critic

    def energy(self, goal: Tensor, weights: CostWeights, space: ActionSpace) -> Energy:
        """The energy of trajectories for goals (B, D)."""
        energy: Energy = weights.goal * GoalDistance(
            goal, shape=weights.shape, metric=goal_distance, patience=weights.patience
        )
        if weights.effort:
            energy = energy + weights.effort * ActionCost(space)
        if weights.smoothness:
            energy = energy + weights.smoothness * Smoothness(space)
        if weights.critic:
            energy = energy + weights.critic * FinalCost(lambda s: self._foresee(s, goal))
        return energy

    def _foresee(self, state: Tensor, goal: Tensor) -> Tensor:
        """The critic at states (B, ..., D), each with its own problem's goal."""
        aligned = goal.reshape(len(goal), *[1] * (state.ndim - 2), -1).expand_as(state)
        return self.critic(state, aligned)
