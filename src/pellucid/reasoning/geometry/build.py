"""From a problem to a figure over a field: clause by clause."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pellucid.errors import DataError
from pellucid.reasoning.geometry.construct_centres import CENTRES
from pellucid.reasoning.geometry.construct_loci import LOCI, SIDES
from pellucid.reasoning.geometry.construct_points import MEETS, POINTS
from pellucid.reasoning.geometry.construct_shapes import SHAPES
from pellucid.reasoning.geometry.fields import DegenerateError, Field, Unlucky
from pellucid.reasoning.geometry.figure import QUARTERS, Figure, Plan
from pellucid.reasoning.geometry.loci import Locus, meet, somewhere
from pellucid.reasoning.geometry.problem import Clause, Construction, Problem

LENGTHS = frozenset(("lconst", "l2const"))
"""What speaks of lengths as such: then a figure is not free to be scaled."""


def build(problem: Problem, field: Field, *, plan: Plan | None = None) -> Figure:
    """The problem's figure over a field, with parameters and signs as the field gives them.

    Raises
    ------
    Unlucky
        If these random numbers have no figure; try others.
    DegenerateError
        If a construction divides by what is zero in every figure.
    DataError
        If a clause asks for more than a point can obey, or for what is not known here.
    """
    names = {
        construction.name for clause in problem.clauses for construction in clause.constructions
    }
    names.update(goal.name for goal in problem.goals)
    figure = Figure(field, plan=plan, gauge=not names & LENGTHS)
    for clause in problem.clauses:
        try:
            _add(figure, clause)
        except DegenerateError as error:
            raise DegenerateError(
                f"line {clause.line}: '{clause}' needs that {error.words}"
            ) from None
    return figure


def supported(name: str) -> bool:
    """Whether a construction of this name can be built."""
    return any(name in known for known in (SHAPES, POINTS, MEETS, CENTRES, LOCI))


def _add(figure: Figure, clause: Clause) -> None:
    loci: dict[str, list[Locus]] = {point: [] for point in clause.points}
    for construction in clause.constructions:
        _apply(figure, construction, loci)
    for point, places in loci.items():
        if places:
            _put(figure, point, places, clause)
    for construction in clause.constructions:
        if construction.name in SIDES:
            SIDES[construction.name](figure, *construction.made, *construction.given)


def _apply(figure: Figure, construction: Construction, loci: dict[str, list[Locus]]) -> None:
    """Put the points of a construction, or collect the loci that it names."""
    name, made = construction.name, construction.made
    arguments: tuple[Any, ...] = construction.given
    if construction.value is not None:
        arguments = (*arguments, construction.value)
    if name in LOCI:
        loci[made[0]].append(LOCI[name](figure, *arguments))
    elif name in MEETS:
        loci[made[0]].extend(MEETS[name](figure, *arguments))
    else:
        make = SHAPES.get(name) or POINTS.get(name) or CENTRES.get(name)
        if make is None:
            raise DataError(
                f"'{construction}': no figure can be made with {name} yet; say it by others"
            )
        figure.making = made
        for point, place in zip(made, make(figure, *arguments), strict=True):
            if point in figure.places:
                raise DataError(f"'{construction}': {point} stands already; name a new point")
            figure.put(point, place)


def _put(figure: Figure, point: str, loci: Sequence[Locus], clause: Clause) -> None:
    """Let a point stand on one locus, or where two meet; further ones may only agree."""
    field = figure.field
    if point in figure.places:
        place, rest = figure.at(point), loci
    elif len(loci) == 1:
        place, _ = somewhere(loci[0], field, doubled=figure.style == QUARTERS)
        rest = ()
    else:
        known = figure.common(point, loci[:2])
        place = meet(loci[0], loci[1], field, figure.nonzero, known=known)
        rest = loci[2:]
    if not all(field.is_zero(locus.contains(place)) for locus in rest):
        raise Unlucky(
            f"line {clause.line}: '{clause}' asks for more than two lines or circles have in common"
        )
    figure.put(point, place, loci)
