"""Square roots in a tower: found where they are there, adjoined where not.

In a tower K < K(s), s^2 = d, an element e = a + b s has a root in K(s) if and only if
- b = 0, and a or a d has a root in K; or
- its norm a^2 - b^2 d has a root n in K, and (a + n) / 2 or (a - n) / 2 one, x; it is x + b s / 2x.
So nested radicals are undone, products of radicals merged, and no reducible equation is left.
"""

from __future__ import annotations

from pellucid.reasoning.geometry.functions import Function, Tower
from pellucid.reasoning.geometry.rings import Polynomial, integer_root, square_divisor


def find_root(square: Function, level: int | None = None) -> Function | None:
    """A root of an element among the elements with the first radicals only; None if none is.

    Which of both it is, and so its sign in the diagram, is left to how it was found.
    """
    tower = square.tower
    if square.num == 0:
        return square
    level = len(tower.radicands) if level is None else level
    if level == 0:
        return _rational_root(square)
    k = level - 1
    free, times = tower.split(square.num, k)
    if times == 0:
        found = find_root(square, k)
        if found is not None:
            return found
        d = tower.element(tower.radicands[k])
        found = find_root(square * d, k)
        return None if found is None else found * tower.element(tower.radical(k)) / d
    a, b = tower.element(free, square.den), tower.element(times, square.den)
    n = find_root(a * a - b * b * tower.element(tower.radicands[k]), k)
    if n is None:
        return None
    for half in ((a + n) / 2, (a - n) / 2):
        x = find_root(half, k)
        if x is not None:
            return x + b / (x * 2) * tower.element(tower.radical(k))
    return None


def new_root(square: Function) -> Function:
    """A root of an element that has none: a new radical, times what can be taken out of it."""
    tower, ring = square.tower, square.tower.ring
    content = _content(square.num, tower)
    inner = ring.divide(square.num, content)
    outer, rest = _square_part(content, tower)
    below, low = _square_part(square.den, tower)
    # sqrt(N / D) = outer / (below low) sqrt(rest low inner), for N = outer^2 rest inner and
    # D = below^2 low.
    radicand = rest * low * inner
    factor = tower.element(outer, below * low)
    scale = factor.approx or 1.0
    radical = tower.adjoin(radicand, abs(square.approx) ** 0.5 / abs(scale))
    return factor * tower.element(radical)


def _rational_root(square: Function) -> Function | None:
    """The root of a fraction of polynomials in the parameters, which are squares themselves."""
    tower, ring = square.tower, square.tower.ring
    above, below = ring.content(square.num), ring.content(square.den)
    number = integer_root(above * below)
    if number is None:
        return None
    den = ring.root(ring.divide(square.den, ring.constant(below)))
    if den is None:
        return None
    num = ring.root(ring.divide(square.num, ring.constant(above)))
    if num is None:
        return None
    return tower.element(num * number, den * below)


def _content(a: Polynomial, tower: Tower) -> Polynomial:
    """The greatest common divisor of a polynomial's coefficients before products of radicals."""
    k = tower.top(a)
    if k < 0:
        return a
    free, times = tower.split(a, k)
    content = _content(times, tower)
    return content if free == 0 else tower.ring.gcd(_content(free, tower), content)


def _square_part(a: Polynomial, tower: Tower) -> tuple[Polynomial, Polynomial]:
    """(b, c) with a = b^2 c, and no square in c."""
    ring = tower.ring
    number, factors = ring.squarefree(a)
    divisor = square_divisor(number)
    outer, rest = ring.constant(divisor), ring.constant(number // (divisor * divisor))
    for factor, power in factors:
        outer = outer * factor ** (power // 2)
        if power % 2:
            rest = rest * factor
    return outer, rest
