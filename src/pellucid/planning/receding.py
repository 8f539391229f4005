"""Receding horizon: plan far, execute a little, plan again from there."""

from __future__ import annotations

import torch
from torch import Tensor

from pellucid.errors import ConfigError
from pellucid.planning.energy import Energy
from pellucid.planning.plan import Plan, Planner
from pellucid.worlds.world import World


class RecedingHorizon:
    """Model-predictive control: remembers the last plan and starts the next from what is left.

        control = RecedingHorizon(planner, world, horizon=30, execute=5)
        energy = GoalDistance(world.encode(goal_observation))     # encoded once
        actions, plan = control.plan(state, energy)               # (B, execute, A)
        ...
        control.reset(finished)                                   # (B,) bool: new episodes there

    The generator is drawn from on, decision after decision, so that a run depends on its seed only.
    """

    def __init__(
        self,
        planner: Planner,
        world: World,
        *,
        horizon: int,
        execute: int = 1,
        generator: torch.Generator | None = None,
    ) -> None:
        if not 1 <= execute <= horizon:
            raise ConfigError(
                f"{execute} actions of a plan of {horizon} cannot be executed: choose 1..{horizon}"
            )
        self.planner, self.world = planner, world
        self.horizon, self.execute = horizon, execute
        self.generator = torch.Generator().manual_seed(0) if generator is None else generator
        self._left: Tensor | None = None

    @property
    def warm_start(self) -> Tensor | None:
        """What is left of the last plans, shifted and filled up, (B, E, H, A); best first."""
        return self._left

    def plan(self, state: Tensor, energy: Energy) -> tuple[Tensor, Plan]:
        """The next actions (B, execute, A) from states (B, D), and the plan that they begin."""
        if self._left is not None and len(self._left) != len(state):
            raise ConfigError(
                f"{len(state)} states where the last plan had {len(self._left)}: call reset() "
                "when the batch changes"
            )
        plan = self.planner.plan(
            self.world,
            state,
            energy,
            horizon=self.horizon,
            warm_start=self._left,
            generator=self.generator,
        )
        plans = plan.actions.unsqueeze(1)
        if plan.elites is not None:
            plans = torch.cat([plans, plan.elites], dim=1)
        self._left = shift(plans, self.execute)
        return plan.actions[:, : self.execute], plan

    def reset(self, where: Tensor | None = None) -> None:
        """Forget the last plans: of all problems, or of those where the mask (B,) is true."""
        if where is None or self._left is None:
            self._left = None
            return
        space = self.world.action_space
        centre = [(low + high) / 2 for low, high in zip(space.low, space.high, strict=True)]
        idle = space.project(self._left.new_tensor(centre))
        self._left = torch.where(where.to(self._left.device)[:, None, None, None], idle, self._left)

    def keep(self, where: Tensor) -> None:
        """Go on with the problems where the mask (B,) is true, and drop the others for good."""
        if self._left is not None:
            self._left = self._left[where.to(self._left.device)]


def shift(plans: Tensor, steps: int) -> Tensor:
    """Plans (..., H, A) without their first `steps` actions; the last action fills the end."""
    last = plans[..., -1:, :].expand(*plans.shape[:-2], steps, -1)
    return torch.cat([plans[..., steps:, :], last], dim=-2)
