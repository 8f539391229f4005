"""Mode-2 made into Mode-1: the policy learns to answer at once what planning would answer.

LeCun 2022, section 3.1.3: min_A D(a*, A(s)) over planned actions a*, amortised inference; here D is
the unlikelihood of a* under the policy's distribution. The plans are made in imagination, from
perceived states to perceived goals of recorded experience: no environment is needed.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from pellucid.agent.actor import Policy
from pellucid.agent.agent import Agent
from pellucid.agent.cost import goal_distance
from pellucid.config import check, check_counts
from pellucid.data.experience import Experience
from pellucid.errors import DataError

ARRIVED = 0.2
"""A plan joins two episodes if it leaves this share of the mean distance within an episode."""


@dataclass(frozen=True)
class DistillationConfig:
    """How much planning is distilled, and how."""

    problems: int = 1024
    """pairs of a start and a goal, drawn from experience, in each round"""
    across: float = 0.75
    """share of the problems whose goal comes from another episode than the start: they lie further
    apart. Another episode may show another scene: what no plan can join is left out; 1 says that
    there is one scene only, and leaves nothing out"""
    taught: int = 12
    """first actions of each plan that are taught: imagination drifts, and what a plan does late
    answers states that are never met"""
    rounds: int = 2
    """rounds; from the second on, half of the starts are states that the policy itself ran into"""
    steps: int = 3000
    """training steps of the policy in each round"""
    batch: int = 512
    """pairs of state and action in a training step"""
    learning_rate: float = 1e-3
    """of Adam, falling along a cosine"""
    blur: float = 0.1
    """noise on the states while learning, in their standard deviations: a few thousand plans would
    else be learned by heart, and the policy be surer of itself than planning is"""
    hidden: int = 128
    """units of each of the policy's two hidden layers"""

    def __post_init__(self) -> None:
        check_counts(self, "problems", "taught", "rounds", "steps", "batch", "hidden")
        check(self.learning_rate > 0, f"learning_rate={self.learning_rate} must be positive")
        check(0 <= self.across <= 1, f"across={self.across} must be between 0 and 1")
        check(self.blur >= 0, f"blur={self.blur} must not be negative")


class Problems(NamedTuple):
    """What is to be planned."""

    state: Tensor
    """(N, D), where to start"""
    goal: Tensor
    """(N, D)"""
    across: Tensor
    """(N,), whether the two come from different episodes"""

    def part(self, rows: slice) -> Problems:
        """Those rows."""
        return Problems(self.state[rows], self.goal[rows], self.across[rows])

    def near(self) -> float:
        """The distance at which a plan has arrived: any, where no pair is of one episode."""
        within = goal_distance(self.state, self.goal)[~self.across]
        return ARRIVED * float(within.mean()) if len(within) else math.inf


def distill(
    agent: Agent,
    experience: Experience,
    config: DistillationConfig | None = None,
    *,
    seed: int = 0,
    progress: Callable[[float], None] | None = None,
) -> Policy:
    """Teach the agent's Mode-1 from its Mode-2; the policy is given to the agent's actor.

    Returns the policy. Problems whose plan does not come nearer to the goal teach nothing and are
    left out, and so are goals of other episodes at which it does not arrive; DataError where none
    is left, or where the episodes are too short for a state.
    """
    config = config or DistillationConfig()
    generator = np.random.default_rng(seed)
    torch_seed = torch.Generator().manual_seed(seed)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        dimension, space = agent.world.config.dimension, agent.world.action_space
        policy = Policy(dimension, space, hidden=config.hidden).to(agent.world.centre.device)
    agent.world.eval()
    data: list[tuple[Tensor, Tensor, Tensor]] = []
    for round_ in range(config.rounds):
        problems = _problems(agent, experience, config, generator)
        near = problems.near() if config.across < 1 else math.inf
        if round_:
            problems = _after_reacting(agent, policy, problems, torch_seed)
        for first in range(0, config.problems, 128):
            part = problems.part(slice(first, first + 128))
            answers = _planned(agent, part, near, config.taught, seed=seed + round_ + first)
            data.append(answers)
            if progress:
                share = min(first + 128, config.problems) / config.problems
                progress((round_ + 0.8 * share) / config.rounds)
        _fit(policy, data, config, torch_seed)
    agent.actor.policy = policy
    return policy


