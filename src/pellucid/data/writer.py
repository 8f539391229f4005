"""Experience is written so that a crash at any moment loses only the unfinished episode."""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Mapping
from io import FileIO
from pathlib import Path
from types import TracebackType
from typing import Any, Literal, Self

import numpy as np

from pellucid.data.episode import Episode
from pellucid.data.spec import (
    EpisodeRecord,
    ExperienceSpec,
    checksum,
    estimate_bytes,
    read_index,
)
from pellucid.errors import ConfigError, DataError

Mode = Literal["error", "append", "overwrite"]
COLUMNS = ("observations.bin", "actions.bin", "labels.bin")
INDEX, SPEC = "episodes.jsonl", "spec.json"


class ExperienceWriter:
    """Appends episodes to an experience on disk.

        with ExperienceWriter(path, spec) as writer:
            writer.append(episode)

    `mode` says what happens when `path` already holds an experience: "error", "append" (what an
    earlier writer left unfinished is trimmed first) or "overwrite". An episode's data reaches the
    operating system before its line in the index does, so a reader never sees half of one.
    """

    def __init__(self, path: str | Path, spec: ExperienceSpec, *, mode: Mode = "error") -> None:
        self.path, self.spec = Path(path), spec
        self._files: list[FileIO] = []
        self._open(mode)

    def _open(self, mode: Mode) -> None:
        if mode not in ("error", "append", "overwrite"):
            raise ConfigError(f"mode '{mode}' is unknown: error, append or overwrite")
        held = (self.path / SPEC).exists()
        if not held and self.path.exists() and (not self.path.is_dir() or any(self.path.iterdir())):
            raise DataError(f"{self.path} exists and is no experience: choose another path")
        if held and mode == "error":
            count = len(read_index(self.path / INDEX)[0])
            raise DataError(
                f"{self.path} already holds an experience of {count} episodes: choose another "
                "path, or mode 'append' or 'overwrite'"
            )
        if held and mode == "overwrite":
            # Unlinked, not truncated: who still maps the old files keeps reading them. The
            # specification goes last, so that a crash in between leaves what can be overwritten.
            for name in (INDEX, *COLUMNS, SPEC):
                (self.path / name).unlink(missing_ok=True)
            held = False
        if not held:
            self.path.mkdir(parents=True, exist_ok=True)
            self._write_spec()
        else:
            self._check_spec()
        self._open_files()

    def _write_spec(self) -> None:
        partial = self.path / (SPEC + ".partial")
        partial.write_text(self.spec.to_json())
        partial.replace(self.path / SPEC)

    def _check_spec(self) -> None:
        where = self.path / SPEC
        found = ExperienceSpec.from_json(where.read_text(), where=str(where))
        if not found.same_layout(self.spec):
            raise DataError(
                f"{self.path} holds another kind of experience ({found.environment}, "
                f"{found.observation_dtype} {found.observation_shape}): choose another path"
            )

    def _open_files(self) -> None:
        # Opened without a buffer: what `append` has written, the operating system has.
        self._files = [FileIO(self.path / name, "a") for name in (*COLUMNS, INDEX)]
        try:
            _lock(self._files[-1], self.path)
            records, self._index_bytes = read_index(self.path / INDEX)
            self._episodes, self._actions = len(records), sum(r.length for r in records)
            for file, size in zip(self._files, self._sizes(), strict=True):
                if os.fstat(file.fileno()).st_size < size:
                    raise DataError(
                        f"{file.name} is shorter than its index says: copy the experience again, "
                        "or overwrite it"
                    )
        except DataError:
            self.close()
            raise
        self._trim()

    def _sizes(self) -> list[int]:
        """How long each file is when it holds the finished episodes and nothing else."""
        frames = self._actions + self._episodes
        return [
            frames * self.spec.observation_bytes,
            self._actions * self.spec.action_space.dimension * 4,
            frames * len(self.spec.label_names) * 4,
            self._index_bytes,
        ]

    def _trim(self) -> None:
        for file, size in zip(self._files, self._sizes(), strict=True):
            os.ftruncate(file.fileno(), size)

    def __len__(self) -> int:
        return self._episodes

    @property
    def bytes_written(self) -> int:
        """The bytes of the experience so far."""
        return sum(self._sizes())

    def reserve(self, frames: int) -> int:
        """The bytes that `frames` more observations take; DataError when the disk has no room."""
        needed = estimate_bytes(self.spec, frames)
        free = shutil.disk_usage(self.path).free
        if needed > free:
            raise DataError(
                f"{frames} frames take {needed / 1e9:.2f} GB and the disk of {self.path} has "
                f"{free / 1e9:.2f} GB free: record fewer or shorter episodes"
            )
        return needed

    def append(
        self,
        episode: Episode,
        *,
        seed: int | None = None,
        terminated: bool = False,
        truncated: bool = False,
        facts: Mapping[str, Any] | None = None,
    ) -> None:
        """Write one episode; when this returns, it survives the end of this process.

        Raises DataError when the episode does not fit the specification or the disk is full; the
        episodes before it are untouched and the writer stays usable.
        """
        self.spec.check(episode)
        record = EpisodeRecord(
            episode.length, checksum(episode), seed, terminated, truncated, dict(facts or {})
        )
        line = record.to_line()
        columns = [episode.observations, episode.actions, episode.labels]
        try:
            for file, column in zip(self._files, columns, strict=False):
                if column is not None:
                    _write_all(file, np.ascontiguousarray(column).data.cast("B"))
            _write_all(self._files[-1], memoryview(line))
        except BaseException as error:
            # Whatever stopped it (a full disk, an interrupt), the next append must begin where
            # the last finished episode ends.
            self._trim()
            if isinstance(error, OSError):
                raise DataError(self._failure(error)) from error
            raise
        self._episodes += 1
        self._actions += episode.length
        self._index_bytes += len(line)

    def _failure(self, error: OSError) -> str:
        cause = "the disk is full" if error.errno == errno.ENOSPC else error.strerror or str(error)
        return (
            f"{self.path}: episode {self._episodes} could not be written ({cause}); the "
            f"{self._episodes} before it are kept: mend that and go on with mode 'append'"
        )

    def close(self) -> None:
        """Close the files; nothing can be appended after it."""
        for file in self._files:
            file.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()


def _write_all(file: FileIO, data: memoryview) -> None:
    """Write all of `data`: an unbuffered write may take only a part of it."""
    while data:
        data = data[file.write(data) :]


def _lock(file: FileIO, path: Path) -> None:
    """Hold `path` for this writer until its file is closed or its process ends."""
    try:
        import fcntl
    except ImportError:  # not a Unix: two writers at once are then the user's care
        return
    try:
        fcntl.flock(file.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        raise DataError(f"{path} is being written by another process: wait for it") from None
