"""Statistics of a batch that is spread over processes: sums that carry gradients across ranks.

Every rank computes the same value from summed statistics. The gradient of a sum over ranks is
again a sum over ranks, so after the averaging of gradients that DistributedDataParallel does, the
parameters receive exactly the gradient of one process that sees the whole batch. Without an
initialised process group all of this is the identity. All ranks must call an objective together.
"""

from __future__ import annotations

import torch
import torch.distributed as dist
from torch import Tensor


def world_size() -> int:
    """The number of processes that share a batch: 1 where no process group is initialised."""
    if dist.is_available() and dist.is_initialized():
        return dist.get_world_size()
    return 1


class _SumOverRanks(torch.autograd.Function):
    """all-reduce by sum, in both directions."""

    @staticmethod
    def forward(ctx: torch.autograd.function.FunctionCtx, x: Tensor) -> Tensor:
        total = x.clone(memory_format=torch.contiguous_format)
        dist.all_reduce(total)
        return total

    @staticmethod
    def backward(ctx: torch.autograd.function.FunctionCtx, *gradients: Tensor) -> Tensor:
        total = gradients[0].clone(memory_format=torch.contiguous_format)
        dist.all_reduce(total)
        return total


def sum_over_ranks(x: Tensor) -> Tensor:
    """The sum of `x` over all ranks, with its gradient; `x` itself on one process."""
    if world_size() == 1:
        return x
    total: Tensor = _SumOverRanks.apply(x)
    return total


def total_samples(z: Tensor) -> float:
    """The number of samples of z (..., B, D) on all ranks together; ranks may differ in B."""
    if world_size() == 1:
        return float(z.shape[-2])
    count = torch.tensor(float(z.shape[-2]), dtype=torch.float64, device=z.device)
    dist.all_reduce(count)
    return count.item()


def same_on_all_ranks(x: Tensor) -> Tensor:
    """`x` as rank 0 has it, so that random draws agree whatever the generators' states."""
    if world_size() > 1:
        x = x.contiguous()
        dist.broadcast(x, src=0)
    return x
