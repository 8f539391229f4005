"""Part of `mortal`: a LocalMixer reads digits, trained by each estimator of gradients.

M/1/16 of Ren et al.: one block of 512 channels in 16 groups. Perturbing activities is better than
perturbing weights, and a loss for each group better than one for all.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import torch

from pellucid.data import load_images
from pellucid.experiments.mortal_ground import REN, Ground, bar, size, taught
from pellucid.experiments.once import once_a_job
from pellucid.experiments.rows import Bar, Null, Published, Row, Settings
from pellucid.experiments.statistics import exact, mean
from pellucid.learning.gradient import BackPropagation, GradientEstimator
from pellucid.learning.lessons import Labelled, LearnConfig, share_right
from pellucid.learning.local_perturbation import LocalPerturbation
from pellucid.networks.local_mixer import M_1_16, LocalMixer, LocalMixerConfig


@dataclass(frozen=True)
class Method:
    """An estimator, how long it learns, and what is asked of it."""

    estimator: GradientEstimator
    epochs: float
    learning_rate: float
    most: float
    """Percent of errors, the bar."""
    published: float
    batch: int = 100


METHODS = {
    "LG-FG-A": Method(LocalPerturbation(), 14, 3e-3, 3.0, 2.55),
    "FG-A": Method(LocalPerturbation(losses="one", samples=2), 25, 2e-3, 4.0, 3.76),
    "LG-FG-W": Method(LocalPerturbation("weights"), 14, 2e-3, 8.0, 5.66),
    "FG-W": Method(LocalPerturbation("weights", "one"), 14, 2e-3, 12.0, 8.56),
    "BP": Method(BackPropagation(), 8, 1e-3, 2.2, 2.41),
}
"""Rates and lengths were chosen on 10,000 training pictures that were held out."""
ORDER = ("BP", "LG-FG-A", "FG-A", "LG-FG-W", "FG-W")
"""From the best to the worst; the paper has LG-FG-A 0.14 after BP."""
FASHION = ("BP", "LG-FG-A")
"""What reads Fashion-MNIST too, with the same settings, in the full form."""
SHORT = 0.1
"""Of the epochs, in the short form."""


@dataclass(frozen=True)
class Job:
    """One training."""

    name: str
    method: str
    images: str
    mixer: LocalMixerConfig
    config: LearnConfig
    output: Path
    train: int | None = None
    test: int | None = None


@dataclass(frozen=True)
class Trained:
    """How it came out."""

    error: float
    """Percent of the test pictures."""
    seconds: float
    """Of processor time."""
    reads: int
    """Passes of one sample through the network, in training."""


def job(settings: Settings, method: str, seed: int, images: str = "mnist") -> Job:
    """The job of a method."""
    chosen = METHODS[method]
    scale = {"quick": 0.1, "short": SHORT, "full": 1.0}[size(settings)]
    config = LearnConfig(
        epochs=scale * chosen.epochs,
        learning_rate=chosen.learning_rate,
        batch=chosen.batch,
        seed=seed,
    )
    if settings.quick:
        small = LocalMixerConfig(channels=32, groups=4)
        return Job(
            f"local-{method}-{seed}", method, "digits", small, config, settings.output, 500, 200
        )
    return Job(f"local-{images}-{method}-{seed}", method, images, M_1_16, config, settings.output)


@once_a_job(Trained)
def measure(job: Job) -> Trained:
    """One job; or what was measured before."""
    began = time.process_time()
    images = load_images(job.images)
    ground = Ground.of(images if job.train is None else images.first(job.train, job.test))
    channels, height, width = images.shape
    mean_, deviation = float(ground.x.mean()), float(ground.x.std())

    def pictures(rows: torch.Tensor) -> torch.Tensor:
        standard = (rows - mean_) / deviation
        return standard.view(-1, height, width, channels).movedim(-1, 1).contiguous()

    torch.manual_seed(job.config.seed)
    model = LocalMixer((channels, height, width), len(images.classes), job.mixer)
    estimator = METHODS[job.method].estimator
    lesson = Labelled(pictures(ground.x), ground.y)
    taught(model, lesson, job.config, job.output / job.name, "training", estimator)
    right = share_right(model, pictures(ground.test_x), ground.test_y)
    steps = job.config.schedule(len(lesson)).steps
    # A pass forwards; two sides of each perturbation of each of the two layers, or one pass back.
    passes = 1 + 2 * 2 * estimator.samples if isinstance(estimator, LocalPerturbation) else 3
    return Trained(
        error=100 * (1 - right),
        seconds=time.process_time() - began,
        reads=steps * job.config.batch * passes,
    )


def fashion_rows(found: Mapping[str, Sequence[Trained]]) -> list[Row]:
    """The table of Fashion-MNIST, over seeds; nothing is published for it."""
    return [
        Row(
            f"errors on Fashion-MNIST by {method}",
            mean([t.error for t in told]),
            unit="%",
            null=Null("a guess", 90.0),
            note="with the settings of MNIST",
        )
        for method, told in found.items()
    ]


def rows(settings: Settings, found: Mapping[str, Sequence[Trained]]) -> list[Row]:
    """The table, over seeds."""
    shown = []
    for method in ORDER:
        chosen, told = METHODS[method], found[method]
        shown.append(
            Row(
                f"errors on MNIST by {method}",
                mean([t.error for t in told]),
                unit="%",
                bar=bar(settings, "at most", chosen.most),
                null=Null("a guess", 90.0),
                published=(Published(chosen.published, f"{REN}, M/1/16", "its own long schedule"),),
                note=f"{max(t.seconds for t in told):.0f} CPU seconds at most; "
                f"{told[0].reads / 1e6:.0f} million reads",
            )
        )
    means = [mean([t.error for t in found[m]]).value for m in ORDER]
    ordered = sum(better < worse for better, worse in pairwise(means))
    shown.append(
        Row(
            f"of the order {', '.join(ORDER)}: neighbours that stand so",
            exact(float(ordered), len(found["BP"])),
            bar=Bar("at least", 4.0) if settings.full else None,
        )
    )
    return shown
