"""Wu's method, as in the text-books: a chain of equations, and pseudo-division of the goal by it.

    result = prove_by_wu(parse("a b c = triangle; h = orthocenter h a b c ? perp a h b c"))
    result.proved, result.conditions, [step.terms for step in result.steps]

Hypotheses become a triangular set, one equation for each dependent coordinate (`sealed_figure`).
The goal's polynomial is divided by the equations from the last to the first: I^s g = q f + r. If
nothing remains, the goal follows wherever the equations hold and no initial I is zero. That is so
on all components of the figure at once; a statement that is true on one only leaves a remainder
(Wu 1978; Chou 1988). For comparison with `algebra`, and for teaching: it is far slower.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from pellucid.errors import DataError
from pellucid.reasoning.geometry.algebra import PROVED, UNDECIDED
from pellucid.reasoning.geometry.fields import DegenerateError, Unlucky
from pellucid.reasoning.geometry.jgex import parse
from pellucid.reasoning.geometry.prime_field import PRIMES, PrimeField
from pellucid.reasoning.geometry.problem import Problem, Statement
from pellucid.reasoning.geometry.pseudo_division import (
    initial,
    main_variable,
    primitive,
    pseudo_divide,
)
from pellucid.reasoning.geometry.rings import Polynomial, make_ring
from pellucid.reasoning.geometry.sealed_field import NoVariableError, SealedField
from pellucid.reasoning.geometry.sealed_figure import SealedFigure, sealed_figure
from pellucid.reasoning.geometry.statements import is_equation, nonvacuous, residuals

FIGURES = 2000
"""After how many unlucky or degenerate figures a problem is held to have none."""


@dataclass(frozen=True)
class Equation:
    """One polynomial of the chain, as text."""

    variable: str
    degree: int
    """In that variable."""
    terms: int
    text: str


@dataclass(frozen=True)
class Step:
    """One pseudo-division of the goal's polynomial."""

    goal: str
    variable: str
    power: int
    """How often it was multiplied by the initial of that variable's equation."""
    terms: int
    """Of the remainder; 0 after the last step if the goal is a theorem."""


@dataclass(frozen=True)
class NotZero:
    """An initial: where it is zero, nothing was proved."""

    words: str
    polynomial: str


@dataclass(frozen=True)
class WuResult:
    """What came out, and how."""

    name: str
    status: str
    """`proved` or `undecided`: the method cannot refute what may hold on one component."""
    reason: str
    """One line for people."""
    variables: dict[str, str]
    """Which coordinate each variable is: `x3` is `h.x`."""
    chain: tuple[Equation, ...]
    steps: tuple[Step, ...]
    conditions: tuple[NotZero, ...]

    @property
    def proved(self) -> bool:
        """Whether the goal follows."""
        return self.status == PROVED


def wu(name: str, text: str, line: int) -> tuple[str, str]:
    """Wu's method, as the bench calls it (`bench.Prover`)."""
    result = prove_by_wu(parse(text, name=name, line=line))
    return result.status, result.reason


def prove_by_wu(problem: Problem, *, split: bool = True, seed: int = 0) -> WuResult:
    """Decide whether the goals follow from the equations alone, without signs or order.

    With `split`, components are left out on which a new point falls together with one that stood
    before on both its lines or circles; without, the goals must hold there as well.

    Raises
    ------
    DataError
        If the problem has no clauses or no figure, or a goal is an inequality.
    """
    if not problem.clauses:
        raise DataError(f"{problem.name}: given by coordinates; Wu's method needs clauses")
    for goal in problem.goals:
        if not is_equation(goal):
            raise DataError(f"{problem.name}: '{goal}' is no equation; use the algebraic prover")
    figure = _figure(problem, seed, split=split)
    field = figure.field
    steps: list[Step] = []
    for goal in problem.goals:
        for residual in residuals(figure, goal):
            remainder = residual.value.num
            for step, rest in divisions(field, str(goal), remainder):
                steps.append(step)
                remainder = rest
            if remainder != 0:
                reason = _left(figure, goal, remainder)
                return _result(problem, figure, UNDECIDED, reason, steps)
    terms = max((step.terms for step in steps), default=0)
    reason = f"remainder 0 by {len(field.chain)} equations, of {terms} terms on the way at most"
    return _result(problem, figure, PROVED, reason, steps)


