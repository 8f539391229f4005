"""Is the claim true? Published figure, null and measured figure, by one command each.

The names below are found when they are first used.
"""

from __future__ import annotations

from typing import Any

from pellucid.lazy import find

_HOME = {
    "EXPERIMENTS": "framework",
    "Bar": "rows",
    "Experiment": "framework",
    "Measured": "statistics",
    "Null": "rows",
    "Published": "rows",
    "Result": "rows",
    "Row": "rows",
    "Settings": "rows",
    "bootstrap": "statistics",
    "last_result": "framework",
    "mean": "statistics",
    "run_experiment": "framework",
    "share": "statistics",
}

__all__ = sorted(_HOME)


def __getattr__(name: str) -> Any:
    return find(__name__, _HOME, name)


def __dir__() -> list[str]:
    return __all__
