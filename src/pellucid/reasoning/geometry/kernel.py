"""The kernel: all that decides whether a certificate or a readable proof is accepted.

It imports nothing of the provers. Taken for granted: arithmetic; what statements, constructions and
theorems mean (three texts, which `meanings`, `checker` and `check_proof` read); and what is seen in
the figure of a proof (`drawn`). Statements are linear equations, which proofs add up. Modulo p^3,
as polynomials, they show derivatives, too: f(x + p v) = f(x) + p f'(x) v + ...
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from itertools import combinations
from typing import NamedTuple

from pellucid.reasoning.geometry.drawn import Drawn
from pellucid.reasoning.geometry.meanings import (
    NOT,
    PI,
    SETS,
    Equation,
    Places,
    Refused,
    Said,
    algebraic,
    equations,
    reordered,
    residue,
    square,
    total,
)

PRIMES = (2520 * 479732468101043323295 - 1, 2520 * 491246047335468363055180 - 1)
"""Near 2^80 and 2^90; 3 modulo 4, so that a root of a is a^((p + 1) / 4), if there is one."""
Rows = list[list[int]]
Figure = tuple[Places, Callable[[], Rows]]
"""Modulo p^3; and how each parameter moves x and y of all points, modulo p."""
Family = Callable[[random.Random, int], Figure]
Clause = tuple[tuple[str, ...], list[Said]]
"""Points that are made, and what is said then."""
Theorem = tuple[list[Said], Said, list[tuple[str, list[str]]]]
"""Premises, conclusion, and what has to be seen."""


class Step(NamedTuple):
    """A line of a proof."""

    said: Said
    rule: str
    premises: list[int]
    letters: list[str]
    combination: list[tuple[int, int, Fraction]]


class Ground(NamedTuple):
    """What a proof stands on."""

    drawn: Drawn
    theorems: Mapping[str, Theorem]
    given: list[Said]


def judge(clauses: list[Clause], goals: list[Said], family: Family, *, trials: int = 6) -> None:
    """Refuse goals that are not true of all figures of a problem, of which the family is a kind.

    A polynomial of degree d that is not zero is zero at a random place with probability d / p at
    most (Schwartz 1980).
    """
    rng, facts = random.SystemRandom(), [s for _, said in clauses for s in said]
    for trial in range(trials):
        p = PRIMES[trial % 2]
        at, ways = family(rng, p)
        for s in (*facts, *goals):
            if not _holds(s, at, p):
                raise Refused(f"'{s}' does not hold of the coordinates")
        for s in goals:
            # A sum of lengths, which is checked with any signs, may be assumed and not be proved.
            apart = [u for of, terms in equations(s) if of != "length" for u in terms if u[1:]]
            apart += [*combinations(s.points, 2)] if s.name in (*SETS, "circle") else []
            if not apart or not all(square(at, line) % p for line in apart):
                raise Refused(f"'{s}' says nothing to prove, or two of its points are one")
            if s.name == "cyclic" and not _holds(Said("ncoll", s.points[:3]), at, p):
                raise Refused(f"'{s}' says nothing: its points are on a line")
        if trial < 2 and not _general(clauses, at, ways(), p):
            raise Refused("the coordinates are not general: the problem leaves more open than they")


def _holds(s: Said, at: Places, p: int) -> bool:
    if s.name == "diff":
        return square(at, s.points) % p != 0
    found = _residues([s], at, p)
    return all(r % p for r in found) if s.name in NOT else not any(found)


def _residues(said: Sequence[Said], at: Places, p: int) -> list[int]:
    """What is zero modulo p^3 where statements hold; lengths that are equal have equal squares."""
    found = [e for s in said for e in algebraic(s)]
    return [residue(equation, at, p**3) for equation in found]


def _general(clauses: list[Clause], at: Places, ways: Rows, p: int) -> bool:
    """Whether parameters, moving, turning and scaling are all that the problem leaves open.

    Of one motion more that breaks no equation to first order, as of a point where two curves touch,
    the second order has to show that no figure goes that way, however other points move along.
    """
    facts = [s for _, said in clauses for s in said if s.name not in NOT]
    ways = [*ways, [1, 0] * len(at), [0, 1] * len(at), [c for x, y in at.values() for c in (-y, x)]]
    if not any(s.name in ("lconst", "l2const") for s in facts):
        ways.append([c for place in at.values() for c in place])
    size = 2 * len(at)
    units = [[int(k == j) for k in range(size)] for j in range(size)]
    slopes = [[r // p for r in _moved(facts, at, unit, p)] for unit in units]
    both = [[*slope, *unit] for slope, unit in zip(slopes, units, strict=True)]
    led, rest = _reduced(both, p, len(slopes[0]))
    own = len(_reduced(ways, p)[0])
    free = [row[-size:] for row in rest]
    if len(free) != own + 1:
        return len(free) == own
    more = next(way for way in free if len(_reduced([*ways, way], p)[0]) > own)
    ends = (_moved(facts, at, [h * c for c in more], p) for h in (1, -1))
    bent = [(u + v) // p**2 for u, v in zip(*ends, strict=True)]
    return len(_reduced([*slopes, bent], p)[0]) > len(led)


def _moved(facts: list[Said], at: Places, way: list[int], p: int) -> list[int]:
    """What equations leave modulo p^3 when all points move by p times a vector."""
    places = zip(at.items(), way[::2], way[1::2], strict=True)
    return _residues(facts, {q: (x + p * u, y + p * v) for (q, (x, y)), u, v in places}, p)


def _reduced(rows: Rows, p: int, width: int | None = None) -> tuple[Rows, Rows]:
    """Gauss's elimination of some columns modulo p: the rows that led, and what is left."""
    left, led = [[a % p for a in row] for row in rows], list[list[int]]()
    for column in range(len(rows[0]) if width is None else width):
        pivot = next((row for row in left if row[column]), None)
        if pivot is not None:
            left.remove(pivot)
            led.append(pivot)
            inverse = pow(pivot[column], -1, p)
            for k, row in enumerate(left):
                if f := row[column] * inverse:
                    left[k] = [(a - f * b) % p for a, b in zip(row, pivot, strict=True)]
    return led, left


