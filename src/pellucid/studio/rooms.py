"""Arenas as figures need them: pictures, paths, shortest ways, and fields over all free places."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import torch

from pellucid.agent.acquaintance import Readout
from pellucid.agent.diagnosis import executed, shortest_way
from pellucid.agent.evaluation import EpisodeResult, Evaluation
from pellucid.agent.tasks import ArenaTasks
from pellucid.planning import rollout
from pellucid.studio.figures.imagination import Imagination
from pellucid.studio.figures.landscape import Landscape
from pellucid.studio.figures.paths import Journey
from pellucid.worlds.environments.geodesic import Geodesics
from pellucid.worlds.environments.layouts import SIZE, Layout
from pellucid.worlds.environments.render import draw_background, draw_bodies
from pellucid.worlds.simulator import SimulatorWorld


def layout(tasks: ArenaTasks, index: int) -> Layout:
    """The walls of one task."""
    found = tasks.arenas.layouts[index]
    assert found is not None, "the tasks are set up"
    return found


def room(tasks: ArenaTasks, index: int) -> np.ndarray:
    """The picture of one task's walls, (SIZE, SIZE, 3) uint8."""
    return draw_background(layout(tasks, index))


def journey(tasks: ArenaTasks, index: int, episode: EpisodeResult) -> Journey:
    """One episode with its room."""
    path, goal = np.array(episode.path), np.array(episode.goal)
    return Journey(index, room(tasks, index), path, goal, episode.success)


def way(tasks: ArenaTasks, index: int, place: Sequence[float], *, horizon: int) -> np.ndarray:
    """The shortest way from a place (2,) to the task's goal, (horizon + 1, 2) pixels."""
    start, walls = np.array(place), tasks.arenas.simulator_states()[index, 2:]
    field = Geodesics(layout(tasks, index)).field(tasks.goal_states[index])
    return executed(start, shortest_way(start, field, walls, horizon=horizon), walls)


def imaginations(
    tasks: ArenaTasks, evaluation: Evaluation, readout: Readout
) -> tuple[list[Imagination], list[int]]:
    """Every plan of an evaluation beside what its actions lead to, and when it was made.

    Plans made after a task was solved are left out.
    """
    plans, steps = [], []
    goals = tasks.goal_states
    drawn: dict[Layout, np.ndarray] = {}
    for thought in evaluation.thoughts:
        last = [len(episode.path) - 1 for episode in evaluation.episodes]
        live = [
            i
            for i, episode in enumerate(evaluation.episodes)
            if thought.step < last[i] or (thought.step == last[i] and not episode.success)
        ]
        if not live:
            continue
        places = np.array(tasks.arenas.positions)
        places[live] = [evaluation.episodes[i].path[thought.step] for i in live]
        states = torch.from_numpy(tasks.arenas.simulator_states(places)[live])
        actions = thought.plan.actions[live].detach().cpu().double()
        real = rollout(SimulatorWorld(), states, actions[:, None])[:, 0, :, :2].numpy()
        imagined = readout(thought.plan.states[live])
        for row, i in enumerate(live):
            if layout(tasks, i) not in drawn:
                drawn[layout(tasks, i)] = room(tasks, i)
            picture = drawn[layout(tasks, i)]
            plans.append(Imagination(i, picture, imagined[row], real[row], goals[i]))
            steps.append(thought.step)
    return plans, steps


def landscape(
    tasks: ArenaTasks, index: int, energy: Callable[[np.ndarray], np.ndarray]
) -> Landscape:
    """The energy of pictures (N, SIZE, SIZE, 3) with the body at each free pixel of a room."""
    walls, background = layout(tasks, index), room(tasks, index)
    y, x = np.indices((SIZE, SIZE)).reshape(2, -1) + 0.5
    places = np.stack([x, y], -1)
    free = walls.free(places)
    field = np.full(SIZE * SIZE, np.nan)
    parts = []
    for first in range(0, int(free.sum()), 512):
        chosen = places[free][first : first + 512]
        many = np.repeat(background[None], len(chosen), 0)
        parts.append(energy(draw_bodies(many, chosen)))
    field[free] = np.concatenate(parts)
    goal = tasks.goal_states[index]
    on_foot = Geodesics(walls).field(goal)
    on_foot = np.where(np.isfinite(on_foot), on_foot, np.nan)
    return Landscape(background, field.reshape(SIZE, SIZE), on_foot, goal)
