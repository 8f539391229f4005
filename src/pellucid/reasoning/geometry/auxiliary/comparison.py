"""Proofs found with and without a proposer, on the same problems, in equal time.

    for pair in compare(problems, {"without": by_surplus, "with": proposer.weigh}, seconds=10.0):
        print(pair)

Each attempt is a process of its own, and its time is of CPU, so that other work beside it does not
decide who wins.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from math import comb

from pellucid.reasoning.geometry.auxiliary.pool import Weigh
from pellucid.reasoning.geometry.auxiliary.prove import prove_with_auxiliary
from pellucid.reasoning.geometry.limits import DONE, run_all
from pellucid.reasoning.geometry.problem import Problem
from pellucid.statistics import wilson

PATIENCE = 20.0
"""How many times longer than its time of CPU an attempt may take on a machine that is in use."""


@dataclass(frozen=True)
class Attempt:
    """What became of one problem under one way to weigh candidates."""

    name: str
    way: str
    status: str
    attempts: int
    """How often points were added."""
    seconds: float
    """Of CPU."""

    @property
    def proved(self) -> bool:
        """Whether a proof was found, and checked."""
        return self.status == "proved"

    def __str__(self) -> str:
        tried = f"{self.attempts:4d} attempts {self.seconds:7.2f} s"
        return f"{self.name:<40} {self.way:<10} {tried}  {self.status}"


def compare(
    problems: Sequence[Problem], ways: Mapping[str, Weigh], *, seconds: float, seed: int = 0
) -> Iterator[Attempt]:
    """Attempts at all problems in all ways, those at one problem one after the other.

    Parameters
    ----------
    problems
        What is to be proved.
    ways
        Names, and how candidates are weighed.
    seconds
        Of CPU for each attempt.
    seed
        Of the diagrams and of the search, the same in all ways.
    """
    works = [
        (f"{way}\n{problem.name}", partial(_attempt, problem, weigh, seconds, seed))
        for problem in problems
        for way, weigh in ways.items()
    ]
    for ended in run_all(works, seconds=PATIENCE * seconds, workers=1):
        way, name = ended.name.split("\n", 1)
        status, attempts, spent = ended.status, 0, ended.seconds
        if ended.status == DONE:
            status, attempts = ended.value
        yield Attempt(name, way, status, attempts, spent)


def _attempt(problem: Problem, weigh: Weigh, seconds: float, seed: int) -> tuple[str, int]:
    outcome = prove_with_auxiliary(
        problem, seconds=seconds, seed=seed, weigh=weigh, clock=time.process_time
    )
    return outcome.status, outcome.attempts


def summary(attempts: Sequence[Attempt]) -> str:
    """How many were proved in which of two ways, with 95 % intervals, and how likely by chance."""
    ways = list(dict.fromkeys(attempt.way for attempt in attempts))
    proved = {way: {a.name for a in attempts if a.way == way and a.proved} for way in ways}
    count = len({attempt.name for attempt in attempts})
    parts: list[str] = []
    for way in ways:
        share = wilson(len(proved[way]), count)
        range_ = f"[{100 * share.low:.0f}, {100 * share.high:.0f}] %"
        parts.append(f"{way} {len(proved[way])} of {count} {range_}")
    if len(ways) == 2:
        one, other = (proved[way] for way in ways)
        alone = len(one - other), len(other - one)
        parts.append(f"alone {alone[0]} and {alone[1]}, p = {sign_test(*alone):.2g}")
    return "; ".join(parts)


def sign_test(one_only: int, other_only: int) -> float:
    """The probability of so uneven a split by chance, two-sided (exact McNemar test)."""
    count, less = one_only + other_only, min(one_only, other_only)
    return min(1.0, 2 * sum(comb(count, k) for k in range(less + 1)) / 2**count)
