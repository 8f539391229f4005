"""What seems to be true of a drawn figure: lines, circles, equal lengths, directions, angles.

Candidates for the oracle. Points and lines that share a measure are found by sorting, not by
trying all statements; of what is equal to each other a few statements say it all, each about two
neighbours in a chain.
"""

from __future__ import annotations

import cmath
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from fractions import Fraction
from itertools import combinations, pairwise
from typing import TypeVar

from pellucid.reasoning.geometry.plane import circle_through
from pellucid.reasoning.geometry.problem import Statement

NEAR = 1e-7
"""How near two measures are that count as equal, by the size of the figure or in half turns."""
RATIOS = tuple(Fraction(*pair) for pair in ((2, 1), (3, 1), (3, 2), (4, 1), (4, 3)))
"""Of lengths along a line, where they are not equal."""

Item = TypeVar("Item")
At = Mapping[str, complex]
Pair = tuple[str, str]


def seeming(places: Mapping[str, tuple[float, float]]) -> Iterator[Statement]:
    """Statements that hold in a figure: points on lines first, triangles last."""
    at = {name: complex(*place) for name, place in places.items()}
    lines, circles = _lines(at), _circles(at)
    for line in lines:
        if len(line) > 2:
            yield Statement("coll", line)
    for circle in circles:
        yield Statement("cyclic", circle)
    yield from _middles(at, lines)
    yield from _directions(at, lines)
    yield from _lengths(at, lines)
    yield from _ratios(at, lines)
    yield from _angles(at, lines)
    yield from _triangles(at)


def _lines(at: At) -> list[tuple[str, ...]]:
    """All lines through two points or more, each with all of its points in order along it."""
    found: dict[frozenset[str], tuple[str, ...]] = {}
    for a, b in combinations(at, 2):
        if abs(at[b] - at[a]) < NEAR:
            continue
        along = at[b] - at[a]
        shares = {p: (z - at[a]) / along for p, z in at.items()}
        on = sorted(
            (p for p, share in shares.items() if abs(share.imag) < NEAR),
            key=lambda p: shares[p].real,
        )
        found.setdefault(frozenset(on), tuple(on))
    return list(found.values())


def _circles(at: At) -> list[tuple[str, ...]]:
    """Circles through four points or more, the points in order around them."""
    found: dict[frozenset[str], tuple[str, ...]] = {}
    for a, b, c in combinations(at, 3):
        circle = circle_through(at[a], at[b], at[c])
        if circle is None:
            continue
        centre, radius = circle
        on = [name for name, z in at.items() if abs(abs(z - centre) - radius) < NEAR * radius]
        distinct = {round(cmath.phase(at[name] - centre), 6) for name in on}
        if len(distinct) > 3 and len(distinct) == len(on):
            order = sorted(on, key=lambda name: cmath.phase(at[name] - centre))
            found.setdefault(frozenset(on), tuple(order))
    return list(found.values())


def _middles(at: At, lines: Sequence[tuple[str, ...]]) -> Iterator[Statement]:
    for line in lines:
        for a, m, b in combinations(line, 3):
            if abs(2 * at[m] - at[a] - at[b]) < NEAR * abs(at[a] - at[b]):
                yield Statement("midp", (m, a, b))


def _directions(at: At, lines: Sequence[tuple[str, ...]]) -> Iterator[Statement]:
    """Parallel lines, and of each two sets of parallels that are perpendicular one statement."""
    ends = [_named(at, line) for line in lines]
    sets = _equal(ends, lambda pair: _direction(at, pair), turn=1.0)
    for parallels in sets:
        for one, two in pairwise(parallels):
            yield Statement("para", (*one, *two))
    for upright in _equal([s[0] for s in sets], lambda pair: _direction(at, pair) % 0.5, turn=0.5):
        for one, two in combinations(upright, 2):
            yield Statement("perp", (*one, *two))


def _named(at: At, line: tuple[str, ...]) -> Pair:
    """A line by those two of its points that were made first."""
    a, b = [name for name in at if name in line][:2]
    return a, b


def _direction(at: At, pair: Pair) -> float:
    """Of a line, in half turns from 0 to 1."""
    return cmath.phase(at[pair[1]] - at[pair[0]]) / math.pi % 1.0


