"""The kernel of the checker: which steps of a proof follow, and which do not."""

from fractions import Fraction

import pytest

from pellucid.reasoning.geometry.check_proof import theorems
from pellucid.reasoning.geometry.drawn import Drawn
from pellucid.reasoning.geometry.kernel import Ground, Step, follow
from pellucid.reasoning.geometry.meanings import NOT, Refused, read_statement

PLACES = {"a": 0j, "b": 4 + 0j, "m": 2 + 0j, "c": 1 + 3j, "n": 0.5 + 1.5j, "q": 2 + 0j}


def check(given, steps, goal, places=PLACES):
    ground = Ground(Drawn(places), theorems(), [read_statement(text) for text in given])
    made = [
        Step(read_statement(text), rule, premises, letters, rows_)
        for text, rule, premises, letters, rows_ in steps
    ]
    follow(made, read_statement(goal), ground)


def given_steps(*texts):
    return [(text, "given", [], [], []) for text in texts]


def test_one_equation_of_several_does_not_make_a_statement():
    """That m is on ab does not make it the midpoint, though it is drawn there."""
    steps = given_steps("coll m a b")
    for row in range(3):
        linear = ("midp m a b", "linear", [1], [], [(1, row, Fraction(1))])
        with pytest.raises(Refused, match="does not follow by 'linear'"):
            check(["coll m a b"], [*steps, linear], "midp m a b")
    with pytest.raises(Refused, match="does not follow by 'together'"):
        check(["coll m a b"], [*steps, ("midp m a b", "together", [1], [], [])], "midp m a b")
    both = given_steps("coll m a b", "cong m a m b")
    good = ("midp m a b", "together", [1, 2], [], [])
    check(["coll m a b", "cong m a m b"], [*both, good], "midp m b a")


def test_that_points_are_not_on_a_line_is_never_used_as_if_they_were():
    for said in ("coll m a b", "para m a m b"):
        with pytest.raises(Refused, match="does not follow by 'given'"):
            check(["ncoll m a b"], given_steps(said), said)
    with pytest.raises(Refused, match="not true"):
        check(["ncoll a b c"], given_steps("ncoll a b c"), "ncoll a b c")
    assert {"ncoll", "npara", "nperp", "diff"} == NOT


def test_a_theorem_needs_all_its_premises():
    places = {**PLACES, "c": 2 + 2j}
    right = ["perp c a c b", "coll m a b", "cong m a m b"]
    for premises, letters, good in (
        ([1, 2, 3], "macb", True),
        ([1, 2], "macb", False),
        ([1, 2, 2], "macb", False),
        ([1, 2, 3], "mbca", False),
    ):
        step = ("cong m a m c", "hypotenuse", premises, list(letters), [])
        if good:
            check(right, [*given_steps(*right), step], "cong m c m a", places)
        else:
            with pytest.raises(Refused, match="does not follow by 'hypotenuse'"):
                check(right, [*given_steps(*right), step], "cong m c m a", places)


def test_a_theorem_needs_what_is_to_be_seen():
    """Base angles: abm are on a line, where the angles are equal whatever the sides are."""
    angle = "eqangle m a a b a b m b"
    step = ("cong m a m b", "isosceles converse", [1], ["m", "a", "b"], [])
    with pytest.raises(Refused, match="does not follow by 'isosceles converse'"):
        check([angle], [*given_steps(angle), step], "cong m a m b")
    raised = {**PLACES, "m": 2 + 1j}
    check([angle], [*given_steps(angle), step], "cong m a m b", raised)


def test_circles_are_joined_by_three_points_that_are_drawn_apart():
    z = {"a": 5 + 0j, "b": 5j, "d": 3 + 4j, "e": 3 - 4j, "t": 5 + 0j}
    for first, second, good in (
        ("cyclic a b d t", "cyclic d b a e", True),
        ("cyclic a b d t", "cyclic b a e t", False),
    ):
        proof = [*given_steps(first, second), ("cyclic a b d e", "one circle", [1, 2], [], [])]
        if good:
            check([first, second], proof, "cyclic e d b a", z)
        else:
            with pytest.raises(Refused, match="does not follow by 'one circle'"):
                check([first, second], proof, "cyclic e d b a", z)


def test_points_at_one_distance_from_a_centre_are_on_a_circle():
    z = {"o": 0j, "a": 5 + 0j, "b": 5j, "c": 3 + 4j, "d": -5 + 0j}
    links = ["cong o a o b", "cong o b o c", "cong o d o c"]
    last = ("cyclic a b c d", "circle about a centre", [1, 2, 3], [], [])
    check(links, [*given_steps(*links), last], "cyclic a b c d", z)
    for wrong in (["cong o a o b", "cong o b o c", "cong o d d o"], [*links[:2], "cong a d d a"]):
        with pytest.raises(Refused, match=r"does not follow|not true"):
            check(wrong, [*given_steps(*wrong), last], "cyclic a b c d", z)


def test_similar_triangles_may_be_named_from_any_corner():
    z = {"a": 0j, "b": 4 + 0j, "c": 1 + 3j, "p": 10 + 0j, "q": 10 + 2j, "r": 8.5 + 0.5j}
    given = ["simtri a b c p q r"]
    for goal in ("simtri b c a q r p", "simtri a c b p r q", "simtri r q p c b a"):
        check(given, given_steps(*given), goal, z)
    for goal in ("simtri a b c q p r", "simtrir a b c p q r", "contri a b c p q r"):
        with pytest.raises(Refused, match="does not say the goal"):
            check(given, given_steps(*given), goal, z)


def test_curves_that_touch_do_not_make_two_points_one():
    """The circle about a and the line from c: through q across, or touching it."""
    for x, good in ((1 + 3j, True), (2 + 3j, False)):
        places = {**PLACES, "c": x}
        loci = ["cong a m a q", "para c m c q"]
        proof = [*given_steps(*loci), ("same m q", "two loci", [1, 2], [], [])]
        if good:
            check(loci, proof, "same q m", places)
        else:
            with pytest.raises(Refused, match="does not follow by 'two loci'"):
                check(loci, proof, "same q m", places)


@pytest.mark.parametrize("place", [complex("nan"), complex("inf"), 1e12 + 0j])
def test_a_figure_stands_somewhere(place):
    with pytest.raises(Refused, match="have to stand"):
        Drawn({**PLACES, "a": place})


def test_a_proof_says_its_goal_and_its_goal_says_something():
    steps = given_steps("cong a m m b")
    check(["midp m a b"], steps, "cong m b m a")
    for goal in ("cong a m m c", "cong a m m a", "coll a m b"):
        with pytest.raises(Refused, match="does not say the goal"):
            check(["midp m a b"], steps, goal)
    with pytest.raises(Refused, match="does not say the goal"):
        check(["midp m a b"], [], "cong m b m a")
