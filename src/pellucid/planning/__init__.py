"""What to do? Planners over any world, and the energies that they descend."""

from __future__ import annotations

from pellucid.planning.avoid import Avoid
from pellucid.planning.cem import CEM
from pellucid.planning.costs import ActionCost, FinalCost, Smoothness, StateCost
from pellucid.planning.energy import Energy, GoalDistance, terms_of
from pellucid.planning.gradient import GradientPlanner
from pellucid.planning.icem import ICEM
from pellucid.planning.mppi import MPPI
from pellucid.planning.plan import Plan, Planner, SearchTrace, scatter
from pellucid.planning.receding import RecedingHorizon
from pellucid.planning.rollout import rollout
from pellucid.planning.shooting import RandomShooting
from pellucid.planning.trajectory import Trajectory

__all__ = [
    "CEM",
    "ICEM",
    "MPPI",
    "ActionCost",
    "Avoid",
    "Energy",
    "FinalCost",
    "GoalDistance",
    "GradientPlanner",
    "Plan",
    "Planner",
    "RandomShooting",
    "RecedingHorizon",
    "SearchTrace",
    "Smoothness",
    "StateCost",
    "Trajectory",
    "rollout",
    "scatter",
    "terms_of",
]
