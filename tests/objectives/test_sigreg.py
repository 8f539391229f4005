from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from pellucid.errors import ConfigError
from pellucid.objectives import SIGReg
from pellucid.objectives.sigreg import _CharacteristicSums, random_directions


def naive(h: np.ndarray, knots: int = 17, upper: float = 3.0) -> np.ndarray:
    """The published formula, slice by slice and knot by knot: h (N, S) to (S,)."""
    step = upper / (knots - 1)
    values = []
    for s in range(h.shape[1]):
        total = 0.0
        for k in range(knots):
            t = step * k
            weight = (step if k in (0, knots - 1) else 2 * step) * math.exp(-(t**2) / 2)
            cosine = np.mean([math.cos(t * x) for x in h[:, s]])
            sine = np.mean([math.sin(t * x) for x in h[:, s]])
            total += weight * ((cosine - math.exp(-(t**2) / 2)) ** 2 + sine**2)
        values.append(len(h) * total)
    return np.array(values)


def test_the_published_formula() -> None:
    h = np.random.default_rng(0).normal(0.4, 2.0, (20, 5))
    for knots, upper in [(17, 3.0), (2, 1.0), (10, 5.0)]:
        value = SIGReg(knots=knots, upper=upper).statistic(torch.from_numpy(h))
        np.testing.assert_allclose(value.numpy(), naive(h, knots, upper), rtol=1e-12)


def test_the_value_is_the_mean_over_slices_of_unit_directions() -> None:
    z = torch.randn(12, 3, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    directions = random_directions(z, 40, generator=torch.Generator().manual_seed(1))
    torch.testing.assert_close(directions.norm(dim=0), torch.ones(40, dtype=torch.float64))
    value = SIGReg(slices=40)(z, generator=torch.Generator().manual_seed(1))
    assert value.item() == pytest.approx(naive((z @ directions).numpy()).mean(), rel=1e-12)


def test_per_sample_leaves_out_the_batch_size() -> None:
    z = torch.randn(12, 3, generator=torch.Generator().manual_seed(0))
    scaled = SIGReg(slices=4)(z, generator=torch.Generator().manual_seed(1))
    plain = SIGReg(slices=4, per_sample=True)(z, generator=torch.Generator().manual_seed(1))
    torch.testing.assert_close(scaled, 12 * plain)
    assert SIGReg().null(12) == pytest.approx(12 * SIGReg(per_sample=True).null(12))


@pytest.mark.parametrize("samples", [1, 8, 64])
def test_the_expectation_for_gaussian_samples_is_the_null(samples: int) -> None:
    objective = SIGReg()
    generator = torch.Generator().manual_seed(samples)
    # Independent batches of one slice each, so that the standard error is honest.
    h = torch.randn(4000, samples, 1, generator=generator, dtype=torch.float64)
    values = objective.statistic(h).flatten()
    error = values.std() / math.sqrt(len(values))
    assert abs(values.mean() - objective.null(samples)) < 3.5 * error
    # The trapezoid rule is near the integral of e^{-t^2/2} (1 - e^{-t^2}) over [-3, 3].
    exact = math.sqrt(2 * math.pi) * math.erf(3 / math.sqrt(2))
    exact -= math.sqrt(2 * math.pi / 3) * math.erf(3 * math.sqrt(1.5))
    assert objective.null(samples) == pytest.approx(exact, rel=2e-3)


def test_a_collapsed_batch_is_far_above_the_null_and_escapes_once_it_spreads() -> None:
    generator = torch.Generator().manual_seed(0)
    spread = torch.randn(64, 8, generator=generator)
    for scale, moves in [(0.0, False), (1e-3, True)]:
        z = (scale * spread).requires_grad_()
        value = SIGReg()(z, generator=generator)
        (gradient,) = torch.autograd.grad(value, z)
        assert value > 20 * SIGReg().null(64)
        assert (gradient.norm() > 0) == moves
        if moves:
            # Descent spreads the batch out.
            assert (gradient * spread).sum() < 0


@pytest.mark.parametrize("upper", [3.0, 6.0])
def test_the_gradient_is_exact(upper: float) -> None:
    objective = SIGReg(knots=9, upper=upper)
    h = torch.randn(2, 5, 3, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    assert torch.autograd.gradcheck(objective.statistic, (h.requires_grad_(),))


def test_powers_of_a_phasor_are_as_accurate_as_cosines_in_float32() -> None:
    h = 30 * torch.randn(64, 50, generator=torch.Generator().manual_seed(0))
    cosine, sine = _CharacteristicSums.apply(h, 3 / 16, 16)
    angles = h.double() * (3 / 16) * torch.arange(1, 17, dtype=torch.float64)[:, None, None]
    for ours, exact in [(cosine, angles.cos().sum(1)), (sine, angles.sin().sum(1))]:
        # |angle| is up to 400, whose own rounding in float32 is 3e-5.
        assert (ours - exact).abs().max() / 64 < 2e-5


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 1000), shift=st.floats(-3, 3))
def test_invariances(seed: int, shift: float) -> None:
    h = torch.randn(9, 2, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)
    h = h + shift
    value = SIGReg().statistic(h)
    torch.testing.assert_close(SIGReg().statistic(-h), value)
    torch.testing.assert_close(SIGReg().statistic(h.flip(0)), value)


@settings(max_examples=5, deadline=None)
@given(seed=st.integers(0, 1000))
def test_rotations_change_no_more_than_the_draw_of_slices(seed: int) -> None:
    generator = torch.Generator().manual_seed(seed)
    z = torch.randn(32, 4, generator=generator) * torch.tensor([3.0, 1.0, 1.0, 0.1])
    rotation, _ = torch.linalg.qr(torch.randn(4, 4, generator=generator))
    directions = random_directions(z, 4000, generator=generator)
    plain = SIGReg().statistic(z @ directions)
    rotated = SIGReg().statistic(z @ rotation @ directions)
    error = (plain.var() + rotated.var()).sqrt() / math.sqrt(4000)
    assert abs(plain.mean() - rotated.mean()) < 5 * error


def test_a_huge_input_stays_finite() -> None:
    z = torch.full((4, 3), 1e30).requires_grad_()
    value = SIGReg(slices=4)(z, generator=torch.Generator().manual_seed(0))
    value.backward()
    assert torch.isfinite(value)
    assert torch.isfinite(z.grad).all()


@pytest.mark.parametrize("settings", [{"slices": 0}, {"knots": 1}, {"upper": -1.0}])
def test_settings_are_checked(settings: dict[str, float]) -> None:
    with pytest.raises(ConfigError, match=f"SIGReg: {next(iter(settings))} is"):
        SIGReg(**settings)  # type: ignore[arg-type]
