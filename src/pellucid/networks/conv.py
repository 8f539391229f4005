"""A small convolutional network: the black-box encoder beside which the white-box one stands."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from pellucid.networks.pixels import PixelInput


class ConvEncoder(nn.Module):
    """Three strided convolutions and a linear map: (B, H, W, C) uint8 -> (B, D).

    No normalisation follows: the anti-collapse objective shapes the distribution of the states.
    """

    def __init__(self, shape: tuple[int, int, int], *, dimension: int, width: int) -> None:
        super().__init__()
        height, side, channels = shape
        self.input = PixelInput(shape)
        self.layers = nn.Sequential(
            nn.Conv2d(channels, width, 8, stride=4, padding=2),
            nn.ReLU(),
            nn.Conv2d(width, 2 * width, 4, stride=2, padding=1),
            nn.ReLU(),
            nn.Conv2d(2 * width, 2 * width, 4, stride=2, padding=1),
            nn.ReLU(),
            nn.Flatten(),
        )
        with torch.no_grad():
            features = self.layers(torch.zeros(1, channels, height, side)).shape[1]
        self.readout = nn.Linear(features, dimension)

    def forward(self, observation: Tensor) -> Tensor:
        """States (B, D) of pictures (B, H, W, C)."""
        return self.readout(self.layers(self.input(observation)))
