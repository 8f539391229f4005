"""Multi-layer perceptrons: predictors, heads, and the encoder of plain vectors."""

from __future__ import annotations

from itertools import pairwise

from torch import Tensor, nn
from torch.nn import functional as F

from pellucid.networks.pixels import VectorInput


def mlp(inputs: int, outputs: int, *, hidden: int, layers: int) -> nn.Sequential:
    """`layers` hidden layers of SiLU units between linear maps: (..., inputs) -> (..., outputs)."""
    sizes = [inputs, *[hidden] * layers]
    parts: list[nn.Module] = []
    for size, following in pairwise(sizes):
        parts += [nn.Linear(size, following), nn.SiLU()]
    return nn.Sequential(*parts, nn.Linear(sizes[-1], outputs))


class VectorEncoder(nn.Module):
    """For observations that are vectors of numbers already: (B, F) -> (B, D)."""

    def __init__(self, features: int, *, dimension: int, width: int) -> None:
        super().__init__()
        self.input = VectorInput(features)
        self.layers = mlp(features, 4 * width, hidden=4 * width, layers=1)
        self.readout = nn.Linear(4 * width, dimension)

    def forward(self, observation: Tensor) -> Tensor:
        """States (B, D) of vectors (B, F)."""
        return self.readout(F.silu(self.layers(self.input(observation))))
