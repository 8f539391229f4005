"""Candidates stand where their constructions say, and meet what the oracle says they meet."""

import random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pellucid.reasoning.geometry.auxiliary import points as at
from pellucid.reasoning.geometry.auxiliary.candidates import KINDS, Candidate, batches
from pellucid.reasoning.geometry.auxiliary.incidence import FEATURES, incidences, standing
from pellucid.reasoning.geometry.auxiliary.known import known_objects
from pellucid.reasoning.geometry.auxiliary.picture import Picture
from pellucid.reasoning.geometry.auxiliary.pool import Described, by_surplus, pool
from pellucid.reasoning.geometry.auxiliary.pool import given as said_by
from pellucid.reasoning.geometry.definitions import facts
from pellucid.reasoning.geometry.diagram import draw, holds
from pellucid.reasoning.geometry.jgex import parse
from pellucid.reasoning.geometry.oracle import Oracle
from pellucid.reasoning.geometry.problem import Problem
from pellucid.reasoning.geometry.synthetic.closure import Closure

FIGURE = parse(
    "a b c = triangle a b c; o = circle o a b c; d = on_circle d o a; m = midpoint m b c;"
    "h = orthocenter h a b c; e = foot e a b c; w = circle w b c h ? perp a h b c"
)
numbers = st.floats(-2, 2).map(lambda x: round(x, 3))
places = st.builds(complex, numbers, numbers)


def diagrams(problem: Problem) -> list:
    return [draw(problem, seed) for seed in (0, 1)]


def array(*values: complex) -> np.ndarray:
    return np.array([values])


@settings(max_examples=60, deadline=None)
@given(places, places, places)
def test_the_centre_is_equally_far_from_all_three(a, b, c):
    if abs(at.cross(array(b - a), array(c - a))[0, 0]) < 1e-2:
        return
    o = at.centre(array(a), array(b), array(c))[0, 0]
    assert abs(o - a) == pytest.approx(abs(o - b), rel=1e-6)
    assert abs(o - a) == pytest.approx(abs(o - c), rel=1e-6)


@settings(max_examples=60, deadline=None)
@given(places, places, places, places)
def test_lines_meet_on_both_and_the_foot_is_nearest(p, u, q, v):
    if abs(at.cross(array(u), array(v))[0, 0]) < 1e-2:
        return
    x = at.meeting(array(p), array(u), array(q), array(v))[0, 0]
    assert abs(at.cross(array(x - p), array(u))[0, 0]) < 1e-6 * (1 + abs(x))
    assert abs(at.cross(array(x - q), array(v))[0, 0]) < 1e-6 * (1 + abs(x))
    foot = at.foot(array(q), array(p), array(u))[0, 0]
    assert abs(at.dot(array(q - foot), array(u))[0, 0]) < 1e-6
    assert abs(q - foot) <= abs(q - p) + 1e-9


def test_circles_meet_in_the_points_of_a_known_figure():
    unit, other = array(0j), array(1 + 0j)
    one, two = at.on_both(unit, np.ones((1, 1)), other, np.ones((1, 1)))
    assert sorted([one[0, 0].imag, two[0, 0].imag]) == pytest.approx([-(3**0.5) / 2, 3**0.5 / 2])
    apart = at.on_both(unit, np.ones((1, 1)), array(5 + 0j), np.ones((1, 1)))
    assert np.isnan(apart[0]).all()


@pytest.fixture(scope="module")
def made():
    """All candidates of the figure: what is known, and the batches."""
    picture = Picture.of(diagrams(FIGURE))
    given_ = facts(FIGURE)
    closure = Closure(draw(FIGURE, 0), given_)
    closure.run()
    known = known_objects(picture, closure.knowledge, given_, picture.lines(), picture.circles())
    return picture, known, list(batches(picture, known))


def test_each_kind_of_candidate_is_made_and_obeys_its_construction(made):
    picture, _, every = made
    rng = random.Random(0)
    seen = set()
    for batch in every:
        stand = np.flatnonzero(standing(picture, batch.places)[0])
        for row in rng.sample(stand.tolist(), min(4, len(stand))):
            names = tuple(picture.names[i] for i in batch.given[row])
            candidate = Candidate(batch.kind, names, tuple(batch.places[:, row]))
            for place, diagram in zip(candidate.places, picture.places, strict=True):
                where = {n: (z.real, z.imag) for n, z in zip(picture.names, diagram, strict=True)}
                where["x"] = (place.real, place.imag)
                for fact in said_by(candidate.clause("x")):
                    if fact.name != "diff":
                        assert holds(fact, where, tolerance=1e-6), (batch.kind, fact)
            seen.add(batch.kind)
    assert seen >= {*KINDS} - {"circles through three", "circle and circle through three"}


