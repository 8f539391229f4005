"""The constructions that the problem language knows: what each takes, says, and makes true.

They are read from `constructions.txt` beside this module, whose head says how it is written.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from importlib.resources import files

from pellucid.reasoning.geometry.problem import Construction, Problem, Statement

ANGLE, RATIO, LENGTH = "angle", "ratio", "length"


@dataclass(frozen=True)
class Template:
    """A statement about the parameters of a definition; `takes_value` if it ends in its number."""

    name: str
    points: tuple[str, ...]
    value: Fraction | None = None
    takes_value: bool = False

    def filled(self, points: Mapping[str, str], value: Fraction | None) -> Statement:
        """The statement about these points."""
        filled = tuple(points[point] for point in self.points)
        return Statement(self.name, filled, value if self.takes_value else self.value)


@dataclass(frozen=True)
class Definition:
    """One construction."""

    name: str
    parameters: tuple[str, ...]
    """Of all its points, in the order in which they are written."""
    made: tuple[int, ...]
    """Which of the parameters are the points that it makes."""
    value: str | None
    """`angle`, `ratio` or `length` if it ends in a number."""
    words: str
    holds: tuple[Template, ...]
    needs: tuple[Template, ...]

    @property
    def signature(self) -> str:
        """How it is written: `foot x a b c`."""
        tail = () if self.value is None else (self.value,)
        return " ".join((self.name, *self.parameters, *tail))

    def binding(self, construction: Construction) -> Mapping[str, str]:
        """Which points the parameters stand for."""
        made = [self.parameters[k] for k in self.made]
        given = [name for k, name in enumerate(self.parameters) if k not in self.made]
        return dict(zip(made + given, construction.made + construction.given, strict=True))

    def sentence(self, construction: Construction) -> str:
        """What a construction says, in words: `h is the foot of a on the line b c`."""
        points = self.binding(construction)
        words = " ".join(_renamed(word, points) for word in self.words.split())
        return words if construction.value is None else f"{words} ({construction.value})"

    def facts(self, construction: Construction) -> tuple[Statement, ...]:
        """What holds of the points afterwards."""
        points = self.binding(construction)
        return tuple(template.filled(points, construction.value) for template in self.holds)

    def conditions(self, construction: Construction) -> tuple[Statement, ...]:
        """What must hold of the points before."""
        points = self.binding(construction)
        return tuple(template.filled(points, construction.value) for template in self.needs)


@cache
def definitions() -> Mapping[str, Definition]:
    """All definitions by name."""
    text = files(__package__).joinpath("constructions.txt").read_text(encoding="utf-8")
    lines = [line for line in text.splitlines() if not line.startswith("#")]
    blocks = [block for block in "\n".join(lines).split("\n\n") if block.strip()]
    return {definition.name: definition for definition in map(_definition, blocks)}


def facts(problem: Problem) -> tuple[Statement, ...]:
    """What a problem's constructions say of its points, or what it assumes; each once, in order."""
    said: dict[Statement, None] = dict.fromkeys(problem.assumed)
    for clause in problem.clauses:
        for construction in clause.constructions:
            said.update(dict.fromkeys(definitions()[construction.name].facts(construction)))
    return tuple(said)


def _definition(block: str) -> Definition:
    head, *lines = block.strip().splitlines()
    name, *words = head.split()
    points = [word for word in words if not word.startswith("@")]
    values = [word[1:] for word in words if word.startswith("@")]
    said = {line.split()[0]: " ".join(line.split()[1:]) for line in lines}
    return Definition(
        name=name,
        parameters=tuple(point.lstrip("*") for point in points),
        made=tuple(k for k, point in enumerate(points) if point.startswith("*")),
        value=values[0] if values else None,
        words=said["says"],
        holds=_templates(said.get("then", "")),
        needs=_templates(said.get("needs", "")),
    )


def _templates(text: str) -> tuple[Template, ...]:
    return tuple(_template(part.split()) for part in text.split(";") if part.strip())


def _template(words: list[str]) -> Template:
    name, *rest = words
    if rest[-1] == "@":
        return Template(name, tuple(rest[:-1]), takes_value=True)
    if rest[-1][0].isdigit():
        return Template(name, tuple(rest[:-1]), Fraction(rest[-1]))
    return Template(name, tuple(rest))


def _renamed(word: str, points: Mapping[str, str]) -> str:
    """A parameter stands in capitals in the words: `X is the foot of A`."""
    bare = word.rstrip(",")
    return (points.get(bare.lower(), bare) if bare.isupper() else bare) + word[len(bare) :]
