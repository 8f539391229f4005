"""Wu's method: known theorems, known failures, and the algebra of its one operation."""

import re
from itertools import combinations

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from pellucid.errors import DataError
from pellucid.reasoning.geometry import wu as wu_module
from pellucid.reasoning.geometry.algebra import PROVED, UNDECIDED
from pellucid.reasoning.geometry.characteristic_set import characteristic_set, reduced
from pellucid.reasoning.geometry.coordinates import parse as parse_coordinates
from pellucid.reasoning.geometry.jgex import parse
from pellucid.reasoning.geometry.oracle import Oracle
from pellucid.reasoning.geometry.problem import Statement
from pellucid.reasoning.geometry.pseudo_division import (
    coefficients,
    initial,
    main_variable,
    primitive,
    pseudo_divide,
)
from pellucid.reasoning.geometry.rings import make_ring
from pellucid.reasoning.geometry.sparse_polynomials import SparseRing
from pellucid.reasoning.geometry.wu import prove_by_wu, wu

THEOREMS = {
    "Simson": "a b c = triangle a b c; o = circle o a b c; d = on_circle d o a; e = foot e d a b;"
    " f = foot f d b c; g = foot g d c a ? coll e f g",
    "altitudes": "a b c = triangle a b c; h = on_tline h a b c, on_tline h b a c ? perp c h a b",
    "nine points": "a b c = triangle a b c; d = midpoint d b c; e = midpoint e c a;"
    " f = midpoint f a b; g = foot g a b c ? cyclic d e f g",
    "Euler's line": "a b c = triangle a b c; o = circle o a b c; h = orthocenter h a b c;"
    " x y z g = centroid x y z g a b c ? coll o g h",
    "Pappus": "a b = segment a b; c = on_line c a b; p q = segment p q; r = on_line r p q;"
    " x = on_line x a q, on_line x b p; y = on_line y a r, on_line y c p;"
    " z = on_line z b r, on_line z c q ? coll x y z",
    "Desargues": "s a b = triangle s a b; c = free c; p = on_line p s a; q = on_line q s b;"
    " r = on_line r s c; x = on_line x a b, on_line x p q; y = on_line y b c, on_line y q r;"
    " z = on_line z c a, on_line z r p ? coll x y z",
    "inscribed angles": "a b c = triangle a b c; o = circle o a b c; d = on_circle d o a"
    " ? eqangle c a c b d a d b",
    "Thales": "a b = segment a b; o = midpoint o a b; c = on_circle c o a ? perp c a c b",
    "power of a point": "a b c = triangle a b c; o = circle o a b c; d = on_circle d o a;"
    " x = on_line x a b, on_line x c d ? eqratio x a x c x d x b",
    "incentre": "a b c = triangle a b c; i = incenter i a b c; x = foot x i a b;"
    " y = foot y i b c ? cong i x i y",
}
MISTAKES = {
    "circumcentre on a side": "a b c = triangle a b c; o = circle o a b c ? coll a b o",
    "three feet": "a b c = triangle a b c; d = free d; e = foot e d a b; f = foot f d b c;"
    " g = foot g d c a ? coll e f g",
    "isosceles": "a b c = triangle a b c; h = orthocenter h a b c ? cong h a h b",
}
SQUARES = (
    "a b c = triangle a b c; d = on_circle d a c, on_tline d a a c;"
    " e = on_circle e b c, on_tline e b b c; f = midpoint f d e ? cong f a f b"
)
"""Squares on two sides: true where one is drawn inwards, on two of four components."""
TWICE = (
    "a b c = triangle a b c; d = on_circle d a b, on_line d a c; e = on_circle e a b, on_line e a c"
    " ? midp a d e"
)
"""Both points where a line meets a circle: the second one is the first, unless that is left out."""


@pytest.mark.parametrize("name", THEOREMS)
def test_a_theorem_leaves_no_remainder(name):
    result = prove_by_wu(parse(THEOREMS[name]))
    assert (result.status, result.steps[-1].terms) == (PROVED, 0)


@pytest.mark.parametrize("name", MISTAKES)
def test_a_mistake_leaves_a_remainder(name):
    result = prove_by_wu(parse(MISTAKES[name]))
    assert result.status == UNDECIDED
    left = re.search(r"leaves a remainder of (\d+) terms: it fails on some", result.reason)
    assert left is not None
    assert int(left[1]) == result.steps[-1].terms > 0


def test_what_is_true_on_some_components_only_is_undecided_and_says_so():
    reasons = {prove_by_wu(parse(SQUARES), seed=seed).reason for seed in range(8)}
    assert {reason.partition(": ")[2] for reason in reasons} == {
        "it holds on some component of the figure, and not on all",
        "it fails on some component of the figure",
    }


def test_a_component_on_which_two_points_are_one_is_split_off():
    split, plain = (prove_by_wu(parse(TWICE), split=split) for split in (True, False))
    assert (split.status, plain.status) == (PROVED, UNDECIDED)
    assert "e and d are different points" in [condition.words for condition in split.conditions]


def test_of_all_triples_those_are_proved_which_are_on_a_line():
    text = "a b c = triangle a b c; o = circle o a b c; h = orthocenter h a b c; m = midpoint m o h"
    oracle = Oracle(parse(f"{text} ? coll a b c"))
    for points in combinations("abcohm", 3):
        said = Statement("coll", points)
        assert prove_by_wu(parse(f"{text} ? {said}")).proved == oracle.true(said), said


