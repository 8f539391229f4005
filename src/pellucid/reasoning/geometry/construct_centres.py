"""Constructions that take square roots of lengths: centres of triangles and common tangents."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from pellucid.reasoning.geometry import construct_loci as loci
from pellucid.reasoning.geometry.figure import Figure
from pellucid.reasoning.geometry.loci import Line, meet
from pellucid.reasoning.geometry.vectors import Vector, middle, projected

Places = tuple[Vector, ...]


def incentre(f: Figure, a: str, b: str, c: str) -> Places:
    """Where the inner bisectors at a and b meet."""
    return (_bisectors_meet(f, a, b, c, outer=False),)


def excentre(f: Figure, a: str, b: str, c: str) -> Places:
    """Where the inner bisector at a and the outer one at b meet."""
    return (_bisectors_meet(f, a, b, c, outer=True),)


def incentre_with_feet(f: Figure, a: str, b: str, c: str) -> Places:
    """Feet of the incentre on b c, c a, a b; and the incentre."""
    return _with_feet(f, a, b, c, _bisectors_meet(f, a, b, c, outer=False))


def excentre_with_feet(f: Figure, a: str, b: str, c: str) -> Places:
    """Feet of the excentre at a on b c, c a, a b; and the excentre."""
    return _with_feet(f, a, b, c, _bisectors_meet(f, a, b, c, outer=True))


def centroid(f: Figure, a: str, b: str, c: str) -> Places:
    """Midpoints of b c, c a, a b; and the centroid."""
    sum_ = f.at(a) + f.at(b) + f.at(c)
    return (*_middles(f, a, b, c), sum_.over(3))


def nine_points(f: Figure, a: str, b: str, c: str) -> Places:
    """Midpoints of b c, c a, a b; and the centre of the circle through them."""
    # Half-way between the orthocentre a + b + c - 2 o and the circumcentre o.
    o = loci.circumcentre(f, a, b, c)
    return (*_middles(f, a, b, c), (f.at(a) + f.at(b) + f.at(c) - o).over(2))


def tangents(f: Figure, a: str, o: str, b: str) -> Places:
    """Where both tangents from a touch the circle about o through b."""
    out = f.difference(o, a)
    distance, square = out.square(), f.difference(o, b).square()
    f.nonzero(distance, f"{a} and {o} are different points")
    f.field.require(distance - square)
    along = out.scaled(square / distance)
    # The foot of the chord is square / distance of the way; half of the chord squared follows.
    share = square / distance
    half = f.field.root(share - share * share, either=True)
    across = out.turned().scaled(half)
    return f.at(o) + along + across, f.at(o) + along - across


def outer_tangents(f: Figure, o: str, a: str, w: str, b: str) -> Places:
    """X, y, z, i: outer common tangents x y and z i; x and z on the circle about o through a."""
    return _common_tangents(f, o, a, w, b, inner=False)


def inner_tangents(f: Figure, o: str, a: str, w: str, b: str) -> Places:
    """X, y, z, i: inner common tangents x y and z i; x and z on the circle about o through a."""
    return _common_tangents(f, o, a, w, b, inner=True)


def outer_tangent(f: Figure, o: str, a: str, w: str, b: str) -> Places:
    """X and y of one outer common tangent."""
    return _common_tangents(f, o, a, w, b, inner=False)[:2]


def thebault(f: Figure, a: str, b: str, c: str, o: str) -> Places:
    """A circle that touches the sides of angle a c b and, from within, the circle about o.

    Its points x on a c, y on b c, z on the circle about o through a; and its centre i (Thébault
    1938).
    """
    side = f.towards(c, a)
    u = f.field.oriented(loci.bisector(f, a, c, b), f.difference(c, a))
    out = f.difference(o, c)
    radius = f.difference(o, a).square()
    # i = c + t u has the distance t h from the sides, and must have R - t h from o.
    part = u.cross(side)
    h_square = part * part / side.square()
    both = f.field.root(radius * h_square)
    first = u.square() - h_square
    second = out.dot(u) + both
    last = out.square() - radius
    f.nonzero(first, f"{a}, {b} and {c} are not on one line")
    root = f.field.root(second * second - first * last)
    t = (root - second) / first
    i = f.at(c) + u.scaled(t)
    x, y = (projected(i, f.at(c), f.towards(c, corner)) for corner in (a, b))
    # z divides o i outwards, as R to R - t h.
    reach = radius / (radius - both * t)
    return x, y, f.at(o) + (i - f.at(o)).scaled(reach), i


def tangent_chord(f: Figure, a: str, b: str, c: str, d: str) -> Places:
    """X on the circle about c with angle(ab, ad) = angle(xa, xd), and y where d x meets a b.

    The angle says that the circle through a, d and x touches a b; so x is where that circle meets
    the one about c again, and d is known on both.
    """
    chord, normal = f.difference(a, d), f.towards(a, b).turned()
    across = f.nonzero(normal.dot(chord), f"{a}, {b} and {d} are not on one line")
    centre = f.at(a) + normal.scaled(chord.square() / (2 * across))
    between = centre - f.at(c)
    f.nonzero(between.square(), "both circles have different centres")
    # Reflect d in the line of centres.
    offset = f.at(d) - f.at(c)
    x = f.at(c) + between.times(between).times(offset.conjugate()).over(between.square())
    chord_line = Line(f.at(d), x - f.at(d), f"line {d} x")
    return x, meet(f.line(a, b), chord_line, f.field, f.nonzero)


def _bisectors_meet(f: Figure, a: str, b: str, c: str, *, outer: bool) -> Vector:
    at_a = Line(f.at(a), loci.bisector(f, b, a, c), f"the bisector at {a}", (a,))
    at_b = Line(f.at(b), loci.bisector(f, a, b, c, outer=outer), f"the bisector at {b}", (b,))
    return meet(at_a, at_b, f.field, f.nonzero)


def _with_feet(f: Figure, a: str, b: str, c: str, i: Vector) -> Places:
    sides = ((b, c), (c, a), (a, b))
    return (*(projected(i, f.at(p), f.towards(p, q)) for p, q in sides), i)


def _middles(f: Figure, a: str, b: str, c: str) -> Places:
    return tuple(middle(f.at(p), f.at(q)) for p, q in ((b, c), (c, a), (a, b)))


def _common_tangents(f: Figure, o: str, a: str, w: str, b: str, *, inner: bool) -> Places:
    between = f.difference(o, w)
    first, second = f.difference(o, a).square(), f.difference(w, b).square()
    distance = f.nonzero(between.square(), f"{o} and {w} are different points")
    product = f.field.root(first * second)
    if inner:
        product = -product
    # With the unit normal n of the tangent, d.n = r1 - r2 for the vector d of centres. In units of
    # r1: (r1 n).d = r1^2 - r1 r2, and across it (r1 n)^2 = r1^2 leaves a root.
    part = (first - product) / distance
    half = f.field.root(first / distance - part * part, either=True)
    # r2 n = (r1 r2 / r1^2) r1 n
    share = product / f.nonzero(first, f"{o} and {a} are different points")
    places: list[Vector] = []
    for k, side in enumerate((half, -half)):
        arm = between.times(Vector(part, side))
        places += (f.at(o) + arm, f.at(w) + arm.scaled(share))
        # The tangent's own direction is simpler than the difference of its points.
        along = f.field.direction(between).times(f.field.direction(Vector(part, side)))
        if touched := f.making[2 * k : 2 * k + 2]:
            f.remember(touched, f.field.direction(along.turned()))
    return tuple(places)


CENTRES: Mapping[str, Callable[..., Places]] = {
    "2l1c": thebault,
    "cc_itangent": inner_tangents,
    "cc_tangent": outer_tangents,
    "cc_tangent0": outer_tangent,
    "centroid": centroid,
    "e5128": tangent_chord,
    "excenter": excentre,
    "excenter2": excentre_with_feet,
    "incenter": incentre,
    "incenter2": incentre_with_feet,
    "ninepoints": nine_points,
    "tangent": tangents,
}