@torch.no_grad()
def _problems(
    agent: Agent,
    experience: Experience,
    config: DistillationConfig,
    generator: np.random.Generator,
) -> Problems:
    """Starts and goals perceived at random moments of random episodes, the same one or two."""
    frames = agent.world.config.frames
    long = np.flatnonzero(experience.lengths + 1 >= frames)
    if not len(long):
        raise DataError(
            f"{experience.path} has no episode of {frames} observations, which make up a state: "
            "record longer ones"
        )
    count = config.problems
    here = long[generator.integers(len(long), size=count)]
    across = generator.random(count) < config.across
    there = np.where(across, long[generator.integers(len(long), size=count)], here)
    starts = [_frames(experience, int(i), frames, generator) for i in here]
    goals = [_frames(experience, int(i), frames, generator) for i in there]
    at_rest = [np.repeat(stack[-1:], frames, axis=0) for stack in goals]
    device = agent.world.centre.device
    return Problems(
        _perceived(agent, starts),
        _perceived(agent, at_rest),
        torch.from_numpy(across & (here != there)).to(device),
    )


def _frames(
    experience: Experience, index: int, frames: int, generator: np.random.Generator
) -> np.ndarray:
    """The observations (K, *O) that show the state at a random moment of that episode."""
    episode = experience[index]
    moment = int(generator.integers(frames - 1, episode.length + 1))
    return episode.observations[moment - frames + 1 : moment + 1]


def _perceived(agent: Agent, stacks: list[np.ndarray]) -> Tensor:
    """The states (N, D) of observations (K, *O) each."""
    parts = []
    for first in range(0, len(stacks), 256):
        stack = torch.from_numpy(np.stack(stacks[first : first + 256]))
        stack = stack.to(agent.world.centre.device)
        parts.append(agent.world.encode(stack if stack.shape[1] > 1 else stack[:, 0]))
    return torch.cat(parts)


@torch.no_grad()
def _after_reacting(
    agent: Agent, policy: Policy, problems: Problems, generator: torch.Generator
) -> Problems:
    """Where the policy itself leads: half of the states move on by its actions in imagination.

    The teacher then answers in the states that the student will meet (Ross et al. 2011, DAgger).
    """
    horizon = agent.configurator.default.planning.horizon
    state, count = problems.state, len(problems.state)
    stop = torch.randint(1, horizon + 1, (count, 1), generator=generator).to(state.device)
    stop = stop * (torch.rand(count, 1, generator=generator) < 0.5).to(state.device)
    for step in range(horizon):
        action = policy.act(state, problems.goal, generator=generator)
        state = torch.where(step < stop, agent.world.predict(state, action), state)
    return problems._replace(state=state)


@torch.no_grad()
def _planned(
    agent: Agent, problems: Problems, near: float, taught: int, *, seed: int
) -> tuple[Tensor, Tensor, Tensor]:
    """Mode-2's answers: states, goals and first actions of the plans, up to their nearest point."""
    configuration = agent.configurator.default
    goal = problems.goal
    energy = agent.cost.energy(goal, configuration.cost, agent.world.action_space)
    plan = configuration.planning.make().plan(
        agent.world,
        problems.state,
        energy,
        horizon=configuration.planning.horizon,
        generator=torch.Generator().manual_seed(seed),
    )
    left, nearest = goal_distance(plan.states, goal[:, None]).min(1)
    apart = problems.across & (left > near)
    steps = torch.arange(plan.actions.shape[1], device=goal.device)
    used = (steps < nearest[:, None].clamp_max(taught)) & ~apart[:, None]
    goals = goal[:, None].expand(-1, plan.actions.shape[1], -1)
    return plan.states[:, :-1][used], goals[used], plan.actions[used]


def _fit(
    policy: Policy,
    data: list[tuple[Tensor, Tensor, Tensor]],
    config: DistillationConfig,
    generator: torch.Generator,
) -> None:
    """The policy of greatest likelihood."""
    state, goal, action = (torch.cat(column) for column in zip(*data, strict=True))
    if not len(state):
        raise DataError(
            "no plan came nearer to its goal, so there is nothing to distil: train the world model "
            "longer, or give planning more samples"
        )
    blur = config.blur * state.std(0, correction=0)
    optimiser = torch.optim.Adam(policy.parameters(), lr=config.learning_rate)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, config.steps)
    for _ in range(config.steps):
        rows = torch.randint(len(state), (config.batch,), generator=generator).to(state.device)
        noise = torch.randn(config.batch, state.shape[1], generator=generator).to(state)
        seen = torch.addcmul(state[rows], blur, noise)
        loss = policy.unlikelihood(seen, goal[rows], action[rows]).mean()
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        schedule.step()
