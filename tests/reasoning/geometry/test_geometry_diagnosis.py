from fractions import Fraction

import pytest

from pellucid.reasoning.geometry.algebra import prove
from pellucid.reasoning.geometry.canonical import key, says_nothing
from pellucid.reasoning.geometry.diagnosis import BRANCH, FAILS, PARTLY, VACUOUS, diagnose
from pellucid.reasoning.geometry.diagram import holds
from pellucid.reasoning.geometry.gaps import gap
from pellucid.reasoning.geometry.jgex import parse
from pellucid.reasoning.geometry.problem import Statement
from pellucid.reasoning.geometry.statements import PREDICATES
from pellucid.reasoning.geometry.synthetic.telling import FORMATS, statement_in_words

FEET = (
    "a b c = triangle; d = foot a b c; e = foot b c a; h = on_line a d, on_line b e; "
    "m = midpoint a b"
)
PLACES = {"a": (0.0, 0.0), "b": (4.0, 0.0), "c": (1.0, 3.0), "d": (2.0, 0.2), "m": (2.0, 0.0)}


def _said(text):
    return parse(f"{' '.join(PLACES)} = pentagon ? {text}").goals[0]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("perp a c a b", "the angle between AC and AB is 71.6 degrees, not 90"),
        ("para a c a b", "the angle between AC and AB is 71.6 degrees, not 0"),
        ("cong a c a b", "AC is 3.16 and AB is 4"),
        ("coll a b d", "D is off line AB by 5 % of its length"),
        (
            # The circle through a, b and c has its centre at (2, 1).
            "cyclic a b c d",
            "D is 0.8 from the centre of the circle through A, B and C, whose radius is 2.24",
        ),
        ("cyclic a m b c", "A, M and B are on one line there"),
        ("midp d a b", "D is away from the middle of AB by 5 % of its length"),
        ("circle m a b c", "M is 2 from A and 3.16 from C"),
        ("eqratio a b a m a c a b", "AB/AM is 2 and AC/AB is 0.791"),
        ("rconst a b a m 3", "AB/AM is 2, not 3"),
        ("aconst a b a c 45o", "AB to AC is a turn by 71.6 degrees, not 45"),
        ("lconst a b 5", "AB is 4, not 5"),
        ("ncoll a m b", "the opposite is so"),
        ("simtri a c b a b c", "the ratios of their sides go from 0.791 to 1.26"),
    ],
)
def test_how_far_a_statement_is_from_being_true(text, expected):
    assert gap(_said(text), PLACES) == expected


def test_a_gap_is_told_of_every_kind_of_statement():
    names = list(PLACES)
    for name, predicate in PREDICATES.items():
        points = tuple((names * 2)[k] for k in range(predicate.count))
        value = None if predicate.value is None else Fraction(1, 3)
        assert gap(Statement(name, points, value), PLACES)


def test_angles_that_are_equal_in_the_other_direction_are_told_so():
    equilateral = {**PLACES, "c": (2.0, 3.0)}
    told = gap(_said("eqangle a c a b b c b a"), equilateral)
    assert told.endswith("the same in the other direction; change the order of two lines")
    assert "other direction" not in gap(_said("eqangle a c a b b a b d"), equilateral)


@pytest.mark.parametrize(
    ("goal", "kind", "words", "mend"),
    [
        ("perp c h a c", FAILS, "degrees, not 90", "perp c h a b"),
        ("cyclic a b d m", FAILS, "the centre of the circle through A, B and D", "cyclic a b d e"),
        ("simtri a b c d e c", FAILS, "turn in opposite ways", "simtrir a b c d e c"),
        ("rconst a b a m 3", FAILS, "AB/AM is 2, not 3", "rconst a b a m 2"),
        ("aconst a b c h 80o", FAILS, "a turn by 90 degrees, not 80", "aconst a b c h 1/2"),
    ],
)
def test_a_false_goal_is_measured_and_what_may_be_meant_is_offered(goal, kind, words, mend):
    problem = parse(f"{FEET} ? {goal}")
    found = diagnose(problem, prove(problem))
    assert found.kind == kind
    assert words in found.lines[0]
    assert mend in map(str, found.mends)
    assert not holds(problem.goals[0], found.places)
    assert all(holds(said, found.places) for said in found.mends)
    assert prove(parse(f"{FEET} ? {mend}")).proved


