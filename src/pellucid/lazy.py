"""Names of a package that are found when they are first used (PEP 562).

So that importing a room costs nothing, and what needs no torch is had without it.
"""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from typing import Any


def find(package: str, homes: Mapping[str, str], name: str) -> Any:
    """What `package` calls `name`: for the `__getattr__` of its `__init__`.

    `homes` says in which module each public name lives, relative to the package.
    """
    if name not in homes:
        raise AttributeError(f"module '{package}' has no attribute '{name}'")
    return getattr(importlib.import_module(f"{package}.{homes[name]}"), name)
