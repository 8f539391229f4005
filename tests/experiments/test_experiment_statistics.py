from __future__ import annotations

import math

import numpy as np
import pytest

from pellucid.experiments.statistics import Measured, bootstrap, mean, share


@pytest.mark.parametrize(
    ("successes", "trials", "low", "high"),
    [
        # Newcombe 1998, table I, method 3 (Wilson without correction).
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0000, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ],
)
def test_a_share_has_the_published_interval_of_wilson(
    successes: int, trials: int, low: float, high: float
) -> None:
    measured = share(successes, trials)
    assert measured.value == successes / trials
    assert measured.low == pytest.approx(low, abs=6e-5)
    assert measured.high == pytest.approx(high, abs=6e-5)
    assert measured.n == trials


def test_the_intervals_of_a_share_and_its_complement_mirror_each_other() -> None:
    one, other = share(3, 40), share(37, 40)
    assert (one.low, one.high) == pytest.approx((1 - other.high, 1 - other.low))


def test_a_mean_has_students_interval() -> None:
    # t(0.975, 2) = 4.30265; the deviation of 1, 2, 3 is 1.
    measured = mean([1.0, 2.0, 3.0])
    reach = 4.30265273 / math.sqrt(3)
    assert (measured.value, measured.n) == (2.0, 3)
    assert (measured.low, measured.high) == pytest.approx((2 - reach, 2 + reach))


def test_one_value_has_no_interval() -> None:
    measured = mean([0.5])
    assert measured.value == 0.5
    assert not measured.has_interval


def test_students_interval_covers_the_truth_19_times_of_20() -> None:
    generator = np.random.default_rng(0)
    draws = [mean(list(generator.normal(1.0, 2.0, size=4))) for _ in range(1000)]
    covered = sum(m.low <= 1.0 <= m.high for m in draws) / 1000
    assert covered == pytest.approx(0.95, abs=0.02)


def test_the_bootstrap_of_a_mean_agrees_with_the_normal_interval() -> None:
    values = np.random.default_rng(0).normal(3.0, 1.0, size=400)
    generator = np.random.default_rng(1)
    measured = bootstrap(list(values), generator, statistic=lambda rows: rows.mean(-1), draws=2000)
    reach = 1.96 * values.std() / math.sqrt(400)
    assert measured.value == pytest.approx(values.mean())
    assert measured.low == pytest.approx(values.mean() - reach, abs=0.01)
    assert measured.high == pytest.approx(values.mean() + reach, abs=0.01)


def test_the_bootstrap_takes_the_median_and_repeats() -> None:
    values = [1.0, 2.0, 3.0, 4.0, 100.0]
    one = bootstrap(values, np.random.default_rng(0), draws=200)
    assert one.value == 3.0
    assert 1.0 <= one.low <= 3.0 <= one.high <= 100.0
    assert one == bootstrap(values, np.random.default_rng(0), draws=200)


def test_another_unit_scales_the_whole_interval() -> None:
    assert Measured(0.5, 0.25, 0.75, 8).times(100) == Measured(50.0, 25.0, 75.0, 8)
