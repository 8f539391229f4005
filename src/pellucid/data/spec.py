"""What a recorded experience is: its specification, and one record for each of its episodes."""

from __future__ import annotations

import json
import math
import zlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any

import numpy as np

from pellucid.data.actions import ActionSpace
from pellucid.data.episode import Episode
from pellucid.errors import DataError, nearest

VERSION = 1


@dataclass(frozen=True)
class ExperienceSpec:
    """All that one must know to read the raw bytes of an experience, and where they came from."""

    observation_shape: tuple[int, ...]
    """*O, the shape of one observation: (H, W, 3) for pixels."""
    observation_dtype: str
    """The NumPy type of the observations: uint8 for pixels."""
    action_space: ActionSpace
    label_names: tuple[str, ...] = ()
    """The names of the L labels; empty when there are none."""
    environment: str = ""
    """The Gymnasium id, or a name for what else it was."""
    environment_kwargs: Mapping[str, Any] = field(default_factory=dict)
    """What the environment was made with; JSON values only."""
    policy: str = ""
    seed: int = 0
    version: int = VERSION

    def __post_init__(self) -> None:
        try:
            storable = np.dtype(self.observation_dtype).kind in "biuf"
        except TypeError:
            storable = False
        if not storable:
            raise DataError(f"observations of type '{self.observation_dtype}' cannot be stored")
        try:
            json.dumps(dict(self.environment_kwargs))
        except TypeError as error:
            raise DataError(
                f"the keyword arguments of {self.environment} cannot be written as JSON: {error}"
            ) from None

    @property
    def dtype(self) -> np.dtype[Any]:
        """The type of the observations."""
        return np.dtype(self.observation_dtype)

    @property
    def observation_bytes(self) -> int:
        """The size of one observation."""
        return math.prod(self.observation_shape) * self.dtype.itemsize

    def check(self, episode: Episode) -> None:
        """Raise DataError unless `episode` has the shapes and types that are stated here."""
        observations, labels = episode.observations, episode.labels
        if observations.shape[1:] != self.observation_shape or observations.dtype != self.dtype:
            raise DataError(
                f"observations are {observations.dtype} of shape {observations.shape[1:]} where "
                f"the experience has {self.observation_dtype} of shape {self.observation_shape}"
            )
        if episode.actions.shape[1] != self.action_space.dimension:
            raise DataError(
                f"actions have {episode.actions.shape[1]} numbers where the experience has "
                f"{self.action_space.dimension}"
            )
        found = 0 if labels is None else labels.shape[1]
        if found != len(self.label_names):
            raise DataError(
                f"{found} labels where the experience names {len(self.label_names)}: "
                f"{', '.join(self.label_names) or 'none'}"
            )

    def same_layout(self, other: ExperienceSpec) -> bool:
        """Whether episodes of `other` can be appended to an experience of this kind."""
        return (
            self.observation_shape == other.observation_shape
            and self.dtype == other.dtype
            and self.action_space == other.action_space
            and self.label_names == other.label_names
            and self.environment == other.environment
            and dict(self.environment_kwargs) == dict(other.environment_kwargs)
        )

    def to_json(self) -> str:
        """The text of spec.json."""
        return json.dumps(asdict(self), indent=2) + "\n"

    @classmethod
    def from_json(cls, text: str, *, where: str = "spec.json") -> ExperienceSpec:
        """The specification that `text` states; `where` it stood is named in errors."""
        try:
            values = dict(json.loads(text))
            known = {entry.name for entry in fields(cls)}
            for name in values:
                if name not in known:
                    raise DataError(f"{where}: unknown key '{name}': {nearest(name, known)}")
            if values.get("version") != VERSION:
                raise DataError(
                    f"{where}: written in format {values.get('version')}, this Pellucid reads "
                    f"format {VERSION}: use the version of Pellucid that wrote it"
                )
            space = dict(values.pop("action_space"))
            space["low"], space["high"] = tuple(space["low"]), tuple(space["high"])
            values["action_space"] = ActionSpace(**space)
            values["observation_shape"] = tuple(values["observation_shape"])
            values["label_names"] = tuple(values["label_names"])
            return cls(**values)
        except DataError:
            raise
        except (ValueError, KeyError, TypeError) as error:
            raise DataError(
                f"{where} is damaged ({error}): copy it from another recording of the same kind, "
                "or record again"
            ) from None


def estimate_bytes(spec: ExperienceSpec, frames: int) -> int:
    """The bytes on disk of `frames` observations with their actions and labels."""
    floats = spec.action_space.dimension + len(spec.label_names)
    return frames * (spec.observation_bytes + 4 * floats)


@dataclass(frozen=True)
class EpisodeRecord:
    """One line of episodes.jsonl."""

    length: int
    """T: how many actions."""
    crc32: int
    """The checksum of the episode's bytes: observations, actions, labels, in this order."""
    seed: int | None = None
    """What the environment was reset with."""
    terminated: bool = False
    truncated: bool = False
    facts: Mapping[str, Any] = field(default_factory=dict)
    """Anything else that is known, as JSON: the layout, the success, the policy."""

    def to_line(self) -> bytes:
        """The line, its newline included."""
        return (json.dumps(asdict(self)) + "\n").encode()


def checksum(episode: Episode) -> int:
    """The CRC-32 of an episode's bytes."""
    crc = zlib.crc32(np.ascontiguousarray(episode.observations).data.cast("B"))
    crc = zlib.crc32(np.ascontiguousarray(episode.actions).data.cast("B"), crc)
    if episode.labels is not None:
        crc = zlib.crc32(np.ascontiguousarray(episode.labels).data.cast("B"), crc)
    return crc


def read_index(path: Path) -> tuple[list[EpisodeRecord], int]:
    """The records of an index file, and how many of its bytes hold them.

    A last line without its newline is an episode that was being written when its writer died; it
    is ignored, and its bytes are not counted.
    """
    raw = path.read_bytes() if path.exists() else b""
    whole = raw[: raw.rfind(b"\n") + 1]
    records = []
    for number, line in enumerate(whole.splitlines(), start=1):
        try:
            records.append(EpisodeRecord(**json.loads(line)))
        except (ValueError, TypeError) as error:
            raise DataError(
                f"{path}, line {number}, is damaged ({error}): remove this line and all after it "
                f"to keep the {number - 1} episodes before it"
            ) from None
    return records, len(whole)
