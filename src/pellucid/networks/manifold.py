"""One layer of the sparse manifold transform: patches to sparse codes to a smooth embedding.

    layer.active(maps)      # which atoms each patch of maps (B, C, H, W) is made of
    layer.embed(maps)       # (B, D, H', W'): where each patch lies on the manifold of patches

An atom is a landmark on the manifold of patches, a sparse code says near which landmarks a patch
lies, and the projection P gives each landmark a place such that neighbouring patches of pictures
come to lie close together (Chen, Paiton and Olshausen 2018; Chen, Yun, Ma, Olshausen and LeCun
2022). Everything is linear but the code, and everything can be read.

Shape suffixes: B pictures, C channels, F numbers in a patch, A atoms, D dimensions, R patches.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from pellucid.errors import DataError

CELLS = 1 << 21
"""Numbers of the table of patches by atoms that is looked at once: bounds memory."""


class Active(NamedTuple):
    """The ones of a binary code, in the order of patches."""

    patch: Tensor
    """(ones,) the number of the patch."""
    atom: Tensor
    """(ones,)"""
    loud: Tensor
    """(R,) whether a patch says anything: flat ones have no code."""


class ManifoldLayer(nn.Module):
    """What a layer of the transform is made of; `pellucid.learning.manifold` makes it from data.

    A patch less its mean is whitened and brought to length one; its code is the atoms whose cosine
    with it is `threshold` at least, or the nearest one where no atom is so near or `threshold` is
    None. A patch whose deviation from its mean is at most `quiet` has the code zero.
    """

    whitening: Tensor
    atoms: Tensor
    projection: Tensor

    def __init__(
        self,
        kernel: tuple[int, int],
        whitening_FF: Tensor,
        atoms_AF: Tensor,
        projection_AD: Tensor,
        *,
        threshold: float | None,
        quiet: float,
        centred: bool = True,
    ) -> None:
        super().__init__()
        self.kernel, self.threshold, self.quiet, self.centred = kernel, threshold, quiet, centred
        self.register_buffer("whitening", whitening_FF)
        self.register_buffer("atoms", atoms_AF)
        self.register_buffer("projection", projection_AD)

    def grid(self, maps: Tensor) -> tuple[int, int]:
        """How many patches maps (B, C, H, W) have, downwards and across."""
        height, width = maps.shape[-2:]
        down, across = height - self.kernel[0] + 1, width - self.kernel[1] + 1
        size = maps.shape[1] * self.kernel[0] * self.kernel[1]
        if maps.ndim != 4 or down < 1 or across < 1 or size != len(self.whitening):
            raise DataError(
                f"maps {tuple(maps.shape)} have no patches of {len(self.whitening)} numbers in "
                f"{self.kernel[0]} x {self.kernel[1]} places"
            )
        return down, across

    def directions(self, maps: Tensor) -> tuple[Tensor, Tensor]:
        """Whitened patches of length one (R, F), and which of them are loud (R,)."""
        patches = F.unfold(maps, self.kernel).transpose(1, 2).flatten(0, 1)
        return directions(patches, self.whitening, self.quiet, self.centred)

    def active(self, maps: Tensor) -> Active:
        """The codes of all patches of maps (B, C, H, W), picture by picture, row by row."""
        self.grid(maps)
        rows, loud = self.directions(maps)
        at_once = max(1, CELLS // len(self.atoms))
        patch, atom = [], []
        for first in range(0, len(rows), at_once):
            near = rows[first : first + at_once] @ self.atoms.mT
            heard = loud[first : first + at_once]
            if self.threshold is None:
                where, what = torch.nonzero(heard).squeeze(1), near.argmax(1)[heard]
            else:
                # The nearest atom stands in where none is near enough: one comparison for both.
                bar = near.amax(1).clamp(max=self.threshold).masked_fill(~heard, torch.inf)
                where, what = _at_least(near, bar)
            patch.append(where + first)
            atom.append(what)
        return Active(torch.cat(patch), torch.cat(atom), loud)

    def embed(self, maps: Tensor) -> Tensor:
        """The embeddings (B, D, H', W') of all patches, each of length one, or zero where quiet."""
        down, across = self.grid(maps)
        active = self.active(maps)
        count = len(active.loud)
        offsets = torch.searchsorted(active.patch, torch.arange(count, device=maps.device))
        rows = F.embedding_bag(active.atom, self.projection, offsets, mode="sum")
        rows = F.normalize(rows, dim=1, eps=1e-12)
        return rows.unflatten(0, (len(maps), down, across)).movedim(-1, 1)


def _at_least(table: Tensor, bar: Tensor) -> tuple[Tensor, Tensor]:
    """Rows and columns of all entries of a table (R, A) that reach the bar (R,) of their row."""
    if table.is_cuda or table.device.type == "mps":
        where, what = (table >= bar.unsqueeze(1)).nonzero(as_tuple=True)
        return where, what
    # NumPy compares and finds three times faster than PyTorch does on a CPU.
    found = np.flatnonzero(table.numpy() >= bar.numpy()[:, None])
    rows, columns = np.divmod(found, table.shape[1])
    return torch.from_numpy(rows), torch.from_numpy(columns)


def directions(
    patches: Tensor, whitening: Tensor, quiet: float, centred: bool
) -> tuple[Tensor, Tensor]:
    """Patches (R, F) whitened and of length one, and which are loud (R,); quiet ones are zero."""
    if centred:
        patches = patches - patches.mean(1, keepdim=True)
    loud = patches.square().mean(1) > quiet**2
    rows = F.normalize(patches @ whitening, dim=1, eps=1e-12)
    return rows.masked_fill_(~loud.unsqueeze(1), 0.0), loud
