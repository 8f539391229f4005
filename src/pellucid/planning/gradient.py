"""Planning by gradient descent on the actions, through the world model."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from pellucid.data.actions import ActionSpace
from pellucid.planning.energy import Energy
from pellucid.planning.noise import default_generator, white
from pellucid.planning.plan import Plan
from pellucid.planning.rollout import rollout
from pellucid.planning.search import Search, finite_or_infinite
from pellucid.planning.settings import fraction, positive
from pellucid.planning.trajectory import Trajectory
from pellucid.worlds.world import World

BETA_1, BETA_2, TINY = 0.9, 0.999, 1e-8
"""The usual constants of Adam (Kingma & Ba 2015)."""


@dataclass(frozen=True, kw_only=True)
class GradientPlanner:
    """Projected Adam over the actions, from several starts in parallel.

    `restarts` plans begin at the warm start (or the centre of the space) and at Gaussian deviations
    from it by `sigma`; each takes `iterations` steps of `learning_rate` and is projected into the
    space after each. All three, and the `noise` that may be added to each step (not to that of the
    first plan), are in half-ranges of the space. Steps shrink to zero over the search (cosine), so
    that it comes to rest. Discrete actions are descended as scores, through the straight-through
    gradient of `ActionSpace.project`.

    Gradients suit smooth energies; where the landscape folds, restarts are what helps. One action
    is held for `hold` steps; at most `chunk` states are predicted at a time, and the memory for
    the gradient is that of `chunk` whole trajectories. `Plan.model_calls` counts states predicted
    forward; going back costs about twice that again.
    """

    restarts: int = 16
    iterations: int = 50
    learning_rate: float = 0.2
    sigma: float = 0.5
    noise: float = 0.0
    hold: int = 1
    chunk: int | None = None

    def __post_init__(self) -> None:
        positive("GradientPlanner", restarts=self.restarts, iterations=self.iterations)
        positive("GradientPlanner", learning_rate=self.learning_rate, hold=self.hold)
        positive("GradientPlanner", sigma=self.sigma, chunk=self.chunk)
        fraction("GradientPlanner", noise=self.noise)

    @torch.inference_mode(False)
    @torch.no_grad()
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
        """Plan `horizon` actions from states (B, D); see `Planner`."""
        search = Search(
            world,
            state.detach().clone(),
            energy,
            horizon=horizon,
            hold=self.hold,
            chunk=self.chunk,
            warm_start=warm_start,
        )
        generator = default_generator(generator)
        knots = self._starts(search, generator)
        step, adam = self.learning_rate * search.half_range, _Adam(knots)
        for i in range(self.iterations):
            shrink = 0.5 * (1 + torch.cos(torch.tensor(torch.pi * i / self.iterations)).item())
            slope = descend(search, knots) * search.half_range
            knots = knots - shrink * step * adam.direction(slope)
            if self.noise:
                shake = white(self.restarts, search.knots, like=knots, generator=generator)
                shake[0] = 0.0
                knots = knots + shrink * self.noise * search.half_range * shake
            if not world.action_space.discrete:
                knots = world.action_space.project(knots)
        search.evaluate(world.action_space.project(knots))
        return search.finish()

    def _starts(self, search: Search, generator: torch.Generator) -> Tensor:
        """The plans (B, R, K, A) to descend from; warm starts are tried as they are, too."""
        noise = white(self.restarts, search.knots, like=search.start, generator=generator)
        noise[0] = 0.0
        start = search.start.unsqueeze(1)
        knots = start + self.sigma * search.half_range * noise
        if search.warm is not None:
            warm = search.warm[:, : self.restarts, :: search.hold]
            knots[:, : warm.shape[1]] = warm
            search.evaluate(search.world.action_space.project(warm))
        if search.world.action_space.discrete:
            return knots
        return search.world.action_space.project(knots)


class _Adam:
    """Adam's direction of descent, by hand: rows are independent and no parameter is involved."""

    def __init__(self, like: Tensor) -> None:
        self.steps = 0
        self.first, self.second = torch.zeros_like(like), torch.zeros_like(like)

    def direction(self, slope: Tensor) -> Tensor:
        self.steps += 1
        self.first.lerp_(slope, 1 - BETA_1)
        self.second.lerp_(slope.square(), 1 - BETA_2)
        first = self.first / (1 - BETA_1**self.steps)
        second = self.second / (1 - BETA_2**self.steps)
        return first / (second.sqrt() + TINY)


def descend(search: Search, knots: Tensor) -> Tensor:
    """The gradient (B, S, K, A) of the energies of knots (B, S, K, A), which the search records."""
    tried, energies, slopes = [], [], []
    for part in knots.split(search.candidates_at_once, dim=1):
        with torch.enable_grad():
            leaf = part.detach().clone().requires_grad_()
            actions = search.actions(straight_through(search.world.action_space, leaf))
            states = rollout(search.world, search.state, actions)
            energy = search.energy.total(Trajectory(states, actions))
            (slope,) = torch.autograd.grad(energy.sum(), leaf)
        energy = finite_or_infinite(energy.detach())
        search.model_calls += actions.shape[:3].numel()
        energies.append(energy)
        slopes.append(slope.nan_to_num(nan=0.0, posinf=0.0, neginf=0.0))
        tried.append(actions.detach())
    search.record(torch.cat(tried, dim=1), torch.cat(energies, dim=1))
    return torch.cat(slopes, dim=1)


def straight_through(space: ActionSpace, knots: Tensor) -> Tensor:
    """Valid actions whose gradient does not vanish at the bounds of the space."""
    if space.discrete:
        return space.project(knots)
    fixed = knots.detach()
    return knots + (space.project(fixed) - fixed)
