"""Encoders that are transformers on patches: the white-box family, and the plain one beside it.

A kind is a mixer and a feed of `TokenBlock`, and how many features a token has for each unit of
`width`. CRATE's blocks hold 3 d^2 weights, as those of ToST with its feed, CRATE-alpha's 10 d^2 and
a plain transformer's 12 d^2; with these factors the blocks of all kinds are of about one size.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from pellucid.networks.image_transformer import patches
from pellucid.networks.pixels import PixelInput
from pellucid.networks.token_network import TokenBlock, TokenNetworkConfig


@dataclass(frozen=True)
class TokenKind:
    """The parts of a transformer encoder."""

    mixer: str
    """compresses: mssa, tssa or softmax"""
    feed: str
    """sparsifies: ista, odl or mlp"""
    features: int
    """features of a token for each unit of the encoder's width"""


KINDS = {
    "crate": TokenKind("mssa", "ista", 4),
    "crate-alpha": TokenKind("mssa", "odl", 2),
    "tost": TokenKind("tssa", "ista", 4),
    "vit": TokenKind("softmax", "mlp", 2),
}
"""By name. "tost" is white throughout: the published ToST keeps a perceptron as its feed."""


class TokenEncoder(nn.Module):
    """Patches, `depth` blocks, a linear map of all tokens: (B, H, W, C) -> (B, D).

    There is no closing layer norm, neither of the tokens nor of the state: the latter would fix the
    length of every state and stand in the way of the anti-collapse objective (LeWorldModel, section
    on the projector). Places are learned from a small start: patches that show nothing but the mean
    are told apart by them, and the others hardly disturbed.
    """

    def __init__(
        self,
        shape: tuple[int, int, int],
        *,
        dimension: int,
        width: int,
        kind: str,
        depth: int = 3,
        heads: int = 4,
        patch: int = 8,
    ) -> None:
        super().__init__()
        height, side, channels = shape
        parts = KINDS[kind]
        features = heads * -(-parts.features * width // heads)  # heads divide it
        self.config = TokenNetworkConfig(features, depth, heads, mixer=parts.mixer, feed=parts.feed)
        self.input = PixelInput(shape)
        # Sides that are no multiple of a patch are filled up with zeros, which is the mean picture.
        self.fill = (0, -side % patch, 0, -height % patch)
        count = -(-height // patch) * -(-side // patch)
        self.patch = patch
        self.embed = nn.Linear(patch * patch * channels, features)
        self.position = nn.Parameter(0.02 * torch.randn(1, count, features))
        self.blocks = nn.Sequential(*(TokenBlock(self.config) for _ in range(depth)))
        self.readout = nn.Linear(count * features, dimension)

    def forward(self, observation: Tensor) -> Tensor:
        """States (B, D) of pictures (B, H, W, C)."""
        return self.readout(self.blocks(self.tokens(observation)).flatten(1))

    def tokens(self, observation: Tensor) -> Tensor:
        """The tokens (B, N, D) that enter the first block."""
        image = F.pad(self.input(observation), self.fill)
        return self.embed(patches(image, self.patch)) + self.position
