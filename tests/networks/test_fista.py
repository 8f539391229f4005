from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.linear_model import Lasso
from torch import Tensor

from pellucid.errors import ConfigError
from pellucid.networks.fista import (
    ConvDictionary,
    DenseDictionary,
    duality_gap,
    lasso_energy,
    power_iteration,
    sparse_code,
)

geometries = st.sampled_from([(3, 1, 1), (3, 2, 1), (4, 2, 1), (2, 2, 0), (5, 1, 2), (3, 1, 0)])


def noise(seed: int, *shape: int) -> Tensor:
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(*shape, generator=generator, dtype=torch.float64)


def dense(seed: int = 0, atoms: int = 24, features: int = 16) -> tuple[DenseDictionary, float]:
    """Unit atoms, and 1 / ||D||^2."""
    rows = torch.nn.functional.normalize(noise(seed, atoms, features), dim=1)
    return DenseDictionary(rows), 1.0 / float(torch.linalg.matrix_norm(rows, 2)) ** 2


def convolutional(
    seed: int, geometry: tuple[int, int, int], sides: tuple[int, int] = (7, 6)
) -> ConvDictionary:
    kernel, stride, padding = geometry
    return ConvDictionary(noise(seed, 5, 2, kernel, kernel), sides, stride, padding)


def matrix(dictionary: ConvDictionary) -> Tensor:
    """D', one row a coefficient, built one coefficient at a time: (coefficients, signal)."""
    size = int(np.prod(dictionary.code_shape))
    each = torch.eye(size, dtype=torch.float64).reshape(size, *dictionary.code_shape)
    return dictionary.synthesize(each).flatten(1)


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10_000), geometries, st.integers(5, 8), st.integers(5, 8))
def test_analysis_is_the_adjoint_of_synthesis(
    seed: int, geometry: tuple[int, int, int], height: int, width: int
) -> None:
    dictionary = convolutional(seed, geometry, (height, width))
    x, z = noise(seed + 1, 3, 2, height, width), noise(seed + 2, 3, *dictionary.code_shape)
    left, right = (dictionary.analyze(x) * z).sum(), (x * dictionary.synthesize(z)).sum()
    assert dictionary.synthesize(z).shape == x.shape
    torch.testing.assert_close(left, right)


def test_a_single_coefficient_draws_its_pattern_at_its_place() -> None:
    dictionary = convolutional(0, (3, 2, 1), (7, 7))
    z = torch.zeros(1, *dictionary.code_shape, dtype=torch.float64)
    z[0, 4, 1, 2] = 2.0  # centre at row 2, column 4
    drawn = dictionary.synthesize(z)
    expected = torch.zeros_like(drawn)
    expected[0, :, 1:4, 3:6] = 2.0 * dictionary.patterns[4]
    torch.testing.assert_close(drawn, expected)


def test_the_offset_is_added_to_each_atom() -> None:
    rows, _ = dense()
    offset = noise(3, 24)
    x = noise(4, 2, 16)
    torch.testing.assert_close(rows.analyze(x, offset), rows.analyze(x) + offset)
    dictionary = convolutional(0, (3, 1, 1))
    signal = noise(5, 2, 2, 7, 6)
    torch.testing.assert_close(
        dictionary.analyze(signal, offset[:5]),
        dictionary.analyze(signal) + offset[:5, None, None],
    )


@pytest.mark.parametrize("geometry", [(3, 1, 1), (4, 2, 1)])
def test_power_iteration_finds_the_squared_norm(geometry: tuple[int, int, int]) -> None:
    dictionary = convolutional(1, geometry)
    probe = noise(2, 1, *dictionary.code_shape)
    found, leading = power_iteration(dictionary, probe, rounds=4000)
    expected = torch.linalg.matrix_norm(matrix(dictionary), 2) ** 2
    torch.testing.assert_close(found, expected)
    torch.testing.assert_close(dictionary.synthesize(leading).norm() ** 2, expected)
    assert power_iteration(dictionary, probe, rounds=1)[0] <= expected


