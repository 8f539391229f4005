"""Theorems of school geometry as problems, drawn here; and changed figures of the same problems."""

from __future__ import annotations

import random
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from pellucid.reasoning.geometry.problem import Statement
from pellucid.reasoning.geometry.synthetic.equations import rows
from pellucid.reasoning.geometry.synthetic.figure import Figure


def said(text: str) -> Statement:
    """`name points numbers`."""
    name, *words = text.split()
    numbers = tuple(Fraction(w) for w in words if not w[0].isalpha())
    points = tuple(w for w in words if w[0].isalpha())
    if name == "distseq":
        return Statement(name, points, None, numbers)
    return Statement(name, points, numbers[0] if numbers else None)


@dataclass(frozen=True)
class Theorem:
    name: str
    points: dict[str, tuple[float, float]]
    facts: tuple[Statement, ...]
    goal: Statement


def theorem(name: str, points: dict[str, complex], facts: str, goal: str) -> Theorem:
    places = {n: (complex(z).real, complex(z).imag) for n, z in points.items()}
    return Theorem(name, places, tuple(said(f) for f in facts.split(",")), said(goal))


def circumcentre(a: complex, b: complex, c: complex) -> complex:
    b, c = b - a, c - a
    return a + (abs(b) ** 2 * c - abs(c) ** 2 * b) / (b.conjugate() * c - b * c.conjugate())


def foot(p: complex, a: complex, b: complex) -> complex:
    return a + (b - a) * (((p - a) * (b - a).conjugate()).real / abs(b - a) ** 2)


def meet(a: complex, b: complex, c: complex, d: complex) -> complex:
    u, v = b - a, d - c
    return a + u * ((c - a).conjugate() * v).imag / (u.conjugate() * v).imag


def theorems() -> list[Theorem]:
    a, b, c = 0.13 + 0.07j, 4.1 + 0.35j, 1.2 + 2.9j
    o = circumcentre(a, b, c)
    h = a + b + c - 2 * o
    on = [o + abs(a - o) * complex(np.exp(1j * t)) for t in (0.3, 1.4, 2.9, 4.4)]
    p, q, r, s = on
    i = (a * abs(b - c) + b * abs(c - a) + c * abs(a - b)) / (abs(b - c) + abs(c - a) + abs(a - b))
    d, e, f = foot(a, b, c), foot(b, c, a), foot(c, a, b)
    x = meet(p, r, q, s)
    g = (a + b + c) / 3
    t = meet(a, i, b, c)
    return [
        theorem(
            "inscribed angles over a chord",
            {"o": o, "p": p, "q": q, "r": r, "s": s},
            "cong o p o q, cong o p o r, cong o p o s",
            "eqangle r p r q s p s q",
        ),
        theorem(
            "power of a point",
            {"p": p, "q": q, "r": r, "s": s, "x": x},
            "cyclic p q r s, coll x p r, coll x q s",
            "eqratio x p x q x s x r",
        ),
        theorem(
            "altitudes meet",
            {"a": a, "b": b, "c": c, "h": h},
            "perp a h b c, perp b h c a",
            "perp c h a b",
        ),
        theorem(
            "altitudes bisect the triangle of their feet",
            {"a": a, "b": b, "c": c, "h": h, "d": d, "e": e, "f": f},
            "coll b c d, coll c a e, coll a b f, perp a d b c, perp b e c a, perp c f a b, "
            "coll a h d, coll b h e",
            "eqangle d e d a d a d f",
        ),
        theorem(
            "nine points",
            {"a": a, "b": b, "c": c, "d": d, "e": e, "f": f, "m": (b + c) / 2},
            "coll b c d, coll c a e, coll a b f, perp a d b c, perp b e c a, perp c f a b, "
            "midp m b c",
            "cyclic d e f m",
        ),
        theorem(
            "medians divide each other",
            {"a": a, "b": b, "c": c, "m": (b + c) / 2, "n": (a + c) / 2, "g": g},
            "midp m b c, midp n a c, coll a g m, coll b g n",
            "rconst a g g m 2",
        ),
        theorem(
            "bisector theorem",
            {"a": a, "b": b, "c": c, "t": t},
            "eqangle a b a t a t a c, coll t b c",
            "eqratio a b a c t b t c",
        ),
        theorem(
            "middle of an arc",
            {"a": a, "b": b, "c": c, "i": i, "k": _arc_middle(o, a, b, c)},
            "cyclic a b c k, coll a i k, eqangle a b a i a i a c, eqangle b a b i b i b c",
            "cong k b k i",
        ),
        theorem(
            "right triangle",
            {"a": 0.2j, "b": 3.1 + 0.2j, "c": 2.3j, "m": (3.1 + 2.5j) / 2},
            "perp a b a c, midp m b c",
            "cong m a m b",
        ),
        theorem(
            "isosceles trapezoid",
            {"a": 0.1 + 0j, "b": 4.1 + 0j, "c": 3 + 2j, "d": 1.2 + 2j},
            "para a b c d, cong a d b c",
            "cong a c b d",
        ),
        theorem(
            "two names of one point",
            {
                "a": a,
                "b": b,
                "c": c,
                "g": g,
                "k": g,
                "l": (a + b) / 2,
                "m": (b + c) / 2,
                "n": (a + c) / 2,
            },
            "midp m b c, midp n a c, midp l a b, coll a g m, coll b g n, coll a k m, coll c k l",
            "same g k",
        ),
    ]


def _arc_middle(o: complex, a: complex, b: complex, c: complex) -> complex:
    """Of the arc bc on the other side than a."""
    middle = (b + c) / 2
    return o + abs(a - o) * (middle - o) / abs(middle - o)


def near_figure(points, facts, rng: random.Random):
    """Another figure near the first where the facts are true, by Newton's method, or None."""
    names = list(points)
    start = np.array([points[n] for n in names]).ravel()
    size = float(np.ptp(start.reshape(-1, 2), axis=0).max())
    shown = Figure(points)
    wanted = [
        row
        for fact in facts
        for part in equations_of(fact)
        for row in rows(part)
        if shown.defined(row) and (row.system != "length" or fact.name == "distseq")
    ]

    def residuals(x):
        figure = Figure(dict(zip(names, map(tuple, x.reshape(-1, 2)), strict=True)))
        return np.array([figure.residual(row) for row in wanted])

    x = start + 0.003 * size * np.array([rng.gauss(0, 1) for _ in start])
    for _ in range(12):
        r = residuals(x)
        if np.abs(r).max(initial=0) < 1e-11:
            break
        columns = []
        for k in range(len(x)):
            e = np.zeros(len(x))
            e[k] = 1e-6 * size
            slope = residuals(x + e) - residuals(x - e)
            turned = np.array([row.system == "direction" for row in wanted])
            columns.append(np.where(turned, slope - np.round(slope), slope) / (2e-6 * size))
        x = x - np.linalg.lstsq(np.stack(columns, 1), r, rcond=1e-7)[0]
    if np.abs(residuals(x)).max(initial=0) > 1e-9 or np.abs(x - start).max() > 0.03 * size:
        return None
    return {n: (float(u), float(v)) for n, (u, v) in zip(names, x.reshape(-1, 2), strict=True)}


def equations_of(fact: Statement) -> list[Statement]:
    """A statement, or for points on a circle the equal angles that say so."""
    if fact.name != "cyclic":
        return [fact]
    a, b, c, *others = fact.points
    return [Statement("eqangle", (c, a, c, b, d, a, d, b)) for d in others]
