"""The fourth part of shuffled sensors: a masked autoencoder on clusters of them.

All pixels are shuffled in one way. The autoencoder learns from clusters that a `SensorMap` found,
from the true square patches (to which the shuffle is nothing but other names of the sensors), and
from clusters of the found sizes drawn at random; and it is read before it has learned anything. Its
features are read by a linear map in closed form and by nearest neighbours, beside as many principal
components of the sensors, which need no clusters.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from sklearn.base import clone
from sklearn.decomposition import PCA
from sklearn.linear_model import RidgeClassifier
from sklearn.preprocessing import StandardScaler

from pellucid.data import load_images
from pellucid.experiments.fan_out import fan_out
from pellucid.experiments.manifold_ground import by_nearest, flat
from pellucid.experiments.once import once_a_job
from pellucid.experiments.rows import Bar, Null, Published, Row
from pellucid.experiments.statistics import Measured, exact, mean
from pellucid.learning.progress import Progress
from pellucid.learning.sensor_autoencoder import SensorAutoencoder
from pellucid.learning.sensors import SensorMap

URLOST = Published(
    86.4,
    "URLOST (Yun et al. 2025, arXiv 2310.04496), shuffled CIFAR-10",
    "masked autoencoder, 10,000 epochs on a GPU, linear probe; 56.7 without clusters; from memory",
)
CLUSTERS = ("found", "true squares", "random", "untrained")
COMPONENTS = "components"
"""No clusters and no autoencoder: principal components."""
NEIGHBOURS = 10
RIDGE = 1e-3
"""The price of the linear map's weights, for each picture and standardised feature."""


@dataclass(frozen=True)
class Plan:
    """The size of this part."""

    images: str
    train: int
    test: int
    patch: int
    """The side of the true squares, in pixels; as many clusters are found."""
    model: SensorAutoencoder
    mapped: int = 5000
    """Pictures that sensors are clustered by."""
    validate: int = 0
    """Measure on so many training pictures that are held out: settings are chosen there."""


PLAN = Plan(
    images="cifar10",
    train=10_000,
    test=5000,
    patch=4,
    model=SensorAutoencoder(scale="common", dimension=64, depth=2, epochs=8, batch_size=64),
)
QUICK = Plan(
    images="digits",
    train=300,
    test=100,
    patch=2,
    model=SensorAutoencoder(scale="common", dimension=16, depth=1, heads=2, epochs=2),
)


@dataclass(frozen=True)
class Completing:
    """One shuffle, one way of clustering, and one autoencoder."""

    name: str
    plan: Plan
    clusters: str
    """One of CLUSTERS, or COMPONENTS."""
    seed: int
    output: Path


@dataclass(frozen=True)
class Completed:
    """How its features were read."""

    linear: int
    """Test pictures that a linear map told right."""
    neighbours: int
    """Test pictures that nearest neighbours told right."""
    tested: int
    error: float
    """Of hidden sensors in the last epoch, squared, a share of their variance; 1 where there is no
    epoch, since that is what each sensor's mean leaves."""
    minutes: float
    """CPU minutes."""


def autoencoder_rows(
    plan: Plan, *, seeds: Sequence[int], output: Path, progress: Progress | None = None
) -> list[Row]:
    """Learn from all clusterings, read, and compare."""
    jobs = [
        Completing(f"autoencoder-{clusters.replace(' ', '-')}-{seed}", plan, clusters, seed, output)
        for clusters in (*CLUSTERS, COMPONENTS)
        for seed in seeds
    ]
    completed: dict[str, list[Completed]] = {}
    for job, answer in zip(jobs, fan_out(complete_one, jobs, progress=progress), strict=True):
        completed.setdefault(job.clusters, []).append(answer)
    return _rows(plan, completed)


