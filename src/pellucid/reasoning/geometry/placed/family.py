"""The family of figures that a given one is of: its points, one after another, over any field.

A step lets points stand: anywhere, somewhere on one curve, or where two curves meet. Over floats
the family follows the given figure, and finds its parameters and the signs of its roots; over
residues it tells which points are known where curves meet; over exact functions it is the proof's.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import product

from pellucid.reasoning.geometry.construct_centres import CENTRES
from pellucid.reasoning.geometry.fields import DegenerateError, Unlucky
from pellucid.reasoning.geometry.figure import Figure, Plan
from pellucid.reasoning.geometry.loci import Line, meet, somewhere
from pellucid.reasoning.geometry.placed.curves import (
    PENCILS,
    curve,
    kind,
    on_pencils,
)
from pellucid.reasoning.geometry.placed.equations import At, Equation
from pellucid.reasoning.geometry.placed.guided_field import GuidedField, position
from pellucid.reasoning.geometry.vectors import Vector

NEAR = 1e-5
"""How near a step has to come to where its points stand, by the size of the figure."""
ROOTS = 4
"""How many roots a step may take whose signs are tried."""


@dataclass(frozen=True)
class Step:
    """Points that are made together, by what is assumed of them."""

    points: tuple[str, ...]
    uses: tuple[Equation, ...] = ()
    tangent: tuple[str, str, str, str] | None = None
    """Of a step that makes the ends of a common tangent: two circles, by centre and point."""
    outer: bool = True
    second: bool = False
    """Which of two tangents."""

    def __str__(self) -> str:
        if not self.uses:
            return f"{' '.join(self.points)}: anywhere"
        said = dict.fromkeys(f"'{equation.statement}'" for equation in self.uses)
        return f"{' '.join(self.points)}: by {', '.join(said)}"


def put(figure: Figure, step: Step, target: Mapping[str, Vector] | None = None) -> None:
    """Let the points of a step stand; with targets, over floats that follow them.

    Raises
    ------
    Unlucky, DegenerateError
        These curves do not meet, or not in the target.
    """
    field = figure.field
    guided = field if isinstance(field, GuidedField) else None
    if step.tangent is not None:
        _put_tangent(figure, step)
        return
    (point,) = step.points
    aim = target[point] if target is not None else None
    if not step.uses:
        if guided is not None and aim is not None:
            guided.tell((aim.x, aim.y))
        figure.put(point, figure.free())
    elif len(step.uses) == 1:
        _put_somewhere(figure, step, aim)
    else:
        loci = [curve(figure, equation, point) for equation in step.uses]
        known = figure.common(point, loci)
        place = meet(loci[0], loci[1], field, figure.nonzero, known=known)
        figure.put(point, place, loci)


def _put_somewhere(figure: Figure, step: Step, aim: Vector | None) -> None:
    field, (point,), (equation,) = figure.field, step.points, step.uses
    guided = field if isinstance(field, GuidedField) else None
    if kind(equation, point) == PENCILS:
        if guided is not None and aim is not None:
            (a, _), (b, _) = equation.at(point)
            chord, out = figure.difference(a, b), aim - figure.at(a)
            guided.tell((chord.cross(out) / chord.dot(out),))
        on_pencils(figure, equation, point, field.parameter("free"))
        return
    locus = curve(figure, equation, point)
    if guided is not None and aim is not None:
        guided.tell((position(locus, aim),))
    place, _ = somewhere(locus, field)
    figure.put(point, place, (locus,) if isinstance(locus, Line) else ())


def _put_tangent(figure: Figure, step: Step) -> None:
    assert step.tangent is not None
    figure.making = () if step.second else step.points
    name = "cc_tangent" if step.outer else "cc_itangent"
    places = CENTRES[name](figure, *step.tangent)
    for point, place in zip(step.points, places[2 * step.second :], strict=False):
        figure.put(point, place)


def follow(steps: Sequence[Step], at: At, plan: Plan) -> Figure:
    """The figure over floats (a `GuidedField`), at the places where it was given.

    Raises
    ------
    Unlucky
        A step does not lead to where its points stand.
    """
    figure = Figure(GuidedField(), plan=plan)
    target = {point: Vector(place.real, place.imag) for point, place in at.items()}
    size = max(abs(place) for place in at.values()) or 1.0
    for step in steps:
        figure = _arrive(figure, step, target, size)
    return figure


def _arrive(figure: Figure, step: Step, target: Mapping[str, Vector], size: float) -> Figure:
    """The figure with a step more: signs of its roots are tried until it leads where it should."""
    field = figure.field
    assert isinstance(field, GuidedField)
    mark, taken = field.mark(), 0
    for turned in product((1, -1), repeat=ROOTS):
        signs = turned[::-1]
        if any(sign < 0 for sign in signs[taken:]):
            continue
        field.follow(signs[:taken])
        further = figure.copy()
        try:
            put(further, step, target)
        except (Unlucky, DegenerateError, ZeroDivisionError, OverflowError):
            pass
        else:
            away = (further.at(point) - target[point] for point in step.points)
            if all(abs(v.x) + abs(v.y) < NEAR * size for v in away):
                return further
        taken = max(taken, min(ROOTS, field.mark()[1] - mark[1]))
        field.rewind(mark)
    raise Unlucky(f"{step} does not lead to where it stands")
