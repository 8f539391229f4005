from __future__ import annotations

import re
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file
from torch import Tensor
from torch.nn import functional as F

from pellucid.errors import CheckpointError
from pellucid.networks.published import HEADS, load_published_crate

DIMENSION, DEPTH, PATCH, SIDE, CLASSES = 24, 3, 4, 3, 7


def checkpoint(seed: int = 0, dimension: int = DIMENSION) -> dict[str, Tensor]:
    """Random tensors with the names and shapes that the authors' code saves."""
    generator = torch.Generator().manual_seed(seed)

    def normal(*shape: int) -> Tensor:
        return torch.randn(*shape, generator=generator) / shape[-1] ** 0.5

    def norm(name: str, size: int) -> dict[str, Tensor]:
        return {f"{name}.weight": 1 + 0.1 * normal(size), f"{name}.bias": normal(size)}

    pixels = 3 * PATCH**2
    tensors = {
        "pos_embedding": normal(1, SIDE**2 + 1, dimension),
        "cls_token": normal(1, 1, dimension),
        **norm("to_patch_embedding.1", pixels),
        "to_patch_embedding.2.weight": normal(dimension, pixels),
        "to_patch_embedding.2.bias": normal(dimension),
        **norm("to_patch_embedding.3", dimension),
        **norm("mlp_head.0", dimension),
        "mlp_head.1.weight": normal(CLASSES, dimension),
        "mlp_head.1.bias": normal(CLASSES),
    }
    for i in range(DEPTH):
        block = f"transformer.layers.{i}"
        tensors |= {
            **norm(f"{block}.0.norm", dimension),
            f"{block}.0.fn.qkv.weight": normal(dimension, dimension),
            f"{block}.0.fn.to_out.0.weight": normal(dimension, dimension),
            f"{block}.0.fn.to_out.0.bias": normal(dimension),
            **norm(f"{block}.1.norm", dimension),
            f"{block}.1.fn.weight": normal(dimension, dimension),
        }
    return tensors


def published_forward(tensors: dict[str, Tensor], image: Tensor, heads: int) -> Tensor:
    """The published classifier from its equations: one image (3, S, S) to logits, in float64."""
    p = {name: value.double() for name, value in tensors.items()}

    def norm(x: Tensor, name: str) -> Tensor:
        mean, spread = x.mean(-1, keepdim=True), x.var(-1, keepdim=True, correction=0)
        return (x - mean) / (spread + 1e-5).sqrt() * p[f"{name}.weight"] + p[f"{name}.bias"]

    rows = [
        image[:, i * PATCH : (i + 1) * PATCH, j * PATCH : (j + 1) * PATCH].movedim(0, -1).flatten()
        for i in range(SIDE)
        for j in range(SIDE)
    ]
    x = norm(torch.stack(rows).double(), "to_patch_embedding.1")
    x = x @ p["to_patch_embedding.2.weight"].T + p["to_patch_embedding.2.bias"]
    z = torch.cat([p["cls_token"][0], norm(x, "to_patch_embedding.3")]) + p["pos_embedding"][0]
    for i in range(DEPTH):
        block = f"transformer.layers.{i}"
        V = norm(z, f"{block}.0.norm") @ p[f"{block}.0.fn.qkv.weight"].T
        seen = []
        for v in V.chunk(heads, 1):
            seen.append((v @ v.T / v.shape[1] ** 0.5).softmax(1) @ v)
        out, bias = p[f"{block}.0.fn.to_out.0.weight"], p[f"{block}.0.fn.to_out.0.bias"]
        z = norm(z + torch.cat(seen, 1) @ out.T + bias, f"{block}.1.norm")
        D = p[f"{block}.1.fn.weight"]
        z = F.relu(z - 0.1 * (z @ D.T - z) @ D - 0.1 * 0.1)
    return norm(z[0], "mlp_head.0") @ p["mlp_head.1.weight"].T + p["mlp_head.1.bias"]


def saved(tmp_path: Path, tensors: dict[str, Tensor]) -> Path:
    save_file(tensors, tmp_path / "crate.safetensors")
    return tmp_path / "crate.safetensors"


@pytest.mark.parametrize("heads", [2, 4])
def test_logits_are_those_of_the_published_equations(tmp_path: Path, heads: int) -> None:
    tensors = checkpoint()
    model = load_published_crate(saved(tmp_path, tensors), heads=heads)
    images = torch.randn(2, 3, 12, 12, generator=torch.Generator().manual_seed(1))
    expected = torch.stack([published_forward(tensors, image, heads) for image in images])
    with torch.no_grad():
        found = model(images)
    assert not model.training
    assert expected.std() > 0.1
    torch.testing.assert_close(found.double(), expected, rtol=0, atol=1e-5)


