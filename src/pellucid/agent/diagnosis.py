"""Why did an episode fail? One reason for each, and the numbers that it rests on.

    known = Acquaintance.of(agent, experience)
    for diagnosis in diagnose(agent, evaluation, tasks, experience, known=known):
        print(diagnosis.index, diagnosis.reason, diagnosis.evidence)

The reasons are asked in this order, and the first that holds is given:

1. *ran out of steps*: over the last 10 steps the way to the goal became shorter by at least a
   quarter of what full speed would allow, and the rest is within one horizon of full speed.
2. *out of coverage*: the start, the goal, or the median state on the way is farther from every
   recorded state than `COVERAGE` (1.5) times the 99th percentile of that distance among held-out
   recorded states.
3. *model wrong*: the plan is executed in the true simulator. Over its first 10 actions (all that
   were to be executed, if more) the imagined places, read out of the states by a linear map, lie
   on average more than the goal's radius (4 px) from where the actions lead. Or else: the shortest
   way, turned into actions, costs at least as much as the chosen plan when the agent imagines it,
   but less when the agent sees it (pictures of the real places, encoded): it would have been
   chosen, had it been imagined rightly.
4. *ranking wrong*: it costs at least as much also when seen, so that neither a better model nor a
   better search would have chosen it.
5. *search failed*: it costs less as the agent imagines it; the search missed it.

Model, ranking and search are looked at in one decision of each episode: the first one after the
closest approach to the goal, from which on nothing was gained.

Where there is no simulator (`ReplayTasks`), 1 is not asked; *model wrong* means that from decision
to decision the predicted state was farther from the one that came (squared, summed over the
episode) than the state before was: predicting no change would have been better. What is left is
*search or ranking*.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import torch
from torch import Tensor

from pellucid.agent.acquaintance import Acquaintance, encode_moments
from pellucid.agent.agent import Agent
from pellucid.agent.cost import CostWeights
from pellucid.agent.evaluation import EpisodeResult, Evaluation, Thought
from pellucid.agent.tasks import ArenaTasks, Tasks
from pellucid.data.experience import Experience
from pellucid.errors import ConfigError
from pellucid.planning import Energy, Plan, Trajectory, rollout
from pellucid.worlds.environments.arena import GOAL_RADIUS, SPEED
from pellucid.worlds.environments.geodesic import Geodesics, field_at
from pellucid.worlds.environments.layouts import Layout
from pellucid.worlds.environments.physics import move
from pellucid.worlds.environments.render import draw_background, draw_bodies
from pellucid.worlds.simulator import SimulatorWorld

Reason = Literal[
    "ran out of steps",
    "out of coverage",
    "model wrong",
    "ranking wrong",
    "search failed",
    "search or ranking",
]

LOOK = 10
"""Steps over which progress and imagination are judged."""


@dataclass(frozen=True)
class Measurements:
    """What a diagnosis rests on; None where it was not or cannot be measured."""

    step: int
    """The decision that was looked at was taken after this many steps."""
    remaining: float
    """The way that is left at the end: pixels, or deviations of the labels without a simulator."""
    coverage: float
    """The largest of the distances to known states, as a share of the threshold."""
    model_error: float | None = None
    """Mean pixels between imagined and real places; without a simulator, the error of prediction
    as a share of that of predicting no change."""
    chosen_energy: float | None = None
    """The agent's energy of the plan that it chose."""
    oracle_energy: float | None = None
    """The agent's energy of the shortest way, as it imagines it."""
    seen_energy: float | None = None
    """The agent's energy of the shortest way, as it would see it."""


@dataclass(frozen=True)
class Diagnosis:
    """Why the task number `index` was not solved."""

    index: int
    reason: Reason
    evidence: str
    """One sentence with the numbers."""
    numbers: Measurements


def diagnose(
    agent: Agent,
    evaluation: Evaluation,
    tasks: Tasks,
    experience: Experience,
    *,
    known: Acquaintance | None = None,
    cost: CostWeights | None = None,
) -> tuple[Diagnosis, ...]:
    """The reason for each failed episode of a Mode-2 evaluation; see the module's text.

    `cost` is what the evaluation was made with, where that is not the agent's default; `known`
    saves encoding the experience again. ConfigError where the evaluation holds no plans.
    """
    failed = [i for i, episode in enumerate(evaluation.episodes) if not episode.success]
    if not failed:
        return ()
    if not evaluation.thoughts:
        raise ConfigError(
            f"an evaluation of {evaluation.actor} holds no plans to look at: diagnose Mode-2"
        )
    known = known or Acquaintance.of(agent, experience)
    with torch.no_grad():
        goal_ND = agent.perception.imagine_goal(tasks.goals)
        look = _Look(agent, tasks, evaluation.thoughts, goal_ND, known, cost)
        return tuple(look.at(i, evaluation.episodes[i]) for i in failed)


