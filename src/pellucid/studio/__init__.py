"""Show me. The page of a run: what the agent did, what it imagined, and why it failed."""

from __future__ import annotations

import importlib
from typing import Any

_HOME = {
    "ReportContents": "report",
    "SummaryRow": "report",
    "collect": "contents",
    "write_report": "report",
}

__all__ = [*_HOME]


def __getattr__(name: str) -> Any:
    if name in _HOME:
        return getattr(importlib.import_module(f"{__name__}.{_HOME[name]}"), name)
    raise AttributeError(f"module 'pellucid.studio' has no attribute '{name}'")


def __dir__() -> list[str]:
    return __all__