def _lengths(at: At, lines: Sequence[tuple[str, ...]]) -> Iterator[Statement]:
    for lengths in _equal(_pairs(at), lambda pair: math.log(abs(at[pair[0]] - at[pair[1]]))):
        for one, two in pairwise(lengths):
            yield Statement("cong", (*one, *two))


def _pairs(at: At) -> list[Pair]:
    return [pair for pair in combinations(at, 2) if abs(at[pair[0]] - at[pair[1]]) > NEAR]


def _ratios(at: At, lines: Sequence[tuple[str, ...]]) -> Iterator[Statement]:
    """Simple ratios of lengths along one line."""
    for line in lines:
        for a, m, b in combinations(line, 3):
            one, two = abs(at[a] - at[m]), abs(at[m] - at[b])
            for ratio in RATIOS:
                if abs(one - ratio * two) < NEAR * one:
                    yield Statement("rconst", (a, m, m, b), ratio)
                if abs(two - ratio * one) < NEAR * two:
                    yield Statement("rconst", (m, b, a, m), ratio)


def _angles(at: At, lines: Sequence[tuple[str, ...]]) -> Iterator[Statement]:
    """Equal angles between lines that meet in points of the figure, right ones left out."""
    corners: list[tuple[str, Pair, Pair]] = []
    for one, two in combinations(lines, 2):
        for corner in set(one) & set(two):
            arms = [next(p for p in at if p in line and p != corner) for line in (one, two)]
            corners.append((corner, (corner, arms[0]), (corner, arms[1])))
            corners.append((corner, (corner, arms[1]), (corner, arms[0])))

    def size(angle: tuple[str, Pair, Pair]) -> float:
        return (_direction(at, angle[2]) - _direction(at, angle[1])) % 1.0

    oblique = [angle for angle in corners if 0 < size(angle) < 0.5 - NEAR]
    for angles in _equal(oblique, size, turn=1.0):
        for (_, a, b), (_, c, d) in pairwise(angles):
            yield Statement("eqangle", (*a, *b, *c, *d))


def _triangles(at: At) -> Iterator[Statement]:
    """Similar triangles of one size or of two, in a chain for each shape."""
    shapes: list[tuple[str, str, str]] = []
    for names in combinations(at, 3):
        sides = [abs(at[p] - at[q]) for p, q in ((names[1], names[2]), names[::2], names[:2])]
        order = sorted(range(3), key=lambda k: sides[k])
        low, middle, high = (sides[k] for k in order)
        # Shapes that fold, or that have two equal sides, are said by other statements.
        folded = low < 1e-3 * high or low + middle < (1 + 1e-6) * high
        if not folded and min(middle - low, high - middle) > 1e-4 * high:
            a, b, c = (names[k] for k in order)
            shapes.append((a, b, c))

    def ratio(triangle: tuple[str, str, str]) -> tuple[float, float]:
        a, b, c = (at[name] for name in triangle)
        return math.log(abs(c - a) / abs(a - b)), math.log(abs(b - c) / abs(a - b))

    for similar in _equal(shapes, lambda t: ratio(t)[0]):
        for alike in _equal(similar, lambda t: ratio(t)[1]):
            for one, two in pairwise(alike):
                same = abs(_area(at, one)) - abs(_area(at, two))
                kind = "contri" if abs(same) < NEAR * abs(_area(at, one)) else "simtri"
                turned = _area(at, one) * _area(at, two) < 0
                yield Statement(kind + "r" * turned, (*one, *two))


def _area(at: At, triangle: Sequence[str]) -> float:
    a, b, c = (at[name] for name in triangle)
    return ((b - a).conjugate() * (c - a)).imag


def _equal(
    items: Sequence[Item], measure: Callable[[Item], float], *, turn: float = 0.0
) -> list[list[Item]]:
    """Items by equal measures, modulo `turn`; each set in the order of the items."""
    values = {k: measure(item) for k, item in enumerate(items)}
    order = sorted(values, key=lambda k: values[k])
    groups: list[list[int]] = []
    for k in order:
        if groups and values[k] - values[groups[-1][-1]] < NEAR:
            groups[-1].append(k)
        else:
            groups.append([k])
    if turn and len(groups) > 1 and values[order[0]] + turn - values[order[-1]] < NEAR:
        groups[0] = groups.pop() + groups[0]
    return [[items[k] for k in sorted(group)] for group in groups]
