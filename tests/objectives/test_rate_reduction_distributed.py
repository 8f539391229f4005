"""The rate reduction of two processes, each with a part of a batch, against that of one."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
import torch.distributed as dist
import torch.multiprocessing as mp

from pellucid.objectives import RateReduction, hard_memberships

# Fewer samples than features on each rank; one class is on the second rank alone, one on none.
LABELS = torch.tensor([0, 1, 0, 1, 2, 2, 0, 1, 2, 0])
MEMBERSHIPS = {
    "hard": hard_memberships(LABELS, 4),
    "soft": torch.randn(3, 10, generator=torch.Generator().manual_seed(3)).softmax(0),
}


def batch() -> torch.Tensor:
    generator = torch.Generator().manual_seed(1)
    return torch.randn(2, 10, 6, generator=generator, dtype=torch.float64)


def measure(own: slice) -> dict[str, np.ndarray]:
    """The value of each objective, then its gradient in a matrix that all ranks share."""
    measured = {}
    for name, pi in MEMBERSHIPS.items():
        for norm in ("sphere", "none"):
            weight = torch.eye(6, dtype=torch.float64).requires_grad_()
            value = RateReduction(pi[:, own], norm=norm)(batch()[:, own] @ weight)
            (gradient,) = torch.autograd.grad(value, weight)
            if dist.is_initialized():
                dist.all_reduce(gradient)
                gradient /= dist.get_world_size()
            flat = torch.cat((value.detach()[None], gradient.flatten()))
            measured[f"{name}_{norm}"] = flat.numpy()
    return measured


def worker(rank: int, folder: str) -> None:
    torch.set_num_threads(1)
    dist.init_process_group("gloo", init_method=f"file://{folder}/meet", rank=rank, world_size=2)
    # Unequal shares: the statistic counts samples, not ranks.
    np.savez(f"{folder}/rank{rank}.npz", **measure(slice(0, 4) if rank == 0 else slice(4, 10)))
    dist.destroy_process_group()


def test_two_processes_give_the_rate_reduction_of_one(tmp_path: Path) -> None:
    expected = measure(slice(0, 10))
    mp.spawn(worker, args=(str(tmp_path),), nprocs=2)
    for rank in range(2):
        with np.load(tmp_path / f"rank{rank}.npz") as measured:
            for name, values in expected.items():
                np.testing.assert_allclose(
                    measured[name], values, rtol=1e-9, atol=1e-11, err_msg=name
                )
