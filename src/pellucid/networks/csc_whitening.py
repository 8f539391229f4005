"""Pictures to whitened patches: the first, fixed map of the sparse-coding classifier.

Natural pictures have almost all of their variance in slow changes of brightness; a dictionary that
sees raw pixels learns little else. The principal components of patches, each divided by its
deviation, put all directions on one scale (as ZCA does, up to a rotation that the dictionary above
absorbs). Fitted from pictures alone: no label is seen.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from pellucid.errors import ConfigError, DataError
from pellucid.networks.fista import ConvDictionary


class PatchWhitening(nn.Module):
    """Pictures (B, C, H, W) to principal components (B, channels, H / stride, W / stride).

    Filter i is v_i / sqrt(variance_i + epsilon m), with v_i a principal direction of the patches
    of pictures less their mean colour, and m the mean of the variances. Until `fit` the filters
    are the single pixels of a patch and the mean is zero. Pictures may be of any numeric type and
    scale, the same in `fit` and in use.
    """

    mean: Tensor
    filters: Tensor
    synthesis: Tensor

    def __init__(
        self,
        shape: tuple[int, int, int],
        channels: int,
        *,
        kernel: int,
        stride: int,
        epsilon: float = 1e-3,
    ) -> None:
        super().__init__()
        colours, height, width = shape
        size = colours * kernel * kernel
        if not 1 <= channels <= size:
            raise ConfigError(
                f"patches of {colours} x {kernel} x {kernel} have 1 to {size} components, "
                f"not {channels}"
            )
        self.picture, self.stride, self.epsilon = (height, width), stride, epsilon
        self.padding = (kernel - stride + 1) // 2
        self.register_buffer("mean", torch.zeros(colours, 1, 1))
        pixels = torch.eye(size)[:channels].reshape(channels, colours, kernel, kernel)
        self.register_buffer("filters", pixels)
        self.register_buffer("synthesis", pixels.clone())
        self.shape = self._bank(pixels).code_shape

    def _bank(self, filters: Tensor) -> ConvDictionary:
        return ConvDictionary(filters, self.picture, self.stride, self.padding)

    @torch.no_grad()
    def fit(self, pictures: Tensor, *, limit: int = 2000) -> None:
        """Take mean and components of at most `limit` evenly spaced pictures (N, C, H, W)."""
        channels, colours, kernel, _ = self.filters.shape
        if pictures.dim() != 4 or tuple(pictures.shape[1:]) != (colours, *self.picture):
            raise DataError(
                f"whitening is fitted on pictures (N, {colours}, {self.picture[0]}, "
                f"{self.picture[1]}), not on {tuple(pictures.shape)}"
            )
        sample = pictures[:: max(1, len(pictures) // limit)].double()
        mean = sample.mean((0, 2, 3))[:, None, None]
        patches = F.unfold(sample - mean, kernel, stride=self.stride)
        rows = patches.movedim(1, -1).flatten(0, 1)
        variances, components = torch.linalg.eigh(rows.T @ rows / len(rows))
        if not variances[-1] > 0:
            raise DataError(
                "whitening needs pictures that differ: all pixels of a colour are equal"
            )
        kept = components[:, -channels:].flip(1).T.reshape(self.filters.shape)
        deviations = (variances[-channels:].flip(0) + self.epsilon * variances.mean()).sqrt()
        self.mean.copy_(mean)
        self.filters.copy_(kept / deviations[:, None, None, None])
        self.synthesis.copy_(kept * deviations[:, None, None, None])

    def center(self, pictures: Tensor) -> Tensor:
        """Differences from the mean colour, in the type of the filters."""
        return pictures.to(self.filters.dtype) - self.mean

    def forward(self, centered: Tensor) -> Tensor:
        """The components of pictures that `center` made."""
        return self._bank(self.filters).analyze(centered)

    def decode(self, components: Tensor) -> Tensor:
        """The picture (B, C, H, W), mean colour at zero, that has these components.

        Each component draws its patch, and where patches overlap their mean is taken: exact if all
        components are kept.
        """
        bank = self._bank(self.synthesis)
        cover = ConvDictionary(
            torch.ones_like(self.synthesis[:1]), self.picture, self.stride, self.padding
        ).synthesize(torch.ones_like(components[:1, :1]))
        return bank.synthesize(components) / cover.clamp_min(1.0)
