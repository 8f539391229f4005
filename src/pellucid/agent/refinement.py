"""Refinement: the predictor learns on, from states that are perceived once.

While a world model is trained, nearly all of the time is spent on perceiving, and each window is
seen about once. Afterwards perception stands still: all of the experience is encoded, and the
predictor alone learns to go from state to state. A step costs a fifth, and has five times as many
windows (random walls, one core). What is rare in experience, such as the passing of a door, is then
met often enough.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from pellucid.config import check, check_counts
from pellucid.data.experience import Experience
from pellucid.data.windows import Windows
from pellucid.learning.distributed import parallel, rank, world_size
from pellucid.learning.loop import StepResult, TrainResult, train_loop
from pellucid.learning.progress import Progress
from pellucid.learning.runs import RunFolder
from pellucid.learning.schedule import Schedule
from pellucid.worlds.jepa import JEPA

FOLDER = "refinement"
"""Where in the folder of a run its checkpoints and curves are."""


@dataclass(frozen=True)
class RefinementConfig:
    """How the predictor learns on once perception stands still."""

    steps: int = 0
    """training steps; 0: no refinement"""
    batch: int = 256
    """windows in a step, over all ranks"""
    learning_rate: float = 1e-3
    """of AdamW, falling along a cosine"""
    checkpoint_every: int = 1000
    """steps between two checkpoints"""

    def __post_init__(self) -> None:
        check(self.steps >= 0, f"steps={self.steps} of the refinement must not be negative")
        check_counts(self, "batch", "checkpoint_every")
        check(self.learning_rate > 0, f"learning_rate={self.learning_rate} must be positive")


class _Unrolled(nn.Module):
    """The error of predicted states, with the predictor's parameters alone among its own."""

    def __init__(self, world: JEPA) -> None:
        super().__init__()
        self.predictor = world.predictor
        self._unroll = world.unroll

    def forward(self, states_TBD: Tensor, actions_TBA: Tensor) -> Tensor:
        """The mean squared error of unrolling from the first of T+1 states."""
        return F.mse_loss(self._unroll(states_TBD[0], actions_TBA), states_TBD[1:])


def refine(
    world: JEPA,
    experience: Experience,
    config: RefinementConfig,
    *,
    unroll: int,
    folder: RunFolder,
    seed: int = 0,
    progress: Progress | None = None,
) -> TrainResult:
    """Train the world's predictor, in place, on windows of `unroll` steps between encoded states.

    It can be killed and continues from its last checkpoint in `folder`, to the same bits. All
    states are held in memory: 4 D bytes a frame.
    """
    skip = world.config.frames - 1
    windows = Windows(experience, unroll + skip)
    states, actions = encode_experience(world, experience), experience.columns.actions
    device = world.centre.device
    (folder.path / FOLDER).mkdir(exist_ok=True)
    model = parallel(_Unrolled(world))

    def loss(step: int) -> StepResult:
        rows = windows.indices(config.batch, step=step, seed=seed)[rank() :: world_size()]
        frame, action = windows.starts(rows)
        frames = torch.from_numpy(frame + skip + np.arange(unroll + 1)[:, None]).to(device)
        taken = actions[action + skip + np.arange(unroll)[:, None]]
        error = model(states[frames], torch.from_numpy(taken).to(device))
        return StepResult(error, {"prediction": error.detach()}, frames.numel())

    schedule = Schedule(steps=config.steps, learning_rate=config.learning_rate)
    return train_loop(
        model,
        loss,
        schedule,
        folder=RunFolder(folder.path / FOLDER),
        seed=seed,
        checkpoint_every=config.checkpoint_every,
        progress=progress,
        called="refining",
    )


@torch.no_grad()
def encode_experience(world: JEPA, experience: Experience) -> Tensor:
    """The state of every frame, (frames, D), as the world perceives when it acts.

    A state of K frames stands at its last one; the first K-1 rows of each episode are zero.
    """
    was_training = world.training
    world.eval()
    skip, device = world.config.frames - 1, world.centre.device
    columns = experience.columns
    states = torch.zeros(len(columns.observations), world.config.dimension, device=device)
    for start, length in zip(experience.frame_starts, experience.lengths, strict=True):
        if length < skip:
            continue
        seen = torch.from_numpy(columns.observations[start : start + length + 1].copy())
        encoded = world.encode_sequence(seen[None].to(device))[:, 0]
        states[start + skip : start + length + 1] = encoded
    world.train(was_training)
    return states
