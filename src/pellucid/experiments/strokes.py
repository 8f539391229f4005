"""Claim: layers of one principle find strokes, parts and digits, and a unit stands for one shape.

Three layers of the sparse manifold transform are stacked on pictures of digits, without a label.
Each unit is drawn as the mean of the fields that make it active, and tested on other pictures: it
stands for one shape where at least 80 % of the fields that make it active look like its own
(correlation at least 0.5), and at most 10 % of all others do. Chance: as many activations at fields
drawn at random. Units that were active fewer than ten times are not judged.
"""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from sklearn.base import clone
from sklearn.cluster import MiniBatchKMeans

from pellucid.data import ImageSet, load_images
from pellucid.experiments.fan_out import fan_out
from pellucid.experiments.framework import Settings
from pellucid.experiments.manifold import TRANSFORM
from pellucid.experiments.manifold_ground import PAPER, by_nearest, flat, make_small
from pellucid.experiments.once import once_a_job
from pellucid.experiments.rows import Bar, Null, Published, Row
from pellucid.experiments.statistics import exact, mean
from pellucid.learning.manifold import SparseManifoldTransform
from pellucid.learning.manifold_path import geodesic, walk_between
from pellucid.learning.progress import choose_progress
from pellucid.learning.receptive_fields import MeanFields, example_fields, mean_fields, selectivity
from pellucid.studio.figures import style, units

LAYERS = ("strokes", "parts", "digits")
"""What the units of the layers are called."""
NEIGHBOURS = 3
SHOWN, EXAMPLES = 64, 8
ONE_LAYER = Published(99.3, PAPER, "60,000 pictures; of stacked layers no figure is published")


@dataclass(frozen=True)
class Plan:
    """The size of the experiment."""

    images: str = "mnist"
    train: int = 5000
    """Pictures that the layers are made from, shapes are means of, and neighbours are found in."""
    test: int = 2500
    chance: int = 1000
    """Training pictures that shapes by chance are means of, and half as many to test them."""
    ways: int = 4
    """Ways between two digits."""


def stack(seed: int) -> SparseManifoldTransform:
    """The layers, not yet made; settings were chosen on held-out training pictures."""
    strokes = clone(TRANSFORM).set_params(random_state=seed)
    parts = SparseManifoldTransform(
        64,
        below=strokes,
        stride=2,
        patch_size=4,
        n_atoms=1024,
        threshold=0.55,
        distinct=0.8,
        context=3,
        centred=False,
        random_state=seed,
    )
    return SparseManifoldTransform(
        64,
        below=parts,
        patch_size=6,
        n_atoms=512,
        threshold=None,
        distinct=0.7,
        context=3,
        centred=False,
        max_samples=2000,
        random_state=seed,
    )


@dataclass(frozen=True)
class Job:
    """One stack, made once and tested once."""

    name: str
    plan: Plan
    transform: SparseManifoldTransform
    seed: int
    output: Path


@dataclass(frozen=True)
class Layer:
    """What was found about one layer; shares of 1."""

    units: int
    judged: int
    selective: float
    by_chance: float
    inside: float
    """Of the fields that make the median unit active, how many show its shape."""
    accuracy: float
    """By nearest neighbours in the layer's features."""
    field: int
    """Side of what a unit sees, pixels."""


@dataclass(frozen=True)
class Between:
    """How far pictures between two digits are from the nearest real one (1 - cosine of features).

    Of each way the middle half counts, and real ones are pictures that no way was made of.
    """

    way: float
    """On ways along the manifold, drawn."""
    fade: float
    """On cross-fades of the same two digits."""
    real: float
    """Of the pictures that the ways go over, themselves."""


@dataclass(frozen=True)
class Found:
    """One stack."""

    layers: dict[str, Layer]
    together: float
    """Accuracy by the features of all layers side by side."""
    told: float
    """Share of test fields whose digit is told by the one unit of the last layer they activate."""
    clusters: float
    """The same by the nearest of as many means of pictures."""
    between: Between
    minutes: float
    """CPU minutes."""


def run(settings: Settings) -> list[Row]:
    """Stack, draw, test, compare."""
    jobs = [_job(seed, settings) for seed in range(settings.seeds)]
    return _rows(jobs[0], fan_out(find, jobs, progress=choose_progress()))


