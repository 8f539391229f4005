"""The figure for LaTeX, drawn by TikZ: the same lines, circles, marks and names as in the SVG."""

from __future__ import annotations

import cmath
import math
from collections.abc import Mapping, Sequence

from pellucid.reasoning.geometry.problem import Problem
from pellucid.reasoning.geometry.synthetic.telling import point_name
from pellucid.studio.theorems.labels import labels
from pellucid.studio.theorems.scene import scene
from pellucid.studio.theorems.shapes import Angle, Area, Circle, Segment, Shape, Ticks
from pellucid.studio.theorems.view import View, shown, view

CENTIMETRES = 0.0155
"""Of a unit of the picture, so that it is 10 cm wide at most."""


def tikz(problem: Problem, places: Mapping[str, tuple[float, float]]) -> str:
    """An environment `tikzpicture`."""
    drawn = scene(problem, places)
    over = view(drawn)
    lines = [
        rf"\begin{{tikzpicture}}[x={CENTIMETRES}cm,y=-{CENTIMETRES}cm,line cap=round]",
        rf"\clip (0,0) rectangle ({over.width:.2f},{over.height:.2f});",
        *_drawn(drawn.given, "black!65", drawn.at, over),
        *_drawn(drawn.goal, "orange!80!black,thick", drawn.at, over),
    ]
    for z in drawn.at.values():
        lines.append(rf"\fill {_at(over.place(z))} circle[radius=3];")
    for label in labels(drawn, over):
        lines.append(
            rf"\node[font=\small,inner sep=0] at ({label.x:.2f},{label.y:.2f}) "
            f"{{${point_name(label.name, 'latex')}$}};"
        )
    return "\n".join([*lines, r"\end{tikzpicture}"])


def _drawn(shapes: Sequence[Shape], style: str, at: Mapping[str, complex], over: View) -> list[str]:
    return [
        rf"\draw[{style}{',dashed' if isinstance(s, Segment) and s.dashed else ''}] {path};"
        for s in shown(shapes, at)
        for path in _paths(s, over)
    ]


def _paths(shape: Shape, over: View) -> list[str]:
    if isinstance(shape, Segment):
        return [f"{_at(over.place(shape.start))} -- {_at(over.place(shape.end))}"]
    if isinstance(shape, Circle):
        radius = over.length(shape.radius)
        return [f"{_at(over.place(shape.centre))} circle[radius={radius:.2f}]"]
    if isinstance(shape, Area):
        return [" -- ".join([*(_at(over.place(z)) for z in shape.corners), "cycle"])]
    if isinstance(shape, Angle):
        return [_angle(shape, over)]
    return _ticks(shape, over)


def _angle(angle: Angle, over: View) -> str:
    corner = over.place(angle.corner)
    if angle.right:
        one = cmath.rect(11, -angle.start)
        two = cmath.rect(11, -angle.start - angle.sweep)
        return " -- ".join(_at(corner + z) for z in (one, one + two, two))
    start, end = math.degrees(-angle.start), math.degrees(-angle.start - angle.sweep)
    begun = corner + cmath.rect(24, -angle.start)
    return f"{_at(begun)} arc[start angle={start:.2f},end angle={end:.2f},radius=24]"


def _ticks(ticks: Ticks, over: View) -> list[str]:
    a, b = over.place(ticks.start), over.place(ticks.end)
    if abs(b - a) < 1e-9:
        return []
    along = (b - a) / abs(b - a)
    middles = ((a + b) / 2 + along * 4.5 * (k - (ticks.kind - 1) / 2) for k in range(ticks.kind))
    return [f"{_at(m - 6j * along)} -- {_at(m + 6j * along)}" for m in middles]


def _at(z: complex) -> str:
    return f"({z.real:.2f},{z.imag:.2f})"
