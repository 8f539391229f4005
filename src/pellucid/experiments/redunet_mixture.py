"""A trained mixture of experts, to be read beside the constructed one of the same size."""

from __future__ import annotations

import torch
from scipy.optimize import linear_sum_assignment
from torch import Tensor, nn
from torch.nn import functional as F


class Mixture(nn.Module):
    """K linear experts behind a softmax gate, with a skip and a linear readout.

        g = softmax(G z),    y = A (z + sum_k g_k W_k z)

    The experts are (D, D) matrices, as those of a ReduNet's layer are. Jacobs et al. 1991.
    """

    def __init__(self, features: int, classes: int, *, generator: torch.Generator) -> None:
        super().__init__()
        self.scale = features**0.5
        """Unit rows become rows of unit entries, for which the optimiser's step is meant."""
        drawn = torch.randn(classes, features, features, generator=generator)
        self.experts = nn.Parameter(drawn / features**0.5)
        self.gate = nn.Parameter(torch.randn(classes, features, generator=generator) / self.scale)
        self.readout = nn.Parameter(
            torch.randn(classes, features, generator=generator) / self.scale
        )

    def forward(self, z: Tensor) -> tuple[Tensor, Tensor]:
        """Logits (B, K) and gate weights (B, K) of z (B, D) on the unit sphere."""
        rows = self.scale * z
        gate = (rows @ self.gate.mT).softmax(-1)
        # One product for all experts; einsum of all three would order them badly.
        each = (rows @ self.experts.flatten(0, 1).mT).view(*gate.shape, -1)
        spoken = (gate[..., None] * each).sum(1)
        return (rows + spoken) @ self.readout.mT, gate


def train_mixture(
    z: Tensor, labels: Tensor, *, classes: int, steps: int, seed: int, batch: int = 256
) -> Mixture:
    """A mixture after `steps` of Adam at 0.001 on the cross entropy of z (N, D) and labels (N,)."""
    generator = torch.Generator().manual_seed(seed)
    mixture = Mixture(z.shape[1], classes, generator=generator)
    optimiser = torch.optim.Adam(mixture.parameters(), lr=1e-3)
    for _ in range(steps):
        chosen = torch.randint(len(z), (min(batch, len(z)),), generator=generator)
        logits, _ = mixture(z[chosen])
        optimiser.zero_grad()
        F.cross_entropy(logits, labels[chosen]).backward()
        optimiser.step()
    return mixture


def gate_agreement(gate: Tensor, labels: Tensor, *, classes: int) -> int:
    """How many samples go to the expert of their class, under the best naming of the experts.

    `gate` is (B, K). A trained expert has no name: each is given one class, so that the most
    samples agree (the Hungarian method).
    """
    counts = torch.zeros(gate.shape[1], classes, dtype=torch.long)
    counts.index_put_((gate.argmax(1), labels), torch.ones_like(labels), accumulate=True)
    rows, columns = linear_sum_assignment(counts.numpy(), maximize=True)
    return int(counts[rows, columns].sum())
