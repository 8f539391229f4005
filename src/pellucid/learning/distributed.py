"""One training on several processes, as `torchrun` starts them; on one process it does nothing.

    with process_group(device):
        model = parallel(module.to(device))
        train_loop(model, loss, schedule, ...)

Every rank runs the same lines. DistributedDataParallel averages the gradients of the ranks, and
rank 0 alone writes files.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator

import torch
import torch.distributed as dist
from torch import nn
from torch.nn.parallel import DistributedDataParallel


@contextlib.contextmanager
def process_group(device: torch.device) -> Iterator[None]:
    """Join the processes that `torchrun` started, and leave them at the end.

    Within such a block another one does nothing.
    """
    if int(os.environ.get("WORLD_SIZE", "1")) == 1 or dist.is_initialized():
        yield
        return
    if device.type == "cuda":
        torch.cuda.set_device(device)
    dist.init_process_group("nccl" if device.type == "cuda" else "gloo")
    try:
        yield
    finally:
        dist.destroy_process_group()


def world_size() -> int:
    """The number of processes that train together."""
    return dist.get_world_size() if dist.is_available() and dist.is_initialized() else 1


def rank() -> int:
    """The number of this process, from 0."""
    return dist.get_rank() if world_size() > 1 else 0


def is_main() -> bool:
    """Whether this process is the one that writes."""
    return rank() == 0


def parallel(module: nn.Module) -> nn.Module:
    """`module` with gradients that are averaged over the ranks.

    The loss must go through the returned module's `forward`. A module whose parameters are not
    all used in every step is not supported.
    """
    if world_size() == 1:
        return module
    device = next(module.parameters()).device
    return DistributedDataParallel(module, device_ids=[device] if device.type == "cuda" else None)


def unwrapped(module: nn.Module) -> nn.Module:
    """The module that `parallel` was given."""
    return module.module if isinstance(module, DistributedDataParallel) else module


def barrier() -> None:
    """Wait for all ranks."""
    if world_size() > 1:
        dist.barrier()


def all_true(flag: bool, *, device: torch.device) -> bool:
    """Whether `flag` holds on every rank."""
    if world_size() == 1:
        return flag
    votes = torch.tensor(int(flag), device=device)
    dist.all_reduce(votes, op=dist.ReduceOp.MIN)
    return bool(votes.item())


def number_of_main(number: float, *, device: torch.device) -> float:
    """The `number` as rank 0 has it: clocks differ."""
    if world_size() == 1:
        return number
    # float32 is what every backend and device can send; all ranks then see the same rounding.
    shared = torch.tensor(number, dtype=torch.float32, device=device)
    dist.broadcast(shared, src=0)
    return float(shared.item())


def text_of_main(text: str, *, device: torch.device) -> str:
    """The `text` as rank 0 has it, such as the path of the run's folder."""
    if world_size() == 1:
        return text
    own = list(text.encode())
    length = torch.tensor(len(own), device=device)
    dist.broadcast(length, src=0)
    content = torch.tensor(own if is_main() else [0] * int(length), dtype=torch.uint8)
    content = content.to(device)
    dist.broadcast(content, src=0)
    return bytes(content.tolist()).decode()
