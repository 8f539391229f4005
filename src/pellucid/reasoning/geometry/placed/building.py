"""Ways to make a given figure, and the figure over exact functions that one of them makes."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass

from pellucid.reasoning.geometry.fields import DegenerateError, Unlucky
from pellucid.reasoning.geometry.figure import Figure, Plan
from pellucid.reasoning.geometry.functions import NoRoomError
from pellucid.reasoning.geometry.placed.equations import At, Equation, residual
from pellucid.reasoning.geometry.placed.family import Step, follow, put
from pellucid.reasoning.geometry.placed.guided_field import GuidedField
from pellucid.reasoning.geometry.placed.order import Order, Search
from pellucid.reasoning.geometry.placed.solving import (
    Binding,
    BoundField,
    Relation,
    Unsolved,
    solved,
)
from pellucid.reasoning.geometry.prime_field import PRIMES, PrimeField

ORDERS = 6
"""How many orders are tried."""
TRIALS = 400
"""How often a figure is built at random residues, to learn of its roots and common points."""


@dataclass(frozen=True)
class Way:
    """One way to make the figure."""

    order: Order
    plan: Plan
    """Which points are known where curves meet."""
    roots: int
    """How many square roots it takes."""
    figure: Figure
    """Over floats, at the given places; the first point at 0 and the second at 1."""


def ways(kept: Sequence[Equation], points: Sequence[str], at: At, *, seed: int = 0) -> list[Way]:
    """Ways to make the given figure, those with the fewest equations to solve and roots first."""
    found: list[Way] = []
    for order in Search(kept, points, at).orders():
        rng = random.Random(seed)
        normal = _normalised(order, at)
        try:
            plan = Plan(_known(order.steps, rng))
            figure = follow(order.steps, normal, plan)
        except Unlucky:
            continue
        found.append(Way(order, plan, _roots(order.steps, plan, rng), figure))
        if len(found) == ORDERS:
            break
    return sorted(found, key=lambda way: (way.order.solved, way.roots, way.order.price))


def _normalised(order: Order, at: At) -> dict[str, complex]:
    """The first point at 0 and the second at 1."""
    first, second = (at[point] for point in order.first)
    return {p: (at[p] - first) / (second - first) for step in order.steps for p in step.points}


def _residues(steps: Sequence[Step], field: PrimeField, plan: Plan | None) -> Figure:
    figure = Figure(field, plan=plan)
    for step in steps:
        put(figure, step)
    return figure


def _known(steps: Sequence[Step], rng: random.Random) -> dict[str, str]:
    """Of points on two curves, where those meet already, in three figures at random residues."""
    known: dict[str, str] | None = None
    done = 0
    for _ in range(TRIALS):
        try:
            found = _residues(steps, PrimeField(rng, PRIMES[done % 2]), None).found
        except (Unlucky, DegenerateError):
            continue
        known = found if known is None else {p: o for p, o in known.items() if found.get(p) == o}
        done += 1
        if done == 3 or not known:
            break
    return known or {}


def _roots(steps: Sequence[Step], plan: Plan, rng: random.Random) -> int:
    """How many roots are no rational functions, as `planning` counts them."""
    failed: set[int] = set()
    done = 0
    for _ in range(TRIALS):
        field = PrimeField(rng, PRIMES[done % 2])
        try:
            _residues(steps, field, plan)
        except Unlucky:
            failed.add(len(field.squares))
        except DegenerateError:
            pass
        else:
            done += 1
            if done == 5:
                break
    return len(failed)


def exact(way: Way, kept: Sequence[Equation]) -> tuple[Figure, dict[int, Binding]]:
    """The figure over exact functions, and the parameters that its other equations bind.

    Raises
    ------
    Unsolved
        An equation is left that cannot be solved.
    """
    guide = way.figure.field
    assert isinstance(guide, GuidedField)
    bindings: dict[int, Binding] = {}
    radicals = 4
    while True:
        field = BoundField(
            guide.parameters,
            guide.signs,
            radicals=radicals,
            bindings={k: b for k, b in bindings.items() if not isinstance(b, Relation)},
            relation=next((b for b in bindings.values() if isinstance(b, Relation)), None),
        )
        figure = Figure(field, plan=way.plan)
        try:
            binding = _grow(figure, way.order.steps, kept, bindings)
        except NoRoomError:
            radicals *= 2
            continue
        if binding is None:
            return figure, bindings
        if any(isinstance(b, Relation) for b in bindings.values()):
            raise Unsolved("an equation is left besides one of a higher degree")
        bindings[binding.parameter] = binding


def _grow(
    figure: Figure,
    steps: Sequence[Step],
    kept: Sequence[Equation],
    bindings: dict[int, Binding],
) -> Binding | None:
    """Let all points stand; or stop at an equation that is not zero, with what solves it."""
    used = {equation for step in steps for equation in step.uses}
    left = [equation for equation in kept if equation not in used]
    for step in steps:
        put(figure, step)
        new = {*step.points}
        for equation in left:
            if equation.points & new and equation.points <= figure.places.keys():
                value = residual(figure, equation)
                if not figure.field.is_zero(value):
                    return solved(value, bindings)
    return None
