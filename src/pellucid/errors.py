"""One family of errors: what is wrong, where, and what to do, in one line each.

The command line prints a `PellucidError` as that one line and leaves with exit code 2; anything
else that escapes is a defect of ours and shows its traceback.
"""

from __future__ import annotations

import difflib
import importlib
from collections.abc import Iterable
from types import ModuleType


class PellucidError(ValueError):
    """Something that the user can mend."""


class ConfigError(PellucidError):
    """A setting is unknown, missing or out of its range."""


class DataError(PellucidError):
    """Recorded data is missing, damaged, or not of the expected shape."""


class CheckpointError(PellucidError):
    """A saved model is missing, truncated, or does not fit."""


class RunError(PellucidError):
    """A run folder is missing, in use, or not what was asked for."""


class DiskFullError(PellucidError):
    """There is no room for a file; whatever was there before it is still there."""


class CollapseError(PellucidError):
    """Training stopped because the representation collapsed or the loss is not a number."""


class ActionError(PellucidError):
    """An action lies outside of the space of actions."""


class MissingExtraError(PellucidError):
    """An optional package is needed; the message names the extra that brings it."""


def require(module: str, *, extra: str) -> ModuleType:
    """Import an optional `module`, or say which extra of Pellucid installs it."""
    try:
        return importlib.import_module(module)
    except ImportError as error:
        raise MissingExtraError(
            f"{module} is not installed: pip install 'pellucid[{extra}]' ({error})"
        ) from error


def nearest(name: str, known: Iterable[str]) -> str:
    """A hint for a mistyped `name`: the closest known one, else the list of all."""
    names = sorted(known)
    close = difflib.get_close_matches(name, names, n=1)
    return f"did you mean '{close[0]}'?" if close else f"known: {', '.join(names)}"
