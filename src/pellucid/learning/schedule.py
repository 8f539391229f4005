"""How long a training lasts, and how large its steps are."""

from __future__ import annotations

import math
from dataclasses import dataclass

from pellucid.config import check


@dataclass(frozen=True)
class Schedule:
    """The length of a training and its optimiser's settings (AdamW: Loshchilov and Hutter 2019).

    The learning rate rises linearly, then falls along half a cosine. It follows the progress of
    the training, which is the share of the steps or of the minutes that is gone, whichever is more:
    a training that its time limit ends has seen the whole cosine.
    """

    steps: int = 10_000
    """The number of steps, at most."""
    minutes: float | None = None
    """The limit of wall-clock time, over all sittings; none by default. With a limit the result
    depends on the speed of the machine."""
    learning_rate: float = 1e-3
    """The learning rate at its peak."""
    warmup: float = 0.02
    """The share of the training in which the learning rate rises to its peak."""
    floor: float = 0.05
    """The learning rate at the end, as a share of the peak."""
    weight_decay: float = 1e-3
    """AdamW's weight decay. It spares vectors and scalars (biases, gains)."""
    matrix_rate: float = 0.03
    """Muon's learning rate at its peak, of the matrices that are given to it; it rises and falls
    with that of all else."""
    betas: tuple[float, float] = (0.9, 0.999)
    """AdamW's decay of the first and of the second moment."""
    clip: float | None = 1.0
    """The greatest norm of the gradient, which is scaled down to it; none for no limit."""

    def __post_init__(self) -> None:
        """Check the ranges."""
        check(self.steps >= 1, f"steps is {self.steps}: give 1 or more")
        check(self.minutes is None or self.minutes > 0, f"minutes is {self.minutes}: give more")
        check(self.learning_rate > 0, f"learning_rate is {self.learning_rate}: give more than 0")
        check(self.matrix_rate > 0, f"matrix_rate is {self.matrix_rate}: give more than 0")
        check(0 <= self.warmup < 1, f"warmup is {self.warmup}: give a share from 0 to below 1")
        check(0 <= self.floor <= 1, f"floor is {self.floor}: give a share from 0 to 1")
        check(self.weight_decay >= 0, f"weight_decay is {self.weight_decay}: give 0 or more")
        check(all(0 <= b < 1 for b in self.betas), f"betas are {self.betas}: give 0 to below 1")
        check(self.clip is None or self.clip > 0, f"clip is {self.clip}: give more than 0, or none")

    def progress(self, step: int, elapsed: float) -> float:
        """The share of the training that is gone, 0 to 1.

        `step` steps are done and `elapsed` seconds are spent.
        """
        share = step / self.steps
        if self.minutes is not None:
            share = max(share, elapsed / (60 * self.minutes))
        return min(share, 1.0)

    def rate(self, progress: float) -> float:
        """The learning rate at `progress` (cosine decay: Loshchilov and Hutter 2017, eq. 5)."""
        if progress < self.warmup:
            # The first step would be wasted at a rate of zero.
            rising = progress / self.warmup
            return self.learning_rate * max(rising, min(1 / self.steps / self.warmup, 1.0))
        falling = (progress - self.warmup) / (1 - self.warmup)
        cosine = (1 + math.cos(math.pi * falling)) / 2
        return self.learning_rate * (self.floor + (1 - self.floor) * cosine)
