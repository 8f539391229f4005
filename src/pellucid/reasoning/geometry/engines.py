"""The provers by name, each with its limit of time: `prove_problem` asks them, `bencher` benches.

for finding in prove_problem(problem, engine="auto", seconds=60):
    print(finding.verdict)      # first the certificate, then the readable proof as well
"""

from __future__ import annotations

import json
import random
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from dataclasses import replace
from functools import partial
from itertools import combinations

from pellucid.errors import ConfigError, DataError, nearest
from pellucid.reasoning.geometry.algebra import FALSE, UNDECIDED, Result, prove
from pellucid.reasoning.geometry.answer import answer_to_json
from pellucid.reasoning.geometry.auxiliary.prove import prove_with_auxiliary
from pellucid.reasoning.geometry.bench import Prover
from pellucid.reasoning.geometry.check_file import check_text
from pellucid.reasoning.geometry.definitions import facts
from pellucid.reasoning.geometry.diagnosis import diagnose, diagnose_elsewhere, diagnose_placed
from pellucid.reasoning.geometry.diagram import broken, clarity, draw, sketch
from pellucid.reasoning.geometry.finding import Finding, Reading
from pellucid.reasoning.geometry.front import parse_text
from pellucid.reasoning.geometry.limits import DONE, ERROR, Ended, run_all
from pellucid.reasoning.geometry.loosening import loosened
from pellucid.reasoning.geometry.placed.prove import prove_placed
from pellucid.reasoning.geometry.planning import make_plan
from pellucid.reasoning.geometry.problem import Problem
from pellucid.reasoning.geometry.synthetic.prove import prove_synthetic
from pellucid.reasoning.geometry.wu import prove_by_wu

AUTO, ALGEBRA, SYNTHETIC, AUXILIARY, WU = "auto", "algebra", "synthetic", "auxiliary", "wu"
ENGINES = (AUTO, ALGEBRA, SYNTHETIC, AUXILIARY, WU)
DIAGNOSIS = 20.0
"""Seconds that a diagnosis may take, once a goal was found to be false."""
SPARE = 0.95
"""The share of its time after which the synthetic prover is to end by itself."""


PLAIN = 0.12
"""A figure as plain as this is not looked for a plainer one of."""


def read(problem: Problem, *, seconds: float) -> Reading:
    """The synthetic prover on a problem of any kind: it is drawn if need be, and each goal proved.

    Raises
    ------
    DataError
        The problem has no figure, or a goal is false in it.
    """
    begun = time.monotonic()
    places = figure(problem)
    given = facts(problem)
    proofs, rounds = [], 0
    for goal in problem.goals:
        left = SPARE * seconds - (time.monotonic() - begun)
        outcome = prove_synthetic(places, given, goal, seconds=max(left, 0.0))
        rounds = max(rounds, outcome.rounds)
        if outcome.proof is None:
            return Reading(outcome.status, (), places, rounds)
        proofs.append(outcome.proof)
    return Reading("proved", tuple(proofs), places, rounds)


def read_with_auxiliary(problem: Problem, *, seconds: float) -> Reading:
    """The same, with points added to the figure where the proof needs them."""
    found = prove_with_auxiliary(problem, seconds=SPARE * seconds, places=figure(problem))
    return Reading(
        found.status,
        found.proofs,
        found.places,
        attempts=found.attempts,
        auxiliary=found.clauses,
    )


def figure(
    problem: Problem, *, seed: int = 0, diagrams: int = 40
) -> dict[str, tuple[float, float]]:
    """The clearest of some diagrams in which all goals hold; where points stand if that is said.

    A sheet's own drawing is taken where it obeys what the sheet says, and the goals hold in it.
    """
    if set(problem.points) <= problem.at.keys():
        drawn = {name: problem.at[name] for name in problem.points}
        if not problem.clauses or not broken((*facts(problem), *problem.goals), drawn):
            return drawn
    first = draw(problem, seed)
    if not problem.clauses or broken(problem.goals, first):
        return first
    rng = random.Random(seed)
    plan = make_plan(problem, rng)
    best, plain = first, _plainness(first)
    for _ in range(diagrams):
        if plain > PLAIN:
            break
        other = dict(sketch(problem, rng, plan=plan).places)
        if _plainness(other) > plain and not broken(problem.goals, other):
            best, plain = other, _plainness(other)
    return best


def _plainness(places: Mapping[str, tuple[float, float]]) -> float:
    """How far apart points are, less what looks like a line and is none."""
    at = [complex(*place) for place in places.values()]
    seeming = 0
    for a, b, c in combinations(at, 3):
        sides = sorted((abs(a - b), abs(b - c), abs(c - a)))
        bend = abs(((b - a).conjugate() * (c - a)).imag)
        seeming += 1e-7 < bend / (sides[1] * sides[2] or 1.0) < 0.06
    return clarity(places) - 0.02 * seeming


