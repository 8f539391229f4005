"""What happens next? Environments, and world models of them.

Only what needs no torch is imported here; `pellucid.worlds.environments` makes the project's
environments known to Gymnasium.
"""

from __future__ import annotations

from typing import Any

from pellucid.lazy import find

_HOME = {
    "JEPA": "jepa",
    "CollapseReport": "collapse",
    "Criteria": "criteria",
    "CriteriaConfig": "criteria",
    "JEPAConfig": "jepa",
    "SimulatorWorld": "simulator",
    "World": "world",
    "collapse_report": "collapse",
}

__all__ = sorted(_HOME)


def __getattr__(name: str) -> Any:
    return find(__name__, _HOME, name)


def __dir__() -> list[str]:
    return __all__
