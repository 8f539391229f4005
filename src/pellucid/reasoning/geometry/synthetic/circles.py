"""Circles: points that are on one, their centres, inscribed angles, arcs and chords."""

from __future__ import annotations

from itertools import combinations, permutations

import numpy as np

from pellucid.reasoning.geometry.problem import Statement
from pellucid.reasoning.geometry.synthetic.knowledge import Knowledge
from pellucid.reasoning.geometry.synthetic.tables import Table, links, mix


def circles_about_centres(knowledge: Knowledge, table: Table) -> None:
    """Points at one distance from a centre lie on a circle."""
    for o in range(table.count):
        for members in _equally_far(table, o):
            points = table.named(*members)
            if len(points) > 3 and knowledge.circle(points) is None:
                linked = [
                    Statement("cong", (table.names[o], points[0], table.names[o], p))
                    for p in points[1:]
                ]
                knowledge.conclude(Statement("cyclic", points), "circle about a centre", linked)


def _equally_far(table: Table, o: int) -> list[list[int]]:
    """Groups of points at one distance from o."""
    groups: dict[int, list[int]] = {}
    for i in np.flatnonzero(table.far[o]):
        groups.setdefault(int(table.length[o, i]), []).append(int(i))
    return [group for group in groups.values() if len(group) > 1]


def equal_angles_over_segments(knowledge: Knowledge, table: Table) -> None:
    """Equal angles over one segment lie on a circle."""
    t = table.triangles
    half = np.flatnonzero(t.a < t.b)
    if len(half) == 0:
        return
    a, b, c = t.a[half], t.b[half], t.c[half]
    key = mix(a, b, table.angle(c, a, b))
    for i, j in zip(*links(key, mix(key, c)), strict=True):
        points = table.named(a[i], b[i], c[i], c[j])
        if knowledge.circle(points) is None:
            knowledge.apply("equal angles over a segment", "abcd", points)


def inscribed_angles(knowledge: Knowledge, table: Table) -> None:
    """Angles of points of a circle over one chord are equal."""
    for number in list(knowledge.circles):
        points = [p for p in knowledge.facts[number].statement.points if p not in knowledge.twins]
        if len(points) < 4:
            continue
        a = points[0]
        b = next(p for p in points if knowledge.figure.apart(a, p))
        for c, d in combinations([p for p in points if p not in (a, b)], 2):
            knowledge.apply("inscribed", "abcd", (a, b, c, d))
            knowledge.apply("inscribed", "abcd", (a, c, b, d))


def centres(knowledge: Knowledge, table: Table) -> None:
    """A point is the centre of a circle: by three distances, two chords, or the angle there."""
    for number in list(knowledge.circles):
        on = {p: i for i, p in enumerate(table.names)}
        points = [on[p] for p in knowledge.facts[number].statement.points if p in on]
        for o in range(table.count):
            if o not in points:
                _centre(knowledge, table, o, points)
    _central_angles(knowledge, table)


def _centre(knowledge: Knowledge, table: Table, o: int, points: list[int]) -> None:
    """Whether equal distances from o to points of one circle make it the centre."""
    groups = [[i for i in group if i in points] for group in _equally_far(table, o)]
    groups = [group for group in groups if len(group) > 1]
    for group in groups:
        if len(group) > 2:
            for d in points:
                if d not in group:
                    knowledge.apply("centre", "oabcd", table.named(o, *group[:3], d))
            return
    for (a, b, *_), (c, d, *_) in combinations(groups, 2):
        knowledge.apply("bisectors of chords", "oabcd", table.named(o, a, b, c, d))


def _central_angles(knowledge: Knowledge, table: Table) -> None:
    """The angle at the centre is twice the inscribed angle."""
    o, a, b = (x.ravel() for x in np.indices((table.count,) * 3))
    fine = table.far[o, a] & table.far[o, b] & table.far[a, b] & (a < b)
    fine &= table.length[o, a] == table.length[o, b]
    o, a, b = o[fine], a[fine], b[fine]
    if len(o) == 0:
        return
    t = table.triangles
    half = t.a < t.b
    seen = mix(
        t.a[half],
        t.b[half],
        table.directions([(1, t.c[half], t.a[half]), (-1, t.c[half], t.b[half])]),
    )
    wanted = mix(a, b, table.directions([(1, o, a), (-1, a, b)], -0.5))
    order = np.argsort(seen, kind="stable")
    starts = np.searchsorted(seen[order], wanted, side="left")
    ends = np.searchsorted(seen[order], wanted, side="right")
    for i, start, end in zip(range(len(o)), starts, ends, strict=True):
        for c in t.c[half][order[start:end]]:
            if c != o[i] and table.length[o[i], c] != table.length[o[i], a[i]]:
                points = table.named(o[i], a[i], b[i], c)
                knowledge.apply("hypotenuse", "oabc", points)
                knowledge.apply("central angle", "oabc", points)


def arcs_and_chords(knowledge: Knowledge, table: Table) -> None:
    """Equal inscribed angles stand over equal chords of a circle, and the other way round."""
    on = {p: i for i, p in enumerate(table.names)}
    for number in list(knowledge.circles):
        points = [on[p] for p in knowledge.facts[number].statement.points if p in on]
        if len(points) > 3 and _apart(table, points):
            _chords(knowledge, table, points)


def _apart(table: Table, points: list[int]) -> bool:
    """Whether no two of these points are drawn in one place: they wait to be proved one."""
    return all(table.far[i, j] for i, j in combinations(points, 2))


def _chords(knowledge: Knowledge, table: Table, points: list[int]) -> None:
    """Compare all chords of one circle; a chord is seen from a third point."""
    chords = [
        (*chord, next(c for c in points if c not in chord)) for chord in permutations(points, 2)
    ]
    a, b, c = (np.array(column) for column in zip(*chords, strict=True))
    angle, chord = table.angle(c, a, b), mix(table.length[a, b])
    for i, j in zip(*links(angle, mix(angle, chord)), strict=True):
        named = table.named(a[i], b[i], c[i], a[j], b[j], c[j])
        knowledge.apply("equal chords", "abcpqr", named)
    shown = np.round(_seen(table, a, b, c), 5) % 1
    key = mix(chord, (shown * 1e5).round().astype(np.int64))
    for i, j in zip(*links(key, mix(key, angle)), strict=True):
        named = table.named(a[i], b[i], c[i], a[j], b[j], c[j])
        knowledge.apply("equal arcs", "abcpqr", named)


def _seen(table: Table, a: np.ndarray, b: np.ndarray, c: np.ndarray) -> np.ndarray:
    """The angle at c between a and b in the figure, in units of pi, modulo 1."""
    u, v = table.place[a] - table.place[c], table.place[b] - table.place[c]
    angle = np.arctan2(v[:, 1], v[:, 0]) - np.arctan2(u[:, 1], u[:, 0])
    return np.asarray(angle / np.pi % 1)