def prove_problem(
    problem: Problem,
    *,
    engine: str = AUTO,
    seconds: float = 60.0,
    auxiliary: bool = False,
    megabytes: int = 4096,
) -> Iterator[Finding]:
    """Ask engines, each in a process of its own: what is known so far, whenever one answers.

    Parameters
    ----------
    problem
        In clauses, or by coordinates.
    engine
        `auto` asks the algebraic prover for a certificate, and at the same time the synthetic one
        for a readable proof; `auxiliary` is the synthetic one with points added to the figure.
    seconds
        How long each may take; a diagnosis of what is false may take up to 20 seconds more.
    auxiliary
        Whether `auto` may add points as well, for which it takes all its time where it fails.
    megabytes
        How much memory each may take.

    Raises
    ------
    DataError
        The problem is degenerate, over-determined or has no diagram.
    """
    asked = _asked(problem, engine, seconds, auxiliary=auxiliary)
    finding = Finding(problem)
    if not problem.clauses and (wrong := diagnose_placed(problem)):
        yield replace(finding, diagnosis=wrong)
        return
    answers = run_all(asked.items(), seconds=seconds, megabytes=megabytes)
    with closing(answers):
        for ended in answers:
            if ended.status == ERROR and (len(asked) == 1 or ended.name == ALGEBRA):
                raise DataError(_advised(problem, ended.reason, seconds, megabytes))
            finding = _with(finding, ended)
            result = finding.algebra
            if result is not None and ended.name == ALGEBRA:
                finding = _diagnosed(finding, result, min(seconds, DIAGNOSIS), megabytes)
            yield finding
            if result is not None and result.status == FALSE:
                return


def _with(finding: Finding, ended: Ended) -> Finding:
    """With what an engine answered, or why it did not."""
    if ended.status == DONE and ended.name == ALGEBRA:
        return replace(finding, algebra=ended.value)
    if ended.status == DONE and ended.name in (SYNTHETIC, AUXILIARY):
        return replace(finding, synthetic=ended.value)
    if ended.status == DONE:
        return replace(finding, wu=ended.value)
    told = {**finding.unanswered, ended.name: f"{ended.name}: {ended.reason}"}
    return replace(finding, unanswered=told)


def _asked(
    problem: Problem, engine: str, seconds: float, *, auxiliary: bool
) -> Mapping[str, Callable[[], object]]:
    if engine not in ENGINES:
        raise ConfigError(f"no engine is called '{engine}': {nearest(engine, ENGINES)}")
    names = [engine]
    if engine == AUTO:
        names = [ALGEBRA, AUXILIARY if auxiliary else SYNTHETIC]
    works: Mapping[str, Callable[[], object]] = {
        ALGEBRA: partial(_by_algebra, problem),
        SYNTHETIC: partial(read, problem, seconds=seconds),
        AUXILIARY: partial(read_with_auxiliary, problem, seconds=seconds),
        WU: partial(prove_by_wu, problem),
    }
    return {name: works[name] for name in names}


def _by_algebra(problem: Problem) -> Result:
    """The algebraic prover on a problem of any kind."""
    return prove(problem) if problem.clauses else prove_placed(problem)


def _diagnosed(finding: Finding, result: Result, seconds: float, megabytes: int) -> Finding:
    """With what there is to say of a goal that is false, or true on one branch."""
    if not finding.problem.clauses:
        return replace(finding, diagnosis=diagnose_elsewhere(finding.problem, result))
    work = [("diagnosis", partial(diagnose, finding.problem, result))]
    for ended in run_all(work, seconds=seconds, megabytes=megabytes):
        if ended.status == DONE:
            return replace(finding, diagnosis=ended.value)
    return finding


def _advised(problem: Problem, reason: str, seconds: float, megabytes: int) -> str:
    """Why a problem has no figure, and without what it would have one."""
    if "no figure obeys all its clauses" not in reason:
        return reason
    work = [("loosening", partial(loosened, problem))]
    for ended in run_all(work, seconds=min(seconds, DIAGNOSIS), megabytes=megabytes):
        if ended.status == DONE and ended.value:
            return f"{reason}: {ended.value}"
    return reason


def bencher(engine: str, *, seconds: float, check: bool = False) -> Prover:
    """An engine as the bench calls it; with `check`, what it proves is checked as well.

    `auto` is the algebraic prover, and the synthetic one where that does not decide.
    """
    if engine not in ENGINES:
        raise ConfigError(f"no engine is called '{engine}': {nearest(engine, ENGINES)}")
    return partial(_bench, engine, seconds, check)


def _bench(
    engine: str, seconds: float, check: bool, name: str, text: str, line: int
) -> tuple[str, str]:
    problem = parse_text(text, name=name, line=line)
    if engine == WU:
        by_wu = prove_by_wu(problem)
        return by_wu.status, by_wu.reason
    result = None
    if engine in (ALGEBRA, AUTO):
        result = _by_algebra(problem)
        if result.status != UNDECIDED or engine == ALGEBRA:
            saved = answer_to_json(problem, certificate=result.certificate)
            return _checked(result.status, result.reason, saved if check else "")
    reader = read_with_auxiliary if engine == AUXILIARY else read
    reading = reader(problem, seconds=seconds)
    if not reading.proofs:
        return (result or reading).status, (result or reading).reason
    for goal, proof in zip(problem.goals, reading.proofs, strict=True) if check else ():
        asked = replace(problem, goals=(goal,))
        saved = answer_to_json(asked, proof=proof, auxiliary=reading.auxiliary)
        status, reason = _checked("proved", reading.reason, saved)
        if status != "proved":
            return status, reason
    return "proved", reading.reason


def _checked(status: str, reason: str, saved: str) -> tuple[str, str]:
    """The same, or that the checker refused what was saved."""
    if not saved or not json.loads(saved).keys() & {"certificate", "proof"}:
        return status, reason
    verdict = check_text(saved)
    return (status, reason) if verdict.accepted else ("refused", "; ".join(verdict.lines))
