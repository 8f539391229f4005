"""What a goal needs of a figure: points that only hang on others are left out.

To leave out an assumption is always sound: what follows from fewer follows from all. A point is
left out where that loses nothing, to first order: all motions of the other points that what is
assumed of them allows come from motions of the whole figure.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import combinations

from pellucid.reasoning.geometry.placed.equations import At, Equation, rank, slopes


def relevant(
    all_: Sequence[Equation], points: Sequence[str], asked: Iterable[str], at: At
) -> tuple[list[Equation], list[str]]:
    """The equations and points that are left."""
    left, kept, needed = list(all_), list(points), set(asked)
    # A statement may name points that its equation does not: they have to stand, too.
    named = {e.statement: e.points for e in all_}
    needed |= {p for statement, its in named.items() for p in {*statement.points} - its}
    while (out := _idle(left, kept, needed, at)) is not None:
        left, kept = _without(left, out), [point for point in kept if point not in out]
    return left, kept


def _idle(
    left: Sequence[Equation], kept: Sequence[str], needed: set[str], at: At
) -> tuple[str, ...] | None:
    """One point, or two that share an equation, that can be left out."""
    matrix = slopes(left, at, kept)
    whole = rank(matrix)
    free = [point for point in reversed(kept) if point not in needed]
    together = {frozenset(pair) for e in left for pair in combinations(e.points - needed, 2)}
    couples = [pair for pair in combinations(free, 2) if frozenset(pair) in together]
    for out in [*((point,) for point in free), *couples]:
        rows = [k for k, e in enumerate(left) if not e.points & {*out}]
        columns = [2 * kept.index(point) + k for point in out for k in (0, 1)]
        others = [k for k in range(2 * len(kept)) if k not in columns]
        rest = matrix[rows][:, others]
        if whole - rank(rest) == rank(matrix[:, columns]):
            return out
    return None


def _without(left: Sequence[Equation], out: Sequence[str]) -> list[Equation]:
    return [equation for equation in left if not equation.points & {*out}]
