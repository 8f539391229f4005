"""Episodes played out: one environment at a time, or many in lock step."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

import gymnasium
import numpy as np
from gymnasium import spaces
from gymnasium.vector import AutoresetMode, VectorEnv

from pellucid.data.actions import ActionSpace
from pellucid.data.episode import Episode
from pellucid.data.pixels import Environment, PixelObservation, is_image, pixel_environment
from pellucid.data.policies import Policy
from pellucid.errors import ConfigError, DataError

LONGEST = 10_000
"""Actions after which an episode that nobody bounded is given up."""
NUM_ENVS = 32
WAVE_BYTES = 256_000_000
"""The memory that the episodes of one wave may take."""


@dataclass(frozen=True, eq=False)
class Rollout:
    """One episode, and what is known of how it came about."""

    episode: Episode
    seed: int
    terminated: bool
    truncated: bool
    facts: Mapping[str, Any] = field(default_factory=dict)


class Rollouts(Protocol):
    """Plays waves of `num_envs` episodes."""

    name: str
    space: ActionSpace
    num_envs: int
    observation_shape: tuple[int, ...]

    def label_names(self) -> tuple[str, ...]:
        """The names of the numbers of the true state; none when there is no such state."""
        ...

    def run(
        self, policy: Policy, *, seed: int, steps: int, bounded: bool, stop_when_done: bool
    ) -> Iterator[Rollout]:
        """One wave of episodes of at most `steps` actions.

        Unless `bounded`, an episode that reaches `steps` is an error.
        """
        ...

    def close(self) -> None:
        """Close the environment."""
        ...


def open_rollouts(
    environment: Environment,
    environment_kwargs: Mapping[str, Any],
    *,
    size: int | None,
    num_envs: int | None,
    steps: int | None,
) -> Rollouts:
    """In lock step where the environment can do that and observes pixels itself, else alone."""
    if isinstance(environment, str):
        many = _open_vector(
            environment, environment_kwargs, size=size, num_envs=num_envs, steps=steps
        )
        if many is not None:
            return many
    return SingleRollouts(
        environment, pixel_environment(environment, environment_kwargs, size=size)
    )


def _open_vector(
    environment: str,
    environment_kwargs: Mapping[str, Any],
    *,
    size: int | None,
    num_envs: int | None,
    steps: int | None,
) -> VectorRollouts | None:
    try:
        spec = gymnasium.spec(environment)
    except (gymnasium.error.Error, ModuleNotFoundError) as error:
        raise ConfigError(f"environment '{environment}' cannot be made: {error}") from error
    if spec.vector_entry_point is None or spec.additional_wrappers:
        return None
    try:
        probe = _make_vector(environment, 1, environment_kwargs)
    except TypeError:  # it does not take these arguments: the single environment may
        return None
    space = probe.single_observation_space
    fits = is_image(space) and (size is None or space.shape == (size, size, 3))
    disabled = probe.metadata.get("autoreset_mode") == AutoresetMode.DISABLED
    probe.close()
    if not (fits and disabled):
        return None
    assert space.shape is not None
    if num_envs is None:
        episode_bytes = int(np.prod(space.shape)) * ((steps or 1000) + 1)
        num_envs = max(1, min(NUM_ENVS, WAVE_BYTES // episode_bytes))
    return VectorRollouts(environment, _make_vector(environment, num_envs, environment_kwargs))


def _make_vector(
    environment: str, num_envs: int, environment_kwargs: Mapping[str, Any]
) -> VectorEnv[Any, Any, Any]:
    return gymnasium.make_vec(
        environment,
        num_envs=num_envs,
        vectorization_mode="vector_entry_point",
        **environment_kwargs,
    )


class SingleRollouts:
    """One environment, one episode at a time."""

    num_envs = 1

    def __init__(self, environment: Environment, env: PixelObservation) -> None:
        self.env = env
        self.name = (
            environment
            if isinstance(environment, str)
            else getattr(environment, "__name__", type(environment).__name__)
        )
        self.space = ActionSpace.of(env.action_space)
        assert env.observation_space.shape is not None
        self.observation_shape: tuple[int, ...] = env.observation_space.shape

    def label_names(self) -> tuple[str, ...]:
        """As the environment names its state, else state_0, state_1, ..."""
        _, info = self.env.reset(seed=0)
        return _names(self.env.unwrapped, _count(info, batched=False))

    def run(
        self, policy: Policy, *, seed: int, steps: int, bounded: bool, stop_when_done: bool
    ) -> Iterator[Rollout]:
        """One episode."""
        policy.reset(np.ones(1, dtype=bool))
        observation, info = self.env.reset(seed=seed)
        observations, states = [observation], [info.get("state")]
        actions: list[np.ndarray] = []
        terminated = truncated = False
        while len(actions) < steps and not (stop_when_done and (terminated or truncated)):
            action, vector = self._choose(policy, observation)
            observation, _, terminated, truncated, info = self.env.step(action)
            actions.append(vector)
            observations.append(observation)
            states.append(info.get("state"))
        _check_ended(self.name, bounded or terminated or truncated)
        episode = Episode(np.stack(observations), np.stack(actions), _labels(states))
        facts = {"success": bool(info["success"])} if "success" in info else {}
        yield Rollout(episode, seed, bool(terminated), bool(truncated), facts)

    def _choose(self, policy: Policy, observation: np.ndarray) -> tuple[Any, np.ndarray]:
        """The environment's own action, and the vector (A,) of what is in truth carried out."""
        action = self.space.decode(policy.act(observation[None])[0])
        vector = self.space.encode(action)
        native = self.env.action_space
        if isinstance(native, spaces.Box):
            action = action.reshape(native.shape).astype(native.dtype)
        return action, vector

    def close(self) -> None:
        """Close the environment."""
        self.env.close()