def test_power_iteration_of_nothing_is_zero_and_finite() -> None:
    dictionary = ConvDictionary(torch.zeros(3, 2, 3, 3), (5, 5), 1, 1)
    norm, probe = power_iteration(dictionary, torch.randn(1, 3, 5, 5), rounds=3)
    assert norm.item() == 0.0
    assert probe.isfinite().all()


@pytest.mark.parametrize("nonnegative", [True, False])
@pytest.mark.parametrize("accelerated", [True, False])
def test_one_step_is_written_out(nonnegative: bool, accelerated: bool) -> None:
    """The first two steps of ISTA; FISTA's are the same, and its third has momentum."""
    rows, step = dense()
    x, price = noise(1, 3, 16), torch.linspace(0.05, 0.3, 24, dtype=torch.float64)
    D = rows.atoms.T

    def shrink(v: Tensor) -> Tensor:
        if nonnegative:
            return (v - step * price).clamp_min(0)
        return torch.where(v.abs() > step * price, v - step * price * v.sign(), 0.0)

    z1 = shrink(step * x @ D)
    z2 = shrink(z1 + step * (x - z1 @ D.T) @ D)
    t2 = (1 + 5**0.5) / 2
    t3 = (1 + (1 + 4 * t2**2) ** 0.5) / 2
    y3 = z2 + (t2 - 1) / t3 * (z2 - z1) if accelerated else z2
    z3 = shrink(y3 + step * (x - y3 @ D.T) @ D)
    trail: list[Tensor] = []
    sparse_code(
        rows,
        x,
        price=price,
        steps=3,
        step=step,
        accelerated=accelerated,
        nonnegative=nonnegative,
        trail=trail,
    )
    for found, expected in zip(trail, (z1, z2, z3), strict=True):
        torch.testing.assert_close(found, expected)


def optimum(D: Tensor, x: Tensor, price: float, nonnegative: bool) -> Tensor:
    """Coordinate descent of scikit-learn: 1/(2n) ||y - X w||^2 + alpha |w|, alpha = price / n."""
    model = Lasso(
        alpha=price / len(D),
        fit_intercept=False,
        positive=nonnegative,
        tol=1e-12,
        max_iter=200_000,
    )
    return torch.stack(
        [torch.from_numpy(model.fit(D.numpy(), row.numpy()).coef_.copy()) for row in x]
    )


@pytest.mark.parametrize("nonnegative", [True, False])
@pytest.mark.parametrize("seed", [0, 1])
def test_fista_reaches_the_optimum_of_coordinate_descent(seed: int, nonnegative: bool) -> None:
    rows, step = dense(seed)
    x, price = noise(seed + 10, 4, 16), torch.full((24,), 0.2, dtype=torch.float64)
    z = sparse_code(rows, x, price=price, steps=3000, step=step, nonnegative=nonnegative)
    expected = optimum(rows.atoms.T, x, 0.2, nonnegative)
    assert 0.1 < (expected != 0).double().mean() < 0.9
    torch.testing.assert_close(z, expected, rtol=0, atol=1e-4)
    gap = duality_gap(rows, x, z, price=price, nonnegative=nonnegative)
    assert (gap.abs() < 1e-8).all()


@pytest.mark.parametrize("geometry", [(3, 1, 1), (4, 2, 1)])
def test_convolutional_codes_solve_the_equivalent_dense_problem(
    geometry: tuple[int, int, int],
) -> None:
    """Overcomplete at stride 1, where the optimum is not unique but what it draws is."""
    dictionary = convolutional(3, geometry)
    x, D = noise(4, 2, 2, 7, 6), matrix(dictionary).T
    step = 1.0 / float(torch.linalg.matrix_norm(D, 2)) ** 2
    price = torch.full((5,), 0.5, dtype=torch.float64)
    z = sparse_code(dictionary, x, price=price, steps=4000, step=step)
    expected = optimum(D, x.flatten(1), 0.5, True)
    torch.testing.assert_close(
        dictionary.synthesize(z).flatten(1), expected @ D.T, rtol=0, atol=1e-4
    )
    least = 0.5 * (x.flatten(1) - expected @ D.T).square().sum(1) + 0.5 * expected.sum(1)
    torch.testing.assert_close(
        lasso_energy(dictionary, x, z, price=price), least, rtol=0, atol=1e-6
    )


