import cmath
import random

import pytest

from pellucid.errors import DataError
from pellucid.reasoning.geometry.canonical import key
from pellucid.reasoning.geometry.diagram import holds
from pellucid.reasoning.geometry.discovery import discover
from pellucid.reasoning.geometry.front import parse_text
from pellucid.reasoning.geometry.jgex import parse
from pellucid.reasoning.geometry.oracle import Oracle
from pellucid.reasoning.geometry.problem import Statement
from pellucid.reasoning.geometry.relations import seeming

NINE_POINTS = (
    "a b c = triangle; d = foot a b c; e = foot b c a; f = foot c a b; "
    "l = midpoint a b; m = midpoint b c; n = midpoint c a"
)
ALTITUDES = "a b c = triangle; d = foot a b c; e = foot b c a; h = on_line a d, on_line b e"


def _found(text, **settings):
    return discover(parse_text(text, goalless=True), **settings)


def _keys(found):
    return {key(fact.statement): fact for fact in found.facts}


def _said(name, points, value=None):
    return key(Statement(name, tuple(points), value))


def test_the_circle_of_nine_points_is_found_as_one():
    found = _keys(_found(NINE_POINTS))
    circle = found[_said("cyclic", "deflmn")]
    assert circle.steps > 10
    assert circle.everywhere
    assert not any(
        fact.statement.name == "cyclic" and fact is not circle
        for fact in found.values()
        if set(fact.statement.points) <= set("deflmn")
    )


def test_the_third_altitude_is_found_and_what_is_given_is_not():
    found = _found(ALTITUDES)
    keys = _keys(found)
    assert _said("perp", "abch") in keys or _said("perp", "chab") in keys
    assert _said("perp", "adbc") not in keys
    assert _said("coll", "bcd") not in keys
    assert all(fact.steps != 0 for fact in found.facts)
    assert found.complete


def test_facts_are_ranked_by_how_far_they_are_from_what_is_given():
    steps = [fact.steps for fact in _found(NINE_POINTS).facts]
    derived = [step for step in steps if step is not None]
    assert derived == sorted(derived)
    assert steps[: len(derived)] == derived


def test_what_is_true_and_not_derived_comes_last_and_is_told_so():
    """Pascal's line, which the rules do not give."""
    found = _found(
        "a b c = triangle; d = on_circum a b c; e = on_circum a b c; f = on_circum a b c; "
        "x = on_line a b, on_line d e; y = on_line b c, on_line e f; z = on_line c d, on_line f a"
    )
    last = found.facts[-1]
    assert key(last.statement) == _said("coll", "xyz")
    assert last.steps is None
    assert str(last).endswith("(true, not derived)")


def test_all_that_is_listed_is_true_in_other_figures():
    problem = parse_text(NINE_POINTS, goalless=True)
    judge = Oracle(problem, trials=6, diagrams=4, seed=5)
    assert all(judge.true(fact.statement) for fact in discover(problem).facts)


def test_what_is_true_of_the_drawn_branch_alone_is_told_so():
    found = _found("a b c = triangle; i = incenter a b c; d = on_line a b, on_circle a c")
    kinds = {fact.everywhere for fact in found.facts}
    assert kinds <= {True, False}
    branch = [fact for fact in found.facts if not fact.everywhere]
    assert all("where it is drawn" in str(fact) for fact in branch)


def test_in_little_time_less_is_found_and_it_is_said():
    found = _found(NINE_POINTS, seconds=0.0)
    assert not found.complete


def test_points_by_coordinates_are_one_figure_of_which_nothing_can_be_told():
    with pytest.raises(DataError, match="one figure, and says nothing of others"):
        discover(parse_text("a@0_0 = ; b@1_0 = ? cong a b a b"))


def test_what_seems_true_of_a_square_with_its_centre():
    places = {"a": (0.0, 0.0), "b": (2.0, 0.0), "c": (2.0, 2.0), "d": (0.0, 2.0), "o": (1.0, 1.0)}
    turn = random.Random(1).uniform(0, 6)
    at = {name: complex(*place) * cmath.rect(1, turn) for name, place in places.items()}
    turned = {name: (z.real, z.imag) for name, z in at.items()}
    found = {key(statement) for statement in seeming(turned)}
    assert _said("cyclic", "abcd") in found
    assert _said("coll", "aoc") in found
    assert _said("midp", "obd") in found
    assert _said("para", "abcd") in found
    assert _said("perp", "acbd") in found


def test_what_seems_true_is_true_where_it_was_seen():
    problem = parse(f"{NINE_POINTS} ? cong a b a b")
    places = Oracle(problem).diagrams[0].places
    statements = list(seeming(places))
    assert len(statements) > 30
    assert all(holds(statement, places, tolerance=1e-5) for statement in statements)
