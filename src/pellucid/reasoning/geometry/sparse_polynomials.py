"""Integer polynomials in plain Python, for small problems where FLINT is not installed.

Coefficients by exponents in a dictionary. Common divisors by those of values at large integers,
tried by division (Char, Geddes, Gonnet 1989); squares by Yun's algorithm (1976). Slow beyond some
hundred terms, and exact.
"""

from __future__ import annotations

import heapq
import math
from collections.abc import Mapping, Sequence

from pellucid.reasoning.geometry.rings import integer_root

Powers = tuple[int, ...]


class Sparse:
    """One polynomial; as long as it is not changed, it may be shared."""

    __slots__ = ("names", "table")

    def __init__(self, table: Mapping[Powers, int], names: tuple[str, ...]) -> None:
        self.table = {powers: factor for powers, factor in table.items() if factor}
        self.names = names

    def __add__(self, other: Sparse | int) -> Sparse:
        table = dict(self.table)
        for powers, factor in self._like(other).table.items():
            table[powers] = table.get(powers, 0) + factor
        return Sparse(table, self.names)

    def __neg__(self) -> Sparse:
        return Sparse({powers: -factor for powers, factor in self.table.items()}, self.names)

    def __sub__(self, other: Sparse | int) -> Sparse:
        return self + (-self._like(other))

    def __mul__(self, other: Sparse | int) -> Sparse:
        if isinstance(other, int):
            return Sparse({p: factor * other for p, factor in self.table.items()}, self.names)
        table: dict[Powers, int] = {}
        for left, a in self.table.items():
            for right, b in other.table.items():
                powers = tuple(map(int.__add__, left, right))
                table[powers] = table.get(powers, 0) + a * b
        return Sparse(table, self.names)

    def __pow__(self, exponent: int) -> Sparse:
        result = self._like(1)
        for _ in range(exponent):
            result = result * self
        return result

    __radd__ = __add__
    __rmul__ = __mul__

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sparse | int) and self.table == self._like(other).table

    __hash__ = None  # type: ignore[assignment]

    def _like(self, other: Sparse | int) -> Sparse:
        if isinstance(other, Sparse):
            return other
        return Sparse({(0,) * len(self.names): other}, self.names)

    def __str__(self) -> str:
        """As FLINT writes it: `2*x^2*y - 3*y + 1`."""
        text = ""
        for powers in sorted(self.table, reverse=True):
            factor = self.table[powers]
            parts = [
                name if power == 1 else f"{name}^{power}"
                for name, power in zip(self.names, powers, strict=True)
                if power
            ]
            if abs(factor) != 1 or not parts:
                parts.insert(0, str(abs(factor)))
            sign = "-" if factor < 0 else "+"
            text += f" {sign} " if text else ("-" if factor < 0 else "")
            text += "*".join(parts)
        return text or "0"


