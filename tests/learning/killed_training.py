"""A tiny training that can be killed: `python killed_training.py ROOT SECONDS_A_STEP`."""

from __future__ import annotations

import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import nn

from pellucid.learning.loop import StepResult, TrainResult, step_seed, train_loop
from pellucid.learning.runs import RunFolder
from pellucid.learning.schedule import Schedule

SEED, STEPS = 3, 80


@dataclass(frozen=True)
class Disturbance:
    """An evaluation that draws from the global generator and leaves the model evaluating."""

    model: nn.Module
    every: int = 3

    def __call__(self, step: int) -> Mapping[str, float]:
        torch.rand(step)
        self.model.eval()
        return {"drawn": torch.rand(()).item()}


def network() -> nn.Module:
    with torch.random.fork_rng():
        torch.manual_seed(SEED)
        return nn.Sequential(
            nn.Linear(4, 16), nn.BatchNorm1d(16), nn.GELU(), nn.Dropout(0.3), nn.Linear(16, 2)
        )


def train(
    run: RunFolder,
    model: nn.Module,
    *,
    pause: float = 0.0,
    callbacks: tuple[Disturbance, ...] = (),
    interrupt_at: int | None = None,
) -> TrainResult:
    def loss(step: int) -> StepResult:
        time.sleep(pause)
        if step == interrupt_at:
            raise KeyboardInterrupt
        generator = torch.Generator().manual_seed(step_seed(SEED, step))
        x = torch.randn(8, 4, generator=generator)
        error = (model(x) - x[:, :2]).square().mean()
        return StepResult(error, {"error": error.detach()}, frames=8)

    return train_loop(
        model,
        loss,
        Schedule(steps=STEPS),
        folder=run,
        seed=SEED,
        checkpoint_every=7,
        log_every=1,
        callbacks=callbacks,
    )


if __name__ == "__main__":
    torch.set_num_threads(1)
    model = network()
    run = RunFolder.begin(Path(sys.argv[1]), "tiny", Schedule(steps=STEPS))
    train(run, model, pause=float(sys.argv[2]), callbacks=(Disturbance(model, every=2),))
