"""What is good? Objectives of representations: against collapse, and for smooth time."""

from pellucid.objectives.coding_rate import CodingRate, coding_rate
from pellucid.objectives.collapse import (
    CollapseStatistics,
    collapse_statistics,
    effective_rank,
    linear_r2,
)
from pellucid.objectives.objective import Combination, Objective
from pellucid.objectives.rate_reduction import (
    RateReduction,
    conditional_rate,
    hard_memberships,
    rate_reduction,
    sparse_rate_reduction,
    subspace_rate,
    variational_rate,
)
from pellucid.objectives.sigreg import SIGReg
from pellucid.objectives.temporal import (
    TemporalSimilarity,
    TemporalStraightening,
    TemporalVariance,
)
from pellucid.objectives.vicreg import VICReg

__all__ = [
    "CodingRate",
    "CollapseStatistics",
    "Combination",
    "Objective",
    "RateReduction",
    "SIGReg",
    "TemporalSimilarity",
    "TemporalStraightening",
    "TemporalVariance",
    "VICReg",
    "coding_rate",
    "collapse_statistics",
    "conditional_rate",
    "effective_rank",
    "hard_memberships",
    "linear_r2",
    "rate_reduction",
    "sparse_rate_reduction",
    "subspace_rate",
    "variational_rate",
]
