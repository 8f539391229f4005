"""The circuit view of a transformer: what it computes, as gates that can be counted.

    from pellucid.reasoning.circuits import FixedTransformer, compile_circuit

A transformer of fixed precision is a threshold circuit whose depth does not grow with the length of
its input (Merrill and Sabharwal 2023, arXiv 2207.00729); each token that it says adds that depth
once more (Feng et al. 2023, arXiv 2305.15408; Li et al. 2024, arXiv 2402.12875).
"""

from __future__ import annotations

from typing import Any

from pellucid.lazy import find

_HOME = {
    "Circuit": "threshold",
    "CircuitBuilder": "builder",
    "FixedConfig": "fixed_point",
    "FixedTransformer": "fixed_point",
    "Gate": "threshold",
    "LearningConfig": "straight_through",
    "PointTracking": "point_tracking",
    "StraightThroughTransformer": "straight_through",
    "TransformerCircuit": "compile",
    "compile_circuit": "compile",
    "learn_fixed": "straight_through",
    "random_transformer": "fixed_point",
}

__all__ = sorted(_HOME)


def __getattr__(name: str) -> Any:
    return find(__name__, _HOME, name)


def __dir__() -> list[str]:
    return __all__
