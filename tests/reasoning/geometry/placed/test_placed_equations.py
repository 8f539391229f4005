from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pellucid.reasoning.geometry.coordinates import read_statement
from pellucid.reasoning.geometry.diagram import in_floats
from pellucid.reasoning.geometry.placed.curves import CIRCLE, LINE, PENCILS, curve, kind
from pellucid.reasoning.geometry.placed.equations import (
    equations,
    gradients,
    off,
    parts,
    refined,
    residual,
)
from pellucid.reasoning.geometry.vectors import Vector

SAID = (
    "coll x a b",
    "para x a b c",
    "perp x a b c",
    "perp x a x b",
    "cong x a b c",
    "cong x a x b",
    "cong x a a b",
    "eqangle x a a b b c c d",
    "eqangle x a x b c a c b",
    "eqangle a x x b c a c d",
    "eqangle a b a x a x a c",
    "eqratio x a x b c d a d",
    "eqratio x a b c c d a d",
    "aconst a b a x 1/3",
    "aconst x a x b 1/4",
    "rconst x a x b 2",
    "rconst x a b c 3/2",
    "cyclic a b c x",
    "distseq a x b x a c 1 1 -1/2",
)
"""Of which x is on a line or a circle once the others stand."""
NEAR = st.floats(-0.3, 0.3)
PLACES = st.lists(st.tuples(NEAR, NEAR), min_size=5, max_size=5)
CORNERS = {"a": 0j, "b": 4 + 0.3j, "c": 3.1 + 3j, "d": -1 + 2.2j, "x": 1.7 - 1.9j}


def scattered(shifts):
    return {p: z + complex(*s) for (p, z), s in zip(CORNERS.items(), shifts, strict=True)}


def measure(equation, at):
    if equation.system == "length":
        return sum(abs(k) * abs(at[a] - at[b]) for (a, b), k in equation.terms)
    return np.pi if equation.system == "direction" else 1.0


def only(text):
    (equation,) = equations(read_statement(text))
    return equation


@given(PLACES, st.sampled_from(SAID))
@settings(max_examples=60, deadline=None)
def test_slopes_are_the_limits_of_differences(shifts, text):
    at, equation, step = scattered(shifts), only(text), 1e-6
    points = tuple(at)
    (row,) = gradients([equation], at, points)
    for k, point in enumerate(points):
        for j, direction in enumerate((1, 1j)):
            moved = [{**at, point: at[point] + s * step * direction} for s in (1, -1)]
            ends = [off(equation, one) * measure(equation, one) for one in moved]
            change = ends[0] - ends[1]
            change -= np.pi * round(change / np.pi) if equation.system == "direction" else 0.0
            assert row[2 * k + j] == pytest.approx(change / (2 * step), abs=1e-5)


@given(PLACES, st.sampled_from(SAID))
@settings(max_examples=150, deadline=None)
def test_a_point_of_which_an_equation_holds_is_on_its_curve(shifts, text):
    equation = only(text)
    if kind(equation, "x") is None:
        return  # an ellipse
    at = refined([equation], scattered(shifts), ["x"], rounds=60)
    if abs(off(equation, at)) > 1e-10 or abs(at["x"]) > 50:
        return  # Newton's method went astray, or no point has that ratio
    figure = in_floats({p: (z.real, z.imag) for p, z in at.items() if p != "x"})
    if kind(equation, "x") == "bisector":
        along = [curve(figure, equation, "x").along]
        along.append(along[0].turned())
        out = Vector(at["x"].real, at["x"].imag) - figure.at("a")
        assert min(abs(u.cross(out)) for u in along) < 1e-7 * max(1, abs(at["x"]))
        return
    locus = curve(figure, equation, "x")
    scale = 1 + abs(at["x"]) ** 2
    if kind(equation, "x") == CIRCLE:
        scale += locus.square
    assert abs(locus.contains(Vector(at["x"].real, at["x"].imag))) < 1e-6 * scale
    figure.put("x", Vector(at["x"].real, at["x"].imag))
    assert abs(residual(figure, equation)) < 1e-6 * 50**4


@pytest.mark.parametrize(
    ("text", "point", "found"),
    [
        ("coll x a b", "x", LINE),
        ("cong x a x b", "x", LINE),
        ("cong x a b c", "x", CIRCLE),
        ("cong x a b c", "b", CIRCLE),
        ("perp x a x b", "x", CIRCLE),
        ("perp x a x b", "a", LINE),
        ("eqangle b t b a e a e t", "a", PENCILS),
        ("eqangle c a c x c x c b", "c", None),
        ("cong x a b x", "x", LINE),
        ("eqratio x a b c x b c d", "x", CIRCLE),
        ("eqratio x a b c c d x b", "x", None),
    ],
)
def test_which_curve_an_equation_leaves(text, point, found):
    assert kind(only(text), point) == found


def test_statements_about_many_points_are_taken_apart():
    assert [str(s) for s in parts(read_statement("coll a b c d"))] == ["coll a b c", "coll a b d"]
    assert [str(s) for s in parts(read_statement("circle o a b c"))] == [
        "circle o a b",
        "circle o a c",
    ]
    assert len(equations(read_statement("midp m a b"))) == 2
    assert len(equations(read_statement("simtri a b c d e f"))) == 2
    assert len(equations(read_statement("contri a b c d e f"))) == 3
    assert equations(read_statement("distseq a b b c a c 1 1 -1 2")) == ()


def test_numbers_of_ratios_are_squared():
    assert only("rconst a b c d 3/2").square == Fraction(4, 9)
    assert only("lconst a b 5").square == Fraction(1, 25)
