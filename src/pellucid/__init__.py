"""Pellucid: agents whose minds can be read.

Importing this package imports neither torch nor any room: the names below are found when they are
first used.
"""

from __future__ import annotations

import importlib
from typing import Any

from pellucid.lazy import find

__version__ = "0.1.0"

_HOME = {
    "Agent": "agent",
    "Episode": "data",
    "Experience": "data",
    "PellucidError": "errors",
    "evaluate": "agent",
    "record": "data",
    "train": "agent",
}

__all__ = [*sorted(_HOME), "__version__"]


def __getattr__(name: str) -> Any:
    if name in _HOME:
        # Gymnasium learns of our environments from this import.
        importlib.import_module("pellucid.worlds.environments")
    return find(__name__, _HOME, name)


def __dir__() -> list[str]:
    return __all__
