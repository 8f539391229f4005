"""The atoms of a first layer as patterns of pixels, to be drawn by `figures.dictionary`."""

from __future__ import annotations

from typing import cast

import numpy as np
import torch
from torch import nn

from pellucid.errors import DataError
from pellucid.networks.csc import SparseClassifier
from pellucid.networks.image_transformer import ImageTransformer
from pellucid.networks.ista import ISTALayer, OvercompleteBlock
from pellucid.networks.token_network import TokenBlock
from pellucid.studio.figures.subspaces import embedding, linear


@torch.no_grad()
def token_atoms(network: ImageTransformer) -> np.ndarray:
    """What each coefficient of the first block's code reads in a patch: (M, C, patch, patch).

    The rows of the first step of ISTA before its price and its rectifier,

        I + eta D'(I - D)   where it starts at its input,        eta D'   where it starts at zero,

    pulled back through the layer norm of the feed and the embedding of patches. The mixer before it
    only adds to a token, and is left out: this is what a patch does to its own code.

    DataError where the first feed has no dictionary.
    """
    feed = cast(TokenBlock, network.network.blocks[0]).feed
    if isinstance(feed, ISTALayer):
        D = feed.dictionary
        I = torch.eye(len(D), dtype=D.dtype, device=D.device)
        read, norm = I + feed.step * D.mT @ (I - D), feed.norm
    elif isinstance(feed, OvercompleteBlock):
        read, norm = feed.code.step * feed.code.dictionary.mT, feed.code.norm
    else:
        raise DataError(f"{type(feed).__name__} has no dictionary: give a network of ista or odl")
    A = embedding(network)
    if isinstance(norm, nn.LayerNorm):
        A = linear(norm) @ A
    patterns = (read @ A).unflatten(1, (network.patch, network.patch, network.shape[0]))
    return patterns.movedim(-1, 1).cpu().numpy()


@torch.no_grad()
def sparse_atoms(network: SparseClassifier) -> np.ndarray:
    """What one unit of each atom of the first layer says about a picture: (M, C, side, side).

    Each atom stands once in the middle; the square is the smallest that holds all of them.
    """
    atoms, height, width = network.layers[0].shape
    codes = torch.zeros(atoms, atoms, height, width, device=network.whitening.mean.device)
    numbers = torch.arange(atoms)
    codes[numbers, numbers, height // 2, width // 2] = 1.0
    patterns = network.draw(0, codes)
    seen = (patterns != 0).any(0).any(0)
    rows, columns = (seen.any(axis).nonzero().flatten() for axis in (1, 0))
    square = patterns[..., rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    return square.cpu().numpy()
