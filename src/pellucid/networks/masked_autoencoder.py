"""Masked autoencoding by white boxes (CRATE-MAE, Pai et al. 2024, "Masked Completion via Structured
Diffusion with White-Box Transformers").

The encoder's block compresses and makes sparse; the decoder's block undoes both in reverse:

    encoder    Z <- Z + MSSA(LN Z),    Z <- ISTA(Z)
    decoder    Z <- A LN(Z),           Z <- Z - MSSA(LN Z)

Unlike in He et al. 2022, tokens that stand for masked patches enter the encoder.

Axes: B images, N patches, D features.
"""

from __future__ import annotations

from dataclasses import replace

import torch
from torch import Tensor, nn

from pellucid.errors import ConfigError
from pellucid.networks.image_transformer import (
    check_grid,
    check_images,
    from_patches,
    patches,
)
from pellucid.networks.mssa import MSSALayer
from pellucid.networks.token_network import (
    TokenBlock,
    TokenNetwork,
    TokenNetworkConfig,
    token_network_config,
)


class CrateDecoderBlock(nn.Module):
    """One step from sparse to dense, one away from the subspaces: (B, N, D) -> (B, N, D)."""

    def __init__(self, dimension: int, *, heads: int) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(dimension)
        self.dictionary = nn.Linear(dimension, dimension, bias=False)
        self.mixer = MSSALayer(dimension, heads=heads, expand=True)

    def forward(self, z: Tensor) -> Tensor:
        """Tokens (B, N, D)."""
        return self.mixer(self.dictionary(self.norm(z)))


class MaskedAutoencoder(nn.Module):
    """Images (B, C, H, W) completed from the patches that are not masked.

        mask = autoencoder.random_mask(len(image), generator=generator)
        loss = autoencoder.loss(image, mask)

    `network` is the encoder, or the name of a published size; mssa + ista gets the decoder above
    with as many blocks (`decoder_depth=0`), any other encoder blocks of its own kind. A published
    CRATE-MAE has lambda = 0.5 in its encoder; a name is taken with that price.
    """

    position: Tensor

    def __init__(
        self,
        network: TokenNetworkConfig | str,
        *,
        image_size: int | tuple[int, int],
        patch: int,
        channels: int = 3,
        decoder_depth: int = 0,
    ) -> None:
        super().__init__()
        if isinstance(network, str):
            network = replace(token_network_config(network), sparsity=0.5)
        size = (image_size, image_size) if isinstance(image_size, int) else image_size
        self.grid = check_grid(size, patch)
        self.shape, self.patch = (channels, *size), patch
        inputs, dimension = channels * patch * patch, network.dimension
        self.embed = nn.Linear(inputs, dimension)
        self.cls = nn.Parameter(0.02 * torch.randn(1, 1, dimension))
        self.mask_token = nn.Parameter(0.02 * torch.randn(1, 1, dimension))
        places = sine_positions(self.grid, dimension)
        self.register_buffer("position", places, persistent=False)
        self.encoder = TokenNetwork(network)
        self.decoder = make_decoder(network, decoder_depth or network.depth)
        self.predict = nn.Linear(dimension, inputs)

    def random_mask(self, batch: int, *, generator: torch.Generator, ratio: float = 0.75) -> Tensor:
        """Which patches are hidden, (B, N) of bool: the same number, chosen anew for each image."""
        N = self.grid[0] * self.grid[1]
        hidden = N - int(N * (1 - ratio))
        if not 0 < hidden <= N:
            raise ConfigError(f"mask ratio {ratio} of {N} patches: give one above 0 and at most 1")
        return choose_hidden(batch, N, hidden, generator=generator).to(self.position.device)

    def encode(self, image: Tensor, mask: Tensor | None = None) -> Tensor:
        """Tokens (B, 1 + N, D) after the encoder, the class token first; `mask` hides (B, N)."""
        check_images(image, self.shape)
        z = self.embed(patches(image, self.patch))
        if mask is not None:
            z = torch.where(mask[..., None], self.mask_token.to(z.dtype), z)
        z = torch.cat([self.cls.to(z.dtype).expand(len(z), -1, -1), z], 1)
        return self.encoder(z + self.position)

    def forward(self, image: Tensor, mask: Tensor | None = None) -> Tensor:
        """The completed patches (B, N, patch patch C); all are predicted, the seen ones too."""
        return self.predict(self.decoder(self.encode(image, mask)))[:, 1:]

    def loss(self, image: Tensor, mask: Tensor) -> Tensor:
        """The mean squared error of the masked patches alone, in squared units of a pixel."""
        error = (self(image, mask) - patches(image, self.patch)).square().mean(-1)
        return (error * mask).sum() / mask.sum()

    def complete(self, image: Tensor, mask: Tensor) -> Tensor:
        """The image with its masked patches filled in, (B, C, H, W)."""
        seen = patches(image, self.patch)
        filled = torch.where(mask[..., None], self(image, mask), seen)
        return from_patches(filled, self.patch, height=self.shape[1])


def make_decoder(network: TokenNetworkConfig, depth: int) -> nn.Sequential:
    """`depth` blocks and a layer norm, (B, N, D) -> (B, N, D).

    The decoder blocks above where the encoder is mssa + ista, else blocks of the encoder's kind.
    """
    white = (network.mixer, network.feed) == ("mssa", "ista")
    blocks = (
        CrateDecoderBlock(network.dimension, heads=network.heads) if white else TokenBlock(network)
        for _ in range(depth)
    )
    return nn.Sequential(*blocks, nn.LayerNorm(network.dimension))


def choose_hidden(batch: int, count: int, hidden: int, *, generator: torch.Generator) -> Tensor:
    """Which of `count` tokens are hidden, (batch, count) of bool: `hidden` of each sample."""
    order = torch.rand(batch, count, generator=generator, device=generator.device).argsort(1)
    return order.argsort(1) < hidden


def sine_positions(grid: tuple[int, int], dimension: int) -> Tensor:
    """Fixed positions (1, 1 + N, D): half of the features for the column, half for the row.

    sin and cos of place / 10000^(4 i / D); zero for the class token. (Vaswani et al. 2017, in two
    dimensions as in He et al. 2022.)
    """
    if dimension % 4:
        raise ConfigError(f"dimension {dimension} must be a multiple of 4 for places in two axes")
    quarter = dimension // 4
    frequency = 10000.0 ** (-torch.arange(quarter, dtype=torch.float64) / quarter)
    row, column = torch.meshgrid(
        *(torch.arange(n, dtype=torch.float64) for n in grid), indexing="ij"
    )
    angles = [axis.reshape(-1, 1) * frequency for axis in (column, row)]
    places = torch.cat([part for a in angles for part in (a.sin(), a.cos())], 1)
    return torch.cat([torch.zeros(1, dimension), places.float()])[None]
