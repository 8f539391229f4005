"""Films of an agent at work."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from pellucid.agent.agent import Agent
from pellucid.agent.configurator import Mode
from pellucid.agent.evaluation import EpisodeResult, play
from pellucid.agent.tasks import Tasks
from pellucid.config import check


def play_and_film(
    agent: Agent, tasks: Tasks, path: str | Path, *, mode: Mode | None = None, seed: int = 0
) -> tuple[EpisodeResult, ...]:
    """Play the tasks and write a GIF: a row for each task, what is seen beside the goal.

    The tasks' observations must be pictures (N, H, W, 3); `path` must end in .gif.
    """
    check(Path(path).suffix.lower() == ".gif", f"a film is a GIF: call {path} something.gif")
    frames: list[np.ndarray] = []
    goals: np.ndarray | None = None

    def act(observation: np.ndarray, solved: np.ndarray) -> np.ndarray:
        assert goals is not None
        agent.rest(solved)
        frames.append(_sheet(observation, goals))
        return tasks.space.encode(agent.act(observation))

    tasks.reset()
    goals = tasks.goals
    agent.begin(goals, mode=mode, seed=seed)
    episodes, _ = play(tasks, act)
    write_gif(frames, path)
    return episodes


def write_gif(frames: list[np.ndarray], path: str | Path, *, frames_per_second: int = 12) -> None:
    """Frames (H, W, 3) uint8 as an animated GIF."""
    from PIL import Image

    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    first, *rest = (Image.fromarray(frame) for frame in frames)
    duration = round(1000 / frames_per_second)
    first.save(path, save_all=True, append_images=rest, duration=duration, loop=0)


def _sheet(seen: np.ndarray, goals: np.ndarray, *, scale: int = 3, gap: int = 4) -> np.ndarray:
    """Pictures (N, H, W, 3) and their goals, two columns, enlarged."""
    pad = ((0, 0), (gap, gap), (gap, gap), (0, 0))
    pair = np.concatenate(
        [np.pad(part, pad, constant_values=255) for part in (seen, goals)], axis=2
    )
    sheet = pair.reshape(-1, *pair.shape[2:])
    return np.repeat(np.repeat(sheet, scale, axis=0), scale, axis=1)
