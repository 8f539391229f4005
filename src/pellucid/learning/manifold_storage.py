"""Fitted sparse manifold transforms on disk: one safetensors file, and never a pickle.

save_manifold(transform, Path("digits.safetensors"))
features = load_manifold(Path("digits.safetensors")).transform(images)      # the same bits
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from sklearn.utils.validation import check_is_fitted
from torch import Tensor

from pellucid.errors import CheckpointError, DataError
from pellucid.learning.manifold import SparseManifoldTransform
from pellucid.learning.tensors import read_tensors, write_tensors
from pellucid.networks.manifold import ManifoldLayer

REMEDY = "save the fitted transform again"


def save_manifold(transform: SparseManifoldTransform, path: Path) -> None:
    """Write a fitted transform, with the layers below it, at `path`, atomically.

    DataError where a random generator is among its parameters: give a number as `random_state`.
    """
    check_is_fitted(transform)
    tensors: dict[str, Tensor] = {}
    notes = []
    for number, layer in enumerate(_stack(transform)):
        notes.append(_note(layer))
        parts = {name: getattr(layer.layer_, name) for name in ("whitening", "atoms", "projection")}
        if layer.mean_ is not None:
            parts["mean"] = layer.mean_
        tensors |= {f"{number}.{name}": tensor for name, tensor in parts.items()}
    write_tensors(path, tensors, note={"layers": notes})


def load_manifold(path: Path) -> SparseManifoldTransform:
    """The transform that was written at `path`. CheckpointError where it is damaged or another."""
    file = read_tensors(path, remedy=REMEDY)
    found: SparseManifoldTransform | None = None
    try:
        for number, note in enumerate(file.note["layers"]):
            own = {
                name.partition(".")[2]: tensor
                for name, tensor in file.tensors.items()
                if name.partition(".")[0] == str(number)
            }
            found = _fitted(note, own, found)
    except (KeyError, TypeError) as error:
        raise CheckpointError(f"{path} holds no sparse manifold transform: {REMEDY}") from error
    if found is None:
        raise CheckpointError(f"{path} holds no sparse manifold transform: {REMEDY}")
    return found


def _stack(transform: SparseManifoldTransform) -> list[SparseManifoldTransform]:
    """The layers from the lowest to this one."""
    below: SparseManifoldTransform | None = transform.below_
    return [*(_stack(below) if below is not None else []), transform]


def _note(transform: SparseManifoldTransform) -> dict[str, Any]:
    """All of one layer that is no tensor."""
    settings = transform.get_params(deep=False)
    del settings["below"]
    state = settings["random_state"]
    if not (state is None or isinstance(state, (int, np.integer))):
        raise DataError(f"random_state={state!r} cannot be written: give a number and fit again")
    settings["random_state"] = None if state is None else int(state)
    layer = transform.layer_
    return {
        "settings": settings,
        "features": int(transform.n_features_in_),
        "precision": np.dtype(transform.precision_).name,
        "places": list(transform.places_),
        "columns": int(transform._n_features_out),
        "layer": {
            "kernel": list(layer.kernel),
            "threshold": layer.threshold,
            "quiet": layer.quiet,
            "centred": layer.centred,
        },
    }


def _fitted(
    note: dict[str, Any], tensors: dict[str, Tensor], below: SparseManifoldTransform | None
) -> SparseManifoldTransform:
    settings = dict(note["settings"])
    shape = settings.pop("shape")
    transform = SparseManifoldTransform(
        **settings, shape=None if shape is None else tuple(shape), below=below
    )
    said = dict(note["layer"])
    transform.layer_ = ManifoldLayer(
        tuple(said.pop("kernel")),
        tensors["whitening"],
        tensors["atoms"],
        tensors["projection"],
        **said,
    )
    transform.below_ = below
    transform.mean_ = tensors.get("mean")
    transform.n_features_in_ = note["features"]
    transform.precision_ = np.dtype(note["precision"])
    transform.places_ = tuple(note["places"])
    transform._n_features_out = note["columns"]
    return transform