@once_a_job(Found)
def find(job: Job) -> Found:
    """One job; or what was measured before."""
    began = time.process_time()
    images = load_images(job.plan.images).first(job.plan.train, job.plan.test)
    top = clone(job.transform).fit(flat(images.train_images))
    layers = dict(zip(LAYERS, _layers(top), strict=True))
    features = {name: _features(layer, images) for name, layer in layers.items()}
    shapes = {name: mean_fields(x, flat(images.train_images)) for name, x in layers.items()}
    every = tuple(np.concatenate(parts, axis=1) for parts in zip(*features.values(), strict=True))
    found = Found(
        layers={
            name: _layer(job, layer, shapes[name], images, _accuracy(features[name], images))
            for name, layer in layers.items()
        },
        together=_accuracy(every, images),
        told=_told_by_a_unit(top, images),
        clusters=_told_by_a_cluster(len(top.layer_.atoms), images, job.seed),
        between=_between(job, layers["strokes"], images, features["strokes"]),
        minutes=(time.process_time() - began) / 60,
    )
    if job.seed == 0:
        drawn = [_drawn(name, x, shapes[name], images) for name, x in layers.items()]
        style.save(units.draw(drawn), job.output / "figures", "units")
    return found


def _layers(top: SparseManifoldTransform) -> list[SparseManifoldTransform]:
    """From the lowest to the top."""
    return [*(_layers(top.below_) if top.below_ is not None else []), top]


def _features(layer: SparseManifoldTransform, images: ImageSet) -> tuple[np.ndarray, np.ndarray]:
    return layer.transform(flat(images.train_images)), layer.transform(flat(images.test_images))


def _accuracy(features: Sequence[np.ndarray], images: ImageSet) -> float:
    known, asked = features
    told = by_nearest(known, images.train_labels, asked, NEIGHBOURS)
    return float((told == images.test_labels).mean())


