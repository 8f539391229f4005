"""How much memory a computation takes at its peak."""

from __future__ import annotations

import os
from collections.abc import Callable

# The profiler would announce each of its steps on standard error.
os.environ.setdefault("KINETO_LOG_LEVEL", "99")

import torch
from torch.profiler import ProfilerActivity, profile


@torch.no_grad()
def peak_megabytes(call: Callable[[], object]) -> float:
    """MB (10^6 bytes) that PyTorch holds at the peak of `call` beyond what it held before.

    Every allocation and release on the CPU is counted, those inside of kernels too.
    """
    call()
    with profile(activities=[ProfilerActivity.CPU], profile_memory=True) as watched:
        result = call()
    assert watched.profiler is not None
    held = peak = 0
    events = [e for e in watched.profiler.kineto_results.events() if e.name() == "[memory]"]
    for event in sorted(events, key=lambda e: e.start_ns()):
        held += event.nbytes()
        peak = max(peak, held)
    del result
    return peak / 1e6
