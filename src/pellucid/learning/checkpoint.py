"""Models and half-finished trainings on disk.

A model is two files: `model.safetensors`, and `model.json`, which says what it is. A training's
checkpoint is one file, `checkpoints/step-000001000.safetensors`, with everything that the next step
depends on. Each is written whole or not at all, and nothing is ever pickled.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from pellucid.errors import CheckpointError
from pellucid.learning.files import read_json, write_json
from pellucid.learning.tensors import read_tensors, write_tensors

WEIGHTS, DESCRIPTION = "model.safetensors", "model.json"
_RETRAIN = "train the model again, or take the files from a copy"
_FRESH = "delete it to continue from the one before, or start anew with --fresh"


@dataclass(frozen=True)
class SavedModel:
    """A model as it was saved: tensors by name, and the JSON object that describes it."""

    tensors: dict[str, Tensor]
    description: dict[str, Any]


def save_model(
    folder: str | Path, tensors: Mapping[str, Tensor], *, description: Mapping[str, Any]
) -> None:
    """Write the `tensors` (a module's `state_dict()`) and their `description` into `folder`."""
    folder = Path(folder)
    checksum = write_tensors(folder / WEIGHTS, tensors, note={})
    write_json(folder / DESCRIPTION, {**description, "weights": {"crc32": checksum}})


def load_model(folder: str | Path, *, device: str | torch.device = "cpu") -> SavedModel:
    """Read what `save_model` wrote.

    Raises `CheckpointError` when a file is missing or damaged, or the two are not of one save.
    """
    folder = Path(folder)
    description = read_json(folder / DESCRIPTION, CheckpointError, remedy=_RETRAIN)
    file = read_tensors(folder / WEIGHTS, remedy=_RETRAIN, device=device)
    saved = description.pop("weights", {}).get("crc32", file.checksum)
    if saved != file.checksum:
        raise CheckpointError(
            f"{folder / DESCRIPTION} and {WEIGHTS} are not of the same save: {_RETRAIN}"
        )
    return SavedModel(file.tensors, description)


def restore(module: nn.Module, tensors: Mapping[str, Tensor], *, where: str | Path) -> None:
    """Put `tensors` into `module`; all names and shapes must agree.

    Raises `CheckpointError`, which names the first one that does not and `where` it was read.
    """
    expected = module.state_dict()
    advice = "load it with the configuration that it was saved with"
    for name, tensor in expected.items():
        if name not in tensors:
            raise CheckpointError(f"{where} lacks the tensor '{name}': {advice}")
        if tensors[name].shape != tensor.shape:
            saved, wanted = tuple(tensors[name].shape), tuple(tensor.shape)
            raise CheckpointError(
                f"{where}: the tensor '{name}' has shape {saved} where {wanted} is needed: {advice}"
            )
    for name in tensors:
        if name not in expected:
            raise CheckpointError(f"{where} has the unknown tensor '{name}': {advice}")
    module.load_state_dict(dict(tensors))


@dataclass(frozen=True)
class Checkpoint:
    """All that the rest of a training depends on."""

    step: int
    """How many steps are done."""
    elapsed: float
    """Seconds of training so far, over all sittings."""
    cpu_seconds: float
    """Seconds of this process's processor time, over all sittings."""
    model: dict[str, Tensor]
    """The module's state."""
    optimizer: dict[str, Any]
    """The optimizer's `state_dict()`: numbers and tensors for each parameter, and the groups."""
    extra: dict[str, Any] = field(default_factory=dict)
    """Whatever else, as JSON."""

    def save(self, path: Path) -> None:
        """Write the checkpoint at `path`, atomically."""
        tensors = {f"model/{name}": tensor for name, tensor in self.model.items()}
        numbers: dict[str, dict[str, Any]] = {}
        for index, state in self.optimizer["state"].items():
            for name, value in state.items():
                if isinstance(value, Tensor):
                    tensors[f"optimizer/{index}/{name}"] = value
                else:
                    numbers.setdefault(str(index), {})[name] = value
        note = {
            "step": self.step,
            "elapsed": self.elapsed,
            "cpu_seconds": self.cpu_seconds,
            "extra": self.extra,
            "optimizer": {"numbers": numbers, "groups": self.optimizer["param_groups"]},
        }
        write_tensors(path, tensors, note=note)

    @classmethod
    def load(cls, path: Path) -> Checkpoint:
        """Read the checkpoint at `path`; a damaged one raises `CheckpointError`."""
        file = read_tensors(path, remedy=_FRESH)
        try:
            note = file.note
            numbers, groups = note["optimizer"]["numbers"], note["optimizer"]["groups"]
            model, state = _split(file.tensors, numbers)
            groups = [{name: _plain(name, value) for name, value in g.items()} for g in groups]
            optimizer = {"state": state, "param_groups": groups}
            spent = note["elapsed"], note["cpu_seconds"]
            return cls(note["step"], *spent, model, optimizer, note["extra"])
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise CheckpointError(f"{path} is no checkpoint of a training: {_FRESH}") from error


def _split(
    tensors: Mapping[str, Tensor], numbers: Mapping[str, Mapping[str, Any]]
) -> tuple[dict[str, Tensor], dict[int, dict[str, Any]]]:
    """The model's tensors, and the optimizer's state by parameter."""
    model: dict[str, Tensor] = {}
    state: dict[int, dict[str, Any]] = {int(index): dict(n) for index, n in numbers.items()}
    for name, tensor in tensors.items():
        owner, _, rest = name.partition("/")
        if owner == "model":
            model[rest] = tensor
        else:
            index, _, entry = rest.partition("/")
            state.setdefault(int(index), {})[entry] = tensor
    return model, state


def _plain(name: str, value: Any) -> Any:
    """A setting of an optimizer's group: JSON has made lists of its tuples."""
    return tuple(value) if isinstance(value, list) and name != "params" else value


@dataclass(frozen=True)
class Checkpoints:
    """The folder of a training's checkpoints, of which the last `keep` stay."""

    folder: Path
    keep: int = 2

    def paths(self) -> list[Path]:
        """All checkpoints, the oldest first."""
        pattern = re.compile(r"step-\d{9}\.safetensors")
        names = self.folder.iterdir() if self.folder.is_dir() else ()
        return sorted(path for path in names if pattern.fullmatch(path.name))

    def save(self, checkpoint: Checkpoint) -> Path:
        """Write one more, and only then remove those that are too old."""
        path = self.folder / f"step-{checkpoint.step:09d}.safetensors"
        checkpoint.save(path)
        for old in self.paths()[: -self.keep]:
            old.unlink(missing_ok=True)
        return path

    def latest(self) -> Checkpoint | None:
        """The newest checkpoint, None where there is none; a damaged one raises."""
        paths = self.paths()
        return Checkpoint.load(paths[-1]) if paths else None
