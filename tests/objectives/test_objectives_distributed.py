"""Two processes, each with half of a batch, against one process with the whole."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
import torch.distributed as dist
import torch.multiprocessing as mp

from pellucid.objectives import CodingRate, Objective, SIGReg, TemporalSimilarity, VICReg
from pellucid.objectives.distributed import same_on_all_ranks, sum_over_ranks, total_samples

OBJECTIVES: dict[str, Objective] = {
    "sigreg": SIGReg(slices=8),
    "sigreg_per_sample": SIGReg(slices=8, per_sample=True),
    "vicreg": VICReg(),
    "vicreg_features": VICReg(normalisation="features"),
    "coding_rate_power": CodingRate(),
    "coding_rate_sphere": CodingRate(norm="sphere"),
    "coding_rate_batch": CodingRate(norm="batch"),
    "coding_rate_none": CodingRate(norm="none"),
    # A term with no statistic of the batch has its average made by DDP.
    "sum": SIGReg(slices=8) + 0.5 * VICReg() + 2.0 * TemporalSimilarity(),
}


def encoder() -> torch.nn.Linear:
    linear = torch.nn.Linear(4, 3).double()
    generator = torch.Generator().manual_seed(0)
    with torch.no_grad():
        for parameter in linear.parameters():
            parameter.copy_(torch.randn(parameter.shape, generator=generator))
    return linear


def batch() -> torch.Tensor:
    generator = torch.Generator().manual_seed(1)
    return torch.randn(2, 10, 4, generator=generator, dtype=torch.float64)


def measure(module: torch.nn.Module, x: torch.Tensor, *, seed: int) -> dict[str, np.ndarray]:
    """The value of each objective, then its gradient in all parameters."""
    measured = {}
    for name, objective in OBJECTIVES.items():
        module.zero_grad()
        value = objective(module(x), generator=torch.Generator().manual_seed(seed))
        value.backward()
        gradient = torch.cat([p.grad.flatten() for p in module.parameters() if p.grad is not None])
        if dist.is_initialized():
            # What DistributedDataParallel does; itself it would import the compiler for seconds.
            dist.all_reduce(gradient)
            gradient /= dist.get_world_size()
        measured[name] = torch.cat((value.detach()[None], gradient)).numpy()
    return measured


def worker(rank: int, folder: str) -> None:
    torch.set_num_threads(1)
    dist.init_process_group("gloo", init_method=f"file://{folder}/meet", rank=rank, world_size=2)
    half = batch()[:, 5 * rank : 5 * rank + 5]
    # The ranks' generators differ on purpose: rank 0 decides the slices.
    measured = measure(encoder(), half, seed=7 + rank)
    # Unequal shares: the statistic counts samples, not ranks.
    share = batch()[:, :3] if rank == 0 else batch()[:, 3:]
    for name, objective in OBJECTIVES.items():
        if name != "sum":
            value = objective(share, generator=torch.Generator().manual_seed(7 + rank))
            measured[f"unequal_{name}"] = value[None].numpy()
    np.savez(f"{folder}/rank{rank}.npz", **measured)
    dist.destroy_process_group()


def test_two_processes_give_the_value_and_gradient_of_one(tmp_path: Path) -> None:
    expected = measure(encoder(), batch(), seed=7)
    plain = {
        name: objective(batch(), generator=torch.Generator().manual_seed(7)).item()
        for name, objective in OBJECTIVES.items()
    }
    mp.spawn(worker, args=(str(tmp_path),), nprocs=2)
    for rank in range(2):
        with np.load(tmp_path / f"rank{rank}.npz") as measured:
            for name, values in expected.items():
                # The value of a plain mean is each rank's own; its gradient is averaged.
                start = 1 if name == "sum" else 0
                np.testing.assert_allclose(
                    measured[name][start:], values[start:], rtol=1e-9, atol=1e-11, err_msg=name
                )
                if name != "sum":
                    np.testing.assert_allclose(
                        measured[f"unequal_{name}"], plain[name], rtol=1e-9, err_msg=name
                    )


def test_one_process_alone_is_left_as_it_is() -> None:
    z = batch()
    assert sum_over_ranks(z) is z
    assert same_on_all_ranks(z) is z
    assert total_samples(z) == 10
