import math
import random
from fractions import Fraction

import pytest

from pellucid.errors import DataError
from pellucid.reasoning.geometry.diagram import clarity, draw, facts, holds
from pellucid.reasoning.geometry.jgex import parse
from pellucid.reasoning.geometry.oracle import Oracle, judge
from pellucid.reasoning.geometry.planning import make_plan
from pellucid.reasoning.geometry.problem import Statement

SQUARE = {
    "a": (0.0, 0.0),
    "b": (2.0, 0.0),
    "c": (2.0, 2.0),
    "d": (0.0, 2.0),
    "m": (1.0, 1.0),
    "e": (4.0, 0.0),
    "f": (1.0, 0.0),
}

TRUE = [
    "coll a f b e",
    "coll a m c",
    "para a b c d",
    "perp a c b d",
    "cong a m m d",
    "cyclic a b c d",
    "midp m a c",
    "circle m a b c d",
    "eqangle a b a c a c a d",
    "eqratio a f a b a m a c",
    "simtri a b c c d a",
    "simtrir a b c a d c",
    "contri a b c c d a",
    "contrir a b c a d c",
    "aconst a b a c 45o",
    "aconst a c a b 135o",
    "s_angle b a c 45o",
    "rconst a f a b 1/2",
    "r2const a c a b 2",
    "lconst a b 2",
    "l2const a c 8",
    "eqratio3 a b c d m m",
    "ncoll a b c",
    "npara a c b d",
    "nperp a b a c",
    "diff a b",
    "sameclock a b c b c d",
    "sameside e a b f c d",
    "nsameside m a c f c d",
    "obtuse_angle a f c",
]
FALSE = [
    "coll a b c",
    "para a b a c",
    "perp a b a c",
    "cong a b a c",
    "cyclic a b c m",
    ("cyclic a f b e"),
    "midp a b c",
    "circle a b c d",
    "eqangle a b a c a d a c",
    "eqratio a f a b a b a c",
    "simtri a b c a d c",
    "simtrir a b c c d a",
    "contri a f m a e c",
    "aconst a b a c 135o",
    "rconst a f a b 2",
    "lconst a c 2",
    "coll a a b",
    "cong a a b b",
    "perp a a b c",
    "diff a a",
    "ncoll a b e",
    "npara a b c d",
    "nperp a c b d",
    "sameclock a b c c b a",
    ("nsameside e a b f c d"),
]


def statement(text):
    free = "; ".join(f"{point} = free" for point in SQUARE)
    return parse(f"{free} ? {text}").goals[0]


@pytest.mark.parametrize("text", TRUE)
def test_what_is_true_of_a_square(text):
    assert holds(statement(text), SQUARE)


@pytest.mark.parametrize("text", FALSE)
def test_what_is_false_or_empty_of_a_square(text):
    assert not holds(statement(text), SQUARE)


def test_a_moved_point_breaks_what_it_is_in():
    moved = SQUARE | {"c": (2.01, 2.02), "b": (2.03, 0.01)}
    for text in ("coll a m c", "para a b c d", "perp a c b d", "cyclic a b c d", "midp m a c"):
        assert not holds(statement(text), moved)


def test_facts_are_said_once_and_in_order():
    problem = parse("a b = segment; m = midpoint a b; n = midpoint a b ? coll a m n")
    assert [str(fact) for fact in facts(problem)] == ["diff a b", "midp m a b", "midp n a b"]


def test_a_drawing_is_repeatable_and_its_goals_hold():
    problem = parse("a b = segment; c = eq_triangle a b; d = eq_triangle a b ? perp a b c d")
    places = draw(problem, 3)
    assert places == draw(problem, 3)
    assert places != draw(problem, 4)
    assert holds(problem.goals[0], places)


def test_side_conditions_are_obeyed():
    for seed in range(5):
        places = draw(
            parse("b a c = between; x = between_bound a c; d = on_opline a c ? coll a b x"), seed
        )
        assert places["a"][0] < places["b"][0] < places["c"][0]
        assert places["a"][0] < places["x"][0] < places["c"][0]
        assert not places["a"][0] <= places["d"][0] <= places["c"][0]


