"""One recorded episode: T+1 observations, T actions."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pellucid.errors import DataError


@dataclass(frozen=True, eq=False)
class Episode:
    """What was seen and done, from one reset to one end.

    `actions[t]` was taken on seeing `observations[t]` and led to `observations[t + 1]`; so an
    episode of T actions has T+1 observations, the first of them from the reset.
    """

    observations: np.ndarray
    """(T+1, *O), of any numeric type."""
    actions: np.ndarray
    """(T, A) float32, in the environment's units (one-hot when the actions are discrete)."""
    labels: np.ndarray | None = None
    """(T+1, L) float32: the true state, for probing only. A model never trains on it."""

    def __post_init__(self) -> None:
        if self.actions.ndim != 2 or self.actions.dtype != np.float32:
            raise DataError(
                f"actions are {self.actions.dtype} of shape {self.actions.shape}: "
                "an episode wants float32 of shape (T, A)"
            )
        if self.observations.ndim < 2 or self.observations.dtype.kind not in "biuf":
            raise DataError(
                f"observations are {self.observations.dtype} of shape {self.observations.shape}: "
                "an episode wants numbers of shape (T+1, ...)"
            )
        self._check_lengths()

    def _check_lengths(self) -> None:
        T, seen = len(self.actions), len(self.observations)
        if T == 0:
            raise DataError("an episode without any action has nothing to learn from: leave it out")
        if seen != T + 1:
            raise DataError(
                f"{seen} observations to {T} actions: {_off_by(seen - T - 1)}; "
                f"{T} actions want {T + 1} observations"
            )
        if self.labels is None:
            return
        if self.labels.ndim != 2 or self.labels.dtype != np.float32:
            raise DataError(
                f"labels are {self.labels.dtype} of shape {self.labels.shape}: "
                "an episode wants float32 of shape (T+1, L)"
            )
        if len(self.labels) != seen:
            raise DataError(
                f"{len(self.labels)} labels to {seen} observations: give one for each observation, "
                "the one of the reset included"
            )

    @property
    def length(self) -> int:
        """T: how many actions were taken."""
        return len(self.actions)


def _off_by(excess: int) -> str:
    """What `excess` observations too many (or too few) most likely mean."""
    if excess == -1:
        return "one observation is missing (the one of the reset, or the one after the last action)"
    if excess == 1:
        return "one action is missing (or the observation of the next reset was kept)"
    return f"{abs(excess)} {'actions' if excess > 0 else 'observations'} are missing"
