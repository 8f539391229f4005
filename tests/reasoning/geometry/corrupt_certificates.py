"""Damage to certificates that changes what they claim, of many kinds.

Whether it does is judged by the provers' own programs, which share no code with the checker: a
change after which all coordinates still are figures of the problem, or after which a step says the
same in other words, is none, and None is returned for it.
"""

from __future__ import annotations

import json
import random
import re
from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import Any

import numpy as np

from pellucid.errors import DataError
from pellucid.reasoning.geometry.definitions import facts
from pellucid.reasoning.geometry.diagram import holds
from pellucid.reasoning.geometry.jgex import parse
from pellucid.reasoning.geometry.oracle import Oracle
from pellucid.reasoning.geometry.problem import Statement
from pellucid.reasoning.geometry.statements import is_equation

Damage = Callable[[Any, random.Random], bool]
"""Changes data in place; False where it found nothing to change, or the change is harmless."""


class Values:
    """What a certificate's coordinates are at given parameters, in floats."""

    def __init__(self, data: Mapping[str, Any]) -> None:
        self.data = data
        texts = [c for both in data["coordinates"].values() for c in both]
        texts += [root["radicand"] for root in data["radicals"]]
        self.code = [compile(_python(text), "coordinate", "eval") for text in texts]

    def at(self, parameters: Mapping[str, float]) -> list[float] | None:
        """All coordinates; None where one does not exist."""
        names, points = dict(parameters), 2 * len(self.data["coordinates"])
        try:
            for root, code in zip(self.data["radicals"], self.code[points:], strict=True):
                square = eval(code, {}, names)
                names[root["name"]] = np.copysign(square**0.5, root["value"])
                if square <= 0:
                    return None
            return [float(eval(code, {}, names)) for code in self.code[:points]]
        except (ZeroDivisionError, OverflowError, TypeError):
            return None

    def sample(self) -> dict[str, float]:
        return {q["name"]: float(Fraction(q["value"])) for q in self.data["parameters"]}

    def places(self, parameters: Mapping[str, float]) -> dict[str, tuple[float, float]] | None:
        found = self.at(parameters)
        if found is None:
            return None
        names = self.data["coordinates"]
        return dict(zip(names, zip(found[::2], found[1::2], strict=True), strict=True))

    def rank(self) -> int:
        """In how many directions the figure moves with its parameters, at the sample."""
        sample = self.sample()
        columns = []
        for name in sample:
            ends = [self.at({**sample, name: sample[name] * (1 + e) + e}) for e in (1e-6, -1e-6)]
            if None in ends:
                return -1
            columns.append(np.subtract(*ends))
        size = np.linalg.norm(columns, axis=1, keepdims=True)
        return int(np.linalg.matrix_rank(np.array(columns) / np.maximum(size, 1e-30), tol=1e-4))


def _python(text: str) -> str:
    return re.sub(r"(?<![\w^.])(\d+)", r"\1.0", text).replace("^", "**")


def _figures_of_the_problem(data: Mapping[str, Any]) -> bool:
    """Whether all that the problem says, and its goals, is true of the coordinates, nearby, too."""
    problem, values = parse(data["problem"]), Values(data)
    said = [s for s in (*facts(problem), *problem.goals) if is_equation(s)]
    rng = random.Random(1)
    for spread in (0.0, 0.01, 0.02):
        near = {k: v * (1 + spread * rng.gauss(0, 1)) for k, v in values.sample().items()}
        places = values.places(near)
        if places is None or not all(_holds(s, places) for s in said):
            return False
    return True


def _holds(statement: Statement, places: Mapping[str, tuple[float, float]]) -> bool:
    try:
        return holds(statement, places)
    except (DataError, ZeroDivisionError):
        return False


def _refitted(data: Any) -> bool:
    """Let the sample be what the coordinates are now; whether the change matters."""
    values = Values(data)
    places = values.places(values.sample())
    if places is None or not np.isfinite(list(places.values())).all():
        return True
    data["sample"] = {name: list(place) for name, place in places.items()}
    return not _figures_of_the_problem(data)


def _number(data: Any, rng: random.Random) -> bool:
    return _edited(
        data, rng, r"(?<![a-z\d^])\d+", lambda old: str(int(old) + rng.choice((1, 2, 5)))
    )


def _sign(data: Any, rng: random.Random) -> bool:
    return _edited(data, rng, r"[+-](?= )", lambda old: {"+": "-", "-": "+"}[old])


def _power(data: Any, rng: random.Random) -> bool:
    return _edited(data, rng, r"(?<=\^)\d+", lambda old: str(int(old) + 1))


def _edited(data: Any, rng: random.Random, pattern: str, new: Callable[[str], str]) -> bool:
    """A place in a coordinate, or in what a root is taken of, is edited."""
    where = [(both, k) for both in data["coordinates"].values() for k in (0, 1)]
    where += [(root, "radicand") for root in data["radicals"]]
    places = [(own, k, m) for own, k in where for m in re.finditer(pattern, own[k])]
    if not places:
        return False
    own, k, m = rng.choice(places)
    own[k] = own[k][: m.start()] + new(m[0]) + own[k][m.end() :]
    return _refitted(data)


def _swapped_axes(data: Any, rng: random.Random) -> bool:
    rng.choice(list(data["coordinates"].values())).reverse()
    return _refitted(data)


def _swapped_points(data: Any, rng: random.Random) -> bool:
    a, b = rng.sample(list(data["coordinates"]), 2)
    places = data["coordinates"]
    places[a], places[b] = places[b], places[a]
    return _refitted(data)


