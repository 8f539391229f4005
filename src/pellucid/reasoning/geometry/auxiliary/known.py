"""Lines and circles to construct with: those that are known to be one, by two or three points each.

A diagram shows more than is known: of points on one line, some may not be known to be. Then the
line through two of them and that through two others are different objects to construct with.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations

from pellucid.reasoning.geometry.auxiliary.picture import Circle, Picture
from pellucid.reasoning.geometry.problem import Statement
from pellucid.reasoning.geometry.synthetic.equations import pair
from pellucid.reasoning.geometry.synthetic.knowledge import Knowledge

DIRECTED = ("para", "perp", "eqangle", "aconst", "cong", "rconst", "eqratio")
"""Statements whose points are pairs: segments that a problem speaks of."""


MANY = 20
"""Points beyond which there are too many triangles to draw circles about all."""


@dataclass(frozen=True)
class Known:
    """What constructions start from; points are numbers in the picture."""

    lines: tuple[tuple[int, int], ...]
    """Two points of each known line."""
    strong: tuple[tuple[int, int], ...]
    """Of those, lines with three known points, and those that the problem speaks of."""
    about: tuple[tuple[int, int], ...]
    """Centre of a known circle, and a point of it."""
    through: tuple[tuple[int, int, int], ...]
    """Three points of a circle with more points, whose centre is no point."""
    triangles: tuple[tuple[int, int, int], ...]
    """Three points of any circle that is none of these."""


def known_objects(
    picture: Picture,
    knowledge: Knowledge,
    facts: Sequence[Statement],
    lines: Sequence[tuple[int, ...]],
    circles: Sequence[Circle],
) -> Known:
    """What is known of the lines and circles that a picture shows; `facts` are the problem's."""
    mentioned = _mentioned(picture, facts)
    every: list[tuple[int, int]] = []
    strong: list[tuple[int, int]] = []
    for members in lines:
        for known in _known_lines(picture, knowledge, members):
            first = known[0], known[1]
            every.append(first)
            if len(known) > 2 or first in mentioned:
                strong.append(first)
    about: list[tuple[int, int]] = []
    through: list[tuple[int, int, int]] = []
    for circle in circles:
        if circle.centre is not None:
            about += _known_radii(picture, knowledge, circle.centre, circle.members)
        else:
            through.append(_known_three(picture, knowledge, circle))
    triangles = tuple(_triangles(picture, lines, circles))
    return Known(tuple(every), tuple(strong), tuple(about), tuple(through), triangles)


def _triangles(
    picture: Picture, lines: Sequence[tuple[int, ...]], circles: Sequence[Circle]
) -> Iterator[tuple[int, int, int]]:
    if picture.count > MANY:
        return
    flat = {three for line in lines for three in combinations(line, 3)}
    seen = {three for circle in circles for three in combinations(circle.members, 3)}
    for three in combinations(range(picture.count), 3):
        if three not in flat and three not in seen:
            yield three


def _mentioned(picture: Picture, facts: Sequence[Statement]) -> set[tuple[int, int]]:
    """Pairs of points that stand beside each other in statements about segments."""
    place = {name: i for i, name in enumerate(picture.names)}
    found: set[tuple[int, int]] = set()
    for fact in facts:
        if fact.name in DIRECTED:
            for a, b in zip(fact.points[::2], fact.points[1::2], strict=True):
                if a in place and b in place:
                    i, j = sorted((place[a], place[b]))
                    found.add((i, j))
    return found


def _known_lines(
    picture: Picture, knowledge: Knowledge, members: tuple[int, ...]
) -> list[tuple[int, ...]]:
    """Points of one drawn line, in sets that are known to be on one; pairs alone where not."""
    if len(members) == 2:
        return [members]
    system = knowledge.systems["direction"]
    classes: dict[tuple[int, object], dict[int, None]] = {}
    for i, j in combinations(members, 2):
        variable = pair(picture.names[i], picture.names[j])
        key = system.code(variable), system.turn(variable)
        classes.setdefault(key, {}).update({i: None, j: None})
    return [tuple(sorted(known)) for known in classes.values()]


def _known_radii(
    picture: Picture, knowledge: Knowledge, centre: int, members: tuple[int, ...]
) -> list[tuple[int, int]]:
    system = knowledge.systems["ratio"]
    classes: dict[int, int] = {}
    for i in members:
        classes.setdefault(system.code(pair(picture.names[centre], picture.names[i])), i)
    return [(centre, i) for i in classes.values()]


def _known_three(picture: Picture, knowledge: Knowledge, circle: Circle) -> tuple[int, int, int]:
    for three in combinations(circle.members, 3):
        if knowledge.circle(picture.names[i] for i in three) is not None:
            return three
    a, b, c = circle.members[:3]
    return a, b, c
