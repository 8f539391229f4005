"""On which line or circle a point is by an equation, once all other points of it stand.

Directions are complex numbers, as in `construct_loci`: what an equation says of the direction from
a point that stands is a product of others, and is rational; only where it says something of twice
a direction, as of a bisector, it takes a root.
"""

from __future__ import annotations

from fractions import Fraction

from pellucid.reasoning.geometry import construct_loci as loci
from pellucid.reasoning.geometry.fields import Scalar
from pellucid.reasoning.geometry.figure import Figure
from pellucid.reasoning.geometry.loci import Circle, Line, Locus, circle_about, meet
from pellucid.reasoning.geometry.placed.equations import DIRECTION, LENGTH, Equation, product
from pellucid.reasoning.geometry.rings import integer_root
from pellucid.reasoning.geometry.vectors import Vector

LINE, BISECTOR, CIRCLE, PENCILS = "line", "bisector", "circle", "pencils"
"""A line; one whose direction is half of another; a circle; and a hyperbola, through two points,
from which lines turn in opposite ways (`eqangle a b a x c x c b`)."""


def kind(equation: Equation, point: str) -> str | None:
    """What curve an equation leaves to a point; None for one that is none of these."""
    through = equation.at(point)
    factors = sorted(k for _, k in through)
    if equation.system == DIRECTION:
        if factors in ([-1], [1]):
            return LINE
        if factors in ([-2], [2]):
            return BISECTOR
        if factors == [-1, 1]:
            return CIRCLE if equation.others(point) or equation.turn else LINE
        return PENCILS if factors in ([-1, -1], [1, 1]) else None
    if equation.system == LENGTH:
        return None
    if len(factors) == 1:
        return CIRCLE
    if len(factors) == 2 and sum(factors) == 0:
        return LINE if not equation.others(point) and equation.square == 1 else CIRCLE
    return None


def curve(figure: Figure, equation: Equation, point: str) -> Locus:
    """The line or circle.

    Raises
    ------
    DegenerateError
        If two points of a line coincide in every figure.
    """
    if equation.system == DIRECTION:
        if kind(equation, point) == CIRCLE:
            return _arc(figure, equation, point)
        return _line(figure, equation, point)
    if len(equation.at(point)) == 1:
        return _about(figure, equation, point)
    return _apollonius(figure, equation, point)


def _line(figure: Figure, equation: Equation, point: str) -> Line:
    (a, k), *more = equation.at(point)
    if more:  # dir(xa) = dir(xb)
        return figure.line(a, more[0][0])
    others = equation.others(point)
    if len(others) == 1 and a in others[0][0] and not equation.turn and abs(k) == 1:
        return figure.line(*others[0][0])
    along = product(figure, others, equation.turn)
    along = along.conjugate() if k > 0 else along
    words = f"the line of {point} through {a}"
    if abs(k) == 2:
        along = halved(figure, along)
    return Line(figure.at(a), figure.field.direction(along), words, (a,))


def halved(figure: Figure, along: Vector) -> Vector:
    """Half of a direction, or that and a quarter turn: the sign of the root says which."""
    field = figure.field
    length = field.root(along.square(), either=True)
    if not field.is_zero(along.y):
        return Vector(along.x + length, along.y)
    one, zero = field.constant(1), field.constant(0)
    return Vector(zero, one) if field.is_zero(along.x + length) else Vector(one, zero)


def _arc(figure: Figure, equation: Equation, point: str) -> Circle:
    """Where two points are seen under an angle, as its tangent in one sees them (Euclid III 32)."""
    (a, k), (b, _) = equation.at(point)
    turn = product(figure, equation.others(point), equation.turn)
    turn = turn.conjugate() if k > 0 else turn
    chord = figure.difference(a, b)
    normal = chord.times(turn).turned()
    words = f"the angle at {point} over {a} {b} is not zero"
    across = figure.nonzero(normal.dot(chord), words)
    arm = normal.scaled(chord.square() / (2 * across))
    words = f"the circle of {point} through {a} {b}"
    return Circle(figure.at(a) + arm, arm.square(), -arm, words, (a, b))


