"""Whitening as scikit-learn's users know it: all directions of the data brought to one variance.

    flat = Whitening(tolerance=0.1).fit_transform(patches)         # (N, F), still patches (ZCA)

scikit-learn's PCA divides by each deviation, however small, and so lifts noise to the size of what
is seen. Here a tolerance is added to all variances: directions far below it stay small.
"""

from __future__ import annotations

from typing import Any, Self

import numpy as np
from sklearn.base import ClassNamePrefixFeaturesOutMixin
from sklearn.utils._param_validation import StrOptions
from sklearn.utils.validation import check_is_fitted, validate_data

from pellucid.learning.estimator import COUNT, NOT_NEGATIVE, Estimator


class Whitening(ClassNamePrefixFeaturesOutMixin, Estimator):
    """Samples to whitened samples, y = (x - mean) W, with W from the covariance C.

    ZCA: W = (C + t I)^(-1/2), the whitening that changes samples least (Bell and Sejnowski 1997).
    PCA: the principal components instead, each divided by its deviation. t is `tolerance` times the
    mean variance. What is streamed through `partial_fit` is kept as two sums.

    Parameters
    ----------
    kind : {"zca", "pca"}
        Whether whitened samples look like samples, or are components in the order of variance.
    n_components : int or None
        Principal directions that are kept; all by default.
    tolerance : float
        What is added to variances, as a share of their mean.

    Attributes
    ----------
    mean_ : ndarray (F,)
        The mean of the samples.
    variances_ : ndarray (K,)
        Of the kept principal directions, falling.
    matrix_ : ndarray (F, K or F)
        W.
    inverse_ : ndarray (K or F, F)
        From whitened samples back.
    n_samples_seen_ : int
        Samples seen so far.

    Examples
    --------
    >>> import numpy as np
    >>> X = np.random.default_rng(0).standard_normal((500, 2)) @ [[3.0, 1.0], [0.0, 0.1]]
    >>> np.cov(Whitening(tolerance=0).fit_transform(X).T, bias=True).round(6).tolist()
    [[1.0, 0.0], [0.0, 1.0]]
    """

    _parameter_constraints: dict[str, list[Any]] = {  # noqa: RUF012 - the name is scikit-learn's
        "kind": [StrOptions({"zca", "pca"})],
        "n_components": [COUNT, None],
        "tolerance": [NOT_NEGATIVE],
    }

    def __init__(
        self,
        *,
        kind: str = "zca",
        n_components: int | None = None,
        tolerance: float = 1e-3,
    ) -> None:
        self.kind = kind
        self.n_components = n_components
        self.tolerance = tolerance

    def fit(self, X: np.ndarray, y: object = None) -> Self:
        """Learn mean and covariance from samples (N, F), anew."""
        return self._more(X, anew=True)

    def partial_fit(self, X: np.ndarray, y: object = None) -> Self:
        """Learn from more samples (N, F)."""
        return self._more(X, anew=not hasattr(self, "n_samples_seen_"))

    def transform(self, X: np.ndarray) -> np.ndarray:
        """The whitened samples (N, K or F)."""
        X = self._like_those_fitted(X)
        matrix = self.matrix_.astype(X.dtype, copy=False)
        return (X - self.mean_.astype(X.dtype, copy=False)) @ matrix

    def inverse_transform(self, X: np.ndarray) -> np.ndarray:
        """The samples (N, F) that whitened ones stand for; exact if all directions are kept."""
        check_is_fitted(self, "matrix_")
        X = np.asarray(X)
        return X @ self.inverse_.astype(X.dtype, copy=False) + self.mean_.astype(X.dtype)

    @property
    def _n_features_out(self) -> int:
        return self.matrix_.shape[1]

    def _more(self, X: np.ndarray, *, anew: bool) -> Self:
        self._validate_params()
        X = validate_data(self, X, dtype=self._floating, reset=anew)
        kept = self.n_components or X.shape[1]
        if kept > X.shape[1]:
            raise ValueError(f"n_components={kept} of {X.shape[1]} features: give as many at most")
        if anew:
            self.n_samples_seen_, self.mean_ = 0, np.zeros(X.shape[1])
            self._scatter = np.zeros((X.shape[1], X.shape[1]))
        self._add(X.astype(np.float64, copy=False))
        variances, directions = np.linalg.eigh(self._scatter / self.n_samples_seen_)
        variances = variances[::-1][:kept].clip(0)
        directions = directions[:, ::-1][:, :kept]
        # The sign of a direction is free: its greatest entry is positive.
        greatest = directions[np.abs(directions).argmax(0), np.arange(kept)]
        directions = directions * np.where(greatest < 0, -1.0, 1.0)
        mean = np.trace(self._scatter) / (self.n_samples_seen_ * X.shape[1])
        scales = np.sqrt(variances + self.tolerance * mean)
        inverse = np.divide(1, scales, where=scales > 0, out=np.zeros_like(scales))
        self.variances_ = variances
        if self.kind == "zca":
            self.matrix_ = (directions * inverse) @ directions.T
            self.inverse_ = (directions * scales) @ directions.T
        else:
            self.matrix_ = directions * inverse
            self.inverse_ = (directions * scales).T
        return self

    def _add(self, X: np.ndarray) -> None:
        """Mean and scatter of what was seen and of X together (Chan, Golub and LeVeque 1979)."""
        before, more = self.n_samples_seen_, len(X)
        mean = X.mean(0)
        centred = X - mean
        away = mean - self.mean_
        self._scatter += centred.T @ centred
        self._scatter += np.outer(away, away) * (before * more / (before + more))
        self.mean_ = self.mean_ + away * (more / (before + more))
        self.n_samples_seen_ = before + more
