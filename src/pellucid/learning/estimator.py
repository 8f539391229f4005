"""What our estimators of scikit-learn share: they keep the precision of what they are given."""

from __future__ import annotations

from numbers import Integral, Real
from typing import Any, ClassVar

import numpy as np
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.utils._param_validation import Interval
from sklearn.utils.validation import check_is_fitted, validate_data

COUNT = Interval(Integral, 1, None, closed="left")
POSITIVE = Interval(Real, 0, None, closed="neither")
NOT_NEGATIVE = Interval(Real, 0, None, closed="left")
SHARE = Interval(Real, 0, 1, closed="right")


class Estimator(TransformerMixin, BaseEstimator):
    """A transformer of float64 to float64, of float32 to float32, and of others to the first."""

    _floating: ClassVar[tuple[type, ...]] = (np.float64, np.float32)

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.transformer_tags.preserves_dtype = ["float64", "float32"]
        return tags

    def _like_those_fitted(self, X: np.ndarray) -> np.ndarray:
        """X as an array of floating-point numbers, with the features that `fit` saw."""
        check_is_fitted(self)
        return validate_data(self, X, dtype=self._floating, reset=False)
