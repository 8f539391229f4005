"""Forward-Forward learning: each layer by itself, from pictures with right and with wrong labels.

    network = ForwardForward(images.shape, classes=10)
    learned = train_forward_forward(network, images, ForwardForwardConfig(), folder=run)
    learned.accuracy        # on images.test_images

A layer's goodness g shall be above a threshold for the picture with its label (positive), below it
for the picture with a wrong one (negative):

    loss = softplus(s (threshold - g_positive)) + softplus(s (g_negative - threshold))

(Hinton 2022, arXiv 2212.13345, eq. 1), which is the negative log-likelihood of a layer that takes
s (g - threshold) for the log-odds of "this label is right". It descends its own loss only; what it
hears from below is a number to it, not something to be changed. So nothing has to go back through
the network, and within a layer any `GradientEstimator` will do: with perturbations nobody needs a
model of the forward pass, and layers may live on devices that there is no model of.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, get_args

import torch
from torch import Tensor
from torch.nn import functional as F

from pellucid.config import check, check_counts
from pellucid.data.images import ImageSet
from pellucid.errors import ConfigError, DataError, nearest
from pellucid.learning.activity_perturbation import ActivityPerturbation, MeasuredPerturbation
from pellucid.learning.batches import Pictures, Variation, epoch_rows
from pellucid.learning.device import choose_device, set_threads
from pellucid.learning.gradient import BackPropagation, Estimate
from pellucid.learning.loop import StepResult, step_seed, train_loop
from pellucid.learning.progress import Progress
from pellucid.learning.runs import RunFolder
from pellucid.learning.schedule import Schedule
from pellucid.learning.supervised import Classified, count_correct
from pellucid.learning.weight_perturbation import WeightPerturbation
from pellucid.networks.forward_forward import ForwardForward, goodness

Negatives = Literal["uniform", "hard"]
LayerEstimator = BackPropagation | ActivityPerturbation | MeasuredPerturbation | WeightPerturbation


@dataclass(frozen=True)
class ForwardForwardConfig:
    """How a Forward-Forward network learns."""

    epochs: float = 12.0
    """passes over the training pictures"""
    batch: int = 128
    """pictures in a step, each once with its label and once with a wrong one"""
    learning_rate: float = 5e-3
    """of AdamW, at its peak; it ends at zero"""
    warmup: float = 0.05
    """the share of the training in which the rate rises"""
    weight_decay: float = 0.0
    """of AdamW; spares biases"""
    threshold: float = 0.4
    """the goodness at which a layer is undecided"""
    sharpness: float = 10.0
    """s, log-odds for a goodness of one; a layer's number of units makes its goodness the sum"""
    negatives: Negatives = "hard"
    """wrong labels: uniform, or hard, in proportion to how probable the network finds them now"""
    estimator: LayerEstimator = field(default_factory=BackPropagation)
    """how a layer comes by the gradient of its own loss"""
    variation: Variation = field(default_factory=Variation)
    """how training pictures are varied"""
    device: str = "auto"
    """auto, cpu, cuda or mps"""
    threads: int = 1
    """CPU threads"""
    seed: int = 0
    """of batches, negatives, perturbations and variation; the weights are the caller's"""
    checkpoint_every: int = 500
    """steps between two checkpoints"""

    def __post_init__(self) -> None:
        check(self.epochs > 0, f"epochs={self.epochs} must be positive")
        check_counts(self, "batch")
        check(self.threshold > 0, f"threshold={self.threshold} must be positive")
        check(self.sharpness > 0, f"sharpness={self.sharpness} must be positive")
        if self.negatives not in get_args(Negatives):
            raise ConfigError(
                f"negatives '{self.negatives}' are unknown: "
                f"{nearest(self.negatives, get_args(Negatives))}"
            )

    def schedule(self, pictures: int) -> Schedule:
        """The schedule of a training on so many pictures; layers' gradients are not clipped.

        Clipping looks at the gradients of all layers together, and would make them one again.
        """
        return Schedule(
            steps=max(1, round(self.epochs * pictures / min(self.batch, pictures))),
            learning_rate=self.learning_rate,
            warmup=self.warmup,
            floor=0.0,
            weight_decay=self.weight_decay,
            clip=None,
        )

    def loss(self, activities: Tensor) -> Tensor:
        """A layer's loss (B,) of what it says, (B, 2, W), of the right label and of a wrong one."""
        odds = self.sharpness * (goodness(activities) - self.threshold)
        return F.softplus(-odds[:, 0]) + F.softplus(odds[:, 1])


