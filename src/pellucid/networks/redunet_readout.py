"""Classes from features without training: the nearest subspace, and the nearest neighbours."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F

from pellucid.errors import ConfigError, DataError
from pellucid.networks.redunet_moments import Basis, ClassMoments, inner
from pellucid.objectives.rate_reduction import check_labels


class NearestSubspace:
    """The class whose subspace leaves the least residual: argmin_k ||z - U_k U_k' z||.

    U_k are the `rank` leading left singular vectors of the class's features, not centred, computed
    from its second moment, so that data may stream. With a `Circular` basis the subspace is that of
    all shifts, and a shift changes no decision. Source: Yu et al. 2020, section 4.
    """

    def __init__(self, moments: ClassMoments, *, rank: int) -> None:
        self.basis: Basis = moments.basis
        self.bases = moments.principal(rank)
        """U_k, (K, F, C, rank)."""
        self._present = moments.counts > 0

    @classmethod
    def fit(
        cls, z: Tensor, labels: Tensor, *, classes: int, rank: int, basis: Basis
    ) -> NearestSubspace:
        """That of features z with `labels` (B,), all in memory."""
        moments = ClassMoments(basis, classes)
        moments.add(z, labels)
        return cls(moments, rank=rank)

    def energies(self, z: Tensor) -> Tensor:
        """||U_k' z||^2 of each class, (B, K); minus infinity for one that was never seen."""
        rows = self.basis.rows(z)
        found = []
        for bases in self.bases.to(rows.dtype):
            seen = rows @ bases.conj()
            found.append(inner(seen, seen, self.basis))
        return torch.stack(found, dim=1).masked_fill(~self._present, -torch.inf)

    def __call__(self, z: Tensor) -> Tensor:
        """The classes of z, (B,)."""
        return self.energies(z).argmax(1)


def nearest_neighbours(
    z: Tensor,
    known: Tensor,
    labels: Tensor,
    *,
    classes: int,
    neighbours: int = 5,
    temperature: float | None = None,
    chunk: int = 100,
) -> Tensor:
    """The class (B,) that the nearest `known` features (N, D) give z (B, D), by their cosine.

    Each of the `neighbours` votes with its cosine, so that there are no ties; with a `temperature`
    T it votes with exp(cosine / T) (Wu et al. 2018, eq. 5 of section 3.4). `chunk` rows of z are
    compared at once.
    """
    check_labels(labels, classes)
    if not 1 <= neighbours <= len(known):
        raise ConfigError(f"{neighbours} neighbours of {len(known)}: give 1 to {len(known)}")
    if temperature is not None and not temperature > 0:
        raise ConfigError(f"temperature={temperature} must be positive, or None")
    if len(labels) != len(known) or z.shape[1:] != known.shape[1:]:
        raise DataError(
            f"nearest neighbours: {tuple(z.shape)} compared with {tuple(known.shape)} of "
            f"{len(labels)} labels: give features of one length, and a label each"
        )
    directions = F.normalize(known, dim=1, eps=1e-8)
    votes = []
    for part in F.normalize(z, dim=1, eps=1e-8).split(chunk):
        top = (part @ directions.mT).topk(neighbours, dim=1)
        # Cosines may be negative: an opposite neighbour must not take a vote away.
        weight = (
            top.values.clamp_min(0.0) + 1e-6
            if temperature is None
            else ((top.values - top.values[:, :1]) / temperature).exp()
        )
        ballot = weight.new_zeros(len(part), classes)
        votes.append(ballot.scatter_add_(1, labels[top.indices], weight).argmax(1))
    return torch.cat(votes)
