"""Two points that are drawn in one place are one point, where two curves through both cross there.

A point may be made in two ways; that both give the same is often the whole problem. A curve through
both is a statement about them which says nothing where they are the same: the line from x is
`para x p x q`, the circle about x is `cong x p x q`, that over a segment xy is
`eqangle p x p y q x q y`.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations

from pellucid.reasoning.geometry.problem import Statement
from pellucid.reasoning.geometry.synthetic.knowledge import Knowledge
from pellucid.reasoning.geometry.synthetic.tables import Table


def coincidences(knowledge: Knowledge, table: Table) -> None:
    """Prove that points which are drawn in one place are one point."""
    for p, q in combinations(knowledge.points, 2):
        if not knowledge.figure.apart(p, q) and q not in knowledge.twins:
            _coincide(knowledge, p, q)


def _coincide(knowledge: Knowledge, p: str, q: str) -> None:
    found: list[Statement] = []
    for locus in _loci(knowledge, p, q):
        if knowledge.holds(locus):
            for other in found:
                if (
                    knowledge.conclude(Statement("same", (p, q)), "two loci", (other, locus))
                    is not None
                ):
                    _identify(knowledge, p, q)
                    return
            found.append(locus)


def _loci(knowledge: Knowledge, p: str, q: str) -> Iterator[Statement]:
    others = [x for x in knowledge.points if knowledge.figure.apart(x, p)]
    for x in others:
        yield Statement("para", (x, p, x, q))
        yield Statement("cong", (x, p, x, q))
    for x, y in combinations(others, 2):
        if knowledge.figure.turn(x, y, p):
            yield Statement("eqangle", (p, x, p, y, q, x, q, y))
        yield Statement("eqratio", (p, x, p, y, q, x, q, y))


def _identify(knowledge: Knowledge, p: str, q: str) -> None:
    """Say of each direction and distance from one that it is that from the other."""
    for x in knowledge.figure.places:
        if x not in (p, q) and knowledge.figure.apart(x, p):
            knowledge.apply("same direction", "pqx", (p, q, x))
            knowledge.apply("same distance", "pqx", (p, q, x))
