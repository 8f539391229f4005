"""All that follows: rules are applied round by round, until nothing new follows.

The rules are not matched one by one. What could be their premises is sorted by codes (`tables`), so
that only those triangles, angles and segments are looked at of which something new follows; in
the manner of the engine of Chervonyi et al. 2025, "Gold-medalist Performance in Solving Olympiad
Geometry with AlphaGeometry2", arXiv 2502.03544, appendix on DDAR.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence

from pellucid.errors import DataError
from pellucid.reasoning.geometry.problem import Statement
from pellucid.reasoning.geometry.synthetic import (
    circles,
    coincidence,
    lines,
    quadruples,
    triangles,
)
from pellucid.reasoning.geometry.synthetic.figure import Figure
from pellucid.reasoning.geometry.synthetic.goals import establish_goal, goal_holds
from pellucid.reasoning.geometry.synthetic.knowledge import Knowledge
from pellucid.reasoning.geometry.synthetic.tables import Table

Deduction = Callable[[Knowledge, Table], None]

DEDUCTIONS: tuple[Deduction, ...] = (
    coincidence.coincidences,
    lines.common_points,
    lines.isosceles_triangles,
    circles.circles_about_centres,
    circles.inscribed_angles,
    circles.equal_angles_over_segments,
    circles.inscribed_angles,
    circles.centres,
    triangles.similar_triangles,
    circles.arcs_and_chords,
    lines.sums_of_segments,
    lines.lengths_and_ratios,
    triangles.divided_segments,
    lines.bisectors,
    lines.three_parallels,
    quadruples.equal_legs,
    quadruples.concurrent_altitudes,
    quadruples.concurrent_bisectors,
)
"""In this order in each round: simple ones first, since proofs follow the order."""


SIDES = frozenset(
    (
        "diff",
        "ncoll",
        "npara",
        "nperp",
        "sameclock",
        "sameside",
        "nsameside",
        "obtuse_angle",
        "acute_angle",
        "between",
    )
)
"""Inequalities: the figure shows them, and nothing is deduced from them."""


class Closure:
    """What follows from given facts about a figure.

    Parameters
    ----------
    points
        Coordinates of each point.
    facts
        What is given; it has to be true where the points stand.
    """

    def __init__(
        self, points: Mapping[str, tuple[float, float]], facts: Sequence[Statement]
    ) -> None:
        self.knowledge = Knowledge(Figure(points))
        self.rounds = 0
        self._assume(facts)

    def _assume(self, facts: Sequence[Statement]) -> None:
        for fact in facts:
            if fact.name not in SIDES:
                self.knowledge.assume(fact)

    def run(self, goals: Sequence[Statement] = (), *, seconds: float = 60.0) -> str:
        """Deduce until the goals are reached or nothing more follows.

        Parameters
        ----------
        goals
            Where to stop; without any, all that follows is deduced.
        seconds
            After which no new kind of deduction is begun.

        Returns
        -------
        str
            `proved`, `saturated` or `out of time`.
        """
        end = time.monotonic() + seconds
        while True:
            before = self.knowledge.progress
            for deduction in DEDUCTIONS:
                if goals and all(self.holds(goal) for goal in goals):
                    return "proved"
                if time.monotonic() > end:
                    return "out of time"
                self._deduce(deduction)
            self.rounds += 1
            if self.knowledge.progress == before:
                return "saturated"

    def _deduce(self, deduction: Deduction) -> None:
        """One kind of deduction, with a table that is new if anything is."""
        if self._table is None or self._table_of != self.knowledge.progress:
            self._table, self._table_of = Table(self.knowledge), self.knowledge.progress
        deduction(self.knowledge, self._table)

    _table: Table | None = None
    _table_of = -1

    def holds(self, statement: Statement) -> bool:
        """Whether a statement has been derived."""
        return goal_holds(self.knowledge, statement)

    def establish(self, statement: Statement) -> int:
        """The number of the fact that says this.

        Raises
        ------
        DataError
            It has not been derived.
        """
        number = establish_goal(self.knowledge, statement)
        if number is None:
            raise DataError(f"'{statement}' has not been derived: ask `holds` first")
        return number

    def add(self, name: str, place: tuple[float, float], facts: Sequence[Statement]) -> None:
        """Add an auxiliary point, of which `facts` are given; go on with `run`."""
        if name in self.knowledge.figure.places:
            raise DataError(f"there is a point {name} already: give the new one another name")
        self.knowledge.figure.place(name, place)
        self._table = None
        self._assume(facts)
