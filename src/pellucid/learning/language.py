"""Language modelling: one loop for white boxes and the black boxes beside them.

text = load_text("tinyshakespeare")
corpus = Corpus.of(text)
spoken = train_language(model, corpus, LanguageConfig(), folder=run)
spoken.bits             # bits per character on the held-out end of the text
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from pellucid.config import check_counts
from pellucid.data.text import Characters
from pellucid.errors import DataError
from pellucid.learning.device import (
    Precision,
    choose_device,
    choose_precision,
    computing_in,
    set_threads,
)
from pellucid.learning.distributed import parallel, process_group, rank, world_size
from pellucid.learning.loop import StepResult, TrainResult, train_loop
from pellucid.learning.progress import Progress
from pellucid.learning.runs import RunFolder
from pellucid.learning.schedule import Schedule


@dataclass(frozen=True)
class Corpus:
    """A text as numbers: its beginning is learned from, then comes validation, its end is tested.

    The split is that of nanoGPT's shakespeare_char (the first 90 % for training), whose last tenth
    is halved: settings are chosen on the first half, the second is looked at once.
    """

    alphabet: Characters
    train: np.ndarray
    validation: np.ndarray
    test: np.ndarray

    @classmethod
    def of(cls, text: str) -> Corpus:
        """Split a text: 90 % training, 5 % validation, 5 % test."""
        alphabet = Characters.of(text)
        tokens = alphabet.encode(text)
        first, second = int(0.9 * len(tokens)), int(0.95 * len(tokens))
        return cls(alphabet, tokens[:first], tokens[first:second], tokens[second:])


@dataclass(frozen=True)
class LanguageConfig:
    """How a language model learns."""

    steps: int = 2000
    """training steps"""
    batch: int = 32
    """pieces of text in a step, over all ranks"""
    context: int = 128
    """characters in a piece"""
    learning_rate: float = 1e-3
    """of AdamW, at its peak"""
    warmup: float = 0.05
    """the share of the training in which the rate rises"""
    weight_decay: float = 0.1
    """of AdamW; spares vectors and scalars"""
    precision: Precision = "auto"
    """auto, float32 or bfloat16"""
    device: str = "auto"
    """auto, cpu, cuda or mps"""
    threads: int = 1
    """CPU threads"""
    seed: int = 0
    """of the pieces; the weights are the caller's"""

    def __post_init__(self) -> None:
        check_counts(self, "steps", "batch", "context")

    def schedule(self) -> Schedule:
        """The schedule of the training."""
        return Schedule(
            steps=self.steps,
            learning_rate=self.learning_rate,
            warmup=self.warmup,
            weight_decay=self.weight_decay,
            betas=(0.9, 0.99),
        )


@dataclass(frozen=True)
class Spoken:
    """How a language model came out."""

    validation_bits: float
    """Bits per character of the validation text."""
    bits: float
    """Bits per character of the test text."""
    seconds: float
    cpu_seconds: float
    result: TrainResult


def train_language(
    model: nn.Module,
    corpus: Corpus,
    config: LanguageConfig,
    *,
    folder: RunFolder,
    progress: Progress | None = None,
) -> Spoken:
    """Train `model` (tokens (B, N) to logits (B, N, V)) in place to foretell the next character."""
    set_threads(config.threads)
    device = choose_device(config.device)
    dtype = choose_precision(config.precision, device)
    if len(corpus.train) <= config.context:
        raise DataError(
            f"{len(corpus.train)} characters to learn from, and pieces of {config.context}: give a "
            "longer text or a smaller context"
        )
    with process_group(device):
        tokens = torch.from_numpy(corpus.train).to(device)
        wrapped = parallel(model.to(device))

        def loss(step: int) -> StepResult:
            pieces = _pieces(tokens, config, step)
            with computing_in(dtype, device):
                logits = wrapped(pieces[:, :-1])
            value = F.cross_entropy(logits.float().flatten(0, 1), pieces[:, 1:].flatten())
            return StepResult(value, {"bits": value.detach() / math.log(2)}, pieces.numel())

        result = train_loop(
            wrapped, loss, config.schedule(), folder=folder, seed=config.seed, progress=progress
        )
        bits = {
            name: bits_per_character(
                model, torch.from_numpy(part).to(device), context=config.context
            )
            for name, part in (("validation", corpus.validation), ("test", corpus.test))
        }
    return Spoken(bits["validation"], bits["test"], result.elapsed, result.cpu_seconds, result)


def _pieces(tokens: Tensor, config: LanguageConfig, step: int) -> Tensor:
    """Pieces (B, context + 1) that begin anywhere; they depend on (seed, step) alone."""
    generator = np.random.default_rng((config.seed, step))
    starts = generator.integers(0, len(tokens) - config.context, config.batch)
    starts = starts[rank() :: world_size()]
    places = torch.from_numpy(starts[:, None] + np.arange(config.context + 1)).to(tokens.device)
    return tokens[places]


@torch.no_grad()
def bits_per_character(
    model: nn.Module, tokens: Tensor, *, context: int, batch: int = 64, warm: float = 0.5
) -> float:
    """Bits per character of the tokens (L,), each foretold from at least `warm` of a context.

    Windows overlap, so that no character but the very first ones is judged with little before it;
    every character after the first is judged once.
    """
    model.eval()
    before = int(warm * context)
    stride = context - before
    if len(tokens) < 2:
        raise DataError(f"{len(tokens)} characters cannot be foretold: give at least 2")
    total = 0.0
    starts = list(range(0, max(1, len(tokens) - 1 - before), stride))
    for first in range(0, len(starts), batch):
        group = starts[first : first + batch]
        whole = [s for s in group if s + context < len(tokens)]
        for part in (whole, *[[s] for s in group if s not in whole]):
            if part:
                total += _nats(model, tokens, part, context, before)
    return total / (len(tokens) - 1) / math.log(2)


def _nats(model: nn.Module, tokens: Tensor, starts: list[int], context: int, before: int) -> float:
    """Nats of the characters that these windows, of one length, judge."""
    length = min(context, len(tokens) - 1 - starts[0])
    places = torch.tensor(starts, device=tokens.device)[:, None] + torch.arange(
        length + 1, device=tokens.device
    )
    pieces = tokens[places]
    logits = model(pieces[:, :-1]).float()
    nats = F.cross_entropy(logits.flatten(0, 1), pieces[:, 1:].flatten(), reduction="none")
    nats = nats.view(len(starts), length)
    judged = torch.ones_like(nats)
    for row, start in enumerate(starts):
        if start:
            judged[row, :before] = 0.0
    return float((nats * judged).sum())
