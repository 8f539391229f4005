"""Show me. The page of a run: what the agent did, what it imagined, and why it failed."""

from __future__ import annotations

from typing import Any

from pellucid.lazy import find

_HOME = {
    "ReportContents": "report",
    "SummaryRow": "report",
    "collect": "contents",
    "write_report": "report",
}

__all__ = sorted(_HOME)


def __getattr__(name: str) -> Any:
    return find(__name__, _HOME, name)


def __dir__() -> list[str]:
    return __all__
