"""A few trials modulo a prime, before anything else: what is common, what is rational, what fails.

A point on two loci is rational where a point is known on both; whether one is, is looked up once,
in figures at random residues, and kept only if it is so in each. The same trials count the square
roots that each style of parameters leaves, and choose the style with the fewest.
"""

from __future__ import annotations

import random
from dataclasses import dataclass

from pellucid.errors import DataError
from pellucid.reasoning.geometry.build import build
from pellucid.reasoning.geometry.fields import DegenerateError, Unlucky
from pellucid.reasoning.geometry.figure import PLAIN, STYLES, Figure, Plan
from pellucid.reasoning.geometry.float_field import FloatField
from pellucid.reasoning.geometry.prime_field import PRIMES, PrimeField
from pellucid.reasoning.geometry.problem import Problem

TRIALS = 4000
"""After how many unlucky figures a problem is held to have none."""
DEGENERATE = 40
"""After how many degenerate figures, of all that had luck, a problem is held to be so always."""


@dataclass(frozen=True)
class Trial:
    """One figure modulo a prime."""

    figure: Figure
    field: PrimeField


def trial(problem: Problem, rng: random.Random, *, plan: Plan | None = None, prime: int) -> Trial:
    """A figure at random residues.

    Raises
    ------
    DataError
        If a construction is degenerate in every figure, or none obeys all that is asked.
    """
    reason = Unlucky()
    degenerate = 0
    for _ in range(TRIALS):
        field = PrimeField(rng, prime)
        try:
            return Trial(build(problem, field, plan=plan), field)
        except Unlucky as error:
            reason = error
        except DegenerateError as error:
            # It may be so on this branch only: other signs of roots make other figures.
            degenerate += 1
            if degenerate == DEGENERATE:
                words = f"degenerate: {error.words}; change that clause"
                raise DataError(f"{problem.name}: {words}") from None
    raise DataError(
        f"{problem.name}: no figure obeys all its clauses ({reason}); drop one of the constructions"
    )


def make_plan(problem: Problem, rng: random.Random) -> Plan:
    """The common points of loci, and the style of parameters that leaves the fewest roots."""
    known = _common(problem, rng)
    plain = Plan(known)
    fewest = _roots(problem, rng, plain)
    best = plain
    for style in STYLES:
        if fewest and style != PLAIN:
            plan = Plan(known, style)
            roots = _roots(problem, rng, plan)
            if roots < fewest:
                best, fewest = plan, roots
    return best


def _common(problem: Problem, rng: random.Random) -> dict[str, str]:
    """Of every point on two loci a point where they meet already.

    It must be one in three figures modulo a prime, and in a diagram, whose branch is the one that
    is meant: modulo a prime an incentre and an excentre may change places.
    """
    known = trial(problem, rng, prime=PRIMES[0]).figure.found
    for k in range(2):
        if known:
            known = _agreed(known, trial(problem, rng, prime=PRIMES[k]).figure.found)
    if not known:
        return {}
    for _ in range(50):
        try:
            drawn = build(problem, FloatField(rng))
        except (Unlucky, DegenerateError, ZeroDivisionError, OverflowError):
            continue
        return _agreed(known, drawn.found)
    return known


def _agreed(one: dict[str, str], two: dict[str, str]) -> dict[str, str]:
    return {point: other for point, other in one.items() if two.get(point) == other}


def _roots(problem: Problem, rng: random.Random, plan: Plan) -> int:
    """How many roots are no rational functions of what comes before them.

    A figure without luck is begun again; a root that was never the reason of that, in all the
    trials that came so far, is rational but for a small chance.
    """
    failed: set[int] = set()
    done = 0
    for _ in range(TRIALS):
        field = PrimeField(rng, PRIMES[done % 2])
        try:
            build(problem, field, plan=plan)
        except Unlucky:
            failed.add(len(field.squares))
            continue
        except DegenerateError:
            continue
        done += 1
        if done == 5:
            return len(failed)
    return TRIALS
