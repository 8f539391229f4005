"""Experience: an ordered set of episodes on disk, read without loading it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, overload

import numpy as np

from pellucid.data.episode import Episode
from pellucid.data.spec import EpisodeRecord, ExperienceSpec, checksum, read_index
from pellucid.data.writer import COLUMNS, INDEX, SPEC
from pellucid.errors import ConfigError, DataError

if TYPE_CHECKING:
    from pellucid.data.windows import Windows


@dataclass(frozen=True, eq=False)
class Columns:
    """The rows of all episodes, one after another, mapped from disk."""

    observations: np.ndarray
    """(frames, *O)."""
    actions: np.ndarray
    """(actions, A) float32."""
    labels: np.ndarray | None
    """(frames, L) float32."""


class Experience:
    """Recorded episodes, memory-mapped.

        experience = Experience.open("recordings/two-room")
        experience[0].observations       # (T+1, H, W, 3), a view: nothing is copied
        training, held_out = experience.split(held_out=0.1)
        batch = training.windows(16).sample(64, step=0, seed=0)

    Opening reads only the index; an episode that was unfinished when its writer died is not there.
    """

    def __init__(
        self,
        path: Path,
        spec: ExperienceSpec,
        *,
        columns: Columns,
        records: Sequence[EpisodeRecord],
        action_starts: np.ndarray,
        frame_starts: np.ndarray,
    ) -> None:
        self.path, self.spec, self.columns = path, spec, columns
        self.records = tuple(records)
        self.action_starts, self.frame_starts = action_starts, frame_starts

    @classmethod
    def open(cls, path: str | Path) -> Experience:
        """The experience in the folder `path`; DataError if there is none or a file is cut."""
        path = Path(path)
        if not (path / SPEC).is_file():
            raise DataError(f"{path} holds no experience: record one with `pellucid record`")
        spec = ExperienceSpec.from_json(_text(path / SPEC), where=str(path / SPEC))
        records, _ = read_index(path / INDEX)
        lengths = np.array([record.length for record in records], dtype=np.int64)
        action_starts = np.concatenate([[0], lengths.cumsum()])[:-1].astype(np.int64)
        frame_starts = action_starts + np.arange(len(records))
        columns = _map_columns(path, spec, lengths)
        return cls(
            path,
            spec,
            columns=columns,
            records=records,
            action_starts=action_starts,
            frame_starts=frame_starts,
        )

    def __len__(self) -> int:
        return len(self.records)

    @overload
    def __getitem__(self, index: int) -> Episode: ...

    @overload
    def __getitem__(self, index: slice) -> Experience: ...

    def __getitem__(self, index: int | slice) -> Episode | Experience:
        if isinstance(index, slice):
            return self._select(np.arange(len(self))[index])
        index = range(len(self))[index]
        length = self.records[index].length
        frames = slice(self.frame_starts[index], self.frame_starts[index] + length + 1)
        steps = slice(self.action_starts[index], self.action_starts[index] + length)
        columns = self.columns
        labels = None if columns.labels is None else columns.labels[frames]
        return Episode(columns.observations[frames], columns.actions[steps], labels)

    def __iter__(self) -> Iterator[Episode]:
        return (self[index] for index in range(len(self)))

    def _select(self, chosen: np.ndarray) -> Experience:
        return Experience(
            self.path,
            self.spec,
            columns=self.columns,
            records=[self.records[index] for index in chosen],
            action_starts=self.action_starts[chosen],
            frame_starts=self.frame_starts[chosen],
        )

    @property
    def lengths(self) -> np.ndarray:
        """T of each episode, int64."""
        return np.array([record.length for record in self.records], dtype=np.int64)

    @property
    def frames(self) -> int:
        """How many observations there are in all."""
        return int(self.lengths.sum()) + len(self)

    def verify(self) -> None:
        """Read every byte; DataError names the episodes that are not what was written."""
        damaged = [
            index
            for index, record in enumerate(self.records)
            if checksum(self[index]) != record.crc32
        ]
        if damaged:
            raise DataError(
                f"{self.path}: {len(damaged)} of {len(self)} episodes are damaged (first: "
                f"{damaged[0]}): copy the experience again, or record it again"
            )

    def split(self, held_out: float = 0.1) -> tuple[Experience, Experience]:
        """The first episodes, and the last `held_out` share of them (whole, at least one)."""
        if not 0 < held_out < 1:
            raise ConfigError(f"held_out is {held_out}: a share between 0 and 1 is wanted")
        if len(self) < 2:
            raise DataError(f"{self.path} has {len(self)} episodes: at least 2 are wanted to split")
        cut = len(self) - min(max(1, round(len(self) * held_out)), len(self) - 1)
        return self[:cut], self[cut:]

    def windows(self, length: int) -> Windows:
        """Every window of `length` actions (and `length` + 1 observations) within an episode."""
        from pellucid.data.windows import Windows

        return Windows(self, length)


def _text(path: Path) -> str:
    try:
        return path.read_text()
    except UnicodeDecodeError as error:
        raise DataError(f"{path} is damaged ({error.reason}): record again") from None


def _map_columns(path: Path, spec: ExperienceSpec, lengths: np.ndarray) -> Columns:
    actions, frames = int(lengths.sum()), int(lengths.sum()) + len(lengths)
    observations = _map(path / COLUMNS[0], spec.dtype, (frames, *spec.observation_shape))
    vectors = _map(path / COLUMNS[1], np.dtype(np.float32), (actions, spec.action_space.dimension))
    labels = None
    if spec.label_names:
        labels = _map(path / COLUMNS[2], np.dtype(np.float32), (frames, len(spec.label_names)))
    return Columns(observations, vectors, labels)


def _map(path: Path, dtype: np.dtype[Any], shape: tuple[int, ...]) -> np.ndarray:
    """The first rows of the file at `path`, read-only; what lies past them was never finished."""
    if 0 in shape:
        return np.empty(shape, dtype)
    wanted = int(np.prod(shape, dtype=np.int64)) * dtype.itemsize
    found = path.stat().st_size if path.exists() else 0
    if found < wanted:
        raise DataError(
            f"{path} has {found} bytes where its index says {wanted}: copy the experience again, "
            "or record it again"
        )
    # As a plain array: slicing a numpy.memmap object costs several times more.
    return np.asarray(np.memmap(path, dtype=dtype, mode="r", shape=shape))