def test_what_is_given_is_offered_where_nothing_else_is_true():
    problem = parse("a b c = triangle; m = midpoint b c ? cong m a b c")
    found = diagnose(problem, prove(problem))
    assert "cong m b m c" not in map(str, found.mends)  # two points differ
    problem = parse("a b c = triangle; m = midpoint b c ? cong m a m c")
    assert [key(s) for s in diagnose(problem, prove(problem)).mends] == [
        key(Statement("cong", ("m", "b", "m", "c")))
    ]


def test_a_goal_about_points_that_are_one_is_vacuous():
    problem = parse("a b c = triangle; m = midpoint a b; n = midpoint b a ? para m n a c")
    found = diagnose(problem, prove(problem))
    assert found.kind == VACUOUS
    assert "it needs that m and n are different points" in found.lines[0]


def test_a_goal_that_is_true_of_another_branch_is_told_so():
    """It is true if i is another of the four centres from which all sides are equally far."""
    problem = parse(
        "a b c = triangle; i = incenter a b c; j = excenter a b c; k = foot i a b; l = foot j a b "
        "? cong a k b l"
    )
    found = diagnose(problem, prove(problem))
    assert found.kind == BRANCH
    assert "true on another branch only" in found.lines[0]
    assert "In a figure that obeys all clauses, AK is" in found.lines[1]


def test_a_goal_that_holds_where_it_is_drawn_is_told_so():
    """d may be on either side of a; on that of b it mirrors c in the bisector."""
    problem = parse(
        "a b c = triangle; i = incenter a b c; d = on_line a b, on_circle a c ? cong i d i c"
    )
    result = prove(problem)
    found = diagnose(problem, result)
    assert result.status == "proved on the drawn branch"
    assert found.kind == PARTLY
    assert "not on every branch" in found.lines[0]
    assert not holds(problem.goals[0], found.places)
    assert holds(problem.goals[0], result.diagram)


def test_of_a_theorem_there_is_nothing_to_tell():
    problem = parse(f"{FEET} ? perp c h a b")
    assert diagnose(problem, prove(problem)) is None


def test_the_same_in_other_words_has_one_key():
    def same(one, other):
        return key(_said(one)) == key(_said(other))

    assert same("coll a b c", "coll c a b")
    assert same("cong a b c d", "cong d c a b")
    assert same("perp a b c d", "perp c d b a")
    assert same("eqangle a b c d a c b d", "eqangle c d a b b d a c")
    assert same("eqangle a b c d a c b d", "eqangle a b a c c d b d")
    assert same("simtri a b c b c d", "simtri b c a c d b")
    assert not same("simtri a b c b c d", "simtri a c b b c d")
    assert not same("perp a b c d", "para a b c d")
    assert not same("eqangle a b c d a c b d", "eqangle a b c d b d a c")
    assert not same("rconst a b c d 1/2", "rconst a b c d 1/3")
    assert not same("midp m a b", "midp a m b")


@pytest.mark.parametrize(
    ("text", "empty"),
    [
        ("cong a b b a", True),
        ("coll a a b", True),
        ("para a b b a", True),
        ("eqangle a b c d b a d c", True),
        ("simtri a b c a b c", True),
        ("perp a b c c", True),
        ("perp a b b c", False),
        ("cong a b a c", False),
    ],
)
def test_what_says_nothing(text, empty):
    assert says_nothing(_said(text)) == empty


@pytest.mark.parametrize("name", PREDICATES)
def test_every_kind_of_statement_can_be_told_in_words(name):
    points = tuple("abcdefgh"[: PREDICATES[name].count])
    value = None if PREDICATES[name].value is None else Fraction(1, 3)
    for form in FORMATS:
        told = statement_in_words(Statement(name, points, value), form)
        assert all(point.upper() in told for point in points)
