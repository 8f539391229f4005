"""How a layer of the sparse manifold transform is made from maps: three sums, no gradient.

1. Patches are whitened: C = mean of (x - mean x)(x - mean x)', W = (C + t I)^(-1/2).
2. Atoms are patches themselves, none of them closer than a cosine to another.
3. The embedding solves  min_P ||P A D||^2  so that  P (A A' / N) P' = I  (Chen et al. 2022, eq. 2):
   A holds the codes of all patches as columns, and column t of A D is the code of patch t less the
   mean code of its neighbours. P are the generalised eigenvectors of smallest eigenvalue.

A A' and A D D' A' are sums over pictures, so that pictures stream and none is kept. Where all
patches of a picture are neighbours, D D' = (n / (n - 1))^2 (I - 1 1' / n), and both sums are sparse
products.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np
import torch
from scipy import sparse
from torch import Tensor
from torch.nn import functional as F

from pellucid.config import check, check_counts
from pellucid.errors import DataError
from pellucid.networks.manifold import Active, ManifoldLayer, directions

Report = Callable[[float], None]
BATCH = 8
"""Pictures whose codes are spread out at once."""
WHOLE = 64
"""Pictures whose codes are added up at once where there is nothing to spread."""
TRIALS = 64
"""Batches of patches that are looked through for atoms before fewer are taken."""


@dataclass(frozen=True)
class ManifoldConfig:
    """How one layer is made."""

    patch: int = 6
    """side of a patch"""
    atoms: int = 1024
    """landmarks on the manifold of patches, at most"""
    threshold: float | None = 0.55
    """least cosine of a patch with the atoms of its code; None: the nearest atom alone"""
    distinct: float = 0.9
    """greatest cosine of two atoms"""
    context: int | None = 7
    """side of the window of neighbours, odd; None: all patches of a picture are neighbours"""
    components: int = 64
    """dimensions of the embedding"""
    tolerance: float = 1.0
    """what is added to the variances of patches in whitening, as a share of the largest"""
    dropped: int = 1
    """smoothest dimensions that are left out: the first is nearly constant"""
    centred: bool = True
    """whether the mean of a patch is taken away"""
    samples: int = 1000
    """pictures from which the embedding is made"""

    def __post_init__(self) -> None:
        check_counts(self, "patch", "atoms", "components", "samples")
        check(
            self.threshold is None or 0 < self.threshold <= 1,
            f"threshold={self.threshold} must be above 0 and at most 1, or None",
        )
        check(0 < self.distinct <= 1, f"distinct={self.distinct} must be above 0 and at most 1")
        check(
            self.context is None or (self.context >= 3 and self.context % 2 == 1),
            f"context={self.context} must be odd and at least 3, or None",
        )
        check(self.tolerance > 0, f"tolerance={self.tolerance} must be positive")
        check(self.dropped >= 0, f"dropped={self.dropped} must not be negative")


def fit_layer(
    maps: Callable[[int], Iterable[Tensor]],
    config: ManifoldConfig,
    *,
    generator: torch.Generator,
    report: Report = lambda _: None,
) -> ManifoldLayer:
    """The layer for maps (B, C, H, W), of which `maps(n)` streams about n, in the same order.

    DataError where no patch differs from its own mean, or codes are too few for the embedding.
    """
    first = next(iter(maps(1)))
    kernel = (min(config.patch, first.shape[2]), min(config.patch, first.shape[3]))
    patches = _patches(maps, kernel, config, generator)
    whitening, quiet = _whitening(patches, config)
    atoms = _atoms(patches, whitening, quiet, config)
    layer = ManifoldLayer(
        kernel,
        whitening,
        atoms,
        atoms.new_zeros(len(atoms), 0),
        threshold=config.threshold,
        quiet=quiet,
        centred=config.centred,
    )
    layer.projection = _projection(layer, maps, config, report)
    return layer


def _patches(
    maps: Callable[[int], Iterable[Tensor]],
    kernel: tuple[int, int],
    config: ManifoldConfig,
    generator: torch.Generator,
) -> Tensor:
    """Patches at random places: 40 for each atom, and 100,000 at least, if there are so many."""
    each = -(-max(100_000, 40 * config.atoms) // config.samples)
    found = []
    for part in _counted(maps(config.samples), config.samples):
        rows = F.unfold(part, kernel).transpose(1, 2)  # (B, T, F)
        count = min(each, rows.shape[1])
        places = torch.rand(rows.shape[:2], generator=generator).topk(count, dim=1).indices
        index = places.to(rows.device).unsqueeze(-1).expand(-1, -1, rows.shape[2])
        found.append(rows.gather(1, index).flatten(0, 1))
    patches = torch.cat(found)
    order = torch.randperm(len(patches), generator=generator)
    return patches[order.to(patches.device)]


def _whitening(patches: Tensor, config: ManifoldConfig) -> tuple[Tensor, float]:
    """(C + t I)^(-1/2), and the deviation below which a patch is quiet."""
    if config.centred:
        patches = patches - patches.mean(1, keepdim=True)
    rows = patches.double()
    covariance = rows.T @ rows / len(rows)
    variances, axes = torch.linalg.eigh(covariance)
    if not variances[-1] > 0:
        raise DataError("no patch differs from its own mean: there is nothing to learn from")
    scales = (variances.clamp_min(0) + config.tolerance * variances[-1]).rsqrt()
    quiet = 0.05 * float(covariance.diagonal().mean().sqrt())
    return ((axes * scales) @ axes.T).to(patches.dtype), quiet


def _atoms(patches: Tensor, whitening: Tensor, quiet: float, config: ManifoldConfig) -> Tensor:
    """Patches in their random order, less those too close to an earlier one, (A, F)."""
    kept = whitening.new_empty(0, len(whitening))
    for part in patches.split(4 * max(256, config.atoms // 4))[:TRIALS]:
        rows, loud = directions(part, whitening, quiet, config.centred)
        rows = rows[loud]
        if len(kept):
            rows = rows[(rows @ kept.mT).amax(1) <= config.distinct]
        kept = torch.cat([kept, _apart(rows, config.distinct)])[: config.atoms]
        if len(kept) == config.atoms:
            break
    if not len(kept):
        raise DataError("all patches are flat: there is nothing to learn from")
    return kept


def _apart(rows: Tensor, distinct: float) -> Tensor:
    """The rows that are not too close to an earlier one that is kept."""
    close = (rows @ rows.mT > distinct).cpu()
    keep: list[int] = []
    out = torch.zeros(len(rows), dtype=torch.bool)
    for number in range(len(rows)):
        if not out[number]:
            keep.append(number)
            out |= close[number]
    return rows[keep]


def _projection(
    layer: ManifoldLayer,
    maps: Callable[[int], Iterable[Tensor]],
    config: ManifoldConfig,
    report: Report,
) -> Tensor:
    """P', (A, D): the smoothest functions of the code, each of variance one."""
    count = len(layer.atoms)
    gram = layer.atoms.new_zeros(count, count)
    change = layer.atoms.new_zeros(count, count)
    patches, done = 0, 0
    for part in _counted(maps(config.samples), config.samples):
        everywhere = config.context is None or config.context > 2 * max(layer.grid(part)) - 2
        for some in part.split(WHOLE if everywhere else BATCH):
            if everywhere:
                patches += _add_whole(layer, some, gram, change)
            else:
                assert config.context is not None
                patches += _add(layer, some, config.context, gram, change)
            done += len(some)
            report(min(1.0, done / config.samples))
    if not patches:
        raise DataError("all patches are flat: there is nothing to learn from")
    return smoothest(gram.double() / patches, change.double() / patches, config).to(gram.dtype)


