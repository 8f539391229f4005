"""`pellucid prove FILE|TEXT`: is it true? With a certificate, a readable proof, or what fails."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import tyro

if TYPE_CHECKING:
    from pellucid.reasoning.geometry.finding import Finding


@dataclass(frozen=True)
class Options:
    """Prove a statement of plane geometry; exit with 0 where it is proved, with 1 where not."""

    problem: Annotated[str, tyro.conf.Positional, tyro.conf.arg(metavar="FILE|TEXT")]
    """A problem in words, such as "a b c = triangle; h = orthocenter a b c ? perp a h b c", or a
    file: text of AlphaGeometry, AlphaGeometry2 or assume and prove, or a GeoGebra sheet (.ggb)."""
    engine: str = "auto"
    """auto (a certificate, and a readable proof beside it), algebra, synthetic, auxiliary (the same
    with points added to the figure) or wu."""
    auxiliary: bool = False
    """Let auto add points to the figure for a readable proof, for as long as --time allows."""
    time: float = 60.0
    """Seconds that each engine may take."""
    goal: str | None = None
    """What to prove, in the place of what the problem asks, such as "perp a h b c"."""
    name: str | None = None
    """Which problem, of a file with several."""
    html: Path | None = None
    """Write a page there, on which each step lights up in the figure."""
    out: Path | None = None
    """Save certificate and proof there, as JSON for `pellucid check`."""
    format: str = "text"
    """How to print: text, markdown or latex."""


def main(options: Options) -> int:
    """Prove it, print it, and save what was asked for."""
    from pellucid.errors import ConfigError, nearest
    from pellucid.reasoning.geometry.engines import prove_problem
    from pellucid.reasoning.geometry.front import read_problem
    from pellucid.reasoning.geometry.synthetic.telling import FORMATS
    from pellucid.studio.theorems import documents, page

    if options.format not in FORMATS:
        raise ConfigError(f"no format '{options.format}': {nearest(options.format, FORMATS)}")
    if not options.time > 0:
        raise ConfigError(f"--time {options.time:g} is no time; give seconds, such as 60")
    problem = read_problem(options.problem, goal=options.goal, name=options.name)
    finding = None
    for finding in prove_problem(
        problem, engine=options.engine, seconds=options.time, auxiliary=options.auxiliary
    ):
        waiting = finding.synthetic is None and not finding.unanswered
        if options.engine == "auto" and finding.proved and waiting:
            sys.stderr.write(f"{finding.verdict}; a readable proof is looked for\n")
    assert finding is not None, "an engine ends, or its time does"
    sys.stdout.write(documents.document(finding, options.format))
    if options.html is not None:
        page.write(options.html, finding)
        sys.stderr.write(f"the page is {options.html}\n")
    if options.out is not None:
        _save(options.out, finding)
    return 0 if finding.proved else 1


def _save(path: Path, finding: Finding) -> None:
    """The certificate with the proof; of several goals each proof in a file of its own."""
    from dataclasses import replace

    from pellucid.learning.files import write_atomically
    from pellucid.reasoning.geometry.answer import answer_to_json

    problem, proofs = finding.problem, finding.proofs
    certificate = None if finding.algebra is None else finding.algebra.certificate
    added = finding.auxiliary
    alone = proofs[0] if len(proofs) == 1 else None
    saved = {}
    if certificate is not None or alone is not None:
        saved[path] = answer_to_json(
            problem, certificate=certificate, proof=alone, auxiliary=added if alone else ()
        )
    if len(proofs) > 1:
        for number, proof in enumerate(proofs, start=1):
            part = replace(problem, goals=(proof.goal,))
            target = path.with_stem(f"{path.stem}-{number}")
            saved[target] = answer_to_json(part, proof=proof, auxiliary=added)
    for target, text in saved.items():
        write_atomically(target, text.encode())
        sys.stderr.write(f"saved to {target}; verify it by: pellucid check {target}\n")
    if not saved:
        sys.stderr.write(f"nothing is saved to {path}: there is no certificate and no proof\n")
