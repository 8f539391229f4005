"""Work in processes of their own, with limits of time and memory.

FLINT's calls cannot be interrupted, so work that takes too long is ended with its process.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import signal
import time
from collections.abc import Callable, Generator, Iterable
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from typing import Any

from pellucid.errors import PellucidError
from pellucid.reasoning.geometry.definitions import definitions
from pellucid.reasoning.geometry.rings import make_ring

DONE, ERROR, FAILED, TIMEOUT = "done", "error", "failed", "timeout"
Work = Callable[[], Any]


@dataclass(frozen=True)
class Ended:
    """What became of one work."""

    name: str
    status: str
    """`done`; `error`, which the user can mend; `failed`, by memory or depth; or `timeout`."""
    value: Any
    """What it returned, if it is done."""
    reason: str
    """What stopped it, otherwise."""
    seconds: float
    """Of its process's CPU; of a process that was ended, how long it had been there."""


@dataclass(frozen=True)
class Running:
    """One process at work."""

    name: str
    process: BaseProcess
    answer: Connection
    begun: float


def run_all(
    works: Iterable[tuple[str, Work]],
    *,
    seconds: float,
    megabytes: int = 4096,
    workers: int | None = None,
) -> Generator[Ended, None, None]:
    """Run works with their names, `workers` at a time (all by default); each as it ends.

    Closing the iterator ends those that are left. Works must be functions of modules, or partials.
    """
    # A fork knows all that was imported before it, so that is not done again for each work.
    make_ring(("u1",))
    definitions()
    queue = list(works)[::-1]
    workers = workers or len(queue)
    running: list[Running] = []
    try:
        while queue or running:
            while queue and len(running) < workers:
                running.append(_begun(*queue.pop(), megabytes))
            wait([job.answer for job in running], timeout=0.05)
            for job in tuple(running):
                ended = _ended(job, seconds)
                if ended is not None:
                    running.remove(job)
                    yield ended
    finally:
        for job in running:
            job.process.kill()
            job.process.join()
            job.answer.close()


def _begun(name: str, work: Work, megabytes: int) -> Running:
    methods = multiprocessing.get_all_start_methods()
    context = multiprocessing.get_context("fork" if "fork" in methods else "spawn")
    here, there = context.Pipe(duplex=False)
    process = context.Process(  # type: ignore[attr-defined]
        target=_work, args=(there, work, megabytes), daemon=True
    )
    process.start()
    there.close()
    return Running(name, process, here, time.perf_counter())


def _ended(job: Running, seconds: float) -> Ended | None:
    """What a work that has answered, died, or had its time leaves."""
    spent = time.perf_counter() - job.begun
    if job.answer.poll():
        try:
            status, value, reason, own = job.answer.recv()
        except EOFError:
            reason = "its process ended, perhaps out of memory"
            status, value, own = FAILED, None, spent
    elif spent > seconds:
        job.process.kill()
        status, value, reason, own = TIMEOUT, None, f"no answer in {seconds:g} s", spent
    else:
        return None
    job.answer.close()
    job.process.join()
    return Ended(job.name, status, value, reason, own)


def _work(answer: Connection, work: Work, megabytes: int) -> None:
    """One work, in its own process."""
    with contextlib.suppress(ImportError):  # there are systems without such limits
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (megabytes << 20, megabytes << 20))
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # whoever began this ends it
    begun, value = time.process_time(), None
    status, reason = DONE, ""
    try:
        value = work()
    except PellucidError as error:
        status, reason = ERROR, str(error)
    except MemoryError:
        status, reason = FAILED, f"more than {megabytes} MB"
    except RecursionError as error:
        status, reason = FAILED, str(error)
    answer.send((status, value, reason, time.process_time() - begun))
    answer.close()
