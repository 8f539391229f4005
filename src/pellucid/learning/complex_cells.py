"""Complex cells: energy pooled over simple cells that are active together.

    cells = ComplexCells(n_pooled=6).fit(responses)         # (N, A) of linear filters
    energy = cells.transform(responses)                     # (N, A), the same for every phase

Filters that look at one place with one orientation and one frequency, but at different phases,
respond to the same things at different moments of their passing: their responses are uncorrelated,
their energies are not. So each complex cell finds its partners by the correlation of energies in
natural signals, without being told what a phase is (as in the independent subspaces of Hyvärinen
and Hoyer 2000), and pools them as the energy model does (Adelson and Bergen 1985).
"""

from __future__ import annotations

from typing import Any, Self

import numpy as np
from sklearn.base import OneToOneFeatureMixin
from sklearn.utils.validation import validate_data

from pellucid.learning.estimator import COUNT, Estimator


class ComplexCells(OneToOneFeatureMixin, Estimator):
    """One complex cell for each simple cell: sqrt of the mean energy of it and its partners.

    Parameters
    ----------
    n_pooled : int
        Simple cells in a pool, the first one included.

    Attributes
    ----------
    pools_ : ndarray (A, n_pooled) of int
        The simple cells of each pool: itself, then the others in falling correlation of energy.
    correlations_ : ndarray (A, n_pooled)
        Their correlations with the first one's energy.

    Examples
    --------
    >>> import numpy as np
    >>> phase = np.random.default_rng(0).uniform(0, 2 * np.pi, 200)
    >>> strength = np.random.default_rng(1).uniform(0, 1, 200)
    >>> quadrature = strength[:, None] * np.stack([np.cos(phase), np.sin(phase)], 1)
    >>> cells = ComplexCells(n_pooled=2).fit(quadrature)
    >>> bool(np.allclose(cells.transform(quadrature)[:, 0] * 2**0.5, strength))
    True
    """

    _parameter_constraints: dict[str, list[Any]] = {  # noqa: RUF012 - the name is scikit-learn's
        "n_pooled": [COUNT],
    }

    def __init__(self, n_pooled: int = 4) -> None:
        self.n_pooled = n_pooled

    def fit(self, X: np.ndarray, y: object = None) -> Self:
        """Find partners from the responses (N, A) of simple cells; of fewer than a pool, all."""
        self._validate_params()
        X = validate_data(self, X, dtype=self._floating)
        pooled = min(self.n_pooled, X.shape[1])
        energy = np.square(X, dtype=np.float64)
        energy -= energy.mean(0)
        deviation = np.sqrt(np.square(energy).mean(0))
        energy /= np.where(deviation > 0, deviation, 1)
        correlation = energy.T @ energy / len(X)
        np.fill_diagonal(correlation, np.inf)  # itself comes first, even where it never varied
        self.pools_ = np.argsort(-correlation, axis=1, kind="stable")[:, :pooled]
        np.fill_diagonal(correlation, 1)
        self.correlations_ = np.take_along_axis(correlation, self.pools_, axis=1)
        return self

    def transform(self, X: np.ndarray) -> np.ndarray:
        """The responses (N, A) of complex cells to what simple cells responded to with X."""
        X = self._like_those_fitted(X)
        energy = np.square(X)
        total = np.zeros_like(energy)
        for partners in self.pools_.T:
            total += energy[:, partners]
        return np.sqrt(total / self.pools_.shape[1])
