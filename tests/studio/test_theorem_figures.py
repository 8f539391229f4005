"""What is drawn of statements and problems, where it is drawn, and where names stand."""

import cmath
import math
import random

import pytest

from pellucid.reasoning.geometry.jgex import parse
from pellucid.reasoning.geometry.plane import circle_through
from pellucid.reasoning.geometry.problem import Statement
from pellucid.reasoning.geometry.statements import PREDICATES
from pellucid.studio.theorems.labels import HEIGHT, _half, labels
from pellucid.studio.theorems.scene import scene
from pellucid.studio.theorems.shapes import Angle, Area, Circle, Segment, Ticks, shapes
from pellucid.studio.theorems.view import MARGIN, view

AT = {"a": 0j, "b": 4 + 0j, "c": 1 + 3j, "d": 1 + 0j, "m": 2 + 0j, "p": 5 + 2j}


def _shapes(text, at=AT):
    name, *points = text.split()
    return shapes(Statement(name, tuple(points)), at)


def _only(found, kind):
    return [shape for shape in found if isinstance(shape, kind)]


def test_a_circle_through_three_points_is_equally_far_from_them():
    rng = random.Random(0)
    for _ in range(50):
        points = [complex(rng.gauss(0, 1), rng.gauss(0, 1)) for _ in range(3)]
        centre, radius = circle_through(*points)
        assert all(abs(abs(p - centre) - radius) < 1e-6 * radius for p in points)
    assert circle_through(0j, 1 + 1j, 2 + 2j) is None


def test_a_line_is_drawn_from_its_first_point_to_its_last():
    (line,) = _shapes("coll d a b m")
    assert {line.start, line.end} == {AT["a"], AT["b"]}


def test_a_right_angle_is_marked_where_its_lines_cross():
    found = _shapes("perp c d a b")
    (mark,) = _only(found, Angle)
    assert mark.right
    assert abs(mark.corner - AT["d"]) < 1e-12
    # It opens towards the longer part of each line.
    ends = {mark.start, mark.start + mark.sweep}
    assert {round(math.degrees(e)) % 360 for e in ends} == {0, 90}


def test_a_line_that_does_not_reach_a_right_angle_is_extended():
    at = {**AT, "c": 1 + 3j, "e": 1 + 1j}
    found = _shapes("perp c e a b", at)
    dashed = [s for s in _only(found, Segment) if s.dashed]
    assert [(s.start, s.end) for s in dashed] == [(1 + 1j, pytest.approx(1 + 0j))]


def test_equal_angles_are_drawn_equal_even_where_they_are_supplements():
    """As angles of lines, that of ca and cb is that of pb and pa turned back, or its rest."""
    rng = random.Random(1)
    for _ in range(40):
        at = {n: complex(rng.gauss(0, 1), rng.gauss(0, 1)) for n in "abcpqr"}
        turn = (at["c"] - at["a"]) / (at["b"] - at["a"])
        # pr is turned from pq as ac from ab, on either side of p.
        side = rng.choice((1, -1))
        at["r"] = at["p"] + side * rng.uniform(0.5, 2) * (at["q"] - at["p"]) * turn / abs(turn)
        one, two = _only(_shapes("eqangle a b a c p q p r", at), Angle)
        assert abs(abs(one.sweep) - abs(two.sweep)) < 1e-6
        assert one.sweep * two.sweep > 0
        assert cmath.rect(1, one.sweep) == pytest.approx(turn / abs(turn))


def test_equal_lengths_have_equal_ticks_and_ratios_have_two_kinds():
    assert [t.kind for t in _only(_shapes("cong a m m b"), Ticks)] == [1, 1]
    assert [t.kind for t in _only(_shapes("eqratio a b a c a d a m"), Ticks)] == [1, 2, 1, 2]
    assert len(_only(_shapes("midp m a b"), Ticks)) == 2


def test_triangles_are_filled():
    one, two = _only(_shapes("simtri a b c a d c"), Area)
    assert one.corners == (AT["a"], AT["b"], AT["c"])
    assert (one.kind, two.kind) == (1, 2)


@pytest.mark.parametrize("name", [n for n, p in PREDICATES.items() if p.side is None])
def test_every_equation_has_a_picture(name):
    if name != "eqratio3":
        points = tuple("abcdmp"[k % 6] for k in range(PREDICATES[name].count))
        assert shapes(Statement(name, points), AT)