class _Look:
    """What is the same for all episodes."""

    def __init__(
        self,
        agent: Agent,
        tasks: Tasks,
        thoughts: Sequence[Thought],
        goal_ND: Tensor,
        known: Acquaintance,
        cost: CostWeights | None,
    ) -> None:
        self.agent, self.thoughts, self.goal_ND, self.known = agent, thoughts, goal_ND, known
        self.weights = cost or agent.configurator.default.cost
        self.arena = tasks if isinstance(tasks, ArenaTasks) else None
        self.scale = np.maximum(tasks.goal_states.std(0), 1e-6)
        self.ways: dict[Layout, Geodesics] = {}

    def at(self, index: int, episode: EpisodeResult) -> Diagnosis:
        """One episode."""
        remaining = self._remaining(index, episode)
        coverage, unknown = self._coverage(index)
        thought = _decisive(self.thoughts, remaining)
        if self.arena is None:
            return self._without_simulator(index, thought, float(remaining[-1]), coverage, unknown)
        H = thought.plan.actions.shape[1]
        gained = remaining[-1 - min(LOOK, len(remaining) - 1)] - remaining[-1]
        numbers = self._measure(index, episode, thought, float(remaining[-1]), coverage)
        reason: Reason
        if gained >= LOOK * SPEED / 4 and remaining[-1] <= H * SPEED:
            reason = "ran out of steps"
            evidence = (
                f"{remaining[-1]:.0f} px of the way were left when the steps ended, "
                f"{gained:.0f} px less than {LOOK} steps before."
            )
        elif coverage > 1:
            reason = "out of coverage"
            evidence = _unknown(unknown, coverage)
        elif numbers.model_error is not None and numbers.model_error > GOAL_RADIUS:
            reason = "model wrong"
            evidence = (
                f"The first actions of the plan of step {thought.step} lead, on average, "
                f"{numbers.model_error:.1f} px away from where the agent imagined them to lead."
            )
        else:
            reason, evidence = _compare(numbers)
        return Diagnosis(index, reason, evidence, numbers)

    def _measure(
        self,
        index: int,
        episode: EpisodeResult,
        thought: Thought,
        remaining: float,
        coverage: float,
    ) -> Measurements:
        """The model and the ranking in one decision, against the true physics."""
        assert self.arena is not None
        plan, place = thought.plan, np.array(episode.path[thought.step])
        walls = self.arena.arenas.simulator_states()[index, 2:]
        first = max(self.agent.configurator.default.planning.execute, LOOK)
        model_error = None
        if self.known.readout is not None:
            real = executed(place, plan.actions[index, :first], walls)
            imagined = self.known.readout(plan.states[index, : first + 1])
            model_error = float(np.linalg.norm(imagined - real, axis=-1)[1:].mean())
        field = self._ways(index).field(np.array(episode.goal))
        way = shortest_way(place, field, walls, horizon=plan.actions.shape[1])
        energies = self._rank(index, plan, way, executed(place, way, walls))
        return Measurements(thought.step, remaining, coverage, model_error, *energies)

    def _rank(
        self, index: int, plan: Plan, way_H2: Tensor, places: np.ndarray
    ) -> tuple[float, float, float]:
        """The agent's energies of its plan, and of the shortest way imagined and seen."""
        row = slice(index, index + 1)
        space = self.agent.world.action_space
        energy: Energy = self.agent.cost.energy(self.goal_ND[row], self.weights, space)
        actions = way_H2.to(plan.actions)[None]
        imagined = rollout(self.agent.world, plan.states[row, 0], actions[None])[:, 0]
        trajectories = (
            Trajectory(plan.states[row], plan.actions[row]),
            Trajectory(imagined, actions),
            Trajectory(self._seen(index, places)[None], actions),
        )
        chosen, oracle, seen = (float(energy.total(each)) for each in trajectories)
        return chosen, oracle, seen

    def _seen(self, index: int, places: np.ndarray) -> Tensor:
        """The states (H + 1, D) of pictures with the body at places (H + 1, 2)."""
        background = draw_background(self._layout(index))
        K = self.agent.world.config.frames
        # Where a state needs several frames, the body has rested at the first place.
        places = np.concatenate([np.repeat(places[:1], K - 1, 0), places])
        pictures = draw_bodies(np.repeat(background[None], len(places), 0), places)
        last = np.arange(K - 1, len(pictures))
        return encode_moments(self.agent, pictures, last).to(self.goal_ND)

    def _without_simulator(
        self, index: int, thought: Thought, remaining: float, coverage: float, unknown: str
    ) -> Diagnosis:
        ratio = prediction_ratio(self.thoughts, index)
        numbers = Measurements(thought.step, remaining, coverage, ratio)
        if coverage > 1:
            return Diagnosis(index, "out of coverage", _unknown(unknown, coverage), numbers)
        if ratio is not None and ratio > 1:
            evidence = f"Its predictions are {ratio:.1f} times as wrong as predicting no change."
            return Diagnosis(index, "model wrong", evidence, numbers)
        error = "" if ratio is None else f" (its error is {ratio:.2f} of that)"
        evidence = f"States are known, and predictions are better than no change{error}."
        return Diagnosis(index, "search or ranking", evidence, numbers)

    def _remaining(self, index: int, episode: EpisodeResult) -> np.ndarray:
        """The way that is left at every step, (steps + 1,)."""
        path, goal = np.array(episode.path), np.array(episode.goal)
        if self.arena is not None:
            return self._ways(index).distance(path, goal)
        return np.linalg.norm((path - goal) / self.scale, axis=-1)

    def _coverage(self, index: int) -> tuple[float, str]:
        """The largest strangeness, and what is so strange."""
        way = torch.stack([thought.plan.states[index, 0] for thought in self.thoughts])
        strange = self.known.strangeness(torch.cat([way, self.goal_ND[index, None].to(way)]))
        shares = {
            "the start": float(strange[0]),
            "the goal": float(strange[-1]),
            "the way": float(strange[:-1].median()),
        }
        what = max(shares, key=lambda name: shares[name])
        return shares[what], what

    def _layout(self, index: int) -> Layout:
        assert self.arena is not None
        layout = self.arena.arenas.layouts[index]
        assert layout is not None, "the tasks are set up"
        return layout

    def _ways(self, index: int) -> Geodesics:
        layout = self._layout(index)
        if layout not in self.ways:
            self.ways[layout] = Geodesics(layout)
        return self.ways[layout]


