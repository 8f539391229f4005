"""Run a set of problems, each in a process of its own with limits of time and memory."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from statistics import median

from pellucid.reasoning.geometry.algebra import prove
from pellucid.reasoning.geometry.jgex import parse
from pellucid.reasoning.geometry.limits import DONE, run_all

Prover = Callable[[str, str, int], tuple[str, str]]
"""Of name, text and line of a problem: a status, which begins with `proved` if it is, and why."""


@dataclass(frozen=True)
class Row:
    """What became of one problem."""

    name: str
    status: str
    reason: str
    seconds: float
    """Of CPU; see `limits.Ended`."""

    @property
    def proved(self) -> bool:
        """Whether it counts."""
        return self.status.startswith("proved")

    def __str__(self) -> str:
        return f"{self.name:<40} {self.seconds:8.3f} s  {self.status}: {self.reason}"


def algebra(name: str, text: str, line: int) -> tuple[str, str]:
    """The algebraic prover, as the bench calls it."""
    result = prove(parse(text, name=name, line=line))
    return result.status, result.reason


def run_set(
    problems: Sequence[tuple[str, int, str]],
    *,
    prover: Prover = algebra,
    seconds: float = 60.0,
    megabytes: int = 4096,
    workers: int = 1,
) -> Iterator[Row]:
    """Rows of problems (`sets.find_set`), as they are done; `workers` at a time."""
    works = [(name, partial(prover, name, text, line)) for name, line, text in problems]
    for ended in run_all(works, seconds=seconds, megabytes=megabytes, workers=workers):
        status, reason = ended.status, ended.reason
        if ended.status == DONE:
            status, reason = ended.value
        yield Row(ended.name, status, reason, ended.seconds)


def summary(rows: Sequence[Row]) -> str:
    """The last line: `proved N of M`, with the median time of CPU."""
    seconds = median(row.seconds for row in rows) if rows else 0.0
    proved = sum(row.proved for row in rows)
    return f"proved {proved} of {len(rows)} (median {seconds:.3f} s)"
