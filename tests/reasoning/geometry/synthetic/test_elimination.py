"""Linear systems with reasons: known answers, and that every reason adds up."""

from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pellucid.reasoning.geometry.synthetic.elimination import MODULUS, Elimination, add_multiple
from pellucid.reasoning.geometry.synthetic.equations import PI

A, B, C, D = (("a", "b"), ("a", "c"), ("b", "c"), ("c", "d"))


def test_what_follows_and_what_does_not():
    system = Elimination(lambda v: 0.0)
    assert system.add([(A, Fraction(1)), (B, Fraction(-1))], (0, 0))
    assert system.add([(B, Fraction(1)), (C, Fraction(-2))], (1, 0))
    assert not system.add([(A, Fraction(3)), (C, Fraction(-6))], (2, 0))
    assert system.follows([(A, Fraction(1)), (C, Fraction(-2))])
    assert not system.follows([(A, Fraction(1)), (C, Fraction(-1))])
    assert system.reasons([(A, Fraction(1)), (C, Fraction(-2))]) == {(0, 0): 1, (1, 0): 1}
    assert system.rank == 2


def test_halving_an_equation_of_directions_takes_the_half_that_the_figure_shows():
    measures = {A: 0.9, B: 0.4, PI: 1.0}
    system = Elimination(measures.__getitem__, whole_turns=True)
    system.add([(A, Fraction(2)), (B, Fraction(-2))], (0, 0))
    assert system.follows([(A, Fraction(1)), (B, Fraction(-1)), (PI, Fraction(-1, 2))])
    assert system.reasons([(A, Fraction(1)), (B, Fraction(-1))]) is None
    assert abs(system.turn(A) - system.turn(B)) == Fraction(1, 2)


def test_what_is_given_out_is_fractions_whatever_is_reckoned_with():
    """Whole numbers are integers inside; a quotient of two of them must not become a float."""
    system = Elimination(lambda v: 0.0)
    system.add([(A, Fraction(2)), (B, Fraction(-3))], (0, 0))
    system.add([(B, Fraction(4)), (C, Fraction(-6))], (1, 0))
    assert system.normal(A) == {B: Fraction(3, 2)}
    reasons = system.reasons([(A, Fraction(4)), (C, Fraction(-9))])
    assert reasons == {(0, 0): Fraction(2), (1, 0): Fraction(3, 2)}
    rest, combination = system.reduced([(A, Fraction(1)), (D, Fraction(1))])
    values = [*system.normal(A).values(), *reasons.values(), *rest.values(), *combination.values()]
    assert {type(value) for value in values} == {Fraction}


def test_a_contradiction_is_an_error():
    system = Elimination(lambda v: 0.0)
    system.add([(A, Fraction(1)), (("", "2"), Fraction(-1))], (0, 0))
    with pytest.raises(ValueError, match="contradiction"):
        system.add([(A, Fraction(1)), (("", "3"), Fraction(-1))], (1, 0))


factors = st.fractions(min_value=-3, max_value=3, max_denominator=3)
equation = st.dictionaries(st.sampled_from([A, B, C, D]), factors, min_size=1, max_size=3)


@settings(max_examples=60, deadline=None)
@given(st.lists(equation, min_size=1, max_size=6), st.lists(factors, min_size=6, max_size=6))
def test_every_combination_of_equations_has_a_reason_that_adds_up(equations, weights):
    system = Elimination(lambda v: 0.0)
    for number, terms in enumerate(equations):
        system.add(terms.items(), (number, 0))
    target: dict = {}
    for terms, weight in zip(equations, weights, strict=False):
        add_multiple(target, weight, {v: k for v, k in terms.items() if k})
    reason = system.reasons(target.items())
    assert reason is not None
    total: dict = {}
    for (number, _), factor in reason.items():
        add_multiple(total, factor, {v: k for v, k in equations[number].items() if k})
    assert total == {v: k for v, k in target.items() if k}


@settings(max_examples=60, deadline=None)
@given(st.lists(equation, min_size=1, max_size=5))
def test_codes_obey_the_equations(equations):
    system = Elimination(lambda v: 0.0)
    for number, terms in enumerate(equations):
        system.add(terms.items(), (number, 0))
    for terms in equations:
        total = sum(
            system.code(v) * k.numerator * pow(k.denominator, -1, MODULUS) for v, k in terms.items()
        )
        assert total % MODULUS == 0


def test_codes_of_what_does_not_follow_differ():
    system = Elimination(lambda v: 0.0)
    system.add([(A, Fraction(1)), (B, Fraction(-1)), (("", "2"), Fraction(-1))], (0, 0))
    assert system.code(A) != system.code(B)
    assert system.code(A, constants=False) == system.code(B, constants=False)
    assert system.code(A, constants=False) != system.code(C, constants=False)
