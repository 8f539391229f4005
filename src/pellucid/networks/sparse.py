"""A white-box encoder: each layer solves a convolutional sparse-coding problem.

A layer explains its input x by few non-negative coefficients z of a dictionary of patterns D:

    E(z; x) = 1/2 ||x - D z||^2 + lambda sum(z),   z >= 0                 (non-negative LASSO)

and its forward pass is the algorithm that descends this energy, unrolled:

    z <- ReLU(z + D'(x - D z) - lambda)          ISTA, Daubechies et al. 2004, with unit step

The dictionary is learned by whoever uses the network (here: the world model's objective), as in
LISTA (Gregor & LeCun 2010) with all weights tied, and stays readable: a coefficient is the amount
of one pattern at one place.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from pellucid.networks.pixels import PixelInput
from pellucid.networks.whitebox import WhiteBoxLayer


class SparseCodingLayer(WhiteBoxLayer):
    """`iterations` steps of ISTA on a convolutional dictionary.

    Input (B, C, H, W), coefficients (B, atoms, H / stride, W / stride). The input is surrounded by
    zeros, and the reconstruction answers for them too. The dictionary is divided by its spectral
    norm, so that D'D has norm 1 and a unit step descends: any step below twice the inverse of that
    norm does. The norm is followed by power iteration, one round a training step.

    D'D is itself a small convolution (patterns against shifted patterns), so a step after the first
    costs one 3 x 3 convolution of the coefficients instead of a synthesis and an analysis:

        z <- ReLU((1 - D'D) z + (D'x - lambda))
    """

    formula = "1/2 ||x - D z||^2 + lambda sum(z), z >= 0 (non-negative LASSO)"
    unit = "squared input"

    probe: Tensor
    norm: Tensor
    sparsity: Tensor

    def __init__(
        self,
        shape: tuple[int, int, int],
        atoms: int,
        *,
        kernel: int,
        stride: int,
        iterations: int,
        sparsity: float = 0.05,
    ) -> None:
        super().__init__()
        channels, height, width = shape
        assert (kernel - stride) % 2 == 0, "the same padding on both sides"
        assert kernel <= 2 * stride, "patterns overlap with their neighbours and no further"
        self.stride, self.iterations = stride, iterations
        self.padding = (kernel - stride) // 2
        patterns = torch.randn(atoms, channels, kernel, kernel)
        self.patterns = nn.Parameter(
            patterns / patterns.flatten(1).norm(dim=1)[:, None, None, None]
        )
        # The price is a setting: a task that learns it drives it to zero, and sparsity with it.
        self.register_buffer("sparsity", torch.full((atoms, 1, 1), sparsity))
        self.shape = (atoms, height // stride, width // stride)
        self._kept: tuple[tuple[int, ...], tuple[Tensor, Tensor, Tensor]] | None = None
        probe = torch.randn(1, *self.shape)
        self.register_buffer("probe", probe / probe.norm())
        self.register_buffer("norm", torch.ones(()))
        for _ in range(30):
            self._follow_norm()

    def dictionary(self) -> Tensor:
        """The patterns scaled so that D has spectral norm 1, (atoms, C, kernel, kernel)."""
        return self.patterns / self.norm

    def correlations(self, dictionary: Tensor) -> Tensor:
        """D'D as a kernel: how each pattern overlaps each shifted one, (atoms, atoms, 3, 3)."""
        return F.conv2d(dictionary, dictionary, stride=self.stride, padding=self.stride)

    @torch.no_grad()
    def _follow_norm(self) -> None:
        image = F.conv2d(self.probe, self.correlations(self.patterns), padding=1)
        length = image.norm()
        self.norm.copy_(length.sqrt())
        self.probe.copy_(image / length)

    def forward(self, x: Tensor) -> Tensor:
        """The coefficients of `x`."""
        return self.path(x)[-1]

    def _operators(self) -> tuple[Tensor, Tensor, Tensor]:
        """D, 1 - D'D and -lambda; kept while nothing learns: one picture then costs less."""
        if self.training or torch.is_grad_enabled():
            return self._make_operators()
        D, norm, price = self.patterns, self.norm, self.sparsity
        key = (D._version, D.data_ptr(), norm._version, norm.data_ptr(), price._version)
        if self._kept is None or self._kept[0] != key:
            self._kept = (key, self._make_operators())
        return self._kept[1]

    def _make_operators(self) -> tuple[Tensor, Tensor, Tensor]:
        dictionary = self.dictionary()
        itself = torch.eye(len(dictionary), dtype=dictionary.dtype, device=dictionary.device)
        step = F.pad(itself[:, :, None, None], [1] * 4) - self.correlations(dictionary)
        # The layout in which the pictures come; a convolution of one would reorder others anew.
        dictionary, step = (
            kernel.contiguous(memory_format=torch.channels_last) for kernel in (dictionary, step)
        )
        return dictionary, step, -self.sparsity.clamp_min(0.0).flatten()

    def path(self, x: Tensor) -> list[Tensor]:
        """The coefficients after each ISTA step: what the audit of the descent looks at."""
        if self.training:
            self._follow_norm()
        dictionary, step, price = self._operators()
        drive = F.conv2d(x, dictionary, price, stride=self.stride, padding=self.padding)
        path = [F.relu(drive)]
        for _ in range(self.iterations - 1):
            path.append(F.conv2d(path[-1], step, padding=1).add_(drive).relu_())
        return path

    def reconstruct(self, z: Tensor) -> Tensor:
        """What the coefficients say about the padded input: D z, (B, C, H + 2 pad, W + 2 pad)."""
        return F.conv_transpose2d(z, self.dictionary(), stride=self.stride)

    def energy(self, x: Tensor, z: Tensor) -> Tensor:
        """E(z; x) for each image, (B,); no unit: half the squared error plus weighted sum."""
        said = self.reconstruct(z)
        # Where the stride does not divide the side, no pattern reaches the last rows and columns.
        padded = F.pad(x, [self.padding] * 4)[..., : said.shape[-2], : said.shape[-1]]
        fit = 0.5 * (padded - said).square().flatten(1).sum(1)
        return fit + (self.sparsity.clamp_min(0.0) * z).flatten(1).sum(1)

    def initial(self, x: Tensor) -> Tensor:
        """The coefficients of nothing: zeros, (B, atoms, H / stride, W / stride)."""
        return x.new_zeros(x.shape[0], *self.shape)

    def objective(self, z: Tensor, x: Tensor) -> Tensor:
        """The same energy, as the audit asks for it: (B,)."""
        return self.energy(x, z)


