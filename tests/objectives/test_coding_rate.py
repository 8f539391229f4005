from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from pellucid.errors import ConfigError, DataError
from pellucid.objectives import CodingRate, coding_rate
from pellucid.objectives.coding_rate import Norm


def gaussian(*shape: int, seed: int = 0) -> torch.Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def naive(z: np.ndarray, epsilon: float) -> float:
    samples, features = z.shape
    inner = np.eye(features) + features / (samples * epsilon**2) * z.T @ z
    return 0.5 * float(np.linalg.slogdet(inner)[1])


@pytest.mark.parametrize("shape", [(5, 12), (12, 5), (7, 7), (1, 4), (4, 1)])
def test_the_published_formula_from_both_gram_sides(shape: tuple[int, int]) -> None:
    z = gaussian(3, *shape)
    for epsilon in (0.1, 0.5, 2.0):
        expected = [naive(step.numpy(), epsilon) for step in z]
        np.testing.assert_allclose(coding_rate(z, epsilon).numpy(), expected, rtol=1e-10)
    single = coding_rate(z.float())
    assert single.dtype == torch.float32
    torch.testing.assert_close(single, coding_rate(z).float(), rtol=1e-5, atol=0)


def test_isotropic_and_orthonormal_data_in_closed_form() -> None:
    q, _ = torch.linalg.qr(gaussian(20, 6))
    for epsilon in (0.3, 1.0):
        # B = 20 samples whose second moment is the identity: R = D/2 log(1 + D / eps^2).
        isotropic = math.sqrt(20) * q
        expected = 3 * math.log1p(6 / epsilon**2)
        assert coding_rate(isotropic, epsilon).item() == pytest.approx(expected)
        # B = 6 orthonormal samples in D = 20: R = B/2 log(1 + D / (B eps^2)).
        expected = 3 * math.log1p(20 / (6 * epsilon**2))
        assert coding_rate(q.T, epsilon).item() == pytest.approx(expected)
        # One direction alone, of unit rows: R = 1/2 log(1 + D / eps^2).
        one = torch.zeros(9, 6)
        one[:, 2] = 1
        expected = 0.5 * math.log1p(6 / epsilon**2)
        assert coding_rate(one, epsilon).item() == pytest.approx(expected)
    assert coding_rate(torch.zeros(4, 3)).item() == 0


@pytest.mark.parametrize("shape", [(4, 6), (6, 4)])
def test_the_gradient_is_exact(shape: tuple[int, int]) -> None:
    z = gaussian(2, *shape).requires_grad_()
    assert torch.autograd.gradcheck(coding_rate, (z,))
    # dR/dZ = alpha Z (I + alpha Z'Z)^-1, alpha = D / (B eps^2)
    (gradient,) = torch.autograd.grad(coding_rate(z).sum(), z)
    alpha = shape[1] / (shape[0] * 0.25)
    inverse = torch.linalg.inv(torch.eye(shape[1]) + alpha * z.mT @ z)
    torch.testing.assert_close(gradient, alpha * z @ inverse)


@pytest.mark.parametrize("shape", [(4, 6), (6, 4)])
def test_the_gradient_has_its_gradient(shape: tuple[int, int]) -> None:
    assert torch.autograd.gradgradcheck(coding_rate, (gaussian(*shape).requires_grad_(),))


@pytest.mark.parametrize("epsilon", [0.5, 1e-3])
def test_the_gradient_in_float32_is_as_exact_as_float32(epsilon: float) -> None:
    """Eight directions of sixteen are nearly empty: Gram matrices see them in float64 alone."""
    z = gaussian(40, 16)
    z[:, 8:] *= 1e-4
    single = z.float()
    (found,) = torch.autograd.grad(coding_rate(x := single.clone().requires_grad_(), epsilon), x)
    wide = single.double().requires_grad_()
    (expected,) = torch.autograd.grad(coding_rate(wide, epsilon), wide)
    for part in (slice(0, 8), slice(8, 16)):
        error = (found[:, part] - expected[:, part]).norm() / expected[:, part].norm()
        assert error < 1e-4


