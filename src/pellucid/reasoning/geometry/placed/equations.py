"""What is assumed of points, as equations of directions or of lengths, over any field.

A statement is one equation or several: a sum of directions of lines is a multiple of pi, or a
product of powers of lengths is a number. `equations` leaves out what repeats (`coll` names one
line by three pairs of its points).
"""

from __future__ import annotations

import cmath
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property, reduce
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from pellucid.reasoning.geometry.exact_field import ExactField
from pellucid.reasoning.geometry.fields import Scalar
from pellucid.reasoning.geometry.figure import Figure
from pellucid.reasoning.geometry.problem import Statement
from pellucid.reasoning.geometry.synthetic.equations import (
    Pair,
    Row,
    is_constant,
    pair,
    rows,
)
from pellucid.reasoning.geometry.vectors import Vector

DIRECTION, RATIO, LENGTH = "direction", "ratio", "length"
NEAR = 1e-6
"""By how much an equation may be wrong in a figure whose coordinates somebody rounded."""
At = Mapping[str, complex]
Matrix: TypeAlias = NDArray[np.float64]


@dataclass(frozen=True)
class Equation:
    """One equation about lines through two points.

    The sum of factor times direction, plus `turn`, is zero modulo 1; or that of factor times
    logarithm of length, plus half of the logarithm of `square`, is zero; or that of factor times
    length.
    """

    system: str
    terms: tuple[tuple[Pair, int], ...]
    statement: Statement
    turn: Fraction = Fraction(0)
    """In units of pi."""
    square: Fraction = Fraction(1)

    @cached_property
    def points(self) -> frozenset[str]:
        """All points that it is about."""
        return frozenset(point for line, _ in self.terms for point in line)

    def at(self, point: str) -> list[tuple[str, int]]:
        """The lines through a point: of each its other point, and its factor."""
        return [(b if a == point else a, k) for (a, b), k in self.terms if point in (a, b)]

    def others(self, point: str) -> list[tuple[Pair, int]]:
        """The lines that do not name a point."""
        return [(line, k) for line, k in self.terms if point not in line]


def equations(statement: Statement) -> tuple[Equation, ...]:
    """The equations of a statement; none where it says nothing.

    Raises
    ------
    DataError
        If it is no statement that coordinates can have, or joins a point to itself.
    """
    made = (_equation(row, statement) for row in _rows(statement))
    return tuple(equation for equation in made if equation is not None)


def parts(statement: Statement) -> list[Statement]:
    """A statement about several points as statements about few: `coll a b c d` as two."""
    fixed = {"coll": 2, "cyclic": 3, "circle": 2}.get(statement.name)
    if fixed is None:
        return [statement]
    first, others = statement.points[:fixed], statement.points[fixed:]
    return [replace(statement, points=(*first, other)) for other in others]


def _rows(s: Statement) -> list[Row]:
    if s.name == "cyclic":
        a, b, c, *others = dict.fromkeys(s.points)
        return [_circle(a, b, c, d) for d in others]
    found = [row for row in rows(s) if row.system != LENGTH]
    if s.name == "distseq":
        return list(rows(s))
    if s.name == "coll":
        return found[::3]
    if s.name == "midp":
        return found[2:]
    if s.name in ("simtri", "simtrir"):
        return found[:2]
    if s.name in ("contri", "contrir"):
        return [*found[:2], found[-1]]
    return found


def _circle(a: str, b: str, c: str, d: str) -> Row:
    lines = ((pair(c, a), 1), (pair(c, b), -1), (pair(d, a), -1), (pair(d, b), 1))
    return Row(DIRECTION, tuple((line, Fraction(k)) for line, k in lines))


def _equation(row: Row, statement: Statement) -> Equation | None:
    lines = [(line, k) for line, k in row.terms if not is_constant(line)]
    numbers = [(name, k) for (blank, name), k in row.terms if is_constant((blank, name))]
    if row.system == DIRECTION:
        if not lines or any(k.denominator > 1 for _, k in lines):
            return None
        turn = sum((k for _, k in numbers), Fraction(0)) % 1
        return Equation(DIRECTION, _integers(lines), statement, turn=turn)
    if row.system == LENGTH:
        whole = math.lcm(*(k.denominator for _, k in lines))
        if numbers or not lines:
            return None  # it speaks of the unit of length, which figures here do not have
        return Equation(LENGTH, _integers([(n, whole * k) for n, k in lines]), statement)
    scale = Fraction(math.lcm(*(k.denominator for _, k in lines)))
    shared = math.gcd(*(int(scale * k) for _, k in lines))
    if all((2 * scale * k / shared).denominator == 1 for _, k in numbers):
        scale /= shared or 1
    powers = [(int(prime), 2 * scale * k) for prime, k in numbers]
    if not lines or any(power.denominator > 1 for _, power in powers):
        return None
    square = reduce(lambda x, y: x * Fraction(y[0]) ** int(y[1]), powers, Fraction(1))
    return Equation(RATIO, _integers([(n, scale * k) for n, k in lines]), statement, square=square)