def follow(steps: list[Step], goal: Said, ground: Ground) -> None:
    """Refuse a proof of which a step is not true in the figure, or does not follow from others."""
    known: list[Said] = []
    for number, step in enumerate(steps, start=1):
        where = f"step {number} ('{step.said}')"
        if not all(1 <= premise < number for premise in step.premises):
            raise Refused(f"{where} refers to a step that is not before it")
        if step.said.name in NOT or not ground.drawn.true(step.said, lenient=step.rule == "given"):
            raise Refused(f"{where} is not true in the figure")
        if not _follows(step, known, ground):
            raise Refused(f"{where} does not follow by '{step.rule}'")
        known.append(step.said)
    answer = {"acompute": "aconst", "rcompute": "rconst"}.get(goal.name)
    wanted = goal._replace(name=answer, value=known[-1].value) if answer and known else goal
    says = wanted.name == "same" or equations(wanted)
    if not says or not known or not entailed(wanted, known[-1:]):
        raise Refused(f"the last step does not say the goal '{goal}'")


def _follows(step: Step, known: list[Said], ground: Ground) -> bool:
    said, rule, drawn = step.said, step.rule, ground.drawn
    premises = ground.given if rule == "given" else [known[n - 1] for n in step.premises]
    sets, names = [{*premise.points} for premise in premises], {p.name for p in premises}
    if rule in ("given", "together"):
        return entailed(said, premises)
    if rule == "linear":
        return _sum(step, known, drawn)
    if rule == "two loci":
        return said.name == "same" and len(premises) == 2 and _cross(said.points, premises, drawn)
    if rule == "one circle":
        joined = _joined(sets, lambda common: drawn.places(common) > 2)
        return {said.name} == names == {"cyclic"} and {*said.points} <= joined
    if rule == "circle about a centre":
        centres = set.intersection(*({*p.points[:2]} & {*p.points[2:]} for p in premises))
        circles = (_joined([s - {o} for s in sets], bool) for o in centres)
        right = said.name == "cyclic" and names == {"cong"}
        return right and any({*said.points} <= circle for circle in circles)
    needed, conclusion, seen = ground.theorems[rule]
    letters = dict.fromkeys(x for s in (conclusion, *needed) for x in s.points)
    where = dict(zip(letters, step.letters, strict=True))
    wanted = [s.of(where) for s in needed]
    return (
        conclusion.of(where) == said
        and all(drawn.exists(e) for s in wanted if s.name != "cyclic" for e in equations(s))
        and all(entailed(s, premises) for s in wanted)
        and all(drawn.shows(name, [where[x] for x in points]) for name, points in seen)
    )


def entailed(wanted: Said, premises: list[Said]) -> bool:
    """Whether premises say a statement, in whatever words, or it says nothing."""
    if len({*wanted.points}) < SETS.get(wanted.name, 0):
        return True
    if any(reordered(premise, wanted) for premise in premises):
        return True
    if wanted.name in (*NOT, "cyclic", "same"):
        return False
    known = [e for p in premises if p.name not in (*NOT, "cyclic") for e in equations(p)]
    return all(any(_proportional(e, other) for other in known) for e in equations(wanted))


def _proportional(one: Equation, other: Equation) -> bool:
    """Whether equations are multiples of each other; of directions, by 1 or -1, modulo 1."""
    line = next((u for u in one[1] if u != PI), PI)
    factor = other[1].get(line, Fraction(0)) / one[1][line]
    rest = total([*other[1].items(), *((u, -factor * k) for u, k in one[1].items())])
    if one[0] != other[0] or line == PI or not factor:
        return False
    if one[0] == "direction" and abs(factor) == 1 and {*rest} == {PI}:
        return rest[PI].denominator == 1
    return not rest and (one[0] != "direction" or abs(factor) == 1)


def _sum(step: Step, known: list[Said], drawn: Drawn) -> bool:
    """Whether named rows, times coefficients, add up to a statement that is one equation."""
    mine = equations(step.said)
    single = step.said.name not in SETS and len({system for system, _ in mine}) == len(mine)
    rows = [(equations(known[n - 1])[row], k) for n, row, k in step.combination]
    named = {n for n, _, _ in step.combination} <= {*step.premises}
    for equation in mine if single and named else []:
        if all(row[0] == equation[0] for row, _ in rows):
            sums = [(u, k * c) for row, k in rows for u, c in drawn.lifted(row).items()]
            return not total([*sums, *((u, -c) for u, c in drawn.lifted(equation).items())])
    return False


def _cross(pair: Sequence[str], premises: list[Said], drawn: Drawn) -> bool:
    """Whether two statements, which say nothing where q is p, leave only one place for q there."""
    p, q = pair
    same = [s.of({**dict(zip(s.points, s.points, strict=True)), q: p}) for s in premises]
    if any(s.name in SETS or equations(s) for s in same):
        return False
    one, two = (equations(s)[0] for s in premises)
    return drawn.cross(one, two, p, q)


def _joined(sets: list[set[str]], enough: Callable[[set[str]], bool]) -> set[str]:
    """The first of some sets with all that have enough in common with it, or with such ones."""
    whole, left = sets[0], sets[1:]
    while fits := [s for s in left if enough(whole & s)]:
        whole, left = whole.union(*fits), [s for s in left if s not in fits]
    return whole
