"""A theorem as one page: what is given, what is shown, the figure, and a proof that lights it up.

    write(Path("altitudes.html"), finding)

No file and no network beside it. Each step is reached by the mouse, by Tab and the arrow keys, and
held by a click or Enter, until Escape.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from html import escape
from importlib.resources import files
from pathlib import Path

from pellucid.learning.files import write_atomically
from pellucid.reasoning.geometry.finding import Finding
from pellucid.reasoning.geometry.problem import Statement
from pellucid.reasoning.geometry.synthetic.proof import Proof
from pellucid.reasoning.geometry.synthetic.telling import sentence, statement_in_words
from pellucid.studio import page as pages
from pellucid.studio.theorems.documents import diagnosis_lines
from pellucid.studio.theorems.scene import scene
from pellucid.studio.theorems.svg import svg
from pellucid.studio.theorems.words import (
    added_in_words,
    conditions,
    given_in_words,
    goals_in_words,
)


def write(path: Path, finding: Finding) -> None:
    """Put the page at `path`."""
    write_atomically(path, html(finding).encode())


def html(finding: Finding) -> str:
    """The whole page."""
    problem = finding.problem
    numbered: dict[int, Statement] = {}
    lists = _proofs(finding, numbered) if finding.proofs else _goals(finding, numbered)
    places = finding.places
    title = f"{problem.name}: {goals_in_words(problem)}"
    told = " ".join(given_in_words(problem))
    if places:
        picture = svg(scene(finding.drawn, places), title=title, description=told, steps=numbered)
        shown = f"<figure>{picture}{_caption(finding)}</figure>"
    else:
        shown = "<figure><p>There is no figure.</p></figure>"
    claim = goals_in_words(problem)
    if not finding.proved:
        claim = f"{finding.status}: {claim}"
    head = f"<h1>{_pretty(_capital(claim))}</h1>"
    body = [
        head + f'<p class="soft">{escape(problem.name)}</p>',
        f'<div class="theorem">{shown}',
        f"<div>{_given(finding)}{_verdict(finding)}{lists}</div></div>",
        *_coordinates(finding),
        f"<script>{_file('page.js')}</script>",
    ]
    return pages.page(title, body, style=_file("page.css"))


def _file(name: str) -> str:
    return files(__package__).joinpath(name).read_text(encoding="utf-8")


def _given(finding: Finding) -> str:
    return _bullets("Given", given_in_words(finding.problem)) + _bullets(
        "Added for the proof", added_in_words(finding)
    )


def _bullets(head: str, items: Sequence[str]) -> str:
    told = "".join(f"<li>{_pretty(_capital(said))}</li>" for said in items)
    return f"<h3>{head}</h3><ul>{told}</ul>" if items else ""


def _verdict(finding: Finding) -> str:
    parts = [f'<h3>Verdict</h3><p class="verdict">{escape(_capital(finding.verdict))}.</p>']
    parts += [f"<p>{escape(line)}</p>" for line in diagnosis_lines(finding)]
    found = conditions(finding)
    if found:
        told = "".join(f"<li>{_pretty(words)}</li>" for words in found)
        parts.append(f"<p>It holds wherever</p><ul>{told}</ul>")
    return "".join(parts)


def _caption(finding: Finding) -> str:
    if not finding.proved and finding.diagnosis is not None:
        return (
            "<figcaption>A figure that obeys all that is given, and breaks the goal.</figcaption>"
        )
    key = (
        '<span class="legend"><i style="color:var(--goal)"></i>to be proved'
        '<i style="color:var(--light)"></i>this step'
        '<i style="color:var(--since)"></i>what it follows from</span>'
    )
    hint = " Point at a step, or use Tab and the arrow keys; Enter or a click holds it."
    return f"<figcaption>{key}<br>{hint if finding.proofs else ''}</figcaption>"


def _proofs(finding: Finding, numbered: dict[int, Statement]) -> str:
    parts = []
    for proof in finding.proofs:
        start = len(numbered)
        parts.append(f"<h3>Proof that {_pretty(statement_in_words(proof.goal))}</h3>")
        items = []
        for number, step in enumerate(proof.steps, start=1):
            numbered[start + number] = step.statement
            items.append(_item(proof, number, start))
        parts.append(f'<ol class="proof">{"".join(items)}</ol>')
    return "".join(parts)


def _item(proof: Proof, number: int, start: int) -> str:
    step = proof.steps[number - 1]
    since = " ".join(str(start + premise) for premise in step.premises)
    told, _, why = sentence(proof, number).partition(". (")
    text = _linked(_pretty(_capital(told)), start) + "."
    reason = f'<span class="why">({_linked(_pretty(why), start)}</span>'
    return (
        f'<li id="step-{start + number}" data-step="{start + number}" data-since="{since}" '
        f'tabindex="0"><span>{number}</span><span>{text} {reason}</span></li>\n'
    )


def _goals(finding: Finding, numbered: dict[int, Statement]) -> str:
    """Without a readable proof: what is given and the goals, each of which lights up."""
    items = []
    for number, goal in enumerate(finding.problem.goals, start=1):
        numbered[number] = goal
        items.append(
            f'<li id="step-{number}" data-step="{number}" tabindex="0"><span>{number}</span>'
            f"<span>{_pretty(_capital(statement_in_words(goal)))}</span></li>"
        )
    return f'<h3>Goal</h3><ol class="proof">{"".join(items)}</ol>'


def _coordinates(finding: Finding) -> list[str]:
    """The certificate, folded."""
    if finding.algebra is None or finding.algebra.certificate is None:
        return []
    certificate = finding.algebra.certificate
    roots = [f"{r.name}^2 = {r.radicand}" for r in certificate.radicals]
    lines = [f"{name} = ({x}, {y})" for name, (x, y) in certificate.coordinates.items()]
    text = "\n".join([*roots, *lines])
    told = (
        "Each point as a function of the parameters; with these coordinates all that is given "
        "holds, and the goal is an identity. `pellucid check` verifies it by another program."
    )
    return [
        pages.section(
            "certificate",
            "The certificate",
            [pages.paragraph(told), pages.folded("coordinates", pages.code(text))],
        )
    ]


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _pretty(text: str) -> str:
    """Escaped, with signs for angles."""
    return re.sub(r"\b[Aa]ngle (?=[A-Z(])", "∠", escape(text))


def _linked(text: str, start: int) -> str:
    """Numbers of steps in brackets as links."""
    return re.sub(r"\((\d+)\)", lambda m: f'<a href="#step-{start + int(m[1])}">({m[1]})</a>', text)
