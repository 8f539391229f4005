"""Which exact functions are positive wherever they are defined and not zero.

A function N / D without radicals is, if N D is a positive number times even powers, and times
polynomials whose terms are all positive and of even degree in each variable. That is a certificate,
no decision: what is not seen to be positive may be so.
"""

from __future__ import annotations

from pellucid.reasoning.geometry.functions import Function, Tower
from pellucid.reasoning.geometry.rings import Polynomial


def surely_positive(value: Function) -> bool:
    """Whether a function is seen to be positive in all figures but the degenerate ones."""
    tower = value.tower
    if value.num == 0 or tower.top(value.num) >= 0:
        return False
    number = 1
    odd: list[Polynomial] = []
    for part in (value.num, value.den):
        content, factors = tower.ring.squarefree(part)
        number *= content
        # A factor of both cancels in the sign; as they are in lowest terms there is none.
        odd += [factor for factor, power in factors if power % 2]
    signs = [_sign(factor, tower) for factor in odd]
    for sign in signs:
        number *= sign
    return number > 0


def _sign(factor: Polynomial, tower: Tower) -> int:
    """1 or -1 of a polynomial whose terms are all even and of one sign; else 0."""
    terms = tower.ring.terms(factor)
    if any(power % 2 for powers, _ in terms for power in powers):
        return 0
    if all(number > 0 for _, number in terms):
        return 1
    return -1 if all(number < 0 for _, number in terms) else 0
