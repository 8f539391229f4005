"""Learning from examples with any estimator of gradients, by the one training loop.

    lesson = Labelled(x, labels)
    learn(model, lesson, LearnConfig(epochs=5), estimator=ActivityPerturbation(), folder=run)

A lesson is what a learner is shown: inputs, and how bad its outputs are. Labels are one; what a
teacher says is another (`pellucid.transfer.distillation`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from pellucid.config import check, check_counts
from pellucid.errors import DataError
from pellucid.learning.batches import Variation, epoch_rows
from pellucid.learning.gradient import BackPropagation, GradientEstimator, Loss
from pellucid.learning.loop import Callback, StepResult, TrainResult, step_seed, train_loop
from pellucid.learning.progress import Progress
from pellucid.learning.runs import RunFolder
from pellucid.learning.schedule import Schedule


class Lesson(Protocol):
    """Examples, some of which are shown in each step."""

    def __len__(self) -> int:
        """How many there are."""
        ...

    def batch(self, rows: Tensor) -> tuple[Tensor, Loss]:
        """Inputs (N, ...), and the loss of outputs for them, one number a sample."""
        ...


@dataclass(frozen=True)
class Labelled:
    """Inputs with their classes; the loss is cross-entropy."""

    inputs: Tensor
    """(N, ...)"""
    labels: Tensor
    """(N,) of int64"""
    variation: Variation | None = None
    """how inputs that are pictures (N, C, H, W) are varied"""

    def __post_init__(self) -> None:
        if len(self.inputs) != len(self.labels):
            raise DataError(f"{len(self.inputs)} inputs have {len(self.labels)} labels")

    def __len__(self) -> int:
        return len(self.inputs)

    def batch(self, rows: Tensor) -> tuple[Tensor, Loss]:
        """See `Lesson`."""
        x, labels = self.inputs[rows], self.labels[rows]
        if self.variation is not None:
            x = self.variation.apply(x)
        return x, lambda outputs: F.cross_entropy(outputs, labels, reduction="none")


@dataclass(frozen=True)
class LearnConfig:
    """How long and how fast a model learns."""

    epochs: float = 10.0
    """times that each example is shown"""
    batch: int = 100
    learning_rate: float = 1e-3
    """of AdamW, at its peak; it falls to nothing"""
    warmup: float = 0.02
    """the share of the training in which the rate rises"""
    weight_decay: float = 0.0
    betas: tuple[float, float] = (0.9, 0.999)
    seed: int = 0
    """of batches and perturbations; the weights are the caller's"""
    checkpoint_every: int = 2000

    def __post_init__(self) -> None:
        check(self.epochs > 0, f"epochs={self.epochs} must be positive")
        check_counts(self, "batch", "checkpoint_every")

    def schedule(self, examples: int) -> Schedule:
        """The schedule of a training on so many examples."""
        return Schedule(
            steps=max(1, round(self.epochs * (examples // min(self.batch, examples)))),
            learning_rate=self.learning_rate,
            warmup=self.warmup,
            floor=0.0,
            weight_decay=self.weight_decay,
            betas=self.betas,
            clip=None,
        )


def learn(
    model: nn.Module,
    lesson: Lesson,
    config: LearnConfig,
    *,
    folder: RunFolder,
    estimator: GradientEstimator | None = None,
    callbacks: Sequence[Callback] = (),
    progress: Progress | None = None,
) -> TrainResult:
    """Train `model` in place; by back-propagation where no `estimator` is given.

    A killed training continues from its checkpoint in `folder`, with the same bits.
    """
    means = estimator if estimator is not None else BackPropagation()
    device = next(model.parameters()).device

    def step(number: int) -> StepResult:
        rows = torch.from_numpy(
            epoch_rows(len(lesson), config.batch, step=number, seed=config.seed)
        )
        x, loss = lesson.batch(rows)
        # Apart from the seeds of batches' variation, which torch's own generator draws.
        draw = torch.Generator(device).manual_seed(step_seed(config.seed, number, 2**30))
        estimate = means.estimate(model, loss, x, generator=draw)
        return StepResult(estimate.descended(model), {"reads": float(estimate.reads)}, len(x))

    return train_loop(
        model,
        step,
        config.schedule(len(lesson)),
        folder=folder,
        seed=config.seed,
        checkpoint_every=config.checkpoint_every,
        callbacks=callbacks,
        progress=progress,
    )


@torch.no_grad()
def share_right(model: nn.Module, inputs: Tensor, labels: Tensor, *, batch: int = 1000) -> float:
    """The share of inputs (N, ...) whose class is told, in evaluation mode."""
    training = model.training
    model.eval()
    right = sum(
        int((model(x).argmax(-1) == y).sum())
        for x, y in zip(inputs.split(batch), labels.split(batch), strict=True)
    )
    model.train(training)
    return right / len(inputs)
