from __future__ import annotations

import errno
import json
import os
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from pellucid.errors import CheckpointError, DiskFullError
from pellucid.learning.checkpoint import (
    Checkpoint,
    Checkpoints,
    load_model,
    restore,
    save_model,
)


def _network(width: int = 3) -> nn.Module:
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(2, width), nn.BatchNorm1d(width), nn.Linear(width, 1))


def _same(one: dict[str, Any], other: dict[str, Any]) -> bool:
    return one.keys() == other.keys() and all(
        torch.equal(a, other[n]) if isinstance(a, Tensor) else a == other[n] for n, a in one.items()
    )


def _trained(steps: int, **settings: Any) -> tuple[nn.Module, torch.optim.Optimizer]:
    network = _network()
    optimizer = torch.optim.AdamW(network.parameters(), lr=0.1 / 3, **settings)
    for _ in range(steps):
        _step(network, optimizer)
    return network, optimizer


def _step(network: nn.Module, optimizer: torch.optim.Optimizer) -> None:
    optimizer.zero_grad()
    network(torch.linspace(-1, 1, 8).reshape(4, 2)).square().mean().backward()
    optimizer.step()


def _checkpoint(step: int = 1) -> Checkpoint:
    network, optimizer = _trained(1)
    return Checkpoint(step, 1.5, 2.5, network.state_dict(), optimizer.state_dict())


def test_a_model_comes_back_to_the_bit(tmp_path: Path) -> None:
    tensors = {
        "half": torch.tensor([1.0, 2.0, float("nan")]).bfloat16(),
        "double": torch.tensor(1 / 3, dtype=torch.float64),
        "count": torch.tensor(7),
        "mask": torch.tensor([[True], [False]]),
        "empty": torch.zeros(0, 3),
        "view": torch.arange(6.0).reshape(2, 3).T,
    }
    save_model(tmp_path, tensors, description={"config": {"width": 3}, "kind": "test"})
    model = load_model(tmp_path)
    assert model.description == {"config": {"width": 3}, "kind": "test"}
    assert model.tensors.keys() == tensors.keys()
    for name, tensor in tensors.items():
        torch.testing.assert_close(
            model.tensors[name], tensor, rtol=0, atol=0, equal_nan=True, check_stride=False
        )


def test_tied_weights_can_be_saved(tmp_path: Path) -> None:
    tied = torch.arange(4.0)
    save_model(tmp_path, {"in": tied, "out": tied}, description={})
    assert _same(load_model(tmp_path).tensors, {"in": tied, "out": tied})


def test_no_file_is_a_pickle(tmp_path: Path) -> None:
    save_model(tmp_path, _network().state_dict(), description={})
    path = Checkpoints(tmp_path).save(_checkpoint())
    assert sorted(p.name for p in tmp_path.iterdir()) == [
        "model.json",
        "model.safetensors",
        path.name,
    ]
    for file in (tmp_path / "model.safetensors", path):
        length = int.from_bytes(file.read_bytes()[:8], "little")
        header = json.loads(file.read_bytes()[8 : 8 + length])
        assert "__metadata__" in header


@pytest.mark.parametrize("settings", [{}, {"amsgrad": True}, {"fused": True}])
def test_training_continues_to_the_bit(tmp_path: Path, settings: dict[str, Any]) -> None:
    network, optimizer = _trained(3, **settings)
    path = tmp_path / "c.safetensors"
    Checkpoint(3, 1 / 3, 1 / 7, network.state_dict(), optimizer.state_dict(), {"a": [1]}).save(path)
    back = Checkpoint.load(path)
    assert (back.step, back.elapsed, back.cpu_seconds) == (3, 1 / 3, 1 / 7)
    assert back.extra == {"a": [1]}
    assert back.optimizer["param_groups"] == optimizer.state_dict()["param_groups"]
    assert all(_same(s, back.optimizer["state"][i]) for i, s in _state(optimizer).items())

    other, its_optimizer = _trained(0, **settings)
    restore(other, back.model, where=path)
    its_optimizer.load_state_dict(back.optimizer)
    for _ in range(3):
        _step(network, optimizer)
        _step(other, its_optimizer)
    assert _same(network.state_dict(), other.state_dict())


def _state(optimizer: torch.optim.Optimizer) -> dict[int, dict[str, Any]]:
    state: dict[int, dict[str, Any]] = optimizer.state_dict()["state"]
    return state


def test_numbers_of_an_optimizers_state_come_back_too(tmp_path: Path) -> None:
    optimizer = {"state": {0: {"step": 5, "sum": torch.ones(2)}}, "param_groups": []}
    path = tmp_path / "c.safetensors"
    Checkpoint(1, 0.0, 0.0, {}, optimizer).save(path)
    assert Checkpoint.load(path).optimizer["state"][0]["step"] == 5


