"""The second part of `manifold`, by `--full`: CIFAR-10, two cores for most of an hour.

One transform is made from training pictures without a label; all patches of a picture are each
other's neighbours. Features are found piece by piece, so that all cores work and a run that was
killed has lost one piece; they wait on disk in half precision. Mirrored training pictures are known
too: nothing but their names is added. How features are read is told in `manifold_readout`.
"""

from __future__ import annotations

import io
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from sklearn.base import clone
from sklearn.linear_model import RidgeClassifier

from pellucid.data import ImageSet, load_images
from pellucid.experiments.fan_out import fan_out, workers
from pellucid.experiments.framework import Settings
from pellucid.experiments.manifold_ground import (
    PAPER,
    by_nearest,
    flat,
    make_small,
    peak_gigabytes,
)
from pellucid.experiments.manifold_readout import Axes, SmoothMap
from pellucid.experiments.once import once
from pellucid.experiments.rows import Bar, Null, Published, Row
from pellucid.experiments.statistics import exact, mean, share
from pellucid.learning.device import set_threads
from pellucid.learning.files import write_atomically
from pellucid.learning.manifold import SparseManifoldTransform
from pellucid.learning.manifold_storage import load_manifold, save_manifold
from pellucid.learning.progress import Progress

REPRODUCTION = Published(
    78.06,
    "as821/sparse-manifold-transform",
    "the public re-implementation: 8,192 atoms, one to two terabytes of disk",
)
TRANSFORM = SparseManifoldTransform(
    384,
    shape=(32, 32, 3),
    patch_size=6,
    n_atoms=2048,
    threshold=0.3,
    distinct=0.5,
    context=None,
    tolerance=5e-4,
    n_dropped=16,
    centred="sample",
    grid=4,
    normalize="parts",
    max_samples=4000,
)
"""This, and how features are read, was chosen on 5,000 training pictures that were held out, with
10,000 others known. Twice as many atoms told no better."""
AXES = 2000
"""Main axes of the features."""
NEIGHBOURS = 100
TEMPERATURE = 0.07
POWER = 0.75
"""Of the deviations of axes, by which they are divided for neighbours."""
WIDTH = 0.4
PRICE = 0.1
RIDGE = 1e-4
"""The price of the linear map's weights, for each picture."""
PIECE = 2500
"""Pictures of a piece."""
TRAIN, MIRRORED, TEST = "train", "mirrored", "test"


@dataclass(frozen=True)
class Making:
    """One transform, and what is told by it."""

    images: str
    transform: SparseManifoldTransform
    folder: Path
    train: int | None = None
    test: int | None = None

    def pictures(self) -> ImageSet:
        """What it is made from and measured on."""
        images = load_images(self.images)
        return images if self.train is None else images.first(self.train, self.test)

    @property
    def path(self) -> Path:
        """Where the transform is kept."""
        return self.folder / "transform.safetensors"


@dataclass(frozen=True)
class Piece:
    """Some pictures, whose features are found together."""

    making: Making
    part: str
    """TRAIN, MIRRORED or TEST."""
    first: int

    @property
    def folder(self) -> Path:
        """Where they are kept."""
        return self.making.folder / f"{self.part}-{self.first}"

    def rows(self) -> np.ndarray:
        """The pictures, flat."""
        images = self.making.pictures()
        every = images.test_images if self.part == TEST else images.train_images
        some = every[self.first : self.first + PIECE]
        return flat(some[:, :, ::-1] if self.part == MIRRORED else some)


@dataclass(frozen=True)
class Told:
    """How many test pictures were told right, and by what."""

    neighbours: int
    smooth: int
    linear: int
    tested: int
    features: int
    minutes: float
    """CPU minutes of reading."""
    gigabytes: float


@dataclass(frozen=True)
class Spent:
    """What a job took."""

    minutes: float
    """Of processor time."""
    gigabytes: float
    """Of memory, at its peak, 2^30 bytes."""


def colour_rows(settings: Settings, progress: Progress) -> list[Row]:
    """Make, find features, tell apart, and compare with raw pixels."""
    makings = [_making(seed, settings) for seed in range(settings.seeds)]
    made = fan_out(make, makings, progress=progress)
    told, spent = [], []
    for making, one in zip(makings, made, strict=True):
        pieces = _pieces(making)
        # Features of a transform that was told apart before are gone; what they took is known.
        found = fan_out(embed, pieces, progress=progress)
        told.append(once(making.folder, Told, lambda making=making: _tell(making)))  # type: ignore[misc]
        spent.append([one, *found])
        for piece in pieces:
            _features(piece).unlink(missing_ok=True)
    return _rows(makings[0], told, spent)


def make(making: Making) -> Spent:
    """The transform; or what it took before."""
    set_threads(1)

    def find() -> Spent:
        began = time.process_time()
        making.folder.mkdir(parents=True, exist_ok=True)
        train = making.pictures().train_images
        save_manifold(clone(making.transform).fit(flat(train)), making.path)
        return Spent((time.process_time() - began) / 60, peak_gigabytes())

    return once(making.folder / "made", Spent, find)


