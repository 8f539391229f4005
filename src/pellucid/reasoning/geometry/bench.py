"""Run a set of problems, each in a process of its own with limits of time and memory.

FLINT's calls cannot be interrupted, so a problem that takes too long is ended with its process.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from statistics import median

from pellucid.errors import PellucidError
from pellucid.reasoning.geometry.algebra import prove
from pellucid.reasoning.geometry.definitions import definitions
from pellucid.reasoning.geometry.jgex import parse
from pellucid.reasoning.geometry.rings import make_ring

Prover = Callable[[str, str, int], tuple[str, str]]
"""Of name, text and line of a problem: a status, which begins with `proved` if it is, and why."""


@dataclass(frozen=True)
class Row:
    """What became of one problem."""

    name: str
    status: str
    reason: str
    seconds: float

    @property
    def proved(self) -> bool:
        """Whether it counts."""
        return self.status.startswith("proved")

    def __str__(self) -> str:
        return f"{self.name:<40} {self.seconds:8.3f} s  {self.status}: {self.reason}"


@dataclass(frozen=True)
class Running:
    """One process at work."""

    name: str
    process: BaseProcess
    answer: Connection
    begun: float


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
    """Rows of problems (`jgex.split_set`), as they are done; `workers` at a time."""
    # A fork knows all that was imported before it, so that is not done again for each problem.
    make_ring(("u1",))
    definitions()
    methods = multiprocessing.get_all_start_methods()
    context = multiprocessing.get_context("fork" if "fork" in methods else "spawn")
    queue = list(reversed(problems))
    running: list[Running] = []
    try:
        while queue or running:
            while queue and len(running) < workers:
                name, line, text = queue.pop()
                here, there = context.Pipe(duplex=False)
                arguments = (there, prover, name, text, line, megabytes)
                process = context.Process(  # type: ignore[attr-defined]
                    target=_work, args=arguments, daemon=True
                )
                process.start()
                there.close()
                running.append(Running(name, process, here, time.perf_counter()))
            wait([job.answer for job in running], timeout=0.05)
            for job in tuple(running):
                row = _finished(job, seconds)
                if row is not None:
                    running.remove(job)
                    yield row
    finally:
        for job in running:
            job.process.kill()


def summary(rows: Sequence[Row]) -> str:
    """The last line: `proved N of M`, with the median time."""
    seconds = median(row.seconds for row in rows) if rows else 0.0
    proved = sum(row.proved for row in rows)
    return f"proved {proved} of {len(rows)} (median {seconds:.3f} s)"


def _finished(job: Running, seconds: float) -> Row | None:
    """The row of a job that has answered, died, or had its time."""
    spent = time.perf_counter() - job.begun
    if job.answer.poll():
        try:
            status, reason, own = job.answer.recv()
        except EOFError:
            status, reason, own = "failed", "its process ended, perhaps out of memory", spent
    elif spent > seconds:
        job.process.kill()
        status, reason, own = "timeout", f"no answer in {seconds:g} s", spent
    else:
        return None
    job.answer.close()
    job.process.join()
    return Row(job.name, status, reason, own)


def _work(
    answer: Connection, prover: Prover, name: str, text: str, line: int, megabytes: int
) -> None:
    """One problem, in its own process."""
    with contextlib.suppress(ImportError):  # there are systems without such limits
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (megabytes << 20, megabytes << 20))
    begun = time.perf_counter()
    try:
        status, reason = prover(name, text, line)
    except PellucidError as error:
        status, reason = "error", str(error)
    except MemoryError:
        status, reason = "failed", f"more than {megabytes} MB"
    except RecursionError as error:
        status, reason = "failed", str(error)
    answer.send((status, reason, time.perf_counter() - begun))
    answer.close()
