"""What happens next? Environments, and world models of them.

Only what needs no torch is imported here; `pellucid.worlds.environments` makes the project's
environments known to Gymnasium.
"""

from __future__ import annotations

import importlib
from typing import Any

_HOME = {
    "JEPA": "pellucid.worlds.jepa",
    "CollapseReport": "pellucid.worlds.collapse",
    "Criteria": "pellucid.worlds.criteria",
    "CriteriaConfig": "pellucid.worlds.criteria",
    "JEPAConfig": "pellucid.worlds.jepa",
    "SimulatorWorld": "pellucid.worlds.simulator",
    "World": "pellucid.worlds.world",
    "collapse_report": "pellucid.worlds.collapse",
}

__all__ = sorted(_HOME)


def __getattr__(name: str) -> Any:
    if name in _HOME:
        return getattr(importlib.import_module(_HOME[name]), name)
    raise AttributeError(f"module 'pellucid.worlds' has no attribute '{name}'")
