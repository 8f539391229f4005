"""A break in a curve: found where it is, not where there is none, and as often as is said."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pellucid.errors import DataError
from pellucid.reasoning.breaks import find_break, power

SCALES = np.geomspace(10, 10_000, 14)


def curve(noise=0.05, seed=0):
    x = np.log(SCALES / 300)
    return 2 - x + 0.1 * x**2 + noise * np.random.default_rng(seed).standard_normal(len(x))


def test_a_planted_step_is_found_where_it_is():
    planted = curve() - 1.5 * (np.arange(14) >= 6)
    found = find_break(SCALES, planted, random=np.random.default_rng(0))
    assert found.p < 0.01
    assert found.place == 6
    assert found.step == pytest.approx(-1.5, abs=0.2)


def test_a_smooth_curve_is_called_broken_as_often_as_its_level_says():
    random = np.random.default_rng(0)
    for degree in (2, None):
        ps = [
            find_break(SCALES, curve(seed=k), random=random, degree=degree, draws=99).p
            for k in range(200)
        ]
        assert np.mean(np.array(ps) <= 0.05) == pytest.approx(0.05, abs=0.05)
        assert np.mean(ps) == pytest.approx(0.5, abs=0.08)


def test_the_degree_that_is_chosen_is_that_of_the_curve():
    x = np.log(SCALES / 300)
    for degree in (2, 3, 5):
        noise = 0.01 * np.random.default_rng(degree).standard_normal(14)
        found = find_break(SCALES, (x / 2) ** degree + noise, random=np.random.default_rng(0))
        assert found.degree == degree


@settings(max_examples=20, deadline=None)
@given(st.floats(-5, 5), st.floats(-5, 5), st.floats(-2, 2), st.floats(0.1, 10), st.integers(0, 9))
def test_neither_a_polynomial_nor_a_unit_changes_the_verdict(a, b, c, unit, seed):
    x, y = np.log(SCALES), np.random.default_rng(seed).standard_normal(14)
    one = find_break(SCALES, y, random=np.random.default_rng(1), draws=200, degree=2)
    moved = unit * y + a + b * x + c * x**2
    other = find_break(7 * SCALES, moved, random=np.random.default_rng(1), draws=200, degree=2)
    assert other.p == pytest.approx(one.p, abs=0.02)
    assert other.place == one.place
    assert other.step == pytest.approx(unit * one.step, rel=1e-4, abs=1e-6)


def test_power_grows_with_the_step_from_the_level_to_one():
    y = curve()
    found = [power(SCALES, y, s, random=np.random.default_rng(0)) for s in (0.0, 0.2, 2.0)]
    assert found[0] == pytest.approx(0.05, abs=0.02)
    assert found[0] < found[1] < found[2]
    assert found[2] > 0.98


def test_an_exact_polynomial_has_no_step():
    x = np.log(SCALES)
    assert abs(find_break(SCALES, x**2, random=np.random.default_rng(0)).step) < 1e-9


@pytest.mark.parametrize(
    ("scales", "values", "said"),
    [
        ([1, 2, 3, 4, 5, 6], [0.0] * 6, "give 7 or more"),
        ([1, 2, 3, 3, 5, 6, 7], [0.0] * 7, "growing"),
        (range(8), [0.0] * 8, "positive"),
        (range(1, 9), [0.0] * 7, "8 scales need as many"),
        (range(1, 9), [0.0] * 7 + [float("nan")], "finite"),
    ],
)
def test_what_cannot_be_tested_is_refused(scales, values, said):
    with pytest.raises(DataError, match=said):
        find_break(list(scales), values, random=np.random.default_rng(0))
