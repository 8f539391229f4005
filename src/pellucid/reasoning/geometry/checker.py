"""Read a certificate, for `kernel` to judge: nothing of the provers is imported.

What is checked, at random points of two large prime fields with random choices of all roots:
1. that its coordinates obey everything that the problem's constructions say;
2. that they are general: with moving, turning and scaling, its parameters leave as many directions
   open as the equations of the problem do (ranks of both Jacobians), so that no special figure is
   passed off for all;
3. that its goals hold, and say something;
4. that its sample is a figure of this family in real numbers, in which all that is true;
5. that its conditions and denominators are not zero for all parameters, nor for the sample's.
Of a problem by coordinates, what is assumed takes the place of what constructions say, and the
sample has to be the figure that is given, up to moving, turning and scaling.

So its goals hold of all figures of the sample's kind: those with the same coordinates, wherever no
denominator is zero. That there is no other kind, of which they do not hold, is not checked.

The points are drawn anew each time, so that no certificate can be made for those that will come.
"""

from __future__ import annotations

import json
import random
import re
from collections.abc import Mapping, Sequence
from decimal import Decimal, getcontext
from fractions import Fraction
from functools import cache
from importlib.resources import files
from itertools import combinations
from typing import Any

from pellucid.reasoning.geometry import kernel
from pellucid.reasoning.geometry.drawn import Drawn
from pellucid.reasoning.geometry.meanings import NOT, Refused, Said, read_statement
from pellucid.reasoning.geometry.roots import Root, horner, lifted

Monomial = tuple[int, tuple[tuple[str, int], ...]]
Quotient = tuple[list[Monomial], list[Monomial]]
Clause = tuple[tuple[str, ...], list[Said]]
"""The points that it makes, and what it says."""


def judge(text: str, *, trials: int = 6) -> str:
    """One line that says what a certificate shows. Refused, with the reason, if it does not."""
    try:
        data = json.loads(text)
        clauses, asked = statements(data["problem"])
        goals = [read_statement(goal) for goal in data["goals"]]
        if list(map(_question, goals, asked)) != asked or len(goals) != len(asked):
            raise Refused("its goals are not those of its problem")
        family = _Family(data)
        if data.get("assumed"):
            if clauses:
                raise Refused("a problem in clauses assumes nothing besides")
            clauses = [(tuple(family.points), [read_statement(s) for s in data["assumed"]])]
        facts = [fact for _, said in clauses for fact in said]
        if {p for fact in (*facts, *goals) for p in fact.points} - {*family.points}:
            raise Refused("a point of the problem has no coordinates")
        kernel.judge(clauses, goals, family.somewhere, trials=trials)
        family.check_sample([*facts, *goals])
        if not clauses or data.get("given"):
            family.check_given(data["given"])
    except (KeyError, ValueError, TypeError, AttributeError, IndexError) as error:
        raise Refused(f"not a certificate: {error}") from None
    except (ArithmeticError, RecursionError, MemoryError) as error:
        raise Refused(f"its numbers cannot be computed with: {error!r}") from None
    said = f"{'; '.join(map(str, goals))}: holds of all figures of the sample's kind"
    return f"{said} ({len(facts)} facts, {len(family.parameters)} parameters)"


def _question(goal: Said, asked: Said) -> Said:
    """The question that a goal answers with its number, if it is that; else the goal."""
    name = {"acompute": "aconst", "rcompute": "rconst"}.get(asked.name)
    return asked if name == goal.name and asked.points == goal.points else goal


