"""`pellucid geometry`: facts of figures, sets of problems, theorems to learn from."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import tyro

if TYPE_CHECKING:
    from pellucid.reasoning.geometry.bench import Row


@dataclass(frozen=True)
class Discover:
    """List what is true of a figure and is not said, the farthest from what is given last."""

    problem: Annotated[str, tyro.conf.Positional, tyro.conf.arg(metavar="FILE|TEXT")]
    """A figure in words, such as "a b c = triangle; h = orthocenter a b c", or a file of one."""
    time: float = 30.0
    """Seconds that it may take."""
    name: str | None = None
    """Which problem, of a file with several."""


@dataclass(frozen=True)
class Bench:
    """Try to prove all problems of a set; a row for each, and a last line `proved N of M`."""

    set: Annotated[str, tyro.conf.Positional, tyro.conf.arg(metavar="SET")]
    """imo_ag_30, jgex_ag_231, imo_102_requires_aux, larger_imo_eval, ag2, any problem file, or a
    folder of them."""
    engine: str = "algebra"
    """algebra, synthetic, auxiliary (the same with points added to the figure), wu, or auto
    (synthetic where algebra does not decide)."""
    time: float = 60.0
    """Seconds that each problem may take."""
    memory: int = 4096
    """Megabytes that each problem may take."""
    workers: int = 1
    """How many problems at a time, each in a process of its own."""
    data: Path | None = None
    """The folder with the sets; by default `geometry` in the folder that PELLUCID_DATA names."""
    check: bool = False
    """Have every certificate and proof checked; those that are refused do not count."""


@dataclass(frozen=True)
class Synthesize:
    """Make theorems whose proofs need points that they do not mention, as a file of problems."""

    count: int = 10
    """How many."""
    seed: int = 0
    """Of all that is random."""
    out: Path | None = None
    """Write them there; by default they are printed."""


@dataclass(frozen=True)
class TrainProposer:
    """Learn from synthesized theorems which points are worth adding to a figure."""

    out: Path
    """Where the weights are written, as a safetensors file."""
    count: int = 100
    """From how many theorems."""
    seed: int = 0
    """Of all that is random."""


@dataclass(frozen=True)
class CompareProposer:
    """Prove the problems of a set with and without a learned proposer, in equal time of CPU."""

    set: Annotated[str, tyro.conf.Positional, tyro.conf.arg(metavar="SET")]
    """A set or a file of problems, as for `bench`."""
    proposer: Annotated[Path, tyro.conf.Positional, tyro.conf.arg(metavar="FILE")]
    """What `train-proposer` wrote."""
    time: float = 10.0
    """Seconds of CPU for each attempt."""
    seed: int = 0
    """Of the search."""
    data: Path | None = None
    """The folder with the sets, as for `bench`."""


Options = (
    Annotated[Discover, tyro.conf.subcommand("discover")]
    | Annotated[Bench, tyro.conf.subcommand("bench")]
    | Annotated[Synthesize, tyro.conf.subcommand("synthesize")]
    | Annotated[TrainProposer, tyro.conf.subcommand("train-proposer")]
    | Annotated[CompareProposer, tyro.conf.subcommand("compare-proposer")]
)


def main(options: Discover | Bench | Synthesize | TrainProposer | CompareProposer) -> int:
    """Run one of them."""
    if isinstance(options, Discover):
        return _discover(options)
    if isinstance(options, Bench):
        return _bench(options)
    if isinstance(options, TrainProposer):
        return _train_proposer(options)
    return _compare(options) if isinstance(options, CompareProposer) else _synthesize(options)


def _discover(options: Discover) -> int:
    """A line for each fact, in words, as a statement, and by how it follows."""
    from pellucid.reasoning.geometry.discovery import discover
    from pellucid.reasoning.geometry.front import read_problem
    from pellucid.reasoning.geometry.synthetic.telling import statement_in_words

    problem = read_problem(options.problem, name=options.name, goalless=True)
    found = discover(problem, seconds=options.time)
    words = [statement_in_words(fact.statement) for fact in found.facts]
    width = max(map(len, words), default=0)
    for told, fact in zip(words, found.facts, strict=True):
        sys.stdout.write(f"{told:<{width}}  {fact}\n")
    count = len(words)
    rest = "" if found.complete else f"; more with more time than --time {options.time:g}"
    told = "1 fact that is" if count == 1 else f"{count} facts that are"
    sys.stdout.write(f"{told} not given{rest}\n")
    return 0


def _bench(options: Bench) -> int:
    """Rows as they are done, and their sum."""
    from pellucid.errors import ConfigError
    from pellucid.learning.progress import choose_progress
    from pellucid.reasoning.geometry.bench import run_set, summary
    from pellucid.reasoning.geometry.engines import bencher
    from pellucid.reasoning.geometry.sets import find_set

    for name, value in (("time", options.time), ("memory", options.memory)):
        if not value > 0:
            raise ConfigError(f"--{name} {value:g} is too little; give more than 0")
    if options.workers < 1:
        raise ConfigError(f"--workers {options.workers} is too few; give 1 or more")
    problems = find_set(options.set, data=options.data)
    rows: list[Row] = []
    with choose_progress().task(options.set) as report:
        for row in run_set(
            problems,
            prover=bencher(options.engine, seconds=options.time, check=options.check),
            seconds=options.time,
            megabytes=options.memory,
            workers=options.workers,
        ):
            rows.append(row)
            sys.stdout.write(f"{row}\n")
            sys.stdout.flush()
            report(len(rows) / len(problems), {"proved": sum(row.proved for row in rows)})
    sys.stdout.write(f"{summary(rows)}\n")
    return 0


def _synthesize(options: Synthesize) -> int:
    """Two lines for each theorem, and its auxiliary points as a comment, as they are found."""
    from pellucid.errors import ConfigError
    from pellucid.learning.files import write_atomically
    from pellucid.learning.progress import choose_progress
    from pellucid.reasoning.geometry.auxiliary.synthesize import synthesize

    if options.count < 1:
        raise ConfigError(f"--count {options.count} is too few; give 1 or more")
    texts: list[str] = []
    with choose_progress().task("synthesize") as report:
        for theorem in synthesize(count=options.count, seed=options.seed):
            texts.append(theorem.text())
            report(len(texts) / options.count, {"theorems": len(texts)})
            if options.out is None:
                sys.stdout.write(texts[-1])
                sys.stdout.flush()
    if options.out is not None:
        write_atomically(options.out, "".join(texts).encode())
        sys.stderr.write(f"{len(texts)} theorems are in {options.out}\n")
    return 0


def _train_proposer(options: TrainProposer) -> int:
    """A file of weights, from theorems that are made on the way."""
    from collections.abc import Iterator

    from pellucid.errors import ConfigError
    from pellucid.learning.progress import choose_progress
    from pellucid.reasoning.geometry.auxiliary.proposer import train
    from pellucid.reasoning.geometry.auxiliary.synthesize import Theorem, synthesize

    if options.count < 1:
        raise ConfigError(f"--count {options.count} is too few; give 1 or more")

    def told() -> Iterator[Theorem]:
        with choose_progress().task("synthesize") as report:
            made = synthesize(count=options.count, seed=options.seed)
            for number, theorem in enumerate(made, 1):
                report(number / options.count, {"theorems": number})
                yield theorem

    train(told(), seed=options.seed).save(options.out)
    sys.stderr.write(f"the proposer is in {options.out}\n")
    return 0


def _compare(options: CompareProposer) -> int:
    """A line for each attempt, and in the end how many were proved in which way."""
    from pellucid.errors import ConfigError
    from pellucid.reasoning.geometry.auxiliary.comparison import compare, summary
    from pellucid.reasoning.geometry.auxiliary.pool import by_surplus
    from pellucid.reasoning.geometry.auxiliary.proposer import Proposer
    from pellucid.reasoning.geometry.front import parse_text
    from pellucid.reasoning.geometry.sets import find_set

    if not options.time > 0:
        raise ConfigError(f"--time {options.time:g} is too little; give more than 0")
    ways = {"without": by_surplus, "with": Proposer.load(options.proposer).weigh}
    texts = find_set(options.set, data=options.data)
    problems = [parse_text(text, name=name, line=line) for name, line, text in texts]
    attempts = []
    for attempt in compare(problems, ways, seconds=options.time, seed=options.seed):
        attempts.append(attempt)
        sys.stdout.write(f"{attempt}\n")
        sys.stdout.flush()
    sys.stdout.write(f"{summary(attempts)}\n")
    return 0
