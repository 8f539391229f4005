"""An independent judge of certificates: it imports nothing from the provers.

What is trusted: this file, and `constructions.txt`, which says what each construction means. Of a
certificate it is checked, at random points of two large prime fields with every choice of roots,
1. that its coordinates obey everything that the problem's constructions say;
2. that they are general: with moving, turning and scaling, its parameters leave as many directions
   open as the equations of the problem do (ranks of both Jacobians), so that no special figure is
   passed off for all;
3. that its goals hold, and say something;
4. that its sample is a figure of this family in real numbers.

A polynomial of degree d that is not zero vanishes at a random point with probability at most d / p
(Schwartz 1980); p is near 2^80 and 2^90.
"""

from __future__ import annotations

import json
import random
import re
from collections.abc import Mapping, Sequence
from decimal import Decimal, getcontext
from fractions import Fraction
from importlib.resources import files
from typing import Any

from pellucid.reasoning.geometry.checked import NOT_ZERO, At, Dual, Refused, apart, equations

PRIMES = (840 * 1439197404303129969885 - 1, 840 * 1473738142006405089165599 - 1)
"""3 modulo 4, so that a root of a is a^((p + 1) / 4), if any; 2, 3, 5 and 7 have roots."""
Monomial = tuple[int, tuple[tuple[str, int], ...]]
Fact = tuple[str, tuple[str, ...], Fraction]
Clause = tuple[tuple[str, ...], list[Fact]]
"""The points that it makes, and what it says."""


def judge(text: str, *, trials: int = 6, seed: int = 0) -> str:
    """One line that says what a certificate shows. Refused, with the reason, if it does not."""
    try:
        data = json.loads(text)
        clauses, goals = _statements(data["problem"])
        facts = [fact for _, said in clauses for fact in said]
        family = _Family(data)
    except (KeyError, ValueError, TypeError, AttributeError, IndexError) as error:
        raise Refused(f"not a certificate: {error}") from None
    if tuple(sorted({p for _, ps, _ in facts + goals for p in ps} - set(family.points))):
        raise Refused("a point of the problem has no coordinates")
    rng = random.Random(seed)
    for trial in range(trials):
        p = PRIMES[trial % 2]
        at, tangents = family.somewhere(rng, p)
        for name, points, value in facts + goals:
            found = [e % p for e in equations(name, [at[q] for q in points], value)]
            if (0 in found) if name in NOT_ZERO else any(found):
                raise Refused(f"'{name} {' '.join(points)}' does not hold of the coordinates")
        for name, points, _ in goals:
            for a, b in apart(name, points):
                if not at[a].to(at[b]).square() % p:
                    raise Refused(f"'{name} {' '.join(points)}' says nothing: {a} is {b}")
        if trial < 2:
            _general(clauses, family.points, at, tangents, p)
    family.check_sample(facts + goals)
    return f"{'; '.join(' '.join((n, *q)) for n, q, _ in goals)}: holds ({len(facts)} facts)"


def _general(
    clauses: list[Clause],
    points: list[str],
    at: dict[str, At],
    tangents: list[list[int]],
    p: int,
) -> None:
    """Refuse coordinates that leave fewer directions open than the problem does."""
    facts = [fact for _, said in clauses for fact in said if fact[0] not in NOT_ZERO]
    rows = _jacobian(facts, points, at, p)
    places = [at[q] for q in points]
    tangents = [*tangents, [1, 0] * len(points), [0, 1] * len(points)]
    tangents.append([c for a in places for c in (-a.y, a.x)])
    if not any(name in ("lconst", "l2const") for name, _, _ in facts):
        tangents.append([c for a in places for c in a])
    double = sum(_touching(made[0], said, at, p) for made, said in clauses if len(made) == 1)
    if _rank(tangents, p) != 2 * len(points) - _rank(rows, p) - double:
        raise Refused("the coordinates are not general: the problem leaves more open than they do")