@pytest.mark.parametrize("norm", ["power", "sphere", "batch", "none"])
def test_the_gradient_of_every_norm_is_exact(norm: Norm) -> None:
    assert torch.autograd.gradcheck(CodingRate(norm=norm), (gaussian(5, 3).requires_grad_(),))


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 1000), samples=st.integers(1, 9), features=st.integers(1, 9))
def test_rotations_and_orders_do_not_matter(seed: int, samples: int, features: int) -> None:
    z = gaussian(samples, features, seed=seed)
    rotation, _ = torch.linalg.qr(gaussian(features, features, seed=seed + 1))
    mixing, _ = torch.linalg.qr(gaussian(samples, samples, seed=seed + 2))
    torch.testing.assert_close(coding_rate(z @ rotation), coding_rate(z))
    torch.testing.assert_close(coding_rate(mixing @ z), coding_rate(z))
    for norm in ("power", "sphere"):
        objective = CodingRate(norm=norm)
        torch.testing.assert_close(objective(z @ rotation), objective(z))


def test_float32_survives_a_tiny_epsilon_and_a_repeated_sample() -> None:
    # In float32 the identity is lost beside 1e9 times a Gram matrix of rank one.
    z = torch.ones(64, 32).requires_grad_()
    value = coding_rate(z, 1e-4)
    (gradient,) = torch.autograd.grad(value, z)
    assert value.item() == pytest.approx(0.5 * math.log1p(32 * 32 / 1e-8), rel=1e-6)
    assert torch.isfinite(gradient).all()


@pytest.mark.parametrize("norm", ["power", "sphere", "batch"])
def test_the_optimum_is_reached_by_isotropic_data_alone(norm: Norm) -> None:
    objective = CodingRate(norm=norm)
    corners = torch.cat((torch.eye(4), -torch.eye(4))) * 2.0  # zero mean, identity covariance
    assert objective(corners).item() == pytest.approx(objective.optimum(4))
    generator = torch.Generator().manual_seed(0)
    for _ in range(20):
        z = corners + 0.3 * torch.randn(8, 4, generator=generator)
        assert objective(z).item() > objective.optimum(4)
    assert CodingRate(norm="none").optimum(4) == -math.inf


def test_power_bounds_the_scale_and_the_mean_and_the_others_do_not() -> None:
    z = torch.cat((torch.eye(4), -torch.eye(4))) * 2.0
    scales = (0.1, 0.5, 1.0, 2.0, 10.0)
    power = [CodingRate()(s * z).item() for s in scales]
    assert min(power) == power[2]
    assert CodingRate()(z + 1) > CodingRate()(z)
    for norm in ("sphere", "batch"):
        values = [CodingRate(norm=norm)(s * z).item() for s in scales]
        np.testing.assert_allclose(values, values[0], rtol=1e-4)
    none = [CodingRate(norm="none")(s * z).item() for s in scales]
    assert none == sorted(none, reverse=True)


def test_descent_from_near_collapse_reaches_the_identity() -> None:
    z = (0.01 * gaussian(40, 3) + 2).requires_grad_()
    optimiser = torch.optim.Adam([z], lr=0.05)
    for _ in range(400):
        optimiser.zero_grad()
        CodingRate()(z).backward()
        optimiser.step()
    torch.testing.assert_close(z.mean(0), torch.zeros(3, dtype=z.dtype), atol=1e-3, rtol=0)
    identity = torch.eye(3, dtype=z.dtype)
    torch.testing.assert_close(z.T.cov(correction=0), identity, atol=1e-3, rtol=0)


def test_the_terms_are_the_rate_and_its_bound() -> None:
    z = gaussian(9, 4)
    terms = CodingRate(epsilon=0.7).terms(z)
    centred = (z - z.mean(0)).numpy() / 2
    assert terms["coding_rate"].item() == pytest.approx(-naive(centred, 0.7))
    power = z.square().sum(1).mean().item() / (2 * 1.49)
    assert terms["power"].item() == pytest.approx(power)
    sphere = (z / z.norm(dim=1, keepdim=True)).numpy()
    assert CodingRate(0.7, "sphere")(z).item() == pytest.approx(-naive(sphere, 0.7))
    assert CodingRate(0.7, "none")(z).item() == pytest.approx(-naive(z.numpy(), 0.7))


def test_what_cannot_be_measured_is_refused() -> None:
    with pytest.raises(DataError, match="too large or not finite"):
        coding_rate(torch.full((3, 2), math.nan))
    with pytest.raises(ConfigError, match="epsilon is 0"):
        coding_rate(torch.zeros(3, 2), 0)
    with pytest.raises(ConfigError, match="norm is 'ball'"):
        CodingRate(norm="ball")  # type: ignore[arg-type]
