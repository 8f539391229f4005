"""One layer of convolutional sparse coding: a few steps of ISTA or FISTA on a learned dictionary.

    E(z; x) = 1/2 ||x - D z||^2 + price sum(z),   z >= 0
    z <- ReLU(z + D'(x - D z) - price)                             from z = 0, `iterations` times

The layer of Dai et al. 2022 ("Revisiting Sparse Convolutional Model for Visual Recognition"): the
weights are tied, analysis and synthesis are one dictionary, and whoever uses the codes teaches it.
A step after the first costs a synthesis and an analysis: for patterns of 3 x 3 at stride 1 that is
18 C A multiplications a place against the 25 A A of one convolution with D'D.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from pellucid.errors import ConfigError
from pellucid.networks.fista import ConvDictionary, lasso_energy, power_iteration, sparse_code
from pellucid.networks.whitebox import WhiteBoxLayer


class ConvSparseCoding(WhiteBoxLayer):
    """Maps (B, C, H, W) to non-negative codes (B, atoms, H', W').

    The dictionary is divided by its spectral norm, so that a unit step descends. The norm is
    followed by power iteration, one round a training step; with `iterations` up to two FISTA and
    ISTA are the same algorithm, and E falls at each step of ISTA.
    """

    formula = "1/2 ||x - D z||^2 + price sum(z), z >= 0 (Dai et al. 2022)"
    unit = "squared input"

    probe: Tensor
    norm: Tensor
    price: Tensor

    def __init__(
        self,
        shape: tuple[int, int, int],
        atoms: int,
        *,
        kernel: int = 3,
        stride: int = 1,
        iterations: int = 2,
        price: float = 0.05,
        accelerated: bool = True,
    ) -> None:
        super().__init__()
        channels, height, width = shape
        if iterations < 1 or price < 0 or not 1 <= stride <= kernel:
            raise ConfigError(
                f"a coding layer needs iterations >= 1, price >= 0 and 1 <= stride <= kernel, not "
                f"iterations {iterations}, price {price}, stride {stride}, kernel {kernel}"
            )
        self.sides, self.stride, self.padding = (height, width), stride, (kernel - stride + 1) // 2
        self.iterations, self.accelerated = iterations, accelerated
        patterns = torch.randn(atoms, channels, kernel, kernel)
        self.patterns = nn.Parameter(
            patterns / patterns.flatten(1).norm(dim=1)[:, None, None, None]
        )
        # The price is a setting: a task that learns it drives it to zero, and sparsity with it.
        self.register_buffer("price", torch.full((atoms,), price))
        self.shape = ConvDictionary(patterns, self.sides, stride, self.padding).code_shape
        if min(self.shape) < 1:
            raise ConfigError(f"a map of {height} x {width} has no place for a pattern of {kernel}")
        probe = torch.randn(1, *self.shape)
        self.register_buffer("probe", probe / probe.norm())
        self.register_buffer("norm", torch.ones(()))
        self.follow_norm(rounds=30)

    def dictionary(self) -> ConvDictionary:
        """The patterns scaled so that D has spectral norm 1, (atoms, C, kernel, kernel)."""
        patterns = self.patterns / self.norm
        if patterns.device.type == "cpu":
            # Maps take the layout of the patterns: with channels last a step is a tenth faster.
            patterns = patterns.contiguous(memory_format=torch.channels_last)
        return ConvDictionary(patterns, self.sides, self.stride, self.padding)

    @torch.no_grad()
    def follow_norm(self, *, rounds: int = 1) -> None:
        """Bring the spectral norm up to date with the patterns."""
        with torch.autocast(self.patterns.device.type, enabled=False):
            raw = ConvDictionary(self.patterns, self.sides, self.stride, self.padding)
            squared, probe = power_iteration(raw, self.probe, rounds=rounds)
        self.norm.copy_(squared.sqrt())
        self.probe.copy_(probe)

    def forward(self, x: Tensor) -> Tensor:
        """The code of `x`."""
        if self.training:
            self.follow_norm()
        return self.solve(x, price=self.price)

    def solve(self, x: Tensor, *, price: Tensor, trail: list[Tensor] | None = None) -> Tensor:
        """The code of `x` at a `price` (atoms,); every iterate is added to `trail` if given."""
        return sparse_code(
            self.dictionary(),
            x,
            price=price,
            steps=self.iterations,
            accelerated=self.accelerated,
            trail=trail,
        )

    def reconstruct(self, z: Tensor) -> Tensor:
        """What the code says about the input: D z, (B, C, H, W)."""
        return self.dictionary().synthesize(z)

    def initial(self, x: Tensor) -> Tensor:
        """The code of nothing: zeros, (B, atoms, H', W')."""
        return x.new_zeros(x.shape[0], *self.shape)

    def objective(self, z: Tensor, x: Tensor) -> Tensor:
        """E(z; x) of each sample, (B,)."""
        return lasso_energy(self.dictionary(), x, z, price=self.price)
