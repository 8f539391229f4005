"""How fast one gear turns when another does: signed ratios in which sizes may stay unknown."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction

from pellucid.reasoning.gears.system import Coupling, GearProblem, Link


@dataclass(frozen=True)
class Ratio:
    """sign * size * product of unknown sizes, each to its power; sizes are above 0."""

    sign: int = 1
    size: Fraction = Fraction(1)
    powers: Mapping[str, int] = field(default_factory=dict)

    def __mul__(self, other: Ratio) -> Ratio:
        powers = {
            name: self.powers.get(name, 0) + other.powers.get(name, 0)
            for name in (*self.powers, *other.powers)
        }
        known = {name: power for name, power in powers.items() if power}
        return Ratio(self.sign * other.sign, self.size * other.size, known)

    @property
    def inverse(self) -> Ratio:
        """1 over it."""
        return Ratio(self.sign, 1 / self.size, {name: -p for name, p in self.powers.items()})

    @property
    def value(self) -> Fraction | None:
        """As a number, where no unknown size is left in it."""
        return None if self.powers else self.sign * self.size

    @property
    def is_one(self) -> bool | None:
        """Whether it is 1; None where that depends on unknown sizes."""
        if self.sign < 0:
            return False  # sizes are above 0
        return None if self.powers else self.size == 1


def across(problem: GearProblem, link: Link, gear: str) -> Ratio:
    """The turns of the gear at the other end of a link for one turn of `gear`."""
    if link.coupling is Coupling.AXLE:
        return Ratio()
    here, there = problem.size(gear), problem.size(link.other(gear))
    powers = {} if here.unit is None else {here.unit: 1}
    ratio = Ratio(link.coupling.sign, here.factor / there.factor, powers)
    return ratio * Ratio(powers={} if there.unit is None else {there.unit: -1})
