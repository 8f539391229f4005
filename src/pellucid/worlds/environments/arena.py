"""The engine of the pixel worlds: one body, many arenas in lock step.

    arenas = TwoRoomVector(num_envs=64)             observations (64, 64, 64, 3) uint8
    observation, info = arenas.reset(seed=0)        info["state"] (64, 2): x, y in pixels
    observation, reward, terminated, truncated, info = arenas.step(actions)   # (64, 2) in [-1, 1]

The episode ends with reward 1 when the body's centre comes within `GOAL_RADIUS` pixels of the goal.
`arenas.goal_images` are the pictures that an agent is asked to bring about. The single environment
is the vectorised one with a single arena, so both obey the same physics.
"""

from __future__ import annotations

from typing import Any

import gymnasium
import numpy as np
from gymnasium import spaces
from gymnasium.vector import AutoresetMode, VectorEnv
from gymnasium.vector.utils import batch_space

from pellucid.errors import ActionError, ConfigError, nearest
from pellucid.worlds.environments.layouts import SIZE, Layout
from pellucid.worlds.environments.physics import move
from pellucid.worlds.environments.render import draw_background, draw_bodies

SPEED = 2.5
"""Pixels that a full action moves the body along each axis in one step."""
GOAL_RADIUS = 4.0
"""Pixels from the goal within which an episode is solved."""
STATE_NAMES = ("x", "y")
OPTIONS = ("reset_mask", "layouts", "positions", "goals")
"""What `reset(options=...)` understands."""


def observation_space() -> spaces.Box:
    """Pictures, (64, 64, 3) uint8."""
    return spaces.Box(0, 255, (SIZE, SIZE, 3), np.uint8)


def action_space() -> spaces.Box:
    """Displacements as a share of the greatest speed, (2,) in [-1, 1]."""
    return spaces.Box(-1.0, 1.0, (2,), np.float32)


