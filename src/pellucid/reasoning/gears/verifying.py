"""Gears in the loop of generation and verification: a step says which way one gear turns.

    solve(problem, generator, GearVerifier(), retries=2)

A step is such as `3 clockwise`, and follows if gear 3 is driven so, or coupled to a gear of which
it was said. `locked 1 2 3` ends a chain, and holds if these gears are a cycle that cannot turn.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pellucid.reasoning.gears.linear import turns
from pellucid.reasoning.gears.ratios import Ratio, across
from pellucid.reasoning.gears.reading import read_problem
from pellucid.reasoning.gears.system import Coupling, GearProblem, Link, direction_word
from pellucid.reasoning.verification import Verdict

LOCKED = "locked"


@dataclass(frozen=True)
class GearVerifier:
    """Judges steps by the couplings between gears, and answers by linear algebra.

    A problem is a `GearProblem` or its words. A complete chain says it of every gear that is asked
    of, or shows what locks the driven gear.
    """

    name: str = "the verifier of gears"
    steps_suffice: bool = False

    def step(self, problem: GearProblem | str, chain: Sequence[str]) -> Verdict:
        """Whether the last step follows from the driver, a coupling, or a cycle."""
        gears = _problem(problem)
        words = chain[-1].split()
        if words[:1] == [LOCKED]:
            return _locked(gears, words[1:])
        said = _said(words, gears)
        if said is None:
            return Verdict.fails(f"'{chain[-1]}' says of no gear that it turns one way")
        gear, sign = said
        for driver in gears.drivers:
            if driver.gear == gear:
                if driver.direction == sign:
                    return Verdict.holds(f"gear {gear} is driven {direction_word(sign)}")
                return Verdict.fails(f"gear {gear} is driven {direction_word(-sign)}")
        for before in map(str.split, chain[:-1]):
            known = _said(before, gears)
            link = None if known is None else _between(gears, known[0], gear)
            if known is None or link is None:
                continue
            words_ = f"gear {known[0]} {link.coupling.value} gear {gear}"
            if known[1] * link.coupling.sign == sign:
                return Verdict.holds(words_)
            return Verdict.fails(f"{words_}, so that it turns {direction_word(-sign)}")
        return Verdict.fails(f"gear {gear} is coupled to no gear of which anything was said")

    def answer(self, problem: GearProblem | str, chain: Sequence[str]) -> Verdict:
        """Whether what is said of the gears that are asked of is so."""
        gears = _problem(problem)
        driver = gears.drivers[0]
        units = [size.unit for size in map(gears.size, gears.gears) if size.unit is not None]
        if chain[-1].split()[:1] == [LOCKED]:
            return _locked(gears, chain[-1].split()[1:])
        if units and _unsure(gears):
            return Verdict.unknown(f"the sizes of the gears {', '.join(sorted(set(units)))}")
        sizes = {gear: gears.size(gear).factor for gear in gears.gears}
        found = turns(gears, sizes, driver.gear)
        if found is None:
            return Verdict.fails("nothing can turn")
        for other in gears.drivers[1:]:
            if found[other.gear] * driver.direction * other.direction < 0:
                return Verdict.fails(f"gears {driver.gear} and {other.gear} are driven in vain")
        known = [_said(step.split(), gears) for step in chain]
        said = dict(one for one in known if one is not None)
        for gear in dict.fromkeys(g for query in gears.queries for g in query.gears):
            sign = (found[gear] > 0) - (found[gear] < 0)
            true = sign * driver.direction
            if said.get(gear, 0) != true:
                words = direction_word(true) if true else "not at all"
                return Verdict.fails(f"gear {gear} turns {words}, which is not what is said")
        return Verdict.holds("all gears that are asked of turn as is said")


def _problem(problem: GearProblem | str) -> GearProblem:
    return read_problem(problem) if isinstance(problem, str) else problem


def _said(words: Sequence[str], problem: GearProblem) -> tuple[str, int] | None:
    for sign in (1, -1):
        if len(words) == 2 and words[0] in problem.gears and words[1] == direction_word(sign):
            return words[0], sign
    return None


def _between(problem: GearProblem, one: str, two: str) -> Link | None:
    ends = {one, two}
    return next((link for link in problem.links if {link.one, link.two} == ends), None)


def _locked(problem: GearProblem, cycle: Sequence[str]) -> Verdict:
    """Whether a cycle is one, cannot turn, and hangs together with the driven gear."""
    around = Ratio()
    for one, two in zip(cycle, [*cycle[1:], *cycle[:1]], strict=True):
        link = _between(problem, one, two) if one != two else None
        if link is None:
            return Verdict.fails(f"gears {one} and {two} are not coupled: this is no cycle")
        around = around * across(problem, link, one)
    if len(cycle) < 3:
        return Verdict.unknown("couplings of two gears alone are not looked at")
    if around.is_one is None:
        return Verdict.unknown("whether the cycle can turn depends on sizes that are not given")
    if around.is_one:
        return Verdict.fails(f"the cycle {'-'.join(cycle)} can turn")
    if problem.drivers[0].gear not in _together(problem, cycle[0]):
        return Verdict.fails(f"the cycle {'-'.join(cycle)} is apart from what is driven")
    return Verdict.holds(f"the cycle {'-'.join(cycle)} cannot turn")


def _together(problem: GearProblem, gear: str) -> set[str]:
    found, open_ = {gear}, [gear]
    while open_:
        at = open_.pop()
        for link in problem.links:
            if at in (link.one, link.two) and link.other(at) not in found:
                found.add(link.other(at))
                open_.append(link.other(at))
    return found


def _unsure(problem: GearProblem) -> bool:
    """Whether turning at equal sizes says nothing of others: gears on one axle may differ."""
    return any(link.coupling is Coupling.AXLE for link in problem.links)
