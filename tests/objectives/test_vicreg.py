from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from pellucid.errors import ConfigError
from pellucid.objectives import VICReg


def naive(z: np.ndarray, normalisation: str) -> tuple[float, float]:
    """Both terms of one batch (B, D), feature by feature."""
    samples, features = z.shape
    mean = z.mean(0)
    covariance = np.zeros((features, features))
    for row in z:
        covariance += np.outer(row - mean, row - mean) / (samples - 1)
    variance = np.mean([max(0, 1 - math.sqrt(covariance[d, d] + 1e-4)) for d in range(features)])
    pairs = [(d, e) for d in range(features) for e in range(features) if d != e]
    squares = sum(covariance[d, e] ** 2 for d, e in pairs)
    return float(variance), squares / (features if normalisation == "features" else len(pairs))


def whitened(samples: int, features: int) -> torch.Tensor:
    z = torch.randn(samples, features, generator=torch.Generator().manual_seed(0)).double()
    z, _ = torch.linalg.qr(z - z.mean(0))
    return (z - z.mean(0)) * math.sqrt(samples - 1)


@pytest.mark.parametrize("normalisation", ["mean", "features"])
def test_the_published_formula(normalisation: str) -> None:
    z = np.random.default_rng(0).normal(2.0, 0.8, (3, 10, 4))
    objective = VICReg(variance=25, covariance=1.5, normalisation=normalisation)  # type: ignore[arg-type]
    expected = np.mean([naive(step, normalisation) for step in z], axis=0)
    terms = objective.terms(torch.from_numpy(z))
    assert terms["variance"].item() == pytest.approx(25 * expected[0])
    assert terms["covariance"].item() == pytest.approx(1.5 * expected[1])
    total = objective(torch.from_numpy(z)).item()
    assert total == pytest.approx(25 * expected[0] + 1.5 * expected[1])


def test_the_two_normalisations_differ_by_the_number_of_other_features() -> None:
    z = torch.randn(20, 7, generator=torch.Generator().manual_seed(0))
    published = VICReg(variance=0, covariance=1, normalisation="features")(z)
    torch.testing.assert_close(published, 6 * VICReg(variance=0, covariance=1)(z))


def test_whitened_unit_data_costs_nothing() -> None:
    assert VICReg()(whitened(50, 6)).item() == pytest.approx(0, abs=1e-12)


def test_a_collapsed_batch_costs_the_whole_hinge() -> None:
    assert VICReg(variance=16)(torch.ones(8, 4)).item() == pytest.approx(16 * (1 - 0.01))


def test_one_feature_has_no_covariance() -> None:
    z = torch.randn(8, 1, generator=torch.Generator().manual_seed(0))
    assert VICReg().terms(z)["covariance"] == 0


def test_the_hinge_pulls_apart_with_a_force_that_does_not_fade() -> None:
    generator = torch.Generator().manual_seed(0)
    direction = torch.randn(64, 4, generator=generator)
    direction = direction / direction.norm()
    forces = []
    for scale in (8.0, 1.0):  # standard deviations 0.5 and 0.06
        z = (scale * direction).requires_grad_()
        (gradient,) = torch.autograd.grad(VICReg(covariance=0)(z), z)
        forces.append(-(gradient * direction).sum())
    assert forces[1] > 0.9 * forces[0] > 0


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 1000), shift=st.floats(-5, 5))
def test_shifts_and_orders_do_not_matter(seed: int, shift: float) -> None:
    generator = torch.Generator().manual_seed(seed)
    z = torch.randn(7, 3, generator=generator, dtype=torch.float64)
    value = VICReg()(z)
    torch.testing.assert_close(VICReg()(z + shift), value)
    torch.testing.assert_close(VICReg()(z[torch.randperm(7, generator=generator)]), value)
    torch.testing.assert_close(VICReg()(z[:, torch.randperm(3, generator=generator)]), value)


def test_the_gradient_is_exact() -> None:
    z = 0.5 * torch.randn(2, 6, 3, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    assert torch.autograd.gradcheck(VICReg(), (z.requires_grad_(),))


def test_settings_are_checked() -> None:
    with pytest.raises(ConfigError, match="weight variance is -1"):
        VICReg(variance=-1)
    with pytest.raises(ConfigError, match="give 'mean' or 'features'"):
        VICReg(normalisation="sum")  # type: ignore[arg-type]
