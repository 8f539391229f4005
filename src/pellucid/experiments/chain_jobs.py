"""Transformers trained to answer problems, with steps or without: one job is one training.

A job's folder keeps the training, the model and what was measured; it is done once.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from pellucid.experiments.learned import parameters_of
from pellucid.experiments.once import train_once
from pellucid.experiments.statistics import Measured, mean, share
from pellucid.learning.checkpoint import load_model, restore, save_model
from pellucid.learning.device import set_threads
from pellucid.learning.runs import RunFolder
from pellucid.networks.token_network import TokenNetworkConfig
from pellucid.reasoning.learned.decoding import answer_nats, share_answered
from pellucid.reasoning.learned.training import ChainConfig, train_chains
from pellucid.reasoning.learned.transformer import ChainTransformer
from pellucid.reasoning.tasks.edit_distance import EditDistance
from pellucid.reasoning.tasks.equations import LinearEquations
from pellucid.reasoning.tasks.prefix import PrefixArithmetic
from pellucid.reasoning.tasks.sequence import TokenBatch
from pellucid.reasoning.tasks.task import Form, Task

ARITHMETIC, EQUATIONS, EDITS = "arithmetic", "equations", "edit distance"
DELIMITERS = {ARITHMETIC: ("=",), EQUATIONS: (",", "<sep>"), EDITS: ("|", ",", "<sep>")}
"""The words of each task that end a line."""
MODULUS = {ARITHMETIC: 7, EQUATIONS: 3}
LONGEST = 12
"""The longest words whose distances the vocabulary has numbers for."""
TEST = 987_654
"""The seed of problems that are asked; far from those of training, which are pairs."""


def black_box(dimension: int, depth: int, heads: int = 4) -> TokenNetworkConfig:
    """A plain transformer: softmax attention and a perceptron."""
    return TokenNetworkConfig(dimension, depth, heads, mixer="softmax", feed="mlp")


def make_task(kind: str, size: int) -> Task:
    """Terms, unknowns, or letters: of one kind all sizes have one vocabulary."""
    if kind == ARITHMETIC:
        return PrefixArithmetic(MODULUS[kind], size)
    if kind == EQUATIONS:
        return LinearEquations(MODULUS[kind], size)
    assert kind == EDITS, f"{kind} is no task"
    return EditDistance(size, longest=LONGEST)


@dataclass(frozen=True)
class ChainJob:
    """One transformer, trained once and asked once."""

    name: str
    task: str
    sizes: tuple[int, ...]
    """It learns from problems of all of these; a step's are of one size."""
    form: Form
    network: TokenNetworkConfig
    training: ChainConfig
    output: Path
    asked: tuple[int, ...] = ()
    """Other sizes at which it is asked in the end."""
    tested: int = 1000
    lines: int = 16
    places: int = 32
    window: int = 1
    plain: bool = False
    """Places are those in the whole row, as in GPT."""


@dataclass(frozen=True)
class ChainMeasure:
    """What a job found."""

    name: str
    seed: int
    right: dict[str, int]
    """Problems answered rightly, by their size."""
    tested: int
    nats: float
    """Of a whole row behind its question, at the largest size that was learned from."""
    parameters: int
    cpu_seconds: float

    def share(self, size: int) -> float:
        """The share of problems of a size that were answered rightly."""
        return self.right[str(size)] / self.tested


def answer_one(job: ChainJob) -> ChainMeasure:
    """Train and ask; or read what was measured before."""
    set_threads(1)
    return train_once(job, ChainMeasure, _answer)


def _answer(job: ChainJob, run: RunFolder) -> ChainMeasure:
    model = new_model(job)
    result = train_chains(model, source(job), job.training, folder=run)
    model.eval()
    right = {}
    for size in sorted({job.sizes[-1], *job.asked}):
        drawn = make_task(job.task, size).draw(np.random.default_rng(TEST), job.tested)
        right[str(size)] = round(share_answered(model, drawn, job.form) * job.tested)
    task = make_task(job.task, job.sizes[-1])
    few = task.draw(np.random.default_rng(TEST + 1), min(job.tested, 300))
    save_model(job.output / job.name / "model", model.state_dict(), description={"name": job.name})
    return ChainMeasure(
        job.name,
        job.training.seed,
        right,
        job.tested,
        answer_nats(model, task, few, job.form),
        parameters_of(model),
        result.cpu_seconds,
    )


def new_model(job: ChainJob) -> ChainTransformer:
    """The transformer with which the job begins."""
    vocabulary = make_task(job.task, job.sizes[-1]).vocabulary
    words = () if job.plain else DELIMITERS[job.task]
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(job.training.seed)
        return ChainTransformer(
            job.network,
            vocabulary=len(vocabulary),
            delimiters=[vocabulary.number(word) for word in words],
            lines=job.lines,
            places=job.places,
            window=job.window,
        )


def trained_model(job: ChainJob) -> ChainTransformer:
    """The transformer with which a job that is done ended."""
    folder = job.output / job.name
    model = new_model(job)
    restore(model, load_model(folder / "model").tensors, where=folder)
    return model.eval()


class Mixture:
    """Problems of one size a step, whose size is random."""

    def __init__(self, tasks: Sequence[Task], form: Form) -> None:
        self.tasks, self.form = tasks, form

    def __call__(self, random: np.random.Generator, count: int) -> TokenBatch:
        """So many problems."""
        task = self.tasks[int(random.integers(len(self.tasks)))]
        return task.batch(random, count, self.form)


def source(job: ChainJob) -> Mixture:
    """What a job learns from."""
    return Mixture([make_task(job.task, size) for size in job.sizes], job.form)


def over_seeds(measures: Sequence[ChainMeasure], size: int) -> Measured:
    """The mean share over seeds, in percent; of one seed with the interval over its problems."""
    if len(measures) == 1:
        return share(measures[0].right[str(size)], measures[0].tested).times(100)
    return mean([100 * m.share(size) for m in measures])
