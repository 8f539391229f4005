"""The same probe on white boxes and black ones: coding rate in a layer's subspaces, and zeros."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F

from pellucid.networks.image_transformer import ImageTransformer
from pellucid.networks.ista import ISTALayer, OvercompleteBlock
from pellucid.networks.mssa import subspace_rate
from pellucid.networks.softmax_attention import SoftmaxAttention, probe_subspaces
from pellucid.networks.token_network import TokenBlock
from pellucid.networks.whitebox import WhiteBoxLayer, sparsity


@dataclass(frozen=True)
class TokenProbe:
    """A transformer's tokens, layer by layer."""

    rates: tuple[float, ...]
    """R_c of what enters each layer in that layer's own subspaces, projections on the unit sphere,
    the mean over pictures; nats."""
    zeros: tuple[float, ...]
    """The share of exact zeros in each layer's code; empty where layers have no code."""


@torch.no_grad()
def probe_tokens(network: ImageTransformer, batch: Tensor, *, epsilon: float = 0.1) -> TokenProbe:
    """Probe all blocks on pictures (B, C, H, W), as the authors of CRATE do (eps^2 = 0.01).

    The subspaces of a softmax attention are those of its keys.
    """
    z = network.tokens(batch)
    rates, zeros = [], []
    for block in network.network.blocks:
        assert isinstance(block, TokenBlock)
        rates.append(_rate(block, z, epsilon))
        mixed = block.mixer(z)
        if isinstance(block.feed, ISTALayer):
            zeros.append(sparsity(block.feed(mixed)))
        elif isinstance(block.feed, OvercompleteBlock):
            zeros.append(sparsity(block.feed.code(mixed)))
        z = block(z)
    return TokenProbe(tuple(rates), tuple(zeros))


def _rate(block: TokenBlock, z: Tensor, epsilon: float) -> float:
    mixer = block.mixer
    if isinstance(mixer, SoftmaxAttention):
        bases, seen = probe_subspaces(mixer), mixer.norm(z)
    else:
        assert isinstance(mixer, WhiteBoxLayer)
        found = mixer.subspaces()
        assert found is not None, "a mixer of tokens has subspaces"
        bases, seen = found, mixer.norm(z)  # type: ignore[operator]
    # Each projection on the unit sphere: else the scale of the weights would be measured.
    total = 0.0
    for basis in bases:
        projected = F.normalize(seen @ basis, dim=-1)
        identity = torch.eye(basis.shape[1], device=z.device)
        total += float(subspace_rate(projected, identity[None], epsilon).mean())
    return total