def _compare(numbers: Measurements) -> tuple[Reason, str]:
    """Model, ranking or search: who kept the agent from the shortest way."""
    chosen, oracle, seen = numbers.chosen_energy, numbers.oracle_energy, numbers.seen_energy
    assert chosen is not None
    assert oracle is not None
    assert seen is not None
    if oracle < chosen:
        return "search failed", (
            f"At step {numbers.step} the agent prefers the shortest way (energy {oracle:.3g}) to "
            f"the plan that it found ({chosen:.3g})."
        )
    if seen < chosen:
        return "model wrong", (
            f"At step {numbers.step} the agent would prefer the shortest way as it is (energy "
            f"{seen:.3g}) to its plan ({chosen:.3g}), but imagines it otherwise ({oracle:.3g})."
        )
    return "ranking wrong", (
        f"At step {numbers.step} the agent prefers its plan (energy {chosen:.3g}) to the shortest "
        f"way, imagined ({oracle:.3g}) or seen ({seen:.3g})."
    )


def executed(place: np.ndarray, actions_H2: Tensor, walls: np.ndarray) -> np.ndarray:
    """Where actions (H, 2) really lead from a place (2,) among walls (4 K,), (H + 1, 2) pixels."""
    state = torch.from_numpy(np.concatenate([place, walls]))[None]
    states = rollout(SimulatorWorld(), state, actions_H2.detach().cpu()[None, None].double())
    return states[0, 0, :, :2].numpy()


def shortest_way(
    place: np.ndarray, field: np.ndarray, walls: np.ndarray, *, horizon: int
) -> Tensor:
    """Actions (horizon, 2) that go down a field of walking distances; then they rest.

    Each step takes, of 48 directions at full speed, the one that leaves the least way.
    """
    angle = np.arange(48) * (2 * np.pi / 48)
    directions = np.stack([np.cos(angle), np.sin(angle)], -1)
    directions /= np.abs(directions).max(-1, keepdims=True)
    tried = np.concatenate([np.zeros((1, 2)), directions, directions / 4])
    walls_1K4 = walls.reshape(1, -1, 4)
    actions = np.zeros((horizon, 2))
    for step in range(horizon):
        after = move(np.repeat(place[None], len(tried), 0), SPEED * tried, walls_1K4)
        best = int(field_at(field, after).argmin())
        if best == 0:
            break
        actions[step], place = tried[best], after[best]
    return torch.from_numpy(actions)


def prediction_ratio(thoughts: Sequence[Thought], index: int) -> float | None:
    """Error of the predicted states over that of predicting no change, from plan to plan.

    Both are squared and summed over the episode. None with fewer than two plans, or where nothing
    moved and nothing was predicted to. It is read off the plans, as memory forgets.
    """
    error = still = 0.0
    for before, after in itertools.pairwise(thoughts):
        came, ahead = after.plan.states[index, 0], after.step - before.step
        if ahead < before.plan.states.shape[1]:
            error += float((before.plan.states[index, ahead] - came).square().sum())
            still += float((before.plan.states[index, 0] - came).square().sum())
    if error == still == 0:
        return None
    return error / max(still, 1e-12)


def _decisive(thoughts: Sequence[Thought], remaining: np.ndarray) -> Thought:
    """The first decision after the closest approach; the last one where that was at the end."""
    closest = int(remaining.argmin())
    within = [thought for thought in thoughts if thought.step < len(remaining)]
    return next((thought for thought in within if thought.step >= closest), within[-1])


def _unknown(what: str, share: float) -> str:
    return (
        f"{what.capitalize()} is {share:.1f} times as far from every recorded state as still "
        "counts as known."
    )
