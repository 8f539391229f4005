"""The actor: Mode-1 reacts by a policy, Mode-2 plans with the world model."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from pellucid.agent.configurator import PlanningConfig
from pellucid.data.actions import ActionSpace
from pellucid.networks.perceptron import mlp
from pellucid.planning import Energy, Plan, RecedingHorizon
from pellucid.worlds.world import World

LOWEST, HIGHEST = -3.0, 1.0
"""Bounds of the logarithm of a deviation, in half-ranges: Mode-1 is never quite certain."""


class Policy(nn.Module):
    """Mode-1: an action from the state and the goal at once, without a look ahead.

    It holds the distribution of Mode-2's answers, not one answer: a Gaussian for numbers, a softmax
    for choices. Search is random, and before a corner several ways are as good; their mean may lead
    nowhere, and a body that always answers with it stands there for ever. A draw moves on.
    """

    centre: Tensor
    half_range: Tensor

    def __init__(self, dimension: int, space: ActionSpace, *, hidden: int = 256) -> None:
        super().__init__()
        self.dimension, self.space, self.hidden = dimension, space, hidden
        outputs = space.dimension if space.discrete else 2 * space.dimension
        self.layers = mlp(2 * dimension, outputs, hidden=hidden, layers=2)
        low, high = torch.tensor(space.low), torch.tensor(space.high)
        self.register_buffer("centre", (low + high) / 2)
        self.register_buffer("half_range", (high - low) / 2)

    def forward(self, state: Tensor, goal: Tensor) -> Tensor:
        """What the distribution is made of: logits (B, A), or (B, 2A) for `gaussian`."""
        return self.layers(torch.cat([state, goal - state], dim=-1))

    def unlikelihood(self, state: Tensor, goal: Tensor, action: Tensor) -> Tensor:
        """The negative logarithm of the likelihood of actions (B, A), in nats, (B,).

        Of numbers it is a density, in half-ranges, without the constant of a Gaussian.
        """
        scores = self(state, goal)
        if self.space.discrete:
            return F.cross_entropy(scores, action.argmax(-1), reduction="none")
        middle, deviation = gaussian(scores)
        # A number that never varies has no range, and is always in the middle.
        target = (action - self.centre) / self.half_range.clamp_min(1e-12)
        return (deviation.log() + 0.5 * ((target - middle) / deviation).square()).sum(-1)

    @torch.no_grad()
    def act(
        self, state: Tensor, goal: Tensor, *, generator: torch.Generator | None = None
    ) -> Tensor:
        """Action vectors (B, A) inside of the space, in the environment's units.

        The likeliest ones, or with a `generator` a draw. All rows share its noise, so that an
        episode goes the same way alone and in any batch.
        """
        scores = self(state, goal)
        if self.space.discrete:
            if generator is not None:  # the largest after Gumbel noise is a draw from the softmax
                waits = torch.empty(self.space.dimension).exponential_(generator=generator)
                scores = scores - waits.log().to(scores)
            return self.space.project(scores)
        middle, deviation = gaussian(scores)
        if generator is not None:
            noise = torch.randn(self.space.dimension, generator=generator).to(middle)
            middle = torch.addcmul(middle, deviation, noise).clamp_(-1.0, 1.0)
        return torch.addcmul(self.centre, self.half_range, middle)


def gaussian(scores: Tensor) -> tuple[Tensor, Tensor]:
    """Means in [-1, 1] and deviations (B, A), in half-ranges of the space, from scores (B, 2A)."""
    middle, deviation = scores.chunk(2, dim=-1)
    return middle.tanh(), deviation.clamp(LOWEST, HIGHEST).exp()


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
        self._draws = torch.Generator()

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
        self._draws.manual_seed(seed)

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
        """Mode-1: an action (B, A), drawn from the policy."""
        assert self.policy is not None, "begin() sees to it that there is a policy"
        return self.policy.act(state, goal, generator=self._draws)
