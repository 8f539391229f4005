"""Which gears turn, which way and how fast, and why: a signed graph, coloured by what drives it.

Every coupling says how many turns one gear makes for one of another. Following couplings from a
gear gives each gear it reaches a ratio; a coupling that closes a cycle whose ratios do not multiply
to 1 lets nothing turn that hangs together with it.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from enum import Enum
from fractions import Fraction

from pellucid.reasoning.gears.ratios import Ratio, across
from pellucid.reasoning.gears.system import Coupling, Driver, GearProblem, Link, direction_word


class State(Enum):
    """What may become of a gear."""

    TURNS = "turns"
    LOCKED = "locked"
    """It hangs together with what cannot turn."""
    FREE = "free"
    """Nothing that is driven reaches it."""
    IMPOSSIBLE = "impossible"
    """Two drivers want what the gears do not allow."""
    UNKNOWN = "unknown"
    """It depends on sizes that are not given."""


@dataclass(frozen=True)
class Motion:
    """What becomes of one gear."""

    state: State
    reason: str
    direction: int = 0
    """+1 clockwise, -1 counter-clockwise; 0 where it does not turn."""
    speed: Fraction | None = None
    """Turns in a minute, always above 0; None where it is not known."""
    path: tuple[str, ...] = ()
    """From a driver to this gear; of a locked one, the cycle that locks it."""


def motions(problem: GearProblem) -> dict[str, Motion]:
    """What becomes of every gear."""
    neighbours: dict[str, list[Link]] = {gear: [] for gear in problem.gears}
    for link in problem.links:
        neighbours[link.one].append(link)
        neighbours[link.two].append(link)
    found: dict[str, Motion] = {}
    for driver in problem.drivers:
        if driver.gear not in found:
            found.update(_component(problem, neighbours, driver))
    return {
        gear: found.get(gear, Motion(State.FREE, f"nothing that is driven reaches gear {gear}"))
        for gear in problem.gears
    }


@dataclass(frozen=True)
class _Reached:
    """How a gear was reached from the driver of its component."""

    ratio: Ratio
    link: Link | None
    before: str | None


def _component(
    problem: GearProblem, neighbours: dict[str, list[Link]], driver: Driver
) -> dict[str, Motion]:
    reached, closing = _spread(problem, neighbours, driver.gear)
    doubt: Motion | None = None
    for link in closing:
        around = reached[link.one].ratio * across(problem, link, link.one)
        around = around * reached[link.two].ratio.inverse
        if around.is_one is False:
            cycle = _cycle(reached, link)
            return dict.fromkeys(reached, Motion(State.LOCKED, _why(cycle, around), path=cycle))
        if around.is_one is None:
            doubt = Motion(State.UNKNOWN, _open(_cycle(reached, link), around))
    if doubt is not None:
        return dict.fromkeys(reached, doubt)
    against = _contradiction(problem, reached, driver)
    if against is not None:
        return dict.fromkeys(reached, against)
    return {gear: _turning(reached, gear, driver) for gear in reached}


def _spread(
    problem: GearProblem, neighbours: dict[str, list[Link]], start: str
) -> tuple[dict[str, _Reached], list[Link]]:
    """Breadth first, so that reasons are short; and the links that close cycles."""
    reached = {start: _Reached(Ratio(), None, None)}
    used: set[int] = set()
    closing, queue = [], deque([start])
    while queue:
        gear = queue.popleft()
        for link in neighbours[gear]:
            if id(link) in used:
                continue
            used.add(id(link))
            other = link.other(gear)
            if other in reached:
                closing.append(link)
                continue
            ratio = reached[gear].ratio * across(problem, link, gear)
            reached[other] = _Reached(ratio, link, gear)
            queue.append(other)
    return reached, closing


def _contradiction(
    problem: GearProblem, reached: dict[str, _Reached], driver: Driver
) -> Motion | None:
    """What another driver of the same component wants in vain."""
    for other in problem.drivers:
        if other is driver or other.supposed or other.gear not in reached:
            continue
        there = reached[other.gear].ratio
        given = f"gear {driver.gear} turns {direction_word(driver.direction)}"
        if there.sign * driver.direction != other.direction:
            must = direction_word(there.sign * driver.direction)
            reason = (
                f"if {given}, gear {other.gear} must turn {must}, but it is driven "
                f"{direction_word(other.direction)}"
            )
            return Motion(State.IMPOSSIBLE, reason, path=_path(reached, other.gear))
        if driver.speed is not None and other.speed is not None:
            if there.value is None:
                return Motion(State.UNKNOWN, "whether two drivers agree depends on unknown sizes")
            if abs(there.value) * driver.speed != other.speed:
                must_speed = f"{abs(there.value) * driver.speed} turns a minute"
                reason = (
                    f"if {given} at {driver.speed} turns a minute, gear {other.gear} must make "
                    f"{must_speed}, but it is driven at {other.speed}"
                )
                return Motion(State.IMPOSSIBLE, reason, path=_path(reached, other.gear))
    return None


def _turning(reached: dict[str, _Reached], gear: str, driver: Driver) -> Motion:
    ratio = reached[gear].ratio
    path = _path(reached, gear)
    direction = driver.direction * ratio.sign
    speed = None
    if driver.speed is not None and ratio.value is not None:
        speed = driver.speed * abs(ratio.value)
    return Motion(State.TURNS, _told(reached, path, driver), direction, speed, path)


def _told(reached: dict[str, _Reached], path: tuple[str, ...], driver: Driver) -> str:
    """The path in words: who turns which way, and how each was coupled to the one before."""
    if len(path) == 1:
        if driver.supposed:
            return f"nothing holds gear {path[0]}"
        return f"gear {path[0]} is driven {direction_word(driver.direction)}"
    words = [f"{'if ' * driver.supposed}gear {path[0]} turns {direction_word(driver.direction)}"]
    for gear in path[1:]:
        link = reached[gear].link
        assert link is not None, "only the first of a path has no link"
        sign = driver.direction * reached[gear].ratio.sign
        words.append(f"gear {gear}, {_HOW[link.coupling]}, {direction_word(sign)}")
    return "; ".join(words)


_HOW = {
    Coupling.MESH: "which meshes with it",
    Coupling.OPEN_BELT: "by an open belt",
    Coupling.CROSSED_BELT: "by a crossed belt",
    Coupling.AXLE: "on the same axle",
}


def _path(reached: dict[str, _Reached], gear: str) -> tuple[str, ...]:
    """From the driver to a gear."""
    path, at = [gear], reached[gear].before
    while at is not None:
        path.append(at)
        at = reached[at].before
    return tuple(reversed(path))


def _cycle(reached: dict[str, _Reached], link: Link) -> tuple[str, ...]:
    """The gears of the cycle that a link closes, each once, the first in the order of names."""
    one, two = _path(reached, link.one), _path(reached, link.two)
    common = 0
    while common < min(len(one), len(two)) and one[common] == two[common]:
        common += 1
    cycle = [*one[common - 1 :], *reversed(two[common:])]
    first = min(range(len(cycle)), key=lambda k: _key(cycle[k]))
    cycle = cycle[first:] + cycle[:first]
    if len(cycle) > 2 and _key(cycle[-1]) < _key(cycle[1]):
        cycle = [cycle[0], *reversed(cycle[1:])]
    return tuple(cycle)


def _key(name: str) -> tuple[int, int, str]:
    return (0, int(name), "") if name.isdigit() else (1, 0, name)


def _why(cycle: tuple[str, ...], around: Ratio) -> str:
    names = "-".join(cycle)
    if around.sign < 0:
        return (
            f"locked: the odd cycle {names}: once around it the direction is reversed an odd "
            f"number of times, so that gear {cycle[0]} would have to turn both ways at once"
        )
    return (
        f"locked: around the cycle {names} speeds are multiplied by {around.size}, so that gear "
        f"{cycle[0]} would have to turn at two speeds at once"
    )


def _open(cycle: tuple[str, ...], around: Ratio) -> str:
    return (
        f"unknown: whether the cycle {'-'.join(cycle)} can turn depends on the sizes of the gears "
        f"{', '.join(sorted(around.powers))}, which are not given"
    )
