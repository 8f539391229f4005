"""Every rule is a theorem: in random figures where its premises are true, so is its conclusion."""

import random

import numpy as np
import pytest
from textbook import equations_of, said

from pellucid.reasoning.geometry.check_proof import theorems as theorems_of_checker
from pellucid.reasoning.geometry.synthetic.conditions import cross, shows
from pellucid.reasoning.geometry.synthetic.equations import rows
from pellucid.reasoning.geometry.synthetic.figure import Figure
from pellucid.reasoning.geometry.synthetic.rules import RULES, SPECIAL, renamed, words

CHOICES = {
    "equal arcs": "eqangle c a c b r q r p",
    "isosceles trapezoid": "para a d b c",
    "parallelogram": "eqangle a b a d b c a b",
}
"""Rules that leave a choice to the figure: what is true where the conclusion is not."""
SECOND_NAMES = ("same direction", "same distance")
"""Their premise is about two names of one point, where nothing can be drawn."""


def _figure(rule, rng):
    """A figure where the premises are true and the conditions are shown; None if none was found."""
    names = sorted({p for s in (*rule.premises, rule.conclusion) for p in s.points})
    wanted = [row for s in rule.premises for part in equations_of(s) for row in rows(part)]
    wanted = [row for row in wanted if row.system != "length"]

    def drawn(x):
        return Figure(dict(zip(names, map(tuple, x.reshape(-1, 2).tolist()), strict=True)))

    def residuals(x):
        figure = drawn(x)
        return np.array([figure.residual(row) for row in wanted])

    x = np.array([rng.gauss(0, 1) for _ in range(2 * len(names))])
    for _ in range(30):
        r = residuals(x)
        if np.abs(r).max() < 1e-11:
            break
        steps = 1e-6 * np.eye(len(x))
        slopes = np.stack([residuals(x + e) - residuals(x - e) for e in steps], 1)
        turned = np.array([row.system == "direction" for row in wanted])[:, None]
        slopes = np.where(turned, slopes - np.round(slopes), slopes) / 2e-6
        if not np.isfinite(slopes).all():
            return None
        x = x - np.clip(np.linalg.lstsq(slopes, r, rcond=1e-6)[0], -0.5, 0.5)
    figure = drawn(x)
    apart = [figure.length(a, b) for a in names for b in names if a < b]
    if not np.abs(residuals(x)).max() < 1e-9 or min(apart) < 0.05 or max(apart) > 50:
        return None
    seen = all(shows(figure, *needed) for needed in rule.required(rule.letters))
    return figure if seen else None


@pytest.mark.parametrize("name", [name for name in RULES if name not in SECOND_NAMES])
def test_a_rule_is_a_theorem(name):
    rule, rng = RULES[name], random.Random(3)
    figures = [figure for figure in (_figure(rule, rng) for _ in range(25)) if figure is not None]
    assert figures, "no figure was found to test the rule in"
    for figure in figures:
        true = figure.true(rule.conclusion)
        if name in CHOICES:
            true = true or figure.true(said(CHOICES[name]))
        assert true, f"{figure.places}"


@pytest.mark.parametrize("name", RULES)
def test_the_conclusion_of_a_rule_does_not_hold_without_its_premises(name):
    rule, rng = RULES[name], random.Random(5)
    places = {letter: (rng.gauss(0, 1), rng.gauss(0, 1)) for letter in rule.letters}
    assert rule.name == "sum of segments" or not Figure(places).true(rule.conclusion)


def test_the_checker_takes_the_same_theorems_for_granted():
    checker = theorems_of_checker()
    assert list(checker) == list(RULES)
    for name, (premises, conclusion, conditions) in checker.items():
        rule = RULES[name]
        assert [(p.name, p.points, p.value) for p in premises] == [
            (p.name, p.points, p.value) for p in rule.premises
        ]
        assert (conclusion.name, conclusion.points) == (
            rule.conclusion.name,
            rule.conclusion.points,
        )
        assert [(c, tuple(points)) for c, points in conditions] == list(rule.conditions)


def test_every_rule_has_words():
    assert all(words(name) for name in (*RULES, *SPECIAL))


def test_points_take_the_place_of_letters():
    premises, conclusion = RULES["isosceles"].bound("xyz")
    letters = RULES["isosceles"].letters
    where = dict(zip(letters, "xyz", strict=True))
    assert premises == (renamed(said("cong o a o b"), where),)
    assert conclusion.points[0] == where["o"]


def test_curves_that_touch_do_not_determine_a_point():
    """The circle about x and the line from y touch at p, where xp is perpendicular to yp."""
    touching = {"x": (0.0, 0.0), "y": (1.0, 3.0), "p": (1.0, 0.0), "q": (1.0, 0.0)}
    crossing = {**touching, "y": (3.0, 3.0)}
    loci = [said("cong x p x q"), said("para y p y q")]
    assert not cross(Figure(touching), loci, "p", "q")
    assert cross(Figure(crossing), loci, "p", "q")
    assert not cross(Figure(crossing), [loci[0], said("cong x p x y")], "p", "q")
