"""Part of `error-accumulation`: answers written word by word, and found as a whole.

Latin squares: a row that breaks no rule may lead nowhere, and who writes cannot take it back. A
causal transformer that writes, and one of the same size that sees both ways and lowers the energy
of the whole answer, learn from as many squares. A pass over the whole costs what one answer that is
written costs, so k passes are set beside the likeliest of k answers, sampled.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import torch

from pellucid.experiments.chain_jobs import TEST, black_box
from pellucid.experiments.once import SeedJob, once_a_job
from pellucid.experiments.rows import Null, Row
from pellucid.experiments.statistics import Measured, mean
from pellucid.learning.runs import RunFolder
from pellucid.reasoning.learned.decoding import continued
from pellucid.reasoning.learned.training import ChainConfig, token_loss, train_chains
from pellucid.reasoning.learned.transformer import ChainTransformer
from pellucid.reasoning.learned.whole_answer import form_of, minimise, train_whole
from pellucid.reasoning.tasks.latin_square import COMMA, LatinSquare
from pellucid.reasoning.tasks.sequence import Rows
from pellucid.reasoning.tasks.task import SEPARATOR, Drawn


@dataclass(frozen=True)
class Squares:
    """What is learned, and how long it is thought about."""

    task: LatinSquare = field(default_factory=LatinSquare)
    dimension: int = 64
    depth: int = 3
    training: ChainConfig = field(default_factory=lambda: ChainConfig(steps=400))
    passes: tuple[int, ...] = (1, 2, 4, 8, 16)
    """Over whole answers; as many answers are sampled where they are written."""
    tested: int = 500


SquaresJob = SeedJob[Squares]


@dataclass(frozen=True)
class Found:
    """Percent of squares that are right."""

    likeliest: float
    """Written, each word the likeliest."""
    written: dict[str, float]
    """By passes: the likeliest as a whole of so many sampled."""
    whole: dict[str, float]
    """By passes over the whole answer."""
    cpu_seconds: list[float]
    """Of learning to write, and to lower the energy."""


@once_a_job(Found)
def measure_squares(job: SquaresJob) -> Found:
    """Train and ask both transformers of a seed; or what was measured before."""
    plan, task = job.plan, job.plan.task
    config = replace(plan.training, seed=job.seed)
    drawn = task.draw(np.random.default_rng(TEST), plan.tested)
    seconds = []
    models = []
    for causal, learn in ((True, train_chains), (False, train_whole)):
        model = _new(plan, job.seed, causal=causal)
        with RunFolder.begin(job.output / job.name, "writes" if causal else "whole", config) as run:
            result = learn(model, task.batch, config, folder=run)
            run.finish()
        seconds.append(result.cpu_seconds)
        models.append(model.eval())
    writes, whole = models
    form = form_of(whole, drawn.answers)
    return Found(
        _share(task, drawn, continued(writes, drawn.questions, longest=len(form))),
        {str(k): _best_of(writes, job, drawn, k) for k in plan.passes},
        {
            str(k): _share(task, drawn, minimise(whole, drawn.questions, form, passes=k))
            for k in plan.passes
        },
        seconds,
    )


def _new(plan: Squares, seed: int, *, causal: bool) -> ChainTransformer:
    vocabulary = plan.task.vocabulary
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return ChainTransformer(
            black_box(plan.dimension, plan.depth),
            vocabulary=len(vocabulary) + 1,  # one more stands for what is not known
            delimiters=[vocabulary.number(word) for word in (COMMA, SEPARATOR)],
            lines=2 * plan.task.order,
            places=plan.task.order + 1,
            causal=causal,
        )


def _share(task: LatinSquare, drawn: Drawn, said: Rows) -> float:
    right = task.right_squares(drawn.questions, _padded(said, drawn.answers.tokens.shape[1]))
    return 100 * float(right.mean())


def _padded(rows: Rows, width: int) -> np.ndarray:
    tokens = rows.tokens[:, :width]
    return np.pad(tokens, ((0, 0), (0, width - tokens.shape[1])))


@torch.no_grad()
def _best_of(model: ChainTransformer, job: SquaresJob, drawn: Drawn, count: int) -> float:
    """The share right of the answers that the model finds likeliest, of so many sampled each."""
    task, width = job.plan.task, drawn.answers.tokens.shape[1]
    generator = torch.Generator().manual_seed(1000 * job.seed + count)
    best = np.full(len(drawn.answers.length), np.inf)
    chosen = np.zeros((len(best), width), np.int64)
    for _ in range(count):
        said = continued(
            model, drawn.questions, longest=width, temperature=1.0, generator=generator
        )
        whole = Rows.full(_padded(said, width))
        rows = task.tokens(Drawn(drawn.questions, whole, whole), "chain")
        nats = token_loss(model, rows).reshape(len(best), -1).sum(1).numpy()
        chosen = np.where((nats < best)[:, None], whole.tokens, chosen)
        best = np.minimum(nats, best)
    return 100 * float(task.right_squares(drawn.questions, chosen).mean())


def squares_rows(plan: Squares, found: Sequence[Found]) -> list[Row]:
    """What passes are worth, beside as much writing."""
    task = plan.task
    seconds = [max(f.cpu_seconds[k] for f in found) for k in range(2)]

    def whole(passes: int) -> Measured:
        return mean([f.whole[str(passes)] for f in found])

    def written(passes: int) -> Measured:
        return mean([f.written[str(passes)] for f in found])

    most = max(plan.passes)
    return [
        Row(
            f"Latin squares of order {task.order}, word by word, the likeliest: right",
            mean([f.likeliest for f in found]),
            unit="%",
            note=f"{100 * task.given:.0f} % of cells are given; learned in {seconds[0]:.0f} CPU "
            f"seconds, as a whole in {seconds[1]:.0f}, from {plan.training.steps} x "
            f"{plan.training.batch} squares each",
        ),
        *(
            Row(
                f"the same, as a whole by energy, {k} pass{'es' * (k > 1)}: right",
                whole(k),
                unit="%",
                null=Null(f"the likeliest of {k} written, as much work", written(k)),
            )
            for k in plan.passes
        ),
        Row(
            f"points that energy is worth at {most} passes, over as much writing",
            mean([f.whole[str(most)] - f.written[str(most)] for f in found]),
            unit="points",
        ),
    ]