def train_forward_forward(
    network: ForwardForward,
    images: ImageSet,
    config: ForwardForwardConfig,
    *,
    folder: RunFolder,
    progress: Progress | None = None,
) -> Classified:
    """Train `network` in place, and test it once; on one process.

    A killed training continues from its checkpoint in `folder`. DataError where the network was
    made for other pictures or fewer classes.
    """
    _check_fit(network, images)
    set_threads(config.threads)
    device = choose_device(config.device)
    network.to(device)
    seen = Pictures(images.train_images, images.train_labels, device=device)

    def loss(step: int) -> StepResult:
        rows = epoch_rows(len(seen), config.batch, step=step, seed=config.seed)
        x, labels = seen.batch(rows, variation=config.variation)
        draw = torch.Generator().manual_seed(step_seed(config.seed, step))
        estimates = learn_from(network, x, labels, config, generator=draw)
        terms = {f"layer_{place}": found.loss for place, found in enumerate(estimates, start=1)}
        pairs = zip(network.layers, estimates, strict=True)
        total = torch.stack([found.descended(layer) for layer, found in pairs]).sum()
        return StepResult(total, terms, len(x))

    result = train_loop(
        network,
        loss,
        config.schedule(len(seen)),
        folder=folder,
        seed=config.seed,
        checkpoint_every=config.checkpoint_every,
        progress=progress,
    )
    tested = Pictures(images.test_images, images.test_labels, like=seen, device=device)
    correct = count_correct(network, tested)
    return Classified(
        correct, len(tested), result.elapsed, result.cpu_seconds, result.frames_per_second, result
    )


def learn_from(
    network: ForwardForward,
    x: Tensor,
    labels: Tensor,
    config: ForwardForwardConfig,
    *,
    generator: torch.Generator,
) -> list[Estimate]:
    """The gradient of each layer's own loss, of pictures (B, C, H, W) with labels (B,)."""
    inputs = layer_inputs(network, x, labels, config, generator=generator)
    return [
        config.estimator.estimate(layer, config.loss, h, generator=generator)
        for layer, h in zip(network.layers, inputs, strict=True)
    ]


@torch.no_grad()
def layer_inputs(
    network: ForwardForward,
    x: Tensor,
    labels: Tensor,
    config: ForwardForwardConfig,
    *,
    generator: torch.Generator,
) -> list[Tensor]:
    """What each layer is to learn from: the pictures with their label and with a wrong one.

    (B, P + 2 K) for the first layer, (B, 2, P) for those above. Hard negatives need what the
    network says of every label, of which the pairs are a part.
    """
    if config.negatives == "uniform":
        wrong = uniform_negatives(labels, network.classes, generator=generator)
        pairs = torch.stack((labels, wrong), 1)
        said = network.activities(x, pairs)
    else:
        every = torch.arange(network.classes, device=x.device).expand(len(x), -1)
        all_said = network.activities(x, every)
        odds = config.sharpness * network.score(all_said)
        pairs = torch.stack((labels, hard_negatives(odds, labels, generator=generator)), 1)
        picture = torch.arange(len(x), device=x.device)[:, None]
        said = [h[picture, pairs] for h in all_said]
    return [network.told(x, pairs), *said[:-1]]


def uniform_negatives(labels: Tensor, classes: int, *, generator: torch.Generator) -> Tensor:
    """A wrong label for each of the labels (B,), all wrong ones being as probable."""
    away = torch.randint(1, classes, labels.shape, generator=generator)
    return (labels + away.to(labels.device)) % classes


def hard_negatives(odds: Tensor, labels: Tensor, *, generator: torch.Generator) -> Tensor:
    """A wrong label for each of the labels (B,), as probable as the network finds it.

    `odds` (B, K) are the log-odds of each label; wrong labels share exp(odds) (Hinton 2022, section
    3.3, where a softmax beside the network stands for its goodness, to save time).
    """
    wrong = odds.scatter(1, labels[:, None], -torch.inf).softmax(1)
    return torch.multinomial(wrong.cpu(), 1, generator=generator)[:, 0].to(labels.device)


def _check_fit(network: ForwardForward, images: ImageSet) -> None:
    if images.shape != network.shape:
        raise DataError(
            f"{images.name}: pictures of shape {images.shape} do not fit a network of "
            f"{network.shape}: make it for them"
        )
    if len(images.classes) > network.classes:
        raise DataError(
            f"{images.name}: {len(images.classes)} classes do not fit a network of "
            f"{network.classes}: make it for them"
        )
    for labels in (images.train_labels, images.test_labels):
        if len(labels) and not 0 <= labels.min() <= labels.max() < network.classes:
            raise DataError(
                f"{images.name}: a label lies outside of 0 to {network.classes - 1}: mend them"
            )
