"""Independent jobs side by side: one process and one thread for each core.

Two trainings of small tensors on one thread each are faster together than one after the other on
two threads: nothing has to be kept in step.
"""

from __future__ import annotations

import multiprocessing
import os
import threading
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
    pool = ProcessPoolExecutor(count, mp_context=context, initializer=_end_with_parent)
    with pool, show.task("jobs") as report:
        futures = [pool.submit(function, job) for job in jobs]
        try:
            for done, future in enumerate(as_completed(futures), start=1):
                future.result()
                report(done / len(jobs), {"done": done, "of": len(jobs)})
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise
        return [future.result() for future in futures]


def _end_with_parent() -> None:
    """Let a worker end when its parent does, were it killed: else its job would go on unseen.

    The same command, begun again, would then have two processes write into one folder.
    """
    parent = multiprocessing.parent_process()
    assert parent is not None, "workers are children"

    def watch() -> None:
        parent.join()
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()
