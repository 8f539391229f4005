"""Where constructions put their points, for many at once, in complex numbers.

Arrays have the axes D (diagrams) and M (constructions); a place that does not exist is not a number
or infinite.
"""

from __future__ import annotations

import numpy as np

from pellucid.reasoning.geometry.auxiliary.picture import Places, Reals


def cross(u: Places, v: Places) -> Reals:
    """The area that two vectors span."""
    return np.asarray((u.conj() * v).imag)


def dot(u: Places, v: Places) -> Reals:
    """Their inner product."""
    return np.asarray((u.conj() * v).real)


def meeting(p: Places, u: Places, q: Places, v: Places) -> Places:
    """Where the line through p along u meets that through q along v."""
    return np.asarray(p + u * cross(q - p, v) / cross(u, v))


def foot(a: Places, p: Places, u: Places) -> Places:
    """The foot of a on the line through p along u."""
    return np.asarray(p + u * dot(u, a - p) / dot(u, u))


def centre(a: Places, b: Places, c: Places) -> Places:
    """The centre of the circle through three points."""
    u, v = b - a, c - a
    below = 2 * cross(u, v)
    return np.asarray(a - 1j * (v * dot(u, u) - u * dot(v, v)) / below)


def on_circle(p: Places, u: Places, o: Places, square: Reals) -> tuple[Places, Places]:
    """Where the line through p along u meets the circle about o with this squared radius."""
    middle = foot(o, p, u)
    height = square - np.abs(middle - o) ** 2
    step = u / np.abs(u) * np.sqrt(np.where(height < 0, np.nan, height))
    return middle - step, middle + step


def on_both(o: Places, square: Reals, w: Places, other: Reals) -> tuple[Places, Places]:
    """Where two circles meet."""
    way = w - o
    apart = dot(way, way)
    along = (square - other + apart) / (2 * apart)
    return on_circle(o + way * along, 1j * way, o, square)
