"""Files that are whole or absent: what a killed process or a full disk cannot damage."""

from __future__ import annotations

import contextlib
import errno
import json
import os
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from pellucid.errors import DiskFullError, PellucidError

_FULL = (errno.ENOSPC, errno.EDQUOT)


def write_atomically(path: Path, content: bytes) -> None:
    """Put `content` at `path`: a reader sees the old file or the new one, never a part.

    The bytes go to a temporary file of the same folder, are forced to the disk, and take the name
    in one step. Raises `DiskFullError` when there is no room; the old file is then untouched.
    """
    with saying_when_full(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            # mkstemp makes the file private; a result is as readable as any other file.
            os.chmod(temporary, 0o666 & ~_umask())
            os.replace(temporary, path)
        except BaseException:
            with contextlib.suppress(OSError):
                os.unlink(temporary)
            raise
        _sync_folder(path.parent)


def write_json(path: Path, data: Mapping[str, Any]) -> None:
    """Put `data` at `path` as indented JSON, atomically."""
    text = json.dumps(data, indent=2, allow_nan=False)
    write_atomically(path, (text + "\n").encode())


def read_json(path: Path, error: type[PellucidError], *, remedy: str) -> dict[str, Any]:
    """The JSON object at `path`; where it is missing or damaged, `error` with the `remedy`."""
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise error(f"{path} does not exist: {remedy}") from None
    except (OSError, ValueError) as cause:
        raise error(f"{path} cannot be read ({cause}): {remedy}") from cause
    if not isinstance(data, dict):
        raise error(f"{path} holds no object with keys: {remedy}")
    return data


@contextlib.contextmanager
def saying_when_full(path: Path) -> Iterator[None]:
    """Turn the system's word for a full disk into ours, which says what to do."""
    try:
        yield
    except OSError as error:
        if error.errno in _FULL:
            raise DiskFullError(
                f"the disk is full: {path} could not be written: free some space and repeat the "
                "command; what was saved before is intact"
            ) from error
        raise


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def _sync_folder(folder: Path) -> None:
    """Force the new name itself to the disk, where the system can do that to a folder."""
    if os.name != "posix":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