class ArenaVector(VectorEnv):
    """Many arenas at once. A concrete world says where walls stand and where episodes begin.

    `reset(options=...)` takes `reset_mask` (N,) bool, and, to set the scene, `layouts` (a sequence
    of N), `positions` (N, 2) and `goals` (N, 2).
    """

    metadata = {  # noqa: RUF012  (Gymnasium's own convention)
        "render_modes": ["rgb_array"],
        "render_fps": 20,
        "autoreset_mode": AutoresetMode.DISABLED,
    }
    state_names = STATE_NAMES

    def __init__(
        self, num_envs: int = 1, *, max_steps: int = 100, render_mode: str | None = "rgb_array"
    ) -> None:
        if num_envs < 1 or max_steps < 1:
            raise ConfigError(f"num_envs={num_envs} and max_steps={max_steps} must be at least 1")
        self.num_envs, self.max_steps, self.render_mode = num_envs, max_steps, render_mode
        self.single_observation_space = observation_space()
        self.single_action_space = action_space()
        self.observation_space = batch_space(self.single_observation_space, num_envs)
        self.action_space = batch_space(self.single_action_space, num_envs)
        self.positions = np.zeros((num_envs, 2))
        self.goals = np.zeros((num_envs, 2))
        self.layouts: list[Layout | None] = [None] * num_envs
        self._steps = np.zeros(num_envs, dtype=int)
        self._solid = np.zeros((num_envs, 0, 4))
        self._background = np.zeros((num_envs, SIZE, SIZE, 3), dtype=np.uint8)
        self._drawn: dict[Layout, np.ndarray] = {}

    def draw_layout(self, generator: np.random.Generator) -> Layout:
        """The walls of a new episode."""
        raise NotImplementedError

    def draw_task(
        self, layout: Layout, generator: np.random.Generator
    ) -> tuple[np.ndarray, np.ndarray]:
        """Where a new episode begins and what its goal is, each (2,)."""
        raise NotImplementedError

    def reset(
        self, *, seed: int | list[int | None] | None = None, options: dict[str, Any] | None = None
    ) -> tuple[np.ndarray, dict[str, Any]]:
        """Begin new episodes where `reset_mask` says so (everywhere by default)."""
        super().reset(seed=seed if not isinstance(seed, list) else seed[0])
        options = self._checked(options or {})
        mask = np.asarray(options.get("reset_mask", np.ones(self.num_envs, bool)))
        for index in np.flatnonzero(mask).tolist():
            given = options.get("layouts")
            layout = given[index] if given is not None else self.draw_layout(self.np_random)
            if "positions" in options and "goals" in options:
                position, goal = options["positions"][index], options["goals"][index]
            else:
                position, goal = self.draw_task(layout, self.np_random)
            self._begin(index, layout, position, goal)
        for name, target in (("positions", self.positions), ("goals", self.goals)):
            if name in options:
                target[mask] = np.asarray(options[name], dtype=np.float64)[mask]
        self._check_free()
        return self._observe(), self._info()

    def step(
        self, actions: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray, dict[str, Any]]:
        """Move every body by its action (N, 2) in [-1, 1]."""
        actions = np.asarray(actions, dtype=np.float64)
        if actions.shape != (self.num_envs, 2) or not (np.abs(actions) <= 1 + 1e-5).all():
            raise ActionError(
                f"actions of shape {actions.shape} up to {np.abs(actions).max(initial=0):g}: "
                f"the space is ({self.num_envs}, 2) in [-1, 1]; clip them"
            )
        self.positions = move(self.positions, SPEED * actions, self._solid)
        self._steps += 1
        solved = self.distances() <= GOAL_RADIUS
        truncated = self._steps >= self.max_steps
        return self._observe(), solved.astype(np.float64), solved, truncated, self._info()

    def distances(self) -> np.ndarray:
        """Pixels from each body to its goal, (N,)."""
        return np.linalg.norm(self.positions - self.goals, axis=-1)

    @property
    def goal_images(self) -> np.ndarray:
        """What the agents are asked to bring about, (N, 64, 64, 3) uint8."""
        return draw_bodies(self._background, self.goals)

    def simulator_states(self, positions: np.ndarray | None = None) -> np.ndarray:
        """The true state with the walls in it, (N, 2 + 4 K), for planning with the simulator."""
        where = self.positions if positions is None else positions
        return np.concatenate([where, self._solid.reshape(self.num_envs, -1)], axis=1)

    def render(self) -> tuple[np.ndarray, ...] | None:
        """The pictures, one for each arena."""
        return tuple(self._observe()) if self.render_mode == "rgb_array" else None

    def _begin(self, index: int, layout: Layout, position: np.ndarray, goal: np.ndarray) -> None:
        self._steps[index] = 0
        self.positions[index], self.goals[index] = position, goal
        if self.layouts[index] == layout:
            return
        self.layouts[index] = layout
        if layout not in self._drawn:
            if len(self._drawn) > 512:
                self._drawn.clear()
            self._drawn[layout] = draw_background(layout)
        self._background[index] = self._drawn[layout]
        solid = layout.solid()
        if len(solid) > self._solid.shape[1]:
            # Arenas with fewer walls are filled up with empty ones (x0 > x1), which nothing meets.
            wider = np.tile(np.array([1.0, 1.0, -1.0, -1.0]), (self.num_envs, len(solid), 1))
            wider[:, : self._solid.shape[1]] = self._solid
            self._solid = wider
        self._solid[index] = np.array([1.0, 1.0, -1.0, -1.0])
        self._solid[index, : len(solid)] = solid

    def _checked(self, options: dict[str, Any]) -> dict[str, Any]:
        for name, value in options.items():
            if name not in OPTIONS:
                raise ConfigError(f"the reset option '{name}' is unknown: {nearest(name, OPTIONS)}")
            if len(value) != self.num_envs:
                raise ConfigError(
                    f"the reset option '{name}' has {len(value)} entries for {self.num_envs} arenas"
                )
        return options

    def _check_free(self) -> None:
        places = {"start": self.positions, "goal": self.goals}
        for index, layout in enumerate(self.layouts):
            for what, place_N2 in places.items():
                place = place_N2[index]
                known = layout is not None and ((place >= 0) & (place <= SIZE)).all()
                if layout is not None and not (known and layout.free(place[None])[0]):
                    raise ConfigError(
                        f"arena {index}: the {what} {place.tolist()} is inside a wall or outside "
                        "of the arena: choose a free place"
                    )

    def _observe(self) -> np.ndarray:
        return draw_bodies(self._background, self.positions)

    def _info(self) -> dict[str, Any]:
        distance = self.distances()
        return {
            "state": self.positions.astype(np.float32),
            "distance": distance,
            "success": distance <= GOAL_RADIUS,
        }


class ArenaEnv(gymnasium.Env[np.ndarray, np.ndarray]):
    """One arena: an `ArenaVector` of one."""

    metadata = {"render_modes": ["rgb_array"], "render_fps": 20}  # noqa: RUF012
    state_names = STATE_NAMES

    def __init__(self, arenas: ArenaVector) -> None:
        self.arenas = arenas
        self.render_mode = arenas.render_mode
        self.observation_space = observation_space()
        self.action_space = action_space()

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[np.ndarray, dict[str, Any]]:
        """Begin an episode; options `layout`, `position` (2,) and `goal` (2,) set the scene."""
        super().reset(seed=seed)
        many = {f"{name}s": [value] for name, value in (options or {}).items()}
        observation, info = self.arenas.reset(seed=seed, options=many)
        return observation[0], self._first(info)

    def step(self, action: np.ndarray) -> tuple[np.ndarray, float, bool, bool, dict[str, Any]]:
        """Move the body by an action (2,) in [-1, 1]."""
        result = self.arenas.step(np.asarray(action)[None])
        observation, reward, terminated, truncated, info = result
        return (
            observation[0],
            float(reward[0]),
            bool(terminated[0]),
            bool(truncated[0]),
            self._first(info),
        )

    @property
    def goal_image(self) -> np.ndarray:
        """What the agent is asked to bring about, (64, 64, 3) uint8."""
        return self.arenas.goal_images[0]

    def render(self) -> np.ndarray | None:
        """The picture, (64, 64, 3) uint8."""
        frames = self.arenas.render()
        return None if frames is None else frames[0]

    @staticmethod
    def _first(info: dict[str, Any]) -> dict[str, Any]:
        return {
            "state": info["state"][0],
            "distance": float(info["distance"][0]),
            "success": bool(info["success"][0]),
        }
