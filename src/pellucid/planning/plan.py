"""The seam between planning and acting: planners, their plans, and how they searched."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import torch
from torch import Tensor

from pellucid.planning.energy import Energy
from pellucid.planning.trajectory import Trajectory
from pellucid.worlds.world import World


@dataclass(frozen=True, eq=False)
class SearchTrace:
    """How a search went: energies over its I rounds, for each of B problems.

    `best` (I, B) is the lowest energy found so far; `mean` and `spread` (I, B) are the mean and the
    standard deviation of the energies of the candidates of that round.
    """

    best: Tensor
    mean: Tensor
    spread: Tensor


@dataclass(frozen=True, eq=False)
class Plan:
    """What to do in B problems, what is expected to happen, and how it was found.

    actions (B, H, A) in the environment's units, inside of the space of actions; states
    (B, H+1, D), from the present one on; energy (B,) of the whole and energy_by_step (B, H);
    model_calls, the number of states predicted for all problems together. Planners that keep
    several good plans give them as `elites` (B, E, H, A), best first.
    """

    actions: Tensor
    states: Tensor
    energy: Tensor
    energy_by_step: Tensor
    trace: SearchTrace
    model_calls: int
    elites: Tensor | None = None

    @property
    def trajectory(self) -> Trajectory:
        """The imagined trajectory."""
        return Trajectory(self.states, self.actions)


def scatter(plan: Plan, where: Tensor) -> Plan:
    """The plan of some of B problems as one of all, for the mask `where` (B,); NaN elsewhere."""

    def spread(rows: Tensor, axis: int = 0) -> Tensor:
        shape = [*rows.shape[:axis], len(where), *rows.shape[axis + 1 :]]
        whole = rows.new_full(shape, torch.nan)
        whole[(slice(None),) * axis + (where,)] = rows
        return whole

    return Plan(
        actions=spread(plan.actions),
        states=spread(plan.states),
        energy=spread(plan.energy),
        energy_by_step=spread(plan.energy_by_step),
        trace=SearchTrace(
            spread(plan.trace.best, 1), spread(plan.trace.mean, 1), spread(plan.trace.spread, 1)
        ),
        model_calls=plan.model_calls,
        elites=None if plan.elites is None else spread(plan.elites),
    )


class Planner(Protocol):
    """Finds actions of low energy.

        plan = planner.plan(world, state, GoalDistance(goal), horizon=20)
        action = plan.actions[:, 0]                     # (B, A)

    Planners are frozen settings: they remember nothing between calls. `state` is (B, D), one row
    for each problem, and problems do not influence each other: all share the same noise, so that a
    problem has the same plan alone and in any batch (up to rounding). The plan is the best of
    all candidates seen, `warm_start` among them; so in a deterministic world it is never worse than
    `warm_start`, which is one earlier plan (B, H, A) or several, (B, E, H, A), best first.
    The result depends on the `generator` only; without one, seed 0 is used.
    """

    def plan(
        self,
        world: World,
        state: Tensor,
        energy: Energy,
        *,
        horizon: int,
        warm_start: Tensor | None = None,
        generator: torch.Generator | None = None,
    ) -> Plan:
        """Plan `horizon` actions from states (B, D)."""
        ...
