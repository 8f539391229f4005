"""Fixed start-goal pairs, committed with the environments, so that success rates can be compared.

    manifest = load_manifest("two-room")
    arenas = manifest.make()                          # one arena for each task, already reset
    observation, info = manifest.reset(arenas)        # the same again

No task is solved at its start, start and goal never see each other, and in two rooms every way
leads through the door. `python -m pellucid.worlds.environments.manifests` writes the files anew
from their seeds; a test compares them to the byte. Needs numpy and Gymnasium only.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any

import gymnasium
import numpy as np

from pellucid.config import check, from_json, to_json
from pellucid.errors import ConfigError, nearest
from pellucid.worlds.environments.arena import GOAL_RADIUS, ArenaVector
from pellucid.worlds.environments.geodesic import Geodesics
from pellucid.worlds.environments.layouts import Layout
from pellucid.worlds.environments.physics import crosses
from pellucid.worlds.environments.point_maze import PointMazeVector
from pellucid.worlds.environments.two_room import TwoRoomVector

DECIMALS = 1
"""Decimal places of coordinates and path lengths in the files."""


@dataclass(frozen=True)
class Task:
    """One episode to be solved."""

    layout: int
    """which row of the manifest's layouts"""
    start: tuple[float, float]
    """x and y in pixels"""
    goal: tuple[float, float]
    """x and y in pixels"""
    path: float
    """length of the shortest way in pixels, to the goal itself"""


@dataclass(frozen=True)
class Manifest:
    """Tasks in an order that does not change."""

    name: str
    environment: str
    """the environment's name in Gymnasium"""
    arguments: dict[str, Any]
    """what the environment was made with"""
    layouts: tuple[Layout, ...]
    tasks: tuple[Task, ...]

    def __post_init__(self) -> None:
        for number, task in enumerate(self.tasks):
            check(
                0 <= task.layout < len(self.layouts),
                f"task {number} has layout {task.layout} of {len(self.layouts)}",
            )

    def __len__(self) -> int:
        return len(self.tasks)

    @property
    def starts(self) -> np.ndarray:
        """Where the bodies begin, (N, 2) pixels."""
        return np.array([task.start for task in self.tasks]).reshape(-1, 2)

    @property
    def goals(self) -> np.ndarray:
        """Where they should go, (N, 2) pixels."""
        return np.array([task.goal for task in self.tasks]).reshape(-1, 2)

    @property
    def paths(self) -> np.ndarray:
        """Lengths of the shortest ways, (N,) pixels."""
        return np.array([task.path for task in self.tasks])

    def first(self, n: int) -> Manifest:
        """The same with the first `n` tasks only."""
        if not 1 <= n <= len(self):
            raise ConfigError(f"the manifest '{self.name}' has {len(self)} tasks: take 1 to all")
        return dataclasses.replace(self, tasks=self.tasks[:n])

    def make(self) -> ArenaVector:
        """The environment with one arena for each task, reset to them."""
        arenas = gymnasium.make_vec(
            self.environment,
            num_envs=len(self),
            vectorization_mode="vector_entry_point",
            **self.arguments,
        )
        assert isinstance(arenas, ArenaVector)
        self.reset(arenas)
        return arenas

    def reset(
        self, arenas: ArenaVector, subset: Sequence[int] | np.ndarray | None = None
    ) -> tuple[np.ndarray, dict[str, Any]]:
        """Put each arena to its task; `subset` gives the tasks' numbers (default: all of them).

        Returns the observations (N, 64, 64, 3) and infos of the environment's `reset`.
        """
        chosen = np.arange(len(self)) if subset is None else np.asarray(subset, dtype=int)
        if chosen.shape != (arenas.num_envs,) or not np.isin(chosen, np.arange(len(self))).all():
            raise ConfigError(
                f"{chosen.size} tasks of the {len(self)} in '{self.name}' do not fit "
                f"{arenas.num_envs} arenas: give one number from 0 to {len(self) - 1} for each"
            )
        return arenas.reset(
            options={
                "layouts": [self.layouts[self.tasks[task].layout] for task in chosen],
                "positions": self.starts[chosen],
                "goals": self.goals[chosen],
            }
        )


def _folder() -> Any:
    # By the package's name: this module hides the folder, which has the same.
    return resources.files("pellucid.worlds.environments") / "manifests"


def names() -> list[str]:
    """The names of the committed manifests."""
    return list(RECIPES)


