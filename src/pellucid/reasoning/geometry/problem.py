"""What a problem of plane geometry is, whatever language it was written in.

    a b c = triangle a b c; h = orthocenter h a b c ? perp a h b c

A clause introduces points by one or two constructions; a goal is a statement about points. A
problem that was given by coordinates has `at` and `assumed` in the place of clauses: its points
stand where they stand, and what is assumed of them is said by statements.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction


@dataclass(frozen=True)
class Statement:
    """Something that points do or do not: `coll a b c`, `rconst a b c d 1/2`."""

    name: str
    points: tuple[str, ...]
    value: Fraction | None = None
    """Of an angle in units of pi, of a ratio, of a length; only where the statement has one."""
    coefficients: tuple[Fraction, ...] = ()
    """One for each pair of points, of `distseq`, `distmeq` and `angeq`: the sum of coefficient
    times length, logarithm of length, or direction (in units of pi) is zero, or the value."""

    def __str__(self) -> str:
        numbers = self.coefficients + (() if self.value is None else (self.value,))
        return " ".join((self.name, *self.points, *map(str, numbers)))


@dataclass(frozen=True)
class Construction:
    """How points come to be: `on_line x a b` makes x of a and b."""

    name: str
    made: tuple[str, ...]
    given: tuple[str, ...]
    value: Fraction | None = None
    """Of an angle in units of pi, of a ratio, of a length; only where the construction has one."""

    def __str__(self) -> str:
        tail = () if self.value is None else (str(self.value),)
        return " ".join((self.name, *self.made, *self.given, *tail))


@dataclass(frozen=True)
class Clause:
    """Points that are introduced together, and all that is said of them then."""

    points: tuple[str, ...]
    constructions: tuple[Construction, ...]
    line: int = 1
    """Where it stands in the text that was read, from 1."""

    def __str__(self) -> str:
        return f"{' '.join(self.points)} = {', '.join(map(str, self.constructions))}"


@dataclass(frozen=True)
class Problem:
    """Clauses, or places and what is assumed, and goals; see the module."""

    name: str
    clauses: tuple[Clause, ...]
    goals: tuple[Statement, ...]
    at: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    """Where points stand, of a problem that is given by coordinates."""
    assumed: tuple[Statement, ...] = ()
    """What is known of them there."""

    @property
    def points(self) -> tuple[str, ...]:
        """All points, in the order in which they are introduced."""
        made = tuple(point for clause in self.clauses for point in clause.points)
        return made + tuple(point for point in self.at if point not in made)

    def __str__(self) -> str:
        given = "; ".join(map(str, self.clauses))
        return f"{given} ? {'; '.join(map(str, self.goals))}"
