"""Encoders by name. A new one is one file and one line of `ENCODERS`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from torch import nn

from pellucid.config import check
from pellucid.errors import ConfigError, nearest
from pellucid.networks.conv import ConvEncoder
from pellucid.networks.csc_encoder import CSCEncoder
from pellucid.networks.perceptron import VectorEncoder
from pellucid.networks.sparse import SparseEncoder
from pellucid.networks.token_encoder import TokenEncoder

ENCODERS: dict[str, Callable[..., nn.Module]] = {
    "sparse": SparseEncoder,
    "csc": CSCEncoder,
    "crate": partial(TokenEncoder, kind="crate"),
    "crate-alpha": partial(TokenEncoder, kind="crate-alpha"),
    "tost": partial(TokenEncoder, kind="tost"),
    "conv": ConvEncoder,
    "vit": partial(TokenEncoder, kind="vit"),
}
BLACK_BOXES = ("conv", "vit")
"""Those that state no objective; all others are white boxes."""


@dataclass(frozen=True)
class EncoderConfig:
    """What maps a picture to a state."""

    kind: str = "sparse"
    """white boxes: sparse (unrolled sparse coding), csc, crate, crate-alpha or tost; black: conv
    or vit"""
    width: int = 24
    """atoms of the first layer; channels of a convolution; a half or a quarter of a token"""

    def __post_init__(self) -> None:
        if self.kind not in ENCODERS:
            raise ConfigError(f"encoder '{self.kind}' is unknown: {nearest(self.kind, ENCODERS)}")
        check(self.width >= 1, f"encoder width {self.width} must be at least 1")


def make_encoder(
    config: EncoderConfig, observation_shape: tuple[int, ...], *, dimension: int
) -> nn.Module:
    """An encoder (B, *observation_shape) -> (B, dimension); vectors always get a perceptron."""
    if len(observation_shape) == 1:
        return VectorEncoder(observation_shape[0], dimension=dimension, width=config.width)
    if len(observation_shape) != 3 or min(observation_shape[:2]) < 16:
        raise ConfigError(
            f"observations of shape {observation_shape}: vectors (F,) or pictures (H, W, C) of at "
            "least 16 x 16 pixels can be encoded"
        )
    return ENCODERS[config.kind](observation_shape, dimension=dimension, width=config.width)
