"""Statements as equations: what each says, and wrong input."""

import math
import random
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pellucid.errors import DataError
from pellucid.reasoning.geometry.problem import Statement
from pellucid.reasoning.geometry.synthetic.equations import PI, logarithm, rows, single
from pellucid.reasoning.geometry.synthetic.figure import Figure

SQUARE = {"a": (0.0, 0.0), "b": (1.0, 0.0), "c": (1.0, 1.0), "d": (0.0, 1.0), "m": (0.5, 0.5)}


def said(text: str) -> Statement:
    name, *words = text.split()
    numbers = [Fraction(w) for w in words if not w.isalpha()]
    points = tuple(w for w in words if w.isalpha())
    if name == "distseq":
        return Statement(name, points, None, tuple(numbers))
    return Statement(name, points, numbers[0] if numbers else None)


@pytest.mark.parametrize(
    "text",
    [
        "para a b c d",
        "perp a b b c",
        "coll a m c",
        "cong a b c d",
        "midp m a c",
        "circle m a b c d",
        "cyclic a b c d",
        "eqangle a b a c c d c a",
        "eqangle a b a c b c a b 3/4",
        "aconst a b a c 1/4",
        "s_angle b a c 1/4",
        "eqratio a b a c c d c a",
        "rconst a c a m 2",
        "r2const a c a b 2",
        "lconst a b 1",
        "l2const a c 2",
        "simtri a b c c d a",
        "contri a b c c d a",
        "simtrir a b c a d c",
        "contrir a b m c b m",
        "distseq a m m c a c 1 1 -1",
    ],
)
def test_true_statements_of_a_square_are_true(text):
    assert Figure(SQUARE).true(said(text))


@pytest.mark.parametrize(
    "text",
    [
        "para a b b c",
        "perp a c b c",
        "coll a b c",
        "cong a b a c",
        "midp b a c",
        "aconst a c a b 1/4",
        "eqangle a b a c c a c d",
        "rconst a m a c 2",
        "simtri a b c a d c",
        "simtrir a b c c d a",
        "distseq a m m c a c 1 1 1",
        "circle a b c d",
    ],
)
def test_false_statements_of_a_square_are_false(text):
    assert not Figure(SQUARE).true(said(text))


def test_four_points_that_miss_a_circle_by_little_are_not_concyclic():
    places = {**SQUARE, "d": (0.0, 1.001)}
    assert not Figure(places).true(said("cyclic a b c d"))


def test_a_ratio_of_two_to_three_is_exact():
    (ratio, length) = rows(said("rconst a b c d 2/3"))
    assert dict(ratio.terms)[("", "2")] == -1
    assert dict(ratio.terms)[("", "3")] == 1
    assert dict(length.terms)[("c", "d")] == Fraction(-2, 3)


def test_what_says_nothing_has_no_equations():
    assert rows(said("cong a b b a")) == ()
    assert rows(said("coll a b b")) == ()
    assert rows(said("eqangle a b c d b a c d")) == ()


def test_the_right_angle_is_half_of_pi():
    (row,) = rows(said("perp a b c d"))
    assert dict(row.terms)[PI] == Fraction(-1, 2)


def test_only_single_equations_are_sums():
    assert single(said("eqratio a b c d a b c d"))
    assert not single(said("coll a b c"))


@given(st.fractions(min_value=Fraction(1, 500), max_value=500, max_denominator=500))
def test_logarithms_are_sums_of_those_of_primes(value):
    total = sum(float(k) * math.log(int(p)) for (_, p), k in logarithm(value).items())
    assert math.isclose(total, math.log(value), abs_tol=1e-9)


@given(st.integers(0, 10**6))
def test_similar_images_of_a_triangle_are_similar(seed):
    rng = random.Random(seed)
    abc = [complex(rng.gauss(0, 1), rng.gauss(0, 1)) for _ in range(3)]
    factor, shift = complex(rng.gauss(0, 1), 1.0), complex(rng.gauss(0, 1), rng.gauss(0, 1))
    for mirrored, name in ((False, "simtri"), (True, "simtrir")):
        pqr = [factor * (z.conjugate() if mirrored else z) + shift for z in abc]
        places = {n: (z.real, z.imag) for n, z in zip("abcpqr", abc + pqr, strict=True)}
        figure = Figure(places)
        if figure.turn("a", "b", "c"):
            assert figure.true(Statement(name, tuple("abcpqr")))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("parallel a b c d", "no statement is called 'parallel'"),
        ("para a b c", "takes 4, as in 'para a b c d'"),
        ("perp a a b c", "one point"),
        ("aconst a b c d", "needs a number"),
        ("rconst a b c d -1", "needs a positive number"),
        ("distseq a b b c 1", "one for each two points"),
    ],
)
def test_wrong_statements_say_what_to_do(text, words):
    with pytest.raises(DataError, match=words):
        rows(said(text))


def test_a_point_that_the_figure_lacks_is_named():
    with pytest.raises(DataError, match="speaks of z"):
        Figure(SQUARE).true(said("coll a b z"))