def _layer(
    job: Job, layer: SparseManifoldTransform, shapes: MeanFields, images: ImageSet, accuracy: float
) -> Layer:
    test = flat(images.test_images)
    tested = selectivity(layer, shapes, test)
    draw, few = torch.Generator().manual_seed(job.seed), job.plan.chance
    random_shapes = mean_fields(layer, flat(images.train_images[:few]), shuffle=draw)
    chance = selectivity(layer, random_shapes, test[: few // 2], shuffle=draw)
    return Layer(
        units=len(tested.counts),
        judged=int(tested.judged().sum()),
        selective=float(tested.selective().mean()),
        by_chance=float(chance.selective().mean()),
        inside=float(np.median(tested.inside[tested.judged()])),
        accuracy=accuracy,
        field=layer.field[0][0],
    )


def _told_by_a_unit(top: SparseManifoldTransform, images: ImageSet) -> float:
    """Each unit stands for the digit in which it was active most often among training pictures."""
    train, test = (
        _counts(top, pictures, labels)
        for pictures, labels in (
            (images.train_images, images.train_labels),
            (images.test_images, images.test_labels),
        )
    )
    digits = train.argmax(1)
    return float(test[np.arange(len(test)), digits].sum() / test.sum())


def _counts(layer: SparseManifoldTransform, pictures: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """How often each unit was active in pictures of each class, (A, classes)."""
    counts = np.zeros((len(layer.layer_.atoms), int(labels.max()) + 1), int)
    done = 0
    for batch, active in layer.actives(flat(pictures)):
        own = np.repeat(labels[done : done + len(batch)], math.prod(layer.places_))
        np.add.at(counts, (active.atom.numpy(), own[active.patch.numpy()]), 1)
        done += len(batch)
    return counts


def _told_by_a_cluster(count: int, images: ImageSet, seed: int) -> float:
    """The same with the nearest of `count` means (k-means) of whole pictures for units."""
    means = MiniBatchKMeans(count, n_init=1, random_state=seed).fit(flat(images.train_images))
    counts = np.zeros((count, int(images.train_labels.max()) + 1), int)
    np.add.at(counts, (means.labels_, images.train_labels), 1)
    told = counts.argmax(1)[means.predict(flat(images.test_images))]
    return float((told == images.test_labels).mean())


def _between(
    job: Job,
    layer: SparseManifoldTransform,
    images: ImageSet,
    features: tuple[np.ndarray, np.ndarray],
) -> Between:
    """Ways between training pictures of different classes; real ones are test pictures."""
    pictures, (known, others) = flat(images.train_images), features
    generator = np.random.default_rng(job.seed)

    def away(rows: np.ndarray) -> float:
        return float((1 - (rows @ others.T).max(1)).mean())

    found: list[list[float]] = []
    while len(found) < job.plan.ways:
        start, end = generator.choice(len(pictures), 2, replace=False)
        if images.train_labels[start] == images.train_labels[end]:
            continue
        stations = geodesic(known, start, end)
        way = walk_between(layer, pictures[stations], steps=2)
        share = np.linspace(0, 1, len(way), dtype=np.float32)[:, None]
        fade = (1 - share) * pictures[start] + share * pictures[end]
        middle = slice(len(way) // 4, len(way) - len(way) // 4)
        drawn = [away(layer.transform(frames[middle])) for frames in (way, fade)]
        found.append([*drawn, away(known[stations])])
    return Between(*np.mean(found, axis=0).tolist())


def _drawn(
    name: str, layer: SparseManifoldTransform, shapes: MeanFields, images: ImageSet
) -> units.Layer:
    """Units drawn at random from those that are active, and examples of the first ones."""
    used = np.flatnonzero(shapes.counts >= 10)
    chosen = np.random.default_rng(0).permutation(used)[:SHOWN]
    examples = example_fields(layer, flat(images.test_images), chosen[:EXAMPLES], EXAMPLES)
    side = layer.field[0][0]
    title = f"{name}: {len(chosen)} of {len(shapes.counts)} units, {side} x {side} pixels"
    return units.Layer(title, shapes.drawn()[chosen], examples)


def _job(seed: int, settings: Settings) -> Job:
    if not settings.quick:
        return Job(f"mnist-{seed}", Plan(), stack(seed), seed, settings.output)
    first = make_small(clone(TRANSFORM))
    second = SparseManifoldTransform(8, below=first, patch_size=3, n_atoms=60, context=3)
    third = SparseManifoldTransform(
        8, below=second, patch_size=3, n_atoms=30, threshold=None, context=3
    )
    small = third.set_params(
        random_state=seed, below__random_state=seed, below__below__random_state=seed
    )
    return Job(f"digits-{seed}", Plan("digits", 500, 200, ways=1), small, seed, settings.output)


def _rows(job: Job, found: Sequence[Found]) -> list[Row]:
    rows = []
    for number, name in enumerate(LAYERS):
        layers = [f.layers[name] for f in found]
        one = layers[0]
        rows.append(
            Row(
                f"layer {number + 1} ({name}): units that stand for one shape",
                mean([100 * layer.selective for layer in layers]),
                unit="%",
                null=Null("by chance", mean([100 * layer.by_chance for layer in layers])),
                bar=Bar("at least", 80.0) if name == "parts" else None,
                note=f"fields of {one.field} x {one.field} pixels; {one.judged} of {one.units} "
                f"units judged; {100 * one.inside:.0f} % of the fields that make the median unit "
                "active show its shape",
            )
        )
        rows.append(
            Row(
                f"layer {number + 1} ({name}): accuracy by nearest neighbours",
                mean([100 * layer.accuracy for layer in layers]),
                unit="%",
                published=(ONE_LAYER,) if name == "strokes" else (),
            )
        )
    rows += [
        Row(
            "accuracy by the features of all layers",
            mean([100 * f.together for f in found]),
            unit="%",
            note=f"{NEIGHBOURS} nearest of {job.plan.train:,} pictures of {job.plan.images}",
        ),
        Row(
            "digits told by one unit of the last layer",
            mean([100 * f.told for f in found]),
            unit="%",
            null=Null("as many means of pictures", mean([100 * f.clusters for f in found])),
            note="a unit stands for the digit in which it was active most often in training",
        ),
        Row(
            "between two digits: distance to the nearest real picture",
            mean([f.between.way for f in found]),
            null=Null("cross-fade", mean([f.between.fade for f in found])),
            note=f"1 - cosine of features; the middle half of {job.plan.ways} ways along the "
            f"manifold; the pictures that they go over: {found[0].between.real:.2f}",
        ),
        Row(
            "CPU minutes, most of all seeds",
            exact(max(f.minutes for f in found), len(found)),
            note="one core; making, testing and telling apart",
        ),
    ]
    return rows
