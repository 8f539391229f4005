"""A small vision transformer (Dosovitskiy et al. 2021), the encoder of LeWorldModel at our size."""

from __future__ import annotations

import torch
from einops import rearrange
from torch import Tensor, nn
from torch.nn import functional as F

from pellucid.networks.pixels import PixelInput


class ViTEncoder(nn.Module):
    """Patches, `depth` pre-norm transformer blocks, a linear map of all tokens: (B, D) states.

    The read-out is linear without a closing layer norm: one would fix the length of every state
    and stand in the way of the anti-collapse objective (LeWorldModel, section on the projector).
    """

    def __init__(
        self,
        shape: tuple[int, int, int],
        *,
        dimension: int,
        width: int,
        depth: int = 3,
        heads: int = 4,
        patch: int = 8,
    ) -> None:
        super().__init__()
        height, side, channels = shape
        self.input = PixelInput(shape)
        # Sides that are no multiple of a patch are filled up with zeros, which is the mean picture.
        self.fill = (0, -side % patch, 0, -height % patch)
        tokens = -(-height // patch) * -(-side // patch)
        self.patch = patch
        self.embed = nn.Linear(patch * patch * channels, width)
        self.position = nn.Parameter(0.02 * torch.randn(1, tokens, width))
        block = nn.TransformerEncoderLayer(
            width,
            heads,
            4 * width,
            dropout=0.0,
            activation="gelu",
            batch_first=True,
            norm_first=True,
        )
        self.blocks = nn.TransformerEncoder(block, depth, enable_nested_tensor=False)
        self.readout = nn.Linear(tokens * width, dimension)

    def forward(self, observation: Tensor) -> Tensor:
        """States (B, D) of pictures (B, H, W, C)."""
        image = F.pad(self.input(observation), self.fill)
        size = {"p": self.patch, "q": self.patch}
        patches = rearrange(image, "b c (h p) (w q) -> b (h w) (p q c)", **size)
        tokens = self.blocks(self.embed(patches) + self.position)
        return self.readout(tokens.flatten(1))
