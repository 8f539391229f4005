"""Named tensors in one safetensors file, with a checksum; never a pickle."""

from __future__ import annotations

import json
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor

from pellucid.errors import CheckpointError
from pellucid.learning.files import write_atomically

_KEY = "pellucid"
"""Our entry in the file's metadata: a JSON object."""


@dataclass(frozen=True)
class TensorFile:
    """What a file held: tensors by name, and the JSON object beside them."""

    tensors: dict[str, Tensor]
    note: dict[str, Any]
    checksum: str


def write_tensors(path: Path, tensors: Mapping[str, Tensor], *, note: Mapping[str, Any]) -> str:
    """Write `tensors` and the JSON object `note` at `path`, atomically; returns the checksum."""
    # A clone each: safetensors refuses tensors that share memory, as tied weights do.
    own = {name: t.detach().cpu().clone().contiguous() for name, t in tensors.items()}
    checksum = _checksum(own)
    entry = json.dumps({"checksum": checksum, "note": dict(note)})
    write_atomically(path, save(own, metadata={_KEY: entry}))
    return checksum


def read_tensors(path: Path, *, remedy: str, device: str | torch.device = "cpu") -> TensorFile:
    """Read the file at `path`; raises `CheckpointError` with the `remedy` when it is damaged."""
    if not path.is_file():
        raise CheckpointError(f"{path} does not exist: {remedy}")
    try:
        with safe_open(path, framework="pt") as file:
            metadata = file.metadata() or {}
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
        entry = json.loads(metadata.get(_KEY, "{}"))
    except (SafetensorError, OSError, ValueError) as error:
        raise CheckpointError(f"{path} is damaged ({_first_line(error)}): {remedy}") from error
    checksum = _checksum(tensors)
    if entry.get("checksum", checksum) != checksum:
        raise CheckpointError(f"{path} is damaged (its checksum does not fit): {remedy}")
    moved = {name: tensor.to(device) for name, tensor in tensors.items()}
    return TensorFile(moved, dict(entry.get("note", {})), checksum)


def _checksum(tensors: Mapping[str, Tensor]) -> str:
    """The CRC-32 of all names and bytes: it finds accidents, not forgers."""
    crc = 0
    for name in sorted(tensors):
        crc = zlib.crc32(name.encode(), crc)
        crc = zlib.crc32(tensors[name].reshape(-1).view(torch.uint8).numpy().data, crc)
    return f"{crc:08x}"


def _first_line(error: BaseException) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0]
