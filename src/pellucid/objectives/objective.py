"""What training minimises: a callable from representations to a scalar, that adds and scales."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from contextlib import AbstractContextManager
from dataclasses import dataclass

import torch
from torch import Tensor

from pellucid.errors import ConfigError, DataError


class Objective(ABC):
    """A scalar of representations, to be minimised.

        objective = 0.1 * SIGReg() + 0.5 * TemporalSimilarity()
        terms = objective.terms(z_TBD, generator=generator)    # weighted, by name, for the log
        loss = prediction_error + sum(terms.values())          # the same as objective(z_TBD)

    `z` is (..., B, D): B samples of D features. Statistics of a batch are taken over B alone; the
    leading axes (time) are averaged over, as LeWorldModel does, so that samples of one episode,
    which depend on each other, are never counted as independent.
    """

    @property
    @abstractmethod
    def name(self) -> str:
        """What the log calls this objective."""

    @abstractmethod
    def __call__(self, z: Tensor, *, generator: torch.Generator | None = None) -> Tensor:
        """The value, a scalar tensor; `generator` serves the objectives that draw at random."""

    def terms(self, z: Tensor, *, generator: torch.Generator | None = None) -> dict[str, Tensor]:
        """The weighted terms by name; their sum is the value."""
        return {self.name: self(z, generator=generator)}

    def __add__(self, other: Objective) -> Combination:
        return Combination(_weighted(self) + _weighted(other))

    def __mul__(self, weight: float) -> Combination:
        return Combination(tuple((weight * own, term) for own, term in _weighted(self)))

    __rmul__ = __mul__


@dataclass(frozen=True)
class Combination(Objective):
    """A weighted sum of objectives, kept as its parts. Made by `+` and `*`, and always flat."""

    weighted: tuple[tuple[float, Objective], ...]

    def __post_init__(self) -> None:
        for weight, term in self.weighted:
            if not math.isfinite(weight):
                raise ConfigError(f"the weight of {term.name} is {weight}: give a finite number")

    @property
    def name(self) -> str:
        """The terms as a formula."""
        return " + ".join(f"{weight:g} {term.name}" for weight, term in self.weighted)

    def __call__(self, z: Tensor, *, generator: torch.Generator | None = None) -> Tensor:
        """The weighted sum of all terms."""
        return torch.stack(list(self.terms(z, generator=generator).values())).sum()

    def terms(self, z: Tensor, *, generator: torch.Generator | None = None) -> dict[str, Tensor]:
        """Each weighted term by its name; a name that comes again gets a number."""
        terms: dict[str, Tensor] = {}
        for weight, objective in self.weighted:
            for name, value in objective.terms(z, generator=generator).items():
                terms[_unused(name, terms)] = weight * value
        return terms


def _weighted(objective: Objective) -> tuple[tuple[float, Objective], ...]:
    if isinstance(objective, Combination):
        return objective.weighted
    return ((1.0, objective),)


def _unused(name: str, taken: dict[str, Tensor]) -> str:
    candidate, count = name, 1
    while candidate in taken:
        count += 1
        candidate = f"{name}_{count}"
    return candidate


def check_batch(z: Tensor, *, objective: str, samples: int = 1, steps: int = 0) -> None:
    """Refuse what has no batch of at least `samples`, or (T, B, D) of fewer than `steps` steps."""
    axes = 3 if steps else 2
    shape = tuple(z.shape)
    if z.dim() < axes or 0 in shape:
        wanted = "(T, B, D)" if steps else "(..., B, D)"
        raise DataError(f"{objective}: z has shape {shape}: give {wanted}, not empty")
    if z.shape[-2] < samples:
        raise DataError(f"{objective}: batch of {z.shape[-2]}: give at least {samples} samples")
    if steps and z.shape[-3] < steps:
        raise DataError(f"{objective}: sequence of {z.shape[-3]}: give at least {steps} time steps")


def check_positive(objective: str, **values: float) -> None:
    """Refuse settings that are not positive, finite numbers."""
    for name, value in values.items():
        if not (math.isfinite(value) and value > 0):
            raise ConfigError(f"{objective}: {name} is {value}: give a positive number")


def check_weights(objective: str, **values: float) -> None:
    """Refuse weights that are negative or not finite."""
    for name, value in values.items():
        if not (math.isfinite(value) and value >= 0):
            raise ConfigError(f"{objective}: weight {name} is {value}: give zero or more")


def full_precision(z: Tensor) -> AbstractContextManager[object]:
    """Autocast off: the sums over a batch that make these statistics need float32 at least."""
    return torch.autocast(device_type=z.device.type, enabled=False)


def as_float(z: Tensor) -> Tensor:
    """float32 or float64; half precision is widened."""
    return z if z.dtype == torch.float64 else z.float()