@settings(max_examples=8, deadline=None)
@given(st.integers(0, 10_000), st.floats(0.01, 0.6), st.booleans())
def test_fista_keeps_its_bound_and_ista_never_rises(
    seed: int, price: float, nonnegative: bool
) -> None:
    """Beck & Teboulle 2009, theorems 3.1 and 4.4: L |z*|^2 / (2t) and 2 L |z*|^2 / (t + 1)^2."""
    rows, step = dense(seed, 20, 12)
    x, prices = noise(seed + 1, 2, 12), torch.full((20,), price, dtype=torch.float64)
    options = {"price": prices, "step": step, "nonnegative": nonnegative}
    best = sparse_code(rows, x, steps=1500, **options)
    least = lasso_energy(rows, x, best, price=prices)
    distance = best.square().sum(1)
    trails: dict[bool, list[Tensor]] = {True: [], False: []}
    for accelerated, trail in trails.items():
        sparse_code(rows, x, steps=60, accelerated=accelerated, trail=trail, **options)
    energy = {
        key: torch.stack([lasso_energy(rows, x, z, price=prices) for z in trail])
        for key, trail in trails.items()
    }
    t = torch.arange(1, 61, dtype=torch.float64)[:, None]
    assert (energy[True] - least <= 2 * distance / (step * (t + 1) ** 2) + 1e-9).all()
    assert (energy[False] - least <= distance / (2 * step * t) + 1e-9).all()
    assert (energy[False][1:] <= energy[False][:-1] + 1e-12).all()


@pytest.mark.parametrize("seed", range(5))
def test_fista_beats_ista_at_fifty_steps(seed: int) -> None:
    rows, step = dense(seed, 60, 30)
    x, price = noise(seed + 9, 3, 30), torch.full((60,), 0.05, dtype=torch.float64)
    gaps = {
        fast: duality_gap(
            rows,
            x,
            sparse_code(rows, x, price=price, steps=50, step=step, accelerated=fast),
            price=price,
        ).mean()
        for fast in (True, False)
    }
    energies = {
        fast: lasso_energy(
            rows,
            x,
            sparse_code(rows, x, price=price, steps=50, step=step, accelerated=fast),
            price=price,
        )
        for fast in (True, False)
    }
    assert (energies[True] < energies[False]).all()
    assert gaps[True] < gaps[False]


@settings(max_examples=8, deadline=None)
@given(st.integers(0, 10_000), st.integers(1, 60), st.booleans())
def test_the_duality_gap_is_an_upper_bound(seed: int, steps: int, nonnegative: bool) -> None:
    rows, step = dense(seed, 20, 12)
    x, price = noise(seed + 1, 3, 12), torch.full((20,), 0.1, dtype=torch.float64)
    options = {"price": price, "step": step, "nonnegative": nonnegative}
    z, best = (sparse_code(rows, x, steps=count, **options) for count in (steps, 1500))
    excess = lasso_energy(rows, x, z, price=price) - lasso_energy(rows, x, best, price=price)
    gap = duality_gap(rows, x, z, price=price, nonnegative=nonnegative)
    assert (gap >= excess - 1e-9).all()


def test_a_high_price_buys_nothing_and_no_price_leaves_no_misfit() -> None:
    rows, step = dense()
    x = noise(2, 3, 16)
    ask = rows.analyze(x).abs().max()
    nothing = sparse_code(
        rows, x, price=ask.expand(24) * 1.001, steps=20, step=step, nonnegative=False
    )
    assert (nothing == 0).all()
    free = sparse_code(rows, x, price=x.new_zeros(24), steps=3000, step=step, nonnegative=False)
    torch.testing.assert_close(rows.synthesize(free), x, rtol=0, atol=1e-5)


def test_no_step_is_no_code() -> None:
    with pytest.raises(ConfigError, match="at least one step, not 0"):
        sparse_code(dense()[0], noise(0, 1, 16), price=torch.zeros(24), steps=0)
