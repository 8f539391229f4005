import math

import pytest

from pellucid.reasoning.geometry.exact_field import ExactField
from pellucid.reasoning.geometry.placed.solving import (
    BoundField,
    Relation,
    Unsolved,
    solved,
)


def field(*guide, signs=(), bindings=None):
    made = BoundField(guide, signs, radicals=4, bindings=bindings or {})
    return made, [made.parameter("free") for _ in guide]


def rebuilt(binding, *guide):
    return field(*guide, bindings={binding.parameter: binding})


def test_a_linear_equation_binds_the_later_parameter():
    _, (u, v) = field(2.0, 3.0)
    binding = solved(u * 6 - v * 4, {})
    assert binding.parameter == 1
    made, (u, v) = rebuilt(binding, 2.0, 3.0)
    assert made.is_zero(u * 3 - v * 2)


@pytest.mark.parametrize("sign", [1, -1])
def test_of_two_roots_the_one_of_the_figure_is_taken(sign):
    guide = (3.0, sign * 4.0)
    _, (u, v) = field(*guide)
    made, (u, v) = rebuilt(solved(u * u + v * v - 25, {}), *guide)
    assert made.is_zero(u * u + v * v - 25)
    assert v.approx == pytest.approx(guide[1])


def test_of_several_factors_the_one_that_vanishes_in_the_figure_is_solved():
    guide = (0.5, 1.75)
    _, (u, v) = field(*guide)
    value = (u * u + 1 - v * v) * (u * 3 - v * v + 1) * (v - u - 1) * (v * 2 - u * 7)
    made, (u, v) = rebuilt(solved(value, {}), *guide)
    assert made.is_zero(v * 2 - u * 7)
    assert not made.is_zero(v - u - 1)


def test_roots_are_eliminated_first():
    # The root of 1 + u^2 is 2 u, so 3 u^2 = 1; and u is positive in the figure.
    guide = (1 / math.sqrt(3),)
    made, (u,) = field(*guide)
    binding = solved(made.root(u * u + 1) - u * 2, {})
    made, (u,) = rebuilt(binding, *guide)
    assert made.is_zero(u * u * 3 - 1)
    assert made.is_zero(made.root(u * u + 1) - u * 2)
    assert u.approx == pytest.approx(guide[0])


def test_bound_parameters_are_not_bound_again():
    _, (u, v) = field(1.0, 2.0)
    first = solved(v - u * 2, {})
    with pytest.raises(Unsolved):
        solved(v - 2, {first.parameter: first})


@pytest.mark.parametrize("wrong", [(1.0,), (2.0,)])
def test_what_has_no_component_in_the_figure_is_not_solved(wrong):
    _, (u,) = field(*wrong)
    with pytest.raises(Unsolved, match="no component"):
        solved(u * u - 3, {})


def test_a_cubic_equation_is_kept_as_a_relation():
    # 2 cos 40 degrees; so 2 cos 80 degrees is its square less 2, and is a root as well.
    guide = (2 * math.cos(2 * math.pi / 9),)
    _, (u,) = field(*guide)
    relation = solved((u * u * u - u * 3 + 1) * (u + 5), {})
    assert isinstance(relation, Relation)
    assert relation.coefficients == ("1", "-3", "0", "1")
    made = BoundField(guide, (), radicals=4, bindings={}, relation=relation)
    u = made.parameter("free")
    twice = u * u - 2
    assert made.is_zero(twice * twice * twice - twice * 3 + 1)
    assert not made.is_zero(twice * twice - twice * 3 + 1)


def test_a_root_that_a_relation_makes_rational_is_seen():
    # With u^3 = 2, the root of 2 u = u^4 is u^2.
    guide = (2 ** (1 / 3),)
    made, (u,) = field(*guide)
    relation = solved(made.root(u * 2) - u * u, {})
    made = BoundField(guide, (), radicals=4, bindings={}, relation=relation)
    u = made.parameter("free")
    root = made.root(u * 2)
    assert made.is_zero(root - u * u)
    assert not made.is_zero(root + u * u)
    assert relation.pins


def test_without_bindings_it_is_the_exact_field():
    made, (u,) = field(2.0)
    other = ExactField((2.0,), (), radicals=4)
    v = other.parameter("free")
    assert str((u * u + 1).num) == str((v * v + 1).num)
    assert made.kinds == other.kinds
