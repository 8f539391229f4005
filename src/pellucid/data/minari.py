"""Minari datasets, read and written (extra `data`). Nothing is downloaded here."""

from __future__ import annotations

import inspect
import warnings
from pathlib import Path
from typing import Any

import numpy as np
from gymnasium import spaces

from pellucid.data.actions import ActionSpace
from pellucid.data.episode import Episode
from pellucid.data.experience import Experience
from pellucid.data.spec import ExperienceSpec
from pellucid.data.writer import ExperienceWriter, Mode
from pellucid.errors import DataError, require


def import_minari(dataset: str | Path, path: str | Path, *, mode: Mode = "error") -> Experience:
    """Copy a Minari dataset into an experience at `path`.

    `dataset` is the id of a dataset that is on this machine (fetch it with `minari download`), or
    the folder of one. Observations must be arrays: pixels or a vector. `infos["state"]`, where the
    dataset has it as (T+1, L) numbers, becomes the labels.

    Raises MissingExtraError without Minari, and DataError for what is not there or not supported.
    """
    minari = require("minari", extra="data")
    require("h5py", extra="data")
    source = _load(minari, dataset)
    if not isinstance(source.observation_space, spaces.Box):
        raise DataError(
            f"{dataset} observes {source.observation_space}: only arrays are supported; choose one "
            "of its entries and use from_arrays"
        )
    space = ActionSpace.of(source.action_space)
    writer: ExperienceWriter | None = None
    try:
        for raw in source.iterate_episodes():
            episode = Episode(
                _stored(raw.observations), _vectors(raw.actions, space), _labels(raw.infos)
            )
            if writer is None:
                spec = _spec_of(episode, space, str(source.spec.dataset_id), _environment(source))
                writer = ExperienceWriter(path, spec, mode=mode)
                writer.reserve(source.total_steps + source.total_episodes)
            writer.append(
                episode,
                terminated=bool(raw.terminations[-1]),
                truncated=bool(raw.truncations[-1]),
                facts={"minari_episode": int(raw.id), "return": float(np.sum(raw.rewards))},
            )
    finally:
        if writer is not None:
            writer.close()
    if writer is None:
        raise DataError(f"{dataset} has no episodes")
    return Experience.open(path)


def export_minari(experience: Experience, dataset_id: str) -> Path:
    """Write `experience` as the Minari dataset `dataset_id` (such as "two-room/drift-v0").

    Returns its folder, under MINARI_DATASETS_PATH or ~/.minari/datasets. Pixels are stored without
    loss. Labels go to `infos["state"]`. Rewards are zero, for an experience has none;
    an episode that did not terminate is marked as truncated.
    """
    minari = require("minari", extra="data")
    require("h5py", extra="data")
    from minari.data_collector import EpisodeBuffer

    options: dict[str, Any] = {}
    if "jpeg_encoding" in inspect.signature(minari.create_dataset_from_buffers).parameters:
        options["jpeg_encoding"] = False  # JPEG would change the pixels
    buffers = [_buffer(experience, index, EpisodeBuffer) for index in range(len(experience))]
    try:
        with warnings.catch_warnings():
            # Its advice to store the environment too: an experience holds only its name.
            warnings.filterwarnings("ignore", category=UserWarning, module=r"minari\.")
            written = minari.create_dataset_from_buffers(
                dataset_id,
                buffers,
                observation_space=_observation_space(experience.spec),
                action_space=_action_space(experience.spec.action_space),
                algorithm_name=experience.spec.policy or "unknown",
                author="Pellucid",
                author_email="none",
                code_permalink="none",
                description=f"recorded from {experience.spec.environment}",
                **options,
            )
    except (ValueError, AttributeError, OSError) as error:
        raise DataError(f"the Minari dataset '{dataset_id}' cannot be written: {error}") from error
    return Path(written.spec.data_path).parent


def _load(minari: Any, dataset: str | Path) -> Any:
    folder = Path(dataset)
    try:
        if folder.is_dir():
            inner = folder / "data"
            return minari.MinariDataset(inner if inner.is_dir() else folder)
        return minari.load_dataset(str(dataset), download=False)
    except (ValueError, KeyError, AttributeError, OSError) as error:
        raise DataError(
            f"the Minari dataset '{dataset}' cannot be read ({error}): fetch it with "
            f"`minari download {dataset}`"
        ) from error


def _environment(source: Any) -> str:
    return "" if source.env_spec is None else str(source.env_spec.id)


def _spec_of(
    episode: Episode, space: ActionSpace, dataset: str, environment: str
) -> ExperienceSpec:
    count = 0 if episode.labels is None else episode.labels.shape[1]
    return ExperienceSpec(
        observation_shape=episode.observations.shape[1:],
        observation_dtype=str(episode.observations.dtype),
        action_space=space,
        label_names=tuple(f"state_{index}" for index in range(count)),
        environment=environment,
        policy=f"minari:{dataset}",
    )


def _stored(observations: Any) -> np.ndarray:
    array = np.asarray(observations)
    return array.astype(np.float32) if array.dtype == np.float64 else array


def _vectors(actions: Any, space: ActionSpace) -> np.ndarray:
    array = np.asarray(actions)
    return space.encode(array if space.discrete else array.reshape(len(array), -1))


def _labels(infos: Any) -> np.ndarray | None:
    state = (infos or {}).get("state")
    if not isinstance(state, np.ndarray) or state.ndim != 2 or state.dtype.kind not in "biuf":
        return None
    return state.astype(np.float32)


def _observation_space(spec: ExperienceSpec) -> spaces.Box:
    if spec.dtype == np.uint8:
        return spaces.Box(0, 255, spec.observation_shape, np.uint8)
    return spaces.Box(-np.inf, np.inf, spec.observation_shape, np.float32)


def _action_space(space: ActionSpace) -> spaces.Space[Any]:
    if space.discrete:
        return spaces.Discrete(space.dimension, start=space.start)
    return spaces.Box(
        np.asarray(space.low, np.float32), np.asarray(space.high, np.float32), dtype=np.float32
    )


def _buffer(experience: Experience, index: int, make: Any) -> Any:
    """One episode as Minari's buffer."""
    episode, record, space = (
        experience[index],
        experience.records[index],
        experience.spec.action_space,
    )
    ends = np.zeros(episode.length, dtype=bool)
    terminated, truncated = ends.copy(), ends.copy()
    terminated[-1] = record.terminated
    truncated[-1] = record.truncated or not record.terminated
    return make(
        id=index,
        seed=record.seed,
        observations=np.array(episode.observations),
        actions=space.decode(episode.actions),
        rewards=np.zeros(episode.length, dtype=np.float32),
        terminations=terminated,
        truncations=truncated,
        infos={} if episode.labels is None else {"state": np.array(episode.labels)},
    )
