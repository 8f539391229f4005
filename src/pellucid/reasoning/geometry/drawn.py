"""A figure in floats, for the checker: what can be seen in it, and what equations are there."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from fractions import Fraction

from pellucid.reasoning.geometry.meanings import (
    PI,
    Equation,
    Refused,
    Said,
    Terms,
    equations,
    total,
)

NEAR, CROSSING = 2e-6, 1e-3
FAR = 1e9


class Drawn:
    """Points in the plane, as complex numbers."""

    def __init__(self, places: Mapping[str, complex]) -> None:
        if not all(abs(z.real) < FAR and abs(z.imag) < FAR for z in places.values()):
            raise Refused(f"its points have to stand within {FAR:g} of the origin")
        self.at = dict(places)
        corner = next(iter(self.at.values()), 0j)
        self.size = max((abs(place - corner) for place in self.at.values()), default=0.0) or 1.0

    def apart(self, a: str, b: str) -> bool:
        """Whether two points are in two places."""
        return abs(self.at[a] - self.at[b]) > 1e-7 * self.size

    def exists(self, equation: Equation) -> bool:
        """Whether the directions or logarithms in an equation exist."""
        lines = (unknown for unknown in equation[1] if len(unknown) == 2)
        return equation[0] == "length" or all(self.apart(*line) for line in lines)

    def measure(self, system: str, unknown: tuple[str, ...]) -> float:
        """What an unknown is here."""
        if len(unknown) == 1:
            return math.log(int(unknown[0])) if unknown[0].isdigit() else 1.0
        line = self.at[unknown[1]] - self.at[unknown[0]]
        if system == "length":
            return abs(line)
        if not self.apart(*unknown):
            raise Refused(f"{unknown[0]} and {unknown[1]} are in one place: no line joins them")
        return (
            math.log(abs(line))
            if system == "ratio"
            else math.atan2(line.imag, line.real) / math.pi % 1
        )

    def off(self, system: str, terms: Terms) -> float:
        """By how much an equation is wrong."""
        return sum(float(k) * self.measure(system, u) for u, k in sorted(terms.items()))

    def lifted(self, equation: Equation) -> Terms:
        """An equation of directions, modulo 1, as one of real numbers; others as they are."""
        system, terms = equation
        if system != "direction":
            return terms
        return total([*terms.items(), (PI, Fraction(-round(self.off(*equation))))])

    def true(self, s: Said, *, lenient: bool = False) -> bool:
        """Whether a statement is true here; `lenient` of equations that do not exist."""
        if s.name == "same":
            return not self.apart(*s.points)
        if s.name == "cyclic" and not self.turn(*s.points[:3]):
            return False
        found = equations(s)
        there = [equation for equation in found if self.exists(equation)]
        complete = lenient or s.name == "cyclic" or len(there) == len(found)
        return complete and all(map(self._holds, there))

    def _holds(self, equation: Equation) -> bool:
        system, terms = equation[0], self.lifted(equation)
        near = NEAR * (1 + sum(abs(float(k)) for k in terms.values()))
        return abs(self.off(system, terms)) <= near * (self.size if system == "length" else 1)

    def turn(self, a: str, b: str, c: str) -> int:
        """1 to the left, -1 to the right, 0 on a line."""
        u, v = self.at[b] - self.at[a], self.at[c] - self.at[a]
        area, sides = (u.conjugate() * v).imag, sorted((abs(u), abs(v), abs(u - v)))
        return 0 if abs(area) <= NEAR * sides[1] * sides[2] else int(math.copysign(1, area))

    def places(self, points: set[str]) -> int:
        """In how many places points are."""
        seen: list[str] = []
        for point in sorted(points):
            seen += [point] * all(self.apart(point, other) for other in seen)
        return len(seen)

    def shows(self, name: str, x: Sequence[str]) -> bool:
        """Whether a condition of a theorem is seen; false for one that is not known."""
        z = [self.at[point] for point in x]
        if name == "spread":
            return self.turn(*x) != 0
        if name in ("same_turn", "other_turn"):
            return self.turn(*x[:3]) * self.turn(*x[3:]) == (1 if name == "same_turn" else -1)
        if name == "not_shorter":
            return abs(z[0] - z[1]) >= abs(z[2] - z[3]) * (1 - 1e-9)
        if name == "between":
            return ((z[0] - z[1]).conjugate() * (z[2] - z[1])).real < 0
        if name == "same_order":
            return _middle(z[:3]) == _middle(z[3:])
        quotient = (z[0] - z[1]) * (z[2] - z[3]).conjugate()
        crossing = abs(quotient.imag) > CROSSING * abs(quotient)
        upright = abs(quotient.real) <= CROSSING * abs(quotient)
        return crossing and (name == "not_parallel" or (name == "oblique" and not upright))

    def cross(self, one: Equation, two: Equation, point: str, name: str) -> bool:
        """Whether two curves cross in a point: places of `name` where two equations hold."""
        u, v = (self._slope(equation, self.at[point], name) for equation in (one, two))
        return abs((u.conjugate() * v).imag) > CROSSING * abs(u) * abs(v)

    def _slope(self, equation: Equation, place: complex, name: str) -> complex:
        """The gradient of an equation by the place of a point: d log z = dz / z."""
        system, terms = equation
        total_ = 0j
        for unknown, k in terms.items():
            if name in unknown:
                away = place - self.at[unknown[unknown[0] == name]]
                total_ += float(k) * (abs(away) if system == "length" else 1) / away
        return (1j if system == "direction" else 1) * total_.conjugate()


def _middle(z: Sequence[complex]) -> int:
    sides = [abs(z[1] - z[2]), abs(z[2] - z[0]), abs(z[0] - z[1])]
    return sides.index(max(sides))
