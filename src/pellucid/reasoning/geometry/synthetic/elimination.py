"""Gaussian elimination over the rational numbers that remembers why.

Each unknown is either free or expressed by free ones and constants. With every expression stands
the combination of given equations that proves it, so that whatever follows comes with an exact
list of reasons.

An unknown also has a code, a number modulo a large prime that is random where the unknown is free
and obeys the expressions. Equal sums of codes mean equal normal forms, but for a chance of 2^-61:
they serve to find what may follow, for many candidates at once; the exact numbers decide.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Mapping
from fractions import Fraction
from typing import TypeVar

from pellucid.reasoning.geometry.synthetic.equations import PI, Pair, is_constant, total

MODULUS = 2**61 - 1
Key = TypeVar("Key")
Combination = dict[tuple[int, int], Fraction]
"""How often each given equation is taken; an equation is named by its fact and its row there."""


def add_multiple(
    terms: dict[Key, Fraction], factor: Fraction, other: Mapping[Key, Fraction]
) -> None:
    """Add a multiple of `other` to `terms`, in place; zeros are dropped."""
    for key, value in other.items():
        new = terms.get(key, 0) + factor * value
        if new:
            terms[key] = new
        else:
            terms.pop(key, None)


class Elimination:
    """A system of linear equations in reduced form, with reasons.

    Parameters
    ----------
    measure
        What an unknown measures in the figure.
    whole_turns
        Whether equations hold modulo 1 only. They are then lifted to equations of real numbers: the
        nearest integer, according to the figure, is subtracted. Without it, dividing an equation
        by 2 would not be sound (Chervonyi et al. 2025, arXiv 2502.03544, section on directions).
    """

    def __init__(self, measure: Callable[[Pair], float], *, whole_turns: bool = False) -> None:
        self._measure = measure
        self._whole_turns = whole_turns
        self._expression: dict[Pair, dict[Pair, Fraction]] = {}
        self._reason: dict[Pair, Combination] = {}
        self._users: dict[Pair, set[Pair]] = {}
        self._codes: dict[Pair, int] = {}
        self._random = random.Random(len("pellucid"))
        self.rank = 0

    @property
    def unknowns(self) -> tuple[Pair, ...]:
        """All unknowns that stand in some equation, in order."""
        return tuple(sorted({*self._expression, *self._users}))

    def lifted(self, terms: Iterable[tuple[Pair, Fraction]]) -> dict[Pair, Fraction]:
        """Terms of an equation of real numbers, which is true in the figure."""
        found = total(terms)
        if self._whole_turns:
            value = sum(float(k) * self._measure(v) for v, k in sorted(found.items()))
            add_multiple(found, Fraction(-round(value)), {PI: Fraction(1)})
        return found

    def reduced(
        self, terms: Iterable[tuple[Pair, Fraction]]
    ) -> tuple[dict[Pair, Fraction], Combination]:
        """Normal form of an equation, and the combination of given ones that was subtracted."""
        rest = self.lifted(terms)
        combination: Combination = {}
        for variable, factor in list(rest.items()):
            if variable in self._expression:
                add_multiple(rest, -factor, {variable: Fraction(1)})
                add_multiple(rest, factor, self._expression[variable])
                add_multiple(combination, factor, self._reason[variable])
        return rest, combination

    def reasons(self, terms: Iterable[tuple[Pair, Fraction]]) -> Combination | None:
        """The combination of given equations that an equation is, or None where it is none."""
        rest, combination = self.reduced(terms)
        return None if rest else combination

    def follows(self, terms: Iterable[tuple[Pair, Fraction]]) -> bool:
        """Whether an equation follows from the given ones."""
        rest = self.lifted(terms)
        for variable, factor in list(rest.items()):
            if variable in self._expression:
                add_multiple(rest, -factor, {variable: Fraction(1)})
                add_multiple(rest, factor, self._expression[variable])
        return not rest

    def add(self, terms: Iterable[tuple[Pair, Fraction]], name: tuple[int, int]) -> bool:
        """Add an equation; whether it was new.

        Raises
        ------
        ValueError
            It contradicts those that are there, which cannot be where all are true in a figure.
        """
        rest, combination = self.reduced(terms)
        unknown = [v for v in rest if not is_constant(v)]
        if not unknown:
            if rest:
                raise ValueError("a contradiction among equations")
            return False
        pivot = min(unknown, key=lambda v: (len(self._users.get(v, ())), v))
        scale = 1 / rest.pop(pivot)
        reason: Combination = {name: scale}
        add_multiple(reason, -scale, combination)
        self._solve(pivot, {v: -scale * k for v, k in rest.items()}, reason)
        self.rank += 1
        return True

    def _solve(self, pivot: Pair, value: dict[Pair, Fraction], reason: Combination) -> None:
        """Express `pivot` by `value`, in all expressions."""
        self._codes.pop(pivot, None)
        self._set(pivot, value, reason)
        for user in sorted(self._users.pop(pivot, ())):
            self._codes.pop(user, None)
            expression = self._expression[user]
            factor = expression.pop(pivot)
            add_multiple(expression, factor, value)
            add_multiple(self._reason[user], factor, reason)
            for variable in value:
                if variable in expression:
                    self._users[variable].add(user)
                else:
                    self._users[variable].discard(user)

    def _set(self, pivot: Pair, value: dict[Pair, Fraction], reason: Combination) -> None:
        self._expression[pivot] = value
        self._reason[pivot] = reason
        for variable in value:
            self._users.setdefault(variable, set()).add(pivot)

    def normal(self, variable: Pair) -> dict[Pair, Fraction]:
        """An unknown in free unknowns and constants."""
        return dict(self._expression.get(variable, {variable: Fraction(1)}))

    def code(self, variable: Pair, *, constants: bool = True) -> int:
        """The code of an unknown, from 0 to the modulus; see the module.

        Parameters
        ----------
        variable
            The unknown.
        constants
            Whether constants count; without them, unknowns that differ by one have the same code.
            Half a turn never counts: see `turn`.
        """
        if not constants:
            terms = {v: k for v, k in self.normal(variable).items() if not is_constant(v)}
            return self._sum(terms)
        if variable not in self._codes:
            if variable in self._expression:
                self._codes[variable] = self._sum(self._expression[variable])
            else:
                self._codes[variable] = self._random.randrange(1, MODULUS)
        return self._codes[variable]

    def _sum(self, terms: Mapping[Pair, Fraction]) -> int:
        found = 0
        for variable, factor in terms.items():
            if variable != PI:
                inverse = 1 if factor.denominator == 1 else pow(factor.denominator, -1, MODULUS)
                found += self.code(variable) * factor.numerator * inverse
        return found % MODULUS

    def turn(self, variable: Pair) -> Fraction:
        """The part of an unknown's normal form that is a multiple of half a turn, modulo 1."""
        return self._expression.get(variable, {}).get(PI, Fraction(0)) % 1
