"""Mode-2 made into Mode-1: the policy learns to answer at once what planning would answer.

LeCun 2022, section 3.1.3: min_A D(a*, A(s)) over planned actions a*, amortised inference. The plans
are made in imagination, from perceived states to perceived goals of recorded experience: no
environment is needed.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from pellucid.agent.actor import Policy
from pellucid.agent.agent import Agent
from pellucid.config import check
from pellucid.data.experience import Experience
from pellucid.errors import DataError


@dataclass(frozen=True)
class DistillationConfig:
    """How much planning is distilled, and how."""

    problems: int = 1024
    """pairs of a start and a goal, drawn from experience, in each round"""
    rounds: int = 2
    """rounds; from the second on, half of the starts are states that the policy itself ran into"""
    steps: int = 3000
    """training steps of the policy in each round"""
    batch: int = 512
    """pairs of state and action in a training step"""
    learning_rate: float = 1e-3
    """of Adam, falling along a cosine"""
    hidden: int = 256
    """units of each of the policy's two hidden layers"""

    def __post_init__(self) -> None:
        for name in ("problems", "rounds", "steps", "batch", "hidden"):
            check(getattr(self, name) >= 1, f"{name}={getattr(self, name)} must be at least 1")
        check(self.learning_rate > 0, f"learning_rate={self.learning_rate} must be positive")


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
    left out; DataError where none is left, or where the episodes are too short for a state.
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
        state, goal = _problems(agent, experience, config.problems, generator)
        if round_:
            state = _after_reacting(agent, policy, state, goal, torch_seed)
        for part in range(0, len(state), 128):
            rows = slice(part, part + 128)
            data.append(_planned(agent, state[rows], goal[rows], seed=seed + round_ + part))
            if progress:
                share = min(part + 128, len(state)) / len(state)
                progress((round_ + 0.8 * share) / config.rounds)
        _fit(policy, data, config, torch_seed)
    agent.actor.policy = policy
    return policy


@torch.no_grad()
def _problems(
    agent: Agent, experience: Experience, count: int, generator: np.random.Generator
) -> tuple[Tensor, Tensor]:
    """States and goals (count, D): perceived at two random moments of one random episode.

    Both come from one episode because another one may show another scene (walls, door).
    """
    frames = agent.world.config.frames
    long = np.flatnonzero(experience.lengths + 1 >= frames)
    if not len(long):
        raise DataError(
            f"{experience.path} has no episode of {frames} observations, which make up a state: "
            "record longer ones"
        )
    starts, goals = [], []
    for _ in range(count):
        episode = experience[int(long[generator.integers(len(long))])]
        moments = generator.integers(frames - 1, episode.length + 1, size=2)
        stacks = [episode.observations[m - frames + 1 : m + 1] for m in moments.tolist()]
        starts.append(stacks[0])
        goals.append(np.repeat(stacks[1][-1:], frames, axis=0))
    states = []
    for stacks in (starts, goals):
        parts = []
        for first in range(0, count, 256):
            stack = torch.from_numpy(np.stack(stacks[first : first + 256]))
            stack = stack.to(agent.world.centre.device)
            parts.append(agent.world.encode(stack if frames > 1 else stack[:, 0]))
        states.append(torch.cat(parts))
    return states[0], states[1]


@torch.no_grad()
def _after_reacting(
    agent: Agent, policy: Policy, state: Tensor, goal: Tensor, generator: torch.Generator
) -> Tensor:
    """Where the policy itself leads: half of the states move on by its actions in imagination.

    The teacher then answers in the states that the student will meet (Ross et al. 2011, DAgger).
    """
    horizon = agent.configurator.default.planning.horizon
    stop = torch.randint(1, horizon + 1, (len(state), 1), generator=generator).to(state.device)
    stop = stop * (torch.rand(len(state), 1, generator=generator) < 0.5).to(state.device)
    for step in range(horizon):
        following = agent.world.predict(state, policy.act(state, goal))
        state = torch.where(step < stop, following, state)
    return state


@torch.no_grad()
def _planned(
    agent: Agent, state: Tensor, goal: Tensor, *, seed: int
) -> tuple[Tensor, Tensor, Tensor]:
    """Mode-2's answers: states, goals and actions along the plans, up to their nearest point."""
    configuration = agent.configurator.default
    energy = agent.cost.energy(goal, configuration.cost, agent.world.action_space)
    plan = configuration.planning.make().plan(
        agent.world,
        state,
        energy,
        horizon=configuration.planning.horizon,
        generator=torch.Generator().manual_seed(seed),
    )
    distance = (plan.states - goal[:, None]).square().mean(-1)
    nearest = distance.argmin(1)
    steps = torch.arange(plan.actions.shape[1], device=state.device)
    used = steps < nearest[:, None]
    goals = goal[:, None].expand(-1, plan.actions.shape[1], -1)
    return plan.states[:, :-1][used], goals[used], plan.actions[used]


def _fit(
    policy: Policy,
    data: list[tuple[Tensor, Tensor, Tensor]],
    config: DistillationConfig,
    generator: torch.Generator,
) -> None:
    """Regression on actions in [-1, 1], or classification of discrete ones."""
    state, goal, action = (torch.cat(column) for column in zip(*data, strict=True))
    if not len(state):
        raise DataError(
            "no plan came nearer to its goal, so there is nothing to distil: train the world model "
            "longer, or give planning more samples"
        )
    discrete = policy.space.discrete
    # A number that never varies has no range, and its target is the middle.
    half_range = policy.half_range.clamp_min(1e-12)
    target = action.argmax(-1) if discrete else (action - policy.centre) / half_range
    optimiser = torch.optim.Adam(policy.parameters(), lr=config.learning_rate)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, config.steps)
    for _ in range(config.steps):
        rows = torch.randint(len(state), (config.batch,), generator=generator).to(state.device)
        scores = policy(state[rows], goal[rows])
        chosen = target[rows]
        loss = F.cross_entropy(scores, chosen) if discrete else F.mse_loss(scores, chosen)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        schedule.step()