@once_a_job(Completed)
def complete_one(job: Completing) -> Completed:
    """One autoencoder; or what was measured before."""
    began = time.process_time()
    plan = job.plan
    images = load_images(plan.images)
    images = images.validation(plan.validate) if plan.validate else images
    images = images.first(plan.train, plan.test)
    channels, height, width = images.shape
    order = np.random.default_rng(job.seed).permutation(height * width)
    train, test = (
        flat(part).reshape(len(part), -1, channels)[:, order]
        for part in (images.train_images, images.test_images)
    )
    model = _model(job, train, order)
    train, test = (x.reshape(len(x), -1) for x in (train, test))
    scores = StandardScaler().fit(known := model.fit(train).transform(train))
    known, asked = scores.transform(known), scores.transform(model.transform(test))
    learned = isinstance(model, SensorAutoencoder) and model.losses_
    linear = RidgeClassifier(RIDGE * len(known)).fit(known, images.train_labels).predict(asked)
    nearest = by_nearest(known, images.train_labels, asked, NEIGHBOURS)
    return Completed(
        linear=int((linear == images.test_labels).sum()),
        neighbours=int((nearest == images.test_labels).sum()),
        tested=len(test),
        error=model.losses_[-1] if learned else 1.0,
        minutes=(time.process_time() - began) / 60,
    )


def cluster(
    plan: Plan, what: str, pictures: np.ndarray, order: np.ndarray, seed: int
) -> np.ndarray:
    """The cluster of each pixel, (S,), -1 for those that say nothing.

    `pictures` (N, S, C) are shuffled: pixel s was at place `order[s]`. Its colours stay together,
    and it is clustered by their mean.
    """
    side = round(len(order) ** 0.5)
    if what == "true squares":
        row, column = np.divmod(order, side)
        return row // plan.patch * (side // plan.patch) + column // plan.patch
    sensors = SensorMap((side // plan.patch) ** 2, dependence="correlation", random_state=seed)
    labels = sensors.fit(pictures[: plan.mapped].mean(2)).labels_
    if what == "random":
        heard = sensors.heard_
        labels[heard] = np.random.default_rng(seed).permutation(labels[heard])
    return labels


def _model(job: Completing, pictures: np.ndarray, order: np.ndarray) -> SensorAutoencoder | PCA:
    """What is to be fitted to the readings of shuffled `pictures` (N, S, C)."""
    model = job.plan.model
    if job.clusters == COMPONENTS:
        return PCA(model.dimension, random_state=job.seed)
    labels = cluster(job.plan, job.clusters, pictures, order, job.seed)
    epochs = 0 if job.clusters == "untrained" else model.epochs
    return clone(model).set_params(
        sensors=labels.repeat(pictures.shape[2]), epochs=epochs, random_state=job.seed
    )


def _rows(plan: Plan, completed: dict[str, list[Completed]]) -> list[Row]:
    def percent(clusters: str, reader: str = "linear") -> Measured:
        return mean([100 * getattr(c, reader) / c.tested for c in completed[clusters]])

    def apart(one: str, other: str) -> Measured:
        pairs = zip(completed[one], completed[other], strict=True)
        return mean([100 * (a.linear - b.linear) / a.tested for a, b in pairs])

    def error(clusters: str) -> Measured:
        return mean([c.error for c in completed[clusters]])

    def others(clusters: str) -> str:
        return f"{percent(clusters).value:.1f} and {percent(clusters, 'neighbours').value:.1f} %"

    model, note = plan.model, load_images(plan.images).note
    return [
        Row(
            f"{plan.images}: masked autoencoder on clusters, accuracy by a linear map",
            percent("found"),
            unit="%",
            null=Null("untrained", percent("untrained")),
            published=(URLOST,),
            note=f"{plan.train:,} pictures, {model.epochs} epochs, {model.dimension} features; by "
            f"a linear map and by {NEIGHBOURS} nearest neighbours {others('found')}; as many "
            f"principal components: {others(COMPONENTS)}{f'; {note}' if note else ''}",
        ),
        Row(
            "points that it loses to true squares",
            apart("true squares", "found"),
            bar=Bar("at most", 3.0),
            note=f"true squares: {others('true squares')}",
        ),
        Row(
            "points above random clusters",
            apart("found", "random"),
            bar=Bar("at least", 10.0),
            note=f"random clusters: {others('random')}",
        ),
        Row(
            "error of hidden sensors, a share of their variance",
            error("found"),
            null=Null("each sensor's mean", 1.0),
            note=f"true squares: {error('true squares').value:.3f}; random clusters, of which "
            f"others are hidden: {error('random').value:.3f}",
        ),
        Row(
            "CPU minutes of all autoencoders",
            exact(sum(c.minutes for several in completed.values() for c in several)),
            bar=Bar("at most", 20.0),
        ),
    ]
