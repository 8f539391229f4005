"""The subspaces of a transformer's first attention as patterns of pixels: what each head reads."""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

import numpy as np
import torch
from matplotlib.figure import Figure
from torch import Tensor, nn

from pellucid.errors import DataError
from pellucid.networks.image_transformer import ImageTransformer
from pellucid.networks.token_network import TokenBlock
from pellucid.networks.whitebox import WhiteBoxLayer
from pellucid.studio.figures import style


@dataclass(frozen=True, eq=False)
class PixelSubspaces:
    """For each subspace the patterns of pixels that it reads, strongest first."""

    patterns: np.ndarray
    """(K, M, patch, patch, C), of unit norm and orthogonal to each other within a subspace."""
    gains: np.ndarray
    """(K, M): how long the token's projection becomes for a pattern of length one."""


@torch.no_grad()
def pixel_subspaces(network: ImageTransformer) -> PixelSubspaces:
    """The first mixer's subspaces U_k, pulled back through the embedding of patches.

    A patch x is read by head k as U_k'A x, where A is the linear part of the embedding and of the
    mixer's layer norm: all but places, biases and the division by a deviation, which changes the
    length of what is read. Attention compares lengths and angles within a subspace alone, so a
    basis of U_k means nothing; the right singular vectors of U_k'A are the same for all bases.

    DataError where the first mixer has no subspaces.
    """
    mixer = cast(TokenBlock, network.network.blocks[0]).mixer
    U = mixer.subspaces() if isinstance(mixer, WhiteBoxLayer) else None
    if U is None:
        raise DataError(f"{type(mixer).__name__} has no subspaces: give a network of mssa or tssa")
    own = cast(WhiteBoxLayer, mixer).norm
    A = embedding(network)
    if isinstance(own, nn.LayerNorm):
        A = linear(own) @ A
    _, gains_KM, patterns_KMX = torch.linalg.svd(U.mT @ A, full_matrices=False)
    shape = (*gains_KM.shape, network.patch, network.patch, network.shape[0])
    return PixelSubspaces(patterns_KMX.reshape(shape).cpu().numpy(), gains_KM.cpu().numpy())


def embedding(network: ImageTransformer) -> Tensor:
    """The linear part of a patch's way to its token, (D, patch patch C)."""
    before, embed, after = cast(tuple[nn.LayerNorm, nn.Linear, nn.LayerNorm], network.embed)
    return linear(after) @ embed.weight @ linear(before)


def linear(norm: nn.LayerNorm) -> Tensor:
    """A layer norm without its division and shift: the mean is taken away, features are scaled."""
    weight, size = norm.weight, norm.normalized_shape[0]
    centring = torch.eye(size, dtype=weight.dtype, device=weight.device) - 1 / size
    return weight[:, None] * centring


@style.styled
def draw(shown: PixelSubspaces, *, most: int = 8) -> Figure:
    """A row for each head: its patterns, strongest first, with their gains; grey is zero."""
    heads, count = shown.gains.shape
    columns = min(most, count)
    side = style.WIDTH / max(columns, 6)
    figure, axes = style.panels(columns, heads, width=side * columns, height=side + 0.25)
    for number, panel in enumerate(axes):
        head, place = divmod(number, columns)
        pattern = shown.patterns[head, place]
        # A pattern has no sign of its own: the stronger part is drawn bright.
        sign = 1.0 if pattern.max() >= -pattern.min() else -1.0
        tile = 0.5 + 0.5 * sign * pattern / max(float(np.abs(pattern).max()), 1e-12)
        panel.imshow(
            tile if tile.shape[-1] == 3 else tile[..., 0],
            cmap="gray",
            vmin=0,
            vmax=1,
            interpolation="nearest",
        )
        panel.set_xticks([])
        panel.set_yticks([])
        panel.grid(False)
        panel.spines[:].set_visible(True)  # a pattern may be white at its border
        panel.set_title(f"gain {shown.gains[head, place]:.2f}", fontsize=8, loc="center", pad=3)
        if place == 0:
            panel.set_ylabel(f"head {head + 1}", fontsize=9)
    return figure
