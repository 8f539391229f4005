from dataclasses import replace

import pytest

from pellucid.experiments.trained import Measure, over_seeds

ONE = Measure(
    name="a",
    seed=0,
    solved=100,
    tasks=100,
    minutes=1.0,
    frames_per_second=1.0,
    prediction_ratio=0.1,
    probe_r2=1.0,
    effective_rank=9.0,
    inverse_r2=0.5,
    seconds_per_plan=0.1,
)


def test_seeds_that_agree_are_not_certain():
    result = over_seeds([ONE, ONE, ONE])
    assert (result.value, result.high, result.n) == (1.0, 1.0, 3)
    assert result.low == pytest.approx(300 / (300 + 1.959964**2))


def test_the_spread_of_seeds_widens_the_interval_but_not_past_one():
    result = over_seeds([ONE, replace(ONE, solved=90), replace(ONE, solved=95)])
    assert result.value == pytest.approx(0.95)
    assert result.high == 1.0
    assert result.low == pytest.approx(0.95 - 4.302653 * 0.05 / 3**0.5, abs=1e-4)


def test_one_seed_has_the_interval_of_its_tasks():
    result = over_seeds([replace(ONE, solved=50)])
    assert result.n == 100
    assert result.low == pytest.approx(0.4038, abs=1e-4)