class VectorRollouts:
    """Many environments in lock step: all begin together, none anew before all have ended."""

    def __init__(self, environment: str, env: VectorEnv[Any, Any, Any]) -> None:
        self.name, self.env, self.num_envs = environment, env, env.num_envs
        self.space = ActionSpace.of(env.single_action_space)
        assert env.single_observation_space.shape is not None
        self.observation_shape: tuple[int, ...] = env.single_observation_space.shape

    def label_names(self) -> tuple[str, ...]:
        """As the environment names its state, else state_0, state_1, ..."""
        _, info = self.env.reset(seed=0)
        return _names(self.env.unwrapped, _count(info, batched=True))

    def run(
        self, policy: Policy, *, seed: int, steps: int, bounded: bool, stop_when_done: bool
    ) -> Iterator[Rollout]:
        """One wave of `num_envs` episodes."""
        policy.reset(np.ones(self.num_envs, dtype=bool))
        observation, info = self.env.reset(seed=seed)
        # Copies: an environment may hand out the same buffer at each step.
        observations, states = [observation.copy()], [_copy(info.get("state"))]
        actions: list[np.ndarray] = []
        lengths = np.zeros(self.num_envs, dtype=np.int64)
        ends: list[dict[str, Any]] = [{} for _ in range(self.num_envs)]
        running = np.ones(self.num_envs, dtype=bool)
        while len(actions) < steps and running.any():
            action = self.space.decode(policy.act(observation))
            actions.append(self.space.encode(action))
            native = self.env.action_space
            observation, _, terminated, truncated, info = self.env.step(
                action.reshape(native.shape).astype(native.dtype)
            )
            observations.append(observation.copy())
            states.append(_copy(info.get("state")))
            lengths += running
            for row in np.flatnonzero(running).tolist():
                ends[row] = {"terminated": bool(terminated[row]), "truncated": bool(truncated[row])}
                if "success" in info:
                    ends[row]["success"] = bool(info["success"][row])
            if stop_when_done:
                # A finished arena is still stepped, being in lock step, but no longer recorded.
                running &= ~(terminated | truncated)
        _check_ended(self.name, bounded or not running.any())
        for row, (length, end) in enumerate(zip(lengths.tolist(), ends, strict=True)):
            yield self._rollout(
                row, observations, actions, states, length=length, end=end, seed=seed
            )

    def _rollout(
        self,
        row: int,
        observations: list[np.ndarray],
        actions: list[np.ndarray],
        states: list[Any],
        *,
        length: int,
        end: dict[str, Any],
        seed: int,
    ) -> Rollout:
        episode = Episode(
            np.stack([frame[row] for frame in observations[: length + 1]]),
            np.stack([action[row] for action in actions[:length]]),
            _labels([None if s is None else s[row] for s in states[: length + 1]]),
        )
        facts = {"row": row, **end}
        terminated, truncated = facts.pop("terminated"), facts.pop("truncated")
        return Rollout(episode, seed, terminated, truncated, facts)

    def close(self) -> None:
        """Close the environments."""
        self.env.close()


def _count(info: Mapping[str, Any], *, batched: bool) -> int:
    """L: how many numbers the true state has; 0 when there is none, or it is no vector."""
    shape: tuple[int, ...] = np.shape(info["state"])[batched:] if "state" in info else ()
    return shape[0] if len(shape) == 1 else 0


def _names(environment: Any, count: int) -> tuple[str, ...]:
    given = tuple(getattr(environment, "state_names", ()))
    return given if len(given) == count else tuple(f"state_{index}" for index in range(count))


def _copy(state: np.ndarray | None) -> np.ndarray | None:
    return None if state is None else np.array(state, dtype=np.float32)


def _labels(states: list[Any]) -> np.ndarray | None:
    """(T+1, L) float32, if the state was known all along."""
    if any(state is None or np.ndim(state) != 1 for state in states):
        return None
    return np.stack(states).astype(np.float32)


def _check_ended(name: str, ended: bool) -> None:
    if not ended:
        raise DataError(f"{name} has not ended after {LONGEST} actions: say steps=..., say 100")
