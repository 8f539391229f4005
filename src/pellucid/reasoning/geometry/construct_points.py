"""Constructions that make points of points: midpoints, feet, meets, squares, tangents.

Each takes the figure and the names that it is given, and returns the places of the points that it
makes, in their order; or the loci whose meet the point is, so that a known common point is used.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from fractions import Fraction

from pellucid.reasoning.geometry import construct_loci as loci
from pellucid.reasoning.geometry.figure import Figure
from pellucid.reasoning.geometry.loci import Line, Locus, meet
from pellucid.reasoning.geometry.vectors import Vector, middle, mirrored, projected

Places = tuple[Vector, ...]


def midpoint(f: Figure, a: str, b: str) -> Places:
    """The midpoint."""
    place = middle(f.at(a), f.at(b))
    return (place,)


def mirror(f: Figure, a: str, b: str) -> Places:
    """A mirrored in the point b."""
    return (f.at(b) + f.difference(a, b),)


def reflect(f: Figure, a: str, b: str, c: str) -> Places:
    """A mirrored in the line b c."""
    return (mirrored(f.at(a), f.at(b), f.towards(b, c)),)


def foot(f: Figure, a: str, b: str, c: str) -> Places:
    """The foot of a on the line b c."""
    return (projected(f.at(a), f.at(b), f.towards(b, c)),)


def shift(f: Figure, b: str, c: str, d: str) -> Places:
    """X with xb = cd and xc = bd: b + c - d."""
    return (f.at(b) + f.difference(d, c),)


def parallelogram(f: Figure, a: str, b: str, c: str) -> Places:
    """The fourth corner of a b c x."""
    return (f.at(a) + f.difference(b, c),)


def psquare(f: Figure, a: str, b: str) -> Places:
    """The point b turned about a by a right angle, against the clock."""
    return (f.at(a) + f.difference(a, b).turned(),)


def nsquare(f: Figure, a: str, b: str) -> Places:
    """The point b turned about a by a right angle, with the clock."""
    return (f.at(a) - f.difference(a, b).turned(),)


def square(f: Figure, a: str, b: str) -> Places:
    """The other corners of a square a b x y, against the clock."""
    up = f.difference(a, b).turned()
    return f.at(b) + up, f.at(a) + up


def eq_triangle(f: Figure, b: str, c: str) -> Places:
    """The third corner of an equilateral triangle, on either side."""
    side = f.field.root(f.field.constant(1), either=True)
    turn = f.field.turn(Fraction(1, 3))
    return (f.at(b) + f.difference(b, c).times(Vector(turn.x, turn.y * side)),)


def circumcentre(f: Figure, a: str, b: str, c: str) -> Places:
    """The centre of the circle through three points."""
    return (loci.circumcentre(f, a, b, c),)


def trisegment(f: Figure, a: str, b: str) -> Places:
    """The points that cut a b in three, the one near a first."""
    third = f.difference(a, b).over(3)
    return f.at(a) + third, f.at(a) + third.scaled(2)


def eqangle2(f: Figure, a: str, b: str, c: str) -> Places:
    """X with angle(ab, ax) = angle(cx, cb), on a hyperbola through a and c."""
    # The direction from a has the slope u to a b; that from c is then known.
    turn = Vector(f.field.constant(1), f.field.parameter("free"))
    one = Line(f.at(a), f.towards(a, b).times(turn), f"a line through {a}", (a,))
    two = Line(f.at(c), f.towards(c, b).times(turn.conjugate()), f"a line through {c}", (c,))
    return (meet(one, two, f.field, f.nonzero),)


def similar(f: Figure, a: str, b: str, c: str, p: str, q: str) -> Places:
    """R with a b c and p q r similar and turning alike."""
    return (f.at(p) + f.difference(p, q).times(loci.quotient(f, a, c, a, b)),)


def mirror_similar(f: Figure, a: str, b: str, c: str, p: str, q: str) -> Places:
    """R with a b c and p q r similar and turning in opposite ways."""
    ratio = loci.quotient(f, a, c, a, b).conjugate()
    return (f.at(p) + f.difference(p, q).times(ratio),)


def congruent(f: Figure, a: str, b: str, c: str, p: str) -> Places:
    """Q and r with a b c and p q r congruent and turning alike."""
    turn = _any_turn(f)
    return tuple(f.at(p) + f.difference(a, x).times(turn) for x in (b, c))


def mirror_congruent(f: Figure, a: str, b: str, c: str, p: str) -> Places:
    """Q and r with a b c and p q r congruent and turning in opposite ways."""
    turn = _any_turn(f)
    return tuple(f.at(p) + f.difference(a, x).conjugate().times(turn) for x in (b, c))


def three_equal(f: Figure, a: str, b: str, c: str) -> Places:
    """X on a b and y on a c with their midpoint z on b c; x, y, z."""
    z = f.at(b) + f.difference(b, c).scaled(f.field.parameter("line"))
    # Line a c, mirrored in z, meets a b in x.
    across = Line(z + z - f.at(a), f.towards(a, c), f"the parallel of {a} {c} beyond z")
    x = meet(f.line(a, b), across, f.field, f.nonzero)
    return x, z + z - x, z


def _any_turn(f: Figure) -> Vector:
    t = f.field.parameter("circle")
    return Vector(1 - t * t, 2 * t).over(1 + t * t)


POINTS: Mapping[str, Callable[..., Places]] = {
    "3peq": three_equal,
    "circle": circumcentre,
    "circumcenter": circumcentre,
    "contri": congruent,
    "contrir": mirror_congruent,
    "eq_triangle": eq_triangle,
    "eqangle2": eqangle2,
    "foot": foot,
    "midpoint": midpoint,
    "mirror": mirror,
    "nsquare": nsquare,
    "parallelogram": parallelogram,
    "psquare": psquare,
    "reflect": reflect,
    "shift": shift,
    "simtri": similar,
    "simtrir": mirror_similar,
    "square": square,
    "trisegment": trisegment,
}
"""Constructions that say where their points are."""

MEETS: Mapping[str, Callable[..., tuple[Locus, Locus]]] = {
    "intersection_cc": lambda f, o, w, a: (loci.on_circle(f, o, a), loci.on_circle(f, w, a)),
    "intersection_lc": lambda f, a, o, b: (loci.on_line(f, a, b), loci.on_circle(f, o, b)),
    "intersection_ll": lambda f, a, b, c, d: (loci.on_line(f, a, b), loci.on_line(f, c, d)),
    "intersection_lp": lambda f, a, b, c, m, n: (
        loci.on_line(f, a, b),
        loci.on_pline(f, c, m, n),
    ),
    "intersection_lt": lambda f, a, b, c, d, e: (
        loci.on_line(f, a, b),
        loci.on_tline(f, c, d, e),
    ),
    "intersection_pp": lambda f, a, b, c, d, e, g: (
        loci.on_pline(f, a, b, c),
        loci.on_pline(f, d, e, g),
    ),
    "intersection_tt": lambda f, a, b, c, d, e, g: (
        loci.on_tline(f, a, b, c),
        loci.on_tline(f, d, e, g),
    ),
    "orthocenter": lambda f, a, b, c: (loci.on_tline(f, a, b, c), loci.on_tline(f, b, c, a)),
}
"""Constructions whose point is where two loci meet."""
