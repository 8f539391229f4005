"""Vectors of the plane over any field, which are its complex numbers as well."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True, eq=False)
class Vector:
    """(x, y), or x + i y: `times` is the product of complex numbers, which adds directions."""

    x: Any
    y: Any

    def __add__(self, other: Vector) -> Vector:
        return Vector(self.x + other.x, self.y + other.y)

    def __sub__(self, other: Vector) -> Vector:
        return Vector(self.x - other.x, self.y - other.y)

    def __neg__(self) -> Vector:
        return Vector(-self.x, -self.y)

    def scaled(self, factor: Any) -> Vector:
        """Longer by a factor."""
        return Vector(self.x * factor, self.y * factor)

    def over(self, divisor: Any) -> Vector:
        """Shorter by a factor."""
        return Vector(self.x / divisor, self.y / divisor)

    def turned(self) -> Vector:
        """Turned by a quarter, against the clock."""
        return Vector(-self.y, self.x)

    def conjugate(self) -> Vector:
        """Mirrored in the x axis: turns the other way."""
        return Vector(self.x, -self.y)

    def times(self, other: Vector) -> Vector:
        """The complex product: directions add, lengths multiply."""
        return Vector(self.x * other.x - self.y * other.y, self.x * other.y + self.y * other.x)

    def dot(self, other: Vector) -> Any:
        """The inner product."""
        return self.x * other.x + self.y * other.y

    def cross(self, other: Vector) -> Any:
        """Twice the area that they span, positive where `other` lies to the left."""
        return self.x * other.y - self.y * other.x

    def square(self) -> Any:
        """The length, squared."""
        return self.x * self.x + self.y * self.y


def middle(a: Vector, b: Vector) -> Vector:
    """The middle of two points."""
    return Vector((a.x + b.x) / 2, (a.y + b.y) / 2)


def mirrored(p: Vector, a: Vector, along: Vector) -> Vector:
    """`p` mirrored in the line through `a` along a direction."""
    offset = p - a
    # conj(offset / along) * along, in real numbers: one division in all.
    return a + along.times(along).times(offset.conjugate()).over(along.square())


def projected(p: Vector, a: Vector, along: Vector) -> Vector:
    """The foot of `p` on the line through `a` along a direction."""
    return a + along.scaled((p - a).dot(along) / along.square())
