"""How noisy estimates by perturbation are, and how many a wanted precision takes.

For a linear layer of p inputs and q outputs and a batch of N, V the variance of gradients over
samples and S the square of their mean, both means over the layer's weights (Ren et al. 2023,
Table 1), one perturbation has the variance

                        the same for all samples         another for each sample
    of weights          (pq + 2) V / N + (pq + 1) S      (pq + 2) V / N + (pq + 1) S / N
    of activities       (q + 2) V / N + (q + 1) S        (q + 2) V / N + (q + 1) S / N

With G groups of outputs, each with a loss of its own, q becomes q / G.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Literal

from pellucid.config import check
from pellucid.learning.gradient import Estimate

Kind = Literal["weights", "activities"]


@dataclass(frozen=True)
class Layer:
    """What the formulas know of a layer and its batch."""

    fan_in: int
    fan_out: int
    batch: int
    spread: float
    """V"""
    signal: float
    """S"""
    groups: int = 1

    def __post_init__(self) -> None:
        check(
            min(self.fan_in, self.fan_out, self.batch, self.groups) > 0,
            "a layer's sizes must be positive",
        )
        check(
            self.fan_out % self.groups == 0,
            f"groups={self.groups} do not divide fan_out={self.fan_out}",
        )


def perturbation_variance(layer: Layer, kind: Kind, *, shared: bool) -> float:
    """The variance of one perturbation of a kind; see the module."""
    many = layer.fan_out // layer.groups * (layer.fan_in if kind == "weights" else 1)
    samples = 1 if shared else layer.batch
    return (many + 2) / layer.batch * layer.spread + (many + 1) / samples * layer.signal


def perturbations_needed(layer: Layer, kind: Kind, *, shared: bool, snr: float) -> int:
    """How many perturbations make S that many times the variance of their mean.

    The spread V / N of the batch itself is not counted: no number of perturbations mends it.
    """
    check(snr > 0 and layer.signal > 0, f"snr={snr} and signal={layer.signal} must be positive")
    noise = perturbation_variance(layer, kind, shared=shared) - layer.spread / layer.batch
    return max(1, math.ceil(snr * noise / layer.signal))


def groups_needed(layer: Layer, *, snr: float) -> int | None:
    """The fewest groups with which one perturbation of activities has that signal to noise.

    None where one neuron a group is not enough either.
    """
    for groups in range(1, layer.fan_out + 1):
        if layer.fan_out % groups == 0:
            grouped = replace(layer, groups=groups)
            if perturbations_needed(grouped, "activities", shared=False, snr=snr) == 1:
                return groups
    return None


def samples_for(estimate: Estimate, name: str, *, samples: int, snr: float) -> int:
    """How many perturbations a parameter needs, told by an estimate of so many."""
    variance = estimate.variance[name] * samples
    signal = float(estimate.gradient[name].square().mean()) - estimate.variance[name]
    if signal <= 0:
        # All that was seen is noise: a signal of a tenth of it would not have shown.
        signal = 0.1 * estimate.variance[name]
    return max(1, math.ceil(snr * variance / signal))
