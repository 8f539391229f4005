"""Random gear problems, in words and as they are meant.

problem = random_problem(random)
text = tell(problem, random)             # read_problem(text) is the same problem
"""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise
from random import Random

from pellucid.reasoning.gears.system import (
    Coupling,
    Driver,
    GearProblem,
    Link,
    Query,
    Question,
    Size,
)

KINDS = ("row", "circle", "graph", "machine")


def random_problem(random: Random, kind: str | None = None) -> GearProblem:
    """Gears in a row or a circle, meshing at random, or with belts and common axles as well."""
    kind = kind or random.choice(KINDS)
    count = random.randint(3, 12)
    letters = random.random() < 0.3
    gears = tuple(chr(65 + k) if letters else str(k + 1) for k in range(count))
    links = _links(random, kind, gears)
    sized = kind == "machine" or random.random() < 0.3
    sizes = {g: Size(Fraction(random.choice(TEETH))) for g in gears} if sized else {}
    driver = Driver(random.choice(gears), random.choice((1, -1)), _speed(random, sized))
    return GearProblem(gears, links, (driver,), (_query(random, gears, driver),), sizes)


TEETH = (8, 10, 12, 15, 20, 24, 30, 40, 60)


def _speed(random: Random, sized: bool) -> Fraction | None:
    return Fraction(random.choice((10, 30, 60, 90, 120))) if sized else None


def _links(random: Random, kind: str, gears: tuple[str, ...]) -> tuple[Link, ...]:
    if kind in ("row", "circle"):
        ends = list(pairwise(gears))
        ends += [(gears[-1], gears[0])] if kind == "circle" else []
        return tuple(Link(a, b, Coupling.MESH) for a, b in ends)
    links: list[Link] = []
    loose = random.random() < 0.2  # one gear that touches nothing
    for k in range(1, len(gears) - loose):
        links.append(Link(gears[random.randrange(k)], gears[k], _coupling(random, kind)))
    for _ in range(random.choice((0, 0, 1, 2))):
        one, two = random.sample(gears[: len(gears) - loose], 2)
        if not any({one, two} == {link.one, link.two} for link in links):
            links.append(Link(one, two, _coupling(random, kind)))
    random.shuffle(links)
    return tuple(links)


def _coupling(random: Random, kind: str) -> Coupling:
    if kind == "graph":
        return Coupling.MESH
    return random.choice((Coupling.MESH, Coupling.MESH, *Coupling))


def _query(random: Random, gears: tuple[str, ...], driver: Driver) -> Query:
    kinds = [kind for kind in Question if kind is not Question.SPEED or driver.speed is not None]
    kind = random.choice(kinds)
    if kind in (Question.LIST, Question.LIST_COUNTER):
        return Query(kind, gears)
    return Query(kind, tuple(random.sample(gears, random.choice((1, 1, 2)))))
