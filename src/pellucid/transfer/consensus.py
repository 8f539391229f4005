"""A community of different bodies: none can take another's weights, so they teach each other.

    told = learn_by_telling(
        bodies, estimator, shards, queries, channel=Loopback(8), config=TellingConfig(), seed=0,
        tell=lambda moment: ...,
    )

Each body learns from what it alone has seen. Then all are asked the same queries, that need no
labels, say what they think of them, and learn from the mean of what all have said (Li and Wang
2019, FedMD; Hinton 2022, section 8). A body may be a network of any shape on any device, and learn
by any estimator of gradients: nothing of it is known but its answers.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.optim import Adam, Optimizer

from pellucid.config import check, check_counts
from pellucid.errors import DataError
from pellucid.learning.gradient import GradientEstimator
from pellucid.learning.lessons import Labelled, Lesson
from pellucid.learning.loop import step_seed
from pellucid.transfer.channel import Channel
from pellucid.transfer.codec import Codec, check_codec
from pellucid.transfer.distillation import Taught, answers, centred
from pellucid.transfer.message import SoftTargets


@dataclass(frozen=True)
class TellingConfig:
    """How bodies learn, alone and from each other."""

    rounds: int = 10
    """times that all say what they think"""
    queries: int = 500
    """questions of a round"""
    alone: int = 50
    """steps on its own shard before a body is asked"""
    together: int = 20
    """steps on what all have said; 0: they speak, and do not listen"""
    batch: int = 50
    learning_rate: float = 1e-3
    """of Adam at the beginning; it falls to nothing along a straight line"""
    temperature: float = 4.0
    codec: Codec = "uint8"

    def __post_init__(self) -> None:
        check_counts(self, "rounds", "queries", "batch")
        for name in ("alone", "together"):
            check(getattr(self, name) >= 0, f"{name}={getattr(self, name)} must not be negative")
        check(self.learning_rate > 0, f"learning_rate={self.learning_rate} must be positive")
        check(self.temperature > 0, f"temperature={self.temperature} must be positive")
        check_codec(self.codec)


@dataclass(frozen=True)
class Told:
    """How far bodies have come."""

    round: int
    """Rounds that are done."""
    bits: int
    """What all have said by then, in all processes."""
    bodies: Sequence[nn.Module]
    """Those that live here."""


def learn_by_telling(
    bodies: Sequence[nn.Module],
    estimator: GradientEstimator,
    shards: Sequence[Labelled],
    queries: Tensor,
    *,
    channel: Channel,
    config: TellingConfig,
    seed: int,
    tell: Callable[[Told], None] | None = None,
) -> Told:
    """Train `bodies` in place, one for each member that lives here, with its shard.

    Each round takes its `queries` (M, ...) anew from all of them; `tell` is called after it.
    DataError where bodies and shards are not as many as members, or a shard is less than a batch.
    """
    if not len(bodies) == len(shards) == len(channel.mine):
        raise DataError(
            f"{len(bodies)} bodies with {len(shards)} shards live where there are "
            f"{len(channel.mine)} members: give as many"
        )
    if min(*(len(s) for s in shards), min(config.queries, len(queries))) < config.batch:
        raise DataError(f"a shard, or the queries, are fewer than batch={config.batch}")
    pupils = [
        _Pupil(body, estimator, Adam(body.parameters()), config, seed, number)
        for number, body in zip(channel.mine, bodies, strict=True)
    ]
    before = channel.bits
    told = Told(0, 0, bodies)
    for number in range(config.rounds):
        for pupil, shard in zip(pupils, shards, strict=True):
            pupil.study(shard, config.alone, number)
        # All draw the same questions: their seed is the community's.
        draw = torch.Generator().manual_seed(step_seed(seed, number, 2**31))
        asked = queries[torch.randperm(len(queries), generator=draw)[: config.queries]]
        heard = channel.exchange(
            [SoftTargets(centred(answers(body, asked)), codec=config.codec) for body in bodies]
        )
        mean = torch.stack([message.values for message in heard]).mean(0).to(asked)
        lesson = Taught(asked, mean, config.temperature)
        for pupil in pupils:
            pupil.study(lesson, config.together, number)
        told = Told(number + 1, channel.bits - before, bodies)
        if tell is not None:
            tell(told)
    return told


@dataclass
class _Pupil:
    """A body that learns."""

    body: nn.Module
    estimator: GradientEstimator
    optimiser: Optimizer
    config: TellingConfig
    seed: int
    number: int
    steps: int = 0

    def study(self, lesson: Lesson, steps: int, number: int) -> None:
        """So many steps, of samples drawn anew."""
        self.body.train()
        rate = self.config.learning_rate * (1 - number / self.config.rounds)
        for group in self.optimiser.param_groups:
            group["lr"] = rate
        for _ in range(steps):
            draw = torch.Generator().manual_seed(step_seed(self.seed, self.steps, self.number))
            rows = torch.randint(len(lesson), (self.config.batch,), generator=draw)
            x, loss = lesson.batch(rows)
            self.estimator.estimate(self.body, loss, x, generator=draw).apply(self.body)
            self.optimiser.step()
            self.steps += 1
