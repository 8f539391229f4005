"""Worlds with known answers: what every observation must be follows from the actions alone."""

from __future__ import annotations

from typing import Any

import gymnasium
import numpy as np
from gymnasium import spaces
from gymnasium.vector import AutoresetMode, VectorEnv
from gymnasium.vector.utils import batch_space

from pellucid.data.actions import ActionSpace
from pellucid.data.episode import Episode
from pellucid.data.spec import ExperienceSpec

SHAPE = (8, 8, 3)


def picture(clock: int, place: float) -> np.ndarray:
    """Channel 0 tells the time, channel 1 the place: readable back without loss."""
    frame = np.zeros(SHAPE, dtype=np.uint8)
    frame[..., 0], frame[..., 1] = clock, np.uint8(round(place) % 256)
    return frame


class Counter(gymnasium.Env[np.ndarray, np.ndarray]):
    """place' = place + round(action); the place begins at 100 + (seed mod 7)."""

    state_names = ("clock", "place")
    metadata = {"render_modes": ["rgb_array"]}  # noqa: RUF012

    def __init__(self, *, last: int = 1000, limit: int = 1000, native: str = "image") -> None:
        self.last, self.limit, self.native = last, limit, native
        self.render_mode = "rgb_array"
        image = spaces.Box(0, 255, SHAPE, np.uint8)
        vector = spaces.Box(-np.inf, np.inf, (2,), np.float64)
        self.observation_space = image if native == "image" else vector
        self.action_space = spaces.Box(-3.0, 3.0, (1,), np.float32)

    def _observation(self) -> np.ndarray:
        if self.native == "image":
            return picture(self.clock, self.place)
        return np.array([self.clock, self.place], dtype=np.float64)

    def _info(self) -> dict[str, Any]:
        if self.native != "image":
            return {}
        state = np.array([self.clock, self.place], dtype=np.float32)
        return {"state": state, "success": self.clock == self.last}

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[np.ndarray, dict[str, Any]]:
        super().reset(seed=seed)
        self.clock, self.place = 0, 100 + (seed or 0) % 7
        return self._observation(), self._info()

    def step(self, action: np.ndarray) -> tuple[np.ndarray, float, bool, bool, dict[str, Any]]:
        assert self.action_space.contains(action)
        self.clock += 1
        self.place += round(float(action[0]))
        ended, cut = self.clock >= self.last, self.clock >= self.limit
        return self._observation(), 0.0, ended, cut, self._info()

    def render(self) -> np.ndarray:
        return picture(self.clock, self.place)


class CounterVector(VectorEnv[np.ndarray, np.ndarray, np.ndarray]):
    """Counters side by side; row r of a wave ends after `last + r` steps. One buffer, reused."""

    metadata = {"autoreset_mode": AutoresetMode.DISABLED}  # noqa: RUF012
    state_names = ("clock", "place")

    def __init__(self, num_envs: int = 1, *, last: int = 1000) -> None:
        self.num_envs, self.last = num_envs, last
        self.single_observation_space = spaces.Box(0, 255, SHAPE, np.uint8)
        self.single_action_space = spaces.Box(-3.0, 3.0, (1,), np.float32)
        self.observation_space = batch_space(self.single_observation_space, num_envs)
        self.action_space = batch_space(self.single_action_space, num_envs)
        self.buffer = np.zeros((num_envs, *SHAPE), dtype=np.uint8)
        self.state = np.zeros((num_envs, 2), dtype=np.float32)

    def _observe(self) -> tuple[np.ndarray, dict[str, Any]]:
        for row, (clock, place) in enumerate(self.state):
            self.buffer[row] = picture(int(clock), float(place))
        return self.buffer, {"state": self.state}

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[np.ndarray, dict[str, Any]]:
        super().reset(seed=seed)
        self.state[:, 0] = 0
        self.state[:, 1] = self.np_random.integers(80, 120, self.num_envs)
        return self._observe()

    def step(
        self, actions: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray, dict[str, Any]]:
        self.state[:, 0] += 1
        self.state[:, 1] += np.round(actions[:, 0])
        ended = self.state[:, 0] >= self.last + np.arange(self.num_envs)
        observation, info = self._observe()
        cut = np.zeros(self.num_envs, dtype=bool)
        return observation, np.zeros(self.num_envs), ended, cut, info


SPEC = ExperienceSpec((2,), "float32", ActionSpace((-5.0,), (5.0,)), ("truth",), seed=3)


def walk(number: int, length: int) -> Episode:
    """Episode `number`: o_t = (number, sum of the actions before t), a_t = t mod 3 + number / 4."""
    actions = (np.arange(length) % 3 + 0.25 * number).astype(np.float32)
    place = np.concatenate([[0.0], actions.cumsum(dtype=np.float64)])
    observations = np.stack([np.full(length + 1, number), place], axis=1).astype(np.float32)
    return Episode(observations, actions[:, None], place[:, None].astype(np.float32))