def divisions(
    field: SealedField, goal: str, polynomial: Polynomial
) -> Iterator[tuple[Step, Polynomial]]:
    """Divide by the chain from its last equation to its first; each step, and what remains."""
    ring = field.ring
    for link in sorted(field.chain, key=lambda link: link.variable):
        if polynomial == 0:
            return
        if ring.degrees(polynomial)[link.variable] == 0:
            continue
        division = pseudo_divide(ring, polynomial, link.polynomial, link.variable)
        polynomial = primitive(ring, division.remainder)
        terms = len(ring.terms(polynomial)) if polynomial != 0 else 0
        yield Step(goal, field.name(link.variable), division.power, terms), polynomial


def _figure(problem: Problem, seed: int, *, split: bool) -> SealedFigure:
    """The problem's equations, in a ring with as many variables as they have."""
    rng = random.Random(seed)
    room = 4 * len(problem.points) + 8
    reason: Exception = Unlucky()
    for _ in range(FIGURES):
        state = rng.getstate()
        try:
            figure = _attempt(problem, rng, room, split=split)
        except NoVariableError:
            room *= 2
            rng.setstate(state)
            continue
        except (Unlucky, DegenerateError) as error:
            reason = error
            continue
        # Again with no variable too many: a term takes room and time for each.
        rng.setstate(state)
        return _attempt(problem, rng, len(figure.field.names), split=split)
    raise DataError(
        f"{problem.name}: no figure in {FIGURES} attempts ({reason}); change that clause or goal"
    )


def _attempt(problem: Problem, rng: random.Random, room: int, *, split: bool) -> SealedFigure:
    """The equations along one random figure, in which the goals say something."""
    field = SealedField(PrimeField(rng, PRIMES[0]), make_ring([f"v{k}" for k in range(room)]))
    figure = sealed_figure(problem, field, split=split)
    for goal in problem.goals:
        for words, value in nonvacuous(figure, goal):
            if field.is_zero(value):
                raise DegenerateError(f"'{goal}' says nothing: it needs that {words}")
    return figure


def _left(figure: SealedFigure, goal: Statement, remainder: Polynomial) -> str:
    """Why a remainder was left: the goal fails on a component of the figure, or on all."""
    terms = len(figure.field.ring.terms(remainder))
    where = (
        "it holds on some component of the figure, and not on all"
        if all(figure.field.is_zero(residual.value) for residual in residuals(figure, goal))
        else "it fails on some component of the figure"
    )
    return f"'{goal}' leaves a remainder of {terms} terms: {where}"


def _result(
    problem: Problem, figure: SealedFigure, status: str, reason: str, steps: Sequence[Step]
) -> WuResult:
    field, ring = figure.field, figure.field.ring
    chain, conditions = [], []
    for link in field.chain:
        name, degrees = field.name(link.variable), ring.degrees(link.polynomial)
        text = written(field, link.polynomial)
        terms = len(ring.terms(link.polynomial))
        chain.append(Equation(name, degrees[link.variable], terms, text))
        lead = initial(ring, link.polynomial, link.variable)
        if main_variable(ring, lead) is not None:
            conditions.append(NotZero(link.words, written(field, lead)))
    conditions += [NotZero(words, written(field, value)) for words, value in figure.apart]
    return WuResult(
        name=problem.name,
        status=status,
        reason=reason,
        variables=_coordinates(figure),
        chain=tuple(chain),
        steps=tuple(steps),
        conditions=tuple(dict.fromkeys(conditions)),
    )


def _coordinates(figure: SealedFigure) -> dict[str, str]:
    field = figure.field
    called: dict[str, str] = {}
    for point, place in figure.places.items():
        for axis, value in (("x", place.x), ("y", place.y)):
            variable = main_variable(field.ring, value.num)
            if variable is not None:
                called.setdefault(field.name(variable), f"{point}.{axis}")
    return called


def written(field: SealedField, polynomial: Polynomial) -> str:
    """A polynomial in the names of its variables, the greatest first."""
    parts = []
    names = field.names[::-1]
    for powers, factor in field.ring.terms(polynomial):
        factors = [
            name if power == 1 else f"{name}^{power}"
            for name, power in zip(names, powers, strict=True)
            if power
        ]
        if abs(factor) != 1 or not factors:
            factors.insert(0, str(abs(factor)))
        parts.append(("- " if factor < 0 else "+ ") + "*".join(factors))
    if not parts:
        return "0"
    first = parts[0].replace("+ ", "").replace("- ", "-")
    return " ".join((first, *parts[1:]))
