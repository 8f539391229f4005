"""Learning to write chains, from problems that are drawn anew in every step."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from pellucid.config import check, check_counts
from pellucid.learning.loop import StepResult, TrainResult, train_loop
from pellucid.learning.progress import Progress
from pellucid.learning.runs import RunFolder
from pellucid.learning.schedule import Schedule
from pellucid.reasoning.learned.transformer import ChainTransformer
from pellucid.reasoning.tasks.sequence import TokenBatch

Source = Callable[[np.random.Generator, int], TokenBatch]
"""Draws so many problems with what is to be said of them, such as `task.batch`."""


@dataclass(frozen=True)
class ChainConfig:
    """How a transformer of chains learns."""

    steps: int = 600
    batch: int = 128
    """problems in a step; none is shown twice"""
    learning_rate: float = 3e-3
    """of AdamW, at its peak"""
    matrix_rate: float | None = 0.03
    """of Muon, which cares for the matrices of the blocks; none: AdamW does"""
    warmup: float = 0.05
    """the share of the training in which the rate rises"""
    weight_decay: float = 0.0
    betas: tuple[float, float] = (0.9, 0.98)
    shift: int = 0
    """places by which a row is moved at random, at most"""
    seed: int = 0
    """of the problems; the weights are the caller's"""

    def __post_init__(self) -> None:
        check_counts(self, "steps", "batch")
        check(self.shift >= 0, f"shift is {self.shift}: give 0 or more")

    def schedule(self) -> Schedule:
        """The schedule of the training."""
        rate = Schedule.matrix_rate if self.matrix_rate is None else self.matrix_rate
        return Schedule(
            steps=self.steps,
            learning_rate=self.learning_rate,
            warmup=self.warmup,
            weight_decay=self.weight_decay,
            betas=self.betas,
            matrix_rate=rate,
        )


def train_chains(
    model: ChainTransformer,
    source: Source,
    config: ChainConfig,
    *,
    folder: RunFolder,
    progress: Progress | None = None,
) -> TrainResult:
    """Train `model` in place to say what follows the questions, and nothing else of the rows."""
    device = next(model.parameters()).device

    def loss(rows: TokenBatch, random: np.random.Generator) -> Tensor:
        shift = None
        if config.shift:
            shift = torch.from_numpy(random.integers(config.shift + 1, size=config.batch))
            shift = shift.to(device)
        return token_loss(model, rows, shift).mean()

    return train(model, source, config, loss, folder=folder, progress=progress, called="chains")


def train(
    model: ChainTransformer,
    source: Source,
    config: ChainConfig,
    loss: Callable[[TokenBatch, np.random.Generator], Tensor],
    *,
    folder: RunFolder,
    progress: Progress | None,
    called: str,
) -> TrainResult:
    """Train `model` in place by a loss of problems that are drawn anew in each step."""

    def step_loss(step: int) -> StepResult:
        random = np.random.default_rng((config.seed, step))
        rows = source(random, config.batch)
        return StepResult(loss(rows, random), {}, config.batch)

    return train_loop(
        model,
        step_loss,
        config.schedule(),
        matrices=[] if config.matrix_rate is None else model.matrices(),
        folder=folder,
        seed=config.seed,
        progress=progress,
        called=called,
    )


def token_loss(model: ChainTransformer, rows: TokenBatch, shift: Tensor | None = None) -> Tensor:
    """Nats of each token that follows a question, given all before it: (M,), row by row."""
    device = next(model.parameters()).device
    tokens = torch.from_numpy(rows.tokens).to(device)
    learned = torch.from_numpy(rows.learned[:, 1:]).to(device)
    logits = model(tokens[:, :-1], shift)
    return F.cross_entropy(logits[learned], tokens[:, 1:][learned], reduction="none")
