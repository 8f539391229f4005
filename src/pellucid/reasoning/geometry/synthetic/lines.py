"""Lines and segments: points on one line, isosceles triangles, sums and ratios along lines."""

from __future__ import annotations

from fractions import Fraction

import numpy as np

from pellucid.reasoning.geometry.problem import Statement
from pellucid.reasoning.geometry.synthetic.conditions import order
from pellucid.reasoning.geometry.synthetic.elimination import MODULUS
from pellucid.reasoning.geometry.synthetic.equations import Pair, is_constant
from pellucid.reasoning.geometry.synthetic.knowledge import Knowledge
from pellucid.reasoning.geometry.synthetic.tables import Table


def common_points(knowledge: Knowledge, table: Table) -> None:
    """Parallel lines with a common point are one line."""
    t = table.triples
    if len(t.a) == 0:
        return
    first = table.directions([(1, t.a, t.b)])
    second = table.directions([(1, t.a, t.c)])
    third = table.directions([(1, t.b, t.c)])
    new = (first == second) & (second != third) & (t.b < t.c)
    for i in np.flatnonzero(new):
        knowledge.apply("common point", "abc", table.named(t.a[i], t.b[i], t.c[i]))


def isosceles_triangles(knowledge: Knowledge, table: Table) -> None:
    """Equal sides of a triangle make equal angles, and equal angles equal sides."""
    t = table.triangles
    sides = table.length[t.a, t.b] == table.length[t.a, t.c]
    left = table.directions([(2, t.b, t.c), (-1, t.a, t.b)])
    angles = left == table.directions([(1, t.a, t.c)])
    for rule, new in (("isosceles", sides & ~angles), ("isosceles converse", angles & ~sides)):
        for i in np.flatnonzero(new & (t.b < t.c)):
            knowledge.apply(rule, "oab", table.named(t.a[i], t.b[i], t.c[i]))


def sums_of_segments(knowledge: Knowledge, table: Table) -> None:
    """Where three points are on a line, one length is the sum of two."""
    t = table.collinear
    for i in np.flatnonzero((t.a < t.b) & (t.b < t.c)):
        points = table.named(t.a[i], t.b[i], t.c[i])
        middle = order(knowledge.figure, *points)
        a, b = (point for point in points if point != middle)
        knowledge.apply("sum of segments", "amb", (a, middle, b))


def lengths_and_ratios(knowledge: Knowledge, table: Table) -> None:
    """What is known of lengths says something about ratios, and the other way round."""
    for one, other, ratio in (*_proportional(knowledge), *_rational(knowledge, table)):
        name = "cong" if ratio == 1 else "rconst"
        value = None if ratio == 1 else ratio
        statement = Statement(name, (*one, *other), value)
        if knowledge.number(statement) is None and knowledge.figure.true(statement):
            knowledge.establish(statement)


def _proportional(knowledge: Knowledge) -> list[tuple[Pair, Pair, Fraction]]:
    """Lengths that are rational multiples of others, by the system of lengths."""
    system = knowledge.systems["length"]
    found: dict[tuple[tuple[Pair, Fraction], ...], tuple[Pair, Fraction]] = {}
    answer: list[tuple[Pair, Pair, Fraction]] = []
    for variable in system.unknowns:
        terms = sorted(system.normal(variable).items())
        if is_constant(variable) or not terms:
            continue
        scale = terms[0][1]
        direction = tuple((v, k / scale) for v, k in terms)
        if direction not in found:
            found[direction] = (variable, scale)
            continue
        first, other = found[direction]
        if scale / other > 0:
            answer.append((variable, first, scale / other))
    return answer