def _jacobian(
    facts: list[Fact], points: Sequence[str], at: Mapping[str, At], p: int
) -> list[list[int]]:
    """Derivatives of all equations by the coordinates of some points."""
    unit = [[int(k == j) for k in range(2 * len(points))] for j in range(2 * len(points))]
    none = [0] * 2 * len(points)
    dual = {q: At(Dual(a.x, none, p), Dual(a.y, none, p)) for q, a in at.items()}
    for k, q in enumerate(points):
        dual[q] = At(Dual(at[q].x, unit[2 * k], p), Dual(at[q].y, unit[2 * k + 1], p))
    found = (equations(name, [dual[q] for q in those], value) for name, those, value in facts)
    return [list(e.d) for own in found for e in own]


def _touching(made: str, said: list[Fact], at: Mapping[str, At], p: int) -> bool:
    """Whether a point is where two curves touch: determined, though first derivatives say less.

    They touch if the second derivative along their common tangent cannot be made good by moving.
    """
    facts = [fact for fact in said if fact[0] not in NOT_ZERO]
    rows = _jacobian(facts, [made], at, p)
    if len(rows) < 2 or _rank(rows, p) != 1:
        return False
    a, b = next(row for row in rows if any(row))

    def moved(h: int) -> list[int]:
        place = At(at[made].x - h * b, at[made].y + h * a)
        new = {**at, made: place}
        return [e for n, q, v in facts for e in equations(n, [new[x] for x in q], v)]

    # Second differences at two steps; equations have degree 4 in one point at most.
    one, two = ([u + v for u, v in zip(moved(h), moved(-h), strict=True)] for h in (1, 2))
    bent = [16 * u - v for u, v in zip(one, two, strict=True)]
    return _rank([[*row, c] for row, c in zip(rows, bent, strict=True)], p) > 1


def _rank(rows: list[list[int]], p: int) -> int:
    rows, rank = [[a % p for a in row] for row in rows], 0
    for column in range(len(rows[0]) if rows else 0):
        pivot = next((k for k in range(rank, len(rows)) if rows[k][column]), None)
        if pivot is None:
            continue
        rows[rank], rows[pivot] = rows[pivot], rows[rank]
        inverse = pow(rows[rank][column], -1, p)
        for k in range(rank + 1, len(rows)):
            factor = rows[k][column] * inverse % p
            if factor:
                rows[k] = [(a - factor * b) % p for a, b in zip(rows[k], rows[rank], strict=True)]
        rank += 1
    return rank


