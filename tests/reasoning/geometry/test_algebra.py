import json
import math
from dataclasses import replace
from fractions import Fraction

import pytest

from pellucid.errors import DataError
from pellucid.reasoning.geometry.algebra import prove
from pellucid.reasoning.geometry.certificate import Certificate
from pellucid.reasoning.geometry.diagram import holds
from pellucid.reasoning.geometry.jgex import parse
from pellucid.reasoning.geometry.problem import Problem, Statement

pytest.importorskip("flint")

THEOREMS = {
    "altitudes": "a b c = triangle; h = on_tline b a c, on_tline c a b ? perp a h b c",
    "euler line": (
        "a b c = triangle; h = orthocenter a b c; o = circle a b c; p q r g = centroid "
        "a b c ? coll h g o"
    ),
    "nine points": "a b c = triangle; p q r n = ninepoints a b c; d = foot a b c ? cong n d n p",
    "simson": (
        "a b c = triangle; o = circle a b c; p = on_circle o a; x = foot p b c; y = "
        "foot p c a; z = foot p a b ? coll x y z"
    ),
    "pappus": (
        "a b = segment; p q = segment; c = on_line a b; r = on_line p q; x = on_line a "
        "q, on_line p b; y = on_line a r, on_line p c; z = on_line b r, on_line q c ? "
        "coll x y z"
    ),
    "incentre and arc": (
        "a b c = triangle; o = circle a b c; i = incenter a b c; m = on_line a i, "
        "on_circle o a ? cong m b m i"
    ),
    "feuerbach, by distance": (
        "a b c = triangle; x y z i = incenter2 a b c; p q r n = ninepoints a b c; t = "
        "on_circle n p, on_circle i x ? coll t n i"
    ),
    "power of a point": (
        "o a = segment; b = on_circle o a; c = on_circle o a; p = on_line a b; d = "
        "on_line p c, on_circle o a ? eqratio p a p c p d p b"
    ),
    "two equal angles": "a b = segment; c = on_bline a b ? eqangle a b a c b c b a",
    "napoleon's centre, on one side": (
        "a b = segment; c = s_angle a b 120o, s_angle b a 60o ? aconst c a c b 60o"
    ),
    "ptolemy's right angle": "a b = segment; c = on_dia a b ? r2const a b a b 1; perp a c c b",
    "radical axis": (
        "a b = segment; c = on_circle a b; d = on_circle b a, on_circle a c; e = "
        "on_circle b a, on_circle a b ? cong a d a e"
    ),
    "common tangents": (
        "o w = segment; a = lconst o 1/4; b = lconst w 1/5; x y z t = cc_tangent o a w "
        "b; p = on_line x y, on_line z t ? coll o w p"
    ),
}


@pytest.mark.parametrize("name", THEOREMS)
def test_theorems_are_proved(name):
    problem = parse(THEOREMS[name], name=name)
    result = prove(problem)
    assert result.status == "proved", result.reason
    assert all(holds(goal, result.diagram) for goal in problem.goals)


@pytest.mark.parametrize(
    "name", ["altitudes", "simson", "pappus", "incentre and arc", "two equal angles"]
)
def test_theorems_about_one_wrong_point_are_refuted(name):
    problem = parse(THEOREMS[name])
    goal = problem.goals[0]
    for k in range(len(goal.points)):
        for point in problem.points:
            points = (*goal.points[:k], point, *goal.points[k + 1 :])
            wrong = replace(problem, goals=(Statement(goal.name, points),))
            result = prove(wrong, diagrams=10)
            if result.proved:
                # What is accepted must hold in the proof's own figure, and in others.
                assert holds(wrong.goals[0], prove(wrong, seed=5).diagram)
            else:
                assert result.status == "false"
                assert not holds(wrong.goals[0], result.diagram)


def test_one_branch_is_proved_where_it_is_drawn():
    text = "a b = segment; c = eq_triangle a b; d = eq_triangle a b ? perp a b c d"
    result = prove(parse(text))
    assert result.status == "proved on the drawn branch"
    assert result.certificate.branch == "drawn"
    assert result.diagram["c"][1] * result.diagram["d"][1] < 0


def test_what_says_nothing_is_not_proved():
    result = prove(parse("a b = segment; c = mirror a b; d = mirror a b ? perp c d a b"))
    assert result.status == "false"
    assert "c and d are different points" in result.reason
    result = prove(parse("a b = segment; c = on_line a b; d = on_line a b ? cyclic a b c d"))
    assert result.status == "false"


