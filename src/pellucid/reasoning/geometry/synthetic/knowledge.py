"""What is known of a figure, fact by fact, and why.

Facts only refer to facts before them. Each is given, the conclusion of a rule, or a sum of
multiples of equations of earlier facts.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import partial

from pellucid.errors import DataError
from pellucid.reasoning.geometry.problem import Statement
from pellucid.reasoning.geometry.synthetic.conditions import cross, shows
from pellucid.reasoning.geometry.synthetic.elimination import Combination, Elimination
from pellucid.reasoning.geometry.synthetic.equations import (
    PI,
    SYSTEMS,
    Row,
    is_constant,
    rows,
    single,
)
from pellucid.reasoning.geometry.synthetic.figure import Figure
from pellucid.reasoning.geometry.synthetic.rules import RULES

Key = tuple[object, ...]


@dataclass(frozen=True)
class Fact:
    """A statement and its reason."""

    statement: Statement
    rule: str
    premises: tuple[int, ...] = ()
    letters: tuple[str, ...] = ()
    """What the letters of the rule stand for."""
    combination: tuple[tuple[int, int, Fraction], ...] = ()
    """Of a sum of equations: fact, row in it, coefficient."""


def canonical(statement: Statement) -> Key:
    """What is the same for statements that are the same in other words."""
    points = statement.points
    if statement.name in ("coll", "cyclic", "same"):
        return (statement.name, *sorted(set(points)))
    if statement.name == "midp":
        return ("midp", points[0], *sorted(points[1:]))
    if statement.name == "circle":
        return ("circle", points[0], *sorted(points[1:]))
    if statement.name.startswith(("simtri", "contri")):
        corners = sorted(zip(points[:3], points[3:], strict=True))
        return (statement.name, *min(corners, sorted((q, p) for p, q in corners)))
    return (single(statement), *map(normalised, rows(statement)))


def normalised(row: Row) -> Row:
    """An equation, scaled so that its first coefficient is 1; modulo 1 only its sign may change."""
    scale = next((1 / k for v, k in row.terms if not is_constant(v)), Fraction(1))
    if row.system != "direction":
        return Row(row.system, tuple((v, scale * k) for v, k in row.terms))
    sign = scale / abs(scale)
    return Row(row.system, tuple((v, sign * k % 1 if v == PI else sign * k) for v, k in row.terms))


class Knowledge:
    """Facts about one figure, and the linear systems of their equations.

    Parameters
    ----------
    figure
        Where the points are drawn; they may be added to with `figure.places`.
    """

    def __init__(self, figure: Figure) -> None:
        self.figure = figure
        self.facts: list[Fact] = []
        self.systems = {
            name: Elimination(partial(figure.value, name), whole_turns=name == "direction")
            for name in SYSTEMS
        }
        self.circles: list[int] = []
        """Facts of the largest known circles."""
        self.twins: dict[str, str] = {}
        """Points that are proved to be another point."""
        self.progress = 0
        """Grows with whatever is new: an independent equation, a circle, a twin."""
        self._numbers: dict[Key, int] = {}

    @property
    def points(self) -> tuple[str, ...]:
        """All points, but for second names of one point, in the order in which they came."""
        return tuple(point for point in self.figure.places if point not in self.twins)

    def assume(self, statement: Statement) -> None:
        """Add what is given.

        Raises
        ------
        DataError
            It is not true in the figure.
        """
        if not self.figure.true(statement):
            raise DataError(f"'{statement}' is assumed, but it is not true where the points stand")
        for part in _parts(statement):
            self._add(Fact(part, "given"))

    def number(self, statement: Statement) -> int | None:
        """The number of the fact that says this, possibly in other words."""
        return self._numbers.get(canonical(statement))

    def circle(self, points: Iterable[str]) -> int | None:
        """The number of a fact by which all these points are on one circle."""
        wanted = set(points)
        for number in self.circles:
            if wanted <= set(self.facts[number].statement.points):
                return number
        return None

    def holds(self, statement: Statement) -> bool:
        """Whether a statement is known, or follows by adding equations."""
        if statement.name == "cyclic":
            return self.circle(statement.points) is not None
        if statement.name == "same":
            first, second = (self.twins.get(p, p) for p in statement.points)
            return first == second
        equations = [row for row in rows(statement) if self.figure.defined(row)]
        return all(
            self.systems[row.system].follows(row.terms) for row in self._one(equations, statement)
        )

    def _one(self, equations: list[Row], statement: Statement) -> list[Row]:
        """Of an equation of two systems, the one that holds, if one does."""
        if not single(statement) or len(equations) < 2:
            return [row for row in equations if row.system != "length"] or equations
        holding = [row for row in equations if self.systems[row.system].follows(row.terms)]
        return holding[:1] or equations

    def establish(self, statement: Statement) -> int | None:
        """The number of a fact that says this, which is added where it only follows; else None."""
        if statement.name == "cyclic":
            return self.circle(statement.points)
        known = self.number(statement)
        if known is not None:
            return known
        if statement.name == "coll":
            a, b, c = statement.points
            return self.apply("common point", "abc", (a, b, c), again=True)
        return self._sum(statement) if single(statement) else None

    def _sum(self, statement: Statement, *, again: bool = False) -> int | None:
        for row in rows(statement):
            combination = self.systems[row.system].reasons(row.terms)
            if combination is not None:
                return self._add(Fact(statement, "linear", *_reasons(combination)), again=again)
        return None

    def word_for_word(self, statement: Statement) -> int | None:
        """As `establish`, of one equation; but the fact says it in these words."""
        number = self.establish(statement)
        if number is None or self.facts[number].statement == statement:
            return number
        return self._sum(statement, again=True)

    def apply(
        self, name: str, letters: str, named: Sequence[str], *, again: bool = False
    ) -> int | None:
        """Apply a rule where it may be and says something new; the number of its conclusion.

        Parameters
        ----------
        name
            Of the rule.
        letters
            Those of the rule, in any order.
        named
            The points that they stand for.
        again
            Also where the conclusion follows already, by adding equations.
        """
        rule = RULES[name]
        where = dict(zip(letters, named, strict=True))
        points = [where[letter] for letter in rule.letters]
        premises, conclusion = rule.bound(points)
        if not again and self.holds(conclusion):
            return None
        if not self._sensible((*premises, conclusion)):
            return None
        if not all(shows(self.figure, *needed) for needed in rule.required(points)):
            return None
        if not all(self.holds(premise) for premise in premises):
            return None
        numbers = self._establish(premises)
        if numbers is None:
            return None
        return self._add(Fact(conclusion, name, numbers, tuple(points)))

    def conclude(
        self, statement: Statement, rule: str, premises: Sequence[Statement]
    ) -> int | None:
        """Conclude by one of the rules with any number of premises; the number of the fact."""
        if self.holds(statement) and rule != "together":
            return None
        if rule == "two loci" and not cross(self.figure, premises, *statement.points):
            return None
        numbers = self._establish(premises)
        return None if numbers is None else self._add(Fact(statement, rule, numbers))

    def _establish(self, premises: Sequence[Statement]) -> tuple[int, ...] | None:
        """Numbers of premises, without those that say nothing."""
        numbers: list[int] = []
        for premise in premises:
            if trivial(premise):
                continue
            number = self.establish(premise)
            if number is None:
                return None
            numbers.append(number)
        return tuple(dict.fromkeys(numbers))

    def _sensible(self, statements: Iterable[Statement]) -> bool:
        """Whether all of this is true in the figure, and speaks of nothing that does not exist."""
        return all(
            all(self.figure.defined(row) for row in rows(statement)) and self.figure.true(statement)
            for statement in statements
            if not trivial(statement)
        )

    def _add(self, fact: Fact, *, again: bool = False) -> int:
        """Add a fact with all its equations; `again` even if another says the same."""
        statement = fact.statement
        assert self.figure.true(statement), (
            f"derived '{statement}', which is not true in the figure"
        )
        key = canonical(statement)
        if key in self._numbers and not again:
            return self._numbers[key]
        number = self._numbers[key] = len(self.facts)
        self.facts.append(fact)
        for index, row in enumerate(rows(statement)):
            if self.figure.defined(row):
                self.progress += self.systems[row.system].add(row.terms, (number, index))
        if statement.name == "cyclic":
            return self._join(number)
        if statement.name == "same":
            self._unite(*statement.points)
        return number

    def _join(self, number: int) -> int:
        """Join a new circle with those that have three points in common with it."""
        self.progress += 1
        points = list(self.facts[number].statement.points)
        joined = [number]
        while True:
            found = [
                other
                for other in self.circles
                if other not in joined
                and self._span({*points} & {*self.facts[other].statement.points})
            ]
            if not found:
                break
            joined.append(found[0])
            points += self.facts[found[0]].statement.points
        self.circles = [other for other in self.circles if other not in joined]
        self.circles.append(number)
        united = tuple(dict.fromkeys(points))
        if len(joined) > 1 and set(united) > set(self.facts[number].statement.points):
            known = self._numbers.get(canonical(Statement("cyclic", united)))
            if known is not None:
                self.circles[-1] = known
                return number
            self.circles.pop()
            self._add(Fact(Statement("cyclic", united), "one circle", tuple(joined)))
        return number

    def _span(self, points: set[str]) -> bool:
        """Whether points determine a circle: three of them are drawn in different places."""
        seen: list[str] = []
        for point in sorted(points):
            if all(self.figure.apart(point, other) for other in seen):
                seen.append(point)
        return len(seen) > 2

    def _distinct(self, points: Iterable[str]) -> set[str]:
        return {self.twins.get(point, point) for point in points}

    def _unite(self, first: str, second: str) -> None:
        """Remember that two points are one: the one that came first."""
        roots = sorted(self._distinct((first, second)), key=list(self.figure.places).index)
        for point in (*self.figure.places,):
            if self.twins.get(point, point) in roots[1:]:
                self.twins[point] = roots[0]
                self.progress += 1


def trivial(statement: Statement) -> bool:
    """Whether a statement says nothing, such as `cong a b b a` or `coll a a b`."""
    if statement.name == "cyclic":
        return len(set(statement.points)) < 4
    if statement.name == "same":
        return len(set(statement.points)) < 2
    return not rows(statement)


def _reasons(
    combination: Combination,
) -> tuple[tuple[int, ...], tuple[str, ...], tuple[tuple[int, int, Fraction], ...]]:
    """Premises, no letters, and coefficients of a sum of equations."""
    terms = tuple((fact, row, factor) for (fact, row), factor in sorted(combination.items()))
    return tuple(dict.fromkeys(fact for fact, _, _ in terms)), (), terms


def _parts(statement: Statement) -> tuple[Statement, ...]:
    """A given statement, or the smaller ones that it consists of."""
    points = statement.points
    if statement.name == "coll" and len(points) > 3:
        a, b = points[:2]
        return tuple(Statement("coll", (a, b, c)) for c in points[2:])
    if statement.name == "midp":
        m, a, b = points
        return Statement("coll", (m, a, b)), Statement("cong", (m, a, m, b))
    if statement.name == "circle":
        o, a, *others = points
        return tuple(Statement("cong", (o, a, o, b)) for b in others)
    return (statement,)
