"""Sparse codes of whole signals and pictures, over atoms that may stand anywhere in them.

    a = argmin 1/2 ||x - sum_k d_k * a_k||^2 + price sum_k ||a_k||_1      (a >= 0 if `nonnegative`)

    found = infer_code_maps(atoms, pictures, price=0.5)    # (K, C, h, w), (B, C, H, W)
    found.maps                                             # (B, K, H + h - 1, W + w - 1)

Convolutional sparse coding (Zeiler et al. 2010; review: Wohlberg 2016). A picture is a window onto
a scene that goes on: atoms stand at every place where they touch the window, and what they say
about the outside is left away. So each pixel can be said by each atom in h w ways, at the border as
in the middle. Were atoms kept inside, a corner would have one way for each atom, and would teach
the dictionary corners; were pictures taken to be periodic, their edges would be seams.

D and its adjoint are products in the frequencies, at a cost that does not grow with the atoms'
size; and the spectrum of the atoms bounds the Lipschitz constant. Each picture ends when its
duality gap (`pellucid.networks.fista.duality_gap`) is small enough: a proof, no estimate.

Shape suffixes: B pictures, C channels, H x W pixels, K atoms of h x w pixels.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

import torch
from scipy.fft import next_fast_len
from torch import Tensor

from pellucid.errors import ConfigError, DataError

CACHED, PARALLEL = 2**19, 2**26
"""Coefficients that are searched for at a time: on a CPU as many as stay in its cache, elsewhere as
many as keep it busy. Memory is bounded by some ten times as much."""
PACE = 10
"""Steps between two looks at the gap, which costs half of one."""
LENGTHEN = 0.95
"""By how much the curvature that a step allows for falls after a step that bore it."""
TINY = 1e-20


@dataclass(frozen=True)
class CodeMaps:
    """Codes, and how near to the minimum they are."""

    maps: Tensor
    """(B, K, H + h - 1, W + w - 1): entry (i, j) of a map places its atom's first pixel at
    (i - h + 1, j - w + 1) of the picture. Of signals (B, K, W + w - 1)."""
    gap: Tensor
    """The duality gap of each picture, as a share of half its squared length, (B,)."""
    steps: Tensor
    """How many steps each picture took, (B,)."""


@dataclass(frozen=True)
class ShiftedAtoms:
    """The dictionary of all shifts of atoms (K, C, h, w) that touch pictures (B, C, *sides).

    A `pellucid.networks.fista.Dictionary`, computed by FFT.
    """

    atoms: Tensor
    sides: tuple[int, int]

    @property
    def code_shape(self) -> tuple[int, int, int]:
        """The shape (K, H + h - 1, W + w - 1) of one code."""
        (height, width), (h, w) = self.sides, self.atoms.shape[2:]
        return len(self.atoms), height + h - 1, width + w - 1

    @cached_property
    def grid(self) -> tuple[int, int]:
        """Sides of the FFT. What wraps around at those of a code falls outside of the window."""
        _, down, across = self.code_shape
        return fast_grid(down, across)

    @cached_property
    def spectrum(self) -> Tensor:
        """The atoms in the frequencies, (K, C, *grid), half of them."""
        return torch.fft.rfft2(self.atoms, s=self.grid)

    @cached_property
    def bound(self) -> float:
        """What ||D||^2 is at most: the largest eigenvalue of D(f)* D(f) over all frequencies f.

        D is a part of the circular convolution on the grid, whose norm this is.
        """
        double = torch.fft.rfft2(self.atoms.double().cpu(), s=self.grid).flatten(2)
        atoms, channels, _ = double.shape
        across = "kcf,kdf->fcd" if channels <= atoms else "kcf,lcf->fkl"
        gram = torch.einsum(across, double, double.conj())
        return float(torch.linalg.eigvalsh(gram).max())

    def analyze(self, x: Tensor, offset: Tensor | None = None) -> Tensor:
        """D'x + offset, (B, *code_shape)."""
        (h, w), (_, down, across) = self.atoms.shape[2:], self.code_shape
        canvas = x.new_zeros(*x.shape[:2], *self.grid)
        canvas[..., h - 1 : down, w - 1 : across] = x
        product = torch.einsum(
            "bcpq,kcpq->bkpq", torch.fft.rfft2(canvas), self.spectrum.conj().resolve_conj()
        )
        pull = torch.fft.irfft2(product, s=self.grid)[..., :down, :across]
        return pull if offset is None else pull + offset[:, None, None]

    def synthesize(self, z: Tensor) -> Tensor:
        """D z, (B, C, *sides)."""
        (h, w), (_, down, across) = self.atoms.shape[2:], self.code_shape
        product = torch.einsum("bkpq,kcpq->bcpq", torch.fft.rfft2(z, s=self.grid), self.spectrum)
        return torch.fft.irfft2(product, s=self.grid)[..., h - 1 : down, w - 1 : across]


