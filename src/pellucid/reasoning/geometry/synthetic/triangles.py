"""Similar triangles: two angles, two ratios, or a ratio and an angle that they have in common.

All ordered triangles are sorted by the codes of what a rule compares; those in one class, for which
not all angles and ratios are known to be equal, are similar by that rule. A triangle is also read
in a mirror, with all its angles turned around.
"""

from __future__ import annotations

import numpy as np

from pellucid.reasoning.geometry.synthetic.conditions import order
from pellucid.reasoning.geometry.synthetic.knowledge import Knowledge
from pellucid.reasoning.geometry.synthetic.tables import Codes, Integers, Table, links, mix


def similar_triangles(knowledge: Knowledge, table: Table) -> None:
    """Apply the rules of similar triangles wherever they say something new."""
    t = table.triangles
    if len(t.a) == 0:
        return
    at_a = [table.angle(t.a, t.b, t.c, sign) for sign in (1, -1)]
    at_b = [table.angle(t.b, t.a, t.c, sign) for sign in (1, -1)]
    beside_a = table.ratio(t.a, t.b, t.a, t.c)
    beside_b = table.ratio(t.b, t.a, t.b, t.c)
    turn = [t.turn, -t.turn]
    longer = table.distance[t.a, t.c] >= table.distance[t.a, t.b] * (1 - 1e-9)
    alone = np.where(longer, 0, 1 + np.arange(len(longer)))
    full = _both(lambda s: mix(at_a[s], at_b[s], beside_a, beside_b))
    for rule, key in (
        ("angle angle", _both(lambda s: mix(at_a[s], at_b[s]))),
        ("side angle side", _both(lambda s: mix(at_a[s], beside_a, turn[s]))),
        ("side side side", _both(lambda s: mix(beside_a, beside_b, turn[s]))),
        ("side side angle", _both(lambda s: mix(at_b[s], beside_a, turn[s], alone))),
    ):
        _link(knowledge, table, rule, *links(key, full))


def _both(make) -> Codes:  # type: ignore[no-untyped-def]
    return np.concatenate([make(0), make(1)])


def _link(knowledge: Knowledge, table: Table, rule: str, first: Integers, other: Integers) -> None:
    t = table.triangles
    size = len(t.a)
    for i, j in zip(first, other, strict=True):
        mirrored = (i < size) != (j < size)
        here = table.named(t.a[i % size], t.b[i % size], t.c[i % size])
        there = table.named(t.a[j % size], t.b[j % size], t.c[j % size])
        knowledge.apply(rule + (" mirrored" if mirrored else ""), "abcpqr", here + there)


def divided_segments(knowledge: Knowledge, table: Table) -> None:
    """Triples on lines that are divided in one ratio: their other ratios are equal too."""
    t = table.collinear
    if len(t.a) == 0:
        return
    figure = knowledge.figure
    middle = np.array(
        [
            x.index(order(figure, *x))
            for x in (table.named(*i) for i in zip(t.a, t.b, t.c, strict=True))
        ]
    )
    beside_a = table.ratio(t.a, t.b, t.a, t.c)
    beside_b = table.ratio(t.b, t.a, t.b, t.c)
    for i, j in zip(*links(mix(beside_a, middle), mix(beside_a, beside_b)), strict=True):
        here = table.named(t.a[i], t.b[i], t.c[i])
        there = table.named(t.a[j], t.b[j], t.c[j])
        knowledge.apply("division", "abcpqr", here + there)
