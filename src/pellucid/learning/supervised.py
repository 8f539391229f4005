"""Classification of pictures: one loop for white boxes and the black boxes beside them.

images = load_images("cifar10").validation(5000)
model = SparseClassifier(images.shape, classes=10)
learned = train_classifier(model, images, ClassifyConfig(), folder=run)
learned.accuracy        # on images.test_images
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

from pellucid.config import check, check_counts
from pellucid.data.images import ImageSet
from pellucid.learning.batches import Pictures, Variation, epoch_rows
from pellucid.learning.device import (
    Precision,
    choose_device,
    choose_precision,
    computing_in,
    set_threads,
)
from pellucid.learning.distributed import parallel, process_group
from pellucid.learning.loop import StepResult, TrainResult, train_loop
from pellucid.learning.progress import Progress
from pellucid.learning.runs import RunFolder
from pellucid.learning.schedule import Schedule


@dataclass(frozen=True)
class ClassifyConfig:
    """How a classifier learns."""

    epochs: float = 10.0
    """passes over the training pictures"""
    batch: int = 128
    """pictures in a step, over all ranks"""
    learning_rate: float = 2e-3
    """of AdamW, at its peak"""
    warmup: float = 0.1
    """the share of the training in which the rate rises"""
    weight_decay: float = 0.05
    """of AdamW; spares vectors and scalars"""
    smoothing: float = 0.1
    """label smoothing (Szegedy et al. 2016)"""
    variation: Variation = field(default_factory=Variation)
    """how training pictures are varied"""
    precision: Precision = "auto"
    """auto, float32 or bfloat16"""
    device: str = "auto"
    """auto, cpu, cuda or mps"""
    threads: int = 1
    """CPU threads"""
    seed: int = 0
    """of batches and variation; the weights are the caller's"""
    checkpoint_every: int = 500
    """steps between two checkpoints"""

    def __post_init__(self) -> None:
        check(self.epochs > 0, f"epochs={self.epochs} must be positive")
        check_counts(self, "batch")
        check(0 <= self.smoothing < 1, f"smoothing={self.smoothing} must be from 0 to below 1")

    def schedule(self, pictures: int) -> Schedule:
        """The schedule of a training on so many pictures."""
        steps = max(1, round(self.epochs * pictures / min(self.batch, pictures)))
        return Schedule(
            steps=steps,
            learning_rate=self.learning_rate,
            warmup=self.warmup,
            floor=0.0,
            weight_decay=self.weight_decay,
        )


@dataclass(frozen=True)
class Classified:
    """How a classifier came out."""

    correct: int
    tested: int
    seconds: float
    """Wall-clock seconds of training, over all sittings."""
    cpu_seconds: float
    """Processor seconds of training, over all sittings."""
    pictures_per_second: float
    result: TrainResult

    @property
    def accuracy(self) -> float:
        """The share of test pictures that are classified correctly."""
        return self.correct / self.tested


def train_classifier(
    model: nn.Module,
    images: ImageSet,
    config: ClassifyConfig,
    *,
    folder: RunFolder,
    progress: Progress | None = None,
) -> Classified:
    """Train `model` (pictures (B, C, H, W) to logits (B, classes)) in place, and test it once.

    A killed training continues from its checkpoint in `folder`. On several processes each takes its
    share of every batch.
    """
    set_threads(config.threads)
    device = choose_device(config.device)
    dtype = choose_precision(config.precision, device)
    with process_group(device):
        model.to(device, memory_format=torch.channels_last)  # type: ignore[call-overload]
        seen = Pictures(images.train_images, images.train_labels, device=device)
        wrapped = parallel(model)

        def loss(step: int) -> StepResult:
            rows = epoch_rows(len(seen), config.batch, step=step, seed=config.seed)
            x, labels = seen.batch(rows, variation=config.variation)
            with computing_in(dtype, device):
                logits = wrapped(x)
            value = F.cross_entropy(logits.float(), labels, label_smoothing=config.smoothing)
            right = (logits.argmax(-1) == labels).float().mean()
            return StepResult(value, {"train_accuracy": right.detach()}, len(x))

        result = train_loop(
            wrapped,
            loss,
            config.schedule(len(seen)),
            folder=folder,
            seed=config.seed,
            checkpoint_every=config.checkpoint_every,
            progress=progress,
        )
        tested = Pictures(images.test_images, images.test_labels, like=seen, device=device)
        correct = count_correct(model, tested)
    return Classified(
        correct, len(tested), result.elapsed, result.cpu_seconds, result.frames_per_second, result
    )


@torch.no_grad()
def count_correct(model: nn.Module, pictures: Pictures, *, batch: int = 500) -> int:
    """How many pictures the model classifies correctly, in float32 and in evaluation mode."""
    model.eval()
    correct = 0
    for rows in np.array_split(np.arange(len(pictures)), max(1, len(pictures) // batch)):
        x, labels = pictures.batch(rows)
        correct += int((model(x).argmax(-1) == labels).sum())
    return correct
