"""What do weights live on? Devices that cannot be read or copied, and what computing costs.

The names below are found when they are first used.
"""

from __future__ import annotations

from typing import Any

from pellucid.lazy import find

_HOME = {
    "CELLS": "cells",
    "CellModel": "cells",
    "DeadDeviceError": "mortal",
    "DeviceConfig": "mortal",
    "Ledger": "ledger",
    "MortalDevice": "mortal",
    "MortalLinear": "layer",
    "Reference": "compensation",
    "adc_joules": "energy",
    "calibrate": "compensation",
    "compensate": "compensation",
    "digital_joules": "energy",
    "spend": "ledger",
}

__all__ = sorted(_HOME)


def __getattr__(name: str) -> Any:
    return find(__name__, _HOME, name)


def __dir__() -> list[str]:
    return __all__