def fast_grid(height: int, width: int) -> tuple[int, int]:
    """The smallest sides of an FFT that is fast, and not smaller than these."""
    return next_fast_len(height, real=True), next_fast_len(width, real=True)


def infer_code_maps(
    atoms: Tensor,
    signals: Tensor,
    *,
    price: float,
    nonnegative: bool = False,
    tolerance: float = 1e-4,
    most: int = 2000,
) -> CodeMaps:
    """The codes of pictures (B, C, H, W) over atoms (K, C, h, w), or of signals (B, C, W).

    The atoms of signals are (K, C, w). A picture ends when its energy lies at most `tolerance` x
    1/2 ||x||^2 above the minimum, or after `most` steps; `CodeMaps.gap` tells which. Float32 proves
    about 1e-6; give float64 for more. Errors: ConfigError for settings out of range, DataError for
    shapes that do not fit or numbers that are not finite.
    """
    _check(atoms, signals, price, tolerance, most)
    if signals.ndim == 3:  # a signal is a picture of one row
        found = infer_code_maps(
            atoms.unsqueeze(2),
            signals.unsqueeze(2),
            price=price,
            nonnegative=nonnegative,
            tolerance=tolerance,
            most=most,
        )
        return CodeMaps(found.maps.squeeze(2), found.gap, found.steps)
    dictionary = ShiftedAtoms(atoms, (signals.shape[2], signals.shape[3]))
    maps = signals.new_zeros(len(signals), *dictionary.code_shape)
    gap = signals.new_zeros(len(signals))
    steps = torch.zeros(len(signals), dtype=torch.long, device=signals.device)
    together = CACHED if signals.device.type == "cpu" else PARALLEL
    together = max(1, together // math.prod(dictionary.code_shape))
    with torch.no_grad():
        for first in range(0, len(signals), together):
            part = slice(first, first + together)
            search = _FISTA(dictionary, signals[part], price, nonnegative)
            _run(search, CodeMaps(maps[part], gap[part], steps[part]), tolerance, most)
    return CodeMaps(maps, gap, steps)


def _run(search: _FISTA, found: CodeMaps, tolerance: float, most: int) -> None:
    """The search to its end; what is found is written into `found`."""
    rows, taken = torch.arange(len(search.x), device=search.x.device), 0
    while True:
        gap = search.gap()
        ended = (gap <= tolerance) | (taken >= most)
        there = rows[ended]
        found.maps[there], found.gap[there] = search.code[ended], gap[ended]
        found.steps[there] = taken
        rows = rows[~ended]
        if not len(rows):
            return
        if ended.any():
            search.keep(~ended)
        for _ in range(min(PACE, most - taken)):
            search.step()
        taken = min(taken + PACE, most)


class _FISTA:
    """Proximal gradient steps with full momentum, as long as each picture bears them.

    The curvature of a few sparse atoms is some thirty times below the bound L of the dictionary,
    so the length of a step is looked for, picture by picture (backtracking, with steps that grow
    again: Scheinberg, Goldfarb and Bai 2014): 1 / l is short enough where the change v of the step
    has ||D v||^2 <= l ||v||^2, which holds for l = L always. The momentum is 1 from the first step
    on (greedy FISTA: Liang, Luo and Schoenlieb 2022); a step with momentum that would raise the
    energy is taken back, and the momentum with it (the function restart of O'Donoghue and Candes
    2015). So the energy never rises.

    What a step costs is one synthesis and one analysis: D v is a difference of what is known.
    """

    def __init__(
        self, dictionary: ShiftedAtoms, x: Tensor, price: float, nonnegative: bool
    ) -> None:
        self.dictionary, self.x = dictionary, x
        self.price, self.nonnegative = price, nonnegative
        self.half = 0.5 * _square(x)
        self.code = self.at = x.new_zeros(len(x), *dictionary.code_shape)
        self.said = self.said_at = torch.zeros_like(x)
        """D code and D at."""
        self.energy = self.half
        self.moving = torch.zeros(len(x), dtype=torch.bool, device=x.device)
        """Which pictures' next step has momentum."""
        self.bound = max(dictionary.bound, torch.finfo(x.dtype).tiny)
        self.curvature = torch.full_like(self.half, self.bound)

    def step(self) -> None:
        """One step of all pictures."""
        length = 1 / self.curvature
        pull = self.dictionary.analyze(self.x - self.said_at)
        moved = self.shrink(torch.addcmul(self.at, _wide(length), pull), self.price * length)
        said = self.dictionary.synthesize(moved)
        energy = 0.5 * _square(self.x - said) + self.price * moved.abs().flatten(1).sum(1)
        bent, way = _square(said - self.said_at), _square(moved - self.at)
        # Differences of float32 are not zero where they should be.
        noise = 2 * (8 * torch.finfo(said.dtype).eps) ** 2 * self.half
        long = (bent > self.curvature * way + noise) & (self.curvature < self.bound)
        rises = ~long & self.moving & (energy > self.energy)
        borne = torch.maximum(LENGTHEN * self.curvature, bent / way.clamp_min(noise + TINY))
        self.curvature = torch.where(long, 2 * self.curvature, borne).clamp(TINY, self.bound)
        taken, back = _wide(~(long | rises)), _wide(rises)
        # Where the step was too long, it is tried again from the same place.
        self.at, self.code = _advance(self.at, self.code, moved, taken, back)
        self.said_at, self.said = _advance(self.said_at, self.said, said, taken, back)
        self.energy = torch.where(taken.flatten(), energy, self.energy)
        self.moving = taken.flatten() | (long & self.moving)

    def shrink(self, value: Tensor, price: Tensor) -> Tensor:
        """The proximal map of a price (B,)."""
        price = _wide(price)
        if self.nonnegative:
            return (value - price).clamp_min_(0)
        return value - torch.clamp(value, -price, price)

    def gap(self) -> Tensor:
        """The duality gap of each code, as a share of half the squared length, (B,).

        As `pellucid.networks.fista.duality_gap`, without its syntheses.
        """
        residual = self.x - self.said
        pull = self.dictionary.analyze(residual)
        asked = (pull if self.nonnegative else pull.abs()).flatten(1).amax(1)
        scale = self.price / asked.clamp_min(self.price)
        dual = self.half - 0.5 * _square(self.x - _wide(scale) * residual)
        return (self.energy - dual) / self.half.clamp_min(torch.finfo(self.x.dtype).tiny)

    def keep(self, rows: Tensor) -> None:
        """Go on with the pictures of the mask (B,) only."""
        self.x, self.half, self.energy = self.x[rows], self.half[rows], self.energy[rows]
        self.code, self.said = self.code[rows], self.said[rows]
        self.at, self.said_at = self.at[rows], self.said_at[rows]
        self.moving, self.curvature = self.moving[rows], self.curvature[rows]


def _advance(
    at: Tensor, before: Tensor, moved: Tensor, taken: Tensor, back: Tensor
) -> tuple[Tensor, Tensor]:
    """Where the next step begins, and the code that it improves."""
    begin = torch.where(taken, 2 * moved - before, torch.where(back, before, at))
    return begin, torch.where(taken, moved, before)


def _square(values: Tensor) -> Tensor:
    """The squared length of each of (B, ...), (B,)."""
    return values.square().flatten(1).sum(1)


def _wide(values: Tensor) -> Tensor:
    """(B,) broadcast against (B, K, H, W)."""
    return values[:, None, None, None]


def shifted_correlations(atoms: Tensor, others: Tensor) -> Tensor:
    """How alike atoms (K, C, h, w) and others (L, C, h, w) can be made by a shift, (K, L), 0 to 1.

        max over shifts s of |<d_k, e_l moved by s>| / (||d_k|| ||e_l||)

    What a shift moves out of the frame does not count. The greatest entry of atoms with other atoms
    of the same dictionary is its shifted mutual coherence (Papyan, Sulam and Elad 2017).
    """
    _, _, h, w = atoms.shape
    grid = fast_grid(2 * h - 1, 2 * w - 1)
    one, two = (torch.fft.rfft2(_of_length_one(d), s=grid) for d in (atoms, others))
    product = torch.einsum("kcpq,lcpq->klpq", one.conj(), two)
    return torch.fft.irfft2(product, s=grid).abs().flatten(2).amax(2).clamp_max(1)


def _of_length_one(atoms: Tensor) -> Tensor:
    return torch.nn.functional.normalize(atoms.flatten(1), dim=1).view_as(atoms)


def _check(atoms: Tensor, signals: Tensor, price: float, tolerance: float, most: int) -> None:
    if price <= 0 or tolerance <= 0 or most < 1:
        raise ConfigError(
            f"convolutional inference: price={price} and tolerance={tolerance} must be positive, "
            f"most={most} at least 1"
        )
    fit = atoms.ndim == signals.ndim and signals.ndim in (3, 4)
    if not fit or atoms.shape[1] != signals.shape[1]:
        raise DataError(
            f"signals {tuple(signals.shape)} and atoms {tuple(atoms.shape)} must be (B, C, H, W) "
            "and (K, C, h, w), or (B, C, W) and (K, C, w)"
        )
    if any(a > b for a, b in zip(atoms.shape[2:], signals.shape[2:], strict=True)):
        raise DataError(
            f"atoms of {_sides(atoms)} pixels are larger than signals of {_sides(signals)}: give "
            "smaller ones"
        )
    for name, values in (("atoms", atoms), ("signals", signals)):
        if not torch.isfinite(values).all():
            raise DataError(f"convolutional inference: the {name} hold numbers that are not finite")


def _sides(values: Tensor) -> str:
    return " x ".join(map(str, values.shape[2:]))