class _Family:
    """Coordinates as quotients of polynomials in parameters and roots."""

    def __init__(self, data: Mapping[str, Any]) -> None:
        self.parameters = {q["name"]: Fraction(q["value"]) for q in data["parameters"]}
        self.roots = {r["name"]: _root(r) for r in data["radicals"]}
        self.points = list(data["coordinates"])
        self.coordinates = [_quotient(c) for q in self.points for c in data["coordinates"][q]]
        self.conditions = [(c["words"], _read(c["expression"])) for c in data["conditions"]]
        self.sample = {q: complex(float(x), float(y)) for q, (x, y) in data["sample"].items()}

    def somewhere(self, rng: random.Random, p: int) -> kernel.Figure:
        """A random figure modulo p^3, and where each parameter moves its points, modulo p."""
        for _ in range(10_000):
            at = {u: rng.randrange(1, p) for u in self.parameters}
            signs: dict[str, int] = {}
            values = self._values(at, signs, p, rng)
            if values is not None:
                break
        else:
            raise Refused("its roots exist at no point of a prime field")

        def ways() -> list[list[int]]:
            moved = (self._values({**at, u: at[u] + p}, signs, p, rng) for u in at)
            return [
                [(b - a) // p % p for a, b in zip(values, other or values, strict=True)]
                for other in moved
            ]

        places = zip(values[::2], values[1::2], strict=True)
        return dict(zip(self.points, places, strict=True)), ways

    def _values(
        self, parameters: Mapping[str, int], signs: dict[str, int], p: int, rng: random.Random
    ) -> list[int] | None:
        """All coordinates modulo p^3, with these signs, or others; None without such a root."""
        at, q = dict(parameters), p**3
        for name, root in self.roots.items():
            found = [_evaluate(c, at, q) for c in root.polynomial]
            if name not in signs:
                start = root.modulo(found, p, rng)
                if start is None:
                    return None
                signs[name] = start
            value, slope = horner(found, signs[name])
            if value % p or not slope % p:
                return None
            at[name] = lifted(found, signs[name], q)
        for words, condition in self.conditions:
            if not _evaluate(condition, at, q) % p:
                raise Refused(f"that {words} is never so")
        found = []
        for above, below in self.coordinates:
            under = _evaluate(below, at, q)
            if not under % p:
                raise Refused("a denominator is zero")
            found.append(_evaluate(above, at, q) * pow(under, -1, q) % q)
        return found

    def check_sample(self, said: Sequence[Said]) -> None:
        """Whether the coordinates at its parameters are the sample, and all is true of it."""
        getcontext().prec = 120
        at = {u: Decimal(v.numerator) / v.denominator for u, v in self.parameters.items()}
        for name, root in self.roots.items():
            at[name] = root.real([_number(c, at) for c in root.polynomial])
        if not all(_number(condition, at) for _, condition in self.conditions):
            raise Refused("its sample does not meet its conditions")
        found = [float(_number(a, at) / _number(b, at)) for a, b in self.coordinates]
        told = [c for q in self.points for c in (self.sample[q].real, self.sample[q].imag)]
        scale = max(map(abs, told)) or 1.0
        if not all(abs(a - b) <= 1e-6 * scale for a, b in zip(found, told, strict=True)):
            raise Refused("its sample is not what its coordinates say")
        places = map(complex, found[::2], found[1::2])
        drawn = Drawn(dict(zip(self.points, places, strict=True)))
        for s in said:
            if s.name not in NOT and not drawn.true(s):
                raise Refused(f"'{s}' is not true of its sample")

    def check_given(self, given: Mapping[str, Sequence[float]]) -> None:
        """Whether the sample is the given figure, moved, turned and scaled."""
        places = {q: complex(*map(float, given[q])) for q in self.points}
        p, q = max(combinations(self.points, 2), key=lambda ends: _apart(places, *ends))
        size = _apart(places, p, q)
        scale = (places[q] - places[p]) / (self.sample[q] - self.sample[p])
        for r in self.points:
            there = places[p] + scale * (self.sample[r] - self.sample[p])
            if not abs(there - places[r]) <= 1e-4 * size:
                raise Refused("its sample is not the figure that is given")


def _root(data: Mapping[str, Any]) -> Root:
    if data.get("polynomial"):
        return Root([_read(c) for c in data["polynomial"]], float(data["value"]))
    minus = [(-number, powers) for number, powers in _read(data["radicand"])]
    return Root([minus, [], [(1, ())]], float(data["value"]), plain=True)


def _apart(places: Mapping[str, complex], p: str, q: str) -> float:
    return abs(places[p] - places[q])


def _quotient(text: str) -> Quotient:
    above, bar, below = text.partition(")/(")
    return (_read(above[1:]), _read(below[:-1])) if bar else (_read(text), [(1, ())])


def _read(text: str) -> list[Monomial]:
    """A sum of products of integers and powers, such as `2*u1^2*s1 - 3`."""
    terms = re.findall(r"[+-]?[^+-]+", text.replace(" ", ""))
    if "".join(terms) != text.replace(" ", "") or not terms:
        raise ValueError(f"'{text[:40]}' is no polynomial")
    return [_monomial(term) for term in terms]


def _monomial(term: str) -> Monomial:
    number, powers = -1 if term[0] == "-" else 1, []
    for factor in term.lstrip("+-").split("*"):
        match = re.fullmatch(r"([a-z]\d+)(?:\^(\d+))?|(\d+)", factor)
        if match is None:
            raise ValueError(f"'{factor[:40]}' is no factor of a polynomial")
        if match[3]:
            number *= int(match[3])
        else:
            powers.append((match[1], int(match[2] or 1)))
    return number, tuple(powers)


def _evaluate(polynomial: list[Monomial], at: Mapping[str, int], q: int) -> int:
    total = 0
    for number, powers in polynomial:
        term = number
        for name, power in powers:
            term = term * (at[name] if power == 1 else pow(at[name], power, q)) % q
        total += term
    return total % q


def _number(polynomial: list[Monomial], at: Mapping[str, Decimal]) -> Decimal:
    total = Decimal(0)
    for number, powers in polynomial:
        term = Decimal(number)
        for name, power in powers:
            term *= at[name] ** power
        total += term
    return total


def statements(problem: str) -> tuple[list[Clause], list[Said]]:
    """What a problem's clauses make and say, and its goals."""
    given, _, asked = problem.partition("?")
    clauses = [clause(text) for text in given.split(";") if text.strip()]
    return clauses, [read_statement(one) for one in asked.split(";")]


def clause(text: str) -> Clause:
    """What a clause makes and says."""
    made, _, how = text.partition("=")
    facts: list[Said] = []
    for construction in how.split(","):
        name, *arguments = construction.split()
        signature, said = _definitions()[name]
        names = _roles(signature, arguments, made.split())
        facts += [read_statement(" ".join(names.get(w, w) for w in one)) for one in said]
    return tuple(made.split()), facts


def _roles(signature: list[str], arguments: list[str], made: list[str]) -> dict[str, str]:
    """Which argument is which: points that are made stand in their places, or first."""
    plain = [word.lstrip("*") for word in signature]
    names = dict(zip(plain, arguments, strict=True))
    new = [word[1:] for word in signature if word.startswith("*")]
    if {names[word] for word in new} <= set(made):
        return names
    return dict(zip(new + [word for word in plain if word not in new], arguments, strict=True))


@cache
def _definitions() -> dict[str, tuple[list[str], list[list[str]]]]:
    """Of each construction its arguments, and the statements that it makes true."""
    known: dict[str, tuple[list[str], list[list[str]]]] = {}
    text = files("pellucid.reasoning.geometry").joinpath("constructions.txt").read_text("utf-8")
    for line in text.splitlines():
        if line[:1].strip() and not line.startswith("#"):
            name, *arguments = line.split()
            own: list[list[str]] = []
            known[name] = [re.sub("(?<=@).*", "", word) for word in arguments], own
        elif line.strip().startswith(("then ", "needs ")):
            own += [one.split() for one in line.split(maxsplit=1)[1].split(";")]
    return known
