"""The rules of deduction, read from `rules.txt`: premises and conditions, conclusion, and words.

A rule speaks of points by letters. Where its premises hold and its conditions are true in the
figure, its conclusion holds, and is true in the figure (which chooses, for instance, between two
angles that have the same sine). All else is linear algebra (`equations`), or one of the four rules
of `SPECIAL`, which take any number of premises.

The rules are theorems of school geometry. That a similar set of them suffices for most problems of
olympiads is due to Chou, Gao, Zhang 2000 (J. Automated Reasoning 25) and Chervonyi et al. 2025
(arXiv 2502.03544).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from importlib.resources import files

from pellucid.reasoning.geometry.problem import Statement

Condition = tuple[str, tuple[str, ...]]
"""A name and letters: what the figure has to show. See `conditions`."""


@dataclass(frozen=True)
class Rule:
    """If the premises, then the conclusion."""

    name: str
    says: str
    """In words, as it stands in a proof."""
    letters: tuple[str, ...]
    """In the order of their first mention in the conclusion, then in the premises."""
    premises: tuple[Statement, ...]
    conditions: tuple[Condition, ...]
    conclusion: Statement

    def bound(self, points: Sequence[str]) -> tuple[tuple[Statement, ...], Statement]:
        """Premises and conclusion about `points`, one for each letter."""
        where = dict(zip(self.letters, points, strict=True))
        return tuple(renamed(p, where) for p in self.premises), renamed(self.conclusion, where)

    def required(self, points: Sequence[str]) -> tuple[Condition, ...]:
        """The conditions about `points`, one for each letter."""
        where = dict(zip(self.letters, points, strict=True))
        return tuple((name, tuple(where[x] for x in xs)) for name, xs in self.conditions)


def renamed(statement: Statement, where: Mapping[str, str]) -> Statement:
    """A statement about other points."""
    points = tuple(where.get(point, point) for point in statement.points)
    return Statement(statement.name, points, statement.value, statement.coefficients)


def _statement(text: str) -> Statement:
    name, *words = text.split()
    points = tuple(word for word in words if word.isalpha())
    numbers = tuple(Fraction(word) for word in words if not word.isalpha())
    if name == "distseq":
        return Statement(name, points, None, numbers)
    return Statement(name, points, numbers[0] if numbers else None)


def _rule(block: str) -> Rule:
    """Read one rule of the data file."""
    name, *lines = block.strip().splitlines()
    said = {line.split()[0]: line.strip().partition(" ")[2] for line in lines}
    premises = tuple(_statement(text) for text in said["if"].split(","))
    conclusion = _statement(said["then"])
    needed = [text.split() for text in said.get("where", "").split(",") if text.strip()]
    conditions = tuple((words[0], tuple(words[1:])) for words in needed)
    letters = dict.fromkeys(x for s in (conclusion, *premises) for x in s.points)
    return Rule(name, said["says"], tuple(letters), premises, conditions, conclusion)


def _read() -> dict[str, Rule]:
    text = files(__package__).joinpath("rules.txt").read_text(encoding="utf-8")
    kept = "\n".join(line for line in text.splitlines() if not line.startswith("#"))
    rules = [_rule(block) for block in kept.split("\n\n") if block.strip()]
    return {rule.name: rule for rule in rules}


RULES: Mapping[str, Rule] = _read()

SPECIAL: Mapping[str, str] = {
    "given": "given",
    "linear": "equations added up",
    "circle about a centre": "points at one distance from a centre lie on a circle",
    "one circle": "circles with three common points are one circle",
    "two loci": "two curves that cross there meet in one point there",
    "together": "taken together",
}
"""What has no fixed number of premises:

* `given`: no premises.
* `linear`: the conclusion is a sum of multiples of equations of premises (modulo 1, of directions,
  all lifted to real equations which are true in the figure).
* `circle about a centre`: premises `cong o x o y` that link all points of the conclusion, `cyclic`.
* `one circle`: premises `cyclic`, each with three points of those before; the conclusion's points
  are among theirs.
* `two loci`: two premises about the points p and q of the conclusion, `same p q`, each of which
  says nothing where q is p. Both then lie on two curves, which are not tangent at p.
* `together`: premises that say in turn what the conclusion says (`midp`, `circle`, `simtri`).
"""


def words(name: str) -> str:
    """What a rule says, in words."""
    return SPECIAL[name] if name in SPECIAL else RULES[name].says
