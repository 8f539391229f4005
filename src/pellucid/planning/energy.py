"""What a trajectory costs. Energies compose: `GoalDistance(goal) + 0.1 * ActionCost(space)`."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor

from pellucid.errors import ConfigError, nearest
from pellucid.planning.trajectory import Trajectory


class Energy(ABC):
    """A cost of trajectories: low is good, the unit is the energy's own.

    Problems lead, candidates come second (see `Trajectory`); an energy that holds a tensor for each
    problem holds it as (B, ...) and broadcasts it over the rest. Energies are differentiable in
    states and actions, so that gradient planners can descend them.
    """

    @abstractmethod
    def by_step(self, trajectory: Trajectory) -> Tensor:
        """The energy of each action and of the state that it leads to, (..., H)."""

    def total(self, trajectory: Trajectory) -> Tensor:
        """The energy of the whole trajectory, (...): what planners minimise."""
        return self.by_step(trajectory).sum(-1)

    @property
    def last_state_only(self) -> bool:
        """Whether `total` reads, of the states, the last one at most: planners then keep no other.

        `total` may be given a trajectory in which the states between first and last are left out.
        """
        return False

    def __add__(self, other: Energy) -> Energy:
        return Sum((*terms_of(self), *terms_of(other)))

    def __mul__(self, weight: float) -> Energy:
        return Scaled(self, float(weight))

    def __rmul__(self, weight: float) -> Energy:
        return Scaled(self, float(weight))


@dataclass(frozen=True, eq=False)
class Sum(Energy):
    """The sum of energies; its terms stay readable."""

    terms: tuple[Energy, ...]

    def by_step(self, trajectory: Trajectory) -> Tensor:
        """The sum of the terms' energies by step, (..., H)."""
        first, *rest = (term.by_step(trajectory) for term in self.terms)
        return sum(rest, start=first)

    def total(self, trajectory: Trajectory) -> Tensor:
        """The sum of the terms' totals, (...)."""
        first, *rest = (term.total(trajectory) for term in self.terms)
        return sum(rest, start=first)

    @property
    def last_state_only(self) -> bool:
        """Whether this holds of all terms."""
        return all(term.last_state_only for term in self.terms)


@dataclass(frozen=True, eq=False)
class Scaled(Energy):
    """An energy times a number."""

    energy: Energy
    weight: float

    def by_step(self, trajectory: Trajectory) -> Tensor:
        """The weighted energy by step, (..., H)."""
        return self.weight * self.energy.by_step(trajectory)

    def total(self, trajectory: Trajectory) -> Tensor:
        """The weighted total, (...)."""
        return self.weight * self.energy.total(trajectory)

    @property
    def last_state_only(self) -> bool:
        """Whether this holds of the energy that is scaled."""
        return self.energy.last_state_only


def terms_of(energy: Energy) -> tuple[Energy, ...]:
    """The terms of a sum, or the energy itself: what a drawing of its parts iterates over."""
    return energy.terms if isinstance(energy, Sum) else (energy,)


Metric = Callable[[Tensor, Tensor], Tensor]
Shape = Literal["min", "sum", "last", "discounted"]


def squared(state: Tensor, goal: Tensor) -> Tensor:
    """Squared Euclidean distance over the last axis, (..., D) -> (...)."""
    difference = state - goal
    return torch.linalg.vecdot(difference, difference)


def euclidean(state: Tensor, goal: Tensor) -> Tensor:
    """Euclidean distance over the last axis, (..., D) -> (...)."""
    return torch.linalg.vector_norm(state - goal, dim=-1)


def manhattan(state: Tensor, goal: Tensor) -> Tensor:
    """Sum of absolute differences over the last axis, (..., D) -> (...)."""
    return torch.linalg.vector_norm(state - goal, ord=1, dim=-1)


METRICS: dict[str, Metric] = {
    "squared": squared,
    "euclidean": euclidean,
    "manhattan": manhattan,
}
SHAPES: tuple[Shape, ...] = ("min", "sum", "last", "discounted")


@dataclass(frozen=True, eq=False)
class GoalDistance(Energy):
    """How far a trajectory stays from its goal, d_t = metric(state t, goal) for t = 1..H.

    `shape` decides what counts:

    - "min": the closest approach, min over t of d_t + patience (t - 1). The small `patience`, in
      units of distance a step, makes the earlier of two equal approaches the better one.
    - "sum": every step, the sum of d_t; "discounted": the sum of discount^(t-1) d_t.
    - "last": the end only, d_H.

    With a perfect model of a room with a door the last distance led to the goal in 80 % of the
    episodes, the sum in 93 %, the minimum in 100 % (our measurement). `goal` is (B, D); a `metric`
    of one's own maps states (..., D) and goals that broadcast against them to distances (...).
    """

    goal: Tensor
    shape: Shape = "min"
    metric: Metric | Literal["squared", "euclidean", "manhattan"] = "squared"
    discount: float = 0.9
    patience: float = 0.0

    def __post_init__(self) -> None:
        if self.goal.ndim != 2:
            raise ConfigError(
                f"a goal has shape {tuple(self.goal.shape)}: pass (B, D), one row for each problem"
            )
        if self.shape not in SHAPES:
            raise ConfigError(
                f"the shape of a goal distance is not '{self.shape}': {nearest(self.shape, SHAPES)}"
            )
        if isinstance(self.metric, str) and self.metric not in METRICS:
            hint = nearest(self.metric, METRICS)
            raise ConfigError(f"the metric of a goal distance is not '{self.metric}': {hint}")
        if not 0 < self.discount <= 1 or self.patience < 0:
            raise ConfigError(
                f"a discount of {self.discount} must be in (0, 1], a patience of {self.patience} "
                "at least 0"
            )

    def distances(self, states: Tensor) -> Tensor:
        """The distance of states (B, ..., D) from their goals, (B, ...)."""
        metric = METRICS[self.metric] if isinstance(self.metric, str) else self.metric
        return metric(states, per_problem(self.goal, states))

    def by_step(self, trajectory: Trajectory) -> Tensor:
        """The distance at each step, (..., H); discounted where the shape is."""
        distance = self.distances(trajectory.reached)
        return distance * self._weights(distance) if self.shape == "discounted" else distance

    def total(self, trajectory: Trajectory) -> Tensor:
        """The distance that counts, (...)."""
        if self.shape == "last":
            return self.distances(trajectory.states[..., -1, :])
        distance = self.distances(trajectory.reached)
        if self.shape == "sum":
            return distance.sum(-1)
        if self.shape == "discounted":
            return distance @ self._weights(distance)
        if self.patience:
            steps = torch.arange(trajectory.horizon, dtype=distance.dtype, device=distance.device)
            distance = distance + self.patience * steps
        return distance.amin(-1)

    @property
    def last_state_only(self) -> bool:
        """True of the shape "last"."""
        return self.shape == "last"

    def _weights(self, distance: Tensor) -> Tensor:
        steps = torch.arange(distance.shape[-1], dtype=distance.dtype, device=distance.device)
        return self.discount**steps


def per_problem(value: Tensor, like: Tensor) -> Tensor:
    """`value` (B, D) with axes put between, so that it broadcasts against `like` (B, ..., D)."""
    return value.reshape(value.shape[0], *(1,) * (like.ndim - 2), value.shape[1])
