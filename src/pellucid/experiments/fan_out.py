"""Independent jobs side by side: one process and one thread for each core.

Two trainings of small tensors on one thread each are faster together than one after the other on
two threads: nothing has to be kept in step.
"""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from typing import TypeVar

from pellucid.learning.progress import Progress, Silent

Job = TypeVar("Job")
Answer = TypeVar("Answer")


def workers() -> int:
    """How many jobs run at once: the cores that this process may use."""
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:  # not every system keeps such a list
        return os.cpu_count() or 1


def fan_out(
    function: Callable[[Job], Answer],
    jobs: Sequence[Job],
    *,
    progress: Progress | None = None,
    at_once: int | None = None,
) -> list[Answer]:
    """`function` of every job, in the order of the jobs.

    The function must be importable by name, for it runs in fresh processes. After an error in one
    job no other is begun; the error is raised when those that run have ended.
    """
    show, count = progress or Silent(), min(len(jobs), at_once or workers())
    if count <= 1:
        return [function(job) for job in jobs]
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(count, mp_context=context) as pool, show.task("jobs") as report:
        futures = [pool.submit(function, job) for job in jobs]
        try:
            for done, future in enumerate(as_completed(futures), start=1):
                future.result()
                report(done / len(jobs), {"done": done, "of": len(jobs)})
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise
        return [future.result() for future in futures]
