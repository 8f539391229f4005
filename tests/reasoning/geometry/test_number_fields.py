"""The fields: residues, floats, and exact functions, against known answers and each other."""

import math
import random
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pellucid.errors import DataError
from pellucid.reasoning.geometry.exact_field import ExactField
from pellucid.reasoning.geometry.fields import Field, Unlucky
from pellucid.reasoning.geometry.float_field import FloatField
from pellucid.reasoning.geometry.prime_field import PRIMES, PrimeField
from pellucid.reasoning.geometry.vectors import Vector

pytest.importorskip("flint")
ANGLES = [Fraction(n, d) for d in (1, 2, 3, 4, 5, 6, 10, 12, 15, 20, 30) for n in range(2 * d)]


def exact(parameters=(), signs=(), radicals=8):
    return ExactField(parameters, signs, radicals=radicals)


def test_all_three_are_fields():
    for field in (PrimeField(random.Random(0)), FloatField(random.Random(0)), exact()):
        assert isinstance(field, Field)


@pytest.mark.parametrize("prime", PRIMES)
def test_primes_have_what_figures_need(prime):
    assert prime % 5040 == 5039
    assert all(pow(a, prime - 1, prime) == 1 for a in (2, 3, 5, 7, 11, 13))
    assert pow(prime - 1, (prime - 1) // 2, prime) == prime - 1


@settings(max_examples=50)
@given(*[st.fractions(-1000, 1000, max_denominator=1000)] * 2)
def test_residues_follow_the_fractions(a, b):
    field = PrimeField(random.Random(0))
    x, y = field.constant(a), field.constant(b)
    assert field.is_zero(x + y - field.constant(a + b))
    assert field.is_zero(x * y - field.constant(a * b))
    if b:
        assert field.is_zero(x / y - field.constant(a / b))


def test_a_residue_without_a_root_is_bad_luck():
    field = PrimeField(random.Random(0))
    root = field.root(field.constant(2))
    assert field.is_zero(root * root - 2)
    with pytest.raises(Unlucky):
        field.root(field.constant(-1))
    with pytest.raises(Unlucky):
        field.constant(1) / field.constant(0)


@pytest.mark.parametrize("make", [lambda: PrimeField(random.Random(0), PRIMES[1]), exact])
def test_turns_add_and_a_full_one_is_none(make):
    field = make()
    for angle in (Fraction(1, 3), Fraction(1, 4), Fraction(2, 5), Fraction(1, 15)):
        turn = field.turn(angle)
        assert field.is_zero(turn.square() - 1)
        twice = turn.times(turn)
        other = field.turn(2 * angle)
        assert field.is_zero(twice.x - other.x)
        assert field.is_zero(twice.y - other.y)
    half = field.turn(Fraction(1))
    assert field.is_zero(half.x + 1)


@pytest.mark.parametrize("angle", ANGLES)
def test_exact_turns_are_where_they_should_be(angle):
    turn = exact(radicals=12).turn(angle)
    assert math.isclose(turn.x.approx, math.cos(angle * math.pi), abs_tol=1e-12)
    assert math.isclose(turn.y.approx, math.sin(angle * math.pi), abs_tol=1e-12)


def test_an_angle_beyond_square_roots_is_refused():
    with pytest.raises(DataError, match="no cosine by square roots"):
        exact().turn(Fraction(1, 9))
    with pytest.raises(DataError, match="only multiples"):
        PrimeField(random.Random(0)).turn(Fraction(1, 11))


def test_floats_draw_the_same_figure_again():
    first = FloatField(random.Random(3))
    values = [first.parameter("free"), first.root(first.constant(2), either=True)]
    again = FloatField(random.Random(9), parameters=first.parameters, signs=first.signs)
    assert [again.parameter("free"), again.root(again.constant(2), either=True)] == values
    with pytest.raises(Unlucky):
        first.root(-1.0)
    with pytest.raises(Unlucky):
        first.require(0.0)


def test_a_square_has_its_root_with_the_sign_of_the_diagram():
    field = exact((0.25,), (1, 1, -1))
    u = field.parameter("free")
    assert field.is_zero(field.root((u - 1) * (u - 1)) - (1 - u))
    assert field.is_zero(field.root(u * u / 9) - u / 3)
    assert field.is_zero(field.root(u * u) + u)
    assert field.merged == [0, 1, 2]
    assert field.tower.radicands == []


def test_radicals_are_merged_and_nested_ones_undone():
    field = exact((0.5, 0.75), (1,) * 6)
    u, v = field.parameter("free"), field.parameter("free")
    a, b = u * u + 1, v * v + 2
    root_a, root_b = field.root(a), field.root(b)
    assert len(field.tower.radicands) == 2
    assert field.is_zero(field.root(a * b) - root_a * root_b)
    assert field.is_zero(field.root(a / b) - root_a / root_b)
    nested = (u + root_a) * (u + root_a)
    assert field.is_zero(field.root(nested) - (u + root_a))
    mixed = a * b * nested
    assert field.is_zero(field.root(mixed) - (u + root_a) * root_a * root_b)
    assert len(field.tower.radicands) == 2


def test_squares_are_taken_out_of_a_new_radical():
    field = exact((0.5,), (1,))
    u = field.parameter("free")
    root = field.root((u * u + 1) * u * u * 12 / (u + 1))
    assert str(field.tower.radicands[0]) in ("3*u1^3 + 3*u1^2 + 3*u1 + 3",)
    assert field.is_zero(root * root - (u * u + 1) * u * u * 12 / (u + 1))
    assert math.isclose(root.approx, math.sqrt(1.25 * 0.25 * 12 / 1.5))


@settings(max_examples=30, deadline=None)
@given(st.lists(st.integers(-3, 3), min_size=8, max_size=8))
def test_elements_with_radicals_form_a_field(numbers):
    field = exact((0.5,), (1, 1))
    u = field.parameter("free")
    r, s = field.root(u * u + 2), field.root(u + field.constant(3))
    a = r * s * numbers[0] + s * numbers[1] + r * u * numbers[2] + numbers[3]
    b = r * s * numbers[4] + s * numbers[5] + r * u * numbers[6] + numbers[7]
    assert field.is_zero((a + b) * (a - b) - (a * a - b * b))
    if not field.is_zero(b):
        assert field.is_zero(a / b * b - a)
        assert math.isclose((a / b).approx * b.approx, a.approx, abs_tol=1e-9)


def test_directions_lose_what_they_share_and_keep_their_sense():
    field = exact((0.5, -0.75), ())
    u, v = field.parameter("free"), field.parameter("free")
    along = field.direction(Vector(v * u / (u + 1), v * (u + 2) / (u + 1)))
    assert {str(along.x), str(along.y)} == {"-u1", "-u1 - 2"}
    assert str(field.direction(Vector(u - u, v)).y) == "-1"
    backwards = field.oriented(along, Vector(u, u))
    assert backwards.x.approx > 0
