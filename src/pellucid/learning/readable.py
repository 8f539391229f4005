"""A classifier that can be read to the end: patches, landmarks, and a decision that is their sum.

    model = ReadableClassifier(SparseManifoldTransform(shape=(28, 28), random_state=0)).fit(X, y)
    evidence = model.explain(X[0])
    evidence.by_place()        # (classes, H', W'): where in the picture a class is argued for
    evidence.by_atom()         # (classes, A): by which landmarks

A logit is linear in the features, a feature is an average over places, and what a place adds is the
sum of its landmarks' places on the manifold, brought to length one:

    logit_k = b_k + sum_p sum_{a in code(p)}  1 / |features|  1 / |sum_{a'} P_a'|  V_kp . P_a

where V_kp = sum over the cells that hold place p of the read-out's weights, each divided by the
places in its cell. Nothing is approximated; both lengths are those of the picture that is told.

Shape suffixes: N samples, F numbers in one, K classes, D dimensions, A atoms.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import torch
from sklearn.base import BaseEstimator, ClassifierMixin, clone
from sklearn.linear_model import RidgeClassifier
from sklearn.utils._param_validation import HasMethods
from sklearn.utils.validation import check_is_fitted, validate_data
from torch import Tensor
from torch.nn import functional as F

from pellucid.learning.estimator import POSITIVE
from pellucid.learning.manifold import SparseManifoldTransform


@dataclass(frozen=True)
class Evidence:
    """One decision as a sum: an entry for each landmark at each place."""

    classes: np.ndarray
    """(K,)"""
    logits: np.ndarray
    """What the classifier says, (K,)."""
    bias: np.ndarray
    """What it says before it sees anything, (K,)."""
    place: np.ndarray
    """The place of each entry, row by row."""
    atom: np.ndarray
    """Its landmark."""
    contribution: np.ndarray
    """What it adds to each logit, (entries, K)."""
    places: tuple[int, int]
    """Places downwards and across."""
    atoms: int

    def by_place(self) -> np.ndarray:
        """What each place adds to each class, (K, H', W')."""
        return self._summed(self.place, int(np.prod(self.places))).reshape(-1, *self.places)

    def by_atom(self) -> np.ndarray:
        """What each landmark adds to each class, at all places together, (K, A)."""
        return self._summed(self.atom, self.atoms)

    def check(self) -> float:
        """The largest difference between a logit and the sum of its entries."""
        told = self.bias + self.contribution.sum(0, dtype=np.float64)
        return float(np.abs(told - self.logits).max())

    def _summed(self, where: np.ndarray, size: int) -> np.ndarray:
        total = np.zeros((size, len(self.classes)))
        np.add.at(total, where, self.contribution)
        return total.T


class ReadableClassifier(ClassifierMixin, BaseEstimator):
    """A linear read-out, by ridge regression, of a sparse manifold transform.

    Parameters
    ----------
    features : SparseManifoldTransform or None
        What is read; `fit` fits a clone of it without labels. None: the transform's defaults.
    alpha : float
        Penalty of the read-out's weights.

    Attributes
    ----------
    features_ : SparseManifoldTransform
        As it was fitted.
    readout_ : RidgeClassifier
        The linear map from features to classes.
    classes_ : ndarray (K,)

    Examples
    --------
    >>> from sklearn.datasets import load_digits
    >>> X, y = load_digits(return_X_y=True)
    >>> transform = SparseManifoldTransform(
    ...     12, shape=(8, 8), patch_size=3, n_atoms=100, context=3, random_state=0)
    >>> model = ReadableClassifier(transform).fit(X[:500], y[:500])
    >>> evidence = model.explain(X[600])
    >>> bool(evidence.check() < 1e-6)
    True
    """

    _parameter_constraints: dict[str, list[Any]] = {  # noqa: RUF012 - the name is scikit-learn's
        "features": [HasMethods(["fit", "transform", "actives"]), None],
        "alpha": [POSITIVE],
    }

    def __init__(
        self, features: SparseManifoldTransform | None = None, *, alpha: float = 1.0
    ) -> None:
        self.features = features
        self.alpha = alpha

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        # The suite's samples are two numbers: no signal, whose patches would say anything.
        tags.classifier_tags.poor_score = True
        return tags

    def fit(self, X: np.ndarray, y: np.ndarray) -> Self:
        """Make the features from samples (N, F), and read their classes (N,) from them."""
        self._validate_params()
        X, y = validate_data(self, X, y, dtype=(np.float32, np.float64), ensure_min_samples=2)
        features = self.features if self.features is not None else SparseManifoldTransform()
        self.features_ = clone(features).fit(X)
        self.readout_ = RidgeClassifier(alpha=self.alpha).fit(self.features_.transform(X), y)
        self.classes_ = self.readout_.classes_
        return self

    def decision_function(self, X: np.ndarray) -> np.ndarray:
        """The logits of samples (N, F): (N, K), or of two classes (N,) that of the second."""
        rows = self._rows(X)
        logits: np.ndarray = self.readout_.decision_function(rows)
        return logits

    def predict(self, X: np.ndarray) -> np.ndarray:
        """The class of samples (N, F): (N,)."""
        rows = self._rows(X)
        told: np.ndarray = self.readout_.predict(rows)
        return told

    def explain(self, x: np.ndarray) -> Evidence:
        """Why one sample (F,) is told as it is, exactly. Of two classes the second is explained."""
        check_is_fitted(self)
        row = np.atleast_2d(x)
        logits = np.atleast_1d(self.decision_function(row)[0])
        _, active = next(iter(self.features_.actives(row)))
        layer = self.features_.layer_
        landmarks = layer.projection[active.atom].double()  # (entries, D)
        said = torch.zeros(len(active.loud), landmarks.shape[1]).to(landmarks)
        said.index_add_(0, active.patch, landmarks)
        length = said.norm(dim=1).clamp_min(1e-12)
        pool = _pool(self.features_).to(landmarks)  # (places, cells)
        weights = torch.from_numpy(np.atleast_2d(self.readout_.coef_)).to(landmarks)
        weights = weights.unflatten(1, (landmarks.shape[1], -1))  # (K, D, cells)
        pooled = torch.einsum("pd,pc->dc", said / length.unsqueeze(1), pool)
        view = torch.einsum("kdc,pc->kpd", weights, pool) / pooled.norm().clamp_min(1e-12)
        here = view[:, active.patch] / length[active.patch].unsqueeze(1)
        return Evidence(
            classes=self.classes_ if len(logits) > 1 else self.classes_[1:],
            logits=logits,
            bias=np.atleast_1d(self.readout_.intercept_),
            place=active.patch.cpu().numpy(),
            atom=active.atom.cpu().numpy(),
            contribution=torch.einsum("ked,ed->ek", here, landmarks).cpu().numpy(),
            places=self.features_.places_,
            atoms=len(layer.atoms),
        )

    def _rows(self, X: np.ndarray) -> np.ndarray:
        check_is_fitted(self)
        X = validate_data(self, X, dtype=(np.float32, np.float64), reset=False)
        rows: np.ndarray = self.features_.transform(X)
        return rows


def _pool(transform: SparseManifoldTransform) -> Tensor:
    """What each place adds to each cell of the average, (places, cells)."""
    down, across = transform.places_
    each = torch.eye(down * across, dtype=torch.float64).view(-1, 1, down, across)
    size = (min(transform.grid, down), min(transform.grid, across))
    return F.adaptive_avg_pool2d(each, size).flatten(1)
