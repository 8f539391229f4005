"""Claim: sensors that were shuffled find their places by what they say, and pictures can be read.

1. *Geometry.* All pixels of a data set are shuffled in one way. `SensorMap` finds neighbours by
   mutual information or correlation, and a map by distances along their graph; the map is turned,
   mirrored and scaled to the true one, and compared with it.
2. *Reading.* Sensors are laid out on a grid by their map, and the sparse manifold transform reads
   the pictures that come of it: beside the true order, a random layout, and a convolutional network
   that is given the shuffled pixels as they are.
3. *A retina.* Sensors that are dense in the middle and coarse outside see pictures; the transform
   reads them laid out by their true places and by the map.
4. *Completion.* A masked autoencoder learns from clusters of sensors, found, true and random
   (`shuffled_autoencoder`).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

import numpy as np
from sklearn.base import clone

from pellucid.data import ImageSet, load_images
from pellucid.data.retina import retina
from pellucid.experiments import shuffled_autoencoder
from pellucid.experiments.fan_out import fan_out
from pellucid.experiments.framework import Settings
from pellucid.experiments.learned import new_classifier
from pellucid.experiments.manifold_ground import by_nearest, flat
from pellucid.experiments.once import once
from pellucid.experiments.rows import Bar, Null, Row
from pellucid.experiments.statistics import Measured, mean
from pellucid.learning.device import set_threads
from pellucid.learning.manifold import SparseManifoldTransform
from pellucid.learning.progress import choose_progress
from pellucid.learning.raster import lay_out
from pellucid.learning.runs import RunFolder
from pellucid.learning.sensors import SensorMap
from pellucid.learning.supervised import ClassifyConfig, train_classifier
from pellucid.networks.classifiers import ResNetConfig


@dataclass(frozen=True)
class Geometry:
    """Whose geometry is recovered, and how."""

    images: str
    samples: int
    dependence: str
    clusters: int
    bar: float
    neighbours: int = 6
    """In the graph of sensors. Strokes join what is far apart, so that pictures of them want fewer:
    with 6, some links lead across digits and fold the map (R2 0.89); 4 and 5 do alike."""


GEOMETRIES = (
    Geometry("mnist", 20_000, "mutual_information", 49, 0.9, neighbours=5),
    Geometry("cifar10", 5000, "correlation", 64, 0.95),
)
NETWORK_ALONE = "network"
"""No layout: a convolutional network is given the shuffled pixels as they are."""
LAYOUTS = ("true order", "recovered", "random layout", "retina, true", "retina, recovered")
TRANSFORM = SparseManifoldTransform(
    128,
    patch_size=6,
    n_atoms=1024,
    threshold=0.3,
    distinct=0.5,
    tolerance=5e-4,
    context=None,
    n_dropped=16,
    normalize="parts",
    max_samples=2000,
)
"""As `manifold_colour` has it, which was chosen on held-out training pictures, with fewer atoms."""
NEIGHBOURS = 30
TEMPERATURE = 0.05
NETWORK = ResNetConfig(depth=8, width=16, stride=2)


@dataclass(frozen=True)
class Plan:
    """The size of the experiment."""

    geometries: tuple[Geometry, ...] = GEOMETRIES
    images: str = "cifar10"
    train: int = 10_000
    test: int = 5000
    mapped: int = 5000
    """Pictures that sensors are mapped by."""
    transform: SparseManifoldTransform = TRANSFORM
    epochs: float = 10
    completion: shuffled_autoencoder.Plan = shuffled_autoencoder.PLAN


QUICK = Plan(
    geometries=(Geometry("digits", 1000, "correlation", 9, 0.9),),
    images="digits",
    train=300,
    test=100,
    mapped=300,
    transform=SparseManifoldTransform(8, patch_size=3, n_atoms=50, context=3),
    epochs=1,
    completion=shuffled_autoencoder.QUICK,
)


@dataclass(frozen=True)
class Mapping:
    """One shuffle of all sensors of a data set, and one map."""

    name: str
    geometry: Geometry
    seed: int
    output: Path


@dataclass(frozen=True)
class Reading:
    """One shuffle, one layout, and pictures that are read."""

    name: str
    plan: Plan
    layout: str
    """One of LAYOUTS, or NETWORK_ALONE."""
    seed: int
    output: Path


@dataclass(frozen=True)
class Recovered:
    """How well a geometry was recovered."""

    r2: float
    near: float
    """The share of the four nearest that truly lie within 1.5 pixels."""
    radius: float
    """Of clusters: mean distance from their middle, in pixels."""
    random_radius: float
    heard: int
    sensors: int


@dataclass(frozen=True)
class Told:
    """How many test pictures were told right."""

    correct: int
    tested: int


def run(settings: Settings) -> list[Row]:
    """Shuffle, map, read, and compare."""
    plan = QUICK if settings.quick else Plan()
    show, seeds = choose_progress(), range(settings.seeds)
    mappings = [
        Mapping(f"geometry-{geometry.images}-{seed}", geometry, seed, settings.output)
        for geometry in plan.geometries
        for seed in seeds
    ]
    readings = [
        Reading(f"{_slug(layout)}-{seed}", plan, layout, seed, settings.output)
        for layout in (*LAYOUTS, NETWORK_ALONE)
        for seed in seeds
    ]
    recovered = fan_out(map_one, mappings, progress=show)
    told = fan_out(read_one, readings, progress=show)
    rows = []
    for geometry in plan.geometries:
        pairs = zip(mappings, recovered, strict=True)
        rows += _geometry_rows(geometry, [r for m, r in pairs if m.geometry == geometry])
    by_layout: dict[str, list[Told]] = {}
    for reading, answer in zip(readings, told, strict=True):
        by_layout.setdefault(reading.layout, []).append(answer)
    rows += _reading_rows(plan, by_layout)
    return rows + shuffled_autoencoder.autoencoder_rows(
        plan.completion, seeds=seeds, output=settings.output, progress=show
    )


def map_one(job: Mapping) -> Recovered:
    """One map; or what was measured before."""
    set_threads(1)
    return once(job.output / job.name, Recovered, lambda: recover(job.geometry, job.seed))


def read_one(job: Reading) -> Told:
    """One reading; or what was measured before."""
    set_threads(1)
    read = _network if job.layout == NETWORK_ALONE else _read
    return once(job.output / job.name, Told, lambda: read(job))


def recover(geometry: Geometry, seed: int) -> Recovered:
    """Shuffle all sensors of a data set, map them, and compare."""
    generator = np.random.default_rng(seed)
    images = load_images(geometry.images)
    chosen = generator.permutation(len(images.train_images))[: geometry.samples]
    channels, height, width = images.shape
    order = generator.permutation(height * width * channels)
    truth = np.indices((height, width)).reshape(2, -1).T.astype(float).repeat(channels, axis=0)
    truth = truth[order]
    sensors = SensorMap(
        geometry.clusters,
        dependence=geometry.dependence,
        random_state=seed,
        n_neighbors=geometry.neighbours,
    ).fit(flat(images.train_images[chosen])[:, order])
    heard = sensors.heard_
    away = np.linalg.norm(truth[sensors.neighbors_[:, :4]] - truth[heard][:, None], axis=-1)
    return Recovered(
        r2=procrustes_r2(sensors.positions_[heard], truth[heard]),
        near=float((away <= 1.5).mean()),
        radius=_radius(sensors.labels_[heard], truth[heard]),
        random_radius=_radius(generator.permutation(sensors.labels_[heard]), truth[heard]),
        heard=len(heard),
        sensors=len(order),
    )


def procrustes_r2(found: np.ndarray, truth: np.ndarray) -> float:
    """R2 of places (S, 2) after the best turning, mirroring and scaling, and no other change."""
    found, truth = found - found.mean(0), truth - truth.mean(0)
    left, values, right = np.linalg.svd(found.T @ truth)
    fitted = values.sum() / np.square(found).sum() * found @ left @ right
    return float(1 - np.square(fitted - truth).sum() / np.square(truth).sum())


def _radius(labels: np.ndarray, places: np.ndarray) -> float:
    away = np.empty(len(places))
    for cluster in np.unique(labels):
        own = labels == cluster
        away[own] = np.linalg.norm(places[own] - places[own].mean(0), axis=1)
    return float(away.mean())


def layout(plan: Plan, what: str, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Pictures (N, S, C) as sensors say them, train and test, in the order of a grid."""
    images = _pictures(plan)
    channels, height, width = images.shape
    generator = np.random.default_rng(seed)
    train, test = (
        flat(part).reshape(len(part), -1, channels)
        for part in (images.train_images, images.test_images)
    )
    if what == "true order":
        return train, test
    if what == "random layout":
        order = generator.permutation(height * width)
        return train[:, order], test[:, order]
    places = None
    if what.startswith("retina"):
        places, fields = retina(height, width)
        seen = fields.astype(np.float32)
        train, test = seen @ train, seen @ test
    shuffled = generator.permutation(height * width)
    train, test = train[:, shuffled], test[:, shuffled]
    if what == "retina, true":
        assert places is not None
        found = places[shuffled]
    else:
        grey = train[: plan.mapped].mean(2)
        found = SensorMap(16, dependence="correlation", random_state=seed).fit(grey).positions_
    order = lay_out(found, (height, width))
    return train[:, order], test[:, order]


