"""Pictures of two or three gears, each of which a hand may turn.

    environment = gymnasium.make("pellucid/Gears-v0")

Gears stand in a row or in a circle, each bright on one side, so that its angle can be seen. Where
they touch, neighbours turn against each other, and three in a circle cannot turn at all; where they
are a little apart, each obeys its own hand. That is to be found out from pictures alone. Angles are
in radians, clockwise as they are seen.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

import gymnasium
import numpy as np
from gymnasium import spaces

from pellucid.errors import ConfigError

SIDE = 48
"""Pixels of a picture's side."""
RADIUS, APART = 7.8, 6.2
"""Pixels of gears that touch, and of gears that stand in the same places and do not."""
STEP = 0.6
"""Radians of a step at full speed."""
MOST = 3
COLOURS = np.array([[255, 70, 60], [70, 210, 90], [80, 130, 255]], np.float64)
"""Of the gears, in order."""


@dataclass(frozen=True)
class Arrangement:
    """How gears stand."""

    shape: str
    """row or circle"""
    count: int
    touching: bool = True

    @property
    def radius(self) -> float:
        """Of each gear, in pixels."""
        return RADIUS if self.touching else APART


ARRANGEMENTS = tuple(
    Arrangement(shape, count, touching)
    for touching in (True, False)
    for shape, count in (("row", 2), ("row", 3), ("circle", 3))
)


def centres(shape: str, count: int) -> np.ndarray:
    """Where gears stand, x and y in pixels, (n, 2)."""
    middle = SIDE / 2
    if shape == "row":
        x = middle + 2 * RADIUS * (np.arange(count) - (count - 1) / 2)
        return np.stack([x, np.full(count, middle)], axis=1)
    turn = 2 * np.pi * np.arange(count) / count - np.pi / 2
    distance = RADIUS / np.sin(np.pi / count)
    return middle + distance * np.stack([np.cos(turn), np.sin(turn)], axis=1)


def turned(arrangement: Arrangement, push: np.ndarray) -> np.ndarray:
    """The speeds (..., n), at most 1, of gears whose hands push by (..., n).

    Gears that touch are one train: pushes add up along it, with the sign of each gear.
    """
    if not arrangement.touching:
        return np.clip(push, -1, 1)
    if arrangement.shape == "circle" and arrangement.count % 2:
        return np.zeros_like(push)
    sign = (-1.0) ** np.arange(arrangement.count)
    return np.clip((push * sign).sum(-1, keepdims=True), -1, 1) * sign


def picture(arrangement: Arrangement, angles: np.ndarray) -> np.ndarray:
    """The picture (48, 48, 3) of gears at angles (n,)."""
    gear, bearing, inside = _canvas(arrangement)
    light = 0.15 + 0.85 * (0.5 + 0.5 * np.cos(bearing - np.asarray(angles)[gear]))
    image = (inside * light)[..., None] * COLOURS[gear]
    return image.round().astype(np.uint8)


@cache
def _canvas(arrangement: Arrangement) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Of each pixel the nearest gear, the bearing from its centre, and how much it covers."""
    y, x = np.mgrid[:SIDE, :SIDE] + 0.5
    places = centres(arrangement.shape, arrangement.count)
    away = np.stack([x, y], axis=-1)[:, :, None] - places
    distance = np.hypot(away[..., 0], away[..., 1])
    gear = distance.argmin(2)
    rows, columns = np.indices(gear.shape)
    nearest = away[rows, columns, gear]
    # y points down, so that this angle grows clockwise.
    bearing = np.arctan2(nearest[..., 1], nearest[..., 0])
    inside = np.clip(arrangement.radius - distance[rows, columns, gear] + 0.5, 0, 1)
    return gear, bearing, inside


class Gears(gymnasium.Env[np.ndarray, np.ndarray]):
    """`gymnasium.make("pellucid/Gears-v0")`: an action is the push of each hand, from -1 to 1.

    `arrangement` is one of `ARRANGEMENTS` by its place; where it is not given, each episode draws
    one. Hands without a gear push nothing. There is no goal and no reward. The true state is cosine
    and sine of each angle, 0 where there is no gear.
    """

    metadata: dict[str, Any] = {"render_modes": ["rgb_array"], "render_fps": 10}  # noqa: RUF012

    def __init__(
        self,
        *,
        arrangement: int | None = None,
        max_steps: int = 100,
        render_mode: str | None = "rgb_array",
    ) -> None:
        if arrangement is not None and not 0 <= arrangement < len(ARRANGEMENTS):
            raise ConfigError(
                f"arrangement={arrangement} of Gears: give 0 to {len(ARRANGEMENTS) - 1}"
            )
        if max_steps < 1:
            raise ConfigError(f"max_steps={max_steps} of Gears: give 1 or more")
        self.render_mode = render_mode
        self.observation_space = spaces.Box(0, 255, (SIDE, SIDE, 3), np.uint8)
        self.action_space = spaces.Box(-1.0, 1.0, (MOST,), np.float32)
        self._chosen, self._max_steps = arrangement, max_steps
        self._arrangement = ARRANGEMENTS[arrangement or 0]
        self._angles, self._done = np.zeros(self._arrangement.count), 0

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[np.ndarray, dict[str, Any]]:
        """Random angles."""
        super().reset(seed=seed)
        drawn = int(self.np_random.integers(len(ARRANGEMENTS)))
        self._arrangement = ARRANGEMENTS[drawn if self._chosen is None else self._chosen]
        self._angles = self.np_random.uniform(-np.pi, np.pi, self._arrangement.count)
        self._done = 0
        return self.render(), self._info()

    def step(self, action: np.ndarray) -> tuple[np.ndarray, float, bool, bool, dict[str, Any]]:
        """The hands push, and what can turn turns."""
        push = np.asarray(action, np.float64).reshape(-1)[: self._arrangement.count]
        self._angles = self._angles + STEP * turned(self._arrangement, np.clip(push, -1, 1))
        self._done += 1
        return self.render(), 0.0, False, self._done >= self._max_steps, self._info()

    def render(self) -> np.ndarray:
        """The picture."""
        return picture(self._arrangement, self._angles)

    def _info(self) -> dict[str, Any]:
        state = np.zeros(2 * MOST, np.float32)
        count = self._arrangement.count
        state[:count], state[MOST : MOST + count] = np.cos(self._angles), np.sin(self._angles)
        return {"state": state}
