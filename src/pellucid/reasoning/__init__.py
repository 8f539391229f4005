"""Is it true? What is said is proved, shown and checked.

    from pellucid.reasoning import solve
    from pellucid.reasoning.tasks import Arithmetic

Generate, verify, correct is one loop over any generator and any verifier.
"""

from __future__ import annotations

from typing import Any

from pellucid.lazy import find

_HOME = {
    "AnswerVerifier": "verification",
    "Beam": "strategies",
    "CertificateVerifier": "certificates",
    "ChainWorld": "whole_chain",
    "ExactNetwork": "exact_network",
    "FaultyGenerator": "simulated",
    "FaultyVerifier": "simulated",
    "Judgement": "verification",
    "Proposal": "generation",
    "Refusals": "whole_chain",
    "Request": "generation",
    "Retry": "strategies",
    "Solution": "solving",
    "Status": "solving",
    "StepGenerator": "generation",
    "StepVerifier": "verification",
    "Strategy": "strategies",
    "TokenGenerator": "token_generator",
    "Tree": "strategies",
    "Verdict": "verification",
    "VerificationError": "verification",
    "Verifier": "verification",
    "Work": "trial",
    "solve": "solving",
    "solve_many": "solving",
}

__all__ = sorted(_HOME)


def __getattr__(name: str) -> Any:
    return find(__name__, _HOME, name)


def __dir__() -> list[str]:
    return __all__
