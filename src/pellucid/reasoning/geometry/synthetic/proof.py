"""A proof: numbered steps from what is given to the goal, each with its reason.

A proof is complete in itself. A checker needs the places of points, the list of rules
(`rules.txt`), and linear algebra:

* a step by a rule says what the rule's letters stand for; its premises are among the statements of
  the steps that it names (or say nothing, such as `cong a b b a`), in whatever words, and the
  figure shows the rule's conditions;
* a step by adding equations (`linear`) names rows of steps and coefficients: their sum is the
  conclusion's equation, exactly. Equations of directions are lifted to real numbers first;
* every statement is true in the figure.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from pellucid.errors import DataError
from pellucid.reasoning.geometry.problem import Statement
from pellucid.reasoning.geometry.synthetic.knowledge import Fact

FORMAT = "pellucid geometry proof 1"


@dataclass(frozen=True)
class Step:
    """One line of a proof."""

    statement: Statement
    rule: str
    premises: tuple[int, ...] = ()
    """Numbers of earlier steps, from 1."""
    letters: tuple[str, ...] = ()
    """What the rule's letters stand for, in their order of mention: conclusion, then premises."""
    combination: tuple[tuple[int, int, Fraction], ...] = ()
    """Of `linear`: step, row of its equations from 0, coefficient."""


@dataclass(frozen=True)
class Proof:
    """Steps, the last of which says the goal."""

    points: Mapping[str, tuple[float, float]]
    steps: tuple[Step, ...]
    goal: Statement
    """As it was asked; where a value was asked for, the last step says it."""

    @property
    def given(self) -> tuple[Step, ...]:
        """The steps that are given."""
        return tuple(step for step in self.steps if step.rule == "given")

    def to_json(self) -> str:
        """As text; see `from_json`."""
        data = {
            "format": FORMAT,
            "points": {name: list(place) for name, place in self.points.items()},
            "goal": _plain(self.goal),
            "steps": [_plain_step(step) for step in self.steps],
        }
        return json.dumps(data, indent=1)

    @classmethod
    def from_json(cls, text: str) -> Proof:
        """Read a proof.

        Raises
        ------
        DataError
            The text is no proof, or it is damaged.
        """
        try:
            data = json.loads(text)
            if data["format"] != FORMAT:
                raise DataError(
                    f"a proof of format '{data['format']}': this version reads '{FORMAT}'"
                )
            points = {name: (float(x), float(y)) for name, (x, y) in data["points"].items()}
            steps = tuple(_step(step) for step in data["steps"])
            return cls(points, steps, _statement(data["goal"]))
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            if isinstance(error, DataError):
                raise
            raise DataError(f"this is no proof in JSON, or it is damaged: {error}") from error


def _plain(statement: Statement) -> dict[str, Any]:
    plain: dict[str, Any] = {"name": statement.name, "points": list(statement.points)}
    if statement.value is not None:
        plain["value"] = str(statement.value)
    if statement.coefficients:
        plain["coefficients"] = [str(k) for k in statement.coefficients]
    return plain


def _statement(plain: Mapping[str, Any]) -> Statement:
    value = Fraction(plain["value"]) if "value" in plain else None
    factors = tuple(Fraction(k) for k in plain.get("coefficients", ()))
    return Statement(str(plain["name"]), tuple(map(str, plain["points"])), value, factors)


def _plain_step(step: Step) -> dict[str, Any]:
    plain: dict[str, Any] = {
        "statement": _plain(step.statement),
        "rule": step.rule,
        "premises": list(step.premises),
    }
    if step.letters:
        plain["letters"] = list(step.letters)
    if step.combination:
        plain["combination"] = [[number, row, str(k)] for number, row, k in step.combination]
    return plain


def _step(plain: Mapping[str, Any]) -> Step:
    return Step(
        _statement(plain["statement"]),
        str(plain["rule"]),
        tuple(map(int, plain["premises"])),
        tuple(map(str, plain.get("letters", ()))),
        tuple((int(n), int(r), Fraction(k)) for n, r, k in plain.get("combination", ())),
    )


def needed(facts: Mapping[int, Fact], last: int) -> list[int]:
    """Numbers of the facts that lead to fact `last`, in order."""
    found = {last}
    for number in range(last, -1, -1):
        if number in found:
            found.update(facts[number].premises)
    return sorted(found)


def trace(
    facts: Mapping[int, Fact],
    last: int,
    *,
    points: Mapping[str, tuple[float, float]],
    goal: Statement,
) -> Proof:
    """The proof of fact `last`, without facts that it does not need."""
    numbers = needed(facts, last)
    place = {number: k for k, number in enumerate(numbers, start=1)}
    steps = tuple(
        Step(
            fact.statement,
            fact.rule,
            tuple(place[p] for p in fact.premises),
            fact.letters,
            tuple((place[p], row, k) for p, row, k in fact.combination),
        )
        for fact in (facts[number] for number in numbers)
    )
    named = {p for step in steps for p in step.statement.points} | {*goal.points}
    kept = {name: xy for name, xy in points.items() if name in named}
    return Proof(kept, steps, goal)
