"""Two rooms, a wall between them, and a door (after Sobal et al. 2025, PLDM, and eb_jepa).

Start and goal lie in different rooms, so every solved episode went through the door.
"""

from __future__ import annotations

import numpy as np

from pellucid.errors import ConfigError
from pellucid.worlds.environments.arena import ArenaEnv, ArenaVector
from pellucid.worlds.environments.layouts import Layout, two_rooms, two_rooms_grid

FIXED = two_rooms()
KINDS = ("fixed", "train", "test", "all")


class TwoRoomVector(ArenaVector):
    """`layout="fixed"`, or random walls and doors: `train`, `test` (never in `train`), `all`."""

    def __init__(
        self,
        num_envs: int = 1,
        *,
        layout: str = "fixed",
        max_steps: int = 100,
        render_mode: str | None = "rgb_array",
    ) -> None:
        if layout not in KINDS:
            raise ConfigError(f"layout='{layout}' of TwoRoom: choose one of {', '.join(KINDS)}")
        super().__init__(num_envs, max_steps=max_steps, render_mode=render_mode)
        self._choices = None if layout == "fixed" else two_rooms_grid(layout)

    def draw_layout(self, generator: np.random.Generator) -> Layout:
        """The fixed rooms, or a wall and a door drawn from the chosen places."""
        if self._choices is None:
            return FIXED
        return two_rooms(*self._choices[generator.integers(len(self._choices))])

    def draw_task(
        self, layout: Layout, generator: np.random.Generator
    ) -> tuple[np.ndarray, np.ndarray]:
        """A start in one room and a goal in the other."""
        left, _, right, _ = layout.solid()[-1]
        start = _beside(layout, generator, left, right)
        while True:
            goal = _beside(layout, generator, left, right)
            if (goal[0] <= left) != (start[0] <= left):
                return start, goal


def _beside(
    layout: Layout, generator: np.random.Generator, left: float, right: float
) -> np.ndarray:
    """A free position that is not in the doorway."""
    while True:
        position = layout.sample(generator)
        if position[0] <= left or position[0] >= right:
            return position


class TwoRoom(ArenaEnv):
    """`gymnasium.make("pellucid/TwoRoom-v0")`."""

    def __init__(
        self,
        *,
        layout: str = "fixed",
        max_steps: int = 100,
        render_mode: str | None = "rgb_array",
    ) -> None:
        super().__init__(
            TwoRoomVector(1, layout=layout, max_steps=max_steps, render_mode=render_mode)
        )
