"""Tasks: starts and goals that an agent is measured on, the same for everybody.

A set of tasks is played in lock step:

    observation = tasks.reset()                      # (N, *O)
    agent.begin(tasks.goals)                         # (N, *O)
    while not finished:
        observation, solved = tasks.step(actions)    # vectors (N, A); solved (N,) bool
"""

from __future__ import annotations

from typing import Protocol

import numpy as np

from pellucid.config import check
from pellucid.data.actions import ActionSpace
from pellucid.data.experience import Experience
from pellucid.data.pixels import pixel_environment
from pellucid.errors import DataError
from pellucid.worlds.environments.arena import ArenaVector
from pellucid.worlds.environments.manifests import Manifest


class Tasks(Protocol):
    """N tasks in lock step; see the module's text for the loop."""

    name: str
    protocol: str
    """How success is decided, in a sentence."""
    budget: int
    """Steps allowed."""
    space: ActionSpace

    def __len__(self) -> int: ...

    @property
    def goals(self) -> np.ndarray:
        """Observations to bring about, (N, *O)."""
        ...

    @property
    def goal_states(self) -> np.ndarray:
        """The true states of the goals, (N, L)."""
        ...

    def reset(self) -> np.ndarray:
        """Begin all tasks; observations (N, *O)."""
        ...

    def step(self, actions: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Act (N, A) everywhere; observations (N, *O) and which tasks are solved now, (N,)."""
        ...

    def states(self) -> np.ndarray:
        """The true states, (N, L)."""
        ...

    def close(self) -> None:
        """Close the environments."""
        ...


class ArenaTasks:
    """The tasks of a manifest: start and goal positions committed with the environment.

    Without a `budget`, as many steps are allowed as the manifest says.
    """

    def __init__(self, manifest: Manifest, *, budget: int | None = None) -> None:
        self.name, self.manifest = manifest.name, manifest
        self.budget: int = manifest.arguments["max_steps"] if budget is None else budget
        self.protocol = (
            f"within 4 px of the goal (arena 64 px) at any time in {self.budget} steps; start and "
            "goal out of each other's sight; goal given as a 64x64 picture"
        )
        self.arenas: ArenaVector = manifest.make()
        self.space = ActionSpace.of(self.arenas.single_action_space)

    def __len__(self) -> int:
        return len(self.manifest)

    @property
    def goals(self) -> np.ndarray:
        """Pictures with the body at the goal, (N, 64, 64, 3)."""
        return self.arenas.goal_images

    @property
    def goal_states(self) -> np.ndarray:
        """Goal positions in pixels, (N, 2)."""
        return self.arenas.goals

    def reset(self) -> np.ndarray:
        """Put every body at its start."""
        return self.manifest.reset(self.arenas)[0]

    def step(self, actions: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Move every body."""
        observation, _, solved, _, _ = self.arenas.step(self.space.decode(actions))
        return observation, solved

    def states(self) -> np.ndarray:
        """Positions in pixels, (N, 2)."""
        return self.arenas.positions.copy()

    def close(self) -> None:
        """Close the arenas."""
        self.arenas.close()


class ReplayTasks:
    """Tasks in any Gymnasium environment, made from recorded episodes.

    An episode is replayed from its seed up to a step, and the goal is what was observed `ahead`
    steps later: a goal that is known to be reachable. A task is solved when every number of the
    true state is within `tolerance` standard deviations (of the experience) of the goal's.

    DataError where the experience holds no pictures, labels or seeds, or too few episodes that are
    long enough and move; ConfigError where its environment cannot be made.
    """

    def __init__(
        self,
        experience: Experience,
        *,
        count: int = 20,
        ahead: int = 25,
        budget: int | None = None,
        tolerance: float = 0.25,
        seed: int = 0,
    ) -> None:
        spec = experience.spec
        if not spec.label_names:
            raise DataError(
                f"{experience.path} has no labels to decide success by: record it again with labels"
            )
        if len(spec.observation_shape) != 3:
            raise DataError(
                f"{experience.path} observes {spec.observation_shape}, and environments are "
                "replayed as pictures: give pellucid.evaluate tasks of your own"
            )
        check(count >= 1, f"count={count} tasks: at least 1 is wanted")
        self.budget = 2 * ahead if budget is None else budget
        self.name, self.space = f"replay of {experience.path.name}", spec.action_space
        self.protocol = (
            f"goal = what was observed {ahead} steps later in the recording; solved when each of "
            f"{', '.join(spec.label_names)} is within {tolerance:g} deviations of the goal's; "
            f"{self.budget} steps"
        )
        self._choose(experience, count, ahead, tolerance, np.random.default_rng(seed))
        height, width = spec.observation_shape[:2]
        # Pictures that are not square were recorded in their own size.
        size = height if height == width else None
        self._environments = [
            pixel_environment(spec.environment, spec.environment_kwargs, size=size)
            for _ in range(count)
        ]

    def _choose(
        self,
        experience: Experience,
        count: int,
        ahead: int,
        tolerance: float,
        generator: np.random.Generator,
    ) -> None:
        """Draw episodes and steps; tasks that are solved at their start are left out."""
        labels = np.asarray(experience.columns.labels)
        self._scale = tolerance * np.maximum(labels.std(0), 1e-6)
        self._seeds: list[int] = []
        self._lead: list[np.ndarray] = []
        goals: list[np.ndarray] = []
        states: list[np.ndarray] = []
        seeded = np.array([record.seed is not None for record in experience.records], dtype=bool)
        if not seeded.any():
            raise DataError(
                f"{experience.path} has no seeds to replay its episodes from: give "
                "pellucid.evaluate tasks of your own, or record with `pellucid record`"
            )
        long = np.flatnonzero(seeded & (experience.lengths >= ahead))
        for _ in range(1000 * count):
            if len(goals) == count or not len(long):
                break
            index = int(generator.choice(long))
            episode, record = experience[index], experience.records[index]
            assert episode.labels is not None
            first = int(generator.integers(episode.length - ahead + 1))
            change = np.abs(episode.labels[first + ahead] - episode.labels[first]) / self._scale
            if change.max() <= 1:
                continue
            assert record.seed is not None
            self._seeds.append(record.seed)
            self._lead.append(episode.actions[:first])
            goals.append(episode.observations[first + ahead])
            states.append(episode.labels[first + ahead])
        if len(goals) < count:
            raise DataError(
                f"{experience.path} yields {len(goals)} tasks of the {count} wanted: record "
                f"episodes longer than {ahead} steps that move, or look less far ahead"
            )
        self._goals, self._goal_states = np.stack(goals), np.stack(states)
        self._states = self._goal_states.copy()

    def __len__(self) -> int:
        return len(self._goals)

    @property
    def goals(self) -> np.ndarray:
        """Recorded observations, (N, *O)."""
        return self._goals

    @property
    def goal_states(self) -> np.ndarray:
        """Their labels, (N, L)."""
        return self._goal_states

    def reset(self) -> np.ndarray:
        """Replay every episode up to the task's start."""
        self._ended = np.zeros(len(self), dtype=bool)
        self._observations = np.stack([self._replay(i) for i in range(len(self))])
        return self._observations.copy()

    def _replay(self, index: int) -> np.ndarray:
        environment = self._environments[index]
        observation, info = environment.reset(seed=self._seeds[index])
        for action in self._lead[index]:
            observation, _, _, _, info = environment.step(self.space.decode(action))
        self._states[index] = info["state"]
        return observation

    def step(self, actions: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Act in every environment that has not ended; one that has stays as it is, unsolved."""
        was_over = self._ended.copy()
        for i in np.flatnonzero(~self._ended):
            observation, _, self._ended[i], _, info = self._environments[i].step(
                self.space.decode(actions[i])
            )
            self._observations[i], self._states[i] = observation, info["state"]
        distance = np.abs(self._states - self._goal_states) / self._scale
        return self._observations.copy(), (distance.max(-1) <= 1) & ~was_over

    def states(self) -> np.ndarray:
        """The true states, (N, L)."""
        return self._states.copy()

    def close(self) -> None:
        """Close the environments."""
        for environment in self._environments:
            environment.close()
