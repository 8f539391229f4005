"""Check a file in which `pellucid prove --out` left its answer.

    verdict = check_file("answer.json")
    verdict.accepted, verdict.lines

Nothing of the provers is imported, nor by what this imports. A file holds a certificate
(`checker`), a readable proof (`check_proof`), or an answer: a problem with either or both. Of an
answer it is checked also that both are of its problem: the proof assumes only what the problem's
constructions say, and proves its goals. Clauses of auxiliary points may say things, too, of points
that are new; they may not restrict those that were there before.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pellucid.errors import DataError
from pellucid.reasoning.geometry import checker
from pellucid.reasoning.geometry.check_proof import check_proof
from pellucid.reasoning.geometry.kernel import entailed
from pellucid.reasoning.geometry.meanings import NOT, Refused, Said, read_statement

ANSWER = "pellucid-geometry-answer-1"
CERTIFICATE = "pellucid-geometry-certificate-1"
PROOF = "pellucid geometry proof 1"
SEVERAL = {"midp", "circle", "simtri", "simtrir", "contri", "contrir", "same"}
"""What leaves a point no curve to move on."""
Part = tuple[bool, str]


@dataclass(frozen=True)
class Verdict:
    """Whether all that a file claims was shown, and one line of each claim."""

    accepted: bool
    lines: tuple[str, ...]


def check_file(path: str | Path) -> Verdict:
    """Check a certificate, a proof or an answer.

    Raises
    ------
    DataError
        The file cannot be read or is none of these.
    """
    try:
        text = Path(path).read_text(encoding="utf-8")
    except OSError as error:
        raise DataError(f"cannot read {path}: {error.strerror}; name a file") from None
    except UnicodeDecodeError:
        raise DataError(f"{path} is no text; name a file of `pellucid prove --out`") from None
    try:
        return check_text(text)
    except DataError as error:
        raise DataError(f"{path}: {error}") from None


def check_text(text: str) -> Verdict:
    """Check what a file says; see `check_file`."""
    try:
        data = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise DataError(f"it is not JSON ({error}); write it anew") from None
    kind = data.get("format") if isinstance(data, dict) else None
    if kind == CERTIFICATE:
        return _verdict([_certificate(data)])
    if kind == PROOF:
        return _verdict([_proof(data, None)])
    if kind == ANSWER:
        return _verdict(_answer(data))
    raise DataError("it is no certificate, proof or answer of this version; write it anew")


def _verdict(parts: Sequence[Part]) -> Verdict:
    return Verdict(all(good for good, _ in parts), tuple(line for _, line in parts))


def _answer(data: Mapping[str, Any]) -> list[Part]:
    """Of an answer, whether each part is right, is of its problem, and no goal is left open."""
    parts: list[Part] = []
    problem, certificate, proofs = data.get("problem"), data.get("certificate"), data.get("proof")
    if certificate is not None:
        if not isinstance(certificate, dict) or certificate.get("problem") != problem:
            parts.append((False, "certificate refused: it is of another problem"))
        elif strange := _strange(certificate, data):
            parts.append((False, f"certificate refused: {strange}"))
        else:
            parts.append(_certificate(certificate))
    if proofs is not None:
        proofs = proofs if isinstance(proofs, list) else [proofs]
        try:
            given, goals = _asked(data)
        except Refused as error:
            return [*parts, (False, f"proof refused: {error}")]
        parts += [_proof(proof, given) for proof in proofs]
        told = {_goal(proof) for proof in proofs}
        if {*goals} - told or told - {*goals}:
            parts.append((False, "proof refused: its goals are not those of the problem"))
    return parts or [(False, "refused: it holds no certificate and no proof")]


def _strange(certificate: Mapping[str, Any], data: Mapping[str, Any]) -> str:
    """What a certificate by coordinates assumes or gives that its problem does not."""
    try:
        known = [read_statement(str(text)) for text in data.get("assumed", ())]
        for text in certificate.get("assumed", ()):
            if not entailed(read_statement(str(text)), known):
                return f"its problem does not assume '{text}'"
        places = data.get("places")
        given = certificate.get("given", {})
        if places is not None and any(list(places[q]) != list(at) for q, at in given.items()):
            return "its problem gives another figure"
        if places is not None and not given:
            return "it is not of the figure that its problem gives"
    except (KeyError, ValueError, TypeError, AttributeError) as error:
        return f"it cannot be read: {error!r}"
    except Refused as error:
        return str(error)
    return ""


def _certificate(data: Mapping[str, Any]) -> Part:
    try:
        return True, f"certificate accepted: {checker.judge(json.dumps(data))}"
    except Refused as error:
        return False, f"certificate refused: {error}"


def _proof(data: Any, given: Sequence[str] | None) -> Part:
    try:
        steps = check_proof(json.dumps(data), given)
    except DataError as error:
        return False, f"proof refused: {error}"
    assumed = [_text(step["statement"]) for step in data["steps"] if step["rule"] == "given"]
    whence = f"from '{', '.join(assumed)}'" if given is None else "from what the problem says"
    return True, f"proof accepted: {_goal(data)}, {whence}, in {steps} steps"


def _goal(proof: Any) -> str:
    try:
        return _text(proof["goal"])
    except (KeyError, TypeError, AttributeError):
        return ""


def _text(plain: Mapping[str, Any]) -> str:
    numbers = [*plain.get("coefficients", ()), *([plain["value"]] if "value" in plain else [])]
    return " ".join(map(str, (plain["name"], *plain["points"], *numbers)))


def _asked(data: Mapping[str, Any]) -> tuple[list[str], list[str]]:
    """What may be assumed, and what is to be proved, as texts."""
    try:
        problem = str(data["problem"])
        _, _, goals = problem.partition("?")
        clauses, _ = checker.statements(problem)
        facts = [read_statement(str(text)) for text in data.get("assumed", ())]
        facts += [said for clause in clauses for said in clause[1]]
        facts += _auxiliary(data, {point for made, _ in clauses for point in made})
    except (KeyError, ValueError, TypeError, AttributeError, IndexError) as error:
        raise Refused(f"its problem cannot be read: {error!r}") from None
    wanted = [" ".join(goal.split()) for goal in goals.split(";")]
    return [str(said) for said in facts if said.name not in NOT], wanted


def _auxiliary(data: Mapping[str, Any], known: set[str]) -> list[Said]:
    """What is said of auxiliary points. Refused if it may restrict points that were there before.

    A construction can be made of any points. Two together make one point where two curves meet, if
    each says one thing.
    """
    facts: list[Said] = []
    for text in data.get("auxiliary", ()):
        made, said = checker.clause(str(text))
        named = {point for one in said for point in one.points}
        parts = [checker.clause(f"{' '.join(made)} = {how}") for how in _constructions(text)]
        curves = len(parts) < 2 or (
            len(parts) == 2 and len(made) == 1 and all(_is_curve(*part) for part in parts)
        )
        if {*made} & known or named - known - {*made} or not curves:
            raise Refused(f"auxiliary '{text}' may restrict points that were there before it")
        known |= {*made}
        facts += said
    return facts


def _constructions(text: str) -> list[str]:
    return [how for how in text.partition("=")[2].split(",") if how.strip()]


def _is_curve(made: Sequence[str], said: Sequence[Said]) -> bool:
    """Whether a construction says one thing (that a point is equally far from two, twice)."""
    names = [one.name for one in said if one.name not in NOT and {*made} & {*one.points}]
    return (len(names) == 1 and names[0] not in SEVERAL) or names == ["cong", "eqangle"]
