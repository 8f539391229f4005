"""What a field is here, and what may go wrong in one.

Constructions are written once, over `+ - * /` and the methods of `Field`, and are run in several
fields: residues modulo a prime (`prime_field`: is it true?), floats (`float_field`: draw it) and
exact functions of the parameters with square roots (`exact_field`: prove it).
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any, Protocol, TypeAlias, runtime_checkable

from pellucid.reasoning.geometry.vectors import Vector

Scalar: TypeAlias = Any
"""An element of whichever field is at work; it has + - * / with itself and with integers."""


@runtime_checkable
class Field(Protocol):
    """Numbers that a figure is made of.

    u = field.parameter("line")              # how far along a line: any value will do
    length = field.root(u * u + 1)           # the positive root
    field.is_zero(length * length - u * u - 1)   # True
    """

    def constant(self, value: int | Fraction) -> Scalar:
        """A rational number as an element."""
        ...

    def parameter(self, kind: str, *, along: Vector | None = None) -> Scalar:
        """A new free number; `kind` tells a diagram from where to draw it (`float_field.DRAWS`).

        One that says how often to go `along` a direction, whose length is the field's own choice,
        is drawn by the way that it goes.
        """
        ...

    def root(self, square: Scalar, *, either: bool = False) -> Scalar:
        """A square root: the positive one, or any of both where the figure leaves it open."""
        ...

    def turn(self, angle: Fraction) -> Vector:
        """The unit vector (cos, sin) of an angle in units of pi."""
        ...

    def is_zero(self, value: Scalar) -> bool:
        """Whether an element is zero in every figure."""
        ...

    def require(self, value: Scalar) -> None:
        """Only figures with a positive `value` are meant; a field without order does nothing."""
        ...

    def direction(self, vector: Vector) -> Vector:
        """A positive multiple of a vector, by simpler numbers where the field knows some."""
        ...

    def oriented(self, along: Vector, difference: Vector) -> Vector:
        """Plus or minus `along`, whichever turns less than a right angle from `difference`."""
        ...


class Unlucky(Exception):  # noqa: N818 - no error: draw again
    """These random numbers have no such figure: a square without a root, a point out of range."""


class DegenerateError(Exception):
    """Something that a construction divides by is zero in every figure."""

    def __init__(self, words: str) -> None:
        super().__init__(words)
        self.words = words
        """What would have to be otherwise, such as `line a b is not parallel to line c d`."""