def test_the_last_two_checkpoints_stay(tmp_path: Path) -> None:
    checkpoints = Checkpoints(tmp_path / "checkpoints")
    assert checkpoints.latest() is None
    for step in (5, 10, 200):
        checkpoints.save(_checkpoint(step))
    assert [p.name for p in checkpoints.paths()] == [
        "step-000000010.safetensors",
        "step-000000200.safetensors",
    ]
    latest = checkpoints.latest()
    assert latest is not None
    assert latest.step == 200


def _truncate(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-7])


def _flip_the_last_bit(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)


def _empty(path: Path) -> None:
    path.write_bytes(b"")


def _replace_by_text(path: Path) -> None:
    path.write_text("not a model" * 20)


@pytest.mark.parametrize("harm", [_truncate, _flip_the_last_bit, _empty, _replace_by_text])
def test_a_damaged_file_is_named_in_one_line(tmp_path: Path, harm: Any) -> None:
    save_model(tmp_path, _network().state_dict(), description={})
    path = Checkpoints(tmp_path).save(_checkpoint())
    harm(tmp_path / "model.safetensors")
    harm(path)
    for load in (lambda: load_model(tmp_path), lambda: Checkpoint.load(path)):
        with pytest.raises(CheckpointError, match="is damaged") as caught:
            load()
        assert "\n" not in str(caught.value)


def test_what_is_missing_is_named(tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match=r"model\.json does not exist: train the model"):
        load_model(tmp_path)
    save_model(tmp_path, {"a": torch.ones(1)}, description={})
    (tmp_path / "model.safetensors").unlink()
    with pytest.raises(CheckpointError, match=r"model\.safetensors does not exist"):
        load_model(tmp_path)
    (tmp_path / "model.json").write_text("{")
    with pytest.raises(CheckpointError, match=r"model\.json cannot be read"):
        load_model(tmp_path)


def test_files_of_two_saves_are_not_mixed(tmp_path: Path) -> None:
    save_model(tmp_path, {"a": torch.ones(1)}, description={})
    old = (tmp_path / "model.json").read_text()
    save_model(tmp_path, {"a": torch.zeros(1)}, description={})
    (tmp_path / "model.json").write_text(old)
    with pytest.raises(CheckpointError, match="not of the same save"):
        load_model(tmp_path)


def test_a_model_is_no_checkpoint(tmp_path: Path) -> None:
    save_model(tmp_path, {"a": torch.ones(1)}, description={})
    with pytest.raises(CheckpointError, match="no checkpoint of a training"):
        Checkpoint.load(tmp_path / "model.safetensors")


def test_a_wrong_shape_a_missing_and_an_unknown_tensor_are_named() -> None:
    state = _network(3).state_dict()
    with pytest.raises(
        CheckpointError, match=r"m: the tensor '0\.weight' has shape \(3, 2\) where"
    ):
        restore(_network(4), state, where="m")
    with pytest.raises(CheckpointError, match=r"m lacks the tensor '2\.bias'"):
        restore(_network(3), {n: t for n, t in state.items() if n != "2.bias"}, where="m")
    with pytest.raises(CheckpointError, match="m has the unknown tensor 'new'"):
        restore(_network(3), {**state, "new": torch.ones(1)}, where="m")


@pytest.mark.parametrize("call", ["fsync", "replace"])
def test_on_a_full_disk_the_old_checkpoint_survives(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: str
) -> None:
    checkpoints = Checkpoints(tmp_path, keep=1)
    checkpoints.save(_checkpoint(1))
    save_model(tmp_path, {"a": torch.ones(1)}, description={})

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, call, full)
        with pytest.raises(DiskFullError, match=r"the disk is full: .*free some space"):
            checkpoints.save(_checkpoint(2))
        with pytest.raises(DiskFullError):
            save_model(tmp_path, {"a": torch.zeros(1)}, description={})
    latest = checkpoints.latest()
    assert latest is not None
    assert latest.step == 1
    assert load_model(tmp_path).tensors["a"].item() == 1.0
    assert not [p for p in tmp_path.iterdir() if p.name.startswith(".")], "a part was left"


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="the system has no /dev/full")
def test_the_system_says_that_a_disk_is_full() -> None:
    from pellucid.learning.metrics import Metrics

    # The data is small: it stays in Python's buffer until the file is closed.
    with pytest.raises(DiskFullError):
        Metrics(Path("/dev/full")).append(1, {"loss": 1.0})


def test_another_error_of_the_system_keeps_its_name(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(FileExistsError):
        save_model(tmp_path / "file", {}, description={})


def test_a_saved_file_is_as_readable_as_any_other(tmp_path: Path) -> None:
    save_model(tmp_path, {"a": torch.ones(1)}, description={})
    (tmp_path / "other").write_text("")
    mode = (tmp_path / "other").stat().st_mode
    assert (tmp_path / "model.safetensors").stat().st_mode == mode
