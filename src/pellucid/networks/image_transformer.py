"""Transformers on images, white box or black: classification and the maps of their last layer.

Axes: B images, C channels, H x W pixels, N tokens, D features, h x w patches.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from pellucid.errors import ConfigError, DataError
from pellucid.networks.token_network import (
    TokenBlock,
    TokenNetwork,
    TokenNetworkConfig,
    token_network_config,
)
from pellucid.networks.tssa import TSSALayer


def patches(image: Tensor, patch: int) -> Tensor:
    """Images (B, C, H, W) as rows of patches (B, N, patch patch C), colours of a pixel together."""
    B, C, H, W = image.shape
    grid = image.reshape(B, C, H // patch, patch, W // patch, patch)
    return grid.permute(0, 2, 4, 3, 5, 1).reshape(B, -1, patch * patch * C)


def from_patches(rows: Tensor, patch: int, *, height: int) -> Tensor:
    """The inverse of `patches`: (B, N, patch patch C) as images of `height` pixels (B, C, H, W)."""
    B, N, size = rows.shape
    h, C = height // patch, size // patch**2
    grid = rows.reshape(B, h, N // h, patch, patch, C)
    return grid.permute(0, 5, 1, 3, 2, 4).reshape(B, C, height, -1)


def check_grid(image_size: tuple[int, int], patch: int) -> tuple[int, int]:
    """The grid of patches (h, w); ConfigError where they do not fill the image."""
    height, width = image_size
    if patch < 1 or height < patch or width < patch or height % patch or width % patch:
        raise ConfigError(f"patches of {patch} pixels do not fill an image of {height} x {width}")
    return height // patch, width // patch


def check_images(image: Tensor, expected: tuple[int, int, int]) -> None:
    """DataError unless `image` is float (B, C, H, W) with the `expected` (C, H, W)."""
    if image.dim() != 4 or tuple(image.shape[1:]) != expected or not image.is_floating_point():
        C, H, W = expected
        raise DataError(
            f"images of shape {tuple(image.shape)} and type {image.dtype}: the network takes float "
            f"images (B, {C}, {H}, {W})"
        )


class ImageTransformer(nn.Module):
    """Logits (B, classes) of float images (B, C, H, W).

    Patches are layer-normed, mapped to tokens, layer-normed and placed, as in the published CRATE;
    `network` is a `TokenNetworkConfig`, or the name of a published size such as "crate-tiny".

    `pool` is what the linear head reads: "mean", the mean of all tokens, or "cls", a class token
    that the mixers must fill. Token statistics ("tssa") hardly move a class token: take "mean".
    """

    def __init__(
        self,
        network: TokenNetworkConfig | str,
        *,
        image_size: int | tuple[int, int],
        patch: int,
        classes: int,
        channels: int = 3,
        pool: str = "mean",
    ) -> None:
        super().__init__()
        config = token_network_config(network) if isinstance(network, str) else network
        size = (image_size, image_size) if isinstance(image_size, int) else image_size
        if pool not in ("mean", "cls"):
            raise ConfigError(f"pool is '{pool}': give 'mean' or 'cls'")
        if classes < 1 or channels < 1:
            raise ConfigError(f"classes {classes} and channels {channels} must be at least 1")
        self.grid = check_grid(size, patch)
        self.shape = (channels, *size)
        self.patch, self.pool = patch, pool
        inputs = channels * patch * patch
        self.embed = nn.Sequential(
            nn.LayerNorm(inputs),
            nn.Linear(inputs, config.dimension),
            nn.LayerNorm(config.dimension),
        )
        extra = int(pool == "cls")
        count = extra + self.grid[0] * self.grid[1]
        self.position = nn.Parameter(torch.randn(1, count, config.dimension))
        self.cls = nn.Parameter(torch.randn(1, 1, config.dimension)) if extra else None
        self.network = TokenNetwork(config)
        self.head = nn.Linear(config.dimension, classes)

    def tokens(self, image: Tensor) -> Tensor:
        """The tokens (B, N, D) that enter the first block; a class token comes first."""
        check_images(image, self.shape)
        z = self.embed(patches(image, self.patch))
        if self.cls is not None:
            z = torch.cat([self.cls.expand(len(z), -1, -1), z], 1)
        return z + self.position

    def features(self, image: Tensor) -> Tensor:
        """What the head reads, (B, D)."""
        z = self.network(self.tokens(image))
        return z[:, 0] if self.pool == "cls" else z.mean(1)

    def forward(self, image: Tensor) -> Tensor:
        """Logits (B, classes)."""
        return self.head(self.features(image))

    @torch.no_grad()
    def attention_maps(self, image: Tensor) -> Tensor:
        """Where the heads of the last block look, (B, heads, h, w); for figures.

        Softmax and subspace attention: the class token's attention to each patch, or with
        pool="mean" the mean attention that each patch receives. Token statistics: the membership of
        each patch in each head.
        """
        z = self.network.layers(self.tokens(image))[-2]
        last = self.network.blocks[-1]
        assert isinstance(last, TokenBlock)
        if isinstance(last.mixer, TSSALayer):
            rows = last.mixer.memberships(z)
        else:
            weights = last.mixer.attention(z)  # type: ignore[operator]
            rows = weights[:, :, 0] if self.pool == "cls" else weights.mean(2)
        return rows[..., int(self.pool == "cls") :].unflatten(-1, self.grid)
