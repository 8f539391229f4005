"""GeoGebra's commands, each as clauses of the problem language.

A command is told apart by its name and the kinds of its arguments, so `Circle[A, B]` and
`Circle[A, B, C]` are two entries of one table.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from typing import Any, NamedTuple, TypeAlias

from pellucid.errors import DataError, nearest
from pellucid.reasoning.geometry.geogebra_sheet import (
    Sheet,
    SheetCircle,
    SheetLine,
    SheetNumber,
    SheetObject,
    SheetPoint,
    SheetPolygon,
    line_through,
)

Labels: TypeAlias = tuple[str, ...]
Handler: TypeAlias = Callable[..., Sequence[SheetObject]]


class Form(NamedTuple):
    """One way to write a command."""

    kinds: tuple[type | tuple[type, ...], ...]
    handler: Handler
    """Of the sheet, the labels of the outputs, and the arguments."""
    example: str


def run_command(
    sheet: Sheet, name: str, arguments: Sequence[SheetObject], labels: Labels
) -> Sequence[SheetObject]:
    """What a command makes, in the order of its outputs.

    Raises
    ------
    DataError
        If the command is not known, or does not take such arguments.
    """
    name = ALIASES.get(name, name)
    if name not in COMMANDS:
        raise DataError(f"the command {name} is not supported; {nearest(name, COMMANDS)}")
    for form in COMMANDS[name]:
        fits = len(form.kinds) == len(arguments) and all(
            isinstance(argument, kind) for argument, kind in zip(arguments, form.kinds, strict=True)
        )
        if fits:
            return form.handler(sheet, labels, *arguments)
    examples = " or ".join(form.example for form in COMMANDS[name])
    raise DataError(f"{name} does not take these arguments; write {examples}")


def _made(construction: str) -> Handler:
    """A point that one construction makes of points."""

    def handler(sheet: Sheet, labels: Labels, *points: SheetPoint) -> Sequence[SheetObject]:
        return (sheet.make(_label(labels), (construction, *(p.name for p in points))),)

    return handler


def _line(kind: str) -> Handler:
    def handler(
        sheet: Sheet, labels: Labels, a: SheetPoint, b: SheetPoint
    ) -> Sequence[SheetObject]:
        return (line_through(a.name, b.name, kind),)

    return handler


def _through(*, across: bool) -> Handler:
    def handler(
        sheet: Sheet, labels: Labels, a: SheetPoint, line: SheetLine
    ) -> Sequence[SheetObject]:
        return (sheet.through(a.name, line, across=across),)

    return handler


def _bisector(
    sheet: Sheet, labels: Labels, a: SheetPoint, b: SheetPoint, c: SheetPoint
) -> Sequence[SheetObject]:
    return (SheetLine(("angle_bisector", a.name, b.name, c.name), on=frozenset((b.name,))),)


def _bisector_of_points(
    sheet: Sheet, labels: Labels, a: SheetPoint, b: SheetPoint
) -> Sequence[SheetObject]:
    return (SheetLine(("on_bline", a.name, b.name), along=(True, a.name, b.name)),)


def _bisector_of_segment(sheet: Sheet, labels: Labels, line: SheetLine) -> Sequence[SheetObject]:
    a, b = _ends(line, "a perpendicular bisector")
    return (SheetLine(("on_bline", a, b), along=(True, a, b)),)


def _middle_of_segment(sheet: Sheet, labels: Labels, line: SheetLine) -> Sequence[SheetObject]:
    return (sheet.make(_label(labels), ("midpoint", *_ends(line, "a midpoint"))),)


def _circle(sheet: Sheet, labels: Labels, o: SheetPoint, a: SheetPoint) -> Sequence[SheetObject]:
    says = ("on_circle", o.name, a.name)
    return (SheetCircle(says, centre=o.name, on=frozenset((a.name,))),)


def _circle_of_length(
    sheet: Sheet, labels: Labels, o: SheetPoint, line: SheetLine
) -> Sequence[SheetObject]:
    return (SheetCircle(("eqdistance", o.name, *_ends(line, "a radius")), centre=o.name),)


def _circle_of_number(
    sheet: Sheet, labels: Labels, o: SheetPoint, radius: SheetNumber
) -> Sequence[SheetObject]:
    if radius.value <= 0:
        raise DataError(f"a radius of {radius.value} is not positive; give one above 0")
    return (SheetCircle(("lconst", o.name, str(radius.value)), centre=o.name),)


def _compass(
    sheet: Sheet, labels: Labels, a: SheetPoint, b: SheetPoint, o: SheetPoint
) -> Sequence[SheetObject]:
    return (SheetCircle(("eqdistance", o.name, a.name, b.name), centre=o.name),)


def _circle_of_three(sheet: Sheet, labels: Labels, *points: SheetPoint) -> Sequence[SheetObject]:
    names = tuple(point.name for point in points)
    return (SheetCircle(("on_circum", *names), corners=names, on=frozenset(names)),)


def _half_circle(
    sheet: Sheet, labels: Labels, a: SheetPoint, b: SheetPoint
) -> Sequence[SheetObject]:
    centre = sheet.helper(("midpoint", a.name, b.name))
    on = frozenset((a.name, b.name))
    return (SheetCircle(("on_circle", centre, a.name), centre=centre, on=on),)


def _incircle(sheet: Sheet, labels: Labels, *points: SheetPoint) -> Sequence[SheetObject]:
    names = tuple(point.name for point in points)
    centre = sheet.helper(("incenter", *names))
    touch = sheet.helper(("foot", centre, *names[:2]))
    return (SheetCircle(("on_circle", centre, touch), centre=centre, on=frozenset((touch,))),)


def _centre(sheet: Sheet, labels: Labels, circle: SheetCircle) -> Sequence[SheetObject]:
    if circle.centre is not None:
        return (SheetPoint(circle.centre),)
    return (sheet.make(_label(labels), ("circle", *circle.corners)),)


def _meet(
    sheet: Sheet, labels: Labels, one: SheetLine | SheetCircle, two: SheetLine | SheetCircle
) -> Sequence[SheetObject]:
    """All common points; a point that stands already where the file draws one is that one."""
    both = [name for name in sheet.on(one) if name in sheet.on(two)]
    made: list[SheetObject] = []
    for label in labels or ("",):
        old = next((name for name in both if sheet.same_place(label, name)), None)
        made.append(SheetPoint(old) if old else sheet.make(label, one.says, two.says))
    return made


def _meet_of_index(
    sheet: Sheet,
    labels: Labels,
    one: SheetLine | SheetCircle,
    two: SheetLine | SheetCircle,
    which: SheetNumber | SheetPoint,
) -> Sequence[SheetObject]:
    """One common point: the place where the file draws it says which."""
    return _meet(sheet, labels[:1], one, two)


def _point_on(
    sheet: Sheet, labels: Labels, line: SheetLine | SheetCircle, *where: SheetNumber
) -> Sequence[SheetObject]:
    return (sheet.make(_label(labels), line.says),)


def _mirror_in_line(
    sheet: Sheet, labels: Labels, a: SheetPoint, line: SheetLine
) -> Sequence[SheetObject]:
    return (sheet.make(_label(labels), ("reflect", a.name, *sheet.ends(line))),)


def _closest(sheet: Sheet, labels: Labels, line: SheetLine, a: SheetPoint) -> Sequence[SheetObject]:
    return (sheet.make(_label(labels), ("foot", a.name, *sheet.ends(line))),)


def _tangents(
    sheet: Sheet, labels: Labels, a: SheetPoint, circle: SheetCircle
) -> Sequence[SheetObject]:
    """The tangent at a point of the circle; else both from a point outside."""
    centre = sheet.centre(circle)
    if a.name in sheet.on(circle):
        says = ("lc_tangent", a.name, centre)
        return (SheetLine(says, along=(True, centre, a.name), on=frozenset((a.name,))),)
    on = sheet.on(circle)
    through = on[0] if on else sheet.helper(circle.says)
    k = len(sheet.clauses)
    touched = sheet.make_all((f"h{k}_", f"h{k}__"), "tangent", a.name, centre, through)
    return tuple(line_through(a.name, point.name) for point in touched)


def _translated(
    sheet: Sheet, labels: Labels, p: SheetPoint, vector: SheetLine
) -> Sequence[SheetObject]:
    a, b = _ends(vector, "a translation")
    # `shift x b c d` is b + c - d.
    return (sheet.make(_label(labels), ("shift", p.name, b, a)),)


def _turned(
    sheet: Sheet, labels: Labels, p: SheetPoint, angle: SheetNumber, o: SheetPoint
) -> Sequence[SheetObject]:
    turn = angle.value % 2 if angle.angle else None
    known = {
        Fraction(1, 2): ("psquare", o.name, p.name),
        Fraction(1): ("mirror", p.name, o.name),
        Fraction(3, 2): ("nsquare", o.name, p.name),
    }
    if turn not in known:
        raise DataError("Rotate is supported by 90°, 180° and 270° alone; write Rotate[A, 90°, B]")
    return (sheet.make(_label(labels), known[turn]),)


def _polygon(sheet: Sheet, labels: Labels, *points: SheetPoint) -> Sequence[SheetObject]:
    return _with_sides(tuple(point.name for point in points))


def _regular(
    sheet: Sheet, labels: Labels, a: SheetPoint, b: SheetPoint, count: SheetNumber
) -> Sequence[SheetObject]:
    """A square or an equilateral triangle; outputs are the polygon, its sides and its corners."""
    if count.value not in (3, 4):
        raise DataError("regular polygons have 3 or 4 corners here; write Polygon[A, B, 4]")
    corners = int(count.value)
    new = labels[1 + corners :] or tuple(f"q{k}_" for k in range(corners - 2))
    if corners == 4:
        made = sheet.make_all(new[:2], "square", a.name, b.name)
    else:
        made = (sheet.make(new[0], ("eq_triangle", a.name, b.name)),)
    names = (a.name, b.name, *(point.name for point in made))
    return (*_with_sides(names), *made)


def _with_sides(names: tuple[str, ...]) -> tuple[SheetObject, ...]:
    ring = zip(names, (*names[1:], names[0]), strict=True)
    return (SheetPolygon(names), *(line_through(a, b, "segment") for a, b in ring))


def _polygon_centroid(sheet: Sheet, labels: Labels, polygon: SheetPolygon) -> Sequence[SheetObject]:
    if len(polygon.corners) != 3:
        raise DataError("Centroid takes a triangle here; write Centroid[Polygon[A, B, C]]")
    return _median_point(sheet, labels, *map(SheetPoint, polygon.corners))


def _median_point(
    sheet: Sheet, labels: Labels, a: SheetPoint, b: SheetPoint, c: SheetPoint
) -> Sequence[SheetObject]:
    middle = sheet.helper(("midpoint", b.name, c.name))
    other = sheet.helper(("midpoint", c.name, a.name))
    sides = ("on_line", a.name, middle), ("on_line", b.name, other)
    return (sheet.make(_label(labels), *sides),)


def _triangle_centre(
    sheet: Sheet, labels: Labels, a: SheetPoint, b: SheetPoint, c: SheetPoint, which: SheetNumber
) -> Sequence[SheetObject]:
    names = (a.name, b.name, c.name)
    known = {1: "incenter", 3: "circle", 4: "orthocenter"}
    if which.value == 2:
        return _median_point(sheet, labels, a, b, c)
    if which.value not in known:
        raise DataError("TriangleCenter is supported for 1 to 4; write TriangleCenter[A, B, C, 1]")
    return (sheet.make(_label(labels), (known[int(which.value)], *names)),)


def _ends(line: SheetLine, what: str) -> tuple[str, str]:
    if line.kind == "line":
        raise DataError(f"{what} needs two points or a segment; a line has no length")
    return line.ends[0], line.ends[1]


def _label(labels: Labels) -> str:
    return labels[0] if labels else "h"


_P, _L, _C, _N = SheetPoint, SheetLine, SheetCircle, SheetNumber
_LOCUS: Any = (SheetLine, SheetCircle)
_WHICH: Any = (SheetNumber, SheetPoint)

COMMANDS: Mapping[str, tuple[Form, ...]] = {
    "AngularBisector": (Form((_P, _P, _P), _bisector, "AngleBisector[A, B, C]"),),
    "Center": (Form((_C,), _centre, "Center[c]"),),
    "Centroid": (Form((SheetPolygon,), _polygon_centroid, "Centroid[Polygon[A, B, C]]"),),
    "Circle": (
        Form((_P, _P), _circle, "Circle[O, A]"),
        Form((_P, _P, _P), _circle_of_three, "Circle[A, B, C]"),
        Form((_P, _L), _circle_of_length, "Circle[O, Segment[A, B]]"),
        Form((_P, _N), _circle_of_number, "Circle[O, 2]"),
    ),
    "ClosestPoint": (Form((_L, _P), _closest, "ClosestPoint[g, A]"),),
    "Compasses": (Form((_P, _P, _P), _compass, "Compasses[A, B, O]"),),
    "Incircle": (Form((_P, _P, _P), _incircle, "Incircle[A, B, C]"),),
    "Intersect": (
        Form((_LOCUS, _LOCUS), _meet, "Intersect[g, c]"),
        Form((_LOCUS, _LOCUS, _WHICH), _meet_of_index, "Intersect[g, c, 1]"),
    ),
    "Line": (
        Form((_P, _P), _line("line"), "Line[A, B]"),
        Form((_P, _L), _through(across=False), "Line[A, g]"),
    ),
    "Midpoint": (
        Form((_P, _P), _made("midpoint"), "Midpoint[A, B]"),
        Form((_L,), _middle_of_segment, "Midpoint[Segment[A, B]]"),
        Form((_C,), _centre, "Midpoint[c]"),
    ),
    "Mirror": (
        Form((_P, _P), _made("mirror"), "Reflect[A, B]"),
        Form((_P, _L), _mirror_in_line, "Reflect[A, g]"),
    ),
    "OrthogonalLine": (Form((_P, _L), _through(across=True), "PerpendicularLine[A, g]"),),
    "LineBisector": (
        Form((_P, _P), _bisector_of_points, "PerpendicularBisector[A, B]"),
        Form((_L,), _bisector_of_segment, "PerpendicularBisector[Segment[A, B]]"),
    ),
    "Point": (
        Form((_LOCUS,), _point_on, "Point[g]"),
        Form((_LOCUS, _N), _point_on, "Point[g, 0.5]"),
    ),
    "Polygon": (
        *(Form((_P,) * count, _polygon, "Polygon[A, B, C]") for count in range(3, 13)),
        Form((_P, _P, _N), _regular, "Polygon[A, B, 4]"),
    ),
    "Ray": (Form((_P, _P), _line("line"), "Ray[A, B]"),),
    "Rotate": (Form((_P, _N, _P), _turned, "Rotate[A, 90°, B]"),),
    "Segment": (Form((_P, _P), _line("segment"), "Segment[A, B]"),),
    "Semicircle": (Form((_P, _P), _half_circle, "Semicircle[A, B]"),),
    "Tangent": (Form((_P, _C), _tangents, "Tangent[A, c]"),),
    "Translate": (Form((_P, _L), _translated, "Translate[A, Vector[B, C]]"),),
    "TriangleCenter": (Form((_P, _P, _P, _N), _triangle_centre, "TriangleCenter[A, B, C, 4]"),),
    "Vector": (Form((_P, _P), _line("vector"), "Vector[A, B]"),),
}
"""The forms of each command, by the name that GeoGebra's files have for it."""

ALIASES: Mapping[str, str] = {
    "AngleBisector": "AngularBisector",
    "Centre": "Center",
    "Compass": "Compasses",
    "ParallelLine": "Line",
    "PerpendicularBisector": "LineBisector",
    "PerpendicularLine": "OrthogonalLine",
    "PointOn": "Point",
    "Reflect": "Mirror",
    "TriangleCentre": "TriangleCenter",
}
"""Other names for the same."""

MEASURES: frozenset[str] = frozenset(
    ("Angle", "Area", "Distance", "Length", "Perimeter", "Radius", "Slope", "Text")
)
"""Commands that measure or write what stands; they make nothing that a problem speaks of."""
