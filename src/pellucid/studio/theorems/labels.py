"""Where the names of points stand: off lines, circles, points and each other, if there is room."""

from __future__ import annotations

import cmath
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from pellucid.reasoning.geometry.synthetic.telling import point_name
from pellucid.studio.theorems.scene import Scene
from pellucid.studio.theorems.shapes import Circle, Segment
from pellucid.studio.theorems.view import View

LETTER, HEIGHT = 10.5, 15.0
"""The size of a letter, in units of the picture."""
DIRECTIONS, DISTANCES = 24, (15.0, 20.0, 27.0, 36.0)
"""Where a name may stand beside its point."""
LINE, ROUND, POINT, NAME, EDGE = 25.0, 22.0, 40.0, 60.0, 60.0
"""What it costs a name to lie across a line, a circle, a point, a name, the edge of the picture."""
FAR, OUTWARDS = 0.25, 2.0
"""What each unit of distance from its point costs, and what it gains by being on the outer side."""


@dataclass(frozen=True)
class Label:
    """A name in the picture, and the middle of it."""

    name: str
    x: float
    y: float


def labels(scene: Scene, over: View) -> list[Label]:
    """A place for each name, beside its point, where it is in the way of the least.

    Twice over, since those that are placed first do not know where the last will be.
    """
    crowd = _Crowd(scene, over)
    found: dict[str, complex] = {}
    for _ in range(2):
        for name in scene.at:
            found.pop(name, None)
            costs = {z: crowd.cost(name, z, found) for z in crowd.options(name)}
            found[name] = min(costs, key=lambda z, costs=costs: costs[z])  # type: ignore[misc]
    return [Label(name, z.real, z.imag) for name, z in found.items()]


class _Crowd:
    """All that a name may be in the way of."""

    def __init__(self, scene: Scene, over: View) -> None:
        self.over = over
        self.dots = {name: over.place(z) for name, z in scene.at.items()}
        drawn = [*scene.given, *scene.goal]
        self.segments = [
            (over.place(s.start), over.place(s.end)) for s in drawn if isinstance(s, Segment)
        ]
        self.circles = [
            (over.place(c.centre), over.length(c.radius)) for c in drawn if isinstance(c, Circle)
        ]
        self.middle = sum(self.dots.values()) / max(len(self.dots), 1)

    def options(self, name: str) -> Iterator[complex]:
        for distance in DISTANCES:
            for k in range(DIRECTIONS):
                yield self.dots[name] + cmath.rect(distance, 2 * math.pi * k / DIRECTIONS)

    def cost(self, name: str, z: complex, names: Mapping[str, complex]) -> float:
        """How much is in the way of a name at z."""
        width, height = _half(name), HEIGHT / 2
        aside, outwards = z - self.dots[name], self.dots[name] - self.middle
        cost = FAR * abs(aside)
        if abs(outwards) > 1e-9:
            cost -= OUTWARDS * (aside * outwards.conjugate()).real / (abs(aside) * abs(outwards))
        if not (
            width < z.real < self.over.width - width and height < z.imag < self.over.height - height
        ):
            cost += EDGE
        cost += LINE * sum(_cuts(a - z, b - z, width, height) for a, b in self.segments)
        cost += ROUND * sum(_touches(c - z, r, width, height) for c, r in self.circles)
        cost += POINT * sum(_inside(dot - z, width + 4, height + 4) for dot in self.dots.values())
        return cost + NAME * sum(
            _inside(other - z, width + _half(n), 2 * height) for n, other in names.items()
        )


def _half(name: str) -> float:
    """Half of the width of a name."""
    return LETTER * len(point_name(name)) / 2 + 1


def _inside(z: complex, width: float, height: float) -> bool:
    return abs(z.real) < width and abs(z.imag) < height


def _cuts(a: complex, b: complex, width: float, height: float) -> bool:
    """Whether a segment meets the box about 0 (Liang and Barsky 1984)."""
    start, end = 0.0, 1.0
    for origin, step, half in ((a.real, (b - a).real, width), (a.imag, (b - a).imag, height)):
        if abs(step) < 1e-12:
            if abs(origin) > half:
                return False
            continue
        first, last = sorted(((-half - origin) / step, (half - origin) / step))
        start, end = max(start, first), min(end, last)
    return start <= end


def _touches(centre: complex, radius: float, width: float, height: float) -> bool:
    """Whether a circle's line meets the box about 0."""
    x, y = abs(centre.real), abs(centre.imag)
    near = math.hypot(max(x - width, 0.0), max(y - height, 0.0))
    return near <= radius <= math.hypot(x + width, y + height)
