import dataclasses

import numpy as np
import pytest
import scipy.linalg
import torch

from pellucid.errors import ConfigError, DataError
from pellucid.learning.manifold_fit import (
    ManifoldConfig,
    _add,
    _add_whole,
    fit_layer,
    smoothest,
    spread,
)
from pellucid.networks.manifold import ManifoldLayer

CONFIG = ManifoldConfig(patch=4, atoms=30, context=3, components=5, samples=20)


def stream(maps, size=7):
    return lambda count: maps[:count].split(size)


def pictures(count=20, side=10, seed=0):
    """Smooth random pictures."""
    generator = torch.Generator().manual_seed(seed)
    noise = torch.randn(count, 1, side + 4, side + 4, generator=generator, dtype=torch.float64)
    return torch.nn.functional.avg_pool2d(noise, 5, 1)


def fit(maps, config=CONFIG, size=7, seed=0):
    return fit_layer(stream(maps, size), config, generator=torch.Generator().manual_seed(seed))


def differences(loud, context):
    """D of one map, written out: (T, T)."""
    height, width = loud.shape
    half, flat = context // 2, loud.flatten()
    D = torch.zeros(height * width, height * width, dtype=torch.float64)
    for t in range(height * width):
        if not flat[t]:
            continue
        y, x = divmod(t, width)
        near = [
            v * width + u
            for v in range(max(0, y - half), min(height, y + half + 1))
            for u in range(max(0, x - half), min(width, x + half + 1))
            if (v, u) != (y, x) and loud[v, u]
        ]
        if near:
            D[t, t] = 1
            D[near, t] = -1 / len(near)
    return D


@pytest.mark.parametrize("context", [3, 5])
def test_changes_spread_as_the_matrix_says(context):
    torch.manual_seed(0)
    loud = (torch.rand(2, 1, 6, 7) < 0.6).double()
    loud[1, 0, :4] = 0
    loud[1, 0, 0, 0] = 1  # alone: it has no neighbour
    code = torch.randn(2, 3, 6, 7, dtype=torch.float64) * loud
    found = spread(code, loud, context)
    for picture in range(2):
        D = differences(loud[picture, 0], context)
        expected = code[picture].flatten(1) @ D @ D.T
        torch.testing.assert_close(found[picture].flatten(1), expected)


def test_sums_are_those_of_the_definition():
    maps = pictures(3)
    maps[0, :, :6] = 0.0
    layer = fit(pictures())
    gram, change = torch.zeros(2, 30, 30, dtype=torch.float64)
    count = _add(layer, maps, 3, gram, change)
    active = layer.active(maps)
    A = torch.zeros(len(active.loud), 30, dtype=torch.float64)
    A[active.patch, active.atom] = 1
    A, loud = A.reshape(3, 49, 30), active.loud.reshape(3, 7, 7)
    D = [differences(own, 3) for own in loud]
    torch.testing.assert_close(gram, sum(a.T @ a for a in A))
    torch.testing.assert_close(change, sum(a.T @ d @ d.T @ a for a, d in zip(A, D, strict=True)))
    assert count == loud.sum() < 3 * 49


def test_the_embedding_solves_the_constrained_problem():
    torch.manual_seed(0)
    V, M = torch.randn(2, 8, 20, dtype=torch.float64)
    V, M = V @ V.T, M @ M.T
    config = dataclasses.replace(CONFIG, components=3, dropped=2)
    P = smoothest(V, M, config).T
    torch.testing.assert_close(P @ V @ P.T, torch.eye(3, dtype=torch.float64), atol=1e-8, rtol=0)
    values, vectors = scipy.linalg.eigh(M.numpy(), V.numpy())
    np.testing.assert_allclose((P @ M @ P.T).diagonal().numpy(), values[2:5])
    for row, vector in zip(P.numpy(), vectors.T[2:5], strict=True):
        assert abs(row @ V.numpy() @ vector) == pytest.approx(1)


