"""What follows, and what must not: each rule's theorem, special figures, figures near by."""

import random

import pytest
from textbook import equations_of, foot, near_figure, said, theorem, theorems

from pellucid.errors import DataError
from pellucid.reasoning.geometry.synthetic import Closure
from pellucid.reasoning.geometry.synthetic.equations import rows
from pellucid.reasoning.geometry.synthetic.figure import Figure

THEOREMS = {t.name: t for t in theorems()}
SQUARE = {"a": (0.0, 0.0), "b": (1.0, 0.0), "c": (1.0, 1.0), "d": (0.0, 1.0), "o": (0.5, 0.5)}


@pytest.mark.parametrize("name", THEOREMS)
def test_theorems_of_school_are_derived(name):
    t = THEOREMS[name]
    closure = Closure(t.points, t.facts)
    assert closure.run([t.goal], seconds=10) == "proved"
    assert closure.holds(t.goal)


@pytest.mark.parametrize("name", THEOREMS)
def test_without_a_fact_that_is_needed_a_theorem_is_not_derived(name):
    t = THEOREMS[name]
    closure = Closure(t.points, t.facts[1:])
    assert closure.run([t.goal], seconds=10) == "saturated"
    assert not closure.holds(t.goal)


def test_a_special_figure_proves_nothing():
    closure = Closure(SQUARE, [])
    assert closure.run() == "saturated"
    assert closure.knowledge.facts == []


SPECIAL = [
    "cyclic a b c d",
    "cong a b a d",
    "cong a b b c, cong b c c d, cong c d d a",
    "para a b c d, para a d b c",
    "midp o a c, midp o b d",
    "perp a c b d, coll a o c, coll b o d",
    "perp a b b c, cyclic a b c d",
    "cong o a o b, cong o b o c",
    "para a b c d, cong a d b c",
    "para a b c d, cyclic a b c d",
    "eqangle a b a c a c a d, cyclic a b c d",
]


@pytest.mark.parametrize("facts", SPECIAL)
def test_what_is_derived_in_a_square_is_true_in_figures_near_by(facts):
    """The facts are true in a square; what follows from them has to be true without it."""
    assumed = [said(text) for text in facts.split(",")]
    closure = Closure(SQUARE, assumed)
    assert closure.run(seconds=10) == "saturated"
    _true_near_by(closure, SQUARE, assumed)


@pytest.mark.parametrize("name", THEOREMS)
def test_what_is_derived_without_one_fact_is_true_without_it(name):
    t = THEOREMS[name]
    for left_out in range(len(t.facts)):
        kept = [fact for k, fact in enumerate(t.facts) if k != left_out]
        closure = Closure(t.points, kept)
        closure.run(seconds=10)
        _true_near_by(closure, t.points, kept)


def _true_near_by(closure, points, assumed):
    other = near_figure(points, assumed, random.Random(1))
    if other is None:
        return
    figure = Figure(other)
    for fact in closure.knowledge.facts:
        if fact.statement.name == "same":
            continue
        for part in equations_of(fact.statement):
            for row in rows(part):
                off = abs(figure.residual(row))
                assert not off > 1e-6, f"{fact} is not true near by"


def test_near_figures_exist_for_most_of_these():
    found = [
        near_figure(SQUARE, [said(f) for f in facts.split(",")], random.Random(1))
        for facts in SPECIAL
    ]
    assert sum(figure is not None for figure in found) >= 9


def test_equal_chords_prove_no_right_angle():
    """The angle over a diameter is its own opposite in the figure: it must not be chosen."""
    points = {"a": (0.6, 0.8), "b": (-1.0, 0.0), "c": (1.0, 0.0), "d": (0.0, -1.0)}
    closure = Closure(points, [said("cyclic a b c d")])
    closure.run()
    assert not closure.holds(said("perp a b a c"))


def test_a_fact_that_is_not_true_is_named():
    with pytest.raises(DataError, match="'perp a c b c' is assumed"):
        Closure(SQUARE, [said("perp a c b c")])


def test_time_is_kept():
    t = THEOREMS["nine points"]
    assert Closure(t.points, t.facts).run([t.goal], seconds=0) == "out of time"


def test_the_same_facts_are_derived_each_time():
    t = THEOREMS["nine points"]
    first, second = (Closure(t.points, t.facts) for _ in range(2))
    for closure in (first, second):
        closure.run(seconds=20)
    assert first.knowledge.facts == second.knowledge.facts


def test_an_auxiliary_point_may_be_added_later():
    """The middle of a segment is equally far from the feet of its ends on a line."""
    a, b, c, d = 0.3 + 2.1j, 3.9 + 3.3j, -0.5 + 0.1j, 4.4 + 0.4j
    e, f, g = foot(a, c, d), foot(b, c, d), (a + b) / 2
    t = theorem(
        "feet",
        {"a": a, "b": b, "c": c, "d": d, "e": e, "f": f, "g": g},
        "coll e c d, coll f c d, perp a e c d, perp b f c d, midp g a b",
        "cong g e g f",
    )
    closure = Closure(t.points, t.facts)
    assert closure.run([t.goal]) == "saturated"
    with pytest.raises(DataError, match="there is a point a already"):
        closure.add("a", (1.0, 1.0), [])
    middle = (e + f) / 2
    closure.add("m", (middle.real, middle.imag), [said("midp m e f")])
    assert closure.run([t.goal]) == "proved"


def test_inequalities_are_left_to_the_figure():
    closure = Closure(SQUARE, [said("ncoll a b c"), said("sameside o a c o a c")])
    assert closure.run() == "saturated"


def test_a_value_of_an_angle_is_found():
    points = {"a": (0.0, 0.0), "b": (1.0, 0.0), "c": (0.5, 0.75**0.5)}
    closure = Closure(points, [said("cong a b b c"), said("cong b c c a")])
    assert closure.run([said("acompute a b a c")]) == "proved"
    number = closure.establish(said("acompute a b a c"))
    assert str(closure.knowledge.facts[number].statement) == "aconst a b a c 1/3"


def test_a_value_of_a_ratio_is_found():
    points = {"a": (0.0, 0.0), "b": (6.0, 0.0), "m": (3.0, 0.0), "n": (1.5, 0.0)}
    closure = Closure(points, [said("midp m a b"), said("midp n a m")])
    assert closure.run([said("rcompute a b n a")]) == "proved"
    number = closure.establish(said("rcompute a b n a"))
    assert str(closure.knowledge.facts[number].statement) == "rconst a b n a 4"


def test_what_was_not_derived_cannot_be_established():
    with pytest.raises(DataError, match="has not been derived"):
        Closure(SQUARE, []).establish(said("cong a b b c"))
