"""A theorem as text, as Markdown, and as a whole LaTeX document with its figure in TikZ."""

from __future__ import annotations

import re
from collections.abc import Sequence

from pellucid.errors import ConfigError, nearest
from pellucid.reasoning.geometry.finding import Finding
from pellucid.reasoning.geometry.synthetic.telling import (
    FORMATS,
    point_name,
    statement_in_words,
    tell,
)
from pellucid.studio.theorems.tikz import tikz
from pellucid.studio.theorems.words import (
    added_in_words,
    conditions,
    given_in_words,
    goals_in_words,
)

_SPECIAL = {
    "\\": r"\textbackslash{}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    **{letter: f"\\{letter}" for letter in "#$%&_{}"},
}


def document(finding: Finding, form: str = "text") -> str:
    """What is given, the verdict, where it holds, and the proof.

    Parameters
    ----------
    finding
        What the provers found.
    form
        `text`, `markdown` or `latex`.

    Raises
    ------
    ConfigError
        There is no such form.
    """
    if form not in FORMATS:
        raise ConfigError(f"a proof cannot be told as '{form}': {nearest(form, FORMATS)}")
    return {"text": _text, "markdown": _markdown, "latex": _latex}[form](finding)


def diagnosis_lines(finding: Finding) -> list[str]:
    """What is wrong besides what the verdict says, and what is true instead, each in one line."""
    if finding.diagnosis is None:
        return []
    lines = [f"{line}." for line in finding.diagnosis.lines if line != finding.verdict]
    if finding.diagnosis.mends:
        meant = ", or ".join(f"'{s}' ({statement_in_words(s)})" for s in finding.diagnosis.mends)
        lines.append(f"True is {meant}.")
    return lines


def _text(finding: Finding) -> str:
    parts = [
        _listed("Given:", given_in_words(finding.problem)),
        f"To prove: {goals_in_words(finding.problem)}.",
        f"{finding.verdict}.",
        *diagnosis_lines(finding),
        _figure(finding),
        _listed("It holds wherever", conditions(finding)),
        _listed("Added for the proof:", added_in_words(finding)),
        *(tell(proof) for proof in finding.proofs),
        "" if finding.proofs else _without(finding),
    ]
    return "\n\n".join(part.strip() for part in parts if part.strip()) + "\n"


def _figure(finding: Finding) -> str:
    """Where the points of a counterexample stand."""
    if finding.proved or finding.diagnosis is None:
        return ""
    told = (f"{point_name(p)} ({x:.4g}, {y:.4g})" for p, (x, y) in finding.places.items())
    return f"The figure: {', '.join(told)}."


def _listed(head: str, items: Sequence[str]) -> str:
    return "\n".join([head, *(f"  {item}" for item in items)]) if items else ""


def _markdown(finding: Finding) -> str:
    parts = [
        f"# {_capital(goals_in_words(finding.problem))}",
        _bullets("Given:", given_in_words(finding.problem)),
        f"**{_capital(finding.verdict)}.**",
        *diagnosis_lines(finding),
        _bullets("It holds wherever", conditions(finding)),
        _bullets("Added for the proof:", added_in_words(finding)),
        *(tell(proof, "markdown") for proof in finding.proofs),
        "" if finding.proofs else _without(finding),
    ]
    return "\n\n".join(part.strip() for part in parts if part.strip()) + "\n"


def _bullets(head: str, items: Sequence[str]) -> str:
    return "\n".join([head, "", *(f"- {item}" for item in items)]) if items else ""


def _latex(finding: Finding) -> str:
    problem = finding.problem
    proofs = [
        f"\\paragraph{{Proof that {statement_in_words(proof.goal, 'latex')}.}}\n"
        + tell(proof, "latex")
        for proof in finding.proofs
    ]
    parts = [
        r"\documentclass{article}",
        r"\usepackage{amsmath,amssymb,tikz}",
        r"\begin{document}",
        rf"\section*{{{_escaped(problem.name)}}}",
        tikz(finding.drawn, finding.places) if finding.places else "",
        _itemised("Given:", given_in_words(problem, "latex")),
        rf"\paragraph{{To prove:}} {goals_in_words(problem, 'latex')}.",
        rf"\paragraph{{Verdict:}} {_escaped(finding.verdict)}.",
        *(rf"\par {_escaped(line)}" for line in diagnosis_lines(finding)),
        _itemised("It holds wherever", conditions(finding, "latex")),
        _itemised("Added for the proof:", added_in_words(finding, "latex")),
        *proofs,
        "" if proofs else _escaped(_without(finding)),
        r"\end{document}",
    ]
    return "\n\n".join(part.strip() for part in parts if part.strip()) + "\n"


def _itemised(head: str, items: Sequence[str]) -> str:
    if not items:
        return ""
    inner = "\n".join(rf"  \item {item}" for item in items)
    return f"{head}\n\\begin{{itemize}}\n{inner}\n\\end{{itemize}}"


def _without(finding: Finding) -> str:
    """Why there is no readable proof beside a certificate."""
    if not finding.proved:
        return ""
    if finding.synthetic is not None:
        searched = finding.synthetic.attempts is not None
        hint = (
            "" if searched else "; with points added to the figure there may be one (--auxiliary)"
        )
        return f"There is no readable proof: {finding.synthetic.reason}{hint}."
    missing = [told for name, told in finding.unanswered.items() if name != "algebra"]
    return f"There is no readable proof ({missing[0]})." if missing else ""


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _escaped(text: str) -> str:
    """Plain text for LaTeX."""
    return re.sub(r"[\\~^#$%&_{}]", lambda match: _SPECIAL[match[0]], text)
