"""The same question as linear algebra: an independent solver, which gives no reasons.

Every coupling is one equation in the turns of two gears. What the gears can do is the null space of
all equations; it is found by elimination in fractions, with the driver's turns kept to the last.
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

from pellucid.reasoning.gears.system import Coupling, GearProblem

Row = list[Fraction]


def equations(problem: GearProblem, sizes: Mapping[str, Fraction]) -> list[Row]:
    """A row for each coupling: what must be 0, in the turns of the gears, clockwise positive."""
    place = {gear: k for k, gear in enumerate(problem.gears)}
    rows = []
    for link in problem.links:
        row = [Fraction(0)] * len(place)
        one, two = (
            (Fraction(1), Fraction(1))
            if link.coupling is Coupling.AXLE
            else (sizes[link.one], sizes[link.two])
        )
        row[place[link.one]] += one
        row[place[link.two]] += two if link.coupling.sign < 0 else -two
        rows.append(row)
    return rows


def turns(
    problem: GearProblem, sizes: Mapping[str, Fraction], driver: str
) -> dict[str, Fraction] | None:
    """The turns of each gear that one clockwise turn of the driver makes; 0 where it need not.

    None if the driver cannot turn.
    """
    order = [gear for gear in problem.gears if gear != driver] + [driver]
    place = {gear: k for k, gear in enumerate(problem.gears)}
    rows = [[row[place[gear]] for gear in order] for row in equations(problem, sizes)]
    leads = _eliminate(rows)
    last = len(order) - 1
    if last in leads:
        return None
    found = dict.fromkeys(order, Fraction(0))
    found[driver] = Fraction(1)
    for row, lead in zip(rows, leads, strict=False):
        found[order[lead]] = -row[last]
    return found


def _eliminate(rows: list[Row]) -> list[int]:
    """Bring rows to the reduced echelon form, in place; the leading columns, row by row."""
    leads: list[int] = []
    for column in range(len(rows[0]) if rows else 0):
        rank = len(leads)
        pivot = next((k for k in range(rank, len(rows)) if rows[k][column]), None)
        if pivot is None:
            continue
        rows[rank], rows[pivot] = rows[pivot], rows[rank]
        lead = rows[rank][column]
        rows[rank] = [a / lead for a in rows[rank]]
        for k, row in enumerate(rows):
            if k != rank and row[column]:
                rows[k] = [a - row[column] * b for a, b in zip(row, rows[rank], strict=True)]
        leads.append(column)
    return leads
