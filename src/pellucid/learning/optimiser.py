"""AdamW, and beside it Muon for the matrices that are given to it, as one optimiser.

Muon (Jordan et al. 2024, "Muon: an optimizer for hidden layers in neural networks") makes the
momentum of a matrix nearly orthogonal, so that a step is of one size in all directions and not of
the few that gradients favour. It is for matrices between vectors of features; embeddings and
read-outs, whose rows are words, are AdamW's.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import nn

from pellucid.config import check
from pellucid.learning.schedule import Schedule


class Optimiser:
    """Descends `parameters`; those that are `matrices` too by Muon.

    Its state is one mapping, as that of an optimiser of PyTorch: AdamW's parameters come first.
    """

    def __init__(
        self,
        parameters: Sequence[nn.Parameter],
        schedule: Schedule,
        matrices: Sequence[nn.Parameter] = (),
    ) -> None:
        chosen = {id(p) for p in matrices}
        known = {id(p) for p in parameters}
        check(all(p.ndim == 2 for p in matrices), "Muon is for matrices: give parameters of 2 axes")
        check(chosen <= known, "a matrix for Muon is no parameter of the model that is trained")
        self.learning_rate = schedule.learning_rate
        own = [p for p in parameters if id(p) in chosen]
        rest = [p for p in parameters if id(p) not in chosen]
        self.parts: list[torch.optim.Optimizer] = []
        if rest:
            self.parts.append(_adamw(rest, schedule))
        if own:
            self.parts.append(
                torch.optim.Muon(
                    own,
                    lr=schedule.matrix_rate,
                    weight_decay=schedule.weight_decay,
                )
            )
        self.peaks = [part.param_groups[0]["lr"] for part in self.parts]

    def zero_grad(self) -> None:
        """Forget all gradients."""
        for part in self.parts:
            part.zero_grad(set_to_none=True)

    def step(self, rate: float) -> None:
        """Descend, at AdamW's learning rate; Muon's is as far below its peak."""
        for part, peak in zip(self.parts, self.peaks, strict=True):
            for group in part.param_groups:
                group["lr"] = rate * (peak / self.learning_rate)
            part.step()

    def state_dict(self) -> dict[str, Any]:
        """Numbers and tensors for each parameter, and the groups."""
        state: dict[int, Any] = {}
        groups: list[dict[str, Any]] = []
        for part in self.parts:
            first = sum(len(group["params"]) for group in groups)
            own = part.state_dict()
            state |= {first + index: values for index, values in own["state"].items()}
            groups += [_moved(group, first) for group in own["param_groups"]]
        return {"state": state, "param_groups": groups}

    def load_state_dict(self, saved: dict[str, Any]) -> None:
        """Take up what `state_dict` gave."""
        groups = list(saved["param_groups"])
        first = 0
        for part in self.parts:
            own = [groups.pop(0) for _ in part.param_groups]
            count = sum(len(group["params"]) for group in own)
            state = {
                index - first: values
                for index, values in saved["state"].items()
                if first <= index < first + count
            }
            part.load_state_dict(
                {"state": state, "param_groups": [_moved(group, -first) for group in own]}
            )
            first += count


def _moved(group: dict[str, Any], by: int) -> dict[str, Any]:
    return {**group, "params": [index + by for index in group["params"]]}


def _adamw(parameters: Sequence[nn.Parameter], schedule: Schedule) -> torch.optim.AdamW:
    groups = [
        {"params": [p for p in parameters if p.ndim >= 2], "weight_decay": schedule.weight_decay},
        {"params": [p for p in parameters if p.ndim < 2], "weight_decay": 0.0},
    ]
    # Fused is 3 to 6 times faster than the default, on one CPU thread too.
    return torch.optim.AdamW(
        [g for g in groups if g["params"]],
        lr=schedule.learning_rate,
        betas=schedule.betas,
        fused=True,
    )
