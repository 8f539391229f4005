"""What learning a dictionary online is, whatever its codes are: epochs of batches, one by one.

A subclass says how it begins, what it learns from a batch, and what becomes of atoms without use.
"""

from __future__ import annotations

from abc import abstractmethod
from typing import ClassVar, Self

import numpy as np
from sklearn.base import ClassNamePrefixFeaturesOutMixin
from sklearn.utils import check_random_state

from pellucid.learning.estimator import Estimator
from pellucid.learning.progress import Silent, choose_progress

MEMORY = 5
"""Batches that sums remember at least."""
SAMPLES = 20
"""Samples that they hold at least, for each atom."""


class OnlineDictionary(ClassNamePrefixFeaturesOutMixin, Estimator):
    """An estimator whose atoms follow one batch after the other.

    `energies_` are the mean energies of the epochs (or of the batches of `partial_fit`), each taken
    before its batch was learned from; `n_iter_` counts batches.
    """

    _called: ClassVar[str]
    """What progress is shown as."""

    epochs: int
    batch_size: int
    random_state: int | np.random.RandomState | None
    verbose: bool
    n_iter_: int
    _used: np.ndarray
    """Which atoms a code of this epoch had."""

    def fit(self, X: np.ndarray, y: object = None) -> Self:
        """Learn the atoms from samples (N, F), anew."""
        X = self._checked(X, reset=True)
        generator = check_random_state(self.random_state)
        self._begin(X, generator)
        self.energies_: list[float] = []
        show = choose_progress() if self.verbose else Silent()
        starts = range(0, len(X), self.batch_size)
        with show.task(self._called) as report:
            for epoch in range(self.epochs):
                order = generator.permutation(len(X))
                self._used[:] = False
                total = 0.0
                for number, start in enumerate(starts):
                    batch = X[order[start : start + self.batch_size]]
                    energy = self._learn(batch)
                    total += energy * len(batch)
                    share = (epoch + (number + 1) / len(starts)) / self.epochs
                    report(share, {"epoch": epoch + 1, "energy": energy})
                self.energies_.append(total / len(X))
                if epoch + 1 < self.epochs:
                    self._revive(X, generator)
        return self

    def partial_fit(self, X: np.ndarray, y: object = None) -> Self:
        """Go on learning from one more batch of samples (N, F)."""
        first = not hasattr(self, "n_iter_")
        X = self._checked(X, reset=first)
        if first:
            self._begin(X, check_random_state(self.random_state))
            self.energies_ = []
        self.energies_.append(self._learn(X))
        return self

    def _memory(self, samples_an_atom: float) -> float:
        """How much of the earlier sums is kept: early batches knew a worse dictionary.

        The mean of all batches at first, then of the last ones: five, or as many as hold twenty
        samples for each atom, of which a batch has so many. Keeping all, as published, was measured
        to find half of the planted atoms where this finds them all.
        """
        window = max(float(MEMORY), SAMPLES / samples_an_atom)
        return 1 - 1 / min(self.n_iter_ + 1, window)

    @abstractmethod
    def _checked(self, X: np.ndarray, *, reset: bool) -> np.ndarray:
        """Settings and samples, checked."""

    @abstractmethod
    def _begin(self, X: np.ndarray, generator: np.random.RandomState) -> None:
        """First atoms, empty sums, `n_iter_` = 0 and `_used`."""

    @abstractmethod
    def _learn(self, X: np.ndarray) -> float:
        """Learn from one batch; its mean energy before."""

    @abstractmethod
    def _revive(self, X: np.ndarray, generator: np.random.RandomState) -> None:
        """Give atoms that were not used in an epoch something to say."""
