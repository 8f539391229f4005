"""Claim: problems about gears are solved by following what turns what, and the reason is given.

Problems are made at random, told in English, read, and answered. The answers are compared with two
solvers that share nothing with the one that reasons: linear algebra in fractions, and a simulated
world in which motors pull and teeth grip. A world model that has only seen pictures is asked too.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from random import Random

from pellucid.errors import DataError
from pellucid.experiments import gears_pictures
from pellucid.experiments.once import once
from pellucid.experiments.rows import Bar, Null, Published, Row, Settings
from pellucid.experiments.statistics import exact, share
from pellucid.learning.device import set_threads
from pellucid.learning.progress import Progress, choose_progress
from pellucid.reasoning.gears import GearProblem, State, answer, motions, read_problem
from pellucid.reasoning.gears.generate import random_problem
from pellucid.reasoning.gears.linear import turns
from pellucid.reasoning.gears.telling import tell
from pellucid.reasoning.gears.world import simulated

PROBLEMS = {"quick": 200, "short": 10_000}
SEEDS = {
    "six gears in a row": (
        "In front of us are six gears numbered 1 to 6, mounted on axles in a row. Each gear is "
        "engaged with the next gear. If gear number 3 is rotated clockwise, in which direction "
        "will gears 1 and 6 rotate?",
        "Gear 1 turns clockwise. Gear 6 turns counter-clockwise.",
        "gear 2, which meshes with it",
    ),
    "seven gears in a circle": (
        "7 axles are equally spaced around a circle. A gear is placed on each axle such that each "
        "gear is engaged with the gear to its left and the gear to its right. The gears are "
        "numbered 1 to 7 around the circle. If gear 3 were rotated clockwise, in which direction "
        "would gear 7 rotate?",
        "Gear 7 cannot turn.",
        "the odd cycle 1-2-3-4-5-6-7",
    ),
}
"""Both problems of LeCun (2023), with the answer and a part of the reason."""
LECUN = Published(2, "LeCun 2023, both problems", "as posed to language models; solved by hand")


@dataclass(frozen=True)
class Agreement:
    """How many problems were solved as others solve them."""

    problems: int
    read: int
    """Read as they were meant."""
    linear: int
    """Every gear as linear algebra says: direction, speed, or that it cannot turn."""
    simulated: int
    """Every gear as it turns in the simulated world."""
    guessed: int
    """Right by the rule for rows alone: odd distances reverse, and nothing is ever locked."""
    states: Mapping[str, int] = field(default_factory=dict)
    """How many gears of each state there were."""


def run(settings: Settings) -> list[Row]:
    """Solve, compare, and ask the world model."""
    size = "quick" if settings.quick else "short"
    set_threads(1)
    show = choose_progress()
    found = once(
        settings.output / "problems", Agreement, lambda: compare(PROBLEMS[size], progress=show)
    )
    seeds = sum(_solved(*seed) for seed in SEEDS.values())
    states = ", ".join(f"{count:,} {state}" for state, count in found.states.items())
    rows = [
        _row("problems solved as linear algebra solves them", found.linear, found, note=states),
        _row("problems solved as the simulated world turns", found.simulated, found),
        Row(
            "problems read as they were meant",
            share(found.read, found.problems).times(100),
            unit="%",
            bar=Bar("at least", 100),
        ),
        Row(
            "seed problems in words answered with the reason",
            exact(seeds, len(SEEDS)),
            bar=Bar("at least", 2),
            null=Null("a guess of direction", 0.25),
            published=(LECUN,),
            note="; ".join(f"{name}: {_reply(text)}" for name, (text, _, _) in SEEDS.items()),
        ),
    ]
    return [*rows, *gears_pictures.rows(settings, show)]


def _row(quantity: str, count: int, found: Agreement, *, note: str = "") -> Row:
    return Row(
        quantity,
        share(count, found.problems).times(100),
        unit="%",
        null=Null("counting as in a row", 100 * found.guessed / found.problems),
        bar=Bar("at least", 100),
        note=note,
    )


def compare(problems: int, *, progress: Progress) -> Agreement:
    """Random problems in words, each solved in three ways."""
    random, counted, states = Random(0), Counter[str](), Counter[str]()
    with progress.task("gears") as report:
        for k in range(problems):
            problem = random_problem(random)
            try:
                read = read_problem(tell(problem, random))
            except DataError:
                continue
            counted["read"] += _meaning(read) == _meaning(problem)
            found = motions(read)
            states.update(motion.state.value for motion in found.values())
            directions = {gear: motion.direction for gear, motion in found.items()}
            counted["linear"] += _as_linear(problem, read)
            counted["simulated"] += directions == simulated(problem)
            counted["guessed"] += directions == _guess(problem)
            if k % 100 == 99:
                report((k + 1) / problems, {"solved": counted["linear"]})
    return Agreement(problems, states=dict(states), **_named(counted))


def _named(counted: Counter[str]) -> dict[str, int]:
    return {name: counted[name] for name in ("read", "linear", "simulated", "guessed")}


def _as_linear(problem: GearProblem, read: GearProblem) -> bool:
    """Whether what was read moves as the problem that was meant does by linear algebra."""
    driver = problem.drivers[0]
    sizes = {gear: problem.size(gear).factor for gear in problem.gears}
    true = turns(problem, sizes, driver.gear)
    for gear, motion in motions(read).items():
        turn = 0 if true is None else true[gear]
        if motion.direction != ((turn > 0) - (turn < 0)) * driver.direction:
            return False
        if (motion.state is State.LOCKED) and true is not None:
            return False
        wanted = abs(turn) * driver.speed if turn and driver.speed is not None else None
        if motion.speed != wanted:
            return False
    return True


def _guess(problem: GearProblem) -> dict[str, int]:
    """Directions by the parity of the distance in the order of names: the rule for a row."""
    driver = problem.drivers[0]
    start = problem.gears.index(driver.gear)
    return {gear: driver.direction * (-1) ** abs(k - start) for k, gear in enumerate(problem.gears)}


def _meaning(problem: GearProblem) -> tuple[object, ...]:
    links = {(frozenset((link.one, link.two)), link.coupling) for link in problem.links}
    sizes = dict(problem.sizes)
    return problem.gears, links, problem.drivers, problem.queries, sizes


def _reply(text: str) -> str:
    [reply] = answer(read_problem(text))
    return str(reply)


def _solved(text: str, said: str, reason: str) -> bool:
    reply = _reply(text)
    return reply.startswith(said) and reason in reply
