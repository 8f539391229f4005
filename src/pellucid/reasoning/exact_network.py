"""ReLU networks whose weights are fractions, and which compute without rounding.

    network = ExactNetwork.of(nn.Sequential(nn.Linear(3, 20), nn.ReLU(), nn.Linear(20, 1)))
    network([[Fraction(1, 3), 2, -1]])       # [[Fraction(...)]]

Floats are fractions too, so that a trained network is taken over as it is. ReLU commutes with
positive factors: all is done in whole numbers over one denominator a point.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
import torch
from torch import nn

from pellucid.errors import ConfigError, DataError

Number = Fraction | int
Vector = tuple[Fraction, ...]


@dataclass(frozen=True)
class Affine:
    """x -> W x + b, with W as rows."""

    weight: tuple[Vector, ...]
    bias: Vector

    @classmethod
    def of(cls, weight: Sequence[Sequence[Number]], bias: Sequence[Number]) -> Affine:
        """From whole numbers and fractions."""
        rows = tuple(tuple(map(Fraction, row)) for row in weight)
        return cls(rows, tuple(map(Fraction, bias)))

    def __post_init__(self) -> None:
        if len(self.weight) != len(self.bias) or len({len(row) for row in self.weight}) != 1:
            raise ConfigError("a layer has as many rows of weights as biases, all of one length")

    @property
    def inputs(self) -> int:
        """How many numbers go in."""
        return len(self.weight[0])

    @property
    def outputs(self) -> int:
        """How many come out."""
        return len(self.bias)

    @property
    def nonzero(self) -> int:
        """Weights and biases that are not 0."""
        return sum(map(bool, self.bias)) + sum(bool(w) for row in self.weight for w in row)

    @property
    def size(self) -> int:
        """All weights and biases."""
        return self.outputs * (self.inputs + 1)


@dataclass(frozen=True)
class ExactNetwork:
    """Affine maps with a ReLU after each but the last."""

    layers: tuple[Affine, ...]

    def __post_init__(self) -> None:
        fits = zip(self.layers, self.layers[1:], strict=False)
        if not self.layers or any(a.outputs != b.inputs for a, b in fits):
            raise ConfigError("each layer takes as many numbers as the one before it gives")

    @classmethod
    def of(cls, module: nn.Module) -> ExactNetwork:
        """Of an `nn.Sequential` of Linear and ReLU in turn, to the bit.

        Raises
        ------
        ConfigError
            If it has other layers.
        DataError
            If a weight is not finite.
        """
        parts = list(module) if isinstance(module, nn.Sequential) else [module]
        linear = parts[::2]
        good = all(isinstance(p, nn.Linear) for p in linear)
        if len(parts) % 2 == 0 or not good or not all(isinstance(p, nn.ReLU) for p in parts[1::2]):
            kinds = ", ".join(type(part).__name__ for part in parts)
            raise ConfigError(
                f"a network of {kinds}: give nn.Sequential(Linear, ReLU, ..., Linear)"
            )
        return cls(tuple(_affine(part) for part in linear))

    @property
    def widths(self) -> tuple[int, ...]:
        """Units of each hidden layer."""
        return tuple(layer.outputs for layer in self.layers[:-1])

    @property
    def nonzero(self) -> int:
        """Weights and biases that are not 0."""
        return sum(layer.nonzero for layer in self.layers)

    @property
    def size(self) -> int:
        """All weights and biases, as dense layers have them."""
        return sum(layer.size for layer in self.layers)

    def __call__(self, points: Sequence[Sequence[Number]]) -> list[list[Fraction]]:
        """The outputs at points of whole numbers and fractions; exact."""
        above, below = _over_one_denominator(points)
        if above.shape[1] != self.layers[0].inputs:
            raise DataError(
                f"points have {above.shape[1]} coordinates, the network takes "
                f"{self.layers[0].inputs}"
            )
        for number, layer in enumerate(self.layers):
            if number:
                above = np.where(above > 0, above, 0)
            above, below = _applied(layer, above, below)
        rows = zip(above, below, strict=True)
        return [[Fraction(int(a), int(q)) for a in row] for row, q in rows]

    def to_torch(self, dtype: torch.dtype = torch.float64) -> nn.Sequential:
        """As a network of floats; weights that are none are rounded to the nearest."""
        parts: list[nn.Module] = []
        for layer in self.layers:
            linear = nn.Linear(layer.inputs, layer.outputs, dtype=dtype)
            weight = [[float(w) for w in row] for row in layer.weight]
            with torch.no_grad():
                linear.weight.copy_(torch.tensor(weight, dtype=torch.float64))
                linear.bias.copy_(torch.tensor(list(map(float, layer.bias)), dtype=torch.float64))
            parts += [linear, nn.ReLU()]
        return nn.Sequential(*parts[:-1])


def _affine(part: nn.Module) -> Affine:
    assert isinstance(part, nn.Linear), "checked by the caller"
    weight = part.weight.detach().double().tolist()
    bias = [0.0] * len(weight) if part.bias is None else part.bias.detach().double().tolist()
    if not all(math.isfinite(w) for row in [*weight, bias] for w in row):
        raise DataError("a weight of the network is not finite: train it again, or mend it")
    return Affine.of(weight, bias)  # Fraction takes a float for exactly what it is


def _over_one_denominator(points: Sequence[Sequence[Number]]) -> tuple[Any, Any]:
    """Whole numbers (P, d) and the denominator of each point (P,)."""
    rows = [[Fraction(x) for x in point] for point in points]
    if not rows or len({len(row) for row in rows}) != 1:
        raise DataError("give one point or more, all with as many coordinates")
    below = [math.lcm(*(x.denominator for x in row)) for row in rows]
    above = [[int(x * q) for x in row] for row, q in zip(rows, below, strict=True)]
    return np.array(above, object).reshape(len(rows), -1), np.array(below, object)


def _applied(layer: Affine, above: Any, below: Any) -> tuple[Any, Any]:
    """One affine map; entries that are zero are passed over."""
    entries = [w for row in layer.weight for w in row] + list(layer.bias)
    scale = math.lcm(*(w.denominator for w in entries))
    found = np.zeros((len(above), layer.outputs), object)
    for i, (row, bias) in enumerate(zip(layer.weight, layer.bias, strict=True)):
        total = int(bias * scale) * below
        for j, w in enumerate(row):
            if w:
                total = total + int(w * scale) * above[:, j]
        found[:, i] = total
    return found, below * scale
