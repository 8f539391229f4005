"""Shorter proofs: sums of fewer and simpler equations, and figures of fewer points.

An equation may follow from others in many ways. Of these, the one is taken whose coefficients have
the least sum, weighted by how many facts each equation rests on (a linear programme; Trinh et al.
2024 trace algebraic steps in this way, too). Its support is solved again in exact numbers.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from fractions import Fraction

import numpy as np
from scipy.optimize import linprog
from scipy.sparse import csr_matrix, hstack

from pellucid.reasoning.geometry.synthetic.elimination import Elimination
from pellucid.reasoning.geometry.synthetic.equations import Pair, rows
from pellucid.reasoning.geometry.synthetic.knowledge import Fact, Knowledge

Named = tuple[int, int]
FREE = 0.2
"""What an equation costs whose fact the proof needs anyway."""


@dataclass(frozen=True)
class _Equation:
    name: Named
    terms: Mapping[Pair, Fraction]
    """Lifted to real numbers."""


def shortened(knowledge: Knowledge, last: int, *, seconds: float = 10.0) -> dict[int, Fact]:
    """Facts by number, with simpler reasons for those that fact `last` needs.

    Parameters
    ----------
    knowledge
        All facts.
    last
        The fact to be proved.
    seconds
        After which the rest keeps the reasons that it has.
    """
    end = time.monotonic() + seconds
    facts = dict(enumerate(knowledge.facts[: last + 1]))
    weights = _weights(facts)
    equations = _equations(knowledge, last)
    wanted = {last}
    for number in range(last, -1, -1):
        if number not in wanted:
            continue
        fact = facts[number]
        if fact.rule == "linear" and time.monotonic() < end:
            fact = facts[number] = _simpler(knowledge, fact, number, equations, weights, wanted)
        wanted.update(fact.premises)
    return facts


def _weights(facts: Mapping[int, Fact]) -> list[int]:
    """On how many facts each rests."""
    rests: list[int] = []
    for number in range(len(facts)):
        bits = 1 << number if facts[number].rule != "given" else 0
        for premise in facts[number].premises:
            bits |= rests[premise]
        rests.append(bits)
    return [1 + bits.bit_count() for bits in rests]


def _equations(knowledge: Knowledge, last: int) -> dict[str, list[_Equation]]:
    """All equations of facts before `last`, by system."""
    found: dict[str, list[_Equation]] = {name: [] for name in knowledge.systems}
    for number, fact in enumerate(knowledge.facts[:last]):
        for index, row in enumerate(rows(fact.statement)):
            if knowledge.figure.defined(row):
                terms = knowledge.systems[row.system].lifted(row.terms)
                found[row.system].append(_Equation((number, index), terms))
    return found


def _simpler(
    knowledge: Knowledge,
    fact: Fact,
    number: int,
    equations: Mapping[str, list[_Equation]],
    weights: list[int],
    wanted: set[int],
) -> Fact:
    """The same fact with the cheapest sum of earlier equations that was found."""
    system = rows(knowledge.facts[fact.combination[0][0]].statement)[fact.combination[0][1]].system
    target = next(row for row in rows(fact.statement) if row.system == system)
    terms = knowledge.systems[system].lifted(target.terms)
    usable = [e for e in equations[system] if e.name[0] < number]
    costs = np.array([FREE if e.name[0] in wanted else weights[e.name[0]] for e in usable])
    support = _cheapest([e.terms for e in usable], terms, costs)
    old = sum(FREE if n in wanted else weights[n] for n in fact.premises)
    if support is None or sum(costs[support]) >= old:
        return fact
    small = Elimination(lambda pair: 0.0)
    for index in support:
        small.add(usable[index].terms.items(), usable[index].name)
    combination = small.reasons(terms.items())
    if combination is None:
        return fact
    used = tuple((n, row, k) for (n, row), k in sorted(combination.items()))
    return replace(fact, premises=tuple(dict.fromkeys(n for n, _, _ in used)), combination=used)


def _cheapest(
    given: list[Mapping[Pair, Fraction]], target: Mapping[Pair, Fraction], costs: np.ndarray
) -> list[int] | None:
    """Which equations make up the cheapest sum that is the target; None where none was found."""
    unknowns = sorted({*target, *(v for terms in given for v in terms)})
    place = {v: i for i, v in enumerate(unknowns)}
    entries = [(place[v], j, float(k)) for j, terms in enumerate(given) for v, k in terms.items()]
    if not entries:
        return None
    i, j, k = zip(*entries, strict=True)
    matrix = csr_matrix((k, (i, j)), shape=(len(unknowns), len(given)))
    right = np.zeros(len(unknowns))
    for variable, factor in target.items():
        right[place[variable]] = float(factor)
    answer = linprog(
        np.r_[costs, costs], A_eq=hstack([matrix, -matrix]).tocsr(), b_eq=right, method="highs"
    )
    if not answer.success:
        return None
    taken = np.abs(answer.x[: len(given)] - answer.x[len(given) :]) > 1e-7
    return [int(index) for index in np.flatnonzero(taken)]
