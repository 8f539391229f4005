"""Part of `mortal`: Forward-Forward reads digits; no error goes back from layer to layer."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import torch

from pellucid.data import load_images
from pellucid.experiments.mortal_ground import bar, size
from pellucid.experiments.once import once_a_job
from pellucid.experiments.rows import Null, Published, Row, Settings
from pellucid.experiments.statistics import exact, mean
from pellucid.learning.forward_forward import ForwardForwardConfig, train_forward_forward
from pellucid.learning.runs import RunFolder
from pellucid.networks.forward_forward import ForwardForward

SCALE = {"quick": 0.2, "short": 0.15, "full": 1.0}
MINUTES = 5.0


@dataclass(frozen=True)
class Job:
    """One training."""

    name: str
    images: str
    config: ForwardForwardConfig
    output: Path
    train: int | None = None
    test: int | None = None


@dataclass(frozen=True)
class Read:
    """How it came out."""

    error: float
    """Percent of the test pictures."""
    minutes: float
    """Of processor time, in training."""


def job(settings: Settings, seed: int, images: str = "mnist") -> Job:
    """The job of a seed."""
    config = replace(ForwardForwardConfig(), seed=seed)
    config = replace(config, epochs=SCALE[size(settings)] * config.epochs)
    if settings.quick:
        return Job(f"forward-{seed}", "digits", config, settings.output, 500, 200)
    return Job(f"forward-{images}-{seed}", images, config, settings.output)


@once_a_job(Read)
def measure(job: Job) -> Read:
    """One job; or what was measured before."""
    began = time.process_time()
    images = load_images(job.images)
    images = images if job.train is None else images.first(job.train, job.test)
    torch.manual_seed(job.config.seed)
    network = ForwardForward(images.shape, classes=len(images.classes))
    with RunFolder.begin(job.output / job.name, "training", job.config, fresh=True) as folder:
        learned = train_forward_forward(network, images, job.config, folder=folder)
        folder.finish()
    return Read(100 * (1 - learned.accuracy), (time.process_time() - began) / 60)


def fashion_rows(found: Sequence[Read]) -> list[Row]:
    """The table of Fashion-MNIST, over seeds; nothing is published for it."""
    return [
        Row(
            "errors on Fashion-MNIST by Forward-Forward",
            mean([f.error for f in found]),
            unit="%",
            null=Null("a guess", 90.0),
            note="with the settings of MNIST",
        )
    ]


def rows(settings: Settings, found: Sequence[Read]) -> list[Row]:
    """The table, over seeds."""
    return [
        Row(
            "errors on MNIST by Forward-Forward",
            mean([f.error for f in found]),
            unit="%",
            bar=bar(settings, "at most", 3.0),
            null=Null("a guess", 90.0),
            published=(
                Published(
                    1.36, "Hinton 2022 (arXiv 2212.13345)", "4 layers of 2,000 units, 60 epochs"
                ),
            ),
        ),
        Row(
            "CPU minutes of Forward-Forward, most of all seeds",
            exact(max(f.minutes for f in found), len(found)),
            bar=bar(settings, "at most", MINUTES),
        ),
    ]
