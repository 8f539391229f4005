"""What a statement looks like: lines, circles, angles and marks, in the figure's coordinates."""

from __future__ import annotations

import cmath
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import combinations

from pellucid.reasoning.geometry.plane import circle_through
from pellucid.reasoning.geometry.problem import Statement

At = Mapping[str, complex]


@dataclass(frozen=True)
class Segment:
    """A line from one place to another; dashed where it is an extension only."""

    start: complex
    end: complex
    dashed: bool = False


@dataclass(frozen=True)
class Circle:
    """A whole circle."""

    centre: complex
    radius: float


@dataclass(frozen=True)
class Angle:
    """A sector at a corner, from one direction to another; a square where it is right."""

    corner: complex
    start: float
    """Radians, against the clock."""
    sweep: float
    kind: int = 1
    """How many arcs: equal angles have equally many."""

    @property
    def right(self) -> bool:
        """Whether it is a right angle, as nearly as is seen."""
        return abs(abs(self.sweep) - math.pi / 2) < 1e-6


@dataclass(frozen=True)
class Ticks:
    """Strokes across the middle of a segment: equally long ones have equally many."""

    start: complex
    end: complex
    kind: int = 1


@dataclass(frozen=True)
class Area:
    """A triangle, filled."""

    corners: tuple[complex, ...]
    kind: int = 1


Shape = Segment | Circle | Angle | Ticks | Area


def shapes(statement: Statement, at: At) -> list[Shape]:
    """What to draw of a statement; its points are drawn in any case."""
    draw = _SHAPES.get(statement.name)
    return [] if draw is None else draw(statement, at)


def circle(a: complex, b: complex, c: complex) -> list[Circle]:
    """The circle through three points; none where they are nearly on one line."""
    found = circle_through(a, b, c)
    return [] if found is None else [Circle(*found)]


def spanned(names: tuple[str, ...], at: At) -> Segment:
    """From one end to the other of points on a line."""
    a, b = max(combinations(names, 2), key=lambda two: abs(at[two[0]] - at[two[1]]))
    return Segment(at[a], at[b])


def right_angle(points: tuple[str, ...], at: At) -> list[Shape]:
    """The square where two perpendicular lines cross, with what it takes to reach there."""
    a, b, c, d = (at[p] for p in points)
    u, v = b - a, d - c
    cross = (u.conjugate() * v).imag
    if abs(cross) < 1e-9 * abs(u) * abs(v):
        return []
    corner = a + u * ((c - a).conjugate() * v).imag / cross
    size = max(abs(u), abs(v))
    found: list[Shape] = []
    arms = []
    for p, q in ((a, b), (c, d)):
        far = max((p, q), key=lambda z: abs(z - corner))
        near = min((p, q), key=lambda z: abs(z - corner))
        if abs(near - corner) > 2.5 * size:
            return []
        outside = ((near - corner) * (far - corner).conjugate()).real > 0
        if outside and abs(near - corner) > 1e-6 * size:
            found.append(Segment(near, corner, dashed=True))
        arms.append(cmath.phase(far - corner))
    sweep = _wrapped(arms[1] - arms[0])
    return [*found, Angle(corner, arms[0], math.copysign(math.pi / 2, sweep))]


def _wrapped(angle: float) -> float:
    """Between minus and plus half a turn."""
    return (angle + math.pi) % (2 * math.pi) - math.pi


def _coll(s: Statement, at: At) -> list[Shape]:
    return [spanned(s.points, at)]


def _cyclic(s: Statement, at: At) -> list[Shape]:
    a, b, c = (at[p] for p in s.points[:3])
    return [*circle(a, b, c)]


def _pairs(s: Statement, at: At) -> list[Shape]:
    names = s.points
    found: list[Shape] = []
    for a, b in zip(names[::2], names[1::2], strict=False):
        if abs(at[a] - at[b]) > 0:
            found.append(Segment(at[a], at[b]))
    return list(dict.fromkeys(found))


def _perp(s: Statement, at: At) -> list[Shape]:
    return [*_pairs(s, at), *right_angle(s.points, at)]


def _cong(s: Statement, at: At) -> list[Shape]:
    found = _pairs(s, at)
    return found + [Ticks(f.start, f.end) for f in found if isinstance(f, Segment)]


def _midp(s: Statement, at: At) -> list[Shape]:
    m, a, b = (at[p] for p in s.points)
    return [Segment(a, b), Ticks(a, m), Ticks(m, b)]


def _centre(s: Statement, at: At) -> list[Shape]:
    o, *others = (at[p] for p in s.points)
    return [Circle(o, abs(others[0] - o)), *(Segment(o, p, dashed=True) for p in others)]


def _eqratio(s: Statement, at: At) -> list[Shape]:
    found = _pairs(s, at)
    a, b, c, d, e, f, g, h = (at[p] for p in s.points)
    return [*found, Ticks(a, b, 1), Ticks(c, d, 2), Ticks(e, f, 1), Ticks(g, h, 2)]


def _triangles(s: Statement, at: At) -> list[Shape]:
    places = tuple(at[p] for p in s.points)
    return [Area(places[:3], 1), Area(places[3:], 2)]


def _eqangle(s: Statement, at: At) -> list[Shape]:
    found = _pairs(s, at)
    one = _corner(s.points[:4], at)
    two = _corner(s.points[4:], at)
    if one is None or two is None:
        return found
    if abs(abs(one.sweep) - abs(two.sweep)) > 1e-6:
        # Equal as angles of lines: here one is the other's supplement, so it is drawn to the
        # extension of its second arm.
        arm = two.start + two.sweep + math.pi
        reach = 0.3 * max(abs(at[p] - two.corner) for p in s.points[4:])
        found.append(Segment(two.corner, two.corner + cmath.rect(reach, arm), dashed=True))
        two = Angle(two.corner, two.start, _wrapped(arm - two.start))
    return [*found, one, two]


def _corner(points: tuple[str, ...], at: At) -> Angle | None:
    """The angle of two lines that share a point, between the rays to the other points."""
    a, b, c, d = points
    for corner, first in ((a, b), (b, a)):
        for other, last in ((c, d), (d, c)):
            if corner == other and first != last:
                start = cmath.phase(at[first] - at[corner])
                sweep = _wrapped(cmath.phase(at[last] - at[corner]) - start)
                return Angle(at[corner], start, sweep)
    return None


def _aconst(s: Statement, at: At) -> list[Shape]:
    angle = _corner(s.points, at)
    return [*_pairs(s, at), *([] if angle is None else [angle])]


def _s_angle(s: Statement, at: At) -> list[Shape]:
    a, b, x = s.points
    return _aconst(Statement("aconst", (b, a, b, x)), at)


_SHAPES: Mapping[str, Callable[[Statement, At], list[Shape]]] = {
    "acompute": _aconst,
    "aconst": _aconst,
    "angeq": _pairs,
    "circle": _centre,
    "coll": _coll,
    "cong": _cong,
    "contri": _triangles,
    "contrir": _triangles,
    "cyclic": _cyclic,
    "diff": _pairs,
    "distmeq": _pairs,
    "distseq": _pairs,
    "eqangle": _eqangle,
    "eqratio": _eqratio,
    "l2const": _pairs,
    "lconst": _pairs,
    "midp": _midp,
    "ncoll": _coll,
    "npara": _pairs,
    "nperp": _pairs,
    "para": _pairs,
    "perp": _perp,
    "r2const": _pairs,
    "rcompute": _pairs,
    "rconst": _pairs,
    "s_angle": _s_angle,
    "simtri": _triangles,
    "simtrir": _triangles,
}
