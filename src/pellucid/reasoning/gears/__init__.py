"""Gears: problems in plain English, simulated, and answered with the reason.

from pellucid.reasoning.gears import answer, read_problem
[reply] = answer(read_problem("Six gears stand in a row. Each meshes with the next. ..."))
"""

from __future__ import annotations

from typing import Any

from pellucid.lazy import find

_HOME = {
    "Answer": "answering",
    "Coupling": "system",
    "Driver": "system",
    "GearProblem": "system",
    "GearVerifier": "verifying",
    "GearWorld": "world",
    "Link": "system",
    "Motion": "motion",
    "Query": "system",
    "Question": "system",
    "Size": "system",
    "State": "motion",
    "answer": "answering",
    "motions": "motion",
    "read_problem": "reading",
}

__all__ = sorted(_HOME)


def __getattr__(name: str) -> Any:
    return find(__name__, _HOME, name)


def __dir__() -> list[str]:
    return __all__
