"""Distillation: a student learns what a teacher says, and not only which class is right.

    L = (1 - h) T^2 KL(p_T || q_T) + h CE(q_1, label),     p_T = softmax(teacher / T)

(Hinton, Vinyals and Dean 2015). The gradient of the first part by the student's logits is
(1 - h) T (q_T - p_T): at a high temperature it is that of half the squared difference of centred
logits, over the number of classes. T^2 stands with the soft part alone, so that h means the same at
every temperature.

    lesson = Taught(inputs, teacher(inputs), temperature=20)
    learn(student, lesson, LearnConfig(epochs=12), folder=run)

`balance` mends a student that was never shown some classes: their logits are raised until, over
inputs without labels, each class is told as often as it occurs.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from pellucid.config import check
from pellucid.errors import ConfigError, DataError
from pellucid.learning.batches import Variation
from pellucid.learning.gradient import Loss


def soft_cross_entropy(outputs: Tensor, taught: Tensor, *, temperature: float) -> Tensor:
    """T^2 KL(softmax(taught / T) || softmax(outputs / T)) of each sample (N,), in nats.

    Both are logits (N, K). It is zero where the student says what the teacher says.
    """
    check(temperature > 0, f"temperature={temperature} must be positive")
    said = F.log_softmax(outputs / temperature, dim=-1)
    wanted = F.log_softmax(taught / temperature, dim=-1)
    apart = F.kl_div(said, wanted, reduction="none", log_target=True).sum(-1)
    return temperature**2 * apart


@dataclass(frozen=True)
class Taught:
    """A lesson: inputs, and a teacher's logits for them; labels too where `hard` is not 0."""

    inputs: Tensor
    """(N, ...)"""
    logits: Tensor
    """(N, K)"""
    temperature: float = 4.0
    """T; 20 for large students of digits, 2.5 to 4 for small ones (Hinton et al. 2015)"""
    labels: Tensor | None = None
    """(N,) of int64"""
    hard: float = 0.0
    """h, the share of the loss that is of labels"""
    variation: Variation | None = None
    """how inputs that are pictures are varied; what was said of them stays"""

    def __post_init__(self) -> None:
        check(self.temperature > 0, f"temperature={self.temperature} must be positive")
        check(0 <= self.hard <= 1, f"hard={self.hard} must be from 0 to 1")
        if len(self.logits) != len(self.inputs) or self.logits.ndim != 2:
            raise DataError(
                f"{len(self.inputs)} inputs were answered by {tuple(self.logits.shape)}: give "
                "logits (N, classes)"
            )
        if self.hard and (self.labels is None or len(self.labels) != len(self.inputs)):
            raise ConfigError(f"hard={self.hard} needs a label for each of the inputs")

    def __len__(self) -> int:
        return len(self.inputs)

    def batch(self, rows: Tensor) -> tuple[Tensor, Loss]:
        """See `pellucid.learning.lessons.Lesson`."""
        x, taught = self.inputs[rows], self.logits[rows]
        labels = None if self.labels is None else self.labels[rows]
        if self.variation is not None:
            x = self.variation.apply(x)

        def loss(outputs: Tensor) -> Tensor:
            soft = soft_cross_entropy(outputs, taught, temperature=self.temperature)
            if not self.hard or labels is None:
                return soft
            hard = F.cross_entropy(outputs, labels, reduction="none")
            return (1 - self.hard) * soft + self.hard * hard

        return x, loss


def balance(
    logits: Tensor, shares: Tensor, *, classes: tuple[int, ...] | None = None, most: int = 1000
) -> Tensor:
    """Offsets (K,) with which the mean of softmax(logits + offsets) is as often as classes occur.

    `logits` (N, K) are of inputs without labels in which classes have the shares (K,). With
    `classes` only theirs are moved, and only they meet their shares: those that a student was never
    shown. Each round adds log(share / told) (Saerens, Latinne and Decaestecker 2002, for priors).
    DataError where no offsets are found in `most` rounds.
    """
    check(most > 0, f"most={most} must be positive")
    if logits.ndim != 2 or shares.shape != logits.shape[1:]:
        raise DataError(f"{tuple(shares.shape)} shares do not fit logits {tuple(logits.shape)}")
    if not (shares > 0).all() or abs(float(shares.sum()) - 1) > 1e-3:
        raise DataError("shares of classes must be positive, and sum to 1")
    moved = list(range(len(shares)) if classes is None else classes)
    said, wanted = logits.double(), shares.double()
    offsets = torch.zeros_like(wanted)
    for _ in range(most):
        told = F.softmax(said + offsets, dim=1).mean(0).clamp_min(1e-300)
        step = (wanted[moved] / told[moved]).log()
        if float(step.abs().max()) < 1e-4:
            return offsets.to(logits)
        offsets[moved] += step
    raise DataError(f"no offsets balance these logits in {most} rounds: give more inputs")


class Offset(nn.Module):
    """A model whose logits are moved by offsets (K,): what `balance` found."""

    offsets: Tensor

    def __init__(self, model: nn.Module, offsets: Tensor) -> None:
        super().__init__()
        self.model = model
        self.register_buffer("offsets", offsets)

    def forward(self, x: Tensor) -> Tensor:
        """Logits (N, K)."""
        moved: Tensor = self.model(x) + self.offsets
        return moved


@torch.no_grad()
def answers(teacher: nn.Module, inputs: Tensor, *, batch: int = 1000) -> Tensor:
    """A teacher's logits (N, K) for inputs, in evaluation mode; it is left as it was."""
    training = teacher.training
    teacher.eval()
    said = torch.cat([teacher(part) for part in inputs.split(batch)])
    teacher.train(training)
    return said


def centred(logits: Tensor) -> Tensor:
    """Logits (N, K) less their mean: softmax is the same, and codes of few bits are finer."""
    return logits - logits.mean(1, keepdim=True)


def softness(logits: Tensor, *, temperature: float) -> float:
    """The mean entropy of softmax(logits / T), as a share of its greatest, log K.

    Near 0 soft targets are labels; near 1 they are all alike, and only differences of logits count.
    """
    p = F.log_softmax(logits / temperature, dim=-1)
    return float(-(p.exp() * p).sum(-1).mean()) / math.log(logits.shape[-1])
