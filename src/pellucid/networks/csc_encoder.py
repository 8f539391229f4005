"""A white-box encoder whose first layer is not learned: whitened patches, then sparse codes.

The first layer of `SparseEncoder` costs two fifths of its training step, for it alone works on the
whole picture. Here the principal components of the experience's patches stand in its place: they
are found once, without labels, and nothing is differentiated there. The codes above are
standardised to be the next layer's input, as in the sparse-coding classifier (Dai et al. 2022), so
that one price fits all layers. The layers are those of `SparseEncoder`, whose steps after the first
cost one small convolution where those of `ConvSparseCoding` cost two.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from pellucid.networks.csc_standardise import Standardise
from pellucid.networks.csc_whitening import PatchWhitening
from pellucid.networks.pixels import PixelInput
from pellucid.networks.sparse import SparseCodingLayer


class WhitenedInput(PixelInput):
    """Pictures (B, H, W, C) as principal components (B, components, H / stride, W / stride).

    The mean picture is taken away, as ever, and the differences from it are whitened.
    """

    def __init__(
        self, shape: tuple[int, int, int], components: int, *, kernel: int, stride: int
    ) -> None:
        super().__init__(shape)
        height, width, channels = shape
        self.whitening = PatchWhitening(
            (channels, height, width), components, kernel=kernel, stride=stride
        )

    @torch.no_grad()
    def fit(self, observations: Tensor, *, limit: int = 250) -> None:
        """Take the mean of pictures (N, H, W, C), and the components of at most `limit` of them.

        DataError where all pictures are equal.
        """
        super().fit(observations)
        some = observations[:: -(-len(observations) // limit)]
        self.whitening.fit(super().forward(some))

    def forward(self, observation: Tensor) -> Tensor:
        """The components of the differences from the mean."""
        return self.whitening(self.whitening.center(super().forward(observation)))


class CSCEncoder(nn.Module):
    """Whitened patches, two layers of sparse coding, a linear read-out: (B, H, W, C) -> (B, D).

    As in `SparseEncoder` every coefficient is the amount of one pattern at one place, at the same
    three scales; `codes` shows them.
    """

    def __init__(
        self,
        shape: tuple[int, int, int],
        *,
        dimension: int,
        width: int,
        iterations: int = 2,
        price: float = 0.05,
    ) -> None:
        super().__init__()
        kernel = 8
        components = min(width, shape[2] * kernel * kernel)
        self.input = WhitenedInput(shape, components, kernel=kernel, stride=4)
        layers, size = [], self.input.whitening.shape
        for _ in range(2):
            layer = SparseCodingLayer(
                size, 2 * width, kernel=4, stride=2, iterations=iterations, sparsity=price
            )
            layers.append(layer)
            size = layer.shape
        self.layers = nn.ModuleList(layers)
        self.norms = nn.ModuleList(Standardise(2 * width, affine=False) for _ in layers)
        self.readout = nn.Linear(size[0] * size[1] * size[2], dimension)

    def forward(self, observation: Tensor) -> Tensor:
        """States (B, D) of pictures (B, H, W, C)."""
        stream = self.input(observation)
        for layer, norm in zip(self.layers, self.norms, strict=True):
            stream = norm(layer(stream))
        return self.readout(stream.flatten(1))

    @torch.no_grad()
    def codes(self, observation: Tensor) -> list[Tensor]:
        """The sparse coefficients (B, atoms, h, w) of every layer, first to last."""
        stream, codes = self.input(observation), []
        for layer, norm in zip(self.layers, self.norms, strict=True):
            codes.append(layer(stream))
            stream = norm(codes[-1])
        return codes
