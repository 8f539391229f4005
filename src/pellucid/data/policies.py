"""Policies that explore: what to do when the only aim is to see much of a world."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

import numpy as np

from pellucid.data.actions import ActionSpace
from pellucid.errors import ConfigError, nearest


class Policy(Protocol):
    """Chooses the actions of B episodes that run side by side.

    policy = make_policy("drift", space, B, generator)
    policy.reset(numpy.ones(B, bool))
    actions = policy.act(observations)      # (B, *O) -> (B, A) float32
    """

    def act(self, observations: np.ndarray) -> np.ndarray:
        """Action vectors (B, A) for observations (B, *O)."""
        ...

    def reset(self, mask: np.ndarray) -> None:
        """New episodes begin in the rows where `mask` (B,) is true."""
        ...


PolicyFactory = Callable[[ActionSpace, int, np.random.Generator], Policy]
"""Makes a policy for a space of actions, a number of rows and a source of randomness."""


class RandomPolicy:
    """Uniform over the space, each step anew.

    It stays close to where it began: after t steps it has gone about sqrt(t) of one step's way.
    """

    def __init__(self, space: ActionSpace, batch: int, generator: np.random.Generator) -> None:
        self.space, self.batch, self.generator = space, batch, generator

    def act(self, observations: np.ndarray) -> np.ndarray:
        """Independent uniform actions, (B, A)."""
        return self.space.sample((self.batch,), self.generator)

    def reset(self, mask: np.ndarray) -> None:
        """Nothing is remembered."""


class DriftPolicy:
    """A slowly turning direction at a random speed, kept for about `hold` steps.

    For a box, the direction is uniform on the sphere and turns a little at each step. The speed is
    a share of the way to the box's border along that direction, so that the corners of the box are
    seen too; it is the root of a uniform number, so that fast stretches, which get somewhere, are
    more frequent than slow ones. After `hold` steps in the mean both are drawn anew, so that a body
    that runs into a wall leaves it again. Discrete actions are held for a geometric time with mean
    `hold`.

    Long straight stretches cover wide areas, which independent actions do not (Sobal et al. 2025
    record their two-room data in this way).
    """

    def __init__(
        self,
        space: ActionSpace,
        batch: int,
        generator: np.random.Generator,
        *,
        hold: float = 12.0,
        turn: float = 0.15,
    ) -> None:
        if hold < 1 or turn < 0:
            raise ConfigError(f"drift: hold={hold} must be at least 1 and turn={turn} at least 0")
        self.space, self.batch, self.generator = space, batch, generator
        self.hold, self.turn = hold, turn
        self._actions = space.sample((batch,), generator)
        self._direction = np.zeros((batch, space.dimension))
        self._speed = np.zeros((batch, 1))
        self.reset(np.ones(batch, dtype=bool))

    def act(self, observations: np.ndarray) -> np.ndarray:
        """The present actions (B, A); then they drift."""
        actions = self._actions if self.space.discrete else self._heading()
        # All rows are drawn, then some are kept: the stream of random numbers has one length.
        self.reset(self.generator.random(self.batch) < 1 / self.hold)
        noise = self.generator.standard_normal(self._direction.shape)
        self._direction = _unit(self._direction + self.turn * noise)
        return actions

    def reset(self, mask: np.ndarray) -> None:
        """New directions and speeds, or new discrete actions, in the rows of `mask`."""
        rows = mask[:, None]
        self._actions = np.where(
            rows, self.space.sample((self.batch,), self.generator), self._actions
        )
        fresh = _unit(self.generator.standard_normal(self._direction.shape))
        self._direction = np.where(rows, fresh, self._direction)
        self._speed = np.where(rows, self.generator.random((self.batch, 1)) ** 0.5, self._speed)

    def _heading(self) -> np.ndarray:
        low, high = np.asarray(self.space.low), np.asarray(self.space.high)
        to_border = self._direction / np.abs(self._direction).max(axis=1, keepdims=True)
        action = (low + high) / 2 + self._speed * to_border * (high - low) / 2
        return action.astype(np.float32)


def _unit(direction: np.ndarray) -> np.ndarray:
    """(B, A) scaled to length one."""
    return direction / np.linalg.norm(direction, axis=1, keepdims=True)


POLICIES: dict[str, PolicyFactory] = {"drift": DriftPolicy, "random": RandomPolicy}


def make_policy(
    policy: str | PolicyFactory, space: ActionSpace, batch: int, generator: np.random.Generator
) -> Policy:
    """The policy of that name, or what a function of yours makes from the same arguments."""
    if not isinstance(policy, str):
        return policy(space, batch, generator)
    if policy not in POLICIES:
        raise ConfigError(f"unknown policy '{policy}': {nearest(policy, POLICIES)}")
    return POLICIES[policy](space, batch, generator)


def policy_name(policy: str | PolicyFactory) -> str:
    """What an experience calls the policy that recorded it."""
    if isinstance(policy, str):
        return policy
    return getattr(policy, "__name__", type(policy).__name__)