def test_lines_and_circles_of_a_picture_are_those_of_the_figure(made):
    picture, _, _ = made
    lines = {tuple(picture.names[i] for i in line) for line in picture.lines()}
    assert {("b", "c", "m", "e"), ("a", "h", "e")} <= lines
    assert sum(len(line) > 2 for line in lines) == 3
    assert ("o", "m", "w") in lines
    circles = {
        (tuple(picture.names[i] for i in c.members), c.centre and picture.names[c.centre])
        for c in picture.circles()
    }
    assert (("a", "b", "c", "d"), "o") in circles


def test_the_mirror_of_the_orthocentre_meets_the_circle_and_nothing_is_met_by_accident(made):
    picture, _, every = made
    at_ = {name: i for i, name in enumerate(picture.names)}
    asked = np.zeros(picture.count, dtype=bool)
    reflections = next(batch for batch in every if batch.kind == "reflection")
    stand = standing(picture, reflections.places)[0]
    met = incidences(picture, reflections.places, picture.lines(), picture.circles(), asked)
    on_circle = {
        tuple(row)
        for row, count, ok in zip(
            reflections.given.tolist(), met[:, FEATURES.index("circles")], stand, strict=True
        )
        if ok and count
    }
    b, c, m = sorted((at_["b"], at_["c"], at_["m"]))[0], at_["c"], at_["m"]
    assert any(row[0] == at_["h"] and {*row[1:]} <= {b, c, m, at_["e"]} for row in on_circle)
    # A point mirrored in a line is on the circle where the line is a diameter, or by the
    # orthocentre; a point that is on no circle is not brought there.
    assert not any(row[0] == at_["m"] and at_["o"] not in row for row in on_circle)


def test_what_candidates_meet_is_true_by_the_oracle():
    """Of the heaviest candidates, all lines through them hold in 12 other figures."""
    ds = diagrams(FIGURE)
    closure = Closure(ds[0], facts(FIGURE))
    closure.run()
    picture = Picture.of(ds)
    chosen = pool(picture, closure.knowledge, facts(FIGURE), FIGURE.goals, by_surplus)
    rng = random.Random(3)
    checked = 0
    for candidate in chosen.draw(rng, 12):
        problem = Problem("x", (*FIGURE.clauses, candidate.clause("x")), ())
        if candidate.kind not in ("midpoint", "mirror", "reflection", "foot", "lines", "centre"):
            continue
        oracle = Oracle(problem, trials=6, diagrams=6)
        seen = Picture.of([*(oracle.diagrams[k].places for k in range(6))])
        ours = Picture.of(
            [{**d, "x": (z.real, z.imag)} for d, z in zip(ds, candidate.places, strict=True)]
        )
        mine = {line for line in ours.lines() if len(line) > 2}
        assert mine == {line for line in seen.lines() if len(line) > 2}
        checked += 1
    assert checked >= 2


def test_points_in_one_place_are_one_in_a_picture():
    problem = parse("a b c = triangle a b c; m = midpoint m b c; n = midpoint n b c ? coll m b c")
    assert Picture.of(diagrams(problem)).names == ("a", "b", "c", "m")


def test_a_phantom_point_is_a_candidate_until_it_is_known_to_be_there():
    """The foot of an altitude is where a side meets the circle of the midpoints again."""
    problem = parse(
        "a b c = triangle a b c; d = midpoint d b c; e = midpoint e c a; f = midpoint f a b;"
        "h = foot h a b c ? cyclic d e f h"
    )
    ds = diagrams(problem)
    closure = Closure(ds[0], facts(problem))
    assert ("line and circle through three", "h") in phantoms(ds, closure, problem)
    closure.run()
    assert closure.holds(problem.goals[0])
    assert ("line and circle through three", "h") not in phantoms(ds, closure, problem)


def phantoms(ds: list, closure: Closure, problem: Problem) -> set[tuple[str, str]]:
    """Kinds of phantom points, and where they stand."""
    picture = Picture.of(ds)
    chosen = pool(picture, closure.knowledge, facts(problem), problem.goals, by_surplus)
    return {
        (part.batch.kind, picture.names[standing(picture, part.batch.places)[1][member]])
        for part in chosen.chosen
        if part.described.phantom
        for member in part.members
    }


def test_worth_grows_with_surplus_and_kinds_are_balanced():
    """A hundred candidates of one kind together weigh not 100 times, but 100^0.3 times one."""
    one = np.array([[1, 0, 0, 0, 0, 0, 0]])
    alone = by_surplus(Described("foot", one, np.zeros(1), False))
    many = by_surplus(Described("lines", np.repeat(one, 100, axis=0), np.zeros(100), False))
    assert many.sum() / alone.sum() == pytest.approx(100**0.3)
    better = np.array([[1, 0, 0, 0, 0, 0, 0], [1, 1, 0, 0, 0, 0, 0], [0, 0, 0, 1, 0, 0, 0]])
    weights = by_surplus(Described("foot", better, np.zeros(3), False))
    assert weights[1] == pytest.approx(4 * weights[0])
    assert weights[2] == 0
