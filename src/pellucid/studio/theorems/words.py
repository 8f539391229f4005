"""Problems and conditions in words, with points in capitals: `M is the midpoint of BC`."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from pellucid.reasoning.geometry.definitions import definitions
from pellucid.reasoning.geometry.finding import Finding
from pellucid.reasoning.geometry.problem import Construction, Problem
from pellucid.reasoning.geometry.synthetic.telling import point_name, statement_in_words

_CAPITALS = re.compile(r"\b[A-Z]\b(?: [A-Z]\b)*")


def given_in_words(problem: Problem, form: str = "text") -> list[str]:
    """What a problem gives, a sentence for each clause, or for each assumption."""
    told = [
        _together([construction_in_words(c, form) for c in clause.constructions])
        for clause in problem.clauses
    ]
    return told + [f"{statement_in_words(said, form)}." for said in problem.assumed]


def added_in_words(finding: Finding, form: str = "text") -> list[str]:
    """The points that the readable proofs add, a sentence for each clause."""
    return given_in_words(replace(finding.problem, clauses=finding.auxiliary, assumed=()), form)


def _together(told: Sequence[str]) -> str:
    """One sentence of many: `X is on AB and on CD`."""
    subject = re.match(r"\S+ is ", told[0])
    begun = subject[0] if subject else ""
    rest = [part.removeprefix(begun) if begun else part for part in told[1:]]
    return " and ".join((told[0], *rest)) + "."


def goals_in_words(problem: Problem, form: str = "text") -> str:
    """What is to be proved, as one clause."""
    return " and ".join(statement_in_words(goal, form) for goal in problem.goals)


def construction_in_words(construction: Construction, form: str = "text") -> str:
    """What a construction says of its points."""
    definition = definitions()[construction.name]
    points = definition.binding(construction)

    def told(run: re.Match[str]) -> str:
        return joined([points.get(letter.lower(), letter) for letter in run[0].split()], form)

    words = _CAPITALS.sub(told, definition.words)
    if construction.value is None:
        return words
    value = construction.value * 180 if definition.value == "angle" else construction.value
    degrees = " degrees" if definition.value == "angle" else ""
    return f"{words} ({value}{degrees})"


def condition_in_words(words: str, points: Sequence[str], form: str = "text") -> str:
    """A condition of a certificate, which names points as the problem does."""
    names = "|".join(sorted(map(re.escape, points), key=len, reverse=True))
    # `a` may be an article: of all conditions, in `a line through a` alone.
    run = rf"(?<![\w'])(?:{names})(?![\w'])(?! line\b)(?: (?:{names})(?![\w']))*"
    return re.sub(run, lambda match: joined(match[0].split(), form), words)


def joined(names: Sequence[str], form: str = "text") -> str:
    """Points side by side, as of a line or a triangle: `BC`, `B1-C1`."""
    told = [point_name(name, form) for name in names]
    if form == "latex":
        return f"${''.join(told)}$"
    return ("" if all(len(name) == 1 for name in told) else "-").join(told)


def conditions(finding: Finding, form: str = "text") -> list[str]:
    """Where the figure must not be special, for what was proved by coordinates to hold."""
    found: list[str] = []
    if finding.algebra is not None and finding.algebra.certificate is not None:
        found += [condition.words for condition in finding.algebra.certificate.conditions]
    if finding.wu is not None:
        found += [condition.words for condition in finding.wu.conditions]
    points = finding.problem.points
    return list(dict.fromkeys(condition_in_words(words, points, form) for words in found))
