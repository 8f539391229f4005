"""Any environment as pixels, the same for who records and for who acts."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

import gymnasium
import numpy as np
from gymnasium import spaces

from pellucid.errors import ConfigError, DataError, MissingExtraError

Environment = str | Callable[..., gymnasium.Env[Any, Any]]
"""A Gymnasium id, or a function that makes an environment."""
SIZE = 64
LARGEST_STATE = 64
"""A native observation of at most so many numbers is taken for the true state."""


def is_image(space: spaces.Space[Any]) -> bool:
    """Whether observations of this space are RGB pictures, (H, W, 3) uint8."""
    return (
        isinstance(space, spaces.Box)
        and space.dtype == np.uint8
        and len(space.shape) == 3
        and space.shape[2] == 3
    )


def to_pixels(frame: np.ndarray, size: int = SIZE) -> np.ndarray:
    """A picture (H, W, 3) uint8 as (size, size, 3) uint8, by area averaging.

    Every new pixel is the mean of the old area that it covers, so thin things fade instead of
    vanishing as they do when pixels are picked. Pictures that are not square are squeezed. A grey
    picture (H, W) becomes RGB; a frame of the wanted size comes back as it is.
    """
    if frame.ndim == 2:
        frame = np.repeat(frame[:, :, None], 3, axis=2)
    if frame.dtype != np.uint8 or frame.ndim != 3 or frame.shape[2] != 3:
        raise DataError(
            f"a frame is {frame.dtype} of shape {frame.shape}: uint8 (H, W, 3) is wanted"
        )
    height, width = frame.shape[:2]
    if (height, width) == (size, size):
        return frame
    rows = np.tensordot(_area_weights(height, size), frame.astype(np.float32), axes=(1, 0))
    small = np.tensordot(_area_weights(width, size), rows, axes=(1, 1)).swapaxes(0, 1)
    return np.rint(small).clip(0, 255).astype(np.uint8)


@lru_cache(maxsize=16)
def _area_weights(old: int, new: int) -> np.ndarray:
    """(new, old): the share of each old pixel in each new one; rows sum to one."""
    edges = np.linspace(0, old, new + 1)
    pixels = np.arange(old)
    overlap = np.minimum(edges[1:, None], pixels + 1) - np.maximum(edges[:-1, None], pixels)
    return (overlap.clip(min=0) * (new / old)).astype(np.float32)


class PixelObservation(gymnasium.Wrapper[np.ndarray, Any, Any, Any]):
    """An environment whose observations are pictures, (size, size, 3) uint8.

    If the environment itself observes pictures, they are used; otherwise it is rendered, for which
    it must have been made with render_mode="rgb_array". With `size=None` pictures keep their size.
    `info["state"]` is the true state, float32 (L,): the environment's own if it gives one, else
    the native observation if that is a short vector.
    """

    def __init__(self, env: gymnasium.Env[Any, Any], *, size: int | None = SIZE) -> None:
        super().__init__(env)
        self._rendered = not is_image(env.observation_space)
        if self._rendered and env.render_mode != "rgb_array":
            raise ConfigError(
                f"{env} observes no pictures and renders none: make it with render_mode='rgb_array'"
            )
        self.size = (size or SIZE) if self._rendered else size
        native = env.observation_space.shape
        shape = native if self.size is None else (self.size, self.size, 3)
        assert shape is not None
        self.observation_space = spaces.Box(0, 255, shape, np.uint8)

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[np.ndarray, dict[str, Any]]:
        """Begin an episode."""
        observation, info = self.env.reset(seed=seed, options=options)
        return self._picture(observation), self._with_state(observation, info)

    def step(self, action: Any) -> tuple[np.ndarray, Any, bool, bool, dict[str, Any]]:
        """Take one action."""
        observation, reward, terminated, truncated, info = self.env.step(action)
        info = self._with_state(observation, info)
        return self._picture(observation), reward, terminated, truncated, info

    def _picture(self, observation: Any) -> np.ndarray:
        frame = np.asarray(self._render() if self._rendered else observation)
        return frame if self.size is None else to_pixels(frame, self.size)

    def _render(self) -> Any:
        try:
            return self.env.render()
        except gymnasium.error.DependencyNotInstalled as error:
            raise MissingExtraError(
                f"{self.env.unwrapped} cannot be rendered ({error}): for classic control "
                "pip install 'pellucid[classic]'"
            ) from error

    def _with_state(self, observation: Any, info: dict[str, Any]) -> dict[str, Any]:
        if "state" in info:
            state = np.asarray(info["state"])
        elif self._rendered and isinstance(observation, np.ndarray) and observation.ndim == 1:
            state = observation
        else:
            return info
        if state.ndim != 1 or len(state) > LARGEST_STATE:
            return info
        return {**info, "state": state.astype(np.float32)}


def pixel_environment(
    environment: Environment,
    environment_kwargs: Mapping[str, Any] | None = None,
    *,
    size: int | None = SIZE,
) -> PixelObservation:
    """The environment as whoever records it or acts in it sees it."""
    kwargs = dict(environment_kwargs or {})
    if not isinstance(environment, str):
        return PixelObservation(environment(**kwargs), size=size)
    made = _make(environment, kwargs)
    if not is_image(made.observation_space) and made.render_mode != "rgb_array":
        made.close()
        made = _make(environment, {**kwargs, "render_mode": "rgb_array"})
    return PixelObservation(made, size=size)


def _make(environment: str, kwargs: dict[str, Any]) -> gymnasium.Env[Any, Any]:
    try:
        return gymnasium.make(environment, **kwargs)
    except (gymnasium.error.Error, ModuleNotFoundError, TypeError) as error:
        raise ConfigError(f"environment '{environment}' cannot be made: {error}") from error
