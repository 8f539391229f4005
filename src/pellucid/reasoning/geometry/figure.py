"""A figure over some field: points that stand, lines that are remembered, conditions that were met.

What constructions read and write. A line keeps the direction by which it was made: the direction
from p to a point that was put on a line through p is that of the line, without the parameter that
says how far. So points that serve as a direction only bring nothing to what is made of them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction

from pellucid.reasoning.geometry.fields import DegenerateError, Field, Scalar, Unlucky
from pellucid.reasoning.geometry.loci import Circle, Line, Locus
from pellucid.reasoning.geometry.vectors import Vector

PLAIN, HALVES, QUARTERS = "plain", "halves", "quarters"
STYLES = (PLAIN, HALVES, QUARTERS)
"""How free points are given by parameters: triangles by coordinates and circles by tangents of half
angles; triangles by tangents of half angles, which makes their sides and bisectors rational; and
points of circles by quarter angles besides, which makes chords rational."""


@dataclass(frozen=True)
class Plan:
    """What a trial modulo a prime has shown of the figure, so that other fields need not look."""

    known: Mapping[str, str] = field(default_factory=dict)
    """For a point on two loci: a point that stands already where they meet."""
    style: str = PLAIN


class Figure:
    """Points over a field, as they come to stand one by one."""

    def __init__(self, numbers: Field, *, plan: Plan | None = None, gauge: bool = True) -> None:
        self.field = numbers
        self.plan = plan
        """None: look for common points of loci among those that stand."""
        self.style = plan.style if plan else PLAIN
        self.places: dict[str, Vector] = {}
        self.found: dict[str, str] = {}
        """What `Plan.known` would say of this figure."""
        self.conditions: list[tuple[str, Scalar]] = []
        """What must not be zero, in words and as it is."""
        self.making: tuple[str, ...] = ()
        """The points that the construction at work makes."""
        self._gauge = gauge
        self._free = 0
        self._lines: list[tuple[set[str], Vector]] = []

    def copy(self) -> Figure:
        """The same figure over the same field, to be continued in another way."""
        other = Figure(self.field, plan=self.plan, gauge=self._gauge)
        other.places, other.found = dict(self.places), dict(self.found)
        other.conditions = list(self.conditions)
        other._free, other._lines = self._free, [(set(n), along) for n, along in self._lines]
        return other

    def at(self, name: str) -> Vector:
        """Where a point stands."""
        return self.places[name]

    def put(self, name: str, place: Vector, loci: Sequence[Locus] = ()) -> None:
        """Let a point stand, and remember the lines that it was put on."""
        self.places[name] = place
        for locus in loci:
            if isinstance(locus, Line) and locus.on:
                self.remember((*locus.on, name), locus.along)

    def remember(self, names: Sequence[str], along: Vector) -> None:
        """Points of one line, and its direction."""
        for known, _ in self._lines:
            if self._apart(sorted(known.intersection(names))):
                known.update(names)
                return
        self._lines.append((set(names), along))

    def _apart(self, names: Sequence[str]) -> bool:
        """Whether two of these points stand, and differ; points that coincide make no line."""
        standing = [name for name in names if name in self.places]
        return any(not self._same(standing[0], other) for other in standing[1:])

    def _same(self, a: str, b: str) -> bool:
        difference = self.difference(a, b)
        return self.field.is_zero(difference.x) and self.field.is_zero(difference.y)

    def difference(self, a: str, b: str) -> Vector:
        """The vector from a to b."""
        return self.places[b] - self.places[a]

    def towards(self, a: str, b: str) -> Vector:
        """A vector that points from a to b, of any length.

        Raises
        ------
        DegenerateError
            If both are the same point in every figure.
        """
        difference = self.difference(a, b)
        if self.field.is_zero(difference.x) and self.field.is_zero(difference.y):
            raise DegenerateError(f"{a} and {b} are different points")
        for names, along in self._lines:
            if a in names and b in names:
                return self.field.oriented(along, difference)
        along = self.field.direction(difference)
        self._lines.append(({a, b}, along))
        return along

    def line(self, a: str, b: str) -> Line:
        """The line through two points."""
        return Line(self.at(a), self.towards(a, b), f"line {a} {b}", (a, b))

    def nonzero(self, value: Scalar, words: str) -> Scalar:
        """The value, which a construction is about to divide by; `words` say what that asks."""
        if self.field.is_zero(value):
            raise DegenerateError(words)
        self.conditions.append((words, value))
        return value

    def ratio(self, value: Fraction | None) -> Scalar:
        """The number that a construction was given."""
        assert value is not None
        return self.field.constant(value)

    def free(self) -> Vector:
        """A point anywhere: the first at (0, 0) and the second at (1, 0), as all is up to scale.

        With lengths that are given (`gauge=False`) the second is at (u, 0).
        """
        self._free += 1
        zero, one = self.field.constant(0), self.field.constant(1)
        if self._free == 1:
            return Vector(zero, zero)
        if self._free == 2:
            return Vector(one if self._gauge else self.field.parameter("scale"), zero)
        kinds = ("free", "above") if self._free == 3 else ("free", "free")
        return Vector(*(self.field.parameter(kind) for kind in kinds))

    @property
    def untouched(self) -> bool:
        """Whether no free point stands yet."""
        return self._free == 0

    def triangle(self) -> tuple[Vector, Vector, Vector]:
        """Three free points; the first three by half angles if that is the style."""
        if not self.untouched or self.style == PLAIN:
            return self.free(), self.free(), self.free()
        a, b = self.free(), self.free()
        self._free += 1
        # Tangents of half the angles at a and b: c lies along (1 - u^2, 2u) from a, and along
        # (v^2 - 1, 2v) from b.
        u, v = self.field.parameter("half"), self.field.parameter("half")
        part = v * b.x / ((u + v) * (1 - u * v))
        return a, b, Vector(part * (1 - u * u), part * 2 * u)

    def common(self, name: str, loci: Sequence[Locus]) -> Vector | None:
        """A point that stands where both loci meet, for one of them a circle."""
        if not any(isinstance(locus, Circle) for locus in loci):
            return None
        if self.plan is not None:
            known = self.plan.known.get(name)
            if known is None:
                return None
            if not all(self.field.is_zero(locus.contains(self.places[known])) for locus in loci):
                raise Unlucky(f"{known} is not common to {loci[0].words} and {loci[1].words} here")
            return self.places[known]
        for other, place in self.places.items():
            if all(self.field.is_zero(locus.contains(place)) for locus in loci):
                self.found[name] = other
                return place
        return None
