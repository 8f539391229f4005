"""Files of public data sets: found on this machine, or fetched from their home and verified.

A file is looked for in the folder that the environment variable PELLUCID_DATA names, then in the
cache, then on the network. What is fetched is checked against its published checksum before it
takes its name in the cache, so that a broken download leaves nothing behind.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from pellucid.errors import DataError, DiskFullError

VARIABLE = "PELLUCID_DATA"
FetchProgress = Callable[[float], None]
"""Takes the share of the file that has come, 0 to 1."""


@dataclass(frozen=True)
class Source:
    """One file at its public home."""

    name: str
    """What the file is called in the cache."""
    url: str
    checksum: str
    """Hexadecimal; 32 digits are MD5 (as the older homes publish), 64 are SHA-256."""


def local_folder() -> Path | None:
    """The folder of data that the user keeps, if one is named."""
    named = os.environ.get(VARIABLE)
    return Path(named).expanduser() if named else None


def cache_folder() -> Path:
    """Where fetched files are kept: XDG_CACHE_HOME/pellucid, else ~/.cache/pellucid."""
    root = os.environ.get("XDG_CACHE_HOME")
    return (Path(root) if root else Path.home() / ".cache") / "pellucid"


def local_file(name: str) -> Path | None:
    """The file of that name in the user's folder, if it is there."""
    folder = local_folder()
    path = folder / name if folder is not None else None
    return path if path is not None and path.is_file() else None


def fetch(source: Source, *, progress: FetchProgress | None = None) -> Path:
    """The path of the verified file, from the cache or, the first time, from its home.

    DataError where it cannot be had or is not what was published; DiskFullError without room.
    """
    path = cache_folder() / source.name
    if path.is_file():
        return path
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{source.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            found = _download(source, file.write, progress)
        if found != source.checksum:
            raise DataError(
                f"{source.url} is not the published file (checksum {found[:12]}..., not "
                f"{source.checksum[:12]}...): try again, or put {source.name} into the folder that "
                f"{VARIABLE} names"
            )
        os.replace(temporary, path)
    finally:
        if os.path.exists(temporary):
            os.unlink(temporary)
    return path


def _download(source: Source, write: Callable[[bytes], int], progress: FetchProgress | None) -> str:
    digest = hashlib.sha256() if len(source.checksum) == 64 else hashlib.md5(usedforsecurity=False)
    try:
        with urllib.request.urlopen(source.url, timeout=60) as answer:
            size, come = int(answer.headers.get("Content-Length") or 0), 0
            while block := answer.read(1 << 20):
                digest.update(block)
                _save(write, block, source)
                come += len(block)
                if progress is not None and size:
                    progress(come / size)
    except (urllib.error.URLError, TimeoutError, ConnectionError) as error:
        reason = getattr(error, "reason", error)
        raise DataError(
            f"{source.url} cannot be fetched ({reason}): connect to the network, or name a folder "
            f"that holds the data by {VARIABLE}"
        ) from error
    return digest.hexdigest()


def _save(write: Callable[[bytes], int], block: bytes, source: Source) -> None:
    try:
        write(block)
    except OSError as error:
        raise DiskFullError(
            f"{source.name} could not be written to {cache_folder()} ({error.strerror}): free some "
            "space and repeat the command"
        ) from error
