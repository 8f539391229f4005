"""Published CRATE classifiers, read from a local file into an `ImageTransformer`.

The authors' PyTorch checkpoints (Ma-Lab-Berkeley/CRATE) are recognised by the names and shapes of
their tensors; all sizes but the number of heads follow from the shapes.
"""

from __future__ import annotations

import math
import pickle
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor

from pellucid.errors import CheckpointError
from pellucid.networks.image_transformer import ImageTransformer
from pellucid.networks.token_network import CONFIGS, TokenNetworkConfig

HEADS = {c.dimension: c.heads for name, c in CONFIGS.items() if name.startswith("crate-")}
"""Heads of the published sizes: they leave no trace in the shapes."""


def load_published_crate(path: Path | str, *, heads: int | None = None) -> ImageTransformer:
    """The published CRATE classifier in `path` (.safetensors, or the authors' .pth or .pth.tar).

    It takes float images (B, C, S, S), normalised as in its training (mean 0.485, 0.456, 0.406 and
    deviation 0.229, 0.224, 0.225 of ImageNet), and is returned in eval mode. `heads` is needed for
    dimensions that no published size has. CheckpointError says what is missing or does not fit.
    """
    path = Path(path)
    tensors = _read(path)
    model = _model_for(tensors, path, heads)
    names = published_names(model.network.config.depth)
    own = model.state_dict()
    missing = [name for name in names if name not in tensors]
    surplus = [name for name in tensors if name not in names]
    for problem, found in (("missing", missing), ("unexpected", surplus)):
        if found:
            raise CheckpointError(f"{path}: {problem} tensors: {_listed(found)}")
    wrong = [
        f"{name} {tuple(tensors[name].shape)} instead of {tuple(own[ours].shape)}"
        for name, ours in names.items()
        if tensors[name].shape != own[ours].shape
    ]
    if wrong:
        raise CheckpointError(f"{path}: tensors of the wrong shape: {_listed(wrong)}")
    model.load_state_dict({ours: tensors[name] for name, ours in names.items()})
    return model.eval()


def published_names(depth: int) -> dict[str, str]:
    """The authors' name of each tensor of a classifier with `depth` blocks, and ours."""
    names = {"pos_embedding": "position", "cls_token": "cls"}
    modules = {
        "to_patch_embedding.1": "embed.0",
        "to_patch_embedding.2": "embed.1",
        "to_patch_embedding.3": "embed.2",
        "mlp_head.0": "network.norm",
        "mlp_head.1": "head",
    }
    for i in range(depth):
        theirs, ours = f"transformer.layers.{i}", f"network.blocks.{i}"
        modules[f"{theirs}.0.norm"] = f"{ours}.mixer.norm"
        modules[f"{theirs}.0.fn.to_out.0"] = f"{ours}.mixer.output"
        modules[f"{theirs}.1.norm"] = f"{ours}.feed.norm"
        names[f"{theirs}.0.fn.qkv.weight"] = f"{ours}.mixer.project.weight"
        names[f"{theirs}.1.fn.weight"] = f"{ours}.feed.dictionary"
    for theirs, ours in modules.items():
        names |= {f"{theirs}.{part}": f"{ours}.{part}" for part in ("weight", "bias")}
    return names


def _read(path: Path) -> dict[str, Tensor]:
    if not path.is_file():
        raise CheckpointError(f"{path}: there is no such file")
    try:
        if path.suffix == ".safetensors":
            content: Any = load_file(path)
        else:
            # The authors publish PyTorch's own format, which is a pickle. weights_only is the
            # restricted unpickler: it makes tensors and plain containers and runs no code of the
            # file. This is the one place of the library that reads it.
            content = torch.load(path, map_location="cpu", weights_only=True)
    except (SafetensorError, pickle.UnpicklingError, RuntimeError, EOFError, OSError) as error:
        reason = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
        raise CheckpointError(f"{path}: not a readable checkpoint: {reason}") from error
    for key in ("state_dict", "model", "net"):
        if isinstance(content, Mapping) and isinstance(content.get(key), Mapping):
            content = content[key]
    if not isinstance(content, Mapping) or not all(isinstance(v, Tensor) for v in content.values()):
        raise CheckpointError(f"{path}: holds no table of tensors, nor one under 'state_dict'")
    # DataParallel leaves its prefix in the names.
    return {str(name).removeprefix("module."): value for name, value in content.items()}


def _model_for(tensors: Mapping[str, Tensor], path: Path, heads: int | None) -> ImageTransformer:
    """An untrained classifier of the size that the shapes tell."""
    needed = {"to_patch_embedding.2.weight": 2, "pos_embedding": 3, "mlp_head.1.weight": 2}
    for name, axes in needed.items():
        if name not in tensors:
            raise CheckpointError(f"{path}: no published CRATE classifier: it has no {name}")
        if tensors[name].dim() != axes:
            raise CheckpointError(f"{path}: {name} has {tensors[name].dim()} axes, not {axes}")
    dimension, inputs = tensors["to_patch_embedding.2.weight"].shape
    places = tensors["pos_embedding"].shape[1]
    patch, side = math.isqrt(inputs // 3), math.isqrt(max(0, places - 1))
    if patch < 1 or 3 * patch**2 != inputs:
        raise CheckpointError(f"{path}: patches of {inputs} numbers are no squares of 3 colours")
    if side < 1 or side**2 + 1 != places:
        raise CheckpointError(f"{path}: {places} places are no square and one")
    heads = HEADS.get(dimension) if heads is None else heads
    if heads is None or heads < 1 or dimension % heads:
        known = ", ".join(f"{d}: {h}" for d, h in sorted(HEADS.items()))
        raise CheckpointError(
            f"{path}: dimension {dimension} with {heads or 'unknown'} heads: give heads= "
            f"(published dimension: heads are {known})"
        )
    blocks = (re.match(r"transformer\.layers\.(\d+)\.", name) for name in tensors)
    depth = 1 + max((int(match[1]) for match in blocks if match), default=0)
    return ImageTransformer(
        TokenNetworkConfig(dimension, depth, heads),
        image_size=side * patch,
        patch=patch,
        classes=tensors["mlp_head.1.weight"].shape[0],
        pool="cls",
    )


def _listed(names: list[str], *, most: int = 4) -> str:
    rest = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + rest
