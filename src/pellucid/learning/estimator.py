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


def layout(shape: tuple[int, ...] | None, features: int) -> tuple[int, int, int]:
    """What a row of so many features is as a picture: (height, width, channels).

    `shape` is (length,), (height, width) or (height, width, channels), or None for a signal as long
    as the row; a signal is a picture of one row. ValueError where it is not that of the row.
    """
    sides = shape or (features,)
    if not 1 <= len(sides) <= 3 or int(np.prod(sides)) != features:
        raise ValueError(
            f"shape={shape} is not that of rows of n_features = {features}: give (length,)"
            ", (height, width) or (height, width, channels)"
        )
    height, width, channels = (1, *sides, 1) if len(sides) == 1 else (*sides, 1)[:3]
    return height, width, channels
