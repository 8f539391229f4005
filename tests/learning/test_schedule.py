from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pellucid.errors import ConfigError
from pellucid.learning.schedule import Schedule


def test_the_rate_rises_linearly_and_falls_along_a_cosine() -> None:
    schedule = Schedule(steps=1000, learning_rate=2.0, warmup=0.1, floor=0.25)
    assert schedule.rate(0.05) == pytest.approx(1.0)
    assert schedule.rate(0.1) == pytest.approx(2.0)
    assert schedule.rate(0.55) == pytest.approx((2.0 + 0.5) / 2)
    third = 0.1 + 0.9 / 3  # cos(60 degrees) = 1/2
    assert schedule.rate(third) == pytest.approx(0.5 + 1.5 * (1 + math.cos(math.pi / 3)) / 2)
    assert schedule.rate(1.0) == pytest.approx(0.5)


def test_the_first_step_is_not_wasted() -> None:
    schedule = Schedule(steps=1000, learning_rate=2.0, warmup=0.1)
    assert schedule.rate(0.0) == pytest.approx(2.0 / 100)
    assert Schedule(steps=1, warmup=0.5, learning_rate=2.0).rate(0.0) == 2.0
    assert Schedule(warmup=0.0, learning_rate=2.0).rate(0.0) == 2.0


@settings(max_examples=50, deadline=None)
@given(
    progress=st.floats(0, 1), warmup=st.floats(0, 0.99), floor=st.floats(0, 1), steps=st.integers(1)
)
def test_the_rate_stays_within_its_limits(
    progress: float, warmup: float, floor: float, steps: int
) -> None:
    schedule = Schedule(steps=steps, learning_rate=3.0, warmup=warmup, floor=floor)
    rate = schedule.rate(progress)
    assert 0 <= rate <= 3.0 * (1 + 1e-12)
    if progress >= warmup:
        assert rate >= 3.0 * floor * (1 - 1e-12)


def test_progress_is_the_larger_of_steps_and_time() -> None:
    schedule = Schedule(steps=100, minutes=2.0)
    assert schedule.progress(30, 0.0) == 0.3
    assert schedule.progress(30, 60.0) == 0.5
    assert schedule.progress(30, 500.0) == 1.0
    assert Schedule(steps=100).progress(30, 1e9) == 0.3


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("steps", 0),
        ("minutes", 0.0),
        ("learning_rate", 0.0),
        ("warmup", 1.0),
        ("floor", 1.5),
        ("weight_decay", -1.0),
        ("betas", (0.9, 1.0)),
        ("clip", 0.0),
    ],
)
def test_a_setting_out_of_its_range_is_refused(name: str, value: object) -> None:
    with pytest.raises(ConfigError, match=name):
        Schedule(**{name: value})  # type: ignore[arg-type]
