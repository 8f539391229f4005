"""Honest evaluation: every episode's result, the floor, the ceiling, and what a decision costs."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from pellucid.agent.agent import Agent
from pellucid.agent.configurator import Mode, PlanningConfig
from pellucid.agent.cost import CostWeights
from pellucid.agent.tasks import ArenaTasks, Tasks
from pellucid.learning.files import write_json
from pellucid.planning import GoalDistance, Plan, RecedingHorizon
from pellucid.statistics import Interval, wilson
from pellucid.worlds.simulator import SimulatorWorld, position_distance

Act = Callable[[np.ndarray, np.ndarray], np.ndarray]
"""From observations (N, *O), and which tasks are solved already (N,), to action vectors (N, A)."""

NAMES = {
    "Mode-2": "plans (Mode-2)",
    "Mode-1": "reacts (Mode-1)",
    "random": "random (floor)",
    "simulator": "true physics (ceiling)",
}
"""What tables call those who act."""


@dataclass(frozen=True)
class EpisodeResult:
    """How one task went."""

    success: bool
    steps: int
    """Steps until it was solved, else all that were allowed."""
    path: tuple[tuple[float, ...], ...]
    """The true states visited, the first included; it ends when the task is solved."""
    goal: tuple[float, ...]
    """The true state of the goal."""


@dataclass(frozen=True, eq=False)
class Thought:
    """A plan and when it was made: what the report draws and the diagnosis checks."""

    step: int
    plan: Plan


@dataclass(frozen=True, eq=False)
class Evaluation:
    """Results on a set of tasks, task by task."""

    actor: str
    tasks: str
    protocol: str
    episodes: tuple[EpisodeResult, ...]
    seconds_per_decision: float = 0.0
    """Wall-clock seconds for one decision of all tasks together, divided by their number."""
    thoughts: tuple[Thought, ...] = field(default=(), repr=False)

    @property
    def solved(self) -> int:
        """How many tasks were solved."""
        return sum(episode.success for episode in self.episodes)

    @property
    def success(self) -> float:
        """The share of tasks solved."""
        return self.solved / len(self.episodes)

    @property
    def interval(self) -> Interval:
        """The 95 % interval of the share (Wilson 1927)."""
        return wilson(self.solved, len(self.episodes))

    @property
    def mean_steps(self) -> float:
        """Steps to the goal, the mean over solved tasks."""
        steps = [episode.steps for episode in self.episodes if episode.success]
        return float(np.mean(steps)) if steps else float("nan")


def play(tasks: Tasks, act: Act) -> tuple[tuple[EpisodeResult, ...], float]:
    """All tasks in lock step; results, and the seconds that `act` took for one task's decision."""
    observation = tasks.reset()
    states, solved_at = [tasks.states()], np.full(len(tasks), -1)
    seconds, steps = 0.0, 0
    while steps < tasks.budget and (solved_at < 0).any():
        began = time.perf_counter()
        actions = np.array(act(observation, solved_at >= 0))
        seconds += time.perf_counter() - began
        observation, solved = tasks.step(actions)
        steps += 1
        states.append(tasks.states())
        solved_at[solved & (solved_at < 0)] = steps
    path = np.stack(states, axis=1)
    episodes = []
    for index, at in enumerate(solved_at.tolist()):
        end = at if at >= 0 else steps
        episodes.append(
            EpisodeResult(
                success=at >= 0,
                steps=end,
                path=tuple(tuple(map(float, row)) for row in path[index, : end + 1]),
                goal=tuple(map(float, tasks.goal_states[index])),
            )
        )
    return tuple(episodes), seconds / max(steps, 1) / len(tasks)


