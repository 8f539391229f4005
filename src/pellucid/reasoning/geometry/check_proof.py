"""Check a readable proof without trusting the program that found it.

Nothing of the provers is imported. What is taken for granted: the theorems in `rules.txt`, the
places of the points, and arithmetic. Each step is checked twice: its statement is true in the
figure, and it follows from the steps that it names, by a theorem or as an exact sum of equations.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from importlib.resources import files
from typing import Any

from pellucid.errors import DataError
from pellucid.reasoning.geometry.check_statements import Checked, Said, _add, equations

Rule = tuple[list[Said], Said, list[tuple[str, list[str]]]]
"""Premises, conclusion, conditions."""


def check_proof(text: str, given: Sequence[str] | None = None) -> int:
    """Check a proof in JSON; the number of its steps.

    Parameters
    ----------
    text
        What `Proof.to_json` gives.
    given
        What may be assumed, as texts `name points numbers`; by default whatever the proof assumes.

    Raises
    ------
    DataError
        The first step that does not follow, and why.
    """
    try:
        data = json.loads(text)
        places = {name: (float(x), float(y)) for name, (x, y) in data["points"].items()}
        steps, goal = list(data["steps"]), _said(data["goal"])
        checked, rules = Checked(places), theorems()
        for number, step in enumerate(steps, start=1):
            if any(not 1 <= premise < number for premise in step["premises"]):
                raise DataError(f"step {number} refers to a step that is not before it")
            if not _follows(checked, rules, step, given):
                raise DataError(f"step {number} ('{step['statement']}') does not follow")
            checked.steps.append(_said(step["statement"]))
        if not checked.steps or not _answers(checked, checked.steps[-1], goal):
            raise DataError("the last step does not say the goal")
    except (KeyError, TypeError, ValueError, IndexError, AttributeError, ArithmeticError) as error:
        if isinstance(error, DataError):
            raise
        raise DataError(f"this is no proof in JSON, or it is damaged: {error!r}") from error
    return len(steps)


def _said(plain: Mapping[str, Any]) -> Said:
    value = Fraction(plain["value"]) if "value" in plain else None
    factors = tuple(map(Fraction, plain.get("coefficients", ())))
    return Said(str(plain["name"]), tuple(plain["points"]), value, factors)


def _read(text: str) -> Said:
    name, *words = text.split()
    numbers = tuple(Fraction(word) for word in words if not word.isalpha())
    points = tuple(word for word in words if word.isalpha())
    if name == "distseq":
        return Said(name, points, None, numbers)
    return Said(name, points, numbers[0] if numbers else None)


def theorems() -> dict[str, Rule]:
    """The rules that are taken for granted, by name."""
    path = files("pellucid.reasoning.geometry.synthetic").joinpath("rules.txt")
    lines = path.read_text(encoding="utf-8").splitlines()
    blocks = "\n".join(line for line in lines if not line.startswith("#")).strip().split("\n\n")
    found: dict[str, Rule] = {}
    for block in blocks:
        name, *rest = block.strip().splitlines()
        part = {line.split()[0]: line.split(maxsplit=1)[1] for line in rest}
        conditions = [text.split() for text in part.get("where", "").split(",") if text.strip()]
        premises = [_read(text) for text in part["if"].split(",")]
        found[name] = (premises, _read(part["then"]), [(c[0], c[1:]) for c in conditions])
    return found


def _follows(
    checked: Checked,
    rules: Mapping[str, Rule],
    step: Mapping[str, Any],
    given: Sequence[str] | None,
) -> bool:
    """Whether one step is true in the figure and follows from its premises."""
    said, rule = _said(step["statement"]), step["rule"]
    premises = [checked.steps[number - 1] for number in step["premises"]]
    if not checked.true(said, lenient=rule == "given"):
        return False
    if rule == "given":
        return given is None or any(_same(said, _read(text)) for text in given)
    if rule in _SPECIAL:
        return _SPECIAL[rule](checked, said, premises, step)
    needed, conclusion, conditions = rules[rule]
    letters = dict.fromkeys(x for s in (conclusion, *needed) for x in s.points)
    where = dict(zip(letters, step["letters"], strict=True))
    return (
        conclusion.of(where) == said
        and all(_among(checked, s.of(where), premises) for s in needed)
        and all(_shown(checked, name, [where[x] for x in xs]) for name, xs in conditions)
    )


def _among(checked: Checked, wanted: Said, premises: Sequence[Said]) -> bool:
    """Whether a premise is one of the statements, in some words, or says nothing."""
    if wanted.name == "cyclic":
        points = {*wanted.points}
        return len(points) < 4 or any(
            p.name == "cyclic" and points <= {*p.points} for p in premises
        )
    if wanted.name == "same":
        return len({*wanted.points}) < 2 or any(_same(wanted, p) for p in premises)
    if not all(checked.exists(equation) for equation in equations(wanted)):
        return False
    return not equations(wanted) or any(_same(wanted, p) for p in premises)


def _same(one: Said, other: Said) -> bool:
    """Whether two statements are the same in different words."""
    if one.name in ("coll", "cyclic", "same"):
        return one.name == other.name and {*one.points} == {*other.points}
    if one.name.startswith(("simtri", "contri")) and one.name == other.name:
        mine, theirs = ([*zip(s.points[:3], s.points[3:], strict=True)] for s in (one, other))
        return {*mine} in ({*theirs}, {(b, a) for a, b in theirs})
    if {one.name, other.name} & {"midp", "circle", "simtri", "simtrir", "contri", "contrir"}:
        return one == other
    rows, others = equations(one), equations(other)
    return len(rows) == len(others) and all(map(_proportional, rows, others))


def _proportional(one: Any, other: Any) -> bool:
    """Whether equations are multiples of each other: of directions, only by 1 or -1, modulo 1."""
    if one[0] != other[0] or {u for u in one[1] if u != ("pi",)} != {
        u for u in other[1] if u != ("pi",)
    }:
        return False
    unknown = next(u for u in one[1] if u != ("pi",))
    factor = other[1][unknown] / one[1][unknown]
    rest = _add([*other[1].items(), *((u, -factor * k) for u, k in one[1].items())])
    if one[0] != "direction":
        return not rest
    return abs(factor) == 1 and (not rest or (len(rest) == 1 and rest[("pi",)].denominator == 1))


def _linear(
    checked: Checked, said: Said, premises: Sequence[Said], step: Mapping[str, Any]
) -> bool:
    """Whether the named rows, times the coefficients, add up to the statement exactly."""
    rows = [(checked.steps[n - 1], int(r), Fraction(k)) for n, r, k in step["combination"]]
    if said.name in ("coll", "cyclic", "same") or {s for s, _, _ in rows} - {*premises}:
        return False
    for system, terms in equations(said):
        used = [(equations(s)[r], k) for s, r, k in rows]
        if all(equation[0] == system for equation, _ in used):
            sums = [(u, k * c) for equation, k in used for u, c in checked.lifted(equation).items()]
            mine = [(u, -c) for u, c in checked.lifted((system, terms)).items()]
            return not _add([*sums, *mine])
    return False


def _about(checked: Checked, said: Said, premises: Sequence[Said], step: Any) -> bool:
    """Points at one distance from a centre, which all premises share."""
    first = premises[0].points
    for centre in {*first}:
        reached, left = {said.points[0]}, list(premises)
        for _ in premises:
            for p in left:
                ends = [{*p.points[:2]} - {centre}, {*p.points[2:]} - {centre}]
                if p.name == "cong" and all(map(len, ends)) and centre in p.points[:2]:
                    a, b = (next(iter(end)) for end in ends)
                    if centre in p.points[2:] and {a, b} & reached:
                        reached |= {a, b}
        if said.name == "cyclic" and {*said.points} <= reached:
            return True
    return False


def _joined(checked: Checked, said: Said, premises: Sequence[Said], step: Any) -> bool:
    """Circles each of which has three points, drawn apart, in common with those before."""
    points, left = {*premises[0].points}, list(premises[1:])
    if said.name != "cyclic" or any(p.name != "cyclic" for p in premises):
        return False
    while left:
        new = next((p for p in left if _span(checked, points & {*p.points})), None)
        if new is None:
            return False
        points |= {*new.points}
        left.remove(new)
    return {*said.points} <= points


def _span(checked: Checked, points: set[str]) -> bool:
    seen: list[complex] = []
    for place in (checked.places[p] for p in points):
        if all(abs(place - other) > 1e-7 * checked.size for other in seen):
            seen.append(place)
    return len(seen) > 2


def _loci(checked: Checked, said: Said, premises: Sequence[Said], step: Any) -> bool:
    """Two statements about p and q, empty where q is p, with gradients in two directions."""
    p, q = said.points
    slopes = []
    for s in premises:
        at_p = Said(s.name, tuple(p if x == q else x for x in s.points), s.value, s.factors)
        if s.name in ("cyclic", "coll", "same") or equations(at_p):
            return False
        system, terms = equations(s)[0]
        slope = []
        for step_ in (1e-6 * checked.size, 1e-6j * checked.size):
            ends = []
            for sign in (1, -1):
                moved = {**checked.places, q: checked.places[p] + sign * step_}
                other = Checked({n: (z.real, z.imag) for n, z in moved.items()})
                ends.append(sum(float(k) * other.measure(system, u) for u, k in terms.items()))
            off = ends[0] - ends[1]
            slope.append(off - round(off) if system == "direction" else off)
        slopes.append(slope)
    if said.name != "same" or len(slopes) != 2:
        return False
    (ax, ay), (bx, by) = slopes
    return abs(ax * by - ay * bx) > 1e-3 * math.hypot(ax, ay) * math.hypot(bx, by)


def _together(checked: Checked, said: Said, premises: Sequence[Said], step: Any) -> bool:
    """Whether each equation of the statement is one of a premise."""
    known = [equation for p in premises for equation in equations(p)]
    return said.name not in ("coll", "cyclic", "same") and all(
        any(_proportional(wanted, equation) for equation in known) for wanted in equations(said)
    )


_SPECIAL: Mapping[str, Callable[[Checked, Said, Sequence[Said], Any], bool]] = {
    "linear": _linear,
    "circle about a centre": _about,
    "one circle": _joined,
    "two loci": _loci,
    "together": _together,
}


def _answers(checked: Checked, said: Said, goal: Said) -> bool:
    if goal.name in ("acompute", "rcompute"):
        return said.name == goal.name[0] + "const" and said.points == goal.points
    return _among(checked, goal, [said])


def _shown(checked: Checked, name: str, points: Sequence[str]) -> bool:
    """Whether the figure shows a condition of a rule."""
    z = [checked.places[p] for p in points]
    if name == "spread":
        return checked.turn(*points) != 0
    if name in ("same_turn", "other_turn"):
        turns = checked.turn(*points[:3]) * checked.turn(*points[3:])
        return turns == (1 if name == "same_turn" else -1)
    if name == "not_shorter":
        return abs(z[0] - z[1]) >= abs(z[2] - z[3]) * (1 - 1e-9)
    if name == "between":
        return ((z[0] - z[1]).conjugate() * (z[2] - z[1])).real < 0
    if name == "same_order":
        return _middle(z[:3]) == _middle(z[3:])
    quotient = (z[0] - z[1]) * (z[2] - z[3]).conjugate()
    crossing = abs(quotient.imag) > 1e-3 * abs(quotient)
    if name == "not_parallel":
        return crossing
    return name == "oblique" and crossing and abs(quotient.real) > 1e-3 * abs(quotient)


def _middle(z: Sequence[complex]) -> int:
    sides = [abs(z[1] - z[2]), abs(z[2] - z[0]), abs(z[0] - z[1])]
    return sides.index(max(sides))