def _integers(lines: Iterable[tuple[Pair, Fraction]]) -> tuple[tuple[Pair, int], ...]:
    return tuple((line, int(k)) for line, k in lines)


def residual(figure: Figure, equation: Equation) -> Scalar:
    """What is zero in a figure where an equation holds."""
    if equation.system == DIRECTION:
        return product(figure, equation.terms, equation.turn).y
    if equation.system == LENGTH:
        return _sum_of_lengths(figure, equation)
    sides = [figure.field.constant(equation.square.numerator)]
    sides.append(figure.field.constant(equation.square.denominator))
    for (a, b), k in equation.terms:
        square = figure.difference(a, b).square()
        for _ in range(abs(k)):
            sides[k < 0] = sides[k < 0] * square
    return sides[0] - sides[1]


def _sum_of_lengths(figure: Figure, equation: Equation) -> Scalar:
    field = figure.field
    assert isinstance(field, ExactField)
    total = field.constant(0)
    for (a, b), k in equation.terms:
        total = total + field.positive(figure.difference(a, b).square()) * k
    return total


def product(figure: Figure, lines: Iterable[tuple[Pair, int]], turn: Fraction) -> Vector:
    """A vector whose direction is the sum of factor times direction, plus a turn."""
    found: Vector | None = None
    for (a, b), k in lines:
        along = figure.towards(a, b) if k > 0 else figure.towards(a, b).conjugate()
        for _ in range(abs(k)):
            found = along if found is None else found.times(along)
    if found is None:
        found = Vector(figure.field.constant(1), figure.field.constant(0))
    if turn.denominator <= 2:
        for _ in range(int(2 * turn)):
            found = found.turned()
        return found
    return found.times(figure.field.turn(turn))


def defined(equation: Equation, at: At, size: float) -> bool:
    """Whether all its lines have two points that differ in a figure."""
    return all(abs(at[a] - at[b]) > 1e-7 * size for (a, b), _ in equation.terms)


def off(equation: Equation, at: At) -> float:
    """By how much an equation is wrong in a figure; infinite where two of its points are one."""
    if any(at[a] == at[b] for (a, b), _ in equation.terms):
        return math.inf
    if equation.system == RATIO:
        total = sum(k * math.log(abs(at[a] - at[b])) for (a, b), k in equation.terms)
        return total + math.log(equation.square) / 2
    if equation.system == LENGTH:
        lengths = [k * abs(at[a] - at[b]) for (a, b), k in equation.terms]
        return sum(lengths) / sum(map(abs, lengths))
    turns = (k * cmath.phase(at[b] - at[a]) / math.pi for (a, b), k in equation.terms)
    total = sum(turns) + float(equation.turn)
    return total - round(total)


def slopes(all_: Sequence[Equation], at: At, points: Sequence[str]) -> Matrix:
    """How equations change as points move, (equations, 2 points), by rows of unit length."""
    found = gradients(all_, at, points)
    size = np.linalg.norm(found, axis=1, keepdims=True)
    return np.asarray(found / np.maximum(size, 1e-12))


def gradients(all_: Sequence[Equation], at: At, points: Sequence[str]) -> Matrix:
    """How equations change as points move, (equations, 2 points); directions in radians."""
    column = {point: 2 * k for k, point in enumerate(points)}
    found = np.zeros((len(all_), 2 * len(points)))
    for row, equation in zip(found, all_, strict=True):
        for (a, b), k in equation.terms:
            # d log z = dz / z; its real part is of lengths, its imaginary one of directions.
            along = k / (at[b] - at[a])
            if equation.system == LENGTH:
                along *= abs(at[b] - at[a])
            x, y = along.real, -along.imag
            if equation.system == DIRECTION:
                x, y = along.imag, along.real
            for point, sign in ((b, 1), (a, -1)):
                if point in column:
                    row[column[point]] += sign * x
                    row[column[point] + 1] += sign * y
    return found


def refined(
    all_: Sequence[Equation], at: At, moving: Sequence[str], *, rounds: int = 8
) -> dict[str, complex]:
    """The nearest figure in which equations hold, when some points move, by Newton's method."""
    found = dict(at)
    for _ in range(rounds if moving and all_ else 0):
        wrong = np.array([off(e, found) * _unit(e, found) for e in all_])
        if not np.isfinite(wrong).all():
            break
        matrix = gradients(all_, found, moving)
        step = np.linalg.lstsq(matrix, -wrong, rcond=1e-9)[0]
        for point, x, y in zip(moving, step[::2], step[1::2], strict=True):
            found[point] += complex(x, y)
        if np.abs(step).max() < 1e-15:
            break
    return found


def _unit(equation: Equation, at: At) -> float:
    """In what `off` is measured, where `gradients` are in radians and lengths."""
    if equation.system == LENGTH:
        return sum(abs(k) * abs(at[a] - at[b]) for (a, b), k in equation.terms)
    return math.pi if equation.system == DIRECTION else 1.0


def rank(matrix: Matrix) -> int:
    """The rank, where singular values below a millionth of the greatest are rounding."""
    return int(np.linalg.matrix_rank(matrix, rtol=1e-6)) if matrix.size else 0
