from __future__ import annotations

import pytest
import torch
from sklearn.neighbors import KNeighborsClassifier
from torch import Tensor
from torch.nn import functional as F

from pellucid.errors import ConfigError, DataError
from pellucid.networks.redunet_moments import ClassMoments, Vectors, normalise
from pellucid.networks.redunet_readout import NearestSubspace, nearest_neighbours
from pellucid.networks.redunet_shift import Circular


def rows(count: int, *, seed: int = 0) -> tuple[Tensor, Tensor]:
    generator = torch.Generator().manual_seed(seed)
    labels = torch.arange(count) % 3
    planes = torch.randn(3, 2, 7, generator=torch.Generator().manual_seed(42)).double()
    mix = torch.randn(count, 2, generator=generator).double()
    noise = torch.randn(count, 7, generator=generator).double()
    return torch.einsum("bp,bpd->bd", mix, planes[labels]) + 0.1 * noise, labels


def test_the_nearest_subspace_has_the_least_residual_of_a_singular_value_decomposition() -> None:
    z, labels = rows(90)
    other, truth = rows(30, seed=1)
    readout = NearestSubspace.fit(z, labels, classes=3, rank=2, basis=Vectors())
    residuals = []
    for k in range(3):
        U = torch.linalg.svd(z[labels == k].T).U[:, :2]
        residuals.append((other - other @ U @ U.T).square().sum(1))
    residual = torch.stack(residuals, 1)
    torch.testing.assert_close(
        other.square().sum(1, keepdim=True) - readout.energies(other), residual
    )
    assert torch.equal(readout(other), residual.argmin(1))
    assert (readout(other) == truth).double().mean() > 0.9


def test_moments_that_came_in_batches_give_the_same_readout() -> None:
    z, labels = rows(90)
    moments = ClassMoments(Vectors(), 3)
    for part, own in zip(z.split(40), labels.split(40), strict=True):
        moments.add(part, own)
    whole = NearestSubspace.fit(z, labels, classes=3, rank=2, basis=Vectors())
    torch.testing.assert_close(NearestSubspace(moments, rank=2).energies(z), whole.energies(z))


def test_a_class_without_samples_is_never_chosen() -> None:
    z, labels = rows(90)
    readout = NearestSubspace.fit(z, labels + 1, classes=5, rank=2, basis=Vectors())
    assert set(readout(z).tolist()) == {1, 2, 3}


def test_subspaces_of_all_shifts_do_not_see_shifts() -> None:
    generator = torch.Generator().manual_seed(0)
    z = torch.randn(12, 2, 5, generator=generator, dtype=torch.float64)
    labels = torch.arange(12) % 3
    readout = NearestSubspace.fit(z, labels, classes=3, rank=1, basis=Circular((5,)))
    energies = readout.energies(z)
    torch.testing.assert_close(readout.energies(z.roll(2, -1)), energies)
    # Against explicit shifts: the projection on the leading 5 x 1 directions of each frequency.
    full = NearestSubspace.fit(z, labels, classes=3, rank=2, basis=Circular((5,)))
    everything = z.square().flatten(1).sum(1, keepdim=True).expand(-1, 3)
    torch.testing.assert_close(full.energies(z), everything)
    assert (energies < everything).all()


def test_one_neighbour_agrees_with_scikit_learn_and_chunks_do_not_matter() -> None:
    z, labels = rows(60)
    other, truth = rows(31, seed=1)
    model = KNeighborsClassifier(1, metric="cosine").fit(z.numpy(), labels.numpy())
    found = nearest_neighbours(other, z, labels, classes=3, neighbours=1, chunk=7)
    assert found.tolist() == model.predict(other.numpy()).tolist()
    five = nearest_neighbours(other, z, labels, classes=3)
    assert (five == truth).double().mean() > 0.8
    torch.testing.assert_close(
        five, nearest_neighbours(9 * other, 3 * z, labels, classes=3, chunk=31)
    )


def test_neighbours_vote_with_their_cosine() -> None:
    known = normalise(torch.tensor([[1.0, 0.0], [0.6, 0.8], [0.62, -0.78], [-1.0, 0.1]]))
    labels = torch.tensor([0, 1, 1, 2])
    x = torch.tensor([[1.0, 0.0]])
    # Two votes of 0.6 outweigh one of 1; the opposite sample takes none away.
    assert nearest_neighbours(x, known, labels, classes=3, neighbours=4).tolist() == [1]
    assert nearest_neighbours(x, known, labels, classes=3, neighbours=1).tolist() == [0]
    cosines = F.cosine_similarity(x, known)
    assert cosines[1] + cosines[2] > cosines[0]


def test_bad_input_is_refused() -> None:
    z, labels = rows(9)
    for rank in (0, 8):
        with pytest.raises(DataError, match=f"rank of {rank} of 7"):
            NearestSubspace.fit(z, labels, classes=3, rank=rank, basis=Vectors())
    with pytest.raises(ConfigError, match="10 neighbours of 9"):
        nearest_neighbours(z, z, labels, classes=3, neighbours=10)
    with pytest.raises(DataError, match="features of one length"):
        nearest_neighbours(z[:, :3], z, labels, classes=3)
    with pytest.raises(DataError, match="labels go from"):
        nearest_neighbours(z, z, labels, classes=2)


def test_with_a_temperature_the_nearest_outvotes_many():
    known = torch.tensor([[1.0, 0.0], [0.9, 0.5], [0.9, 0.6], [-1.0, 0.0]])
    labels = torch.tensor([0, 1, 1, 1])
    asked = torch.tensor([[1.0, 0.05]])
    found = [
        int(nearest_neighbours(asked, known, labels, classes=2, neighbours=4, temperature=t))
        for t in (None, 10.0, 0.01)
    ]
    assert found == [1, 1, 0]
    with pytest.raises(ConfigError, match="temperature=0 must be positive"):
        nearest_neighbours(asked, known, labels, classes=2, neighbours=1, temperature=0)