def _glued(data: Any, rng: random.Random) -> bool:
    a, b = rng.sample(list(data["coordinates"]), 2)
    data["coordinates"][a] = list(data["coordinates"][b])
    return _refitted(data)


def _special(data: Any, rng: random.Random) -> bool:
    """Two parameters are one, as in an isosceles triangle, or one is a number."""
    names = [q["name"] for q in data["parameters"]]
    if not names:
        return False
    before, one = Values(data).rank(), rng.choice(names)
    other = rng.choice([*(name for name in names if name != one), "2", "3"])
    text = json.dumps({k: data[k] for k in ("coordinates", "radicals", "conditions")})
    data.update(json.loads(re.sub(rf"\b{one}\b", other, text)))
    data["parameters"] = [q for q in data["parameters"] if q["name"] != one]
    values = Values(data)
    places = values.places(values.sample())
    if places is None:
        return False
    data["sample"] = {name: list(place) for name, place in places.items()}
    return not data["parameters"] or values.rank() < before


def _another_goal(data: Any, rng: random.Random) -> bool:
    given, _, _ = data["problem"].partition("?")
    problem = parse(data["problem"])
    goal = rng.choice(problem.goals)
    points = list(goal.points)
    points[rng.randrange(len(points))] = rng.choice(problem.points)
    new = Statement(goal.name, tuple(points), goal.value)
    _ask(data, given, str(new))
    return not _figures_of_the_problem(data)


def _goal_that_says_nothing(data: Any, rng: random.Random) -> bool:
    given, _, _ = data["problem"].partition("?")
    a, b, c = rng.sample(parse(data["problem"]).points, 3)
    goals = (f"coll {a} {a} {b}", f"cong {a} {a} {b} {b}", f"cong {a} {b} {b} {a}")
    goals += (f"para {a} {b} {a} {b}", f"cyclic {a} {b} {c} {a}", f"perp {a} {a} {b} {c}")
    _ask(data, given, rng.choice(goals))
    return True


def _ask(data: Any, given: str, goal: str) -> None:
    data["problem"], data["goals"] = f"{given}? {goal}", [goal]


def _construction_left_out(data: Any, rng: random.Random) -> bool:
    """A point is said to be on one curve, where its coordinates are on two."""
    given, _, asked = data["problem"].partition("?")
    clauses = given.split(";")
    several = [k for k, clause in enumerate(clauses) if "," in clause]
    if not several:
        return False
    k = rng.choice(several)
    head, _, tail = clauses[k].partition("=")
    kept = tail.split(",")
    kept.pop(rng.randrange(len(kept)))
    clauses[k] = f"{head}={','.join(kept)}"
    whole = set(facts(parse(data["problem"])))
    data["problem"] = f"{';'.join(clauses)}?{asked}"
    problem = parse(data["problem"])
    oracle = Oracle(problem, trials=8)
    lost = [oracle.judge(s) for s in whole - set(facts(problem)) if is_equation(s)]
    return any(not verdict.residues and not verdict.diagrams for verdict in lost)


def _another_premise(data: Any, rng: random.Random) -> bool:
    """A construction of other points."""
    given, _, asked = data["problem"].partition("?")
    names = list(data["coordinates"])
    for _ in range(10):
        words = given.split(" ")
        k = rng.choice([k for k, word in enumerate(words) if word.strip(",;") in names])
        words[k] = words[k].replace(words[k].strip(",;"), rng.choice(names))
        data["problem"] = f"{' '.join(words)}?{asked}"
        try:
            return not _figures_of_the_problem(data)
        except DataError:
            continue  # that was no problem
    return False


def _sample_moved(data: Any, rng: random.Random) -> bool:
    place = rng.choice(list(data["sample"].values()))
    place[rng.randrange(2)] += rng.choice((-1, 1)) * rng.uniform(0.01, 1) * np.abs(place).max()
    return True


def _other_sample(data: Any, rng: random.Random) -> bool:
    """A parameter's value, or the sign of a root, but not the sample."""
    before = Values(data).at(Values(data).sample())
    numbers = [*data["parameters"], *data["radicals"]]
    if not numbers:
        return False
    one = rng.choice(numbers)
    one["value"] = -one["value"] if "radicand" in one else str(Fraction(one["value"]) + 1)
    after = Values(data).at(Values(data).sample())
    return after is None or not np.allclose(before, after, rtol=1e-4)


def _condition_never_met(data: Any, rng: random.Random) -> bool:
    if not data["conditions"]:
        return False
    rng.choice(data["conditions"])["expression"] = "u1 - u1" if data["parameters"] else "0"
    return True


def _point_left_out(data: Any, rng: random.Random) -> bool:
    del data["coordinates"][rng.choice(list(data["coordinates"]))]
    return True


OF_CERTIFICATES: Mapping[str, Damage] = {
    "a number": _number,
    "a sign": _sign,
    "a power": _power,
    "x and y swapped": _swapped_axes,
    "two points swapped": _swapped_points,
    "two points glued": _glued,
    "a special family": _special,
    "another goal": _another_goal,
    "a goal that says nothing": _goal_that_says_nothing,
    "a construction left out": _construction_left_out,
    "another premise": _another_premise,
    "the sample moved": _sample_moved,
    "of another sample": _other_sample,
    "a condition that is never met": _condition_never_met,
    "a point left out": _point_left_out,
}
