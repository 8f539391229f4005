"""Your own recordings, without an environment: arrays in, an agent that plans out.

    python examples/your_arrays.py                 # about a minute
    python examples/your_arrays.py --tiny          # seconds: that it runs, no more

Here the arrays come from a body that is pushed about in a square, and the observation is its place.
Put your own in their stead: an array (T+1, ...) of observations and one (T, A) of actions for each
episode. Pictures (T+1, H, W, 3) uint8 work the same way.
"""

from __future__ import annotations

import numpy as np
import tyro

import pellucid
from pellucid.agent import TrainingConfig
from pellucid.data import ActionSpace, from_arrays
from pellucid.learning.schedule import Schedule

SPACE = ActionSpace((-1.0, -1.0), (1.0, 1.0))


def push(place: np.ndarray, action: np.ndarray) -> np.ndarray:
    """The world that the agent does not know: a tenth of the action is walked, up to the walls."""
    return np.clip(place + 0.1 * action, -1, 1).astype(np.float32)


def recordings(episodes: int, length: int) -> tuple[np.ndarray, np.ndarray]:
    """Observations (N, T+1, 2) and actions (N, T, 2) of random pushes."""
    generator = np.random.default_rng(0)
    actions = SPACE.sample((episodes, length), generator)
    places = [generator.uniform(-1, 1, (episodes, 2)).astype(np.float32)]
    for step in range(length):
        places.append(push(places[-1], actions[:, step]))
    return np.stack(places, axis=1), actions


def main(episodes: int = 200, length: int = 50, steps: int = 500, tiny: bool = False) -> None:
    """Store the arrays, train, and walk to a goal.

    Parameters
    ----------
    episodes
        how many episodes the recording has
    length
        actions in each
    steps
        training steps
    tiny
        the size of a test
    """
    if tiny:
        episodes, length, steps = 8, 12, 4
    observations, actions = recordings(episodes, length)
    experience = from_arrays(
        "experience/example-arrays", observations, actions, action_space=SPACE, mode="overwrite"
    )
    config = TrainingConfig(schedule=Schedule(steps=steps, learning_rate=1e-3, clip=5.0), threads=1)
    agent = pellucid.train(experience, config)

    place, goal = np.float32([-0.8, -0.8]), np.float32([0.6, 0.4])
    print(f"from {place} to {goal}: {np.linalg.norm(goal - place):.2f} away")
    agent.begin(goal=goal)
    for _ in range(30):
        place = push(place, agent.act(place))
    print(f"after 30 steps at {place}: {np.linalg.norm(goal - place):.2f} away")


if __name__ == "__main__":
    tyro.cli(main)
