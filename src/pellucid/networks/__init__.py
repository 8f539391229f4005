"""What maps? White-box networks, and the black-box baselines beside them."""

from __future__ import annotations

from pellucid.networks.conv import ConvEncoder
from pellucid.networks.encoders import ENCODERS, EncoderConfig, make_encoder
from pellucid.networks.mlp import VectorEncoder, mlp
from pellucid.networks.sparse import SparseCodingLayer, SparseEncoder
from pellucid.networks.vit import ViTEncoder

__all__ = [
    "ENCODERS",
    "ConvEncoder",
    "EncoderConfig",
    "SparseCodingLayer",
    "SparseEncoder",
    "VectorEncoder",
    "ViTEncoder",
    "make_encoder",
    "mlp",
]
