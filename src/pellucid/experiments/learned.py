"""Networks trained for an experiment: one job is one training and its measure, and is done once.

A job's folder keeps the training, so that a killed experiment goes on, the model, and
`measured.json`, so that a finished job is not done again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import torch
from torch import nn

from pellucid.data import ImageSet, load_images, load_text
from pellucid.experiments.fan_out import fan_out
from pellucid.experiments.once import train_once
from pellucid.experiments.statistics import Measured, mean, share
from pellucid.learning.batches import Pictures
from pellucid.learning.checkpoint import load_model, restore, save_model
from pellucid.learning.language import Corpus, LanguageConfig, train_language
from pellucid.learning.progress import Progress
from pellucid.learning.runs import RunFolder
from pellucid.learning.supervised import ClassifyConfig, train_classifier
from pellucid.networks.classifiers import ClassifierConfig, make_classifier
from pellucid.networks.language_transformer import LanguageTransformer
from pellucid.networks.token_network import TokenNetworkConfig


@dataclass(frozen=True)
class ClassifyJob:
    """One classifier, trained once and tested once."""

    name: str
    network: ClassifierConfig
    images: str
    training: ClassifyConfig
    output: Path
    train: int | None = None
    """Only so many training pictures, for quick runs."""
    test: int | None = None
    validate: int = 0
    """Measure on so many training pictures that are held out, in the place of the test pictures."""

    def pictures(self) -> ImageSet:
        """What it learns from and is measured on."""
        images = load_images(self.images)
        if self.validate:
            images = images.validation(self.validate)
        return images if self.train is None else images.first(self.train, self.test)


@dataclass(frozen=True)
class ClassifyMeasure:
    """What a job found."""

    name: str
    seed: int
    correct: int
    tested: int
    parameters: int
    seconds: float
    cpu_seconds: float
    pictures_per_second: float

    @property
    def accuracy(self) -> float:
        """The share of the test pictures that it classified correctly."""
        return self.correct / self.tested


@dataclass(frozen=True)
class LanguageJob:
    """One language model, trained once and tested once."""

    name: str
    network: TokenNetworkConfig
    text: str
    training: LanguageConfig
    output: Path
    window: int = 1
    """Letters that a token shows."""


@dataclass(frozen=True)
class LanguageMeasure:
    """What a language job found."""

    name: str
    seed: int
    bits: float
    validation_bits: float
    parameters: int
    seconds: float
    cpu_seconds: float


Job = TypeVar("Job", ClassifyJob, LanguageJob)
Answer = TypeVar("Answer")


def classify_all(
    jobs: Sequence[ClassifyJob], *, progress: Progress | None = None
) -> list[ClassifyMeasure]:
    """Every job, side by side on the cores of this machine."""
    return fan_out(classify_one, jobs, progress=progress)


def speak_all(
    jobs: Sequence[LanguageJob], *, progress: Progress | None = None
) -> list[LanguageMeasure]:
    """Every job, side by side on the cores of this machine."""
    return fan_out(speak_one, jobs, progress=progress)


def classify_one(job: ClassifyJob) -> ClassifyMeasure:
    """Train and test; or read what was measured before."""
    return train_once(job, ClassifyMeasure, _classify)


def speak_one(job: LanguageJob) -> LanguageMeasure:
    """Train and test; or read what was measured before."""
    return train_once(job, LanguageMeasure, _speak)


def over_seeds(measures: Sequence[ClassifyMeasure]) -> Measured:
    """The mean accuracy over seeds; of one seed with the interval over its pictures."""
    if len(measures) == 1:
        return share(measures[0].correct, measures[0].tested)
    return mean([m.accuracy for m in measures])


def trained_classifier(job: ClassifyJob) -> nn.Module:
    """The network of a job that is done, with the weights that it ended with."""
    saved = load_model(job.output / job.name / "model")
    model = _new(job, job.pictures())
    restore(model, saved.tensors, where=job.output / job.name)
    return model.eval()


def untrained_classifier(job: ClassifyJob) -> nn.Module:
    """The network with which the job began."""
    return _new(job, job.pictures()).eval()


def parameters_of(model: nn.Module) -> int:
    """How many numbers are learned."""
    return sum(p.numel() for p in model.parameters() if p.requires_grad)


def new_classifier(network: ClassifierConfig, images: ImageSet, *, seed: int) -> nn.Module:
    """A network for these pictures before it learns."""
    some = Pictures(images.train_images, images.train_labels).batch(slice(2000))[0]
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return make_classifier(
            network, shape=images.shape, classes=len(images.classes), pictures=some
        )


def _new(job: ClassifyJob, images: ImageSet) -> nn.Module:
    return new_classifier(job.network, images, seed=job.training.seed)


def _classify(job: ClassifyJob, run: RunFolder) -> ClassifyMeasure:
    images = job.pictures()
    model = _new(job, images)
    learned = train_classifier(model, images, job.training, folder=run)
    save_model(job.output / job.name / "model", model.state_dict(), description={"name": job.name})
    return ClassifyMeasure(
        job.name,
        job.training.seed,
        learned.correct,
        learned.tested,
        parameters_of(model),
        learned.seconds,
        learned.cpu_seconds,
        learned.pictures_per_second,
    )


def _speak(job: LanguageJob, run: RunFolder) -> LanguageMeasure:
    corpus = Corpus.of(load_text(job.text))
    torch.manual_seed(job.training.seed)
    model = LanguageTransformer(
        job.network,
        vocabulary=len(corpus.alphabet),
        context=job.training.context,
        window=job.window,
    )
    spoken = train_language(model, corpus, job.training, folder=run)
    save_model(job.output / job.name / "model", model.state_dict(), description={"name": job.name})
    return LanguageMeasure(
        job.name,
        job.training.seed,
        spoken.bits,
        spoken.validation_bits,
        parameters_of(model),
        spoken.seconds,
        spoken.cpu_seconds,
    )


def probe_batch(job: ClassifyJob, count: int) -> torch.Tensor:
    """The first test pictures as the network sees them, (count, C, H, W)."""
    images = job.pictures()
    seen = Pictures(images.train_images, images.train_labels)
    shown = Pictures(images.test_images[:count], images.test_labels[:count], like=seen)
    return shown.batch(slice(None))[0]