def _about(figure: Figure, equation: Equation, point: str) -> Circle:
    ((o, k),) = equation.at(point)
    others = equation.others(point)
    if len(others) == 1 and others[0][1] == -k and equation.square == 1:
        a, b = others[0][0]
        if o in (a, b):
            return loci.on_circle(figure, o, b if a == o else a)
        return loci.eqdistance(figure, o, a, b)
    words = f"the circle of {point} about {o}"
    arm = _quotient(figure, equation, point, k)
    if arm is not None:
        return circle_about(figure.at(o), arm, words)
    square = _square(figure, equation, point, k)
    return Circle(figure.at(o), square, None, words)


def _apollonius(figure: Figure, equation: Equation, point: str) -> Locus:
    """Where the ratio of the distances from two points, |r|, is given.

    With S = |r|^2, its centre is at -S / (1 - S) of the vector ab from a, its radius is that of
    the vector ab r / (1 - S).
    """
    (a, k), (b, _) = equation.at(point)
    if not equation.others(point) and equation.square == 1:
        return loci.on_bline(figure, a, b)
    words = f"the circle of {point} for {a} {b}"
    square = _square(figure, equation, point, k)
    rest = figure.nonzero(1 - square, f"the ratio of {point} {a} and {point} {b} is not 1")
    across = figure.difference(a, b)
    centre = figure.at(a) - across.scaled(square / rest)
    ratio = _quotient(figure, equation, point, k)
    if ratio is not None:
        return circle_about(centre, across.times(ratio).over(rest), words)
    return Circle(centre, across.square() * square / (rest * rest), None, words)


def _square(figure: Figure, equation: Equation, point: str, k: int) -> Scalar:
    """The square of what a length, or a ratio of two, has to be."""
    above, below = figure.field.constant(1), figure.field.constant(1)
    for (a, b), power in equation.others(point):
        square = figure.difference(a, b).square()
        for _ in range(abs(power)):
            if (power > 0) == (k > 0):
                below = below * square
            else:
                above = above * square
    number = figure.field.constant(equation.square if k < 0 else 1 / equation.square)
    value = above * number / below
    return value if abs(k) == 1 else figure.field.root(value)


def _quotient(figure: Figure, equation: Equation, point: str, k: int) -> Vector | None:
    """A vector of the length, or ratio, that is asked for, as a quotient of complex numbers."""
    number = equation.square if k < 0 else 1 / equation.square
    root = _rational_root(number)
    if abs(k) != 1 or root is None:
        return None
    found = Vector(figure.field.constant(root), figure.field.constant(0))
    for (a, b), power in equation.others(point):
        vector = figure.difference(a, b)
        for _ in range(abs(power)):
            if (power > 0) == (k > 0):
                square = figure.nonzero(vector.square(), f"{a} and {b} are different points")
                found = found.times(vector.conjugate()).over(square)
            else:
                found = found.times(vector)
    return found


def _rational_root(value: Fraction) -> Fraction | None:
    above, below = integer_root(value.numerator), integer_root(value.denominator)
    return None if above is None or below is None else Fraction(above, below)


def on_pencils(figure: Figure, equation: Equation, point: str, slope: Scalar) -> Vector:
    """The point where lines through two points meet that turn in opposite ways, by a slope."""
    (a, k), (b, _) = equation.at(point)
    turn = product(figure, equation.others(point), equation.turn)
    turn = turn.conjugate() if k > 0 else turn
    one = figure.field.constant(1)
    first = figure.difference(a, b).times(Vector(one, slope))
    second = turn.times(first.conjugate())
    lines = (
        Line(figure.at(a), figure.field.direction(first), f"a line through {a}", (a,)),
        Line(figure.at(b), figure.field.direction(second), f"a line through {b}", (b,)),
    )
    place = meet(*lines, figure.field, figure.nonzero)
    figure.put(point, place, lines)
    return place
