"""Constructions that bring free figures: triangles, quadrilaterals, segments.

Each returns the places of the points that it makes, in their order. `require` says what a diagram
must look like; it is no part of what is proved.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from fractions import Fraction

from pellucid.reasoning.geometry.fields import Scalar
from pellucid.reasoning.geometry.figure import PLAIN, Figure
from pellucid.reasoning.geometry.loci import unit_vector
from pellucid.reasoning.geometry.vectors import Vector, middle

Places = tuple[Vector, ...]


def free(f: Figure) -> Places:
    """A point anywhere."""
    return (f.free(),)


def segment(f: Figure) -> Places:
    """Two points anywhere."""
    return f.free(), f.free()


def triangle(f: Figure) -> Places:
    """Three points anywhere."""
    return f.triangle()


def quadrangle(f: Figure) -> Places:
    """Four points anywhere, drawn convex."""
    return _convex(f, (*f.triangle(), f.free()))


def pentagon(f: Figure) -> Places:
    """Five points anywhere, drawn convex."""
    return _convex(f, (*f.triangle(), f.free(), f.free()))


def iso_triangle(f: Figure) -> Places:
    """A b c with ab = ac."""
    b, c = f.free(), f.free()
    return middle(b, c) + (c - b).turned().scaled(_height(f, half=True)), b, c


def r_triangle(f: Figure) -> Places:
    """A b c with a right angle at a."""
    a, b = f.free(), f.free()
    return a, b, a + (b - a).turned().scaled(_height(f, half=False))


def risos(f: Figure) -> Places:
    """A b c with a right angle at a and ab = ac."""
    a, b = f.free(), f.free()
    return a, b, a + _beside(f, b - a)


def ieq_triangle(f: Figure) -> Places:
    """Three points as far from each other."""
    a, b = f.free(), f.free()
    middle_, up = middle(a, b), _beside(f, b - a)
    return a, b, middle_ + up.scaled(f.field.turn(Fraction(1, 3)).y)


def triangle12(f: Figure) -> Places:
    """A b c with ac twice ab."""
    a, b = f.free(), f.free()
    turn = unit_vector(f.field.parameter("circle"))
    return a, b, a + (b - a).scaled(2).times(turn)


def rectangle(f: Figure) -> Places:
    """A b c d with right angles."""
    a, b = f.free(), f.free()
    up = (b - a).turned().scaled(f.field.parameter("scale"))
    return a, b, b + up, a + up


def isquare(f: Figure) -> Places:
    """A square a b c d."""
    a, b = f.free(), f.free()
    up = _beside(f, b - a)
    return a, b, b + up, a + up


def trapezoid(f: Figure) -> Places:
    """A b c d with ab parallel to cd."""
    a, b, c = f.triangle()
    return a, b, c, c + (a - b).scaled(f.field.parameter("scale"))


def r_trapezoid(f: Figure) -> Places:
    """A b c d with ab parallel to cd and a right angle at a."""
    a, b = f.free(), f.free()
    d = a + (b - a).turned().scaled(f.field.parameter("scale"))
    return a, b, d + (b - a).scaled(f.field.parameter("scale")), d


def eq_trapezoid(f: Figure) -> Places:
    """A b c d with ab parallel to cd and ad = bc."""
    a, b = f.free(), f.free()
    along, centre = b - a, middle(a, b)
    wide, high = f.field.parameter("scale"), f.field.parameter("scale")
    up = along.turned().scaled(high)
    half = along.scaled(wide / 2)
    return a, b, centre + up + half, centre + up - half


def eq_quadrangle(f: Figure) -> Places:
    """A b c d with ad = bc."""
    a, b, c = f.triangle()
    turn = unit_vector(f.field.parameter("circle"))
    return _convex(f, (a, b, c, a + (c - b).times(turn)))


def eqdia_quadrangle(f: Figure) -> Places:
    """A b c d with diagonals of one length."""
    a, b, c = f.triangle()
    turn = unit_vector(f.field.parameter("circle"))
    return _convex(f, (a, b, c, b + (c - a).times(turn)))


def between(f: Figure) -> Places:
    """A b c with a on the segment b c."""
    b, c = f.free(), f.free()
    return b + (c - b).scaled(_part(f)), b, c


def diameter(f: Figure) -> Places:
    """O a b c with b on the circle about o that has a c as a diameter."""
    a, c = f.free(), f.free()
    o = middle(a, c)
    return o, a, o + (a - o).times(unit_vector(f.field.parameter("circle"))), c


def crossing_diagonals(f: Figure) -> Places:
    """A b c d m with m the midpoint of a b and of c d."""
    a, b, c = f.triangle()
    m = middle(a, b)
    return a, b, c, m + m - c, m


def _height(f: Figure, *, half: bool) -> Scalar:
    """How high, by the base's length: any tangent, or one whose hypotenuse is rational."""
    if f.style == PLAIN:
        return f.field.parameter("above")
    t = f.field.parameter("half")
    return (t if half else 2 * t) / (1 - t * t)


def _beside(f: Figure, vector: Vector) -> Vector:
    """A vector turned by a right angle to either side."""
    return vector.turned().scaled(f.field.root(f.field.constant(1), either=True))


def _part(f: Figure) -> Scalar:
    """A part of a segment, between 0 and 1."""
    part = f.field.parameter("part")
    f.field.require(part)
    f.field.require(1 - part)
    return part


def _convex(f: Figure, places: Places) -> Places:
    """Ask a diagram for corners that all turn the same way."""
    count = len(places)
    turns = [
        (places[(k + 1) % count] - places[k]).cross(places[(k + 2) % count] - places[k])
        for k in range(count)
    ]
    for turn in turns[1:]:
        f.field.require(turn * turns[0])
    return places


SHAPES: Mapping[str, Callable[[Figure], Places]] = {
    "between": between,
    "eq_quadrangle": eq_quadrangle,
    "eq_trapezoid": eq_trapezoid,
    "eqdia_quadrangle": eqdia_quadrangle,
    "free": free,
    "ieq_triangle": ieq_triangle,
    "iso_trapezoid": eq_trapezoid,
    "iso_triangle": iso_triangle,
    "iso_triangle0": iso_triangle,
    "isquare": isquare,
    "pentagon": pentagon,
    "quadrangle": quadrangle,
    "r_trapezoid": r_trapezoid,
    "r_triangle": r_triangle,
    "rectangle": rectangle,
    "risos": risos,
    "segment": segment,
    "test_r20": diameter,
    "test_r25": crossing_diagonals,
    "trapezoid": trapezoid,
    "triangle": triangle,
    "triangle12": triangle12,
}
"""Constructions that are given no points."""