def _read(job: Reading) -> Told:
    images = _pictures(job.plan)
    channels, height, width = images.shape
    train, test = layout(job.plan, job.layout, job.seed)
    transform = clone(job.plan.transform).set_params(
        shape=(height, width, channels), random_state=job.seed
    )
    known = transform.fit_transform(train.reshape(len(train), -1))
    asked = transform.transform(test.reshape(len(test), -1))
    told = by_nearest(known, images.train_labels, asked, NEIGHBOURS, temperature=TEMPERATURE)
    return Told(int((told == images.test_labels).sum()), len(test))


def _network(job: Reading) -> Told:
    """A convolutional network on shuffled pixels, taught with all labels."""
    images = _pictures(job.plan)
    shape = images.train_images.shape[1:]
    order = np.random.default_rng(job.seed).permutation(shape[0] * shape[1])

    def shuffle(pictures: np.ndarray) -> np.ndarray:
        rows = pictures.reshape(len(pictures), shape[0] * shape[1], -1)[:, order]
        return rows.reshape(pictures.shape)

    images = replace(
        images, train_images=shuffle(images.train_images), test_images=shuffle(images.test_images)
    )
    config = ClassifyConfig(epochs=job.plan.epochs, seed=job.seed)
    model = new_classifier(NETWORK, images, seed=job.seed)
    with RunFolder.begin(job.output, f"{job.name}-training", config, fresh=True) as folder:
        learned = train_classifier(model, images, config, folder=folder)
        folder.finish()
    return Told(learned.correct, learned.tested)


