"""What was understood so far of a problem in words, and the problem that it makes."""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from itertools import pairwise

from pellucid.errors import DataError
from pellucid.reasoning.gears.phrases import ORDINALS
from pellucid.reasoning.gears.system import (
    Coupling,
    Driver,
    GearProblem,
    Link,
    Query,
    Question,
    Size,
)

ALL = ("*",)
"""Every gear."""


@dataclass
class Draft:
    """Sentences add to it; gears may be named before it is known how many there are."""

    count: int | None = None
    """How many gears there are, where that was said."""
    names: tuple[str, ...] = ()
    """What they are called, where that was said."""
    mentioned: list[str] = field(default_factory=list)
    closed: bool = False
    """Whether they stand in a circle."""
    arranged: bool = False
    """Whether they stand in a row or circle."""
    neighbours: bool = False
    """Whether each meshes with the next."""
    links: list[tuple[str, str, Coupling]] = field(default_factory=list)
    last: Coupling = Coupling.MESH
    """What the latest link was, for `and gear 2 with gear 3`."""
    drivers: list[tuple[str, int, Fraction | None]] = field(default_factory=list)
    queries: list[tuple[Question, tuple[str, ...]]] = field(default_factory=list)
    sizes: list[tuple[tuple[str, ...], Fraction, str | None]] = field(default_factory=list)

    def counted(self, count: int) -> None:
        """Note how many gears there are."""
        if self.count is not None and self.count != count:
            raise DataError(f"there are {self.count} gears in one place and {count} in another")
        if count > 10_000:
            raise DataError(f"{count} gears are too many: give at most 10000")
        self.count = count

    def mention(self, gears: tuple[str, ...]) -> tuple[str, ...]:
        """Note gears that are named."""
        for gear in gears:
            if gear not in self.mentioned and gear not in ORDINALS and gear != ALL[0]:
                self.mentioned.append(gear)
        return gears

    def link(self, one: str, two: str, coupling: Coupling) -> None:
        """Note a coupling."""
        self.last = coupling
        self.mention((one, two))
        self.links.append((one, two, coupling))

    def problem(self) -> GearProblem:
        """The problem, once all was read.

        Raises
        ------
        DataError
            If something is missing or contradicts what else is said.
        """
        gears = self._gears()
        if self.arranged and not self.neighbours and not self.links:
            raise DataError(
                "it is not said which gears mesh: say such as 'Each gear meshes with the next.'"
            )
        if not self.queries:
            raise DataError("nothing is asked: ask such as 'In which direction does gear 6 turn?'")
        resolve = lambda name: _placed(name, gears)  # noqa: E731
        links = [Link(resolve(a), resolve(b), kind) for a, b, kind in self.links]
        if self.neighbours:
            links = [*self._next(gears), *links]
        queries = tuple(
            Query(kind, gears if asked == ALL else tuple(map(resolve, asked)))
            for kind, asked in self.queries
        )
        drivers = tuple(Driver(resolve(g), way, speed) for g, way, speed in self.drivers)
        sizes: dict[str, Size] = {}
        for of, factor, unit in self.sizes:
            for gear in gears if of == ALL else map(resolve, of):
                _set_size(sizes, gear, factor, None if unit is None else resolve(unit), gears)
        return GearProblem(gears, tuple(links), self._driven(drivers, queries), queries, sizes)

    def _gears(self) -> tuple[str, ...]:
        if self.names:
            if self.count not in (None, len(self.names)):
                raise DataError(
                    f"there are {self.count} gears, but {len(self.names)} names for them: "
                    f"{self.names[0]} to {self.names[-1]}"
                )
            return self.names
        if self.count is None:
            if not self.mentioned:
                raise DataError("no gear is named: say such as 'There are six gears in a row.'")
            return tuple(self.mentioned)
        numbered = tuple(str(k + 1) for k in range(self.count))
        if all(name in numbered for name in self.mentioned):
            return numbered
        if len(self.mentioned) == self.count:
            return tuple(self.mentioned)
        strange = next(name for name in self.mentioned if name not in numbered)
        raise DataError(f"there is no gear {strange}: the gears are 1 to {self.count}")

    def _next(self, gears: tuple[str, ...]) -> list[Link]:
        ends = list(pairwise(gears))
        if self.closed and len(gears) > 2:
            ends.append((gears[-1], gears[0]))
        return [Link(a, b, Coupling.MESH) for a, b in ends]

    def _driven(
        self, drivers: tuple[Driver, ...], queries: tuple[Query, ...]
    ) -> tuple[Driver, ...]:
        """What drives; where it is only asked whether something can turn, that itself."""
        if drivers:
            return drivers
        if any(q.kind not in (Question.MOVES, Question.LOCKED) for q in queries):
            raise DataError("nothing is said to turn: say such as 'Gear 3 is turned clockwise.'")
        asked = dict.fromkeys(gear for query in queries for gear in query.gears)
        return tuple(Driver(gear, 1, supposed=True) for gear in asked)


def _placed(name: str, gears: tuple[str, ...]) -> str:
    """The gear that `first` or `last` means."""
    if name not in ORDINALS:
        return name
    place = ORDINALS[name]
    if place >= len(gears):
        raise DataError(f"there is no {name} gear: there are {len(gears)}")
    return gears[place]


def _set_size(
    sizes: dict[str, Size], gear: str, factor: Fraction, unit: str | None, gears: tuple[str, ...]
) -> None:
    size = Size(factor)
    if unit is not None:
        if unit not in gears:
            raise DataError(f"there is no gear {unit} to compare gear {gear} with")
        of = sizes.get(unit, Size(Fraction(1), unit))
        size = Size(factor * of.factor, of.unit)
        if size.unit == gear:
            raise DataError(f"the size of gear {gear} is said in terms of itself")
    if sizes.get(gear, size) != size:
        raise DataError(f"two sizes are given for gear {gear}: leave one out")
    if any(other.unit == gear for other in sizes.values()):
        for name, other in list(sizes.items()):
            if other.unit == gear:
                sizes[name] = Size(other.factor * size.factor, size.unit)
    sizes[gear] = size
