"""Claim: a network that is sparse coding throughout classifies, and accounts for every logit.

Convolutional sparse coding learns CIFAR-10 beside a residual network of as many parameters, for
about as many minutes. Then its decisions are opened: for test pictures the contributions of all
atoms of every layer, and of every pixel, are computed one by one; their sum is compared with the
logit; and parts are cut out to see whether the logit moves by what they were credited with.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import torch

from pellucid.data import ImageSet
from pellucid.experiments.framework import Settings
from pellucid.experiments.learned import (
    ClassifyJob,
    ClassifyMeasure,
    classify_all,
    over_seeds,
    probe_batch,
    trained_classifier,
    untrained_classifier,
)
from pellucid.experiments.rows import Bar, Null, Published, Row
from pellucid.experiments.statistics import exact, mean
from pellucid.learning.batches import Variation
from pellucid.learning.progress import choose_progress
from pellucid.learning.supervised import ClassifyConfig
from pellucid.networks.classifiers import ClassifierConfig, ResNetConfig, SparseConfig
from pellucid.networks.csc import SparseClassifier
from pellucid.networks.whitebox import audit, sparsity
from pellucid.studio.figures import atoms, dictionary, explanation, layers, style

TRAINING = ClassifyConfig(
    epochs=12,
    batch=128,
    learning_rate=1e-2,
    warmup=0.2,
    weight_decay=0.01,
    smoothing=0.1,
    variation=Variation(shift=3, flip=True),
)

TRAINED: dict[str, tuple[ClassifierConfig, ClassifyConfig]] = {
    "sparse coding": (SparseConfig("compact"), TRAINING),
    "ResNet": (ResNetConfig(8, 28, stride=2), replace(TRAINING, epochs=28)),
}
"""As many parameters and as many minutes: the ResNet sees more than twice as many pictures."""

PUBLISHED = (
    Published(
        0.952,
        "SDNet-18 (Dai et al. 2022)",
        "CIFAR-10, 18 layers, 220 epochs on a GPU; one layer of sparse coding",
    ),
    Published(0.913, "ResNet-20 (He et al. 2016)", "CIFAR-10, 0.27 M parameters, 64,000 steps"),
)


def run(settings: Settings) -> list[Row]:
    """Train, measure, and open decisions."""
    jobs = {name: _jobs(name, settings) for name in TRAINED}
    every = [job for group in jobs.values() for job in group]
    measures = {m.name: m for m in classify_all(every, progress=choose_progress())}
    found = {name: [measures[job.name] for job in group] for name, group in jobs.items()}
    images = every[0].pictures()
    network = trained_classifier(jobs["sparse coding"][0])
    assert isinstance(network, SparseClassifier)
    return [
        *_accuracy(found, images),
        *_accounts(network, jobs["sparse coding"][0], images, settings),
        *_layers(network, jobs["sparse coding"][0], settings),
    ]


def _jobs(name: str, settings: Settings) -> list[ClassifyJob]:
    network, training = TRAINED[name]
    if settings.quick:
        training = replace(training, epochs=2)
        network = SparseConfig("tiny") if name == "sparse coding" else ResNetConfig(8, 4)
    return [
        ClassifyJob(
            name=f"{name.replace(' ', '-')}-{seed}",
            network=network,
            images="digits" if settings.quick else "cifar10",
            training=replace(training, seed=seed),
            output=settings.output,
        )
        for seed in range(settings.seeds)
    ]


def _accuracy(found: dict[str, list[ClassifyMeasure]], images: ImageSet) -> list[Row]:
    counts = np.bincount(images.test_labels, minlength=len(images.classes))
    null = Null("the most frequent class", float(counts.max() / counts.sum()))
    own, plain = found["sparse coding"], found["ResNet"]
    note = f"; {images.note}" if images.note else ""
    return [
        Row(
            "sparse coding: accuracy",
            over_seeds(own),
            null=null,
            published=PUBLISHED[:1],
            bar=Bar("at least", 0.8),
            note=_cost(own) + note,
        ),
        Row(
            "sparse coding: minutes of training",
            mean([m.cpu_seconds / 60 for m in own]),
            bar=Bar("at most", 120.0),
            unit="CPU minutes",
            note="60 minutes of two cores are 120; a training takes one core",
        ),
        Row(
            "ResNet of as many parameters: accuracy",
            over_seeds(plain),
            null=null,
            published=PUBLISHED[1:],
            note=_cost(plain) + note,
        ),
    ]


def _cost(found: Sequence[ClassifyMeasure]) -> str:
    minutes = mean([m.cpu_seconds for m in found]).value / 60
    speed = mean([m.pictures_per_second for m in found]).value
    return (
        f"{found[0].parameters:,} parameters, {minutes:.1f} CPU minutes a training, "
        f"{speed:,.0f} pictures/s"
    )


def _accounts(
    network: SparseClassifier, job: ClassifyJob, images: ImageSet, settings: Settings
) -> list[Row]:
    """Every class of some test pictures, accounted for at every layer and at the pixels."""
    batch = probe_batch(job, 4 if settings.quick else 50)
    errors, moved = [], []
    last = len(network.layers) - 1
    for picture in batch:
        for target in range(network.classes):
            errors.append(network.explain(picture, target, top=1).check())
        told = network.explain(picture, top=1)
        (part,) = told.top(last, 1)
        whole = replace(part.unit, row=None, column=None)
        assert isinstance(told.target, int)
        after = network.delete(picture[None], [whole])[0, told.target]
        moved.append(abs(float(told.logits[told.target] - after) - part.contribution))
    _figures(network, batch, job, images)
    count = len(errors)
    note = f"{len(batch)} test pictures, all classes, all layers and the pixels; float32"
    return [
        Row(
            "largest error of a logit as the sum of its parts",
            exact(max(errors), count),
            bar=Bar("at most", 1e-4),
            note=note,
        ),
        Row(
            "the most credited part cut out: error of the foretold logit",
            exact(max(moved), len(moved)),
            bar=Bar("at most", 1e-4),
            note="last layer: the logit must fall by exactly what the part was credited with",
        ),
    ]


def _layers(network: SparseClassifier, job: ClassifyJob, settings: Settings) -> list[Row]:
    batch = probe_batch(job, 16 if settings.quick else 256)
    account, before = audit(network, batch), audit(untrained_classifier(job), batch)
    figure = layers.draw({"trained": account, "untrained": before})
    style.save(figure, settings.output / "figures", "layers")
    with torch.no_grad():
        zeros = [sparsity(code) for code in network.codes(batch)]
    descending = 1 - len(account.failures()) / len(account.layers)
    return [
        Row(
            "share of layers that descend their objective",
            exact(descending, len(account.layers)),
            null=Null("untrained", 1 - len(before.failures()) / len(before.layers)),
            note=f"the mean over {len(batch)} test pictures; zeros by layer "
            + ", ".join(f"{100 * z:.0f}" for z in zeros)
            + " %",
        )
    ]


def _figures(
    network: SparseClassifier, batch: torch.Tensor, job: ClassifyJob, images: ImageSet
) -> None:
    folder = job.output / "figures"
    for number in range(min(3, len(batch))):
        told = network.explain(batch[number], top=6)
        shown = explanation.shown(told, images.test_images[number], images.classes)
        style.save(explanation.draw(shown), folder, f"explanation-{number}")
    style.save(dictionary.draw(atoms.sparse_atoms(network)), folder, "atoms")
