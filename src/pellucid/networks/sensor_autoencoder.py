"""Masked autoencoding of sensors in clusters, wherever these lie (Yun et al. 2025, "URLOST:
Unsupervised Representation Learning without Stationarity or Topology", arXiv 2310.04496).

Patches of a picture share one map, since one part of a picture is like another. Clusters of sensors
are of any size and any order; so each has maps of its own, into tokens and back:

    z_m  = W_m x_m + p_m                            the readings of cluster m, and its place
    Z    = encoder([z_m : m seen])                  hidden clusters do not enter (He et al. 2022)
    x^_m = V_m decoder(Z, mask tokens)_m + c_m      what hidden sensors are believed to say

Axes: B samples, S sensors, M clusters (V of them seen), P sensors of the largest, D features.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from pellucid.errors import ConfigError, DataError
from pellucid.networks.masked_autoencoder import choose_hidden, make_decoder
from pellucid.networks.token_network import TokenNetwork, TokenNetworkConfig


class MaskedSensorAutoencoder(nn.Module):
    """Readings of sensors (B, S) completed from the clusters that are not hidden.

        mask = autoencoder.random_mask(len(x), generator=generator)
        loss = autoencoder.loss(x, mask)

    `members` (M, P) holds the numbers of the sensors in each cluster, -1 where there are fewer than
    P. Readings should have mean zero and be of one scale; sensors without a cluster are not looked
    at. `network` is the encoder; the decoder has blocks of its kind (`make_decoder`).
    """

    members: Tensor
    filled: Tensor
    """Where `members` names a sensor, (M, P) of bool."""

    def __init__(
        self, network: TokenNetworkConfig, *, members: Tensor, decoder_depth: int = 1
    ) -> None:
        super().__init__()
        if members.dim() != 2 or len(members) < 2 or not (members >= 0).any(1).all():
            raise ConfigError(
                f"members of shape {tuple(members.shape)}: give two clusters or more (M, P), and a "
                "sensor or more in each"
            )
        clusters, size, dimension = *members.shape, network.dimension
        self.register_buffer("members", members.clone())
        self.register_buffer("filled", members >= 0)
        own = self.filled.sum(1)[:, None, None]
        self.embed = nn.Parameter(torch.randn(clusters, size, dimension) / own.sqrt())
        # A bias of the map would be another name for the place.
        self.place = nn.Parameter(torch.randn(clusters, dimension))
        self.encoder = TokenNetwork(network)
        self.mask_token = nn.Parameter(0.02 * torch.randn(dimension))
        self.decoder_place = nn.Parameter(torch.randn(clusters, dimension))
        self.decoder = make_decoder(network, decoder_depth)
        self.predict = nn.Parameter(0.02 * torch.randn(clusters, dimension, size))
        self.bias = nn.Parameter(torch.zeros(clusters, size))

    def random_mask(self, batch: int, *, generator: torch.Generator, ratio: float = 0.75) -> Tensor:
        """Which clusters are hidden, (B, M) of bool: as many in each sample, at random.

        One cluster at least is hidden, and one is seen.
        """
        clusters = len(self.members)
        hidden = min(max(round(ratio * clusters), 1), clusters - 1)
        return choose_hidden(batch, clusters, hidden, generator=generator).to(self.members.device)

    def patches(self, x: Tensor) -> Tensor:
        """Readings (B, S) as clusters (B, M, P), zero where a cluster has fewer sensors."""
        return torch.where(self.filled, x[:, self.members.clamp_min(0)], 0)

    def encode(self, x: Tensor, mask: Tensor | None = None) -> Tensor:
        """Tokens (B, V, D) of the clusters that are seen, in their order.

        `mask` (B, M) hides as many clusters in each sample; DataError otherwise.
        """
        z = torch.einsum("bmp,mpd->bmd", self.patches(x), self.embed) + self.place
        return self.encoder(z if mask is None else _take(z, _seen(mask)))

    def features(self, x: Tensor) -> Tensor:
        """The mean token with nothing hidden, (B, D)."""
        return self.encode(x).mean(1)

    def forward(self, x: Tensor, mask: Tensor) -> Tensor:
        """What each sensor is believed to say, (B, M, P); what is seen is predicted too."""
        seen, tokens = _seen(mask), self.encode(x, mask)
        z = self.mask_token.to(tokens.dtype).expand(*mask.shape, -1)
        z = z.scatter(1, seen[..., None].expand_as(tokens), tokens)
        z = self.decoder(z + self.decoder_place)
        return torch.einsum("bmd,mdp->bmp", z, self.predict) + self.bias

    def loss(self, x: Tensor, mask: Tensor) -> Tensor:
        """The mean squared error of the hidden sensors, each of which counts as much."""
        hidden = mask[..., None] & self.filled
        error = (self(x, mask) - self.patches(x)).square()
        return (error * hidden).sum() / hidden.sum()

    def complete(self, x: Tensor, mask: Tensor) -> Tensor:
        """Readings (B, S) with the sensors of hidden clusters filled in."""
        told = torch.where(mask[..., None], self(x, mask), self.patches(x))
        whole = x.clone()
        whole[:, self.members[self.filled]] = told[:, self.filled]
        return whole


def _seen(mask: Tensor) -> Tensor:
    """The numbers (B, V) of the clusters that are not hidden."""
    counts = (~mask).sum(1)
    if counts.min() != counts.max() or not counts.min():
        raise DataError(
            f"from {int(counts.min())} to {int(counts.max())} clusters are seen: hide as many in "
            "each sample of a batch, and not all"
        )
    return (~mask).nonzero()[:, 1].reshape(len(mask), -1)


def _take(z: Tensor, which: Tensor) -> Tensor:
    """The tokens (B, V, D) that `which` (B, V) names."""
    return z.gather(1, which[..., None].expand(-1, -1, z.shape[-1]))