@cache
def _pictures(plan: Plan) -> ImageSet:
    return load_images(plan.images).first(plan.train, plan.test)


def _slug(layout: str) -> str:
    return layout.replace(",", "").replace(" ", "-")


def _geometry_rows(geometry: Geometry, found: list[Recovered]) -> list[Row]:
    name = geometry.images
    return [
        Row(
            f"{name}: R2 of recovered places",
            mean([f.r2 for f in found]),
            null=Null("no map", 0.0),
            bar=Bar("at least", geometry.bar),
            note=f"turned, mirrored and scaled only; by {geometry.dependence.replace('_', ' ')} in "
            f"{geometry.samples:,} pictures, in which {found[0].heard} of {found[0].sensors} "
            f"sensors say something, and {geometry.neighbours} neighbours",
        ),
        Row(
            f"{name}: of the four nearest, within 1.5 pixels",
            mean([100 * f.near for f in found]),
            unit="%",
        ),
        Row(
            f"{name}: radius of {geometry.clusters} clusters, pixels",
            mean([f.radius for f in found]),
            null=Null("random clusters", mean([f.random_radius for f in found])),
        ),
    ]


def _reading_rows(plan: Plan, told: dict[str, list[Told]]) -> list[Row]:
    def percent(name: str) -> Measured:
        return mean([100 * t.correct / t.tested for t in told[name]])

    def apart(one: str, other: str) -> Measured:
        pairs = zip(told[one], told[other], strict=True)
        return mean([100 * (a.correct - b.correct) / a.tested for a, b in pairs])

    images = load_images(plan.images)
    note = f"{plan.train:,} pictures, {NEIGHBOURS} nearest neighbours"
    note += f"; {images.note}" if images.note else ""
    return [
        Row(
            f"{plan.images}: shuffled and laid out, accuracy",
            percent("recovered"),
            unit="%",
            null=Null("random layout", percent("random layout")),
            published=(shuffled_autoencoder.URLOST,),
            note=note,
        ),
        Row(
            "points that it loses to the true order",
            apart("true order", "recovered"),
            bar=Bar("at most", 3.0),
            note=f"true order: {percent('true order').value:.1f} %",
        ),
        Row(
            "points above a random layout",
            apart("recovered", "random layout"),
            bar=Bar("at least", 10.0),
        ),
        Row(
            "points above a convolutional network on shuffled pixels",
            apart("recovered", NETWORK_ALONE),
            bar=Bar("at least", 0.0),
            note=f"the network: {percent('network').value:.1f} %, taught with all labels for "
            f"{plan.epochs:g} epochs",
        ),
        Row(
            "retina: accuracy, laid out by the map",
            percent("retina, recovered"),
            unit="%",
            note=f"by true places: {percent('retina, true').value:.1f} %",
        ),
        Row(
            "retina: points that it loses to the true places",
            apart("retina, true", "retina, recovered"),
            bar=Bar("at most", 4.0),
        ),
    ]