@pytest.mark.parametrize("wrap", ["", "state_dict", "net"])
@pytest.mark.parametrize("prefix", ["", "module."])
def test_the_authors_own_files_are_read(tmp_path: Path, wrap: str, prefix: str) -> None:
    tensors = {prefix + name: value for name, value in checkpoint().items()}
    content = {wrap: tensors, "epoch": 3, "best_acc1": torch.tensor(1.0)} if wrap else tensors
    torch.save(content, tmp_path / "checkpoint.pth.tar")
    model = load_published_crate(tmp_path / "checkpoint.pth.tar", heads=2)
    plain = load_published_crate(saved(tmp_path, checkpoint()), heads=2)
    for name, value in model.state_dict().items():
        assert torch.equal(value, plain.state_dict()[name])


def test_sizes_follow_from_the_shapes_and_heads_from_the_published_table(tmp_path: Path) -> None:
    assert HEADS == {384: 6, 576: 12, 768: 12, 1024: 16}
    model = load_published_crate(saved(tmp_path, checkpoint(dimension=384)))
    assert (model.network.config.heads, model.network.config.depth) == (6, DEPTH)
    assert (model.patch, model.grid, model.shape) == (PATCH, (SIDE, SIDE), (3, 12, 12))
    assert model.head.out_features == CLASSES


def test_missing_unexpected_and_misshapen_tensors_are_named(tmp_path: Path) -> None:
    def complaint(change: dict[str, Tensor | None], **options: int) -> str:
        tensors = {**checkpoint(), **change}
        path = saved(tmp_path, {k: v for k, v in tensors.items() if v is not None})
        with pytest.raises(CheckpointError) as caught:
            load_published_crate(path, **{"heads": 2, **options})
        message = str(caught.value)
        assert message.startswith(f"{path}: ")
        assert "\n" not in message
        return message

    name = "transformer.layers.1.1.fn.weight"
    assert f"missing tensors: {name}" in complaint({name: None})
    assert "it has no pos_embedding" in complaint({"pos_embedding": None})
    assert "unexpected tensors: blocks.0.w" in complaint({"blocks.0.w": torch.zeros(1)})
    wrong = complaint({name: torch.zeros(2, 3)})
    assert re.search(r"fn.weight \(2, 3\) instead of \(24, 24\)", wrong)
    assert "no square and one" in complaint({"pos_embedding": torch.zeros(1, 9, DIMENSION)})
    assert "pos_embedding has 2 axes, not 3" in complaint(
        {"pos_embedding": torch.zeros(9, DIMENSION)}
    )
    assert "no squares of 3 colours" in complaint(
        {"to_patch_embedding.2.weight": torch.zeros(DIMENSION, 50)}
    )
    assert "dimension 24 with 5 heads" in complaint({}, heads=5)


def test_heads_that_cannot_be_known_are_asked_for(tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match="unknown heads: give heads="):
        load_published_crate(saved(tmp_path, checkpoint()))


class Touch:
    """What a hostile pickle would do on loading: call something."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self):  # type: ignore[no-untyped-def]
        return (Path.touch, (self.path,))


def test_files_that_are_no_checkpoints_are_refused_and_run_nothing(tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match="no such file"):
        load_published_crate(tmp_path / "none.pth")
    for name in ("broken.pth", "broken.safetensors"):
        (tmp_path / name).write_bytes(b"not a checkpoint")
        with pytest.raises(CheckpointError, match="not a readable checkpoint"):
            load_published_crate(tmp_path / name)
    (tmp_path / "empty.pth").write_bytes(b"")
    with pytest.raises(CheckpointError, match="not a readable checkpoint"):
        load_published_crate(tmp_path / "empty.pth")
    torch.save([1, 2], tmp_path / "list.pth")
    with pytest.raises(CheckpointError, match="no table of tensors"):
        load_published_crate(tmp_path / "list.pth")
    torch.save({"state_dict": Touch(tmp_path / "touched")}, tmp_path / "hostile.pth")
    with pytest.raises(CheckpointError, match="not a readable checkpoint"):
        load_published_crate(tmp_path / "hostile.pth")
    assert not (tmp_path / "touched").exists()
