"""What sensors tell of each other: mutual information of all pairs, or correlation alone.

    entropy, information = mutual_information(X, bins=6)          # (S,), (S, S) in nats

Shape suffixes: N samples, S sensors, L levels of a sensor.
"""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import ArrayLike

from pellucid.errors import ConfigError
from pellucid.learning.device import choose_device

BATCH = 1000
"""Samples that are spread out to one number a level at once."""
CELLS = 1 << 26
"""Entries of the table of joint counts that is held at once."""


def levels(X: np.ndarray, *, bins: int, strategy: str = "uniform") -> np.ndarray:
    """Samples (N, S) as levels 0 to bins - 1, int64.

    uniform: parts of the range of all sensors together, as wide as each other. quantile: parts of
    each sensor's own values, as full as each other as far as ties allow.
    """
    if strategy not in ("uniform", "quantile") or bins < 2:
        raise ConfigError(f"strategy={strategy!r} of bins={bins}: give uniform or quantile, 2 bins")
    if strategy == "uniform":
        low, high = float(X.min()), float(X.max())
        width = (high - low) / bins or 1.0
        return np.minimum(((X - low) / width).astype(np.int64), bins - 1)
    found = np.empty(X.shape, np.int64)
    cuts = np.quantile(X, np.arange(1, bins) / bins, axis=0)  # (bins - 1, S)
    for sensor, own in enumerate(cuts.T):
        found[:, sensor] = np.searchsorted(np.unique(own), X[:, sensor], side="right")
    return found


def mutual_information(
    X: ArrayLike, *, bins: int = 6, strategy: str = "uniform", device: str = "auto"
) -> tuple[np.ndarray, np.ndarray]:
    """Entropies (S,) and mutual information (S, S) of sensors in samples (N, S), in nats.

    I(i; j) = H(i) + H(j) - H(i, j) over `bins` levels, less what counting so few samples adds to
    it, (levels of i - 1)(levels of j - 1) / 2N (Miller 1955), and at least 0. The diagonal is H.
    """
    levelled = torch.from_numpy(levels(np.asarray(X), bins=bins, strategy=strategy))
    samples, sensors = levelled.shape
    place = choose_device(device)
    columns = levelled + bins * torch.arange(sensors)
    counts = torch.bincount(columns.flatten(), minlength=sensors * bins).reshape(sensors, bins)
    share = counts.double() / samples
    entropy = torch.special.entr(share).sum(1)
    used = (counts > 0).sum(1).double()
    information = torch.empty(sensors, sensors, dtype=torch.float64)
    at_once = max(1, CELLS // (sensors * bins * bins))
    for first in range(0, sensors, at_once):
        last = min(first + at_once, sensors)
        joint = torch.zeros((last - first) * bins, sensors * bins, device=place)
        for part in columns.split(BATCH):
            ones = torch.zeros(len(part), sensors * bins, device=place)
            ones.scatter_(1, part.to(place), 1.0)
            joint.addmm_(ones[:, first * bins : last * bins].T, ones)
        together = torch.special.entr(joint / samples).reshape(last - first, bins, sensors, bins)
        information[first:last] = entropy[first:last, None] + entropy
        information[first:last] -= together.sum((1, 3)).double().cpu()
    information -= (used[:, None] - 1) * (used - 1) / (2 * samples)
    information.clamp_(min=0).fill_diagonal_(0)
    return entropy.numpy(), (information + torch.diag(entropy)).numpy()


def gaussian_information(X: ArrayLike) -> tuple[np.ndarray, np.ndarray]:
    """Spreads (S,) and the information (S, S) that correlations alone hold, in nats.

    I(i; j) = -1/2 log(1 - r^2), which is exact for Gaussian sensors. A spread is log of one plus
    the sensor's deviation as a share of the mean one: zero for a silent sensor. It is the diagonal.
    """
    values = np.asarray(X, dtype=np.float64)
    values = values - values.mean(0)
    deviation = np.sqrt(np.square(values).mean(0))
    scaled = values / np.where(deviation > 0, deviation, 1)
    correlation = (scaled.T @ scaled / len(values)).clip(-1 + 1e-12, 1 - 1e-12)
    spread = np.log1p(deviation / (deviation.mean() or 1))
    information = -0.5 * np.log1p(-np.square(correlation))
    np.fill_diagonal(information, spread)
    return spread, information
