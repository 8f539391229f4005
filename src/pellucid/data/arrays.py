"""A user's own arrays become an experience in one call."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from pellucid.data.actions import ActionSpace
from pellucid.data.episode import Episode
from pellucid.data.experience import Experience
from pellucid.data.spec import ExperienceSpec
from pellucid.data.writer import ExperienceWriter, Mode
from pellucid.errors import DataError


def from_arrays(
    path: str | Path,
    observations: Sequence[Any] | np.ndarray,
    actions: Sequence[Any] | np.ndarray,
    *,
    labels: Sequence[Any] | np.ndarray | None = None,
    label_names: Sequence[str] | None = None,
    action_space: ActionSpace | None = None,
    environment: str = "arrays",
    mode: Mode = "error",
) -> Experience:
    """Write episodes given as arrays, one an episode or stacked, and open them.

    `observations[i]` is (T+1, H, W, 3) uint8 or (T+1, ...) floats (stored as float32);
    `actions[i]` is (T, A) floats, or (T,) whole numbers for discrete actions; `labels[i]` is
    (T+1, L). Episodes may differ in length. Without an `action_space` it is read off the actions:
    from the least to the greatest value of each number, or 0 to the greatest discrete action;
    state it when the actions do not reach their limits.

        from_arrays("recordings/mine", [frames_a, frames_b], [actions_a, actions_b])

    Raises DataError when the arrays do not fit each other; nothing is written then.
    """
    if len(observations) == 0 or len(observations) != len(actions):
        raise DataError(
            f"{len(observations)} arrays of observations and {len(actions)} of actions: give as "
            "many of each, at least one, or stack them as (N, T+1, ...) and (N, T, A)"
        )
    if labels is not None and len(labels) != len(actions):
        raise DataError(f"{len(labels)} arrays of labels to {len(actions)} episodes")
    raw = [np.asarray(action) for action in actions]
    space = action_space or _space_of(raw)
    episodes = []
    for index, action in enumerate(raw):
        try:
            episodes.append(
                Episode(
                    _observations(observations[index]),
                    _vectors(action, space),
                    None if labels is None else _rows(np.asarray(labels[index])),
                )
            )
        except DataError as error:
            raise DataError(f"episode {index}: {error}") from None
    spec = _spec_of(episodes[0], space, label_names, environment)
    for index, episode in enumerate(episodes):
        try:
            spec.check(episode)
        except DataError as error:
            raise DataError(f"episode {index}: {error}") from None
    with ExperienceWriter(path, spec, mode=mode) as writer:
        writer.reserve(sum(episode.length + 1 for episode in episodes))
        for episode in episodes:
            writer.append(episode)
    return Experience.open(path)


def _spec_of(
    episode: Episode, space: ActionSpace, label_names: Sequence[str] | None, environment: str
) -> ExperienceSpec:
    count = 0 if episode.labels is None else episode.labels.shape[1]
    names = tuple(label_names or (f"label_{index}" for index in range(count)))
    return ExperienceSpec(
        observation_shape=episode.observations.shape[1:],
        observation_dtype=str(episode.observations.dtype),
        action_space=space,
        label_names=names,
        environment=environment,
    )


def _observations(values: Any) -> np.ndarray:
    array = np.asarray(values)
    return array.astype(np.float32) if array.dtype == np.float64 else array


def _rows(array: np.ndarray) -> np.ndarray:
    """(T, ...) as float32 (T, A)."""
    if array.dtype.kind not in "biuf" or array.ndim == 0:
        raise DataError(f"an array of {array.dtype} of shape {array.shape}: numbers are wanted")
    return array.reshape(len(array), -1).astype(np.float32)


def _vectors(action: np.ndarray, space: ActionSpace) -> np.ndarray:
    """The action vectors (T, A) of one episode, checked against the space."""
    if space.discrete and action.ndim == 1:
        return space.encode(action)
    return space.encode(_rows(action)) if not space.discrete else _rows(action)


def _space_of(actions: list[np.ndarray]) -> ActionSpace:
    """The smallest space that holds these actions."""
    if all(action.ndim == 1 and action.dtype.kind in "iu" for action in actions):
        count = 1 + max(int(action.max(initial=0)) for action in actions)
        return ActionSpace((0.0,) * count, (1.0,) * count, discrete=True)
    rows = [_rows(action) for action in actions]
    if len({row.shape[1] for row in rows}) != 1:
        raise DataError("the episodes' actions have different numbers of columns")
    every = np.concatenate(rows)
    if len(every) == 0 or not np.isfinite(every).all():
        raise DataError("the actions are empty or not all finite: leave such episodes out")
    return ActionSpace(tuple(every.min(0).tolist()), tuple(every.max(0).tolist()))