def _add(layer: ManifoldLayer, maps: Tensor, context: int, gram: Tensor, change: Tensor) -> int:
    """Add A A' and A D D' A' of some maps; how many patches they are."""
    down, across = layer.grid(maps)
    active = layer.active(maps)
    rows, atoms = len(active.loud), len(layer.atoms)
    code = torch.zeros(rows, atoms, dtype=maps.dtype, device=maps.device)
    code[active.patch, active.atom] = 1
    as_maps = code.unflatten(0, (len(maps), down, across)).movedim(-1, 1)
    loud = active.loud.unflatten(0, (len(maps), 1, down, across)).to(maps.dtype)
    differences = spread(as_maps, loud, context)
    ones = torch.ones(len(active.patch), dtype=maps.dtype, device=maps.device)
    ones_of_atoms = torch.sparse_coo_tensor(
        torch.stack([active.atom, active.patch]), ones, (atoms, rows), check_invariants=False
    )
    gram += ones_of_atoms @ code
    change += ones_of_atoms @ differences.movedim(1, -1).flatten(0, 2)
    return int(active.loud.sum())


def _add_whole(layer: ManifoldLayer, maps: Tensor, gram: Tensor, change: Tensor) -> int:
    """As `_add`, where all loud patches of a picture are neighbours of each other.

    The changes of a picture with n of them are n / (n - 1) times the code less its mean.
    """
    active = layer.active(maps)
    loud = active.loud.unflatten(0, (len(maps), -1)).sum(1).double().cpu().numpy()
    weight = np.where(loud > 1, np.square(loud / np.maximum(loud - 1, 1)), 0.0)
    codes = _sparse_codes(active, len(layer.atoms))
    pictures = np.repeat(np.arange(len(maps)), len(active.loud) // len(maps))
    rows = np.arange(len(pictures))
    own = sparse.csr_array((np.ones(len(rows)), (pictures, rows)), (len(maps), len(rows)))
    sums = own @ codes  # of each picture, (B, A)
    scale = sparse.diags_array(np.sqrt(weight / np.maximum(loud, 1)))
    mean = (scale @ sums).toarray()
    alike = codes.T @ codes
    if np.ptp(weight) == 0:
        moved = weight[0] * alike
    else:
        heavy = sparse.diags_array(np.sqrt(weight[pictures])) @ codes
        moved = heavy.T @ heavy
    gram += torch.from_numpy(alike.toarray()).to(gram)
    change += torch.from_numpy(moved.toarray() - mean.T @ mean).to(change)
    return int(loud.sum())


def _sparse_codes(active: Active, atoms: int) -> sparse.csr_array:
    """Codes as rows (R, A)."""
    patch, atom = (x.cpu().numpy() for x in (active.patch, active.atom))
    return sparse.csr_array((np.ones(len(patch)), (patch, atom)), (len(active.loud), atoms))


def spread(code: Tensor, loud: Tensor, context: int) -> Tensor:
    """D D' applied to codes (B, A, H, W): what the changes of the code at all places add up to.

    Column t of D is 1 at t and -1 / n_t at its n_t loud neighbours within the window of side
    `context`, and zero where t is quiet or has no neighbour; `loud` is (B, 1, H, W).
    """
    near = _window(loud, context) - loud
    inside = loud * (near > 0)
    share = inside / near.clamp_min(1)
    # D' c: the code less its neighbours' mean.
    change = inside * code - share * (_window(code, context) - code)
    # D (D' c): to itself, and back to each neighbour.
    sent = share * change
    return inside * change - loud * (_window(sent, context) - sent)


def _window(maps: Tensor, context: int) -> Tensor:
    """Sums over windows of side `context` around each place; beyond the border there is nothing."""
    half = context // 2
    tall = F.avg_pool2d(maps, (context, 1), 1, (half, 0), divisor_override=1)
    return F.avg_pool2d(tall, (1, context), 1, (0, half), divisor_override=1)


def smoothest(gram: Tensor, change: Tensor, config: ManifoldConfig) -> Tensor:
    """P' (A, D): min tr P M P' so that P V P' = I, with V = `gram` and M = `change`, (A, A).

    P = U' V^(-1/2), and U are the eigenvectors of V^(-1/2) M V^(-1/2) of smallest eigenvalue.
    Directions of V that hardly occur are left out: they would be blown up.
    """
    variances, axes = torch.linalg.eigh(gram)
    occurs = variances > 1e-6 * variances[-1]
    root = axes[:, occurs] * variances[occurs].rsqrt()
    _, directions_ = torch.linalg.eigh(root.T @ change @ root)
    first, last = config.dropped, config.dropped + config.components
    chosen = directions_[:, first:last]
    if not chosen.shape[1]:
        raise DataError(
            f"codes span {int(occurs.sum())} directions and {first} of them are dropped: give more "
            "samples or atoms"
        )
    return root @ chosen


def _counted(parts: Iterable[Tensor], count: int) -> Iterable[Tensor]:
    """Parts until there are `count` maps."""
    for part in parts:
        yield part[:count]
        count -= len(part)
        if count <= 0:
            return
