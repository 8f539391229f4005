"""The figure as SVG: givens in ink, the goal in colour, and a layer for each step to light up."""

from __future__ import annotations

import cmath
import math
import re
from collections.abc import Mapping, Sequence
from html import escape

from pellucid.reasoning.geometry.problem import Statement
from pellucid.reasoning.geometry.synthetic.telling import point_name
from pellucid.studio.theorems.labels import labels
from pellucid.studio.theorems.scene import Scene
from pellucid.studio.theorems.shapes import Angle, Area, Circle, Segment, Shape, Ticks, shapes
from pellucid.studio.theorems.view import View, shown, view

ARC, SQUARE, TICK = 24.0, 11.0, 6.0
"""Sizes of marks, in units of the picture."""


def svg(
    scene: Scene, *, title: str, description: str, steps: Mapping[int, Statement] | None = None
) -> str:
    """A drawing; of each numbered step a layer with the identifier `light-N`, unseen at first.

    Colours come from the style sheet of the page (`page.css`).
    """
    lit = [
        s for said in (steps or {}).values() if _here(said, scene) for s in shapes(said, scene.at)
    ]
    over = view(scene, lit)
    layers = [
        f'<g id="light-{number}" class="light">{_light(statement, scene, over)}</g>'
        for number, statement in (steps or {}).items()
    ]
    dots = "".join(_dot(name, z, over) for name, z in scene.at.items())
    names = "".join(
        f'<text x="{_n(label.x)}" y="{_n(label.y + 5)}" data-point="{escape(label.name)}">'
        f"{_written(label.name)}</text>"
        for label in labels(scene, over)
    )
    return (
        f'<svg viewBox="0 0 {_n(over.width)} {_n(over.height)}" role="img" '
        'aria-labelledby="figure-title figure-text" xmlns="http://www.w3.org/2000/svg">\n'
        f'<title id="figure-title">{escape(title)}</title>\n'
        f'<desc id="figure-text">{escape(description)}</desc>\n'
        f'<g class="given">{drawn(scene.given, scene, over)}</g>\n'
        f'<g class="goal">{drawn(scene.goal, scene, over)}</g>\n'
        + "\n".join(layers)
        + f'\n<g class="dots">{dots}</g>\n<g class="names">{names}</g>\n</svg>'
    )


def drawn(found: Sequence[Shape], scene: Scene, over: View) -> str:
    """Shapes as elements."""
    return "".join(_element(shape, over) for shape in shown(found, scene.at))


def _light(statement: Statement, scene: Scene, over: View) -> str:
    rings = "".join(
        f'<circle class="ring" {_centre(over.place(scene.at[p]))} r="8"/>'
        for p in dict.fromkeys(statement.points)
        if p in scene.at
    )
    here = _here(statement, scene)
    return (drawn(shapes(statement, scene.at), scene, over) if here else "") + rings


def _here(statement: Statement, scene: Scene) -> bool:
    return set(statement.points) <= scene.at.keys()


def _element(shape: Shape, over: View) -> str:
    if isinstance(shape, Segment):
        kind = ' class="dashed"' if shape.dashed else ""
        return _line(over.place(shape.start), over.place(shape.end), kind)
    if isinstance(shape, Circle):
        return f'<circle {_centre(over.place(shape.centre))} r="{_n(over.length(shape.radius))}"/>'
    if isinstance(shape, Angle):
        return _right(shape, over) if shape.right else _arc(shape, over)
    if isinstance(shape, Ticks):
        return _ticks(shape, over)
    return _area(shape, over)


def _line(a: complex, b: complex, kind: str = "") -> str:
    return f'<line{kind} x1="{_n(a.real)}" y1="{_n(a.imag)}" x2="{_n(b.real)}" y2="{_n(b.imag)}"/>'


def _arc(angle: Angle, over: View) -> str:
    """Arcs, one in the other; small angles get wider ones, so that they are seen."""
    corner = over.place(angle.corner)
    reach = ARC if abs(angle.sweep) > 0.5 else 1.7 * ARC
    turn = 0 if angle.sweep > 0 else 1
    parts = []
    for k in range(angle.kind):
        radius = reach + 5 * k
        start = corner + cmath.rect(radius, -angle.start)
        end = corner + cmath.rect(radius, -angle.start - angle.sweep)
        parts.append(f"M {_pair(start)} A {_n(radius)} {_n(radius)} 0 0 {turn} {_pair(end)}")
    start = corner + cmath.rect(reach, -angle.start)
    end = corner + cmath.rect(reach, -angle.start - angle.sweep)
    sector = (
        f"M {_pair(corner)} L {_pair(start)} A {_n(reach)} {_n(reach)} 0 0 {turn} {_pair(end)} Z"
    )
    return f'<path class="sector" d="{sector}"/><path class="mark" d="{" ".join(parts)}"/>'


def _right(angle: Angle, over: View) -> str:
    corner = over.place(angle.corner)
    one = cmath.rect(SQUARE, -angle.start)
    two = cmath.rect(SQUARE, -angle.start - angle.sweep)
    places = " L ".join(_pair(corner + z) for z in (one, one + two, two))
    return f'<path class="mark" d="M {places}"/>'


def _ticks(ticks: Ticks, over: View) -> str:
    a, b = over.place(ticks.start), over.place(ticks.end)
    if abs(b - a) < 1e-9:
        return ""
    along = (b - a) / abs(b - a)
    middle, across = (a + b) / 2, along * 1j * TICK
    found = []
    for k in range(ticks.kind):
        at = middle + along * 4.5 * (k - (ticks.kind - 1) / 2)
        found.append(_line(at - across, at + across, ' class="mark"'))
    return "".join(found)


def _area(area: Area, over: View) -> str:
    places = " ".join(_pair(over.place(z), ",") for z in area.corners)
    return f'<polygon class="area-{area.kind}" points="{places}"/>'


def _dot(name: str, z: complex, over: View) -> str:
    return f'<circle data-point="{escape(name)}" {_centre(over.place(z))} r="3.2"/>'


def _centre(z: complex) -> str:
    return f'cx="{_n(z.real)}" cy="{_n(z.imag)}"'


def _pair(z: complex, between: str = " ") -> str:
    return f"{_n(z.real)}{between}{_n(z.imag)}"


def _n(value: float) -> str:
    """A number in hundredths, without a needless point."""
    if not math.isfinite(value):
        return "0"
    return f"{value:.2f}".rstrip("0").rstrip(".")


def _written(name: str) -> str:
    """A point's name, with digits below the line."""
    match = re.fullmatch(r"([^\d]+)(\d+)(.*)", point_name(name))
    if match is None:
        return escape(point_name(name))
    letter, index, rest = match.groups()
    low = f'<tspan class="index" dy="4">{index}</tspan>'
    return f'{escape(letter)}{low}<tspan dy="-4">{escape(rest) or "&#8203;"}</tspan>'
