"""Plane geometry: problems in the field's languages, certificates, readable proofs, and checks.

problem = read_problem("a b c = triangle; h = orthocenter a b c ? perp a h b c")
for finding in prove_problem(problem, seconds=60):
    print(finding.verdict)
"""

from __future__ import annotations

from typing import Any

from pellucid.lazy import find

_HOME = {
    "discover": "discovery",
    "find_set": "sets",
    "prove_problem": "engines",
    "read_problem": "front",
    "run_set": "bench",
}

__all__ = sorted(_HOME)


def __getattr__(name: str) -> Any:
    return find(__name__, _HOME, name)


def __dir__() -> list[str]:
    return __all__
