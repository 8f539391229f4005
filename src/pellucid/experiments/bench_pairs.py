"""What the benches share: two sides timed in alternation, on one thread, and the ratio of pairs.

On a busy machine the speed of everything drifts. So both sides run in turn, CPU time is compared,
each pair of neighbours gives one ratio, and the median of these counts, with a bootstrap interval.
"""

from __future__ import annotations

import argparse
import contextlib
import json
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from time import perf_counter, process_time
from typing import Any

import numpy as np
import torch

Side = Callable[[], object]
"""One form of a computation, ready to run."""
LARGE = 31 * 2**20
"""Bytes; the largest block that the allocator of glibc learns from."""


def timed(side: Side) -> tuple[float, float]:
    """CPU and wall milliseconds of one run."""
    wall, cpu = perf_counter(), process_time()
    side()
    return 1e3 * (process_time() - cpu), 1e3 * (perf_counter() - wall)


def alternate(sides: Sequence[Side], *, repeats: int) -> np.ndarray:
    """Milliseconds (repeats, sides, 2), CPU and wall, after one run each that is not counted."""
    for side in sides:
        side()
    return np.array([[timed(side) for side in sides] for _ in range(repeats)])


def interval_of(ratios: np.ndarray) -> tuple[float, float, float]:
    """The median of paired ratios (R,), and the ends of its 95 % bootstrap interval."""
    draws = np.random.default_rng(0).choice(ratios, (2000, len(ratios)))
    low, high = np.quantile(np.median(draws, axis=1), (0.025, 0.975))
    return float(np.median(ratios)), float(low), float(high)


@contextlib.contextmanager
def steady() -> Iterator[None]:
    """PyTorch on one thread within, as it was after; and freed memory is kept.

    glibc gives large blocks back to the system until it has seen nearly 32 MiB freed at once.
    Before that the first rows of a bench would pay for fresh pages, and the later ones not.
    """
    torch.ones(LARGE, dtype=torch.uint8)
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(threads)


def parser_of(
    name: str, description: str, *, repeats: int, counted: str, quick: str
) -> argparse.ArgumentParser:
    """The command line that every bench has: `--repeats`, `--quick` and `--save`."""
    parser = argparse.ArgumentParser(prog=f"pellucid bench {name}", description=description)
    parser.add_argument("--repeats", type=int, default=repeats, help=counted)
    parser.add_argument("--quick", action="store_true", help=quick)
    parser.add_argument("--save", type=Path, help="write the rows there, as JSON")
    return parser


def save(path: Path | None, record: dict[str, Any]) -> None:
    """Write the record there, if anywhere."""
    if path is not None:
        path.write_text(json.dumps(record, indent=2) + "\n")
