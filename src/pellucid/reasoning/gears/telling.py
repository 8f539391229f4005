"""Gear problems told in words, of which there are many for each thing."""

from __future__ import annotations

from itertools import pairwise
from random import Random

from pellucid.reasoning.gears.system import (
    Coupling,
    Driver,
    GearProblem,
    Link,
    Query,
    Question,
    direction_word,
)

_COUNTS = "zero one two three four five six seven eight nine ten eleven twelve".split()  # noqa: SIM905


def tell(problem: GearProblem, random: Random) -> str:
    """The problem in plain English; with one driver, and numbers or letters as names."""
    gears = problem.gears
    closed = _shape(problem)
    sentences = [_layout(random, gears, closed)] if closed is not None else []
    if closed is None:
        sentences.append(_counted(random, gears))
        sentences += [_link(random, link) for link in problem.links]
    sentences += _sizes(random, problem)
    driver, question = _driver(random, problem.drivers[0]), _question(random, problem.queries[0])
    if random.random() < 0.5:
        return " ".join([*sentences, f"If {driver}, {question}?"])
    return " ".join([*sentences, f"{_upper(driver)}.", f"{_upper(question)}?"])


def _shape(problem: GearProblem) -> bool | None:
    """Whether it is a circle or a row of meshing gears, in the order of names; else None."""
    gears = problem.gears
    row = [frozenset(pair) for pair in pairwise(gears)]
    found = [frozenset((link.one, link.two)) for link in problem.links]
    if any(link.coupling is not Coupling.MESH for link in problem.links):
        return None
    if found == row:
        return False
    return True if len(gears) > 2 and found == [*row, frozenset((gears[-1], gears[0]))] else None


def _layout(random: Random, gears: tuple[str, ...], closed: bool) -> str:
    count = random.choice((str(len(gears)), _COUNTS[len(gears)]))
    names = f"{gears[0]} to {gears[-1]}"
    shape = random.choice(("circle", "ring")) if closed else random.choice(("row", "line"))
    mesh = random.choice(("meshes with", "is engaged with", "engages", "is in mesh with"))
    if closed and random.random() < 0.5:
        return (
            f"{_upper(count)} axles are equally spaced around a circle. A gear is placed on each "
            f"axle such that each gear {mesh} the gear to its left and the gear to its right. "
            f"The gears are numbered {names} around the circle."
        )
    begin = random.choice(("There are", "We have", "In front of us are", "Imagine"))
    called = random.choice(("numbered", "labelled"))
    first = f"{begin} {count} gears {called} {names}, mounted on axles in a {shape}."
    each = random.choice(("Each", "Every"))
    return f"{first} {each} gear {mesh} the next{' gear' * random.randint(0, 1)}."


def _counted(random: Random, gears: tuple[str, ...]) -> str:
    count = random.choice((str(len(gears)), _COUNTS[len(gears)]))
    return f"There are {count} gears, labelled {gears[0]} to {gears[-1]}."


def _link(random: Random, link: Link) -> str:
    a, b = f"gear {link.one}", f"gear {link.two}"
    both = f"gears {link.one} and {link.two}"
    said: tuple[str, ...]
    if link.coupling is Coupling.MESH:
        said = (
            f"{a} meshes with {b}",
            f"{both} mesh",
            f"{a} is engaged with {b}",
            f"{a} touches {b}",
        )
    elif link.coupling is Coupling.AXLE:
        said = (
            f"{both} share the same axle",
            f"{a} is on the same shaft as {b}",
            f"{both} are fixed on the same axle",
            f"{both} are coaxial",
        )
    else:
        crossed = link.coupling is Coupling.CROSSED_BELT
        how = "a crossed" if crossed else random.choice(("an open", "a"))
        said = (
            f"{how} belt joins {a} and {b}",
            f"{both} are connected by {how} belt",
            f"{how} belt runs from {a} to {b}",
        )
    return f"{_upper(random.choice(said))}."


def _sizes(random: Random, problem: GearProblem) -> list[str]:
    by_size: dict[object, list[str]] = {}
    for gear, size in problem.sizes.items():
        by_size.setdefault(size.factor, []).append(gear)
    return [
        f"Gear {gears[0]} has {size} teeth."
        if len(gears) == 1
        else f"Gears {_listed(gears)} have {size} teeth{' each' * random.randint(0, 1)}."
        for size, gears in by_size.items()
    ]


def _driver(random: Random, driver: Driver) -> str:
    word = direction_word(driver.direction)
    if driver.direction < 0 and random.random() < 0.3:
        word = random.choice(("anticlockwise", "anti-clockwise", "counterclockwise"))
    verb = random.choice(("is turned", "is rotated", "turns", "is driven", "is spun"))
    speed = "" if driver.speed is None else f" at {driver.speed} {random.choice(_UNITS)}"
    return f"gear {driver.gear} {verb} {word}{speed}"


_UNITS = ("rpm", "turns a minute", "revolutions per minute")


def _question(random: Random, query: Query) -> str:
    which = _listed(query.gears)
    gears = f"gear {which}" if len(query.gears) == 1 else f"gears {which}"
    does = "does" if len(query.gears) == 1 else "do"
    verb = random.choice(("turn", "rotate", "spin"))
    said = {
        Question.DIRECTION: (
            f"in which direction will {gears} {verb}",
            f"which way {does} {gears} {verb}",
            f"what is the direction of {gears}",
        ),
        Question.SPEED: (f"how fast {does} {gears} {verb}", f"how fast will {gears} {verb}"),
        Question.MOVES: (f"can {gears} {verb}", f"will {gears} {verb} at all"),
        Question.LOCKED: (f"{'is' if does == 'does' else 'are'} {gears} locked",),
        Question.CLOCKWISE: (f"{does} {gears} {verb} clockwise", f"will {gears} {verb} clockwise"),
        Question.COUNTER: (f"{does} {gears} {verb} counter-clockwise",),
        Question.LIST: ("which gears turn clockwise", "how many gears will turn clockwise"),
        Question.LIST_COUNTER: ("which gears turn counter-clockwise",),
    }
    return random.choice(said[query.kind])


def _listed(names: tuple[str, ...] | list[str]) -> str:
    if len(names) == 1:
        return names[0]
    return f"{', '.join(names[:-1])} and {names[-1]}"


def _upper(text: str) -> str:
    return text[0].upper() + text[1:]
