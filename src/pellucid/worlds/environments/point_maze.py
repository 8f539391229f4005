"""Mazes drawn at random, on the engine of the two rooms."""

from __future__ import annotations

import numpy as np

from pellucid.errors import ConfigError
from pellucid.worlds.environments.arena import ArenaEnv, ArenaVector
from pellucid.worlds.environments.layouts import SIZE, Layout, border, held_out, maze
from pellucid.worlds.environments.physics import crosses

SPLITS = ("train", "test", "all")


class PointMazeVector(ArenaVector):
    """`cells` x `cells` rooms; `maze=k` is always the k-th maze.

    With `maze=None` each episode has its own, drawn from `split`: `train`, `test` (a fifth, never
    in `train`) or `all`.

    Start and goal do not see each other and lie at least half an arena apart.
    """

    def __init__(
        self,
        num_envs: int = 1,
        *,
        cells: int = 4,
        maze: int | None = 0,
        split: str = "train",
        max_steps: int = 300,
        render_mode: str | None = "rgb_array",
    ) -> None:
        if split not in SPLITS:
            raise ConfigError(f"split='{split}' of PointMaze: choose one of {', '.join(SPLITS)}")
        if not 2 <= cells <= 6:
            raise ConfigError(f"cells={cells} of PointMaze: choose 2 to 6, so that the body fits")
        super().__init__(num_envs, max_steps=max_steps, render_mode=render_mode)
        self.cells, self.maze = cells, maze
        self.split = "all" if maze is not None else split

    def draw_layout(self, generator: np.random.Generator) -> Layout:
        """The chosen maze, or a new one."""
        drawn = generator if self.maze is None else np.random.default_rng(self.maze)
        while True:
            layout = maze(self.cells, drawn)
            if len(layout.walls) == len(border()):
                continue  # loops opened all the inner walls
            if self.split == "all" or held_out(layout) == (self.split == "test"):
                return layout

    def draw_task(
        self, layout: Layout, generator: np.random.Generator
    ) -> tuple[np.ndarray, np.ndarray]:
        """A start and a goal that are far apart and out of each other's sight."""
        for _ in range(10_000):
            start, goal = layout.sample(generator), layout.sample(generator)
            far = np.linalg.norm(start - goal) >= SIZE / 2
            if far and crosses(start[None], goal[None], layout.solid()[None])[0]:
                return start, goal
        raise ConfigError("this maze has no two places that are far apart and out of sight")


class PointMaze(ArenaEnv):
    """`gymnasium.make("pellucid/PointMaze-v0")`."""

    def __init__(
        self,
        *,
        cells: int = 4,
        maze: int | None = 0,
        split: str = "train",
        max_steps: int = 300,
        render_mode: str | None = "rgb_array",
    ) -> None:
        super().__init__(
            PointMazeVector(
                1,
                cells=cells,
                maze=maze,
                split=split,
                max_steps=max_steps,
                render_mode=render_mode,
            )
        )
