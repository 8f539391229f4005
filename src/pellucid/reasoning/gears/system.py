"""What a gear problem is: gears, what couples them, what drives them, and what is asked.

Directions are those seen from one side of the plane: +1 is clockwise, -1 counter-clockwise.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from fractions import Fraction

from pellucid.errors import DataError

CLOCKWISE, COUNTER = 1, -1


def direction_word(sign: int) -> str:
    """The word for a direction."""
    return "clockwise" if sign > 0 else "counter-clockwise"


class Coupling(Enum):
    """How two gears are coupled."""

    MESH = "meshes with"
    OPEN_BELT = "is joined by an open belt to"
    CROSSED_BELT = "is joined by a crossed belt to"
    AXLE = "is on one axle with"

    @property
    def sign(self) -> int:
        """-1 if it turns the direction around."""
        return -1 if self in (Coupling.MESH, Coupling.CROSSED_BELT) else 1


@dataclass(frozen=True)
class Link:
    """Two gears that are coupled: at their rims the speeds are equal, on one axle the turns are."""

    one: str
    two: str
    coupling: Coupling

    def __post_init__(self) -> None:
        if self.one == self.two:
            raise DataError(f"gear {self.one} {self.coupling.value} itself: name two gears")

    def other(self, gear: str) -> str:
        """The gear at its other end."""
        return self.two if gear == self.one else self.one


@dataclass(frozen=True)
class Size:
    """The number of teeth, or whatever else is in proportion to a radius.

    `factor` times the size of `unit`, a gear whose size is not known, or `factor` alone.
    """

    factor: Fraction
    unit: str | None = None


@dataclass(frozen=True)
class Driver:
    """What turns a gear from outside."""

    gear: str
    direction: int
    speed: Fraction | None = None
    """Turns in a minute, if they are given."""
    supposed: bool = False
    """Whether it only stands for the question if that gear can turn."""


class Question(Enum):
    """What may be asked."""

    DIRECTION = "direction"
    SPEED = "speed"
    MOVES = "moves"
    """Whether it can turn."""
    LOCKED = "locked"
    """Whether it cannot."""
    CLOCKWISE = "clockwise"
    """Whether it turns clockwise."""
    COUNTER = "counter-clockwise"
    """Whether it turns counter-clockwise."""
    LIST = "list"
    """Which of them turn clockwise, and how many."""
    LIST_COUNTER = "list counter"


@dataclass(frozen=True)
class Query:
    """A question about gears."""

    kind: Question
    gears: tuple[str, ...]


@dataclass(frozen=True)
class GearProblem:
    """A system of gears and questions about it.

    Raises
    ------
    DataError
        If something is said of a gear that there is not, or nothing is asked.
    """

    gears: tuple[str, ...]
    links: tuple[Link, ...]
    drivers: tuple[Driver, ...]
    queries: tuple[Query, ...] = ()
    sizes: Mapping[str, Size] = field(default_factory=dict)

    def __post_init__(self) -> None:
        named = [gear for link in self.links for gear in (link.one, link.two)]
        named += [driver.gear for driver in self.drivers] + list(self.sizes)
        named += [gear for query in self.queries for gear in query.gears]
        for gear in named:
            if gear not in self.gears:
                known = ", ".join(self.gears)
                raise DataError(f"there is no gear {gear}: the gears are {known or 'none'}")
        for gear, size in self.sizes.items():
            if size.factor <= 0:
                raise DataError(f"gear {gear} has size {size.factor}: give more than 0")
        if len(set(self.gears)) < len(self.gears):
            raise DataError("two gears have the same name: name each once")

    def size(self, gear: str) -> Size:
        """Of a gear of unknown size, itself."""
        return self.sizes.get(gear, Size(Fraction(1), gear))
