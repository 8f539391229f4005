"""Rules about any four points: altitudes, bisectors, equal segments between parallel lines."""

from __future__ import annotations

import numpy as np

from pellucid.reasoning.geometry.problem import Statement
from pellucid.reasoning.geometry.synthetic.knowledge import Knowledge
from pellucid.reasoning.geometry.synthetic.tables import Table

MANY = 40
"""Points beyond which tables of four of them would be too large: these rules are left out."""


def equal_angles_at(table: Table) -> np.ndarray:
    """Whether x is on a bisector of the angle at a between b and c; (n, n, n, n) for x, a, b, c."""
    x, a, b, c = np.indices((table.count,) * 4, sparse=True)
    doubled = table.directions([(2, a, x), (-1, a, b)])
    known = doubled == table.directions([(1, a, c)])
    apart = table.far[a, x] & table.far[a, b] & table.far[a, c]
    return np.asarray(known & apart & (b != c))


def concurrent_bisectors(knowledge: Knowledge, table: Table) -> None:
    """The bisectors of a triangle meet in one point."""
    if table.count > MANY:
        return
    on = equal_angles_at(table)
    at_b, at_c = on.transpose(0, 2, 1, 3), on.transpose(0, 2, 3, 1)
    apart = ~np.eye(table.count, dtype=bool)
    new = on & at_b & ~at_c & apart[:, None, None, :]
    for x, a, b, c in np.argwhere(new):
        if a < b:
            knowledge.apply("bisectors", "xabc", table.named(x, a, b, c))


def concurrent_altitudes(knowledge: Knowledge, table: Table) -> None:
    """The altitudes of a triangle meet in one point."""
    a, b, c, d = np.indices((table.count,) * 4, sparse=True)
    if not 4 <= table.count <= MANY:
        return
    apart = table.far[a, b] & table.far[a, c] & table.far[a, d]
    apart = apart & table.far[b, c] & table.far[b, d] & table.far[c, d]
    right = table.directions([(1, a, b)]) == table.directions([(1, c, d)], 0.5)
    found = right & right.transpose(0, 2, 1, 3) & ~right.transpose(0, 2, 3, 1) & apart
    for i, j, k, l in np.argwhere(found):
        if j < k:
            knowledge.apply("orthocentre", "abcd", table.named(i, j, k, l))


def equal_legs(knowledge: Knowledge, table: Table) -> None:
    """Equal segments between parallel lines are parallel, or lean equally."""
    if not 4 <= table.count <= MANY:
        return
    a, b, c, d = np.indices((table.count,) * 4, sparse=True)
    apart = table.far[a, b] & table.far[d, c] & table.far[a, d] & table.far[b, c] & (a < b)
    along, left, right = (table.directions([(1, *ends)]) for ends in ((a, b), (a, d), (b, c)))
    level = along == table.directions([(1, d, c)])
    equal = table.length[a, d] == table.length[b, c]
    leaning = table.directions([(2, a, b), (-1, a, d)]) == right
    new = apart & level & equal & (left != right) & ~leaning & (left != along)
    for points in np.argwhere(new):
        i, j, k, l = table.named(*points)
        shown = knowledge.figure.true(Statement("para", (i, l, j, k)))
        rule = "parallelogram" if shown else "isosceles trapezoid"
        knowledge.apply(rule, "abcd", (i, j, k, l))
