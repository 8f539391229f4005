"""`pellucid record --env ID --out FOLDER`: what does the world look like?"""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Options:
    """Record episodes from any Gymnasium environment, as pixels."""

    env: str = "pellucid/TwoRoom-v0"
    """a Gymnasium id"""
    out: Path = Path("experience/two-room")
    """the folder of the experience"""
    episodes: int = 600
    """how many episodes"""
    steps: int | None = None
    """actions in an episode at most; by default what the environment allows (our own: 100)"""
    policy: str = "drift"
    """drift (slowly turning) or random"""
    seed: int = 0
    """of starts and policy"""
    env_kwargs: str = "{}"
    """the environment's keyword arguments as JSON, such as '{"layout": "train"}'"""
    append: bool = False
    """add so many episodes to an experience that is there, as one that was interrupted"""


def main(options: Options) -> int:
    """Record."""
    from pellucid.data.recording import RecordProgress, record
    from pellucid.errors import ConfigError
    from pellucid.learning.progress import choose_progress
    from pellucid.worlds.environments import IDS

    try:
        kwargs = json.loads(options.env_kwargs)
    except ValueError as error:
        raise ConfigError(f"--env-kwargs is not JSON ({error}): {options.env_kwargs}") from error
    if not isinstance(kwargs, dict):
        raise ConfigError(f"--env-kwargs must be an object with keys, not {options.env_kwargs}")
    own = options.env in IDS
    with choose_progress().task("recording") as report:

        def tell(state: RecordProgress) -> None:
            megabytes = round(state.bytes_expected / 1e6)
            report(
                state.episodes / state.total_episodes,
                {"episodes": state.episodes, "frames": state.frames, "MB": megabytes},
            )

        experience = record(
            options.env,
            options.out,
            episodes=options.episodes,
            policy=options.policy,
            seed=options.seed,
            steps=100 if own and options.steps is None else options.steps,
            stop_when_done=not own,
            environment_kwargs=kwargs,
            mode="append" if options.append else "error",
            progress=tell,
        )
    sys.stdout.write(
        f"{options.out}: {len(experience)} episodes, {experience.frames} frames of "
        f"{experience.spec.observation_shape}. Next: pellucid train {options.out}\n"
    )
    return 0
