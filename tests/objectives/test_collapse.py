from __future__ import annotations

import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from pellucid.errors import DataError
from pellucid.objectives import collapse_statistics, effective_rank, linear_r2


def gaussian(*shape: int, seed: int = 0) -> torch.Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def with_spectrum(*singular: float, samples: int = 40) -> torch.Tensor:
    """Centred data (samples, D) with these singular values."""
    left = gaussian(samples, len(singular))
    left, _ = torch.linalg.qr(left - left.mean(0))
    right, _ = torch.linalg.qr(gaussian(len(singular), len(singular), seed=1))
    return left @ torch.diag(torch.tensor(singular, dtype=torch.float64)) @ right


def test_effective_rank_of_known_spectra() -> None:
    assert effective_rank(with_spectrum(2, 2, 2, 2, 2)) == pytest.approx(5)
    assert effective_rank(with_spectrum(3, 0, 0)) == pytest.approx(1)
    assert effective_rank(with_spectrum(1, 1, 0, 0)) == pytest.approx(2)
    # Shares 1/2, 1/4, 1/4: entropy 3/2 log 2.
    assert effective_rank(with_spectrum(2, 1, 1)) == pytest.approx(2**1.5)
    assert effective_rank(torch.zeros(4, 3)) == 0
    assert effective_rank(torch.ones(9, 4)) == pytest.approx(1)


def test_statistics_of_a_known_spectrum() -> None:
    z = with_spectrum(2, 1, 1) + 5
    statistics = collapse_statistics(z)
    assert (statistics.samples, statistics.features) == (40, 3)
    assert statistics.effective_rank == pytest.approx(2**1.5)
    assert statistics.participation_ratio == pytest.approx((4 + 1 + 1) ** 2 / (16 + 1 + 1))
    assert sum(d**2 for d in statistics.deviations) == pytest.approx(6 / 39)
    assert statistics.norm == pytest.approx(math.sqrt(75 + 6 / 40))


def test_deviations_are_of_each_feature() -> None:
    z = gaussian(4000, 2) * torch.tensor([3.0, 0.0])
    statistics = collapse_statistics(z)
    assert statistics.deviations[0] == pytest.approx(3, rel=0.05)
    assert statistics.least_deviation == 0
    assert statistics.mean_deviation == pytest.approx(statistics.deviations[0] / 2)


@pytest.mark.parametrize("value", [0.0, 0.1, 1e6 / 3])
def test_a_collapsed_batch_has_no_directions_whatever_its_rounding(value: float) -> None:
    statistics = collapse_statistics(torch.full((77, 5), value))
    assert statistics.effective_rank == statistics.participation_ratio == 0
    assert statistics.mean_deviation == pytest.approx(0, abs=1e-9)


@settings(max_examples=15, deadline=None)
@given(
    seed=st.integers(0, 1000), features=st.integers(1, 6), scale=st.sampled_from([1e-3, 1.0, 1e3])
)
def test_ranks_are_bounded_and_ignore_shift_scale_and_rotation(
    seed: int, features: int, scale: float
) -> None:
    z = gaussian(12, features, seed=seed)
    rotation, _ = torch.linalg.qr(gaussian(features, features, seed=seed + 1))
    plain, moved = collapse_statistics(z), collapse_statistics(scale * z @ rotation + 1)
    assert moved.effective_rank == pytest.approx(plain.effective_rank)
    assert moved.participation_ratio == pytest.approx(plain.participation_ratio)
    assert plain.participation_ratio * (1 + 1e-9) >= 1
    assert plain.participation_ratio <= plain.effective_rank * (1 + 1e-9)
    assert plain.effective_rank <= features * (1 + 1e-9)


def test_r2_of_a_linear_relation_is_one() -> None:
    x = gaussian(100, 6) * 50 + 7
    y = x @ gaussian(6, 2, seed=1) + torch.tensor([3.0, -2.0])
    assert linear_r2(x, y) == pytest.approx(1, abs=1e-6)
    assert linear_r2(x.float(), y.float()[:, 0]) == pytest.approx(1, abs=1e-6)


def test_r2_of_noise_is_about_zero_and_not_lifted_by_a_wide_probe() -> None:
    y = gaussian(2000, 1, seed=1)
    assert -0.05 < linear_r2(gaussian(2000, 10), y) < 0.01
    # In sample, 64 features of 100 rows would explain two thirds of the noise.
    assert linear_r2(gaussian(100, 64), gaussian(100, 1, seed=1)) < 0


def test_r2_of_a_known_share_of_noise() -> None:
    x = gaussian(4000, 3)
    y = x[:, :1] + gaussian(4000, 1, seed=5)
    assert linear_r2(x, y) == pytest.approx(0.5, abs=0.04)
    # The mean over targets: one linear, one of noise half and half.
    assert linear_r2(x, torch.cat((x[:, :1], y), 1)) == pytest.approx(0.75, abs=0.02)


def test_r2_shuffles_with_a_generator_alone() -> None:
    # A target that drifts: the halves do not see each other's level.
    x = torch.arange(200.0)[:, None].repeat(1, 2) ** 2
    y = torch.arange(200.0)
    assert linear_r2(x, y, generator=torch.Generator().manual_seed(0)) > 0.9 > linear_r2(x, y)


def test_r2_leaves_out_features_and_targets_that_do_not_vary() -> None:
    x = torch.cat((gaussian(60, 2), torch.full((60, 1), 0.1)), 1)
    y = torch.cat((x[:, :1], torch.full((60, 1), 0.3)), 1)
    assert linear_r2(x, y) == pytest.approx(1, abs=1e-6)
    assert linear_r2(torch.zeros(60, 4), x[:, :1]) == pytest.approx(0, abs=0.2)


def test_what_cannot_be_measured_is_refused() -> None:
    with pytest.raises(DataError, match="y does not vary"):
        linear_r2(gaussian(10, 2), torch.full((10,), 0.1))
    with pytest.raises(DataError, match="x has 10 rows and y has 9"):
        linear_r2(gaussian(10, 2), gaussian(9))
    with pytest.raises(DataError, match="not finite"):
        collapse_statistics(torch.full((3, 2), math.nan))
    with pytest.raises(DataError, match=r"shape \(1, 3\): give \(N, D\) with N >= 2"):
        collapse_statistics(torch.zeros(1, 3))
