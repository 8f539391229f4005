"""`pellucid act RUN`: watch it."""

from __future__ import annotations

import sys
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

import tyro


@dataclass(frozen=True)
class Options:
    """Let a trained agent act in its environment, and keep the film.

    Nothing is claimed and nothing is judged: it exits with 0, whether tasks were solved or not.
    """

    run: Annotated[str, tyro.conf.Positional, tyro.conf.arg(metavar="RUN")] = "train"
    """a run's folder, or the name of runs, whose latest is taken"""
    tasks: str | None = None
    """a manifest; by default the one of the environment, or replayed episodes"""
    count: int = 4
    """how many tasks to play"""
    mode: Literal["plan", "react"] = "plan"
    """plan with the world model, or react by the distilled policy"""
    experience: Path | None = None
    """where the experience is that it learned from, if it was moved"""
    output: Path = Path("runs")
    """the folder of all runs"""
    film: Path | None = None
    """where to write the film (GIF); by default act.gif in the run's folder"""
    seed: int = 0
    """of the planner's noise"""


def main(options: Options) -> int:
    """Act."""
    from pellucid.agent.agent import Agent
    from pellucid.agent.film import play_and_film
    from pellucid.agent.job import experience_of, tasks_for
    from pellucid.agent.tasks import ArenaTasks
    from pellucid.learning.runs import RunFolder
    from pellucid.worlds.environments import IDS  # noqa: F401  (makes them known)

    run = RunFolder.find(options.run, root=options.output)
    experience = experience_of(run, options.experience)
    agent, film = Agent.load(run.path), options.film or run.path / "act.gif"
    tasks = tasks_for(experience, name=options.tasks, count=options.count)
    if isinstance(tasks, ArenaTasks):
        tasks = ArenaTasks(tasks.manifest.first(options.count))
    with closing(tasks):
        episodes = play_and_film(agent, tasks, film, mode=options.mode, seed=options.seed)
    for number, episode in enumerate(episodes, start=1):
        outcome = "solved" if episode.success else "not solved"
        sys.stdout.write(f"task {number}: {outcome} in {episode.steps} steps\n")
    solved = sum(episode.success for episode in episodes)
    sys.stdout.write(
        f"{solved} of {len(episodes)} solved\nfilm: {film} (left: what is seen, right: the goal)\n"
    )
    return 0
