"""Statements that consist of others: whether they are known, and the facts that say them."""

from __future__ import annotations

from fractions import Fraction

from pellucid.reasoning.geometry.problem import Statement
from pellucid.reasoning.geometry.synthetic.equations import PI, is_constant, pair
from pellucid.reasoning.geometry.synthetic.knowledge import Knowledge

WANTED = ("acompute", "rcompute")
"""Goals that ask for a value: of an angle, of a ratio of lengths."""


def parts(goal: Statement) -> tuple[Statement, ...]:
    """The statements that say together what `goal` says; itself where it is simple."""
    points = goal.points
    if goal.name == "coll" and len(points) > 3:
        return tuple(Statement("coll", (*points[:2], p)) for p in points[2:])
    if goal.name == "midp":
        m, a, b = points
        return Statement("coll", (m, a, b)), Statement("cong", (m, a, m, b))
    if goal.name == "circle":
        o, a, *others = points
        return tuple(Statement("cong", (o, a, o, b)) for b in others)
    if goal.name in ("simtri", "simtrir", "contri", "contrir"):
        return _similar(goal)
    return (goal,)


def _similar(goal: Statement) -> tuple[Statement, ...]:
    a, b, c, p, q, r = goal.points
    found: list[Statement] = []
    for (x, y, z), (u, v, w) in (((a, b, c), (p, q, r)), ((b, c, a), (q, r, p))):
        image = (u, w, u, v) if goal.name.endswith("r") else (u, v, u, w)
        found.append(Statement("eqangle", (x, y, x, z, *image)))
        found.append(Statement("eqratio", (x, y, x, z, u, v, u, w)))
    if goal.name.startswith("contri"):
        found.append(Statement("cong", (a, b, p, q)))
    return tuple(found)


def goal_holds(knowledge: Knowledge, goal: Statement) -> bool:
    """Whether a statement is known or follows by adding equations."""
    if goal.name in WANTED:
        return asked_value(knowledge, goal) is not None
    if not knowledge.figure.true(goal):
        return False
    return all(knowledge.holds(part) for part in parts(goal))


def asked_value(knowledge: Knowledge, goal: Statement) -> Statement | None:
    """The answer to `acompute` or `rcompute`, as `aconst` or `rconst`; None if it is not known."""
    a, b, c, d = goal.points
    one, other = pair(a, b), pair(c, d)
    if goal.name == "acompute":
        terms = [(other, Fraction(1)), (one, Fraction(-1))]
        rest, _ = knowledge.systems["direction"].reduced(terms)
        if any(variable != PI for variable in rest):
            return None
        # The equation was lifted by some number of half turns; only the value modulo 1 is asked.
        normal = [knowledge.systems["direction"].turn(v) for v in (other, one)]
        return Statement("aconst", goal.points, (normal[0] - normal[1]) % 1)
    rest, _ = knowledge.systems["ratio"].reduced([(one, Fraction(1)), (other, Fraction(-1))])
    value = Fraction(1)
    for variable, power in rest.items():
        if not is_constant(variable) or power.denominator != 1:
            return None
        value *= Fraction(int(variable[1])) ** int(power)
    return Statement("rconst", goal.points, value)


def establish_goal(knowledge: Knowledge, goal: Statement) -> int | None:
    """The number of a fact that says what `goal` says; None where it does not follow."""
    if goal.name in WANTED:
        answer = asked_value(knowledge, goal)
        return None if answer is None else knowledge.word_for_word(answer)
    small = parts(goal)
    if len(small) == 1:
        return knowledge.establish(goal)
    known = knowledge.number(goal)
    if known is not None:
        return known
    return knowledge.conclude(goal, "together", small)
