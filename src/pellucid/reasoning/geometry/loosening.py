"""What to drop where a point is asked to be on more lines and circles than meet in one point."""

from __future__ import annotations

from dataclasses import replace

from pellucid.errors import DataError
from pellucid.reasoning.geometry.oracle import Oracle
from pellucid.reasoning.geometry.problem import Clause, Construction, Problem


def loosened(problem: Problem) -> str:
    """Which construction there is a figure without, in words; empty where dropping one won't do.

    One without which the goals are true comes before others.
    """
    figures: list[Construction] = []
    for place, clause in enumerate(problem.clauses):
        for dropped in clause.constructions if len(clause.constructions) > 2 else ():
            rest = tuple(c for c in clause.constructions if c is not dropped)
            fewer = list(problem.clauses)
            fewer[place] = Clause(clause.points, rest, clause.line)
            try:
                oracle = Oracle(replace(problem, clauses=tuple(fewer)), trials=4, diagrams=2)
            except DataError:
                continue
            if all(map(oracle.true, problem.goals)):
                return f"without '{dropped}' there is a figure, and what is asked is true of it"
            figures.append(dropped)
    if not figures:
        return ""
    return "there is a figure without " + " or without ".join(f"'{c}'" for c in figures)
