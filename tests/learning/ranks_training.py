"""A tiny training on the ranks that `torchrun` (or the test) starts; writes what came out."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import torch
from torch import nn

from pellucid.learning.distributed import (
    all_true,
    is_main,
    number_of_main,
    parallel,
    process_group,
    rank,
    text_of_main,
    world_size,
)
from pellucid.learning.loop import StepResult, TrainResult, train_loop
from pellucid.learning.runs import RunFolder
from pellucid.learning.schedule import Schedule

SAMPLES = 8
CPU = torch.device("cpu")


def train(root: Path) -> tuple[nn.Module, TrainResult]:
    """The same batch, shared by however many ranks there are."""
    path = str(RunFolder.create(root, "ranks", Schedule()).path) if is_main() else ""
    run = RunFolder(Path(text_of_main(path, device=CPU)))
    torch.manual_seed(0)
    module = nn.Linear(3, 2)
    model = parallel(module)

    def loss(step: int) -> StepResult:
        x = torch.randn(SAMPLES, 3, generator=torch.Generator().manual_seed(step))
        own = x.chunk(world_size())[rank()]
        return StepResult((model(own) - own[:, :2]).square().mean(), frames=len(own))

    schedule = Schedule(steps=12, minutes=10.0, learning_rate=0.1)
    return module, train_loop(model, loss, schedule, folder=run, checkpoint_every=5, log_every=1)


if __name__ == "__main__":
    torch.set_num_threads(1)
    root = Path(sys.argv[1])
    with process_group(CPU):
        assert all_true(True, device=CPU)
        assert all_true(rank() == 0, device=CPU) == (world_size() == 1)
        assert number_of_main(float(rank() + 5), device=CPU) == 5.0
        module, result = train(root)
        assert result.steps == 12
        (root / f"weight{rank()}.json").write_text(json.dumps(module.weight.tolist()))
