"""Damage to readable proofs that changes what they claim, of many kinds.

Whether it does is judged by the provers' own programs, which share no code with the checker: a
change after which a step or an assumption says the same in other words is harmless.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import Any

from corrupt_certificates import Damage

from pellucid.errors import DataError
from pellucid.reasoning.geometry.definitions import facts
from pellucid.reasoning.geometry.jgex import parse
from pellucid.reasoning.geometry.problem import Statement
from pellucid.reasoning.geometry.synthetic.equations import rows


def _step(answer: Any, rng: random.Random, kind: Callable[[Any], bool] = lambda step: True) -> Any:
    steps = [s for s in answer["proof"][0]["steps"] if s["rule"] != "given" and kind(s)]
    return rng.choice(steps) if steps else None


def _point_of_a_step(answer: Any, rng: random.Random) -> bool:
    step = rng.choice(answer["proof"][0]["steps"])
    before, points = _meaning(step["statement"]), step["statement"]["points"]
    points[rng.randrange(len(points))] = rng.choice(list(answer["proof"][0]["points"]))
    return _meaning(step["statement"]) != before


def _meaning(plain: Any) -> Any:
    """What a statement says, whatever its words."""
    said = _statement(plain)
    if said.name in ("coll", "cyclic", "same", "midp"):
        return said.name, frozenset(said.points)
    try:
        found = rows(said)
    except DataError:
        return said
    equal = ({one.terms, tuple((v, -k) for v, k in one.terms)} for one in found)
    return frozenset(frozenset(both) for both in equal)


def _premise_left_out(answer: Any, rng: random.Random) -> bool:
    step = _step(answer, rng, lambda s: s["rule"] != "two loci")
    if step is None or not step["premises"]:
        return False
    del step["premises"][rng.randrange(len(step["premises"]))]
    return True


def _another_step_for_a_premise(answer: Any, rng: random.Random) -> bool:
    step = _step(answer, rng)
    if step is None or not step["premises"]:
        return False
    steps, k = answer["proof"][0]["steps"], rng.randrange(len(step["premises"]))
    old, new = step["premises"][k], rng.randrange(1, len(steps) + 1)
    step["premises"][k] = new
    return new not in step["premises"][:k] and _meaning(steps[old - 1]["statement"]) != _meaning(
        steps[new - 1]["statement"]
    )


def _factor(answer: Any, rng: random.Random) -> bool:
    step = _step(answer, rng, lambda s: "combination" in s)
    if step is None:
        return False
    term = rng.choice(step["combination"])
    term[2] = str(Fraction(term[2]) + rng.choice((1, -2, Fraction(1, 2))))
    return True


def _rule(answer: Any, rng: random.Random) -> bool:
    step = _step(answer, rng)
    if step is None:
        return False
    old = step["rule"]
    step["rule"] = rng.choice(["orthocentre", "inscribed", "linear", "together", "one circle", "x"])
    return step["rule"] != old


def _letters(answer: Any, rng: random.Random) -> bool:
    step = _step(answer, rng, lambda s: "letters" in s)
    if step is None:
        return False
    a, b = rng.sample(range(len(step["letters"])), 2)
    letters = step["letters"]
    letters[a], letters[b] = letters[b], letters[a]
    return letters[a] != letters[b]


def _order(answer: Any, rng: random.Random) -> bool:
    """A step stands before one that it rests on."""
    steps = answer["proof"][0]["steps"]
    pairs = [(p - 1, k) for k, step in enumerate(steps) for p in step["premises"]]
    a, b = rng.choice(pairs)
    steps[a], steps[b] = steps[b], steps[a]
    return True


def _assumed(answer: Any, rng: random.Random) -> bool:
    """What is to be proved is taken for given."""
    step = _step(answer, rng)
    if step is None:
        return False
    step.update(rule="given", premises=[])
    step.pop("letters", None)
    step.pop("combination", None)
    return not _said_by(answer["problem"], [step["statement"]])


def _weaker_problem(answer: Any, rng: random.Random) -> bool:
    """What the proof assumes is no longer said."""
    given, _, asked = answer["problem"].partition("?")
    clauses = given.split(";")
    used = [s["statement"] for s in answer["proof"][0]["steps"] if s["rule"] == "given"]
    k = rng.randrange(len(clauses))
    head, _, tail = clauses[k].partition("=")
    clauses[k] = f"{head}= free {head}" if len(head.split()) == 1 else f"{head}= {tail}"
    answer["problem"] = f"{';'.join(clauses)}?{asked}"
    return not _said_by(answer["problem"], used)


def _said_by(problem: str, plain: list[Any]) -> bool:
    """Whether statements are among what a problem says."""
    said = {row for fact in facts(parse(problem)) for row in _all_meanings(fact)}
    return all(row in said for one in plain for row in _all_meanings(_statement(one)))


def _statement(plain: Any) -> Statement:
    value = Fraction(plain["value"]) if "value" in plain else None
    factors = tuple(map(Fraction, plain.get("coefficients", ())))
    return Statement(plain["name"], tuple(plain["points"]), value, factors)


def _all_meanings(said: Statement) -> list[Any]:
    if said.name in ("diff", "ncoll", "npara", "nperp"):
        return []
    if said.name in ("cyclic", "same"):
        return [(said.name, frozenset(said.points))]
    equal = ({one.terms, tuple((v, -k) for v, k in one.terms)} for one in rows(said))
    return [frozenset(both) for both in equal]


def _other_goal(answer: Any, rng: random.Random) -> bool:
    """The proof is said to be of another goal."""
    given, _, _ = answer["problem"].partition("?")
    goal = answer["proof"][0]["goal"]
    before, points = _meaning(goal), goal["points"]
    points[rng.randrange(len(points))] = rng.choice(list(answer["proof"][0]["points"]))
    answer["problem"] = f"{given}? {' '.join((goal['name'], *points))}"
    last = answer["proof"][0]["steps"][-1]["statement"]
    within = last["name"] == "cyclic" and {*points} <= {*last["points"]}
    return _meaning(goal) != before and not within


def _goal_of_the_problem(answer: Any, rng: random.Random) -> bool:
    """Another goal is asked for than the one that is proved."""
    given, _, _ = answer["problem"].partition("?")
    points = rng.sample(list(answer["proof"][0]["points"]), 3)
    answer["problem"] = f"{given}? coll {' '.join(points)}"
    return answer["proof"][0]["goal"]["name"] != "coll"


def _place(answer: Any, rng: random.Random) -> bool:
    """A point of the figure stands elsewhere."""
    places, step = answer["proof"][0]["points"], rng.choice(answer["proof"][0]["steps"])
    name = rng.choice(step["statement"]["points"])
    size = max(abs(c) for place in places.values() for c in place)
    new = rng.choice(("far", "glued", "nan"))
    if new == "far":
        places[name][rng.randrange(2)] += rng.uniform(0.05, 1) * size
    elif new == "glued":
        places[name] = list(places[rng.choice([p for p in places if p != name])])
    else:
        places[name][0] = float("nan")
    return True


def _step_left_out(answer: Any, rng: random.Random) -> bool:
    del answer["proof"][0]["steps"][rng.randrange(len(answer["proof"][0]["steps"]))]
    return True


OF_PROOFS: Mapping[str, Damage] = {
    "a point of a step": _point_of_a_step,
    "a premise left out": _premise_left_out,
    "another step for a premise": _another_step_for_a_premise,
    "a factor": _factor,
    "another rule": _rule,
    "letters swapped": _letters,
    "the order of steps": _order,
    "a step taken for given": _assumed,
    "a weaker problem": _weaker_problem,
    "another goal": _other_goal,
    "another goal of the problem": _goal_of_the_problem,
    "a place": _place,
    "a step left out": _step_left_out,
}
