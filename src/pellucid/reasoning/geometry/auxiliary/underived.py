"""What all diagrams show and no deduction has reached: true statements that wait for a proof."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations

import numpy as np

from pellucid.reasoning.geometry.auxiliary.picture import EQUAL, Picture, Reals
from pellucid.reasoning.geometry.problem import Statement
from pellucid.reasoning.geometry.synthetic.closure import Closure


def underived(picture: Picture, closure: Closure) -> list[Statement]:
    """Statements that are true in all diagrams and do not follow by what was deduced.

    Of points on a line or circle, of equal segments, and of parallel and perpendicular lines; of
    each line, circle or class one statement, the first that does not follow.
    """
    found: list[Statement] = []
    for several in _classes(picture):
        open_ = (s for s in several if closure.knowledge.figure.true(s) and not closure.holds(s))
        first = next(open_, None)
        if first is not None:
            found.append(first)
    return found


def _classes(picture: Picture) -> Iterator[Iterator[Statement]]:
    names = picture.names
    lines = picture.lines()
    for line in lines:
        if len(line) > 2:
            yield (Statement("coll", _named(names, three)) for three in combinations(line, 3))
    for circle in picture.circles():
        if len(circle.members) > 3:
            four = combinations(circle.members, 4)
            yield (Statement("cyclic", _named(names, points)) for points in four)
    pairs = list(combinations(range(picture.count), 2))
    i, j = np.array(pairs).T
    way = picture.places[:, j] - picture.places[:, i]
    for equal in _equal(np.abs(way) / picture.size, wrapped=False):
        yield _compared("cong", names, [pairs[k] for k in equal])
    ends = np.array([line[:2] for line in lines])
    angle = np.angle(picture.places[:, ends[:, 1]] - picture.places[:, ends[:, 0]]) / np.pi
    for equal in _equal(angle % 1.0, wrapped=True):
        yield _compared("para", names, [lines[k][:2] for k in equal])
    for equal in _equal(angle % 0.5 * 2, wrapped=True):
        members = [lines[k][:2] for k in equal]
        yield _compared("perp", names, members)


def _named(names: tuple[str, ...], points: tuple[int, ...]) -> tuple[str, ...]:
    return tuple(names[i] for i in points)


def _compared(
    name: str, names: tuple[str, ...], members: list[tuple[int, ...]]
) -> Iterator[Statement]:
    """The statement of any two segments; the figure says which of them are true."""
    for one, other in combinations(members, 2):
        yield Statement(name, _named(names, one) + _named(names, other))


def _equal(values: Reals, *, wrapped: bool) -> list[list[int]]:
    """Classes of two or more columns of (D, M) that are equal in all diagrams."""
    order = np.argsort(values[0])
    classes: list[list[int]] = []
    for k in order:
        last = classes[-1][-1] if classes else None
        off = np.ones(1) if last is None else values[:, k] - values[:, last]
        near = np.abs(off - np.round(off) if wrapped else off).max() < EQUAL
        if near and last is not None:
            classes[-1].append(int(k))
        else:
            classes.append([int(k)])
    return [members for members in classes if len(members) > 1]
