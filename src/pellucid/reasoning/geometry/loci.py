"""Where a point may stand: lines and circles over any field, and where two of them meet.

Where two loci share a point that already stands, the *other* common point is a rational function of
what is known. That removes most square roots of geometry, and with them most branches.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from pellucid.reasoning.geometry.fields import Field, Scalar
from pellucid.reasoning.geometry.vectors import Vector, mirrored, projected


@dataclass(frozen=True, eq=False)
class Line:
    """All points `point + t along`."""

    point: Vector
    along: Vector
    words: str
    """What it is, for people: `line a b`."""
    on: tuple[str, ...] = ()
    """Names of points that stand on it by its definition."""

    def contains(self, place: Vector) -> Scalar:
        """Zero where `place` is on it."""
        return self.along.cross(place - self.point)


@dataclass(frozen=True, eq=False)
class Circle:
    """All points as far from the centre as the arm is long."""

    centre: Vector
    square: Scalar
    """The radius, squared."""
    arm: Vector | None
    """From the centre to a point that is known on it; or any vector of that length."""
    words: str
    on: tuple[str, ...] = ()

    def contains(self, place: Vector) -> Scalar:
        """Zero where `place` is on it."""
        return (place - self.centre).square() - self.square


Locus: TypeAlias = Line | Circle


def circle_about(centre: Vector, arm: Vector, words: str, on: tuple[str, ...] = ()) -> Circle:
    """The circle about a centre whose radius is the length of `arm`."""
    return Circle(centre, arm.square(), arm, words, on)


def somewhere(locus: Locus, field: Field, *, doubled: bool = False) -> tuple[Vector, Scalar]:
    """A point that runs through a locus with a new parameter, and that parameter.

    On a circle the arm is turned by an angle whose half has the parameter as its tangent; if
    `doubled` the quarter, so that the distances to points on the circle are rational as well.
    """
    if isinstance(locus, Line):
        t = field.parameter("line", along=locus.along)
        return locus.point + locus.along.scaled(t), t
    arm = locus.arm
    if arm is None:
        arm = Vector(field.root(locus.square), field.constant(0))
    t = field.parameter("circle")
    return locus.centre + arm.times(unit_vector(t, doubled=doubled)), t


def unit_vector(tangent: Scalar, *, doubled: bool = False) -> Vector:
    """(cos, sin) of twice the angle of this tangent; or of four times if `doubled`."""
    square = tangent * tangent
    unit = Vector(1 - square, 2 * tangent).over(1 + square)
    return unit.times(unit) if doubled else unit


NonZero: TypeAlias = Callable[[Scalar, str], Scalar]
"""Passes on what is about to be divided by, and records in words what that asks of the figure."""


def meet(
    one: Locus, two: Locus, field: Field, nonzero: NonZero, *, known: Vector | None = None
) -> Vector:
    """A common point of two loci; the one that is not `known` where one is.

    Raises
    ------
    DegenerateError
        If they are parallel or have one centre in every figure.
    """
    if isinstance(one, Line) and isinstance(two, Line):
        return _lines(one, two, nonzero)
    if isinstance(one, Line):
        one, two = two, one
    assert isinstance(one, Circle)
    if isinstance(two, Line):
        if known is not None:
            return mirrored(known, one.centre, two.along.turned())
        return _circle_and_line(one, two, field)
    between = two.centre - one.centre
    nonzero(between.square(), f"{one.words} and {two.words} have different centres")
    if known is not None:
        return mirrored(known, one.centre, between)
    return _circles(one, two, field)


def _lines(one: Line, two: Line, nonzero: NonZero) -> Vector:
    area = nonzero(one.along.cross(two.along), f"{one.words} is not parallel to {two.words}")
    return one.point + one.along.scaled((two.point - one.point).cross(two.along) / area)


def _circle_and_line(circle: Circle, line: Line, field: Field) -> Vector:
    foot = projected(circle.centre, line.point, line.along)
    square = (circle.square - (foot - circle.centre).square()) / line.along.square()
    if field.is_zero(square):
        return foot
    return foot + line.along.scaled(field.root(square, either=True))


def _circles(one: Circle, two: Circle, field: Field) -> Vector:
    between = two.centre - one.centre
    distance = between.square()
    # On the line of centres, `part` of the way, the chord crosses; it reaches `height` aside.
    part = (one.square - two.square + distance) / (2 * distance)
    height = one.square / distance - part * part
    foot = one.centre + between.scaled(part)
    if field.is_zero(height):
        return foot
    return foot + between.turned().scaled(field.root(height, either=True))
