"""Fakes with known answers for the tests of agents."""

import numpy as np

from pellucid.agent import PlanningConfig
from pellucid.data.actions import ActionSpace
from pellucid.networks import EncoderConfig
from pellucid.worlds.jepa import JEPA, JEPAConfig


class PointWorld(JEPA):
    """A world model that knows the truth: the observation is the state, actions add to it.

    Everything that a trained agent does can so be tested without training one.
    """

    def __init__(self, *, step: float = 0.1, frames: int = 1) -> None:
        super().__init__(
            JEPAConfig(dimension=2, hidden=4, frames=frames, encoder=EncoderConfig(width=1)),
            observation_shape=(2,),
            action_space=ActionSpace((-1.0, -1.0), (1.0, 1.0)),
        )
        self.step = step

    def encode(self, observation):
        return (observation if self.config.frames == 1 else observation[:, -1]).float()

    def predict(self, state, action, latent=None):
        return state + self.step * action


SHORT = PlanningConfig(planner="cem", horizon=10, execute=2, hold=1, samples=64, iterations=6)


class PointTasks:
    """Reach a point in the plane; the true dynamics of `PointWorld`, for N tasks."""

    name, protocol = "points", "within 0.1 of the goal"

    def __init__(self, count: int = 4, *, budget: int = 12, seed: int = 0) -> None:
        generator = np.random.default_rng(seed)
        self.starts = generator.uniform(-1, 1, (count, 2)).astype(np.float32)
        shift = generator.choice([-1.0, 1.0], (count, 2)) * 0.5
        self._goals = (self.starts + shift).astype(np.float32)
        self.budget, self.space = budget, ActionSpace((-1.0, -1.0), (1.0, 1.0))
        self.positions = self.starts.copy()

    def __len__(self):
        return len(self.starts)

    @property
    def goals(self):
        return self._goals

    @property
    def goal_states(self):
        return self._goals

    def reset(self):
        self.positions = self.starts.copy()
        return self.positions.copy()

    def step(self, actions):
        self.positions = self.positions + 0.1 * np.asarray(actions, dtype=np.float32)
        distance = np.linalg.norm(self.positions - self._goals, axis=-1)
        return self.positions.copy(), distance < 0.1

    def states(self):
        return self.positions.copy()

    def close(self):
        pass
