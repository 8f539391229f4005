"""Gaussian elimination over the rational numbers that remembers why.

Each unknown is either free or expressed by free ones and constants. With every expression stands
the combination of given equations that proves it, so that whatever follows comes with an exact
list of reasons.

An unknown also has a code, a number modulo a large prime that is random where the unknown is free
and obeys the expressions. Equal sums of codes mean equal normal forms, but for a chance of 2^-61:
they serve to find what may follow, for many candidates at once; the exact numbers decide.

Most coefficients are whole. Inside, these are plain integers, which are many times as fast as
fractions; what is given out is fractions.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Mapping
from fractions import Fraction
from typing import TypeVar

from pellucid.reasoning.geometry.synthetic.equations import PI, Pair, is_constant

MODULUS = 2**61 - 1
Key = TypeVar("Key")
Number = int | Fraction
Combination = dict[tuple[int, int], Fraction]
"""How often each given equation is taken; an equation is named by its fact and its row there."""


def add_multiple(
    terms: dict[Key, Fraction], factor: Fraction, other: Mapping[Key, Fraction]
) -> None:
    """Add a multiple of `other` to `terms`, in place; zeros are dropped."""
    _add(terms, factor, other)  # type: ignore[arg-type]


def _add(terms: dict[Key, Number], factor: Number, other: Mapping[Key, Number]) -> None:
    for key, value in other.items():
        new = terms.get(key, 0) + factor * value
        if not new:
            terms.pop(key, None)
        else:
            terms[key] = new if type(new) is int else _plain(new)


def _plain(number: Number) -> Number:
    """A whole number as an integer."""
    return number.numerator if number.denominator == 1 else number


def _fractions(terms: Mapping[Key, Number]) -> dict[Key, Fraction]:
    return {key: Fraction(value) for key, value in terms.items()}


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
        self._expression: dict[Pair, dict[Pair, Number]] = {}
        self._reason: dict[Pair, dict[tuple[int, int], Number]] = {}
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
        return _fractions(self._lifted(terms))

    def _lifted(self, terms: Iterable[tuple[Pair, Number]]) -> dict[Pair, Number]:
        found: dict[Pair, Number] = {}
        for variable, factor in terms:
            _add(found, 1, {variable: _plain(factor)})
        if self._whole_turns:
            value = sum(float(k) * self._measure(v) for v, k in sorted(found.items()))
            _add(found, -round(value), {PI: 1})
        return found

    def reduced(
        self, terms: Iterable[tuple[Pair, Fraction]]
    ) -> tuple[dict[Pair, Fraction], Combination]:
        """Normal form of an equation, and the combination of given ones that was subtracted."""
        rest, combination = self._reduced(terms)
        return _fractions(rest), _fractions(combination)

    def _reduced(
        self, terms: Iterable[tuple[Pair, Number]]
    ) -> tuple[dict[Pair, Number], dict[tuple[int, int], Number]]:
        rest = self._lifted(terms)
        combination: dict[tuple[int, int], Number] = {}
        for variable, factor in list(rest.items()):
            if variable in self._expression:
                _add(rest, -factor, {variable: 1})
                _add(rest, factor, self._expression[variable])
                _add(combination, factor, self._reason[variable])
        return rest, combination

    def reasons(self, terms: Iterable[tuple[Pair, Fraction]]) -> Combination | None:
        """The combination of given equations that an equation is, or None where it is none."""
        rest, combination = self._reduced(terms)
        return None if rest else _fractions(combination)

    def follows(self, terms: Iterable[tuple[Pair, Fraction]]) -> bool:
        """Whether an equation follows from the given ones."""
        rest = self._lifted(terms)
        for variable, factor in list(rest.items()):
            if variable in self._expression:
                _add(rest, -factor, {variable: 1})
                _add(rest, factor, self._expression[variable])
        return not rest

    def add(self, terms: Iterable[tuple[Pair, Fraction]], name: tuple[int, int]) -> bool:
        """Add an equation; whether it was new.

        Raises
        ------
        ValueError
            It contradicts those that are there, which cannot be where all are true in a figure.
        """
        rest, combination = self._reduced(terms)
        unknown = [v for v in rest if not is_constant(v)]
        if not unknown:
            if rest:
                raise ValueError("a contradiction among equations")
            return False
        pivot = min(unknown, key=lambda v: (len(self._users.get(v, ())), v))
        scale = _plain(1 / Fraction(rest.pop(pivot)))
        reason: dict[tuple[int, int], Number] = {name: scale}
        _add(reason, -scale, combination)
        self._solve(pivot, {v: _plain(-scale * k) for v, k in rest.items()}, reason)
        self.rank += 1
        return True

    def _solve(
        self, pivot: Pair, value: dict[Pair, Number], reason: dict[tuple[int, int], Number]
    ) -> None:
        """Express `pivot` by `value`, in all expressions."""
        self._codes.pop(pivot, None)
        self._set(pivot, value, reason)
        for user in sorted(self._users.pop(pivot, ())):
            self._codes.pop(user, None)
            expression = self._expression[user]
            factor = expression.pop(pivot)
            _add(expression, factor, value)
            _add(self._reason[user], factor, reason)
            for variable in value:
                if variable in expression:
                    self._users[variable].add(user)
                else:
                    self._users[variable].discard(user)

    def _set(
        self, pivot: Pair, value: dict[Pair, Number], reason: dict[tuple[int, int], Number]
    ) -> None:
        self._expression[pivot] = value
        self._reason[pivot] = reason
        for variable in value:
            self._users.setdefault(variable, set()).add(pivot)

    def normal(self, variable: Pair) -> dict[Pair, Fraction]:
        """An unknown in free unknowns and constants."""
        return _fractions(self._expression.get(variable, {variable: 1}))

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
            terms = self._expression.get(variable, {variable: 1})
            return self._sum({v: k for v, k in terms.items() if not is_constant(v)})
        if variable not in self._codes:
            if variable in self._expression:
                self._codes[variable] = self._sum(self._expression[variable])
            else:
                self._codes[variable] = self._random.randrange(1, MODULUS)
        return self._codes[variable]

    def _sum(self, terms: Mapping[Pair, Number]) -> int:
        found = 0
        for variable, factor in terms.items():
            if variable != PI:
                inverse = 1 if factor.denominator == 1 else pow(factor.denominator, -1, MODULUS)
                found += self.code(variable) * factor.numerator * inverse
        return found % MODULUS

    def turn(self, variable: Pair) -> Fraction:
        """The part of an unknown's normal form that is a multiple of half a turn, modulo 1."""
        return Fraction(self._expression.get(variable, {}).get(PI, 0)) % 1
