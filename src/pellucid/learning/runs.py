"""The folder of a run: what was asked for, what came out, and whether it is finished.

    runs/<name>/<time>/
      config.json                     complete and re-runnable; with versions and the command line
      status.json                     running or finished
      metrics.jsonl                   the curves
      checkpoints/                    of a training that is not finished
      model.safetensors, model.json   the model
      figures/*.png, report.html      what to look at

The same command with the same configuration continues a run that is not finished.
"""

from __future__ import annotations

import importlib.metadata
import json
import os
import platform
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Literal, Self, TypeVar

from pellucid import __version__
from pellucid.config import from_json, to_json
from pellucid.errors import ConfigError, RunError, nearest
from pellucid.learning.files import read_json, saying_when_full, write_json

if TYPE_CHECKING:
    import torch

T = TypeVar("T")
Status = Literal["running", "finished"]

_CONFIG, _STATUS, _LOCK = "config.json", "status.json", ".lock"


@dataclass(frozen=True)
class RunFolder:
    """One run on disk.

        with RunFolder.begin("runs", "two-room", config) as run:
            train(..., folder=run)
            run.finish()

    Whoever began a run holds its lock until the end of the block, of `finish`, or of the process.
    """

    path: Path
    resumed: bool = False
    """Whether `begin` found this run unfinished."""
    _lock: _Lock | None = field(default=None, repr=False, compare=False)

    @classmethod
    def create(
        cls, root: str | Path, name: str, config: Any, *, command: Sequence[str] | None = None
    ) -> RunFolder:
        """A new folder `root/name/<time>` for a run of `config`, a dataclass."""
        parent = Path(root) / name
        with saying_when_full(parent):
            parent.mkdir(parents=True, exist_ok=True)
            path = _new_folder(parent)
            run = cls(path, _lock=_lock(path))
        assert run._lock is not None, "a new folder is locked by another"
        record = {
            "name": name,
            "config": to_json(config),
            "created": time.strftime("%Y-%m-%dT%H:%M:%S%z"),
            "command": list(sys.argv if command is None else command),
            "pellucid": __version__,
            "python": platform.python_version(),
            "torch": importlib.metadata.version("torch"),
            "platform": platform.platform(),
        }
        write_json(path / _CONFIG, record)
        run._set("running")
        return run

    @classmethod
    def begin(
        cls,
        root: str | Path,
        name: str,
        config: Any,
        *,
        fresh: bool = False,
        command: Sequence[str] | None = None,
    ) -> RunFolder:
        """The latest unfinished run of this name and `config`, or a new one.

        `fresh` always makes a new one. A run that another process works on is an error.
        """
        wanted = to_json(config)
        for path in [] if fresh else reversed(_folders(Path(root) / name)):
            run = cls(path)
            if run.finished or run._recorded() != wanted:
                continue
            lock = _lock(path)
            if lock is None:
                raise RunError(
                    f"{path} is in use by another process: wait for it, or start a run of its "
                    "own with --fresh"
                )
            return cls(path, resumed=True, _lock=lock)
        return cls.create(root, name, config, command=command)

    @classmethod
    def find(cls, where: str | Path, *, root: str | Path = "runs") -> RunFolder:
        """The run at the path `where`, or the latest one of the name `where` below `root`."""
        path = Path(where)
        if (path / _CONFIG).is_file():
            return cls(path)
        for parent in (Path(root) / where, path):
            folders = _folders(parent)
            if folders:
                return cls(folders[-1])
        names = sorted(p.name for p in Path(root).iterdir()) if Path(root).is_dir() else []
        hint = nearest(str(where), names) if names else f"there are no runs in {root}"
        raise RunError(f"no run is called '{where}': {hint}")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.release()

    @property
    def name(self) -> str:
        """What the run is called."""
        return self.path.parent.name

    @property
    def metrics(self) -> Path:
        """The file of the curves."""
        return self.path / "metrics.jsonl"

    @property
    def report(self) -> Path:
        """The page that shows the run."""
        return self.path / "report.html"

    @property
    def figures(self) -> Path:
        """The folder of the figures; made on first use."""
        folder = self.path / "figures"
        folder.mkdir(exist_ok=True)
        return folder

    @property
    def finished(self) -> bool:
        """Whether the run came to its end."""
        try:
            status = json.loads((self.path / _STATUS).read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return False
        return isinstance(status, dict) and status.get("status") == "finished"

    def config(self, cls: type[T]) -> T:
        """The configuration, of class `cls`, that the run was begun with."""
        path = self.path / _CONFIG
        record = read_json(path, ConfigError, remedy="name the folder of a run")
        if "config" not in record:
            raise ConfigError(f"{path} lacks the key 'config': name the folder of a run")
        return from_json(cls, record["config"], where=str(path))

    def finish(self) -> None:
        """Mark the run as finished and let go of it."""
        self._set("finished")
        self.release()

    def release(self) -> None:
        """Let go of the run as it is; the same command may continue it."""
        if self._lock is not None:
            self._lock.close()

    def _set(self, status: Status) -> None:
        write_json(
            self.path / _STATUS, {"status": status, "since": time.strftime("%Y-%m-%dT%H:%M:%S%z")}
        )

    def _recorded(self) -> object:
        """The configuration as it stands in the file; None where it cannot be read."""
        try:
            record = json.loads((self.path / _CONFIG).read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return None
        return record.get("config") if isinstance(record, dict) else None


def begin_together(
    root: str | Path, name: str, config: Any, *, device: torch.device, fresh: bool = False
) -> RunFolder:
    """`RunFolder.begin` for all ranks of one training: rank 0 begins the run, the others follow."""
    from pellucid.learning.distributed import is_main, text_of_main

    run = RunFolder.begin(root, name, config, fresh=fresh) if is_main() else None
    path = text_of_main("" if run is None else str(run.path), device=device)
    return run or RunFolder(Path(path))


def _folders(parent: Path) -> list[Path]:
    """The runs of one name, the oldest first."""
    if not parent.is_dir():
        return []
    return sorted(p for p in parent.iterdir() if (p / _CONFIG).is_file())


def _new_folder(parent: Path) -> Path:
    """A folder named by the time; a second one of the same second gets a number."""
    stamp = time.strftime("%Y-%m-%d_%H-%M-%S")
    number = 1
    while True:
        path = parent / (stamp if number == 1 else f"{stamp}_{number:03d}")
        try:
            path.mkdir()
            return path
        except FileExistsError:
            number += 1


class _Lock:
    """A lock that the system keeps: it goes with the process, however that ends."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor: int | None = descriptor

    def close(self) -> None:
        """Let go; a second time does nothing."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None

    def __del__(self) -> None:
        self.close()


def _lock(path: Path) -> _Lock | None:
    """The lock of the folder, or None while another holds it."""
    lock = _Lock(descriptor := os.open(path / _LOCK, os.O_CREAT | os.O_RDWR))
    try:
        import fcntl
    except ImportError:  # Windows has none; there two processes must take care themselves.
        return lock
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        lock.close()
        return None
    return lock