def load_manifest(name: str) -> Manifest:
    """The committed manifest of that name, one of `names()`."""
    if name not in RECIPES:
        raise ConfigError(f"the manifest '{name}' is unknown: {nearest(name, RECIPES)}")
    text = (_folder() / f"{name}.json").read_text(encoding="utf-8")
    return from_json(Manifest, json.loads(text), f"{name}.json")


def write_manifest(manifest: Manifest, folder: Path) -> Path:
    """Write `folder/<name>.json`, one layout and one task a line, and return its path."""
    data = to_json(manifest)
    blocks = []
    for key, value in data.items():
        if isinstance(value, list):
            rows = ",\n".join(f"  {json.dumps(row, separators=(',', ':'))}" for row in value)
            blocks.append(f' "{key}": [\n{rows}\n ]')
        else:
            blocks.append(f' "{key}": {json.dumps(value)}')
    path = folder / f"{manifest.name}.json"
    path.write_text("{\n" + ",\n".join(blocks) + "\n}\n", encoding="utf-8", newline="\n")
    return path


@dataclass(frozen=True)
class Recipe:
    """How a manifest is drawn: `number` tasks from the generator `seed`."""

    environment: str
    arguments: dict[str, Any]
    number: int
    seed: int


TWO_ROOM, POINT_MAZE = "pellucid/TwoRoom-v0", "pellucid/PointMaze-v0"
ENGINES: dict[str, type[ArenaVector]] = {TWO_ROOM: TwoRoomVector, POINT_MAZE: PointMazeVector}
_ROOM, _MAZE = {"max_steps": 100}, {"cells": 4, "max_steps": 300}
RECIPES = {
    "two-room": Recipe(TWO_ROOM, {"layout": "fixed", **_ROOM}, 100, 1),
    "two-room-validation": Recipe(TWO_ROOM, {"layout": "fixed", **_ROOM}, 50, 2),
    "two-room-random": Recipe(TWO_ROOM, {"layout": "test", **_ROOM}, 100, 3),
    "two-room-random-validation": Recipe(TWO_ROOM, {"layout": "train", **_ROOM}, 50, 4),
    "point-maze": Recipe(POINT_MAZE, {"maze": 0, **_MAZE}, 100, 5),
    "point-maze-validation": Recipe(POINT_MAZE, {"maze": 0, **_MAZE}, 50, 7),
    "point-maze-random": Recipe(POINT_MAZE, {"maze": None, "split": "test", **_MAZE}, 100, 6),
    "point-maze-random-validation": Recipe(
        POINT_MAZE, {"maze": None, "split": "train", **_MAZE}, 50, 8
    ),
}


def draw_manifest(name: str) -> Manifest:
    """Draw the manifest of that name from its seed."""
    recipe = RECIPES[name]
    arenas = ENGINES[recipe.environment](1, **recipe.arguments)
    generator = np.random.default_rng(recipe.seed)
    number_of: dict[Layout, int] = {}
    ways: list[Geodesics] = []
    tasks = []
    for _ in range(recipe.number):
        layout = arenas.draw_layout(generator)
        if layout not in number_of:
            number_of[layout] = len(ways)
            ways.append(Geodesics(layout))
        index = number_of[layout]
        start, goal = _draw_pair(arenas, layout, generator)
        path = ways[index].distance(start[None], goal)[0]
        tasks.append(Task(index, _pair(start), _pair(goal), round(float(path), DECIMALS)))
    return Manifest(name, recipe.environment, recipe.arguments, tuple(number_of), tuple(tasks))


def _draw_pair(
    arenas: ArenaVector, layout: Layout, generator: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """A start and a goal (2,) that keep what tasks promise after they were rounded."""
    while True:
        pair = np.round(arenas.draw_task(layout, generator), DECIMALS)
        start, goal = pair
        apart = np.linalg.norm(start - goal) > GOAL_RADIUS
        hidden = crosses(start[None], goal[None], layout.solid()[None])[0]
        if apart and hidden and layout.free(pair).all():
            return start, goal


def _pair(position: np.ndarray) -> tuple[float, float]:
    return float(position[0]), float(position[1])


def main() -> None:
    """Write all manifests anew, beside this file."""
    for name in RECIPES:
        write_manifest(draw_manifest(name), Path(str(_folder())))


if __name__ == "__main__":
    main()
