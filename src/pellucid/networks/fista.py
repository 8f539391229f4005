"""Sparse codes by ISTA and FISTA, over any dictionary that can analyse and synthesise.

    E(z; x) = 1/2 ||x - D z||^2 + sum_j price_j |z_j|          (LASSO; with z >= 0 if non-negative)

ISTA takes proximal gradient steps, and E never rises where step <= 2 / ||D||^2 (it strictly falls
away from the minimum); FISTA adds momentum and, with step <= 1 / ||D||^2, is after t steps at most
2 ||z0 - z*||^2 / (step (t + 1)^2) above the minimum (Beck & Teboulle 2009, theorem 4.4).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Protocol

from torch import Tensor
from torch.nn import functional as F

from pellucid.errors import ConfigError


class Dictionary(Protocol):
    """A linear map D from codes to signals, and its adjoint.

    For every signal x and code z: <analyze(x), z> = <x, synthesize(z)>.
    """

    def analyze(self, x: Tensor, offset: Tensor | None = None) -> Tensor:
        """D'x + offset, a code; the offset is one number an atom, (atoms,)."""

    def synthesize(self, z: Tensor) -> Tensor:
        """D z, a signal."""


@dataclass(frozen=True)
class DenseDictionary:
    """Atoms as rows, (A, F): signals (B, F), codes (B, A)."""

    atoms: Tensor

    def analyze(self, x: Tensor, offset: Tensor | None = None) -> Tensor:
        """D'x + offset, (B, A)."""
        return F.linear(x, self.atoms, offset)

    def synthesize(self, z: Tensor) -> Tensor:
        """D z, (B, F)."""
        return z @ self.atoms


@dataclass(frozen=True)
class ConvDictionary:
    """Patterns (A, C, k, k) that stand at every `stride`-th place of maps (B, C, *sides).

    Codes are (B, A, h, w) with h = (H + 2 padding - k) // stride + 1. What a pattern at the border
    says about the outside of the map is left away, in both directions.
    """

    patterns: Tensor
    sides: tuple[int, int]
    stride: int = 1
    padding: int = 0

    @property
    def code_shape(self) -> tuple[int, int, int]:
        """The shape (A, h, w) of one code."""
        height, width = (self._places(side) for side in self.sides)
        return self.patterns.shape[0], height, width

    def _places(self, side: int) -> int:
        return (side + 2 * self.padding - self.patterns.shape[-1]) // self.stride + 1

    def analyze(self, x: Tensor, offset: Tensor | None = None) -> Tensor:
        """D'x + offset, (B, A, h, w)."""
        return F.conv2d(x, self.patterns, offset, stride=self.stride, padding=self.padding)

    def synthesize(self, z: Tensor) -> Tensor:
        """D z, (B, C, *sides)."""
        reach = self.patterns.shape[-1] - 2 * self.padding
        missing = [
            side - (self._places(side) - 1) * self.stride - reach for side in self.sides
        ]  # rows that the stride does not reach stay zero
        return F.conv_transpose2d(
            z, self.patterns, stride=self.stride, padding=self.padding, output_padding=missing
        )


def power_iteration(
    dictionary: Dictionary, probe: Tensor, *, rounds: int = 1
) -> tuple[Tensor, Tensor]:
    """The squared spectral norm of D, from below, and the probe nearer to its leading code.

    `probe` is one code (1, ...). Where it is orthogonal to the leading code or zero, the norm found
    is too small: begin with noise.
    """
    length = probe.new_ones(())
    for _ in range(rounds):
        image = dictionary.analyze(dictionary.synthesize(probe))
        length = image.norm() / probe.norm().clamp_min(1e-12)
        probe = image / image.norm().clamp_min(1e-12)
    return length, probe


def sparse_code(
    dictionary: Dictionary,
    x: Tensor,
    *,
    price: Tensor,
    steps: int,
    step: float | Tensor = 1.0,
    accelerated: bool = True,
    nonnegative: bool = True,
    trail: list[Tensor] | None = None,
) -> Tensor:
    """The code after `steps` steps from zero; every iterate is added to `trail` if one is given.

    `price` is one number an atom, (atoms,); `step` at most 1 / ||D||^2 (1 for a dictionary that was
    divided by its spectral norm). FISTA where `accelerated`, else ISTA; the first two steps of both
    are the same, since the momentum starts at zero.
    """
    if steps < 1:
        raise ConfigError(f"sparse coding takes at least one step, not {steps}")
    z = previous = _shrink(dictionary, None, x, price, step, nonnegative)
    if trail is not None:
        trail.append(z)
    weight = 1.0
    for _ in range(steps - 1):
        pace = (1.0 + math.sqrt(1.0 + 4.0 * weight * weight)) / 2.0
        momentum = (weight - 1.0) / pace
        at = z + momentum * (z - previous) if accelerated and momentum > 0.0 else z
        previous, weight = z, pace
        z = _shrink(dictionary, at, x, price, step, nonnegative)
        if trail is not None:
            trail.append(z)
    return z


def _shrink(
    dictionary: Dictionary,
    at: Tensor | None,
    x: Tensor,
    price: Tensor,
    step: float | Tensor,
    nonnegative: bool,
) -> Tensor:
    """One proximal gradient step from the code `at` (None: from zero, where D z needs no work)."""
    residual = x if at is None else x - dictionary.synthesize(at)
    if nonnegative:  # the price rides along as the offset of the analysis: one pass less
        pull = _times(step, dictionary.analyze(residual, -price))
        return F.relu(pull if at is None else at + pull)
    pull = _times(step, dictionary.analyze(residual))
    moved = pull if at is None else at + pull
    threshold = step * _aligned(price, moved)
    return moved.sign() * F.relu(moved.abs() - threshold)


def _times(step: float | Tensor, pull: Tensor) -> Tensor:
    return pull if isinstance(step, float) and step == 1.0 else step * pull


def lasso_energy(dictionary: Dictionary, x: Tensor, z: Tensor, *, price: Tensor) -> Tensor:
    """E(z; x) of each sample, (B,), in squared units of x."""
    fit = 0.5 * (x - dictionary.synthesize(z)).square().flatten(1).sum(1)
    return fit + (_aligned(price, z) * z.abs()).flatten(1).sum(1)


def duality_gap(
    dictionary: Dictionary, x: Tensor, z: Tensor, *, price: Tensor, nonnegative: bool = True
) -> Tensor:
    """How far E(z; x) can at most lie above the minimum, (B,): a proof, no estimate.

    The residual, scaled until no atom asks for more than its price, is feasible in the dual problem
    max 1/2 ||x||^2 - 1/2 ||x - u||^2 s.t. D'u <= price (Kim et al. 2007, section III), whose value
    no primal energy undercuts. Prices must be positive.
    """
    residual = x - dictionary.synthesize(z)
    pull = dictionary.analyze(residual)
    asked = (pull if nonnegative else pull.abs()) / _aligned(price, pull)
    scale = 1.0 / asked.flatten(1).amax(1).clamp_min(1.0)
    dual = residual * scale.reshape(-1, *[1] * (x.dim() - 1))
    bound = 0.5 * (x.square() - (x - dual).square()).flatten(1).sum(1)
    return lasso_energy(dictionary, x, z, price=price) - bound


def _aligned(price: Tensor, z: Tensor) -> Tensor:
    """(atoms,) broadcast against codes (B, atoms, ...)."""
    return price.reshape(-1, *[1] * (z.dim() - 2))