@pytest.mark.parametrize("name", [*THEOREMS, *MISTAKES])
def test_the_chain_is_triangular(name):
    result = prove_by_wu(parse({**THEOREMS, **MISTAKES}[name]))
    order = [int(equation.variable[1:]) for equation in result.chain]
    assert order == sorted(set(order))
    for equation in result.chain:
        assert equation.variable.startswith("x")
        found = {int(x) for x in re.findall(r"x(\d+)", equation.text)}
        assert max(found) == int(equation.variable[1:])
        powers = re.findall(rf"{equation.variable}\^(\d+)", equation.text)
        assert equation.degree == max(map(int, powers), default=1)


def test_altitudes_by_hand():
    """The foot of h on ab is that of c: h.x = c.x, which is x1 = u2; and its height follows."""
    result = prove_by_wu(parse(THEOREMS["altitudes"]))
    assert result.variables == {"u1": "c.x", "u2": "c.y", "x1": "h.x", "x2": "h.y"}
    assert len(result.chain) == 2
    assert all(equation.degree == 1 for equation in result.chain)
    assert [condition.polynomial for condition in result.conditions] == ["u2"] * len(
        result.conditions
    )


@pytest.mark.parametrize("name", ["Simson", "nine points", "isosceles"])
def test_the_plain_ring_gives_the_same(name, monkeypatch):
    problem = parse({**THEOREMS, **MISTAKES}[name])
    by_flint = prove_by_wu(problem)
    monkeypatch.setattr(wu_module, "make_ring", SparseRing)
    assert prove_by_wu(problem) == by_flint


def test_the_bench_asks_it():
    assert wu("Thales", THEOREMS["Thales"], 3)[0] == PROVED
    assert wu("isosceles", MISTAKES["isosceles"], 3)[0] == UNDECIDED


@pytest.mark.parametrize(
    ("text", "match"),
    [
        ("a b c = triangle a b c ? sameside a b c a b c", "no equation"),
        (
            "a b c = triangle a b c; d = midpoint d a b; e = midpoint e b a ? coll c d e",
            "no figure",
        ),
    ],
)
def test_what_it_cannot_do_is_an_error(text, match, monkeypatch):
    monkeypatch.setattr(wu_module, "FIGURES", 20)
    with pytest.raises(DataError, match=match):
        prove_by_wu(parse(text))


def test_coordinates_are_no_clauses():
    with pytest.raises(DataError, match="needs clauses"):
        prove_by_wu(parse_coordinates("a@0_0 b@1_0 c@0.5_0 = coll a b c ? coll a c b"))


# Polynomials in x > y > z.

TERMS = st.dictionaries(
    st.tuples(st.integers(0, 3), st.integers(0, 2), st.integers(0, 2)),
    st.integers(-9, 9).filter(bool),
    min_size=1,
    max_size=5,
)
RING = make_ring(["x", "y", "z"])


def polynomial(ring, terms):
    total = ring.constant(0)
    for powers, factor in terms.items():
        product = ring.constant(factor)
        for k, power in enumerate(powers):
            for _ in range(power):
                product = product * ring.variable(k)
        total = total + product
    return total


@settings(max_examples=40, deadline=None)
@given(TERMS, TERMS)
def test_pseudo_division_leaves_a_lower_remainder_of_a_multiple(f, g):
    for ring in (RING, SparseRing(["x", "y", "z"])):
        a, b = polynomial(ring, f), polynomial(ring, g)
        assume(ring.degrees(b)[0] > 0)
        division, lead = pseudo_divide(ring, a, b, 0), initial(ring, b, 0)
        multiple = a
        for _ in range(division.power):
            multiple = multiple * lead
        if multiple != division.remainder:
            quotient = ring.divide(multiple - division.remainder, b)
            assert quotient * b + division.remainder == multiple
        assert division.remainder == 0 or (ring.degrees(division.remainder)[0] < ring.degrees(b)[0])
        assert division.power <= max(ring.degrees(a)[0] - ring.degrees(b)[0] + 1, 0)


@settings(max_examples=40, deadline=None)
@given(TERMS)
def test_coefficients_are_those_of_the_powers(f):
    a, total = polynomial(RING, f), RING.constant(0)
    for part in reversed(coefficients(RING, a, 1)):
        assert part == 0 or RING.degrees(part)[1] == 0
        total = total * RING.variable(1) + part
    assert total == a


@settings(max_examples=40, deadline=None)
@given(TERMS, st.integers(2, 7))
def test_a_primitive_part_is_the_same_of_all_multiples(f, factor):
    a = polynomial(RING, f)
    assert primitive(RING, a * factor) == primitive(RING, a) == primitive(RING, -a)
    assert RING.content(primitive(RING, a)) == 1


def test_a_characteristic_set_by_hand():
    """A circle and a line: y = x eliminates y, and 2 x^2 = z is left."""
    x, y, z = (RING.variable(k) for k in (1, 0, 2))
    chain = characteristic_set(RING, [x * x + y * y - z, y - x], (1, 0))
    assert chain == [(1, 2 * x * x - z), (0, y - x)]
    assert main_variable(RING, z) == 2
    for a in (x * x + y * y - z, y - x, (y - x) * (x + z)):
        assert reduced(RING, a, chain) == 0
    assert reduced(RING, y + x, chain) != 0


def test_equations_that_contradict_have_no_characteristic_set():
    x = RING.variable(1)
    assert characteristic_set(RING, [x - 1, x - 2], (1, 0)) is None
