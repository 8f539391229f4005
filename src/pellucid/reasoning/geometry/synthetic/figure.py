"""What the drawn figure shows: directions, lengths, and which statements are true in it.

A figure decides nothing alone. It chooses between branches (which of two angles that are equal up
to half a turn), and it catches mistakes: whatever is derived must be true in it.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

from pellucid.errors import DataError
from pellucid.reasoning.geometry.problem import Statement
from pellucid.reasoning.geometry.synthetic.equations import (
    PI,
    UNIT,
    Pair,
    Row,
    is_constant,
    rows,
)

COINCIDENT = 1e-7
"""Points nearer than this share of the figure's size are drawn in one place."""
TOLERANCE = 2e-6
"""How far an equation may be off in the figure, for each term."""


@dataclass
class Figure:
    """Places of points; more may be added, none moves.

    Parameters
    ----------
    places
        Coordinates of each point.
    """

    places: Mapping[str, tuple[float, float]]
    size: float = field(init=False)

    def __post_init__(self) -> None:
        for name, place in self.places.items():
            if not all(math.isfinite(x) for x in place):
                raise DataError(f"point {name} stands at {place}: coordinates have to be finite")
        self.places = dict(self.places)
        xs = [x for x, _ in self.places.values()] or [0.0]
        ys = [y for _, y in self.places.values()] or [0.0]
        self.size = max(max(xs) - min(xs), max(ys) - min(ys), 1e-300)

    def place(self, name: str, place: tuple[float, float]) -> None:
        """Draw one more point."""
        self.places = {**self.places, name: place}

    def vector(self, a: str, b: str) -> tuple[float, float]:
        """From `a` to `b`."""
        (ax, ay), (bx, by) = self.places[a], self.places[b]
        return bx - ax, by - ay

    def length(self, a: str, b: str) -> float:
        """The distance of two points."""
        return math.hypot(*self.vector(a, b))

    def apart(self, a: str, b: str) -> bool:
        """Whether two points are drawn in two places."""
        return self.length(a, b) > COINCIDENT * self.size

    def turn(self, a: str, b: str, c: str) -> int:
        """1 where a, b, c turn left, -1 where they turn right, 0 where they are on one line."""
        (ux, uy), (vx, vy), (wx, wy) = self.vector(a, b), self.vector(a, c), self.vector(b, c)
        area = ux * vy - uy * vx
        u, v, w = sorted((math.hypot(ux, uy), math.hypot(vx, vy), math.hypot(wx, wy)))
        return 0 if abs(area) <= TOLERANCE * v * w or u == 0 else int(math.copysign(1, area))

    def value(self, system: str, variable: Pair) -> float:
        """What an unknown of a linear system measures in the figure; not a number where undefined.

        Directions are in units of pi, from 0 to 1; ratios are of logarithms of lengths.
        """
        if is_constant(variable):
            return 1.0 if variable in (PI, UNIT) else math.log(int(variable[1]))
        if not self.apart(*variable):
            return 0.0 if system == "length" else math.nan
        dx, dy = self.vector(*variable)
        if system == "direction":
            return math.atan2(dy, dx) / math.pi % 1.0
        length = math.hypot(dx, dy)
        return length if system == "length" else math.log(length)

    def residual(self, row: Row) -> float:
        """By how much an equation is off; directions are equal up to half a turn."""
        total = math.fsum(float(k) * self.value(row.system, v) for v, k in row.terms)
        return total - round(total) if row.system == "direction" and total == total else total

    def defined(self, row: Row) -> bool:
        """Whether all that an equation speaks of exists in the figure."""
        return not math.isnan(self.residual(row))

    def satisfies(self, row: Row) -> bool:
        """Whether an equation is true in the figure, or speaks of no direction at all."""
        off = abs(self.residual(row))
        weight = 1.0 + math.fsum(abs(float(k)) for _, k in row.terms)
        if row.system == "length":
            weight *= max(self.size, 1e-300)
        return not off > TOLERANCE * weight

    def true(self, statement: Statement) -> bool:
        """Whether a statement is true in the figure.

        Raises
        ------
        DataError
            It names a point that the figure lacks, or is no statement.
        """
        self._known(statement)
        points = statement.points
        if statement.name == "coll":
            return self._collinear(points)
        if statement.name == "cyclic":
            return self._concyclic(points)
        if statement.name == "same":
            return not self.apart(*points)
        holds = all(self.satisfies(row) for row in rows(statement))
        if statement.name in ("simtri", "contri", "simtrir", "contrir"):
            same = self.turn(*points[:3]) == self.turn(*points[3:])
            return holds and same == (not statement.name.endswith("r"))
        return holds

    def _known(self, statement: Statement) -> None:
        for point in statement.points:
            if point not in self.places:
                known = ", ".join(self.places)
                raise DataError(f"'{statement}' speaks of {point}; the figure has {known}")

    def _collinear(self, points: tuple[str, ...]) -> bool:
        return all(
            self.turn(a, b, c) == 0
            for i, a in enumerate(points)
            for j, b in enumerate(points[:i])
            for c in points[:j]
        )

    def _concyclic(self, points: tuple[str, ...]) -> bool:
        """All on the circle of the first three that span one."""
        distinct: list[str] = []
        for point in points:
            if all(self.apart(point, other) for other in distinct):
                distinct.append(point)
        if len(distinct) < 4:
            return True
        a, b, c = distinct[:3]
        return bool(self.turn(a, b, c)) and all(
            self.satisfies(row)
            for d in distinct[3:]
            for row in rows(Statement("eqangle", (c, a, c, b, d, a, d, b)))
        )
