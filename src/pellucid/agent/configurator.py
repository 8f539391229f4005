"""The configurator: what is wanted, what counts, and how long to think."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from pellucid.agent.cost import CostWeights
from pellucid.config import check, check_counts
from pellucid.planning import CEM, ICEM, MPPI, GradientPlanner, Planner

Mode = Literal["react", "plan"]


@dataclass(frozen=True)
class PlanningConfig:
    """The budget of a plan."""

    planner: Literal["cem", "icem", "mppi", "gradient"] = "icem"
    """how plans are searched"""
    horizon: int = 40
    """actions that a plan looks ahead"""
    execute: int = 5
    """actions that are executed before planning again"""
    hold: int = 4
    """steps for which the search holds an action"""
    samples: int = 128
    """plans tried in each round; restarts of the gradient planner are a sixteenth of them"""
    iterations: int = 5
    """rounds of the search; ten times as many steps of the gradient planner"""

    def __post_init__(self) -> None:
        check_counts(self, "horizon", "execute", "hold", "samples", "iterations")
        check(
            self.execute <= self.horizon,
            f"execute={self.execute} actions of a plan of horizon={self.horizon}: choose fewer",
        )
        check(self.samples >= 8, f"samples={self.samples}: a search needs 8 at least")

    def make(self) -> Planner:
        """The planner with this budget."""
        samples, iterations, hold = self.samples, self.iterations, self.hold
        elites = max(4, samples // 10)
        match self.planner:
            case "cem":
                return CEM(
                    samples=samples, iterations=iterations, hold=hold, elites=elites, floor=0.05
                )
            case "icem":
                return ICEM(
                    samples=samples, iterations=iterations, hold=hold, elites=elites, floor=0.05
                )
            case "mppi":
                return MPPI(samples=samples, iterations=iterations, hold=hold, floor=0.05)
            case "gradient":
                return GradientPlanner(
                    restarts=max(1, samples // 16), iterations=10 * iterations, hold=hold
                )


@dataclass(frozen=True)
class Configuration:
    """What the configurator sets for a task: mode, weights of the costs, planning budget."""

    mode: Mode = "plan"
    """plan (Mode-2: search with the world model) or react (Mode-1: the distilled policy)"""
    cost: CostWeights = field(default_factory=CostWeights)
    """what counts"""
    planning: PlanningConfig = field(default_factory=PlanningConfig)
    """how long to think"""


class Configurator:
    """Holds the default configuration, and adapts it to a task.

    Today's rule is simple and stated: think in Mode-2 unless Mode-1 was asked for. What a task
    needs beyond the defaults is passed to `configure`.
    """

    def __init__(self, default: Configuration | None = None) -> None:
        self.default = default or Configuration()

    def configure(
        self,
        *,
        mode: Mode | None = None,
        cost: CostWeights | None = None,
        planning: PlanningConfig | None = None,
    ) -> Configuration:
        """The configuration of one task: the default, but for what is given."""
        return Configuration(
            mode=mode or self.default.mode,
            cost=cost or self.default.cost,
            planning=planning or self.default.planning,
        )
