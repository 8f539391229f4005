"""Claim: sparse codes and one eigenproblem, without gradient or label, tell pictures apart.

The sparse manifold transform is made from training pictures without a label; test pictures are then
told apart by their nearest neighbours among its features, and by a linear map in closed form.
`--full` reads CIFAR-10 too (`manifold_colour`).
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from sklearn.base import clone
from sklearn.linear_model import RidgeClassifier

from pellucid.data import ImageSet, load_images
from pellucid.experiments.fan_out import fan_out
from pellucid.experiments.framework import Settings
from pellucid.experiments.manifold_colour import colour_rows
from pellucid.experiments.manifold_ground import (
    PAPER,
    Told,
    by_nearest,
    flat,
    make_small,
    peak_gigabytes,
)
from pellucid.experiments.once import once_a_job
from pellucid.experiments.rows import Bar, Null, Published, Row
from pellucid.experiments.statistics import exact, mean, share
from pellucid.learning.manifold import SparseManifoldTransform
from pellucid.learning.progress import choose_progress

TRANSFORM = SparseManifoldTransform(
    48, shape=(28, 28), patch_size=8, n_atoms=1024, threshold=0.5, n_dropped=1, max_samples=1000
)
"""Chosen on 10,000 training pictures that were held out."""
NEIGHBOURS = 3


@dataclass(frozen=True)
class Job:
    """One transform, made once and tested once."""

    name: str
    images: str
    transform: SparseManifoldTransform
    neighbours: int
    output: Path
    train: int | None = None
    """Only so many training pictures, for quick runs."""
    test: int | None = None

    def pictures(self) -> ImageSet:
        """What it is made from and measured on."""
        images = load_images(self.images)
        return images if self.train is None else images.first(self.train, self.test)


def run(settings: Settings) -> list[Row]:
    """Make, transform, tell apart, and compare with raw pixels."""
    jobs = [_job(seed, settings) for seed in range(settings.seeds)]
    told = fan_out(tell, jobs, progress=choose_progress())
    rows = _rows(jobs[0], told)
    if settings.full or settings.quick:
        rows += colour_rows(settings, choose_progress())
    return rows


@once_a_job(Told)
def tell(job: Job) -> Told:
    """One job; or what was measured before."""
    began = time.process_time()
    images = job.pictures()
    transform = job.transform
    train, test = (flat(x) for x in (images.train_images, images.test_images))
    features = transform.fit(train).transform(train)
    asked = transform.transform(test)
    by_neighbours = by_nearest(features, images.train_labels, asked, job.neighbours)
    linear = RidgeClassifier(alpha=1.0).fit(features, images.train_labels).predict(asked)
    return Told(
        neighbours=int((by_neighbours == images.test_labels).sum()),
        linear=int((linear == images.test_labels).sum()),
        tested=len(test),
        features=features.shape[1],
        minutes=(time.process_time() - began) / 60,
        gigabytes=peak_gigabytes(),
    )


def _job(seed: int, settings: Settings) -> Job:
    transform = clone(TRANSFORM).set_params(random_state=seed)
    job = Job(f"mnist-{seed}", "mnist", transform, NEIGHBOURS, settings.output)
    if not settings.quick:
        return job
    return replace(job, images="digits", transform=make_small(transform), train=500, test=200)


def _rows(job: Job, told: Sequence[Told]) -> list[Row]:
    images, name = job.pictures(), job.images
    train, test = flat(images.train_images), flat(images.test_images)
    pixels = by_nearest(train, images.train_labels, test, job.neighbours) == images.test_labels
    linear = RidgeClassifier(alpha=1.0).fit(train, images.train_labels)
    plain = linear.predict(test) == images.test_labels
    transform = job.transform
    return [
        Row(
            f"{name}: accuracy by {job.neighbours} nearest neighbours",
            mean([100 * t.neighbours / t.tested for t in told]),
            unit="%",
            null=Null("raw pixels", share(int(pixels.sum()), len(test)).times(100)),
            published=(Published(99.3, PAPER, "nearest neighbours; details not published"),),
            bar=Bar("at least", 99.0),
            note=f"made from {min(transform.max_samples, len(train)):,} of {len(train):,} pictures "
            f"without labels; {transform.n_atoms} atoms of {transform.patch_size} x "
            f"{transform.patch_size}, {told[0].features} features; seeds draw the atoms",
        ),
        Row(
            f"{name}: accuracy by a linear map",
            mean([100 * t.linear / t.tested for t in told]),
            unit="%",
            null=Null("raw pixels", share(int(plain.sum()), len(test)).times(100)),
            note="ridge regression to the classes, in closed form",
        ),
        Row(
            "CPU minutes, most of all seeds",
            exact(max(t.minutes for t in told), len(told)),
            bar=Bar("at most", 20.0),
            note="one core; making, transforming and telling apart",
        ),
        Row(
            "memory at its peak, GiB",
            exact(max(t.gigabytes for t in told), len(told)),
            bar=Bar("at most", 4.0),
            note="of the whole process, pictures and features included",
        ),
    ]
