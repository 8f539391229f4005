"""From a problem to a triangular set of polynomial equations.

A construction that computes its points leaves an equation for each coordinate; a point that is said
to stand on two lines or circles leaves both equations, which are brought into triangular form. The
form may be reducible: where a point stands already on both, one component has the new point fall
together with it. That component is split off (Ritt 1950), and a condition says so; unless the plain
method is asked for.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from pellucid.errors import DataError
from pellucid.reasoning.geometry.build import LENGTHS
from pellucid.reasoning.geometry.characteristic_set import characteristic_set, reduced
from pellucid.reasoning.geometry.construct_centres import CENTRES
from pellucid.reasoning.geometry.construct_loci import LOCI
from pellucid.reasoning.geometry.construct_points import MEETS, POINTS
from pellucid.reasoning.geometry.construct_shapes import SHAPES
from pellucid.reasoning.geometry.fields import DegenerateError, Unlucky
from pellucid.reasoning.geometry.figure import Figure, Plan
from pellucid.reasoning.geometry.loci import Circle, Line, Locus, somewhere
from pellucid.reasoning.geometry.prime_field import Residue
from pellucid.reasoning.geometry.problem import Clause, Construction, Problem
from pellucid.reasoning.geometry.pseudo_division import coefficients, main_variable
from pellucid.reasoning.geometry.rings import Polynomial
from pellucid.reasoning.geometry.sealed_field import Expression, SealedField
from pellucid.reasoning.geometry.vectors import Vector

STEPS: Mapping[str, tuple[tuple[str, str, str], ...]] = {
    "centroid": (
        ("midpoint", "x", "b c"),
        ("midpoint", "y", "c a"),
        ("midpoint", "z", "a b"),
        ("intersection_ll", "i", "a x b y"),
    ),
    "ninepoints": (
        ("midpoint", "x", "b c"),
        ("midpoint", "y", "c a"),
        ("midpoint", "z", "a b"),
        ("circle", "i", "x y z"),
    ),
    "incenter2": (
        ("incenter", "i", "a b c"),
        ("foot", "x", "i b c"),
        ("foot", "y", "i c a"),
        ("foot", "z", "i a b"),
    ),
    "excenter2": (
        ("excenter", "i", "a b c"),
        ("foot", "x", "i b c"),
        ("foot", "y", "i c a"),
        ("foot", "z", "i a b"),
    ),
}
"""Constructions that are sealed point by point, each in terms of x y z i = name a b c."""


class SealedFigure(Figure):
    """A figure whose points have variables for coordinates."""

    field: SealedField

    def __init__(self, numbers: SealedField, *, gauge: bool, split: bool) -> None:
        super().__init__(numbers, plan=Plan(), gauge=gauge)
        self.split = split
        """Whether components are split off on which a new point is one that stood before."""
        self.apart: list[tuple[str, Polynomial]] = []
        """What is not zero because of that, in words and as it is."""

    def put(self, name: str, place: Vector, loci: Sequence[Locus] = ()) -> None:
        """Let a point stand, its coordinates under a seal."""
        words = self.spoken(f"the coordinates of {name} have no zero denominator")
        place = Vector(self.field.seal(place.x, words), self.field.seal(place.y, words))
        super().put(name, place, loci)

    def spoken(self, otherwise: str) -> str:
        """What was said of the construction at work that must not be zero."""
        said = "; ".join(dict.fromkeys(words for words, _ in self.conditions))
        return said or otherwise

    def towards(self, a: str, b: str) -> Vector:
        """The vector from a to b; no line is remembered."""
        difference = self.difference(a, b)
        if self.field.is_zero(difference.x) and self.field.is_zero(difference.y):
            raise DegenerateError(f"{a} and {b} are different points")
        return difference


def sealed_figure(problem: Problem, field: SealedField, *, split: bool = True) -> SealedFigure:
    """The problem's points as variables, with the chain of their equations in the field.

    Raises
    ------
    Unlucky
        If these random residues have no figure; try others.
    DegenerateError
        If two points fall together, or a construction divides by zero, in this figure.
    DataError
        If a construction is not known, or a clause asks for too much.
    """
    names = {
        construction.name for clause in problem.clauses for construction in clause.constructions
    }
    names.update(goal.name for goal in problem.goals)
    figure = SealedFigure(field, gauge=not names & LENGTHS, split=split)
    for clause in problem.clauses:
        try:
            _add(figure, clause)
        except DegenerateError as error:
            raise DegenerateError(f"'{clause}' needs that {error.words}") from None
    return figure


def _add(figure: SealedFigure, clause: Clause) -> None:
    loci: dict[str, list[Locus]] = {point: [] for point in clause.points}
    for construction in clause.constructions:
        for step in _steps(construction):
            figure.conditions.clear()
            _apply(figure, step, loci)
    for point, places in loci.items():
        if places:
            _stand(figure, point, places, clause)


def _steps(construction: Construction) -> list[Construction]:
    """The construction itself, or the simpler ones that it consists of."""
    steps = STEPS.get(construction.name)
    if steps is None:
        return [construction]
    made = dict(zip("xyzi", construction.made, strict=True))
    made.update(zip("abc", construction.given, strict=True))
    return [
        Construction(name, (made[point],), tuple(made[word] for word in given.split()))
        for name, point, given in steps
    ]


def _apply(figure: SealedFigure, construction: Construction, loci: dict[str, list[Locus]]) -> None:
    """Put the points of a construction, or collect the loci that it names."""
    name, made = construction.name, construction.made
    arguments: tuple[Any, ...] = construction.given
    if construction.value is not None:
        arguments = (*arguments, construction.value)
    if name in LOCI:
        loci[made[0]].append(LOCI[name](figure, *arguments))
        return
    if name in MEETS:
        both = MEETS[name](figure, *arguments)
        # A step of a larger construction makes its point at once: the next step may need it.
        loci[made[0]].extend(both)
        return
    make = SHAPES.get(name) or POINTS.get(name) or CENTRES.get(name)
    if make is None:
        raise DataError(f"'{construction}': no equations are known of {name}; say it by others")
    figure.making = made
    for point, place in zip(made, make(figure, *arguments), strict=True):
        if point in figure.places:
            raise DataError(f"'{construction}': {point} stands already; name a new point")
        figure.put(point, place)


def _stand(figure: SealedFigure, point: str, loci: Sequence[Locus], clause: Clause) -> None:
    """Let a point stand on one locus, or where two meet; further ones may only agree."""
    rest: Sequence[Locus] = loci
    if point not in figure.places and len(loci) == 1:
        place, _ = somewhere(loci[0], figure.field)
        figure.put(point, place)
        return
    if point not in figure.places:
        known = _common(figure, loci[:2]) if figure.split else None
        Figure.put(figure, point, _meet(figure, point, loci[0], loci[1], known))
        rest = loci[2:]
    if not all(figure.field.is_zero(locus.contains(figure.at(point))) for locus in rest):
        raise Unlucky(f"'{clause}' asks for more than two lines or circles have in common")


def _common(figure: SealedFigure, loci: Sequence[Locus]) -> str | None:
    """A point that stands already where both meet, in this figure."""
    if all(isinstance(locus, Line) for locus in loci):
        return None
    for name, place in figure.places.items():
        if all(figure.field.is_zero(locus.contains(place)) for locus in loci):
            return name
    return None


def _meet(figure: SealedFigure, point: str, one: Locus, two: Locus, known: str | None) -> Vector:
    """A point whose coordinates are tied down by the equations of both loci alone."""
    field = figure.field
    ring, room, before = field.ring, len(field.ring.names), len(field.names)
    nowhere = Residue(0, field.guide.prime)
    place = Vector(field.unknown(nowhere), field.unknown(nowhere))
    variables = (room - 1 - before, room - 2 - before)
    equations = [_shortened(field, a, variables) for a in _equations(one, two, place)]
    chain = characteristic_set(ring, equations, variables)
    if chain is None or len(chain) < 2:
        raise DegenerateError(f"{one.words} and {two.words} meet in single points")
    for k, (variable, polynomial) in enumerate(chain):
        if known is not None and ring.degrees(polynomial)[variable] == 2:
            old = figure.at(known).x if variable == variables[0] else figure.at(known).y
            new = place.x if variable == variables[0] else place.y
            other = _other_factor(field, polynomial, variable, old)
            if other is not None:
                polynomial = other
                difference = (new - old).num
                figure.apart.append((f"{point} and {known} are different points", difference))
        field.values[room - 1 - variable] = _solved(field, polynomial, variable).value
        field.tie(polynomial, _words(one, two, first=k == 0))
    if any(field.at(equation).value for equation in equations):
        raise Unlucky("a solution of the triangular form only")
    x, y = (Residue(value, field.guide.prime) for value in field.values[-2:])
    unit = ring.constant(1)
    return Vector(Expression(place.x.num, unit, x, ring), Expression(place.y.num, unit, y, ring))


def _equations(one: Locus, two: Locus, place: Vector) -> tuple[Polynomial, Polynomial]:
    """What both loci say of a place; of two circles, one and the line of their common points."""
    first, second = one.contains(place), two.contains(place)
    if isinstance(one, Circle) and isinstance(two, Circle):
        second = first - second
    return first.num, second.num


def _shortened(field: SealedField, a: Polynomial, variables: Sequence[int]) -> Polynomial:
    """The equation of a line without the terms in a coordinate that it does not depend on.

    Its coefficient may be zero by the equations so far, as for lines that are upright always.
    """
    links = sorted(((link.variable, link.polynomial) for link in field.chain), reverse=True)
    for variable in reversed(variables):
        parts = coefficients(field.ring, a, variable)
        linear = len(parts) == 2 and main_variable(field.ring, a) == variable
        if linear and field.at(parts[1]).value == 0 and reduced(field.ring, parts[1], links) == 0:
            a = parts[0]
    return a


def _other_factor(
    field: SealedField, polynomial: Polynomial, variable: int, old: Expression
) -> Polynomial | None:
    """The other factor of a quadratic that is zero at an old coordinate by the chain so far.

    (x - q) (a x + b + a q) is a x^2 + b x + c, less what that is at q (Vieta). None if it is not
    zero there by the equations, but in this figure only.
    """
    c, b, a = coefficients(field.ring, polynomial, variable)
    at_old = c * old.den * old.den + (b * old.den + a * old.num) * old.num
    links = [(link.variable, link.polynomial) for link in field.chain]
    if reduced(field.ring, at_old, sorted(links, reverse=True)) != 0:
        return None
    x = field.ring.variable(variable)
    return a * old.den * x + b * old.den + a * old.num


def _solved(field: SealedField, polynomial: Polynomial, variable: int) -> Residue:
    """A solution of a linear or quadratic equation at the residues of the figure."""
    parts = [field.at(part) for part in coefficients(field.ring, polynomial, variable)]
    if len(parts) == 2:
        return -parts[0] / parts[1]
    assert len(parts) == 3, "lines and circles meet in two points at most"
    c, b, a = parts
    return (field.guide.root(b * b - 4 * (a * c), either=True) - b) / (2 * a)


def _words(one: Locus, two: Locus, *, first: bool) -> str:
    """What it takes that the equations of two loci can be solved for their meet."""
    if not first:
        return f"{one.words} and {two.words} meet in points with different first coordinates"
    if isinstance(one, Line) and isinstance(two, Line):
        return f"{one.words} is not parallel to {two.words}"
    if isinstance(one, Circle) and isinstance(two, Circle):
        return f"{one.words} and {two.words} have different centres"
    line = one if isinstance(one, Line) else two
    return f"{line.words} has a direction"
