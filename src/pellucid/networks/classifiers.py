"""Classifiers of pictures by their settings: the white boxes, and the black boxes beside them."""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor, nn

from pellucid.config import check
from pellucid.networks.csc import SparseClassifier
from pellucid.networks.csc_plan import make_plan
from pellucid.networks.image_transformer import ImageTransformer
from pellucid.networks.resnet import ResNet
from pellucid.networks.token_network import TokenNetworkConfig


@dataclass(frozen=True)
class TransformerConfig:
    """A transformer on patches: CRATE, CRATE-alpha, ToST, or a plain one."""

    network: TokenNetworkConfig
    """its blocks"""
    patch: int = 4
    """pixels of a patch's side"""
    pool: str = "mean"
    """what the head reads: mean or cls"""


@dataclass(frozen=True)
class SparseConfig:
    """Convolutional sparse coding."""

    plan: str = "small"
    """its layers, by name"""
    price: float = 0.0
    """the price of a unit of code in every layer; 0: the plan's own"""

    def __post_init__(self) -> None:
        make_plan(self.plan)
        check(self.price >= 0, f"price={self.price} must not be negative")


@dataclass(frozen=True)
class ResNetConfig:
    """A residual network."""

    depth: int = 20
    """layers, 6 n + 2"""
    width: int = 16
    """channels of the first stage"""
    stride: int = 1
    """of the first convolution; 2 halves the resolution of all stages"""


ClassifierConfig = TransformerConfig | SparseConfig | ResNetConfig


def make_classifier(
    config: ClassifierConfig, *, shape: tuple[int, int, int], classes: int, pictures: Tensor
) -> nn.Module:
    """A new classifier of pictures (B, C, H, W) with `shape` (C, H, W), by torch's generator.

    `pictures` (N, C, H, W) are training pictures as the network will see them: some networks take
    their first statistics from them, without labels.
    """
    match config:
        case TransformerConfig():
            return ImageTransformer(
                config.network,
                image_size=shape[1:],
                patch=config.patch,
                classes=classes,
                channels=shape[0],
                pool=config.pool,
            )
        case SparseConfig():
            plan = make_plan(config.plan)
            sparse = SparseClassifier(
                shape, classes, plan=plan.priced(config.price) if config.price else plan
            )
            sparse.fit(pictures)
            return sparse
        case ResNetConfig():
            residual = ResNet(
                shape, classes, depth=config.depth, width=config.width, stride=config.stride
            )
            residual.fit(pictures)
            return residual