def embed(piece: Piece) -> Spent:
    """Features of one piece, on disk; or what they took before."""
    set_threads(1)

    def find() -> Spent:
        began = time.process_time()
        features = load_manifold(piece.making.path).transform(piece.rows())
        kept = io.BytesIO()
        np.save(kept, features.astype(np.float16), allow_pickle=False)
        piece.folder.mkdir(parents=True, exist_ok=True)
        write_atomically(_features(piece), kept.getvalue())
        return Spent((time.process_time() - began) / 60, peak_gigabytes())

    return once(piece.folder, Spent, find)


def _features(piece: Piece) -> Path:
    return piece.folder / "features.npy"


def _pieces(making: Making) -> list[Piece]:
    images = making.pictures()
    counts = {TRAIN: len(images.train_images), MIRRORED: len(images.train_images)}
    counts[TEST] = len(images.test_images)
    return [
        Piece(making, part, first)
        for part, count in counts.items()
        for first in range(0, count, PIECE)
    ]


def _tell(making: Making) -> Told:
    began = time.process_time()
    images = making.pictures()
    labels, truth = images.train_labels, images.test_labels
    pieces: dict[str, list[np.ndarray]] = {TRAIN: [], MIRRORED: [], TEST: []}
    for piece in _pieces(making):
        pieces[piece.part].append(np.load(_features(piece)))
    axes = Axes.of([*pieces[TRAIN], *pieces[MIRRORED]], AXES)

    def along(part: str, power: float = 0.0) -> np.ndarray:
        return np.concatenate([axes.along(rows, power) for rows in pieces[part]])

    both = np.concatenate([along(TRAIN, POWER), along(MIRRORED, POWER)])
    nearest = by_nearest(
        both,
        np.tile(labels, 2),
        along(TEST, POWER),
        min(NEIGHBOURS, len(both)),
        temperature=TEMPERATURE,
    )
    del both
    known, mirrored, asked = along(TRAIN), along(MIRRORED), along(TEST)
    features = pieces[TRAIN][0].shape[1]
    pieces.clear()
    both = np.concatenate([known, mirrored])
    ridge = RidgeClassifier(alpha=RIDGE * len(both)).fit(both, np.tile(labels, 2))
    linear = ridge.predict(asked)
    del both
    smooth = SmoothMap.fit(known, mirrored, labels, width=WIDTH, price=PRICE).predict(asked)
    return Told(
        neighbours=int((nearest == truth).sum()),
        smooth=int((smooth == truth).sum()),
        linear=int((linear == truth).sum()),
        tested=len(asked),
        features=features,
        minutes=(time.process_time() - began) / 60,
        gigabytes=peak_gigabytes(),
    )


def _making(seed: int, settings: Settings) -> Making:
    transform = clone(TRANSFORM).set_params(random_state=seed)
    folder = settings.output / f"cifar10-{seed}"
    if not settings.quick:
        return Making("cifar10", transform, folder)
    small = make_small(transform).set_params(n_dropped=1)
    return Making("digits", small, folder, train=500, test=200)


def _rows(making: Making, told: Sequence[Told], spent: Sequence[Sequence[Spent]]) -> list[Row]:
    images, name = making.pictures(), making.images
    train, test = flat(images.train_images), flat(images.test_images)
    pixels = by_nearest(train, images.train_labels, test, NEIGHBOURS, temperature=TEMPERATURE)
    right = int((pixels == images.test_labels).sum())
    nothing = Null("raw pixels", share(right, len(test)).times(100))
    transform = making.transform
    minutes = [sum(s.minutes for s in own) + t.minutes for own, t in zip(spent, told, strict=True)]
    memory = max([s.gigabytes for own in spent for s in own] + [t.gigabytes for t in told])
    bar = Bar("at least", 75.0)
    return [
        Row(
            f"{name}: accuracy by {NEIGHBOURS} nearest neighbours",
            mean([100 * t.neighbours / t.tested for t in told]),
            unit="%",
            null=nothing,
            published=(Published(81.1, PAPER, "nearest neighbours"), REPRODUCTION),
            bar=bar,
            note=f"made from {min(transform.max_samples, len(train)):,} of {len(train):,} pictures "
            f"without labels; at most {transform.n_atoms:,} atoms of {transform.patch_size} x "
            f"{transform.patch_size}, {told[0].features:,} features, {AXES:,} main axes at most; "
            f"mirrored pictures are known too{f'; {images.note}' if images.note else ''}",
        ),
        Row(
            f"{name}: accuracy by a smooth map",
            mean([100 * t.smooth / t.tested for t in told]),
            unit="%",
            null=nothing,
            bar=bar,
            note="kernel ridge regression from the same axes to the classes, in closed form",
        ),
        Row(
            f"{name}: accuracy by a linear map",
            mean([100 * t.linear / t.tested for t in told]),
            unit="%",
            null=nothing,
            note="ridge regression from the same axes to the classes, in closed form",
        ),
        Row(
            f"{name}: CPU minutes, most of all seeds",
            exact(max(minutes), len(told)),
            bar=Bar("at most", 120.0),
            note=f"60 minutes of two cores; pieces run side by side, {workers()} at once",
        ),
        Row(
            f"{name}: memory of a process at its peak, GiB",
            exact(memory, len(told)),
        ),
    ]
