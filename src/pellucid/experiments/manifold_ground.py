"""What the parts of `pellucid run manifold` share: rows of pixels, and how features tell apart."""

from __future__ import annotations

import resource
import sys
from dataclasses import dataclass

import numpy as np
import torch

from pellucid.learning.manifold import SparseManifoldTransform
from pellucid.networks.redunet_readout import nearest_neighbours

PAPER = "Chen et al. 2022 (arXiv 2209.15261), one layer"


@dataclass(frozen=True)
class Told:
    """How many test pictures were told right."""

    neighbours: int
    linear: int
    tested: int
    features: int
    minutes: float
    """CPU minutes of everything: making, transforming, telling."""
    gigabytes: float
    """Of memory, 2^30 bytes: the most that the process held."""


def flat(pictures: np.ndarray) -> np.ndarray:
    """Pictures (N, H, W) or (N, H, W, C) of uint8 as rows from 0 to 1, float32."""
    return pictures.reshape(len(pictures), -1).astype(np.float32) / 255


def by_nearest(
    known: np.ndarray,
    labels: np.ndarray,
    asked: np.ndarray,
    neighbours: int,
    *,
    temperature: float | None = None,
) -> np.ndarray:
    """The classes of rows asked, by the cosine of their neighbours among known rows."""
    rows = [torch.from_numpy(x) for x in (asked, known, labels)]
    return nearest_neighbours(
        *rows, classes=int(labels.max()) + 1, neighbours=neighbours, temperature=temperature
    ).numpy()


def peak_gigabytes() -> float:
    """The most memory that this process ever held, in 2^30 bytes."""
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most / (2**30 if sys.platform == "darwin" else 2**20)


def make_small(transform: SparseManifoldTransform) -> SparseManifoldTransform:
    """The transform at the size of a test, for the digits of scikit-learn."""
    return transform.set_params(
        shape=(8, 8), patch_size=3, n_components=12, n_atoms=100, context=3, max_samples=200
    )
