"""Windows: what a world model trains on, drawn from an experience."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor

from pellucid.errors import DataError

if TYPE_CHECKING:
    from pellucid.data.experience import Experience


@dataclass(frozen=True, eq=False)
class WindowBatch:
    """B windows of T actions and T+1 observations."""

    observations: Tensor
    """(B, T+1, *O), in the type they were stored in: uint8 for pixels."""
    actions: Tensor
    """(B, T, A) float32: `actions[:, t]` leads from `observations[:, t]` to `[:, t + 1]`."""
    labels: Tensor | None
    """(B, T+1, L) float32, for probing only."""

    def to(self, device: torch.device | str) -> WindowBatch:
        """The same batch on `device`."""
        labels = None if self.labels is None else self.labels.to(device)
        return WindowBatch(self.observations.to(device), self.actions.to(device), labels)


class Windows:
    """Every window of `length` actions in an experience, none of them across two episodes.

    Windows are numbered episode by episode; an episode of T actions has T - length + 1 of them.
    """

    def __init__(self, experience: Experience, length: int) -> None:
        if length < 1:
            raise DataError(f"a window of {length} actions is empty: at least 1 is wanted")
        counts = np.maximum(experience.lengths - length + 1, 0)
        if counts.sum() == 0:
            raise DataError(
                f"{experience.path} has no window of {length} actions: its longest episode has "
                f"{max(experience.lengths, default=0)}; choose a shorter window"
            )
        self.experience, self.length = experience, length
        self._ends = counts.cumsum()
        self._first = self._ends - counts

    def __len__(self) -> int:
        return int(self._ends[-1])

    def locate(self, indices: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The episode of each window, and the step in that episode at which it begins."""
        indices = np.asarray(indices)
        if indices.size and (indices.min() < 0 or indices.max() >= len(self)):
            raise IndexError(f"window {indices.max()} of {len(self)}")
        episode = np.searchsorted(self._ends, indices, side="right")
        return episode, indices - self._first[episode]

    def starts(self, indices: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The rows of the experience's columns at which windows begin: frames, and actions."""
        episode, offset = self.locate(indices)
        experience = self.experience
        return experience.frame_starts[episode] + offset, experience.action_starts[episode] + offset

    def batch(self, indices: np.ndarray | list[int]) -> WindowBatch:
        """The windows of these numbers, copied from disk; no frame is touched by Python."""
        columns = self.experience.columns
        frames, steps = self.starts(np.asarray(indices, dtype=np.int64))
        labels = (
            None if columns.labels is None else _gather(columns.labels, frames, self.length + 1)
        )
        return WindowBatch(
            _gather(columns.observations, frames, self.length + 1),
            _gather(columns.actions, steps, self.length),
            labels,
        )

    def indices(self, batch_size: int, *, step: int, seed: int) -> np.ndarray:
        """Which windows training step `step` sees: uniform, and a function of (seed, step) alone.

        So a run that was killed and resumes at any step sees the batches that it would have seen.
        """
        return np.random.default_rng([seed, step]).integers(len(self), size=batch_size)

    def sample(self, batch_size: int, *, step: int, seed: int) -> WindowBatch:
        """The windows of training step `step`, drawn with replacement; see `indices`."""
        return self.batch(self.indices(batch_size, step=step, seed=seed))

    def epoch(self, batch_size: int, *, seed: int) -> Iterator[WindowBatch]:
        """Every window once, in a random order; the last batch holds what is left."""
        order = np.random.default_rng(seed).permutation(len(self))
        for start in range(0, len(order), batch_size):
            yield self.batch(order[start : start + batch_size])


def _gather(rows: np.ndarray, starts: np.ndarray, count: int) -> Tensor:
    """`count` rows from each of `starts`: (len(starts), count, ...)."""
    gathered = np.empty((len(starts), count, *rows.shape[1:]), rows.dtype)
    for row, start in enumerate(starts.tolist()):
        gathered[row] = rows[start : start + count]
    return torch.from_numpy(gathered)
