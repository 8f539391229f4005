"""The actor: Mode-1 reacts by a policy, Mode-2 plans with the world model."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from pellucid.agent.configurator import PlanningConfig
from pellucid.data.actions import ActionSpace
from pellucid.networks.mlp import mlp
from pellucid.planning import Energy, Plan, RecedingHorizon
from pellucid.worlds.world import World


class Policy(nn.Module):
    """Mode-1: an action from the state and the goal at once, without a look ahead."""

    centre: Tensor
    half_range: Tensor

    def __init__(self, dimension: int, space: ActionSpace, *, hidden: int = 256) -> None:
        super().__init__()
        self.dimension, self.space, self.hidden = dimension, space, hidden
        self.layers = mlp(2 * dimension, space.dimension, hidden=hidden, layers=2)
        low, high = torch.tensor(space.low), torch.tensor(space.high)
        self.register_buffer("centre", (low + high) / 2)
        self.register_buffer("half_range", (high - low) / 2)

    def forward(self, state: Tensor, goal: Tensor) -> Tensor:
        """Scores (B, A): actions in [-1, 1] by tanh, or logits of discrete actions."""
        scores = self.layers(torch.cat([state, goal - state], dim=-1))
        return scores if self.space.discrete else scores.tanh()

    @torch.no_grad()
    def act(self, state: Tensor, goal: Tensor) -> Tensor:
        """Action vectors (B, A) inside of the space, in the environment's units."""
        scores = self(state, goal)
        if self.space.discrete:
            return self.space.project(scores)
        return self.centre + self.half_range * scores


class Actor:
    """Chooses actions for B episodes.

    actor.begin(planning, seed)
    action, plan = actor.deliberate(state, energy)   # Mode-2; plan is None between two plans
    action = actor.react(state, goal)                # Mode-1
    """

    def __init__(self, world: World, policy: Policy | None = None) -> None:
        self.world, self.policy = world, policy
        self._control: RecedingHorizon | None = None
        self._queue: list[Tensor] = []

    def begin(self, planning: PlanningConfig, *, seed: int = 0) -> None:
        """A new episode: forget earlier plans."""
        self._control = RecedingHorizon(
            planning.make(),
            self.world,
            horizon=planning.horizon,
            execute=planning.execute,
            generator=torch.Generator().manual_seed(seed),
        )
        self._queue = []

    @property
    def plans_next(self) -> bool:
        """Whether `deliberate` would make a new plan now."""
        return not self._queue

    @torch.no_grad()
    def deliberate(self, state: Tensor, energy: Energy) -> tuple[Tensor, Plan | None]:
        """Mode-2: the next action (B, A) of the present plan, which is made anew when used up."""
        assert self._control is not None, "begin() comes first"
        plan = None
        if not self._queue:
            actions, plan = self._control.plan(state, energy)
            self._queue = list(actions.unbind(1))
        return self._queue.pop(0), plan

    def keep(self, where: Tensor) -> None:
        """Go on with the episodes where the mask (B,) is true, and drop the others for good."""
        self._queue = [action[where] for action in self._queue]
        if self._control is not None:
            self._control.keep(where)

    def react(self, state: Tensor, goal: Tensor) -> Tensor:
        """Mode-1: an action (B, A) from the policy."""
        assert self.policy is not None, "begin() sees to it that there is a policy"
        return self.policy.act(state, goal)
