"""The collapse report: is there still a world in the states?

Prediction error alone is blind to collapse: constant states are predicted perfectly. Nor does it,
or a probe, tell whether planning will succeed, so success is measured beside it while training.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from pellucid.data.windows import Windows
from pellucid.errors import CollapseError
from pellucid.objectives import collapse_statistics, linear_r2
from pellucid.worlds.jepa import JEPA


@dataclass(frozen=True)
class CollapseReport:
    """Statistics of the states of held-out windows."""

    effective_rank: float
    """exp of the entropy of the normalised singular values, 1..D (Roy & Vetterli 2007)"""
    deviation: float
    """mean over features of the standard deviation over samples"""
    deviations: tuple[float, ...]
    """the standard deviation of each feature"""
    inverse_r2: float
    """how well a linear map tells the action from two neighbouring states, on held-out windows;
    NaN where the actions do not vary"""
    prediction_ratio: float
    """error of the predicted states over that of predicting no change; below 1 it has learned"""
    probe_r2: float | None
    """how well a linear map tells the true state, where the experience has labels that vary"""

    def collapsed(self) -> str | None:
        """What has collapsed, in words, or None."""
        if self.deviation < 0.05:
            return f"all observations have nearly the same state (deviation {self.deviation:.3f})"
        if self.effective_rank < 1.5:
            return f"states lie on a line (effective rank {self.effective_rank:.2f})"
        if self.inverse_r2 < 0.02:
            return (
                "states do not show what the agent does "
                f"(inverse-dynamics R2 {self.inverse_r2:.3f}): they may code the scene only"
            )
        return None

    def metrics(self) -> dict[str, float]:
        """The numbers for the log."""
        numbers = {
            "effective_rank": self.effective_rank,
            "deviation": self.deviation,
            "inverse_r2": self.inverse_r2,
            "prediction_ratio": self.prediction_ratio,
        }
        return numbers if self.probe_r2 is None else {**numbers, "probe_r2": self.probe_r2}


@torch.no_grad()
def collapse_report(
    world: JEPA, windows: Windows, *, samples: int = 256, seed: int = 0
) -> CollapseReport:
    """The report on `samples` windows, drawn once from `seed`, of a held-out experience.

    A window holds K-1 + T+1 observations, of which K make up a state, with T at least 1.
    """
    count = min(samples, len(windows))
    chosen = np.random.default_rng(seed).choice(len(windows), count, replace=False)
    batch = windows.batch(np.sort(chosen)).to(world.centre.device)
    was_training, skip = world.training, world.config.frames - 1
    world.eval()
    state_TBD = world.encode_sequence(batch.observations)
    action_TBA = batch.actions.transpose(0, 1)[skip:]
    predicted = world.unroll(state_TBD[0], action_TBA)
    world.train(was_training)
    # Rows window by window, so that the halves of the probes share no episode but at their seam.
    state = state_TBD.transpose(0, 1)
    pairs = torch.cat([state[:, :-1], state[:, 1:]], -1).flatten(0, 1)
    action = world.scale_actions(action_TBA).transpose(0, 1).flatten(0, 1)
    flat = state.flatten(0, 1)
    statistics = collapse_statistics(flat)
    no_change = (state_TBD[1:] - state_TBD[0]).square().mean()
    labels = None if batch.labels is None else batch.labels[:, skip:].flatten(0, 1)
    inverse = _probe(pairs, action)
    return CollapseReport(
        effective_rank=float(statistics.effective_rank),
        deviation=float(statistics.mean_deviation),
        deviations=tuple(float(d) for d in statistics.deviations),
        inverse_r2=math.nan if inverse is None else inverse,
        prediction_ratio=float((predicted - state_TBD[1:]).square().mean() / (no_change + 1e-12)),
        probe_r2=None if labels is None else _probe(flat, labels),
    )


def _probe(x: Tensor, y: Tensor) -> float | None:
    """The R2 of a linear probe; None where there is nothing to tell, which is no reason to stop."""
    if len(y) < 4 or torch.equal(y, y[:1].expand_as(y)):
        return None
    return linear_r2(x, y)


def refuse_collapse(report: CollapseReport, *, step: int) -> None:
    """Stop a run whose representation has collapsed."""
    problem = report.collapsed()
    if problem:
        raise CollapseError(
            f"training stopped at step {step}, the representation collapsed: {problem}. Raise "
            "criteria.inverse or criteria.anticollapse-weight, or record experience that moves more"
        )
