"""Read a readable proof, for `kernel` to check: nothing of the provers is imported.

What is taken for granted: the theorems in `rules.txt`, the places of the points, and arithmetic.
Each step is checked twice: its statement is true in the figure, and it follows from the steps that
it names, by a theorem or as an exact sum of equations.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from fractions import Fraction
from functools import cache
from importlib.resources import files
from typing import Any

from pellucid.errors import DataError
from pellucid.reasoning.geometry.drawn import Drawn
from pellucid.reasoning.geometry.kernel import Ground, Step, Theorem, follow
from pellucid.reasoning.geometry.meanings import NOT, Refused, Said, read_statement


def check_proof(text: str, given: Sequence[str] | None = None) -> int:
    """Check a proof in JSON; the number of its steps.

    Parameters
    ----------
    text
        What `Proof.to_json` gives.
    given
        What may be assumed, as texts `name points numbers`; by default whatever the proof assumes.

    Raises
    ------
    DataError
        The first step that does not follow, and why.
    """
    try:
        data = json.loads(text)
        drawn = Drawn(
            {name: complex(float(x), float(y)) for name, (x, y) in data["points"].items()}
        )
        steps, goal = [_step(step) for step in data["steps"]], _said(data["goal"])
        if given is None:
            assumed = [step.said for step in steps if step.rule == "given"]
        else:
            assumed = [said for said in map(read_statement, given) if said.name not in NOT]
        follow(steps, goal, Ground(drawn, theorems(), assumed))
    except Refused as error:
        raise DataError(str(error)) from None
    except (
        KeyError,
        TypeError,
        ValueError,
        IndexError,
        AttributeError,
        ArithmeticError,
        RecursionError,
    ) as error:
        raise DataError(f"this is no proof in JSON, or it is damaged: {error!r}") from error
    return len(steps)


def _step(plain: Mapping[str, Any]) -> Step:
    combination = [(int(n), int(r), Fraction(k)) for n, r, k in plain.get("combination", ())]
    premises = [int(n) for n in plain["premises"]]
    letters = [str(point) for point in plain.get("letters", ())]
    return Step(_said(plain["statement"]), str(plain["rule"]), premises, letters, combination)


def _said(plain: Mapping[str, Any]) -> Said:
    value = Fraction(plain["value"]) if "value" in plain else None
    factors = tuple(map(Fraction, plain.get("coefficients", ())))
    return Said(str(plain["name"]), tuple(map(str, plain["points"])), value, factors)


@cache
def theorems() -> dict[str, Theorem]:
    """The rules that are taken for granted, by name."""
    path = files("pellucid.reasoning.geometry.synthetic").joinpath("rules.txt")
    lines = path.read_text(encoding="utf-8").splitlines()
    blocks = "\n".join(line for line in lines if not line.startswith("#")).strip().split("\n\n")
    found: dict[str, Theorem] = {}
    for block in blocks:
        name, *rest = block.strip().splitlines()
        part = {line.split()[0]: line.split(maxsplit=1)[1] for line in rest}
        seen = [text.split() for text in part.get("where", "").split(",") if text.strip()]
        premises = [read_statement(text) for text in part["if"].split(",")]
        conditions = [(words[0], words[1:]) for words in seen]
        found[name] = premises, read_statement(part["then"]), conditions
    return found
