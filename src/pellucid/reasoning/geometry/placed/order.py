"""In which order points come to stand: a beam search over orders, the cheapest first.

A point may stand on two curves of those that equations leave to it. An order is cheap where curves
are lines, or meet in a point that stands already, and dear where it takes square roots. What an
order cannot use is either implied by what it uses, or has to be solved for a parameter; by ranks at
the given figure it is known how many equations are of the second kind, and these are dearest.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import combinations

from pellucid.reasoning.geometry.placed.curves import BISECTOR, CIRCLE, LINE, PENCILS, kind
from pellucid.reasoning.geometry.placed.equations import (
    DIRECTION,
    NEAR,
    At,
    Equation,
    off,
    rank,
    refined,
    slopes,
)
from pellucid.reasoning.geometry.placed.family import Step
from pellucid.reasoning.geometry.placed.tangents import tangent_pairs, tangent_steps

SOLVED, ROOT, BENT, OPEN = 40.0, 6.0, 1.0, 0.1
"""The prices of an equation to be solved, of a root, of a parameter on a circle, of any step."""
WIDTH = 48


@dataclass(frozen=True)
class Order:
    """Steps, and what they leave to be solved."""

    steps: tuple[Step, ...] = ()
    price: float = 0.0
    solved: int = 0
    """How many equations restrict what stands already."""
    numbers: frozenset[int] = frozenset()
    """The same steps as numbers, without their order."""

    @property
    def first(self) -> tuple[str, str]:
        """The two points that stand anywhere before all others."""
        return self.steps[0].points[0], self.steps[1].points[0]


def _price(order: Order) -> float:
    return order.price


def _cheapest(some: Iterable[Order], count: int) -> list[Order]:
    """The cheapest orders, one of all that take the same steps."""
    found: dict[frozenset[int], Order] = {}
    for order in sorted(some, key=_price):
        found.setdefault(order.numbers, order)
        if len(found) == count:
            break
    return list(found.values())


@dataclass
class Search:
    """Orders of the points of one figure.

    orders = Search(equations, points, at).orders()
    """

    equations: Sequence[Equation]
    points: Sequence[str]
    at: At
    width: int = WIDTH
    kept: int = 6
    """How many orders of the same points go on."""
    _lasts: dict[frozenset[str], list[tuple[Step, float, int]]] = field(default_factory=dict)
    _numbers: dict[Step, int] = field(default_factory=dict)
    _slopes: dict[tuple[int, str], tuple[float, float]] = field(default_factory=dict)
    _ranks: dict[frozenset[str], int] = field(default_factory=dict)

    def orders(self) -> list[Order]:
        """Complete orders, the cheapest first.

        They are found from their ends: of all points, one that may stand last is taken away. To
        take one away that costs no equation to be solved makes none dearer that is left.
        """
        beams: list[dict[frozenset[str], list[Order]]] = [{} for _ in self.points]
        beams.append({frozenset(self.points): [Order()]})
        for size in range(len(self.points), 0, -1):
            best = {s: _cheapest(some, self.kept) for s, some in beams[size].items()}
            chosen = sorted(best.items(), key=lambda item: _price(item[1][0]))[: self.width]
            for left, some in chosen:
                for order in some:
                    for step, price, number in self._last(left):
                        rest = left - {*step.points}
                        longer = self._with(order, left, rest, step, price, number)
                        beams[len(rest)].setdefault(rest, []).append(longer)
        return _cheapest(beams[0].get(frozenset(), ()), self.kept)

    def _last(self, left: frozenset[str]) -> list[tuple[Step, float, int]]:
        """Steps that may come last, of these points, with their prices and numbers."""
        if left not in self._lasts:
            found: list[tuple[Step, float]] = []
            for point in self.points:
                if point in left:
                    found += self._steps(point, left - {point})
            for pair in tangent_pairs(self.equations, left):
                for step in tangent_steps(self.equations, pair, left - {*pair}, self.at):
                    found.append((step, 2 * ROOT))
            for step, _ in found:
                self._numbers.setdefault(step, len(self._numbers))
            self._lasts[left] = [(step, price, self._numbers[step]) for step, price in found]
        return self._lasts[left]

    def _with(
        self,
        order: Order,
        left: frozenset[str],
        rest: frozenset[str],
        step: Step,
        price: float,
        number: int,
    ) -> Order:
        used = 4 if step.tangent else len(step.uses)
        solved = max(self._rank(left) - self._rank(rest) - used, 0)
        total = order.price + OPEN + price + SOLVED * solved
        numbers = order.numbers | {number}
        return Order((step, *order.steps), total, order.solved + solved, numbers)

    def _rank(self, standing: frozenset[str]) -> int:
        """How many equations about these points are independent at the figure."""
        if standing not in self._ranks:
            points = [point for point in self.points if point in standing]
            among = [e for e in self.equations if e.points <= standing]
            self._ranks[standing] = rank(slopes(among, self.at, points)) if among else 0
        return self._ranks[standing]

    def _steps(self, point: str, standing: frozenset[str]) -> Iterator[tuple[Step, float]]:
        """Ways to let a point stand: the two cheapest that use as much as can be."""
        if len(standing) < 2:
            if all(abs(self.at[point] - self.at[other]) > 1e-6 for other in standing):
                yield Step((point,)), 0.0
            return
        curves = [
            e
            for e in self.equations
            if point in e.points and e.points - {point} <= standing and kind(e, point)
        ]
        pairs = [
            (self._pair(point, pair, standing), pair)
            for pair in combinations([e for e in curves if kind(e, point) != PENCILS], 2)
            if self._cross(point, pair) or self._touch(point, pair)
        ]
        if pairs:
            for price, pair in sorted(pairs, key=lambda item: item[0])[:2]:
                yield Step((point,), pair), price
            return
        single = sorted(((self._single(point, e), k) for k, e in enumerate(curves)))
        for price, k in single[:2]:
            yield Step((point,), (curves[k],)), price
        if not single:
            yield Step((point,)), 2 * BENT

    def _single(self, point: str, equation: Equation) -> float:
        prices = {LINE: BENT, CIRCLE: 2 * BENT, PENCILS: 3 * BENT, BISECTOR: ROOT + BENT}
        return prices[str(kind(equation, point))]

    def _pair(self, point: str, pair: tuple[Equation, Equation], standing: frozenset[str]) -> float:
        kinds = [kind(e, point) for e in pair]
        price = ROOT * kinds.count(BISECTOR)
        if CIRCLE in kinds and not self._common(point, pair, standing):
            price += ROOT
        return price + 0.3 * BENT * kinds.count(CIRCLE)

    def _common(
        self, point: str, pair: tuple[Equation, Equation], standing: frozenset[str]
    ) -> bool:
        """Whether a point that stands is on both curves, and the new one is another."""
        others = {p for e in pair for p in e.points} - {point}
        for known in others & standing:
            if abs(self.at[known] - self.at[point]) < 1e-9:
                continue
            moved = {**self.at, point: self.at[known]}
            if all(_on(e, moved, point, known) for e in pair):
                return True
        return False

    def _cross(self, point: str, pair: tuple[Equation, Equation]) -> bool:
        """Whether both curves cross at an angle where the point stands."""
        (a, b), (c, d) = (self._slope(equation, point) for equation in pair)
        return abs(a * d - b * c) > 1e-6 * math.hypot(a, b) * math.hypot(c, d)

    def _touch(self, point: str, pair: tuple[Equation, Equation]) -> bool:
        """Whether both curves touch where the point stands: they part from there to second order.

        Curves that are one and the same do not.
        """
        one, two = pair
        x, y = self._slope(one, point)
        size = max(map(abs, self.at.values()))
        if not math.hypot(x, y):
            return False
        moved = {**self.at, point: self.at[point] + 1e-3 * size * complex(-y, x) / math.hypot(x, y)}
        near = refined([one], moved, [point])
        return abs(off(one, near)) < 1e-13 and 1e-9 < abs(off(two, near)) < 1e-3

    def _slope(self, equation: Equation, point: str) -> tuple[float, float]:
        """How an equation changes as the point moves."""
        key = id(equation), point
        if key not in self._slopes:
            x, y = slopes([equation], self.at, self.points)[0, self._columns(point)]
            self._slopes[key] = float(x), float(y)
        return self._slopes[key]

    def _columns(self, point: str) -> list[int]:
        k = self.points.index(point)
        return [2 * k, 2 * k + 1]


def _on(equation: Equation, moved: At, point: str, known: str) -> bool:
    """Whether the curve of a point passes through another one, which may be an end of its lines."""
    if known in {other for other, _ in equation.at(point)}:
        return equation.system == DIRECTION
    return abs(off(equation, moved)) < NEAR
