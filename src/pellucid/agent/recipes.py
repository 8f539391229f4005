"""Recipes: complete settings of a main job, by name.

A recipe is a function that returns a `Recipe`; the command line lists those in `RECIPES`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from pellucid.agent.configurator import Configuration, PlanningConfig
from pellucid.agent.cost import CostWeights
from pellucid.agent.refinement import RefinementConfig
from pellucid.agent.training import TrainingConfig
from pellucid.errors import ConfigError, nearest
from pellucid.learning.schedule import Schedule
from pellucid.worlds.criteria import CriteriaConfig
from pellucid.worlds.jepa import JEPAConfig


@dataclass(frozen=True)
class RecordConfig:
    """What experience to record."""

    environment: str = "pellucid/TwoRoom-v0"
    """a Gymnasium id"""
    environment_kwargs: dict[str, Any] = field(default_factory=dict)
    """its keyword arguments"""
    policy: str = "drift"
    """how to explore"""
    episodes: int = 600
    """how many episodes"""
    steps: int = 100
    """actions in each"""
    seed: int = 0
    """of starts and policy"""


@dataclass(frozen=True)
class Recipe:
    """A whole main job: what to record, how to train, and on what to be measured."""

    name: str
    experience: str
    """what the recording is called; recipes may share one"""
    record: RecordConfig
    training: TrainingConfig
    tasks: str
    """the manifest of the final measure, looked at once"""
    validation: str
    """the manifest on which settings are chosen and training is watched"""

    def place(self, root: Path) -> Path:
        """The folder of the recording, below the folder of all experience."""
        return root / f"{self.record.environment.split('/')[-1]}-{self.experience}"


def two_room() -> Recipe:
    """The fixed two rooms, from 60,000 frames."""
    return Recipe(
        name="two-room",
        experience="two-room",
        record=RecordConfig(),
        training=TrainingConfig(
            world=JEPAConfig(dimension=32, hidden=256),
            criteria=CriteriaConfig(inverse=1.0),
            schedule=Schedule(steps=1000, minutes=15, learning_rate=1e-3, clip=5.0),
            refinement=RefinementConfig(steps=1000),
        ),
        tasks="two-room",
        validation="two-room-validation",
    )


def demo() -> Recipe:
    """The two rooms within five minutes of training on two cores."""
    longer = two_room()
    schedule = replace(longer.training.schedule, steps=700, minutes=5)
    training = replace(longer.training, schedule=schedule, success_every=350)
    return replace(longer, name="demo", training=training)


def random_walls() -> Recipe:
    """Walls and doors drawn at random; measured on places that were held out.

    The scene is constant within an episode, so states may code the scene alone: the inverse term
    must weigh more than in one fixed room. Where the door is they learn last and least; so the
    agent is cautious: it goes round what it has run into. The patience is chosen on validation
    tasks, 50 for each of three trainings: 0.0005, 0.002, 0.005, 0.01 and 0.02 solved 131, 129, 135,
    126 and 115 of 150.
    """
    return Recipe(
        name="random-walls",
        experience="random-walls",
        record=RecordConfig(environment_kwargs={"layout": "train"}, episodes=1200),
        training=TrainingConfig(
            world=JEPAConfig(dimension=48, hidden=384),
            criteria=CriteriaConfig(inverse=10.0, perceive="powers"),
            schedule=Schedule(steps=3500, minutes=15, learning_rate=1e-3, clip=5.0),
            refinement=RefinementConfig(steps=6000),
            configuration=Configuration(cost=CostWeights(caution=0.3, patience=0.005)),
            batch=56,
        ),
        tasks="two-room-random",
        validation="two-room-random-validation",
    )


def maze() -> Recipe:
    """One maze of 4 x 4 cells, from 60,000 frames.

    Ways wind, and are up to 42 full steps long, so plans look further ahead than in two rooms: on
    the 50 validation tasks plans of 40 and of 60 steps solved 48 and 50 after one training, and
    48 and 50 with the true physics.
    """
    return Recipe(
        name="maze",
        experience="maze",
        record=RecordConfig(environment="pellucid/PointMaze-v0"),
        training=TrainingConfig(
            world=JEPAConfig(dimension=32, hidden=256),
            criteria=CriteriaConfig(inverse=1.0),
            schedule=Schedule(steps=1000, minutes=15, learning_rate=1e-3, clip=5.0),
            refinement=RefinementConfig(steps=1000),
            configuration=Configuration(planning=PlanningConfig(horizon=60)),
        ),
        tasks="point-maze",
        validation="point-maze-validation",
    )


RECIPES: dict[str, Callable[[], Recipe]] = {
    "demo": demo,
    "two-room": two_room,
    "random-walls": random_walls,
    "maze": maze,
}


def recipe(name: str) -> Recipe:
    """The recipe of that name."""
    if name not in RECIPES:
        raise ConfigError(f"recipe '{name}' is unknown: {nearest(name, RECIPES)}")
    return RECIPES[name]()