def evaluate(
    agent: Agent,
    tasks: Tasks,
    *,
    mode: Mode | None = None,
    planning: PlanningConfig | None = None,
    cost: CostWeights | None = None,
    seed: int = 0,
) -> Evaluation:
    """The agent on the tasks: `plan` with the world model, or `react` by Mode-1."""
    thoughts: list[Thought] = []
    step = 0

    def act(observation: np.ndarray, solved: np.ndarray) -> np.ndarray:
        nonlocal step
        before = agent.plan
        agent.rest(solved)
        action = agent.act(observation)
        if agent.plan is not None and agent.plan is not before:
            thoughts.append(Thought(step, agent.plan))
        step += 1
        return tasks.space.encode(action)

    tasks.reset()  # the goals of arenas are known once they are set up
    agent.begin(tasks.goals, mode=mode, planning=planning, cost=cost, seed=seed)
    episodes, seconds = play(tasks, act)
    name = "Mode-1" if agent.configuration.mode == "react" else "Mode-2"
    return Evaluation(name, tasks.name, tasks.protocol, episodes, seconds, tuple(thoughts))


def random_floor(tasks: Tasks, *, seed: int = 0) -> Evaluation:
    """Uniform random actions: what the tasks give for nothing."""
    generator = np.random.default_rng(seed)
    episodes, seconds = play(tasks, lambda _, __: tasks.space.sample((len(tasks),), generator))
    return Evaluation("random", tasks.name, tasks.protocol, episodes, seconds)


@torch.no_grad()
def simulator_ceiling(
    tasks: ArenaTasks, planning: PlanningConfig, *, cost: CostWeights | None = None, seed: int = 0
) -> Evaluation:
    """The same planner with the true physics as its world model, and the true distance.

    The physics has no gradient: in place of the gradient planner iCEM is taken.
    """
    if planning.planner == "gradient":
        planning = replace(planning, planner="icem")
    world = SimulatorWorld()
    shape = (cost or CostWeights()).shape
    control = RecedingHorizon(
        planning.make(),
        world,
        horizon=planning.horizon,
        execute=planning.execute,
        generator=torch.Generator().manual_seed(seed),
    )
    queue: list[Tensor] = []

    awake = torch.ones(len(tasks), dtype=torch.bool)

    def act(_: np.ndarray, solved: np.ndarray) -> np.ndarray:
        nonlocal awake, queue
        still = ~torch.from_numpy(solved)
        control.keep(still[awake])
        queue, awake = [action[still[awake]] for action in queue], still
        if not queue:
            state = torch.from_numpy(tasks.arenas.simulator_states())[awake]
            goal = torch.from_numpy(tasks.arenas.simulator_states(tasks.arenas.goals))[awake]
            energy = GoalDistance(goal, shape=shape, metric=position_distance)
            queue = list(control.plan(state, energy)[0].unbind(1))
        actions = np.zeros((len(tasks), tasks.space.dimension), dtype=np.float32)
        actions[awake.numpy()] = queue.pop(0).numpy()
        return actions

    episodes, seconds = play(tasks, act)
    return Evaluation("simulator", tasks.name, tasks.protocol, episodes, seconds)


def save_evaluations(evaluations: Sequence[Evaluation], path: Path) -> None:
    """Every number of the evaluations as JSON, episode by episode."""
    write_json(path, {"evaluations": [_record(evaluation) for evaluation in evaluations]})


def _record(evaluation: Evaluation) -> dict[str, Any]:
    steps = evaluation.mean_steps
    return {
        "actor": evaluation.actor,
        "tasks": evaluation.tasks,
        "protocol": evaluation.protocol,
        "solved": evaluation.solved,
        "of": len(evaluation.episodes),
        "interval": [evaluation.interval.low, evaluation.interval.high],
        "mean_steps": None if math.isnan(steps) else steps,
        "seconds_per_decision": evaluation.seconds_per_decision,
        "episodes": [
            {
                "success": episode.success,
                "steps": episode.steps,
                "goal": [round(x, 3) for x in episode.goal],
                "path": [[round(x, 3) for x in state] for state in episode.path],
            }
            for episode in evaluation.episodes
        ],
    }
