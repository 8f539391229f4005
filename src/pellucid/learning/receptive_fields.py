"""What a unit of a stack of layers stands for: the part of a picture that makes it active.

    shapes = mean_fields(transform, pictures)               # each unit as pixels
    found = selectivity(transform, shapes, other_pictures)  # do its fields look like that?
    found.selective().mean()

A unit is an atom of a `SparseManifoldTransform`, of its first layer or of any above. The part of a
picture that a patch of that layer sees is its *field*; fields are compared as people compare
strokes: less their mean and at length one, so that neither brightness nor contrast counts.

Shape suffixes: R patches, F numbers in a field, A units.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from pellucid.learning.manifold import SparseManifoldTransform
from pellucid.networks.manifold import Active


@dataclass(frozen=True)
class MeanFields:
    """The mean field of each unit, and how many fields it is the mean of."""

    fields: np.ndarray
    """(A, F), each of length one; zero for units that were never active."""
    counts: np.ndarray
    """(A,)"""
    shape: tuple[int, int, int]
    """(C, height, width) of a field."""

    def drawn(self) -> np.ndarray:
        """The fields as pictures (A, C, height, width)."""
        return self.fields.reshape(-1, *self.shape)


@dataclass(frozen=True)
class Selectivity:
    """How well the shape of a unit tells when it is active, on pictures that did not shape it."""

    inside: np.ndarray
    """Share of the fields that make a unit active which look like its shape, (A,)."""
    outside: np.ndarray
    """Share of all other fields which do, (A,)."""
    counts: np.ndarray
    """Fields that made it active, (A,)."""
    shaped: np.ndarray
    """Fields that its shape is the mean of, (A,)."""

    def judged(self, least: int = 10) -> np.ndarray:
        """Which units were active often enough to be judged, before and now."""
        return np.minimum(self.counts, self.shaped) >= least

    def selective(self, *, inside: float = 0.8, outside: float = 0.1) -> np.ndarray:
        """Of those judged, which stand for one shape: their fields show it, others do not."""
        judged = self.judged()
        return ((self.inside >= inside) & (self.outside <= outside))[judged]


def mean_fields(
    transform: SparseManifoldTransform,
    X: np.ndarray,
    *,
    shuffle: torch.Generator | None = None,
) -> MeanFields:
    """The mean field of each unit over samples (N, F).

    With `shuffle` every activation is moved to a field drawn at random: what chance would say.
    """
    units = len(transform.layer_.atoms)
    shape = _shape(transform)
    total, counts = torch.zeros(units, math.prod(shape)), torch.zeros(units)
    for fields, active in _fields(transform, X, shuffle):
        ones = torch.ones(len(active.patch), dtype=fields.dtype, device=fields.device)
        code = torch.sparse_coo_tensor(
            torch.stack([active.atom, active.patch]), ones, (units, len(fields)),
            check_invariants=False,
        )  # fmt: skip
        total += (code @ fields).cpu()
        counts += _count(active.atom, units)
    return MeanFields(F.normalize(total, dim=1).numpy(), counts.numpy(), shape)


def selectivity(
    transform: SparseManifoldTransform,
    shapes: MeanFields,
    X: np.ndarray,
    *,
    alike: float = 0.5,
    shuffle: torch.Generator | None = None,
) -> Selectivity:
    """Whether the fields of samples (N, F) that make a unit active look like its shape.

    Two fields look alike where their correlation is at least `alike`. Flat fields do not count.
    """
    units = len(shapes.fields)
    hits, active_count, alike_count, loud = (torch.zeros(units) for _ in range(4))
    for fields, active in _fields(transform, X, shuffle):
        templates = torch.from_numpy(shapes.fields).to(fields)
        like = (fields @ templates.mT >= alike) & active.loud.unsqueeze(1)
        hits += _count(active.atom[like[active.patch, active.atom]], units)
        active_count += _count(active.atom, units)
        alike_count += like.sum(0).cpu()
        loud += float(active.loud.sum())
    inside = hits / active_count.clamp_min(1)
    outside = (alike_count - hits) / (loud - active_count).clamp_min(1)
    return Selectivity(inside.numpy(), outside.numpy(), active_count.numpy(), shapes.counts)


def example_fields(
    transform: SparseManifoldTransform, X: np.ndarray, units: Sequence[int] | np.ndarray, count: int
) -> np.ndarray:
    """Fields that make units active, each of another sample (N, F): (U, count, C, height, width).

    They are less their mean and of length one; zero where there are not as many.
    """
    shape = _shape(transform)
    found: list[list[Tensor]] = [[] for _ in units]
    places = math.prod(transform.places_)
    for fields, active in _fields(transform, X, None):
        for unit, own in zip(units, found, strict=True):
            patches = active.patch[active.atom == unit]
            pictures = torch.div(patches, places, rounding_mode="floor")
            first = torch.ones_like(pictures, dtype=torch.bool)
            first[1:] = pictures[1:] != pictures[:-1]
            own += fields[patches[first]][: count - len(own)].cpu()
        if all(len(own) == count for own in found):
            break
    out = torch.zeros(len(units), count, math.prod(shape))
    for row, own in zip(out, found, strict=True):
        if own:
            row[: len(own)] = torch.stack(own)
    return out.reshape(-1, count, *shape).numpy()


def _count(atoms: Tensor, units: int) -> Tensor:
    return torch.bincount(atoms.cpu(), minlength=units)


def _fields(
    transform: SparseManifoldTransform, X: np.ndarray, shuffle: torch.Generator | None
) -> Iterable[tuple[Tensor, Active]]:
    """Batches of fields (R, F) less their mean and of length one, and their codes."""
    (height, width), step = transform.field
    down, across = transform.places_
    for pictures, active in transform.actives(X):
        rows = F.unfold(pictures, (height, width), stride=step)
        # Pooling between layers may leave out the last rows and columns.
        whole = (pictures.shape[3] - width) // step[1] + 1
        rows = rows.unflatten(2, (-1, whole))[:, :, :down, :across]
        rows = rows.movedim(1, -1).flatten(0, 2)
        rows = F.normalize(rows - rows.mean(1, keepdim=True), dim=1, eps=1e-12)
        yield rows, _shuffled(active, shuffle)


def _shape(transform: SparseManifoldTransform) -> tuple[int, int, int]:
    """(C, height, width) of a field."""
    lowest = transform
    while lowest.below_ is not None:
        lowest = lowest.below_
    height, width = lowest.layer_.kernel
    return len(lowest.layer_.whitening) // (height * width), *transform.field[0]


def _shuffled(active: Active, generator: torch.Generator | None) -> Active:
    """Every activation at a loud field that is drawn at random, each unit as often as before."""
    if generator is None:
        return active
    loud = active.loud.nonzero().squeeze(1)
    drawn = torch.randint(len(loud), active.patch.shape, generator=generator).to(loud.device)
    patch, order = loud[drawn].sort()
    return Active(patch, active.atom[order], active.loud)