class _Family:
    """Coordinates as quotients of polynomials in parameters and roots."""

    def __init__(self, data: Mapping[str, Any]) -> None:
        self.parameters = {q["name"]: Fraction(q["value"]) for q in data["parameters"]}
        self.roots = {r["name"]: (_read(r["radicand"]), r["value"]) for r in data["radicals"]}
        self.points = list(data["coordinates"])
        self.coordinates = [_quotient(c) for q in self.points for c in data["coordinates"][q]]
        self.sample = {q: At(float(x), float(y)) for q, (x, y) in data["sample"].items()}

    def somewhere(self, rng: random.Random, p: int) -> tuple[dict[str, At], list[list[int]]]:
        """A random figure modulo p, and where each parameter moves its points."""
        for _ in range(10_000):
            at = {u: rng.randrange(1, p) for u in self.parameters}
            by = {u: {v: int(u == v) for v in self.parameters} for u in self.parameters}
            for s, (radicand, _) in self.roots.items():
                square, slope = _evaluate(radicand, at, by, p)
                root = pow(square, (p + 1) // 4, p) * rng.choice((1, -1)) % p
                if not square or root * root % p != square:
                    break
                half = pow(2 * root, -1, p)
                at[s], by[s] = root, {u: a * half % p for u, a in slope.items()}
            else:
                return self._placed(at, by, p)
        raise Refused("its roots exist at no point of a prime field")

    def _placed(
        self, at: Mapping[str, int], by: Mapping[str, Mapping[str, int]], p: int
    ) -> tuple[dict[str, At], list[list[int]]]:
        values, slopes = [], []
        for above, below in self.coordinates:
            (n, dn), (d, dd) = (_evaluate(part, at, by, p) for part in (above, below))
            if not d:
                raise Refused("a denominator is zero")
            over = pow(d, -1, p)
            values.append(n * over % p)
            slopes.append({u: (dn[u] - values[-1] * dd[u]) * over % p for u in dn})
        places = (At(x, y) for x, y in zip(values[::2], values[1::2], strict=True))
        tangents = [[slope[u] for slope in slopes] for u in self.parameters]
        return dict(zip(self.points, places, strict=True)), tangents

    def check_sample(self, facts: list[Fact]) -> None:
        """Whether the sample is what the coordinates are at its parameters, with its roots."""
        getcontext().prec = 120
        at = {u: Decimal(v.numerator) / v.denominator for u, v in self.parameters.items()}
        for s, (radicand, value) in self.roots.items():
            square = _number(radicand, at)
            if square <= 0:
                raise Refused("a root of the sample is not real")
            at[s] = square.sqrt().copy_sign(Decimal(value))
        found = [float(_number(a, at) / _number(b, at)) for a, b in self.coordinates]
        told = [c for q in self.points for c in self.sample[q]]
        scale = max(map(abs, told)) or 1.0
        if any(abs(a - b) > 1e-6 * scale for a, b in zip(found, told, strict=True)):
            raise Refused("its sample is not what its coordinates say")


def _quotient(text: str) -> tuple[list[Monomial], list[Monomial]]:
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


def _evaluate(
    polynomial: list[Monomial],
    at: Mapping[str, int],
    by: Mapping[str, Mapping[str, int]],
    p: int,
) -> tuple[int, dict[str, int]]:
    """The value modulo p, and the derivatives by the parameters."""
    total, partial = 0, dict.fromkeys(at, 0)
    for number, powers in polynomial:
        term = number
        for name, power in powers:
            term = term * pow(at[name], power, p) % p
        total += term
        for name, power in powers:
            partial[name] += term * power
    slopes = {name: part * pow(at[name], -1, p) % p for name, part in partial.items() if part}
    names = {u for way in by.values() for u in way}
    return total % p, {u: sum(s * by[v].get(u, 0) for v, s in slopes.items()) % p for u in names}


def _number(polynomial: list[Monomial], at: Mapping[str, Decimal]) -> Decimal:
    total = Decimal(0)
    for number, powers in polynomial:
        term = Decimal(number)
        for name, power in powers:
            term *= at[name] ** power
        total += term
    return total


def _statements(problem: str) -> tuple[list[Clause], list[Fact]]:
    """What a problem's clauses make and say, and its goals."""
    given, _, asked = problem.partition("?")
    known = _definitions()
    clauses: list[Clause] = []
    for clause in given.split(";"):
        made, _, how = clause.partition("=")
        facts: list[Fact] = []
        for construction in how.split(","):
            name, *arguments = construction.split()
            signature, said = known[name]
            names = _roles(signature, arguments, made.split())
            facts += [_fact([names.get(word, word) for word in one]) for one in said]
        clauses.append((tuple(made.split()), facts))
    return clauses, [_fact(one.split()) for one in asked.split(";")]


def _roles(signature: list[str], arguments: list[str], made: list[str]) -> dict[str, str]:
    """Which argument is which: points that are made stand in their places, or first."""
    plain = [word.lstrip("*") for word in signature]
    names = dict(zip(plain, arguments, strict=True))
    new = [word[1:] for word in signature if word.startswith("*")]
    if {names[word] for word in new} <= set(made):
        return names
    return dict(zip(new + [word for word in plain if word not in new], arguments, strict=True))


def _fact(words: Sequence[str]) -> Fact:
    value = Fraction(words[-1]) if re.fullmatch(r"[\d/]+", words[-1]) else None
    points = words[1:] if value is None else words[1:-1]
    return words[0], tuple(points), value if value is not None else Fraction(0)


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
