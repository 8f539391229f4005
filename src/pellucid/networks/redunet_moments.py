"""What the construction of a ReduNet must know of the data: one sum of squares for each class.

A layer of a ReduNet is made of second moments alone, S_k = sum over samples of class k of v v^H.
They are sums, so that data may come in any number of batches, and from them follow

    R   = sum_f m_f / 2 logdet(I + a S(f)),          S = sum_k S_k,    a = C / (N eps^2)
    R_c = sum_k N_k / N sum_f m_f / 2 logdet(I + a_k S_k(f)),        a_k = C / (N_k eps^2)
    E   = a (I + a S)^-1,     C_k = a_k (I + a_k S_k)^-1             Chan et al. 2022, eq. 15, 16

A `Basis` says how a sample is cut into parts f whose moments do not mix. A plain vector is one
part. A circular signal is one part for each frequency, for the moments of a signal together with
all of its shifts are circulant, and the Fourier transform makes them block-diagonal. Axes: F parts,
B samples, C channels (all D features of a plain vector), K classes; m_f is how often a part counts.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import torch
from torch import Tensor
from torch.nn import functional as F

from pellucid.errors import DataError
from pellucid.objectives.coding_rate import half_logdet_plus_identity
from pellucid.objectives.objective import check_positive
from pellucid.objectives.rate_reduction import check_labels


class Basis(Protocol):
    """How a sample is cut into parts that a rate treats alone.

    rows_FBC = basis.rows(z)
    z = basis.features(rows_FBC)
    """

    @property
    def places(self) -> int:
        """How many shifts of a sample are samples too; 1 for plain vectors."""
        ...

    def rows(self, z: Tensor) -> Tensor:
        """The parts (F, B, C) of samples; DataError for another shape."""
        ...

    def features(self, rows_FBC: Tensor) -> Tensor:
        """The samples of which these are the parts."""
        ...

    def multiplicity(self, like: Tensor) -> Tensor:
        """How often each part counts, (F,), real, of the precision and device of `like`."""
        ...

    def to_kernel(self, operator: Tensor) -> Tensor:
        """An operator (..., F, C, C) in the form in which it is kept and read; real."""
        ...

    def to_operator(self, kernel: Tensor) -> Tensor:
        """The operator (..., F, C, C) that is kept as `kernel`."""
        ...


@dataclass(frozen=True)
class Vectors:
    """Plain vectors (B, D): one part, whose channels are all of the features."""

    @property
    def places(self) -> int:
        """A vector has no shifts."""
        return 1

    def rows(self, z: Tensor) -> Tensor:
        """(B, D) as (1, B, D)."""
        if z.dim() != 2 or 0 in z.shape:
            raise DataError(
                f"ReduNet: features have shape {tuple(z.shape)}: give (B, D), not empty"
            )
        return z[None]

    def features(self, rows_FBC: Tensor) -> Tensor:
        """(1, B, D) as (B, D)."""
        return rows_FBC[0]

    def multiplicity(self, like: Tensor) -> Tensor:
        """One."""
        return torch.ones(1, dtype=like.real.dtype, device=like.device)

    def to_kernel(self, operator: Tensor) -> Tensor:
        """The matrix itself."""
        return operator.squeeze(-3)

    def to_operator(self, kernel: Tensor) -> Tensor:
        """The matrix itself."""
        return kernel.unsqueeze(-3)


@dataclass(frozen=True)
class Rates:
    """The rates of the data that a layer sees, in nats."""

    rate: float
    """R: all samples in one code."""
    conditional: float
    """R_c: each class in a code of its own."""

    @property
    def reduction(self) -> float:
        """Delta R = R - R_c."""
        return self.rate - self.conditional


@dataclass(frozen=True)
class Operators:
    """What one layer does, float64 or complex128: E expands all, each C_k compresses a class."""

    E: Tensor
    """(F, C, C)."""
    C: Tensor
    """(K, F, C, C); zero for a class with no sample."""
    gamma: Tensor
    """The share of each class, N_k / N, (K,)."""
    alpha: float
    """C / (N eps^2): no direction is expanded or compressed by more."""


class ClassMoments:
    """The second moments of each class, summed over batches in float64.

    moments = ClassMoments(Vectors(), classes=10)
    for z, labels in batches:
        moments.add(z, labels)
    moments.rates(epsilon).reduction
    """

    def __init__(self, basis: Basis, classes: int) -> None:
        self.basis, self.classes = basis, classes
        self.counts = torch.zeros(classes, dtype=torch.float64)
        self._second: Tensor | None = None
        self._multiplicity = self.counts

    @property
    def second(self) -> Tensor:
        """S_k, (K, F, C, C), Hermitian; DataError before the first sample."""
        if self._second is None:
            raise DataError("ReduNet: the data hold no sample: give at least one batch")
        return self._second

    def add(self, z: Tensor, labels: Tensor) -> None:
        """Count samples and their `labels` (B,), whole numbers below `classes`, in.

        Products are made in the precision of z, their sums in float64. DataError for a label out
        of range, or not as many labels as samples.
        """
        check_labels(labels, self.classes)
        rows = self.basis.rows(z)
        if labels.shape != rows.shape[1:2]:
            raise DataError(
                f"ReduNet: {rows.shape[1]} samples and labels of shape {tuple(labels.shape)}: give "
                "one label a sample"
            )
        if self._second is None:
            F_, _, C = rows.shape
            wide = torch.promote_types(rows.dtype, torch.float64)
            self._second = rows.new_zeros((self.classes, F_, C, C), dtype=wide)
            self._multiplicity = self.basis.multiplicity(self._second)
            self.counts = self.counts.to(rows.device)
        for k in labels.unique().tolist():
            own = rows[:, labels == k]
            self._second[k] += own.mT @ own.conj()
            self.counts[k] += own.shape[1]

    def rates(self, epsilon: float) -> Rates:
        """R and R_c of all samples, and of all their shifts where the basis has any; nats."""
        check_positive("ReduNet", epsilon=epsilon)
        alpha, alphas = self._alphas(epsilon)
        whole = (
            half_logdet_plus_identity(alpha * self.second.sum(0)).real * self._multiplicity
        ).sum()
        # One class at a time: all together would double the memory of the moments.
        each = torch.stack(
            [
                (half_logdet_plus_identity(a * own).real * self._multiplicity).sum()
                for a, own in zip(alphas, self.second, strict=True)
            ]
        )
        return Rates(float(whole), float((self._gamma() * each).sum()))

    def operators(self, epsilon: float) -> Operators:
        """The operators of the layer that climbs the rate reduction of these samples."""
        check_positive("ReduNet", epsilon=epsilon)
        alpha, alphas = self._alphas(epsilon)
        E = alpha * _inverse_plus_identity(alpha * self.second.sum(0))
        C = torch.stack(
            [
                a * _inverse_plus_identity(a * own)
                for a, own in zip(alphas, self.second, strict=True)
            ]
        )
        return Operators(E, C, self._gamma(), float(alpha))

    def principal(self, rank: int) -> Tensor:
        """The `rank` directions of most energy of each class and part, (K, F, C, rank)."""
        channels = self.second.shape[-1]
        if not 1 <= rank <= channels:
            raise DataError(f"ReduNet: a rank of {rank} of {channels}: give 1 to {channels}")
        return torch.linalg.eigh(self.second).eigenvectors[..., -rank:].flip(-1)

    def _gamma(self) -> Tensor:
        return self.counts / self.counts.sum()

    def _alphas(self, epsilon: float) -> tuple[Tensor, Tensor]:
        """a, and a_k (K,) with zero for a class without samples, which then has no say at all."""
        scale = self.second.shape[-1] / epsilon**2
        alphas = torch.where(self.counts > 0, scale / self.counts.clamp_min(1.0), 0.0)
        return scale / self.counts.sum(), alphas


def _inverse_plus_identity(gram: Tensor) -> Tensor:
    """(I + G)^-1 of Hermitian positive semi-definite G (..., C, C), exactly Hermitian."""
    identity = torch.eye(gram.shape[-1], dtype=gram.dtype, device=gram.device)
    try:
        factor = torch.linalg.cholesky(gram + identity)
    except torch.linalg.LinAlgError as error:
        raise DataError("ReduNet: the features are not finite: mend the data") from error
    return torch.cholesky_inverse(factor)


def on_sphere(rows_FBC: Tensor, basis: Basis) -> Tensor:
    """The samples on the unit sphere of all their features."""
    return rows_FBC / norms(rows_FBC, basis).clamp_min(1e-8)[None, :, None]


def norms(rows: Tensor, basis: Basis) -> Tensor:
    """The length of each sample with parts (F, ..., C); of shape (...)."""
    return inner(rows, rows, basis).clamp_min(0.0).sqrt()


def inner(a: Tensor, b: Tensor, basis: Basis) -> Tensor:
    """The real inner product of samples with parts (F, ..., C); of shape (...). Parseval."""
    products = (a.conj() * b).real.sum(-1)
    weight = basis.multiplicity(products) / basis.places
    return torch.einsum("f...,f->...", products, weight)


def apply(operator: Tensor, rows_FBC: Tensor) -> Tensor:
    """M v for each row v: an operator (F, C, C) on (F, B, C)."""
    return rows_FBC @ operator.mT


def apply_each(operators: Tensor, rows_FBC: Tensor) -> Tensor:
    """M_k v for each row v, (F, B, K, C): operators (K, F, C, C) side by side, as one product."""
    side_by_side = operators.permute(1, 3, 0, 2).flatten(2)
    return (rows_FBC @ side_by_side).unflatten(-1, (len(operators), -1))


def normalise(z: Tensor) -> Tensor:
    """Samples (B, ...) divided by their length; float32 at least."""
    wide = z if z.dtype == torch.float64 else z.float()
    return F.normalize(wide.flatten(1), dim=1, eps=1e-8).view_as(wide)
