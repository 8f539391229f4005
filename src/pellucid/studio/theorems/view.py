"""From the figure's coordinates to those of a picture."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pellucid.studio.theorems.scene import Scene
from pellucid.studio.theorems.shapes import Circle, Segment, Shape

WIDTH, HEIGHT = 640.0, 560.0
"""The most that a picture takes, in its own units."""
MARGIN = 34.0
LARGE = 1.6
"""A circle of more than this many times the size of the points' figure is cut off; of what `more`
there is to show, one of more than once its size."""


@dataclass(frozen=True)
class View:
    """A picture's coordinates, whose y grows downwards."""

    left: float
    top: float
    scale: float
    width: float
    height: float

    def place(self, z: complex) -> complex:
        """Where a place of the figure is in the picture."""
        return complex((z.real - self.left) * self.scale, (self.top - z.imag) * self.scale)

    def length(self, length: float) -> float:
        """How long a length of the figure is in the picture."""
        return length * self.scale


def view(scene: Scene, more: Sequence[Shape] = ()) -> View:
    """So that all points, and circles that are not too large, are in the picture."""
    points = list(scene.at.values()) or [0j]
    reach = max(
        max(p.real for p in points) - min(p.real for p in points),
        max(p.imag for p in points) - min(p.imag for p in points),
    )
    corners = list(points)
    sized = [(shape, LARGE) for shape in (*scene.given, *scene.goal)]
    for shape, large in (*sized, *((shape, 1.0) for shape in more)):
        if isinstance(shape, Circle) and 2 * shape.radius <= large * reach:
            arm = complex(shape.radius, shape.radius)
            corners += [shape.centre - arm, shape.centre + arm]
        elif isinstance(shape, Segment):
            corners += [shape.start, shape.end]
    left, right = min(p.real for p in corners), max(p.real for p in corners)
    low, high = min(p.imag for p in corners), max(p.imag for p in corners)
    scale = min(
        (WIDTH - 2 * MARGIN) / ((right - left) or 1.0),
        (HEIGHT - 2 * MARGIN) / ((high - low) or 1.0),
    )
    return View(
        left - MARGIN / scale,
        high + MARGIN / scale,
        scale,
        (right - left) * scale + 2 * MARGIN,
        (high - low) * scale + 2 * MARGIN,
    )


def shown(shapes: Sequence[Shape], at: Mapping[str, complex]) -> list[Shape]:
    """Those of which there is something to see: no segment from a place to itself."""
    size = max((abs(a - b) for a in at.values() for b in at.values()), default=1.0)
    return [s for s in shapes if not isinstance(s, Segment) or abs(s.end - s.start) > 1e-9 * size]
