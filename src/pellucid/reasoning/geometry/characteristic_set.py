"""Characteristic sets: equations put in order, each about one new variable, by pseudo-division.

Ritt 1950; Wu 1978. Of some polynomials, the lowest in each variable make the chain; the others are
divided by it, and what remains of them joins them, until nothing remains.
"""

from __future__ import annotations

from collections.abc import Sequence

from pellucid.reasoning.geometry.pseudo_division import main_variable, primitive, pseudo_divide
from pellucid.reasoning.geometry.rings import Polynomial, Ring


def characteristic_set(
    ring: Ring, polynomials: Sequence[Polynomial], variables: Sequence[int]
) -> list[tuple[int, Polynomial]] | None:
    """The chain of some polynomials in these variables, the least first, over those before them.

    Returns pairs of a variable and a polynomial whose greatest variable it is. A chain has at most
    one for each. None if the polynomials have something to say of older variables alone: then
    they contradict each other, or restrict what was free.
    """
    known = [primitive(ring, a) for a in polynomials if a != 0]
    while True:
        chain = _lowest(ring, known, variables)
        if chain is None:
            return None
        rest = []
        for a in known:
            if all(a != b for _, b in chain):
                remainder = reduced(ring, a, chain)
                if remainder != 0:
                    rest.append(primitive(ring, remainder))
        if not rest:
            return chain
        known = [b for _, b in chain] + rest


def _lowest(
    ring: Ring, polynomials: Sequence[Polynomial], variables: Sequence[int]
) -> list[tuple[int, Polynomial]] | None:
    """Of each variable the polynomial of the least degree, and of those the shortest."""
    best: dict[int, tuple[tuple[int, int], Polynomial]] = {}
    for a in polynomials:
        variable = main_variable(ring, a)
        if variable not in variables:
            return None
        assert variable is not None
        rank = (ring.degrees(a)[variable], len(ring.terms(a)))
        if variable not in best or rank < best[variable][0]:
            best[variable] = (rank, a)
    # The least variable has the greatest index.
    return [(variable, best[variable][1]) for variable in sorted(best, reverse=True)]


def reduced(ring: Ring, a: Polynomial, chain: Sequence[tuple[int, Polynomial]]) -> Polynomial:
    """The remainder by a chain, whose least variable stands first; from its last to its first."""
    for variable, b in reversed(chain):
        if a == 0:
            break
        if ring.degrees(a)[variable]:
            a = primitive(ring, pseudo_divide(ring, a, b, variable).remainder)
    return a
