"""Who acts? The six modules and the loop that joins them."""

from __future__ import annotations

from pellucid.agent.actor import Actor, Policy
from pellucid.agent.agent import Agent
from pellucid.agent.configurator import Configuration, Configurator, PlanningConfig
from pellucid.agent.cost import Cost, CostWeights, Critic, goal_distance
from pellucid.agent.distillation import DistillationConfig, distill
from pellucid.agent.evaluation import (
    EpisodeResult,
    Evaluation,
    evaluate,
    random_floor,
    simulator_ceiling,
)
from pellucid.agent.memory import Moment, ShortTermMemory
from pellucid.agent.perception import Perception
from pellucid.agent.tasks import ArenaTasks, ReplayTasks, Tasks
from pellucid.agent.training import TrainingConfig, train, train_with_result

__all__ = [
    "Actor",
    "Agent",
    "ArenaTasks",
    "Configuration",
    "Configurator",
    "Cost",
    "CostWeights",
    "Critic",
    "DistillationConfig",
    "EpisodeResult",
    "Evaluation",
    "Moment",
    "Perception",
    "PlanningConfig",
    "Policy",
    "ReplayTasks",
    "ShortTermMemory",
    "Tasks",
    "TrainingConfig",
    "distill",
    "evaluate",
    "goal_distance",
    "random_floor",
    "simulator_ceiling",
    "train",
    "train_with_result",
]
