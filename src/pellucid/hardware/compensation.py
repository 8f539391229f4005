"""Old age mended from outside: what columns say now is brought back to what they once said.

    references = calibrate(model, inputs)       # when the devices are young
    ...                                         # a year passes
    compensate(model, references)               # a few reads; nothing is written

Conductances drift all by about the same factor, so that a factor for each device (global drift
compensation: Joshi et al. 2020) or for each of its columns undoes most of it. It is found by asking
the device again what it was asked when it was young. No conductance is read, no label needed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor, nn

from pellucid.config import check
from pellucid.errors import ConfigError
from pellucid.hardware.layer import MortalLinear


@dataclass(frozen=True, eq=False)
class Reference:
    """What a device was asked, and said, when it was young."""

    inputs: Tensor
    """(B, rows)"""
    said: Tensor
    """(B, columns), the mean of its reads"""


@torch.no_grad()
def calibrate(model: nn.Module, inputs: Tensor, *, reads: int = 4) -> dict[str, Reference]:
    """The references of all mortal layers of a model, by name, for inputs (B, ...) that are usual.

    Each layer is asked what comes into it `reads` times, after its weights were written.
    ConfigError where no layer is mortal.
    """
    check(reads > 0, f"reads={reads} must be positive")
    layers = _mortal(model)
    came: dict[str, Tensor] = {}

    def keep(name: str) -> object:
        def look(module: nn.Module, given: tuple[Tensor, ...]) -> None:
            came[name] = given[0].reshape(-1, layers[name].in_features)

        return look

    handles = [
        layer.register_forward_pre_hook(keep(name))  # type: ignore[arg-type]
        for name, layer in layers.items()
    ]
    try:
        model(inputs)
    finally:
        for handle in handles:
            handle.remove()
    return {
        name: Reference(came[name], _asked(layer, came[name], reads))
        for name, layer in layers.items()
    }


@torch.no_grad()
def compensate(
    model: nn.Module,
    references: Mapping[str, Reference],
    *,
    by: Literal["device", "columns"] = "columns",
    reads: int = 4,
) -> None:
    """Set `factor` and `shift` of mortal layers such that they say again what they said.

    By device: one factor, the ratio of mean sizes. By columns: the straight line of least squares
    for each. ConfigError where a layer has no reference.
    """
    check(reads > 0, f"reads={reads} must be positive")
    check(by in ("device", "columns"), f"by='{by}': give 'device' or 'columns'")
    for name, layer in _mortal(model).items():
        if name not in references:
            raise ConfigError(f"layer '{name}' has no reference: calibrate the same model first")
        reference = references[name]
        now = _asked(layer, reference.inputs, reads)
        if by == "device":
            layer.factor.fill_(
                float(reference.said.abs().mean() / now.abs().mean().clamp_min(1e-9))
            )
            layer.shift.zero_()
            continue
        then_mean, now_mean = reference.said.mean(0), now.mean(0)
        moved = now - now_mean
        square = moved.square().sum(0)
        slope = (moved * (reference.said - then_mean)).sum(0) / square.clamp_min(1e-12)
        layer.factor.copy_(torch.where(square > 1e-12, slope, 1.0))
        layer.shift.copy_(then_mean - layer.factor * now_mean)


def _asked(layer: MortalLinear, inputs: Tensor, reads: int) -> Tensor:
    """What the device itself says, without correction: the mean of so many reads."""
    return torch.stack([layer.chip.forward(inputs) for _ in range(reads)]).mean(0)


def _mortal(model: nn.Module) -> dict[str, MortalLinear]:
    found = {n: m for n, m in model.named_modules() if isinstance(m, MortalLinear)}
    if not found:
        raise ConfigError(f"no layer of this {type(model).__name__} lives on a mortal device")
    return found
