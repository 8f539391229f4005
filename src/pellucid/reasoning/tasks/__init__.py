"""Tasks that take many steps: generators, chains of thought, and exact verifiers.

from pellucid.reasoning.tasks import Arithmetic
"""

from __future__ import annotations

from typing import Any

from pellucid.lazy import find

_HOME = {
    "Arithmetic": "arithmetic",
    "Drawn": "task",
    "EditDistance": "edit_distance",
    "Grammar": "grammar",
    "LatinSquare": "latin_square",
    "LinearEquations": "equations",
    "LongestIncreasing": "increasing",
    "Membership": "context_free",
    "PrefixArithmetic": "prefix",
    "Rows": "sequence",
    "Task": "task",
    "TokenBatch": "sequence",
    "Vocabulary": "sequence",
}

__all__ = sorted(_HOME)


def __getattr__(name: str) -> Any:
    return find(__name__, _HOME, name)


def __dir__() -> list[str]:
    return __all__
