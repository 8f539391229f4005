"""What stands on a GeoGebra sheet, and the clauses of the problem language that make it.

GeoGebra has lines and circles as objects; the problem language has points alone. So a line or a
circle is kept as what it says of a point on it, and helping points are made where a line has to be
named by two of its points.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import TypeAlias

from pellucid.reasoning.geometry.definitions import definitions
from pellucid.reasoning.geometry.problem import Clause, Construction


@dataclass(frozen=True)
class SheetPoint:
    """A point, by its name in the problem language."""

    name: str


@dataclass(frozen=True)
class SheetLine:
    """A line, ray, segment or vector."""

    says: tuple[str, ...]
    """What puts a point on it, without that point: `on_tline a b c`."""
    ends: tuple[str, ...] = ()
    """Two points by which it was made, if it was."""
    along: tuple[bool, str, str] | None = None
    """Parallel to the line of two points; perpendicular if the first is true."""
    on: frozenset[str] = frozenset()
    """Points that are on it as it was made."""
    kind: str = "line"
    """`line`, `segment` or `vector`; the last two have a length."""


@dataclass(frozen=True)
class SheetCircle:
    """A circle."""

    says: tuple[str, ...]
    centre: str | None = None
    corners: tuple[str, ...] = ()
    """Three points by which it was made, where its centre is not known yet."""
    on: frozenset[str] = frozenset()
    value: Fraction | None = None
    """Its radius, if that was given as a number."""


@dataclass(frozen=True)
class SheetPolygon:
    """A polygon."""

    corners: tuple[str, ...]


@dataclass(frozen=True)
class SheetNumber:
    """A number; of an angle in units of pi if it was given in degrees."""

    value: Fraction
    angle: bool = False


SheetObject: TypeAlias = SheetPoint | SheetLine | SheetCircle | SheetPolygon | SheetNumber

KINDS: Mapping[type, str] = {
    SheetPoint: "a point",
    SheetLine: "a line",
    SheetCircle: "a circle",
    SheetPolygon: "a polygon",
    SheetNumber: "a number",
}


@dataclass
class Sheet:
    """Objects by label, and the clauses so far."""

    objects: dict[str, SheetObject] = field(default_factory=dict)
    places: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    """Where the file draws its points, by label."""
    clauses: list[Clause] = field(default_factory=list)
    labels: dict[str, str] = field(default_factory=dict)
    """The label of each point's name."""
    measured: set[str] = field(default_factory=set)
    """Labels of what was measured, which is no part of a problem."""
    _incident: dict[tuple[str, ...], dict[str, None]] = field(default_factory=dict)

    def named(self, label: str) -> str:
        """A new name for a point: its label in small letters, as far as that is free."""
        bare = re.sub(r"[^a-z0-9_']", "", label.lower())
        if not re.match(r"[a-z_]", bare):
            bare = f"p{bare}"
        name = bare
        while name in self.labels:
            name += "_"
        self.labels[name] = label
        return name

    def make(self, label: str, *says: tuple[str, ...]) -> SheetPoint:
        """A new point of which these things are said; see `SheetLine.says`."""
        name = self.named(label)
        self.clauses.append(Clause((name,), tuple(_construction(name, said) for said in says)))
        for said in says:
            self._incident.setdefault(said, {})[name] = None
        return SheetPoint(name)

    def make_all(self, labels: tuple[str, ...], *says: str) -> tuple[SheetPoint, ...]:
        """Several points by one construction."""
        names = tuple(self.named(label) for label in labels)
        self.clauses.append(Clause(names, (Construction(says[0], names, says[1:]),)))
        return tuple(SheetPoint(name) for name in names)

    def helper(self, *says: tuple[str, ...]) -> str:
        """The name of a helping point."""
        return self.make(f"h{len(self.clauses)}_", *says).name

    def on(self, line: SheetLine | SheetCircle) -> tuple[str, ...]:
        """Points that are on a line or circle by what was said so far."""
        return tuple(dict.fromkeys((*sorted(line.on), *self._incident.get(line.says, ()))))

    def ends(self, line: SheetLine) -> tuple[str, str]:
        """Two points of a line; made where they are missing."""
        known = line.ends or self.on(line)
        while len(known) < 2:
            known = (*known, self.helper(line.says))
        return known[0], known[1]

    def direction(self, line: SheetLine) -> tuple[bool, str, str]:
        """Two points whose line it is parallel to; or perpendicular, if the first is true."""
        return line.along or (False, *self.ends(line))

    def centre(self, circle: SheetCircle) -> str:
        """The centre of a circle; made where it is missing."""
        return circle.centre or self.helper(("circle", *circle.corners))

    def through(self, a: str, line: SheetLine, *, across: bool) -> SheetLine:
        """The parallel of a line through a point; the perpendicular if `across`."""
        turned, b, c = self.direction(line)
        turned ^= across
        says = ("on_tline" if turned else "on_pline", a, b, c)
        return SheetLine(says, along=(turned, b, c), on=frozenset((a,)))

    def same_place(self, label: str, name: str) -> bool:
        """Whether the file draws a new point where a point stands already."""
        one, two = self.places.get(label), self.places.get(self.labels[name])
        if one is None or two is None:
            return False
        size = max(1.0, *map(abs, one))
        return max(abs(a - b) for a, b in zip(one, two, strict=True)) < 1e-7 * size


def line_through(a: str, b: str, kind: str = "line") -> SheetLine:
    """The line of two points."""
    return SheetLine(("on_line", a, b), ends=(a, b), on=frozenset((a, b)), kind=kind)


def _construction(name: str, said: tuple[str, ...]) -> Construction:
    construction, *given = said
    value = None
    if definitions()[construction].value is not None:
        value = Fraction(given.pop())
    return Construction(construction, (name,), tuple(given), value)
