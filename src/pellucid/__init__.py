"""Pellucid: agents whose minds can be read.

Importing this package imports neither torch nor any room: the names below are found when they are
first used.
"""

from __future__ import annotations

import importlib
from typing import Any

__version__ = "0.1.0"

_HOME = {
    "Agent": "pellucid.agent",
    "Episode": "pellucid.data",
    "Experience": "pellucid.data",
    "PellucidError": "pellucid.errors",
    "evaluate": "pellucid.agent",
    "record": "pellucid.data",
    "train": "pellucid.agent",
}

__all__ = [*sorted(_HOME), "__version__"]


def __getattr__(name: str) -> Any:
    if name in _HOME:
        # Gymnasium learns of our environments from this import.
        importlib.import_module("pellucid.worlds.environments")
        return getattr(importlib.import_module(_HOME[name]), name)
    raise AttributeError(f"module 'pellucid' has no attribute '{name}'")


def __dir__() -> list[str]:
    return __all__