def test_a_line_with_several_points_is_drawn_once():
    problem = parse(
        "a b c = triangle; d = midpoint a b; e = midpoint d b; f = foot c a b ? cong d e e b"
    )
    places = {"a": (0, 0), "b": (4, 0), "c": (1, 3), "d": (2, 0), "e": (3, 0), "f": (1, 0)}
    drawn = scene(problem, places)
    horizontal = [s for s in _only(drawn.given, Segment) if s.start.imag == s.end.imag == 0]
    assert [{s.start, s.end} for s in horizontal] == [{0j, 4 + 0j}]
    squares = [a for a in _only(drawn.given, Angle) if a.right]
    assert [s.corner for s in squares] == [pytest.approx(1 + 0j)]
    # ad = db is one kind of length, de = eb another.
    kinds = {(t.start, t.end): t.kind for t in _only(drawn.given, Ticks)}
    assert kinds[0j, 2 + 0j] == kinds[4 + 0j, 2 + 0j] != kinds[2 + 0j, 3 + 0j]


def test_circles_of_constructions_are_drawn_and_radii_of_bisectors_are_not():
    problem = parse(
        "a b c = triangle; o = circumcenter a b c; x = on_circle o a; y = on_bline a b "
        "? cong o x o b"
    )
    places = {"a": (1, 0), "b": (0, 1), "c": (-1, 0), "o": (0, 0), "x": (0, -1), "y": (3, 3)}
    (circle,) = _only(scene(problem, places).given, Circle)
    assert circle == Circle(0j, 1.0)


def test_a_goal_that_is_false_is_drawn_without_marks():
    text = "a b c = triangle; h = foot a b c ? perp a h a b"
    places = {"a": (0, 3), "b": (-1, 0), "c": (3, 0), "h": (0, 0)}
    goal = scene(parse(text), places).goal
    assert _only(goal, Segment)
    assert not _only(goal, Angle)
    true = scene(parse(text.replace("perp a h a b", "perp a h b c")), places).goal
    assert _only(true, Angle)


def _random_scene(seed):
    rng = random.Random(seed)
    places = {n: (rng.gauss(0, 3), rng.gauss(0, 3)) for n in ("a", "b", "c")}
    text = "a b c = triangle; o = circumcenter a b c; m = midpoint b c ? perp o m b c"
    a, b, c = (complex(*places[n]) for n in "abc")
    centre, _ = circle_through(a, b, c)
    middle = (b + c) / 2
    places |= {"o": (centre.real, centre.imag), "m": (middle.real, middle.imag)}
    return scene(parse(text), places)


@pytest.mark.parametrize("seed", range(12))
def test_all_points_and_names_are_in_the_picture(seed):
    drawn = _random_scene(seed)
    over = view(drawn)
    assert max(over.width, over.height) > 500
    for z in drawn.at.values():
        place = over.place(z)
        assert MARGIN - 1e-6 <= place.real <= over.width - MARGIN + 1e-6
        assert MARGIN - 1e-6 <= place.imag <= over.height - MARGIN + 1e-6
    for label in labels(drawn, over):
        assert _half(label.name) < label.x < over.width - _half(label.name)
        assert HEIGHT / 2 < label.y < over.height - HEIGHT / 2


@pytest.mark.parametrize("seed", range(12))
def test_names_lie_on_no_point_and_on_no_other_name(seed):
    drawn = _random_scene(seed)
    over = view(drawn)
    found = labels(drawn, over)
    for k, one in enumerate(found):
        for other in found[:k]:
            apart = abs(one.x - other.x) > 10 or abs(one.y - other.y) > HEIGHT - 1
            assert apart, (one, other)
        for z in map(over.place, drawn.at.values()):
            assert abs(one.x - z.real) > 6 or abs(one.y - z.imag) > 6


def test_names_keep_off_lines_where_there_is_room():
    """A triangle with its middles: each name has free room beside its point."""
    text = "a b c = triangle; m = midpoint b c; n = midpoint a c ? para m n a b"
    places = {"a": (0, 0), "b": (6, 0), "c": (2, 5), "m": (4, 2.5), "n": (1, 2.5)}
    drawn = scene(parse(text), places)
    over = view(drawn)
    lines = [s for s in (*drawn.given, *drawn.goal) if isinstance(s, Segment)]
    for label in labels(drawn, over):
        for line in lines:
            a, b = over.place(line.start), over.place(line.end)
            share = ((complex(label.x, label.y) - a) / (b - a)).real
            near = a + min(max(share, 0), 1) * (b - a)
            assert abs(near - complex(label.x, label.y)) > 6, label


def test_the_picture_is_not_turned_over():
    drawn = _random_scene(0)
    over = view(drawn)
    up, down = (max, min)
    top = up(drawn.at.values(), key=lambda z: z.imag)
    bottom = down(drawn.at.values(), key=lambda z: z.imag)
    assert over.place(top).imag < over.place(bottom).imag
