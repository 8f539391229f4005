"""What `pellucid prove --out` saves: a problem, its certificate, its readable proof.

    text = answer_to_json(problem, certificate=result.certificate, proof=outcome.proof)
    answer = answer_from_json(text)
    answer.problem, answer.certificate, answer.proofs

`check_file` verifies it by programs that share no code with the provers, nor with this.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from pellucid.errors import DataError
from pellucid.reasoning.geometry.certificate import Certificate
from pellucid.reasoning.geometry.problem import Clause, Problem
from pellucid.reasoning.geometry.synthetic.proof import Proof

FORMAT = "pellucid-geometry-answer-1"


@dataclass(frozen=True)
class Answer:
    """What a file holds."""

    name: str
    problem: str
    """Its clauses and goals; of a problem that is given by coordinates, its goals alone."""
    assumed: tuple[str, ...] = ()
    """Of a problem that is given by coordinates: what is known of its points."""
    auxiliary: tuple[str, ...] = ()
    """Clauses of points that the proof adds."""
    certificate: Certificate | None = None
    proofs: tuple[Proof, ...] = ()
    """One of each goal."""


def answer_to_json(
    problem: Problem,
    *,
    certificate: Certificate | None = None,
    proof: Proof | Sequence[Proof] | None = None,
    auxiliary: Sequence[Clause] = (),
) -> str:
    """An answer as text.

    Parameters
    ----------
    problem
        As it was asked.
    certificate
        From the algebraic prover.
    proof
        From the synthetic prover; of a problem with several goals, one of each.
    auxiliary
        What makes the points that the proof adds to the problem's, in order.
    """
    data: dict[str, Any] = {"format": FORMAT, "name": problem.name, "problem": str(problem)}
    if problem.assumed:
        data["assumed"] = list(map(str, problem.assumed))
    if problem.at and not problem.clauses:
        data["places"] = {point: list(place) for point, place in problem.at.items()}
    if auxiliary:
        data["auxiliary"] = list(map(str, auxiliary))
    if certificate is not None:
        data["certificate"] = json.loads(certificate.to_json())
    if proof is not None:
        several = [proof] if isinstance(proof, Proof) else proof
        data["proof"] = [json.loads(one.to_json()) for one in several]
    return json.dumps(data, indent=1)


def answer_from_json(text: str) -> Answer:
    """Read an answer, without checking it: that is what `check_file` does.

    Raises
    ------
    DataError
        It is no answer, or one of another version.
    """
    try:
        data = json.loads(text)
        if data["format"] != FORMAT:
            raise ValueError(f"its format is {data['format']}")
        certificate = data.get("certificate")
        return Answer(
            name=str(data["name"]),
            problem=str(data["problem"]),
            assumed=tuple(map(str, data.get("assumed", ()))),
            auxiliary=tuple(map(str, data.get("auxiliary", ()))),
            certificate=certificate and Certificate.from_json(json.dumps(certificate)),
            proofs=tuple(Proof.from_json(json.dumps(proof)) for proof in data.get("proof", ())),
        )
    except DataError:
        raise
    except (KeyError, TypeError, ValueError, AttributeError, RecursionError) as error:
        raise DataError(f"not an answer ({FORMAT}): {error}; write it anew") from None
