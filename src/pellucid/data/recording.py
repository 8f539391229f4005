"""Record episodes from any Gymnasium environment."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from pellucid.data.experience import Experience
from pellucid.data.pixels import SIZE, Environment
from pellucid.data.policies import PolicyFactory, make_policy, policy_name
from pellucid.data.rollouts import LONGEST, Rollout, Rollouts, open_rollouts
from pellucid.data.spec import ExperienceSpec, estimate_bytes
from pellucid.data.writer import ExperienceWriter, Mode
from pellucid.errors import ConfigError


@dataclass(frozen=True)
class RecordProgress:
    """How far a recording is."""

    episodes: int
    total_episodes: int
    frames: int
    bytes_written: int
    bytes_expected: int
    """At the mean length of the episodes so far."""


def record(
    environment: Environment,
    path: str | Path,
    *,
    episodes: int,
    policy: str | PolicyFactory = "drift",
    seed: int = 0,
    steps: int | None = None,
    stop_when_done: bool = True,
    environment_kwargs: Mapping[str, Any] | None = None,
    num_envs: int | None = None,
    size: int | None = SIZE,
    labels: bool = True,
    mode: Mode = "error",
    progress: Callable[[RecordProgress], None] | None = None,
) -> Experience:
    """Record `episodes` (more, in mode "append") of at most `steps` actions, as pixels.

    `environment` is a Gymnasium id or a function that makes an environment. Where Gymnasium knows
    a vectorised version that observes pixels and leaves resetting to its user (the project's own
    do), `num_envs` episodes run in lock step; any other is stepped alone. Pictures are resized to
    `size` by area averaging; the true state is kept as labels unless `labels` is false.

    An episode ends with the environment's; `stop_when_done=False` goes on to exactly `steps`
    actions, for worlds in which a goal is only a mark and exploring means going past it.

    The bytes depend on the seed, the policy, the environment and `num_envs`, on nothing else: what
    was interrupted and continued in mode "append" is equal to what was never interrupted.

    Raises ConfigError for an unknown environment or policy, and DataError when `path` is taken or
    the disk is too small or full; what was recorded before stays.
    """
    if episodes < 1 or (steps is not None and steps < 1):
        raise ConfigError(f"episodes={episodes} and steps={steps} must be at least 1")
    if steps is None and not stop_when_done:
        raise ConfigError("stop_when_done=False wants a number of steps: say steps=100, say")
    rollouts = open_rollouts(
        environment, dict(environment_kwargs or {}), size=size, num_envs=num_envs, steps=steps
    )
    try:
        spec = ExperienceSpec(
            observation_shape=rollouts.observation_shape,
            observation_dtype="uint8",
            action_space=rollouts.space,
            label_names=rollouts.label_names() if labels else (),
            environment=rollouts.name,
            environment_kwargs=dict(environment_kwargs or {}),
            policy=policy_name(policy),
            seed=seed,
        )
        plan = _Plan(episodes, policy, seed, steps, stop_when_done)
        with ExperienceWriter(path, spec, mode=mode) as writer:
            if steps is not None:
                writer.reserve(episodes * (steps + 1))
            _write(writer, rollouts, plan, progress)
    finally:
        rollouts.close()
    return Experience.open(path)


@dataclass(frozen=True)
class _Plan:
    episodes: int
    policy: str | PolicyFactory
    seed: int
    steps: int | None
    stop_when_done: bool


def _write(
    writer: ExperienceWriter,
    rollouts: Rollouts,
    plan: _Plan,
    progress: Callable[[RecordProgress], None] | None,
) -> None:
    frames, name = 0, policy_name(plan.policy)
    for done, rollout in enumerate(_rollouts(rollouts, plan, first=len(writer)), start=1):
        episode = rollout.episode
        if not writer.spec.label_names:
            episode = type(episode)(episode.observations, episode.actions)
        writer.append(
            episode,
            seed=rollout.seed,
            terminated=rollout.terminated,
            truncated=rollout.truncated,
            facts={"policy": name, **rollout.facts},
        )
        frames += episode.length + 1
        if progress is not None:
            expected = estimate_bytes(writer.spec, frames * plan.episodes // done)
            written = estimate_bytes(writer.spec, frames)
            progress(RecordProgress(done, plan.episodes, frames, written, expected))


def _rollouts(rollouts: Rollouts, plan: _Plan, *, first: int) -> Iterator[Rollout]:
    """Episodes number `first`, `first + 1`, ... of the endless sequence that the seed defines."""
    batch = rollouts.num_envs
    last = first + plan.episodes
    for wave in range(first // batch, -(-last // batch)):
        # Seeds of a wave depend on its number alone, so that any wave can be recorded by itself.
        reset_seed = int(np.random.SeedSequence([plan.seed, wave]).generate_state(1)[0] >> 1)
        generator = np.random.default_rng([plan.seed, wave, 1])
        policy = make_policy(plan.policy, rollouts.space, batch, generator)
        many = rollouts.run(
            policy,
            seed=reset_seed,
            steps=plan.steps or LONGEST,
            bounded=plan.steps is not None,
            stop_when_done=plan.stop_when_done,
        )
        for row, rollout in enumerate(many):
            if first <= wave * batch + row < last:
                yield rollout
