"""What a candidate has in common with a figure.

For each candidate, in all diagrams alike: on how many lines and circles of the figure it is, from
how many pairs of points it is equally far, and how many lines from it to points are parallel or
perpendicular to lines of the figure; and how many of those lines and circles go through two points
of which the goals speak.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from pellucid.reasoning.geometry.auxiliary import points as at
from pellucid.reasoning.geometry.auxiliary.picture import (
    EQUAL,
    Circle,
    Picture,
    Places,
    Reals,
    Truths,
)

Integers = NDArray[np.int64]
FEATURES = (
    "lines",
    "circles",
    "equal distances",
    "parallels",
    "perpendiculars",
    "lines of the goals",
    "circles of the goals",
)
FAR = 6.0
"""Candidates farther away than so many times the size of the figure are left out."""


def standing(picture: Picture, places: Places) -> tuple[Truths, Integers]:
    """Which candidates (D, M) stand near the figure, away from its points; and at which point else.

    The second is (M,), and -1 where a candidate is at no point in all diagrams.
    """
    z, size = picture.places, picture.size
    middle = z.mean(1, keepdims=True)
    with np.errstate(all="ignore"):
        near = np.all(np.abs(places - middle) < FAR * size, axis=0)
        away = np.abs(places[:, :, None] - z[:, None, :]) / size[:, :, None]
        apart = near & (away.min(2) > 1e-5).all(0)
        at_point = (away < EQUAL).all(0)
    return np.asarray(apart), np.where(np.any(at_point, axis=1), np.argmax(at_point, axis=1), -1)


def incidences(
    picture: Picture,
    places: Places,
    lines: Sequence[tuple[int, ...]],
    circles: Sequence[Circle],
    asked: Truths,
) -> Integers:
    """How often each of `FEATURES` occurs, (M, features), for candidates at places (D, M).

    `asked` (n,) says of which points the goals speak.
    """
    z, size = picture.places, picture.size
    found = np.zeros((places.shape[1], len(FEATURES)), dtype=np.int64)
    ends = np.array([line[:2] for line in lines])
    p, u = z[:, ends[:, 0]], z[:, ends[:, 1]] - z[:, ends[:, 0]]
    u = u / np.abs(u)
    off = at.cross(u[:, None, :], places[:, :, None] - p[:, None, :])
    met = (np.abs(off) < EQUAL * size[:, :, None]).all(0)
    found[:, 0], found[:, 5] = met.sum(1), met @ _speaks(asked, lines)
    o, radius = _round(picture, circles)
    off = np.abs(places[:, :, None] - o[:, None, :]) - radius[:, None, :]
    met = (np.abs(off) < EQUAL * size[:, :, None]).all(0)
    found[:, 1] = met.sum(1)
    found[:, 6] = met @ _speaks(asked, [circle.members for circle in circles])
    way = z[:, None, :] - places[:, :, None]
    found[:, 2] = _repeated(np.abs(way) / size[:, :, None])
    on = _membership(picture, lines)
    found[:, 3] = _along(way, u, on)
    found[:, 4] = _along(way * 1j, u, on * False)
    return found


def _speaks(asked: Truths, sets: Sequence[tuple[int, ...]]) -> Integers:
    """Of each set of points, whether the goals speak of two."""
    return np.array([asked[list(members)].sum() > 1 for members in sets], dtype=np.int64)


def _round(picture: Picture, circles: Sequence[Circle]) -> tuple[Places, Reals]:
    z = picture.places
    first = np.array([circle.members[0] for circle in circles], dtype=np.int64)
    centres = [
        z[:, circle.centre]
        if circle.centre is not None
        else at.centre(*(z[:, i] for i in circle.members[:3]))
        for circle in circles
    ]
    o = np.array(centres).T.reshape(len(z), -1)
    return o, np.abs(z[:, first] - o)


def _membership(picture: Picture, lines: Sequence[tuple[int, ...]]) -> Truths:
    on = np.zeros((picture.count, len(lines)), dtype=bool)
    for k, line in enumerate(lines):
        on[list(line), k] = True
    return on


def _repeated(values: Reals) -> Integers:
    """How many of the last axis equal another, in all diagrams, (M,)."""
    order = np.argsort(values[0], axis=1)
    steps = np.abs(np.diff(np.take_along_axis(values, order[None], axis=2), axis=2))
    return np.asarray((steps < EQUAL).all(0).sum(1))


def _along(way: Places, u: Places, on: Truths) -> Integers:
    """How many of (D, M, n) vectors are parallel to one of (D, L) lines without their point."""
    angle, known = (np.angle(v) / np.pi % 1 for v in (way, u))
    order = np.argsort(known[0])
    after = np.searchsorted(known[0][order], angle[0])
    answer = np.zeros(angle.shape[1:], dtype=bool)
    for shift in (-1, 0, 1):
        line = order[(after + shift) % len(order)]
        off = np.stack([angle[d] - known[d][line] for d in range(len(angle))])
        same = (np.abs(off - np.round(off)) < EQUAL).all(0)
        answer |= same & ~on[np.arange(angle.shape[2])[None], line]
    return np.asarray(answer.sum(1))
