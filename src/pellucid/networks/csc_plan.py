"""The sizes of sparse-coding classifiers: settings of their layers, and presets by name."""

from __future__ import annotations

from dataclasses import dataclass, replace

from pellucid.errors import ConfigError, nearest


@dataclass(frozen=True)
class LayerPlan:
    """One layer of the classifier."""

    atoms: int
    """How many patterns its dictionary has."""
    kernel: int = 3
    """Their side."""
    stride: int = 1
    """The distance between their places."""
    pool: int = 1
    """The input is averaged over squares of this side first."""
    residual: bool = False
    """Whether the standardised code is added to the input instead of replacing it."""
    iterations: int = 2
    """Steps of FISTA."""
    price: float = 0.05
    """The price of a unit of code; the dictionary has spectral norm one."""


@dataclass(frozen=True)
class CscPlan:
    """The sizes of a classifier, first layer to last."""

    layers: tuple[LayerPlan, ...]
    patch: int = 4
    """The side of the whitened patches."""
    patch_stride: int = 2
    components: int = 48
    """Principal components kept of each patch."""

    def priced(self, price: float) -> CscPlan:
        """The same plan with another price of a unit of code in every layer."""
        return replace(self, layers=tuple(replace(plan, price=price) for plan in self.layers))

    def iterated(self, iterations: int) -> CscPlan:
        """The same plan with another number of steps in every layer."""
        return replace(
            self, layers=tuple(replace(plan, iterations=iterations) for plan in self.layers)
        )


PLANS: dict[str, CscPlan] = {
    "tiny": CscPlan(
        (LayerPlan(16), LayerPlan(24, pool=2), LayerPlan(24, residual=True)), components=16
    ),
    "compact": CscPlan((LayerPlan(48), LayerPlan(96, pool=2), LayerPlan(192, pool=2))),
    "small": CscPlan(
        (
            LayerPlan(64),
            LayerPlan(128),
            LayerPlan(128, pool=2),
            LayerPlan(256, pool=2),
        )
    ),
    "large": CscPlan(
        (
            LayerPlan(64),
            *[LayerPlan(64, residual=True)] * 3,
            LayerPlan(128, pool=2),
            *[LayerPlan(128, residual=True)] * 3,
            LayerPlan(256, pool=2),
            *[LayerPlan(256, residual=True)] * 3,
            LayerPlan(512, pool=2),
            *[LayerPlan(512, residual=True)] * 3,
        ),
        patch=3,
        patch_stride=1,
        components=27,
    ),
}


def make_plan(plan: str | CscPlan) -> CscPlan:
    """A plan by its name in `PLANS`, or itself."""
    if isinstance(plan, CscPlan):
        return plan
    if plan not in PLANS:
        raise ConfigError(f"no plan '{plan}' of a sparse classifier; {nearest(plan, PLANS)}")
    return PLANS[plan]