def test_patches_of_a_circle_are_laid_out_as_a_circle():
    """Patches of waves form a circle, by their phase; the smoothest functions are its harmonics."""
    phase = torch.rand(200, 1, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    angle = 2 * torch.pi * phase + torch.arange(60) * 2 * torch.pi / 30
    waves = angle.sin().reshape(200, 1, 1, 60)
    config = ManifoldConfig(
        patch=15, atoms=200, threshold=0.9, distinct=0.99999, components=2, samples=200, context=5
    )
    embedded = fit(waves, config, size=50).embed(waves)[:, :, 0]  # (200, 2, 46)
    rows = embedded.movedim(1, -1).flatten(0, 1)
    phases = angle[:, :46].flatten()
    harmonics = torch.stack([phases.sin(), phases.cos()], 1)
    fitted = torch.linalg.lstsq(rows, harmonics).solution
    left = (rows @ fitted - harmonics).square().sum() / harmonics.square().sum()
    assert 1 - left > 0.99


def test_atoms_are_apart_and_of_length_one():
    layer = fit(pictures(), dataclasses.replace(CONFIG, atoms=500, distinct=0.5))
    near = layer.atoms @ layer.atoms.T
    torch.testing.assert_close(near.diagonal(), torch.ones(len(near), dtype=torch.float64))
    assert (near - torch.eye(len(near))).max() <= 0.5
    assert 30 < len(near) < 500


def test_whitened_patches_are_white_where_tolerance_is_small():
    maps = pictures(200)
    layer = fit(maps, dataclasses.replace(CONFIG, tolerance=1e-9, samples=200))
    patches = torch.nn.functional.unfold(maps, 4).transpose(1, 2).flatten(0, 1)
    patches = (patches - patches.mean(1, keepdim=True)) @ layer.whitening
    covariance = patches.T @ patches / len(patches)
    values = torch.linalg.eigvalsh(covariance)
    assert values[0] < 1e-3  # the mean, which was taken away
    assert (values[1:] - 1).abs().max() < 0.2


def test_the_size_of_batches_changes_nothing():
    one, other = fit(pictures(), size=20), fit(pictures(), size=20)
    torch.testing.assert_close(one.projection, other.projection)
    assert isinstance(one, ManifoldLayer)
    assert fit(pictures(), size=3).projection.shape == one.projection.shape == (30, 5)


def test_what_cannot_be_learned_from_is_refused():
    with pytest.raises(DataError, match="no patch differs from its own mean"):
        fit(torch.ones(20, 1, 10, 10))
    with pytest.raises(DataError, match="give more samples or atoms"):
        fit(pictures(), dataclasses.replace(CONFIG, atoms=3, dropped=5))
    for field, value in {
        "patch": 0,
        "threshold": 1.5,
        "distinct": 0.0,
        "context": 4,
        "tolerance": 0.0,
        "dropped": -1,
    }.items():
        with pytest.raises(ConfigError, match=field):
            dataclasses.replace(CONFIG, **{field: value})


@pytest.mark.parametrize("context", [None, 13])
def test_a_whole_picture_of_neighbours_has_the_sums_of_the_definition(context):
    maps = pictures(3)
    maps[0, :, :6] = 0.0
    maps[1] = 0.0
    maps[1, 0, 9, 9] = 1.0  # one loud patch: it has no neighbour
    layer = fit(pictures())
    expected, found = torch.zeros(2, 2, 30, 30, dtype=torch.float64)
    count = _add(layer, maps, 13, *expected)
    assert _add_whole(layer, maps, *found) == count
    torch.testing.assert_close(found, expected)
    by_window = fit(pictures(), dataclasses.replace(CONFIG, context=context)).projection
    torch.testing.assert_close(
        by_window, fit(pictures(), dataclasses.replace(CONFIG, context=15)).projection
    )