class SparseRing:
    """A ring of such polynomials; see `rings.Ring`."""

    def __init__(self, names: Sequence[str]) -> None:
        self.names = tuple(names)

    def constant(self, value: int) -> Sparse:
        """An integer."""
        return Sparse({(0,) * len(self.names): value}, self.names)

    def variable(self, index: int) -> Sparse:
        """One of the variables."""
        return Sparse({tuple(int(k == index) for k in range(len(self.names))): 1}, self.names)

    def degrees(self, a: Sparse) -> Sequence[int]:
        """The degree in each variable."""
        if not a.table:
            return (0,) * len(self.names)
        return tuple(max(column) for column in zip(*a.table, strict=True))

    def terms(self, a: Sparse) -> list[tuple[Powers, int]]:
        """Exponents and coefficients, the leading term first."""
        return sorted(a.table.items(), reverse=True)

    def content(self, a: Sparse) -> int:
        """The content, with the sign of the leading coefficient."""
        if not a.table:
            return 0
        content = math.gcd(*a.table.values())
        return content if a.table[max(a.table)] > 0 else -content

    def split(self, a: Sparse, index: int) -> tuple[Sparse, Sparse]:
        """(c, b) with a = b x + c."""
        free = {powers: factor for powers, factor in a.table.items() if not powers[index]}
        times = {
            (*powers[:index], powers[index] - 1, *powers[index + 1 :]): factor
            for powers, factor in a.table.items()
            if powers[index]
        }
        return Sparse(free, self.names), Sparse(times, self.names)

    def divide(self, a: Sparse, b: Sparse) -> Sparse:
        """The exact quotient."""
        quotient, rest = self._divmod(a, b)
        assert not rest.table, "not a divisor"
        return quotient

    def remainder(self, a: Sparse, b: Sparse) -> Sparse:
        """What is left after all that b's leading term divides is taken away."""
        return self._divmod(a, b)[1]

    def _divmod(self, a: Sparse, b: Sparse) -> tuple[Sparse, Sparse]:
        lead = max(b.table)
        factor, others = b.table[lead], [item for item in b.table.items() if item[0] != lead]
        rest, quotient, left = dict(a.table), {}, {}
        heap = [tuple(-power for power in powers) for powers in rest]
        heapq.heapify(heap)
        while heap:
            powers = tuple(-power for power in heapq.heappop(heap))
            value = rest.pop(powers, 0)
            if not value:
                continue
            shift = tuple(map(int.__sub__, powers, lead))
            if min(shift, default=0) < 0 or value % factor:
                left[powers] = value
                continue
            times = quotient[shift] = value // factor
            for other, b_factor in others:
                target = tuple(map(int.__add__, shift, other))
                if target not in rest:
                    heapq.heappush(heap, tuple(-power for power in target))
                rest[target] = rest.get(target, 0) - times * b_factor
        return Sparse(quotient, self.names), Sparse(left, self.names)

    def gcd(self, a: Sparse, b: Sparse) -> Sparse:
        """The greatest common divisor, with a positive leading coefficient."""
        if not a.table or not b.table:
            only = a if a.table else b
            return only if self.content(only) >= 0 else -only
        highest = [max(pair) for pair in zip(self.degrees(a), self.degrees(b), strict=True)]
        main = next((k for k, degree in enumerate(highest) if degree), None)
        if main is None:
            return self.constant(math.gcd(self.content(a), self.content(b)))
        number = math.gcd(self.content(a), self.content(b))
        a = self.divide(a, self.constant(self.content(a)))
        b = self.divide(b, self.constant(self.content(b)))
        size = min(max(map(abs, a.table.values())), max(map(abs, b.table.values())))
        point = 2 * size + 29
        for _ in range(50):
            found = self._lifted(
                self.gcd(self._at(a, main, point), self._at(b, main, point)), main, point
            )
            if found.table:
                found = self.divide(found, self.constant(self.content(found)))
                if self._divides(found, a) and self._divides(found, b):
                    return found * number
            point = point * 73794 // 27011 + 1
        raise ArithmeticError("no divisor was found at 50 points")

    def _at(self, a: Sparse, main: int, point: int) -> Sparse:
        """The polynomial with a number in the place of a variable."""
        table: dict[Powers, int] = {}
        for powers, factor in a.table.items():
            inner = (*powers[:main], 0, *powers[main + 1 :])
            table[inner] = table.get(inner, 0) + factor * point ** powers[main]
        return Sparse(table, self.names)

    def _lifted(self, a: Sparse, main: int, point: int) -> Sparse:
        """The polynomial with small coefficients whose value at that number is a."""
        table: dict[Powers, int] = {}
        for powers, factor in a.table.items():
            degree = 0
            while factor:
                digit = (factor + point // 2) % point - point // 2
                table[(*powers[:main], degree, *powers[main + 1 :])] = digit
                factor = (factor - digit) // point
                degree += 1
        return Sparse(table, self.names)

    def _divides(self, a: Sparse, b: Sparse) -> bool:
        return not self._divmod(b, a)[1].table

    def root(self, a: Sparse) -> Sparse | None:
        """A square root, if there is one."""
        number, factors = self.squarefree(a)
        root = integer_root(number)
        if root is None or any(power % 2 for _, power in factors):
            return None
        result = self.constant(root)
        for factor, power in factors:
            result = result * factor ** (power // 2)
        return result

    def squarefree(self, a: Sparse) -> tuple[int, list[tuple[Sparse, int]]]:
        """The integer content with its sign, and squarefree factors with their powers."""
        if not a.table:
            return 0, []
        number = self.content(a)
        a = self.divide(a, self.constant(number))
        main = next((k for k, degree in enumerate(self.degrees(a)) if degree), None)
        if main is None:
            return number, []
        content = self._content_in(a, main)
        rest_number, factors = self.squarefree(content)
        return number * rest_number, factors + self._yun(self.divide(a, content), main)

    def factors(self, a: Sparse) -> list[Sparse]:
        """Factors without squares, which may have factors of their own."""
        return [factor for factor, _ in self.squarefree(a)[1]]

    def _yun(self, a: Sparse, main: int) -> list[tuple[Sparse, int]]:
        """Squarefree factors of a polynomial that is primitive in its main variable."""
        slope = self._derivative(a, main)
        shared = self.gcd(a, slope)
        rest, other = self.divide(a, shared), self.divide(slope, shared)
        factors, power = [], 0
        while self.degrees(rest)[main]:
            power += 1
            other = other - self._derivative(rest, main)
            factor = self.gcd(rest, other)
            if self.degrees(factor)[main]:
                factors.append((factor, power))
            rest, other = self.divide(rest, factor), self.divide(other, factor)
        return factors

    def _derivative(self, a: Sparse, main: int) -> Sparse:
        table = {
            (*powers[:main], powers[main] - 1, *powers[main + 1 :]): factor * powers[main]
            for powers, factor in a.table.items()
            if powers[main]
        }
        return Sparse(table, self.names)

    def _coefficients(self, a: Sparse, main: int) -> dict[int, Sparse]:
        tables: dict[int, dict[Powers, int]] = {}
        for powers, factor in a.table.items():
            inner = (*powers[:main], 0, *powers[main + 1 :])
            tables.setdefault(powers[main], {})[inner] = factor
        return {degree: Sparse(table, self.names) for degree, table in tables.items()}

    def _content_in(self, a: Sparse, main: int) -> Sparse:
        content = self.constant(0)
        for coefficient in self._coefficients(a, main).values():
            content = self.gcd(content, coefficient)
        return content