def test_points_that_coincide_make_no_line():
    """Once the line a w was taken for the line a b, as x was held to be a second point of both."""
    text = "a b w = triangle; x = on_line a b, on_line a w ? coll a b w"
    assert prove(parse(text)).status == "false"
    with pytest.raises(DataError, match="x and a are different points"):
        prove(parse(text.replace("?", "; y = on_line x a ?")))


def test_a_point_that_is_another_one_is_remarked():
    text = "a b c = triangle; m = midpoint a b; n = on_line a b, on_bline a b ? cong c n c m"
    result = prove(parse(text))
    assert result.proved
    assert result.reason.endswith("n and m are the same point")


def test_a_branch_that_cannot_be_drawn_is_named():
    text = "a b c = triangle; i = incenter a b c ? eqangle b a a i i a a c; sameclock a b i a i b"
    assert prove(parse(text)).status == "false"
    wrong = "a b c = triangle; i = excenter a b c; d = angle_bisector a b c ? coll b d i"
    result = prove(parse(wrong))
    assert result.status == "false"
    assert "another sign of a root" in result.reason


@pytest.mark.parametrize(
    ("text", "status"),
    [
        ("a b c = triangle; m = midpoint a b; n = midpoint a c ? sameclock a b c a m n", "proved"),
        ("a b c = triangle; m = midpoint a b ? ncoll a m c", "proved"),
        ("a b c = triangle ? npara a b a c; diff b c", "proved"),
        ("b a c = between ? obtuse_angle a b c", "undecided"),
    ],
)
def test_inequalities_are_proved_by_signs_or_left_open(text, status):
    assert prove(parse(text)).status == status


def test_an_angle_beyond_square_roots_is_left_open():
    result = prove(parse("a b = segment; c = s_angle b a 20o; d = mirror c a ? aconst a b a d 20o"))
    assert result.status == "undecided"
    assert "no cosine by square roots" in result.reason


def test_lengths_that_are_given_are_kept():
    text = "a b = segment; c = lconst a 3; d = on_tline a a c, lconst a 4 ? lconst c d 5"
    assert prove(parse(text)).proved
    assert prove(parse(text.replace("c d 5", "c d 6"))).status == "false"


def test_problems_without_clauses_are_refused():
    with pytest.raises(DataError, match="needs clauses"):
        prove(Problem("x", (), (), at={"a": (0.0, 0.0)}))


def _value(expression, numbers):
    return eval(expression.replace("^", "**"), {"__builtins__": {}}, numbers)


@pytest.mark.parametrize(
    "name", ["nine points", "incentre and arc", "common tangents", "altitudes"]
)
def test_a_certificate_is_the_figure_that_it_names(name):
    problem = parse(THEOREMS[name], name=name)
    certificate = prove(problem).certificate
    assert Certificate.from_json(certificate.to_json()) == certificate
    assert parse(certificate.problem, name=name) == problem
    numbers = {item.name: float(Fraction(item.value)) for item in certificate.parameters}
    for radical in certificate.radicals:
        assert math.isclose(_value(radical.radicand, numbers), radical.value**2, rel_tol=1e-9)
        numbers[radical.name] = radical.value
    for point, (x, y) in certificate.coordinates.items():
        assert _value(x, numbers) == pytest.approx(certificate.sample[point][0], abs=1e-8)
        assert _value(y, numbers) == pytest.approx(certificate.sample[point][1], abs=1e-8)
    for condition in certificate.conditions:
        assert abs(_value(condition.expression, numbers)) > 1e-9
    words = " ".join(condition.words for condition in certificate.conditions)
    assert "different points" in words


def test_a_certificate_at_other_parameters_obeys_the_goal():
    certificate = prove(parse(THEOREMS["simson"])).certificate
    assert certificate.radicals == ()
    numbers = {item.name: Fraction(k + 2, 7) for k, item in enumerate(certificate.parameters)}
    places = {
        point: tuple(map(float, (_value(x, numbers), _value(y, numbers))))
        for point, (x, y) in certificate.coordinates.items()
    }
    assert holds(Statement("coll", ("x", "y", "z")), places)


@pytest.mark.parametrize("change", ["", "[]", "{}", '{"format": "other"}'])
def test_what_is_no_certificate_is_refused(change):
    with pytest.raises(DataError, match="not a certificate"):
        Certificate.from_json(change)
    text = prove(parse(THEOREMS["altitudes"])).certificate.to_json()
    data = json.loads(text)
    del data["goals"]
    with pytest.raises(DataError, match="'goals'"):
        Certificate.from_json(json.dumps(data))
