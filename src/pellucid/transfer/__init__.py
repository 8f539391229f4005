"""How does knowledge move? Messages and their bits, channels, communities of identical copies.

The names below are found when they are first used.
"""

from __future__ import annotations

from typing import Any

from pellucid.lazy import find

_HOME = {
    "CODECS": "codec",
    "Channel": "channel",
    "DiLoCo": "sharing",
    "Gradient": "message",
    "GradientSharing": "sharing",
    "Labels": "message",
    "Loopback": "channel",
    "Message": "message",
    "Moment": "community",
    "Offset": "distillation",
    "Policy": "sharing",
    "Queries": "message",
    "Ranks": "channel",
    "SeedAndScalars": "message",
    "SeedSharing": "sharing",
    "SoftTargets": "message",
    "Taught": "distillation",
    "TellingConfig": "consensus",
    "Told": "consensus",
    "WeightAveraging": "sharing",
    "Weights": "message",
    "answers": "distillation",
    "balance": "distillation",
    "deal": "community",
    "learn_by_telling": "consensus",
    "learn_together": "community",
    "measure": "seeds",
    "mistaken": "teaching",
    "replay": "seeds",
    "send": "channel",
    "soft_cross_entropy": "distillation",
    "teach": "teaching",
    "tell": "teaching",
}

__all__ = sorted(_HOME)


def __getattr__(name: str) -> Any:
    return find(__name__, _HOME, name)


def __dir__() -> list[str]:
    return __all__
