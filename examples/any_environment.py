"""Any Gymnasium environment, from nothing to an agent that plans in it.

    python examples/any_environment.py                            # Pendulum, some minutes
    python examples/any_environment.py --env CartPole-v1 --length 200
    python examples/any_environment.py --tiny                     # seconds: that it runs, no more

The environment is seen as 64 x 64 pictures. Two make up a state, since one does not show how fast
things move. Goals are what was seen some steps later in the recording.
"""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import tyro

import pellucid
from pellucid.agent import Configuration, PlanningConfig, TrainingConfig, random_floor
from pellucid.agent.job import tasks_for
from pellucid.data import pixel_environment
from pellucid.learning.schedule import Schedule
from pellucid.networks import EncoderConfig
from pellucid.worlds import JEPAConfig

SMALL = TrainingConfig(
    world=JEPAConfig(dimension=4, hidden=8, frames=2, encoder=EncoderConfig(width=2)),
    schedule=Schedule(steps=4),
    configuration=Configuration(planning=PlanningConfig(horizon=8, samples=8, iterations=1)),
    batch=4,
    unroll=3,
    threads=1,
)


def main(
    env: str = "Pendulum-v1",
    episodes: int = 200,
    length: int = 100,
    steps: int = 2000,
    tiny: bool = False,
) -> None:
    """Record, train, evaluate, act.

    Parameters
    ----------
    env
        a Gymnasium id
    episodes
        how many episodes to record
    length
        actions in an episode at most
    steps
        training steps
    tiny
        the size of a test
    """
    config = TrainingConfig(
        world=JEPAConfig(frames=2), schedule=Schedule(steps=steps, learning_rate=1e-3, clip=5.0)
    )
    if tiny:
        episodes, length, config = 6, 20, SMALL

    place = Path("experience") / f"example-{env.replace('/', '-')}"
    experience = pellucid.record(env, place, episodes=episodes, steps=length, mode="overwrite")
    print(f"{place}: {len(experience)} episodes, {experience.frames} frames")

    agent = pellucid.train(experience, config)

    with closing(tasks_for(experience, count=2 if tiny else 20)) as tasks:
        planned, floor = pellucid.evaluate(agent, tasks, mode="plan"), random_floor(tasks)
    print(f"planning solves {planned.success:.0%}, random actions {floor.success:.0%}")
    print(f"solved: {planned.protocol}")

    with closing(pixel_environment(env)) as environment:
        observation, _ = environment.reset(seed=0)
        agent.begin(goal=experience[0].observations[-1])
        for _ in range(5):
            action = agent.act(observation)
            observation, *_ = environment.step(action)
            print(f"action {action}")


if __name__ == "__main__":
    tyro.cli(main)
