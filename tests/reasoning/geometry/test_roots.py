import random
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pellucid.reasoning.geometry.kernel import PRIMES
from pellucid.reasoning.geometry.meanings import Said, equations, residue
from pellucid.reasoning.geometry.roots import Root, a_root, horner, lifted

RESIDUES = st.integers(0, PRIMES[0] - 1)


def times(roots, p):
    product = [1]
    for root in roots:
        product = [(a - root * b) % p for a, b in zip([0, *product], [*product, 0], strict=True)]
    return product


@given(st.lists(RESIDUES, min_size=1, max_size=4), st.integers(1, 1000))
@settings(max_examples=25, deadline=None)
def test_a_root_of_a_product_of_linear_factors_is_one_of_them(roots, factor):
    p = PRIMES[0]
    found = a_root([factor * c for c in times(roots, p)], p, random.Random(1))
    assert found in roots


def test_all_roots_come_up():
    p, rng = PRIMES[1], random.Random(2)
    assert {a_root(times([5, 7, 11], p), p, rng) for _ in range(40)} == {5, 7, 11}


@pytest.mark.parametrize("p", PRIMES)
def test_what_has_no_root_has_none(p):
    assert p % 4 == 3
    assert a_root([1, 0, 1], p, random.Random(0)) is None
    assert a_root([3], p, random.Random(0)) is None


@pytest.mark.parametrize("p", PRIMES)
def test_ninths_of_a_turn_are_there(p):
    root = a_root([1, -3, 0, 1], p, random.Random(0))  # 2 cos 40 degrees
    assert root is not None
    lift = lifted([1, -3, 0, 1], root, p**3)
    assert (lift**3 - 3 * lift + 1) % p**3 == 0
    assert lift % p == root


def test_real_roots_are_those_near_the_sample():
    numbers = [Decimal(c) for c in (1, -3, 0, 1)]
    for near, cosine in ((1.53, "1.5320888862"), (0.35, "0.3472963553"), (-1.9, "-1.8793852415")):
        assert abs(Root([], near).real(numbers) - Decimal(cosine)) < Decimal("1e-9")
    assert Root([], -1.0, plain=True).real([Decimal(-4), Decimal(0), Decimal(1)]) == -2


def test_horners_value_and_slope():
    assert horner([1, -3, 0, 1], 5) == (125 - 15 + 1, 75 - 3)


def test_sums_of_lengths_are_checked_with_all_signs_of_roots():
    # |ab| = 3, |bc| = 4 and |ac| = 5 or 7.
    said = Said("distseq", ("a", "b", "b", "c", "a", "c"), None, (1, 1, -1))
    (equation,) = equations(said)
    straight = {"a": (0, 0), "b": (3, 0), "c": (7, 0)}
    right = {"a": (0, 0), "b": (3, 0), "c": (3, 4)}
    assert residue(equation, straight, PRIMES[0]) == 0
    assert residue(equation, right, PRIMES[0]) != 0
    # Not only the sum: that |bc| is less than |ac| by |ab| is seen in the sample.
    assert residue(equation, {**straight, "c": (-4, 0)}, PRIMES[0]) == 0
