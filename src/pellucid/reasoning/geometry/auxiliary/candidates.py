"""Points that might help: all that the usual constructions make of a figure, by kind.

Places are computed in all diagrams at once (`points`). What a candidate has in common with the
figure beyond its own construction is counted in `incidence`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, permutations

import numpy as np
from numpy.typing import NDArray

from pellucid.reasoning.geometry.auxiliary import points as at
from pellucid.reasoning.geometry.auxiliary.known import Known
from pellucid.reasoning.geometry.auxiliary.picture import EQUAL, Picture, Places, Reals
from pellucid.reasoning.geometry.problem import Clause, Construction

Integers = NDArray[np.int64]

KINDS: Mapping[str, tuple[tuple[str, tuple[int, ...]], ...]] = {
    "midpoint": (("midpoint", (0, 1)),),
    "mirror": (("mirror", (0, 1)),),
    "reflection": (("reflect", (0, 1, 2)),),
    "foot": (("foot", (0, 1, 2)),),
    "parallelogram": (("on_pline", (0, 1, 2)), ("on_pline", (2, 0, 1))),
    "centre": (("circle", (0, 1, 2)),),
    "lines": (("intersection_ll", (0, 1, 2, 3)),),
    "line and parallel": (("on_line", (0, 1)), ("on_pline", (2, 3, 4))),
    "line and perpendicular": (("on_line", (0, 1)), ("on_tline", (2, 3, 4))),
    "line and circle": (("on_line", (0, 1)), ("on_circle", (2, 3))),
    "line and circle through three": (("on_line", (0, 1)), ("on_circum", (2, 3, 4))),
    "circles": (("on_circle", (0, 1)), ("on_circle", (2, 3))),
    "circle and circle through three": (("on_circle", (0, 1)), ("on_circum", (2, 3, 4))),
    "circles through three": (("on_circum", (0, 1, 2)), ("on_circum", (3, 4, 5))),
    "middle of an arc": (("on_circle", (0, 1)), ("on_bline", (2, 3))),
}
"""Constructions that make a point of each kind, with positions among the points it is made of."""


@dataclass(frozen=True)
class Candidate:
    """A point that might be added, how it is made, and where it stands in each diagram."""

    kind: str
    given: tuple[str, ...]
    places: tuple[complex, ...]

    def clause(self, name: str) -> Clause:
        """The clause of the problem language that makes it under this name."""
        constructions = tuple(
            Construction(construction, (name,), tuple(self.given[i] for i in which))
            for construction, which in KINDS[self.kind]
        )
        return Clause((name,), constructions)


@dataclass(frozen=True)
class Batch:
    """Candidates of one kind: of which points (M, r), and where (D, M)."""

    kind: str
    given: Integers
    places: Places


def batches(picture: Picture, known: Known) -> Iterator[Batch]:
    """All candidates of all kinds, some of them nowhere, or where a point is already."""
    yield from _of_points(picture)
    yield from _of_lines(picture, known)
    yield from _of_circles(picture, known)


def _rows(rows: Sequence[tuple[int, ...]], width: int) -> Integers:
    return np.array(rows, dtype=np.int64).reshape(-1, width)


def _of_points(picture: Picture) -> Iterator[Batch]:
    """Midpoints, points mirrored in others, fourth corners of parallelograms, centres."""
    z, every = picture.places, range(picture.count)
    pairs = _rows(list(combinations(every, 2)), 2)
    yield Batch("midpoint", pairs, (z[:, pairs[:, 0]] + z[:, pairs[:, 1]]) / 2)
    pairs = _rows(list(permutations(every, 2)), 2)
    yield Batch("mirror", pairs, 2 * z[:, pairs[:, 1]] - z[:, pairs[:, 0]])
    threes = _rows(list(combinations(every, 3)), 3)
    a, b, c = (z[:, threes[:, k]] for k in range(3))
    with np.errstate(all="ignore"):
        yield Batch("centre", threes, at.centre(a, b, c))
    # Of points on one line the parallels are that line, and make no point.
    flat = picture.collinear()
    corners = _rows(
        [(b, a, c) for b, c in combinations(every, 2) for a in every if not flat[b, a, c]], 3
    )
    b, a, c = (z[:, corners[:, k]] for k in range(3))
    # x with b x parallel to a c, and c x parallel to b a.
    yield Batch("parallelogram", corners, b + c - a)


def _of_lines(picture: Picture, known: Known) -> Iterator[Batch]:
    """Meets of lines, feet and reflections, meets with parallels and perpendiculars."""
    z, every = picture.places, range(picture.count)
    lines = _rows(known.lines, 2)
    strong = _rows(known.strong, 2)
    with np.errstate(all="ignore"):
        i, j = np.triu_indices(len(lines), 1)
        given = np.concatenate([lines[i], lines[j]], 1)
        a, b, c, d = (z[:, given[:, k]] for k in range(4))
        yield Batch("lines", given, at.meeting(a, b - a, c, d - c))
        given = _rows([(p, *line) for p in every for line in known.lines if p not in line], 3)
        p, a, b = (z[:, given[:, k]] for k in range(3))
        feet = at.foot(p, a, b - a)
        yield Batch("foot", given, feet)
        yield Batch("reflection", given, 2 * feet - p)
        i, j, k = (x.ravel() for x in np.indices((len(strong), picture.count, len(strong))))
        given = np.concatenate([strong[i], j[:, None], strong[k]], 1)
        a, b, p, c, d = (z[:, given[:, k]] for k in range(5))
        yield Batch("line and parallel", given, at.meeting(a, b - a, p, d - c))
        yield Batch("line and perpendicular", given, at.meeting(a, b - a, p, 1j * (d - c)))


def _of_circles(picture: Picture, known: Known) -> Iterator[Batch]:
    """Meets of lines and circles, of circles, and middles of arcs."""
    z = picture.places
    lines = _rows(known.lines, 2)
    about, through = _rows(known.about, 2), _rows(known.through, 3)
    triangles = _rows(known.triangles, 3)
    with np.errstate(all="ignore"):
        named = _Round(about, z[:, about[:, 0]], z[:, about[:, 1]])
        known_three = _Round.through(z, through)
        any_three = _Round.through(z, triangles)
        every = np.indices((len(lines), len(about))).reshape(2, -1)
        yield from _line_and_circle("line and circle", z, lines, named, every)
        kind = "line and circle through three"
        every = np.indices((len(lines), len(through))).reshape(2, -1)
        yield from _line_and_circle(kind, z, lines, known_three, every)
        yield from _line_and_circle(kind, z, lines, any_three, _shared(lines, triangles))
        every = np.stack(np.triu_indices(len(about), 1))
        yield from _two_circles("circles", z, named, named, every)
        every = np.indices((len(about), len(through))).reshape(2, -1)
        yield from _two_circles("circle and circle through three", z, named, known_three, every)
        kind = "circles through three"
        every = np.stack(np.triu_indices(len(through), 1))
        yield from _two_circles(kind, z, known_three, known_three, every)
        yield from _two_circles(kind, z, known_three, any_three, _shared(through, triangles))
        yield from _middles(picture, about)


@dataclass(frozen=True)
class _Round:
    """Circles: what names them (C, r), and in each diagram their centres and a point, (D, C)."""

    named: Integers
    centre: Places
    point: Places

    @classmethod
    def through(cls, z: Places, threes: Integers) -> _Round:
        return cls(threes, at.centre(*(z[:, threes[:, k]] for k in range(3))), z[:, threes[:, 0]])

    @property
    def square(self) -> Reals:
        return np.asarray(np.abs(self.centre - self.point) ** 2)


def _shared(one: Integers, other: Integers) -> Integers:
    """Pairs of rows with just one point in common, (2, P)."""
    common = (one[:, None, :, None] == other[None, :, None, :]).sum((2, 3))
    return np.stack(np.nonzero(common == 1))


def _line_and_circle(
    kind: str, z: Places, lines: Integers, circles: _Round, which: Integers
) -> Iterator[Batch]:
    i, j = which
    a, b = z[:, lines[i, 0]], z[:, lines[i, 1]]
    given = np.concatenate([lines[i], circles.named[j]], 1)
    two = at.on_circle(a, b - a, circles.centre[:, j], circles.square[:, j])
    for place in _known_first(z, *two):
        yield Batch(kind, given, place)


def _known_first(z: Places, one: Places, two: Places) -> tuple[Places, Places]:
    """Two meets (D, M), that where a point of the figure is first, in every diagram.

    Else the second meet would come first in some diagrams, and be taken for no one point.
    """
    size = np.abs(z - z.mean(1, keepdims=True)).max(1)[:, None, None]
    at_one, at_two = (np.abs(x[:, :, None] - z[:, None, :]) < EQUAL * size for x in (one, two))
    point = np.argmax((at_one | at_two).all(0), axis=1)
    swapped = (at_two & ~at_one)[:, np.arange(one.shape[1]), point]
    swapped &= (at_one | at_two).all(0)[np.arange(one.shape[1]), point]
    return np.where(swapped, two, one), np.where(swapped, one, two)


def _two_circles(
    kind: str, z: Places, one: _Round, other: _Round, which: Integers
) -> Iterator[Batch]:
    i, j = which
    given = np.concatenate([one.named[i], other.named[j]], 1)
    two = at.on_both(one.centre[:, i], one.square[:, i], other.centre[:, j], other.square[:, j])
    for place in _known_first(z, *two):
        yield Batch(kind, given, place)


def _middles(picture: Picture, about: Integers) -> Iterator[Batch]:
    z = picture.places
    far = np.abs(z[:, about[:, 0]][:, :, None] - z[:, None, :])
    on = np.abs(far - np.abs(z[:, about[:, 0]] - z[:, about[:, 1]])[:, :, None])
    on = (on < 1e-7 * picture.size[:, :, None]).all(0)
    rows = [
        (*about[k], i, j)
        for k in range(len(about))
        for i, j in combinations(np.flatnonzero(on[k]), 2)
    ]
    given = _rows(rows, 4)
    o, p, a, b = (z[:, given[:, k]] for k in range(4))
    for place in at.on_circle((a + b) / 2, 1j * (b - a), o, np.abs(p - o) ** 2):
        yield Batch("middle of an arc", given, place)