def test_an_incentre_is_within():
    for seed in range(5):
        places = draw(
            parse("a b c = triangle; i = incenter a b c; e = excenter a b c ? coll a i e"), seed
        )
        a, b, c, i, e = (complex(*places[name]) for name in "abcie")
        weights = [abs(b - c), abs(c - a), abs(a - b)]
        assert math.isclose(
            abs((weights[0] * a + weights[1] * b + weights[2] * c) / sum(weights) - i),
            0,
            abs_tol=1e-9,
        )
        weights[0] *= -1
        assert math.isclose(
            abs((weights[0] * a + weights[1] * b + weights[2] * c) / sum(weights) - e),
            0,
            abs_tol=1e-9,
        )


def test_clarity_is_the_least_distance_by_the_greatest():
    assert clarity({"a": (0, 0), "b": (1, 0), "c": (4, 0)}) == 0.25
    assert clarity({"a": (0, 0), "b": (math.inf, 0)}) == 0


def test_a_point_where_two_loci_meet_already_is_found():
    problem = parse(
        "a b c = triangle; o = circle a b c; d = on_line a c, on_circle o b; e = "
        "on_circum a b d ? cong o e o a"
    )
    plan = make_plan(problem, random.Random(0))
    assert plan.known["d"] in "ac"
    assert (
        make_plan(
            parse("a b = segment; c = on_circle a b, on_circle b a ? cong a c b c"),
            random.Random(0),
        ).known
        == {}
    )


def test_an_incentre_makes_the_sides_rational():
    problem = parse("a b c = triangle; i = incenter a b c; j = excenter a b c ? coll a i j")
    assert make_plan(problem, random.Random(0)).style == "halves"
    assert make_plan(parse("a b c = triangle ? coll a b c"), random.Random(0)).style == "plain"


def test_the_oracle_tells_theorems_from_coincidences():
    problem = parse(
        "a b c = triangle; h = orthocenter a b c; o = circle a b c; g1 g2 g3 g = "
        "centroid a b c ? coll h g o"
    )
    oracle = Oracle(problem)
    assert oracle.true(problem.goals[0])
    assert oracle.judge(problem.goals[0]).always
    verdict = oracle.judge(Statement("coll", ("h", "a", "o")))
    assert (verdict.residues, verdict.diagrams, verdict.sometimes) == (0, 0, False)
    assert "0 of 6 diagrams" in str(verdict)
    assert not oracle.true(Statement("coll", ("h", "h", "o")))
    assert oracle.true(Statement("rconst", ("h", "g", "g", "o"), Fraction(2)))


def test_what_holds_on_one_branch_only_is_seen():
    problem = parse(
        "a b = segment; c = eq_triangle a b; d = psquare a b ? cong c a d a; aconst a d a c 30o"
    )
    verdict = judge(problem, trials=30, diagrams=20)
    assert 0 < verdict.residues < 30
    assert 0 < verdict.diagrams < 20
    assert verdict.sometimes
    assert not verdict.always


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            ("a b = segment; c = on_line a b; d = circle a b c ? cong d a d b"),
            "a, b and c are not on one line",
        ),
        (
            ("a b c = triangle; d = on_pline c a b; e = on_line a b, on_line c d ? coll a b e"),
            "line a b is not parallel to line c d",
        ),
        (
            ("a b c = triangle; x = on_line a b, on_line b c, on_line c a ? coll a b x"),
            "more than two lines or circles",
        ),
        (
            (
                "a b = segment; c = lconst a 1, lconst b 9; d = lconst a 2; x = trisect a b c d"
                " ? coll a b c"
            ),
            "does not fit",
        ),
    ],
)
def test_problems_without_a_figure_are_told_so(text, message):
    with pytest.raises(DataError, match=message) as caught:
        Oracle(parse(text))
    assert "\n" not in str(caught.value)