def _rational(knowledge: Knowledge, table: Table) -> list[tuple[Pair, Pair, Fraction]]:
    """Lengths that are rational multiples of others, by the system of ratios.

    Only those that stand in an equation of lengths are of any use there.
    """
    system = knowledge.systems["ratio"]
    found: dict[int, Pair] = {}
    answer: list[tuple[Pair, Pair, Fraction]] = []
    for variable in knowledge.systems["length"].unknowns:
        if is_constant(variable) or not knowledge.figure.apart(*variable):
            continue
        first = found.setdefault(system.code(variable, constants=False), variable)
        if first != variable:
            ratio = _quotient(system.normal(variable), system.normal(first))
            if ratio is not None:
                answer.append((variable, first, ratio))
    return answer


def _quotient(one: dict[Pair, Fraction], other: dict[Pair, Fraction]) -> Fraction | None:
    """The ratio of two lengths whose logarithms differ by those of whole powers of primes."""
    ratio = Fraction(1)
    for variable in {*one, *other}:
        power = one.get(variable, Fraction(0)) - other.get(variable, Fraction(0))
        if power and (not is_constant(variable) or power.denominator != 1):
            return None
        if power:
            ratio *= Fraction(int(variable[1])) ** int(power)
    return ratio


def bisectors(knowledge: Knowledge, table: Table) -> None:
    """A bisector divides the opposite side in the ratio of the others, and the other way round."""
    t = table.collinear
    half = t.b < t.c
    d, b, c = (x[half][:, None] for x in (t.a, t.b, t.c))
    a = np.arange(table.count)[None]
    far = table.far[a, d] & table.far[a, b] & table.far[a, c]
    angles = table.directions([(2, a, d), (-1, a, b)]) == table.directions([(1, a, c)])
    sides = (table.length[a, b] - table.length[a, c]) % MODULUS
    ratios = sides == (table.length[d, b] - table.length[d, c]) % MODULUS
    for i, j in np.argwhere(far & (angles != ratios)):
        rule = "bisector theorem" if angles[i, j] else "bisector theorem converse"
        knowledge.apply(rule, "abcd", table.named(j, b[i, 0], c[i, 0], d[i, 0]))


def three_parallels(knowledge: Knowledge, table: Table) -> None:
    """Three parallel lines cut two others in one ratio, and the other way round."""
    t = table.collinear
    if len(t.a) == 0:
        return
    shown = _shown_ratio(table)
    buckets = np.unique(shown, return_inverse=True)[1]
    for bucket in range(buckets.max() + 1):
        members = np.flatnonzero(buckets == bucket)
        for i in members:
            _cut(knowledge, table, int(i), members)


def _shown_ratio(table: Table) -> np.ndarray:
    """In which ratio, with sign, b divides ac, in the figure, to 5 digits."""
    t = table.collinear
    u, v = table.place[t.b] - table.place[t.a], table.place[t.c] - table.place[t.a]
    return np.asarray(np.round((u * v).sum(1) / (v * v).sum(1), 5))


def _cut(knowledge: Knowledge, table: Table, i: int, members: np.ndarray) -> None:
    """All triples that lines from the three points of triple i, if parallel, may lead to."""
    t = table.collinear
    a, m, d = t.a[i], t.b[i], t.c[i]
    b, n, c = t.a[members], t.b[members], t.c[members]
    fine = (b > a) & table.far[a, b] & table.far[m, n] & table.far[d, c]
    b, n, c = b[fine], n[fine], c[fine]
    first, second = table.directions([(1, a, b)]), table.directions([(1, m, n)])
    third = table.directions([(1, d, c)])
    ratio = table.ratio(a, m, a, d) == table.ratio(b, n, b, c)
    middle = table.ratio(m, a, m, d) == table.ratio(n, b, n, c)
    forward = (first == second) & (first == third) & ~middle
    converse = (first == third) & (ratio | middle) & (first != second)
    for rule, new in (("three parallels", forward), ("three parallels converse", converse)):
        for j in np.flatnonzero(new):
            knowledge.apply(rule, "amdbnc", table.named(a, m, d, b[j], n[j], c[j]))