class SparseEncoder(nn.Module):
    """Three layers of convolutional sparse coding and a linear read-out: (B, H, W, C) -> (B, D).

    Everything between picture and state is a sum of named patterns: `codes` shows them.
    """

    def __init__(
        self, shape: tuple[int, int, int], *, dimension: int, width: int, iterations: int = 2
    ) -> None:
        super().__init__()
        height, side, channels = shape
        self.input = PixelInput(shape)
        layers, size = [], (channels, height, side)
        # Coefficients shrink from layer to layer, and the price of one with them.
        plan = ((width, 8, 4, 0.05), (2 * width, 4, 2, 0.01), (2 * width, 4, 2, 0.002))
        for atoms, kernel, stride, sparsity in plan:
            layer = SparseCodingLayer(
                size,
                atoms,
                kernel=kernel,
                stride=stride,
                iterations=iterations,
                sparsity=sparsity,
            )
            layers.append(layer)
            size = layer.shape
        self.layers = nn.ModuleList(layers)
        self.readout = nn.Linear(size[0] * size[1] * size[2], dimension)

    def forward(self, observation: Tensor) -> Tensor:
        """States (B, D) of pictures (B, H, W, C)."""
        return self.readout(self.codes(observation)[-1].flatten(1))

    def codes(self, observation: Tensor) -> list[Tensor]:
        """The coefficients of every layer, first to last."""
        code, codes = self.input(observation), []
        for layer in self.layers:
            code = layer(code)
            codes.append(code)
        return codes
