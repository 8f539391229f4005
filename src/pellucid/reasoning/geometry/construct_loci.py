"""Constructions that leave a point somewhere on a line or a circle.

Each takes the figure and the names that it is given, and returns the locus. Directions are complex
numbers: the product of two has the sum of their angles, and a conjugate the opposite angle; so the
directed angle from u to v is that of `v u*`, and every angle that is copied is rational.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from fractions import Fraction

from pellucid.reasoning.geometry.figure import Figure
from pellucid.reasoning.geometry.loci import Circle, Line, Locus, circle_about
from pellucid.reasoning.geometry.vectors import Vector, middle


def on_line(f: Figure, a: str, b: str) -> Line:
    """On the line through both."""
    return f.line(a, b)


def on_pline(f: Figure, a: str, b: str, c: str) -> Line:
    """On the line through a, parallel to b c."""
    return Line(f.at(a), f.towards(b, c), f"the parallel of {b} {c} through {a}", (a,))


def on_tline(f: Figure, a: str, b: str, c: str) -> Line:
    """On the line through a, perpendicular to b c."""
    along = f.towards(b, c).turned()
    return Line(f.at(a), along, f"the perpendicular of {b} {c} through {a}", (a,))


def on_bline(f: Figure, a: str, b: str) -> Line:
    """As far from a as from b."""
    along = f.towards(a, b).turned()
    return Line(middle(f.at(a), f.at(b)), along, f"the perpendicular bisector of {a} {b}")


def on_circle(f: Figure, o: str, a: str) -> Circle:
    """As far from o as a is."""
    words = f"the circle about {o} through {a}"
    return circle_about(f.at(o), f.difference(o, a), words, (a,))


def eqdistance(f: Figure, a: str, b: str, c: str) -> Circle:
    """As far from a as b is from c."""
    if a in (b, c):
        return on_circle(f, a, c if a == b else b)
    return circle_about(f.at(a), f.difference(b, c), f"the circle about {a} of radius {b} {c}")


def on_dia(f: Figure, a: str, b: str) -> Circle:
    """Where a b is seen at a right angle."""
    centre = middle(f.at(a), f.at(b))
    return circle_about(centre, f.at(a) - centre, f"the circle with diameter {a} {b}", (a, b))


def on_circum(f: Figure, a: str, b: str, c: str) -> Circle:
    """On the circle through all three."""
    centre = circumcentre(f, a, b, c)
    return circle_about(centre, f.at(a) - centre, f"the circle through {a} {b} {c}", (a, b, c))


def circumcentre(f: Figure, a: str, b: str, c: str) -> Vector:
    """The centre of the circle through three points."""
    u, v = f.difference(a, b), f.difference(a, c)
    area = f.nonzero(u.cross(v), f"{a}, {b} and {c} are not on one line")
    u_square, v_square = u.square(), v.square()
    from_a = Vector(v.y * u_square - u.y * v_square, u.x * v_square - v.x * u_square)
    return f.at(a) + from_a.over(2 * area)


def on_aline(f: Figure, a: str, b: str, c: str, d: str, e: str) -> Line:
    """On the line through a from which a b turns as d e from d c: angle(ax, ab) = angle(dc, de)."""
    along = f.towards(a, b).times(f.towards(d, c)).times(f.towards(d, e).conjugate())
    return _through(f, a, along, f"the line through {a} that makes angle {c} {d} {e} with {a} {b}")


def on_aline0(f: Figure, a: str, b: str, c: str, d: str, e: str, g: str, h: str) -> Line:
    """On the line through h with angle(ab, cd) = angle(eg, hx)."""
    along = f.towards(e, g).times(f.towards(c, d)).times(f.towards(a, b).conjugate())
    return _through(f, h, along, f"the line through {h} that turns from {e} {g} as {c} {d} does")


def angle_mirror(f: Figure, a: str, b: str, c: str) -> Line:
    """On the line b a mirrored in b c."""
    u = f.towards(b, c)
    along = u.times(u).times(f.towards(b, a).conjugate())
    return _through(f, b, along, f"line {a} {b} mirrored in line {b} {c}")


def angle_bisector(f: Figure, a: str, b: str, c: str) -> Line:
    """On the bisector of the angle at b between the rays to a and to c."""
    return _through(f, b, bisector(f, a, b, c), f"the bisector of angle {a} {b} {c}")


def bisector(f: Figure, a: str, b: str, c: str, *, outer: bool = False) -> Vector:
    """The direction of a bisector at b.

    The product of both directions has twice the bisector's angle; adding its own length, or taking
    it away for the outer one, halves it.
    """
    u, v = f.towards(b, a), f.towards(b, c)
    product = u.times(v)
    length = f.field.root(product.square())
    if outer:
        length = -length
    if f.field.is_zero(product.y):
        # The bisector is along an axis, where the sum may vanish; |u| v + |v| u does not.
        return f.field.direction(v.scaled(u.square()) + u.scaled(length))
    return f.field.direction(Vector(product.x + length, product.y))


def s_angle(f: Figure, a: str, b: str, value: Fraction) -> Line:
    """On the ray from b to which b a is turned by an angle, against the clock."""
    along = f.towards(b, a).times(f.field.turn(value))
    return Line(f.at(b), along, f"the line through {b} turned from {b} {a}", (b,))


def aconst(f: Figure, a: str, b: str, c: str, value: Fraction) -> Line:
    """On the line through c to which line a b is turned by an angle."""
    along = f.towards(a, b).times(f.field.turn(value))
    return Line(f.at(c), along, f"the line through {c} turned from {a} {b}", (c,))


def eqangle3(f: Figure, a: str, b: str, d: str, e: str, g: str) -> Circle:
    """On the circle from which a b is seen as e g is from d: angle(xa, xb) = angle(de, dg)."""
    turn = f.towards(d, e).times(f.towards(d, g).conjugate())
    chord = f.difference(a, b)
    # The tangent at a makes the same angle with the chord (Euclid III 32); the centre is on its
    # normal and half of the chord away from the chord's middle.
    normal = chord.times(turn).turned()
    across = f.nonzero(normal.dot(chord), f"{d}, {e} and {g} are not on one line")
    arm = normal.scaled(chord.square() / (2 * across))
    words = f"the circle from which {a} {b} is seen at angle {e} {d} {g}"
    return Circle(f.at(a) + arm, arm.square(), -arm, words, (a, b))


def on_aline2(f: Figure, a: str, b: str, c: str, d: str, e: str) -> Circle:
    """On the circle with angle(xa, xb) = angle(dc, de)."""
    return eqangle3(f, a, b, d, c, e)


def eqratio(f: Figure, a: str, b: str, c: str, d: str, e: str, g: str, h: str) -> Circle:
    """On the circle about h with ab / cd = eg / hx."""
    return circle_about(
        f.at(h),
        f.difference(e, g).times(quotient(f, c, d, a, b)),
        f"the circle about {h} of radius {e} {g} times {c} {d} over {a} {b}",
    )


def rconst(f: Figure, a: str, b: str, c: str, value: Fraction) -> Circle:
    """On the circle about c with ab / cx a given ratio."""
    arm = f.difference(a, b).over(f.ratio(value))
    return circle_about(f.at(c), arm, f"the circle about {c} of radius {a} {b} over {value}")


def rconst2(f: Figure, a: str, b: str, value: Fraction) -> Locus:
    """With xa / xb a given ratio: the circle of Apollonius, or the bisector where it is 1."""
    if value == 1:
        return on_bline(f, a, b)
    inner = f.at(a) + f.difference(a, b).scaled(f.ratio(value / (1 + value)))
    outer = f.at(a) - f.difference(a, b).scaled(f.ratio(value / (1 - value)))
    centre = middle(inner, outer)
    return circle_about(centre, inner - centre, f"the points {value} times as far from {a} as {b}")


def eqratio6(f: Figure, a: str, c: str, e: str, g: str, h: str, i: str) -> Locus:
    """With xa / xc = eg / hi: a circle of Apollonius, whose radius is a square root."""
    top, bottom = f.difference(e, g).square(), f.difference(h, i).square()
    rest = bottom - top
    if f.field.is_zero(rest):
        return on_bline(f, a, c)
    centre = f.at(a) - f.difference(a, c).scaled(top / rest)
    square = f.difference(a, c).square() * top * bottom / (rest * rest)
    words = f"the points {e} {g} over {h} {i} times as far from {a} as {c}"
    return Circle(centre, square, None, words)


def lc_tangent(f: Figure, a: str, o: str) -> Line:
    """On the tangent at a of the circle about o through a."""
    words = f"the tangent at {a} of the circle about {o}"
    return Line(f.at(a), f.towards(o, a).turned(), words, (a,))


def lconst(f: Figure, a: str, value: Fraction) -> Circle:
    """At a given distance of a."""
    arm = Vector(f.ratio(value), f.field.constant(0))
    return circle_about(f.at(a), arm, f"the circle about {a} of radius {value}")


def l2const(f: Figure, a: str, value: Fraction) -> Circle:
    """At a distance of a whose square is given."""
    arm = Vector(f.field.root(f.ratio(value)), f.field.constant(0))
    return circle_about(f.at(a), arm, f"the circle about {a} of squared radius {value}")


def _through(f: Figure, a: str, along: Vector, words: str) -> Line:
    return Line(f.at(a), f.field.direction(along), words, (a,))


def quotient(f: Figure, a: str, b: str, c: str, d: str) -> Vector:
    """The vector from a to b over that from c to d, as complex numbers."""
    below = f.difference(c, d)
    square = f.nonzero(below.square(), f"{c} and {d} are different points")
    return f.difference(a, b).times(below.conjugate()).over(square)


LOCI: Mapping[str, Callable[..., Locus]] = {
    "aconst": aconst,
    "angle_bisector": angle_bisector,
    "angle_mirror": angle_mirror,
    "between_bound": on_line,
    "eqangle3": eqangle3,
    "eqdistance": eqdistance,
    "eqratio": eqratio,
    "eqratio6": eqratio6,
    "iso_triangle_vertex": on_bline,
    "iso_triangle_vertex_angle": on_bline,
    "l2const": l2const,
    "lc_tangent": lc_tangent,
    "lconst": lconst,
    "on_aline": on_aline,
    "on_aline0": on_aline0,
    "on_aline2": on_aline2,
    "on_bline": on_bline,
    "on_circle": on_circle,
    "on_circum": on_circum,
    "on_dia": on_dia,
    "on_line": on_line,
    "on_opline": on_line,
    "on_pline": on_pline,
    "on_pline0": on_pline,
    "on_tline": on_tline,
    "rconst": rconst,
    "rconst2": rconst2,
    "s_angle": s_angle,
}
"""What makes the locus of a construction: of the figure, the given names, and the value if any."""


def between_bound(f: Figure, x: str, a: str, b: str) -> None:
    """Ask a diagram that x is between a and b."""
    f.field.require(f.difference(x, a).dot(f.difference(b, x)))


def on_opline_side(f: Figure, x: str, a: str, b: str) -> None:
    """Ask a diagram that x is beyond a or b."""
    f.field.require(f.difference(x, a).dot(f.difference(x, b)))


SIDES: Mapping[str, Callable[..., None]] = {
    "between_bound": between_bound,
    "on_opline": on_opline_side,
}
"""What a locus asks of a diagram besides: of the figure, the point and the given names."""
