"""The geometry checker as a verifier: an answer is the text of a certificate.

    problem = read_problem(...)
    solve(problem, generator, CertificateVerifier())

What generates may be the project's provers or anything else; nothing of it is believed.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

from pellucid.errors import DataError
from pellucid.reasoning.geometry.check_file import check_text
from pellucid.reasoning.verification import Verdict


@dataclass(frozen=True)
class CertificateVerifier:
    """Judges certificates, and answers that hold one, by `pellucid.reasoning.geometry.check_file`.

    A problem is a `geometry.problem.Problem`, or its text. The last step of a chain is the text
    of the certificate; what it says of another problem does not hold of this one.
    """

    name: str = "the checker of certificates"
    steps_suffice: bool = False

    def step(self, problem: object, chain: Sequence[str]) -> Verdict:
        """Unknown: only whole certificates are judged."""
        return Verdict.unknown("only certificates are judged")

    def answer(self, problem: object, chain: Sequence[str]) -> Verdict:
        """Whether the last step certifies the problem."""
        try:
            data = json.loads(chain[-1])
            of = data.get("problem") if isinstance(data, dict) else None
            if of is None:
                return Verdict.unknown("it does not say of which problem it is")
            if _words(str(of)) != _words(str(problem)):
                return Verdict.fails("it is a certificate of another problem")
            found = check_text(chain[-1])
        except (ValueError, RecursionError, DataError) as error:
            return Verdict.fails(" ".join(str(error).split()))
        said = "; ".join(found.lines)
        return Verdict.holds(said) if found.accepted else Verdict.fails(said)


def _words(text: str) -> list[str]:
    return text.replace(";", " ; ").replace("?", " ? ").replace("=", " = ").split()
