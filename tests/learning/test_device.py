from __future__ import annotations

import pytest
import torch

from pellucid.errors import ConfigError
from pellucid.learning.device import choose_device, set_threads


def test_auto_takes_a_device_that_computes() -> None:
    assert torch.ones(2, device=choose_device()).sum().item() == 2.0


def test_under_torchrun_each_process_takes_its_own_gpu(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    assert choose_device("auto") == torch.device("cuda:0")
    monkeypatch.setenv("LOCAL_RANK", "3")
    assert choose_device("auto") == torch.device("cuda:3")


def test_a_device_by_name() -> None:
    assert choose_device("cpu") == torch.device("cpu")


@pytest.mark.parametrize("name", ["nonsense", "cuda:99"])
def test_a_device_that_is_not_there_is_one_line(name: str) -> None:
    with pytest.raises(ConfigError, match=rf"the device '{name}' cannot be used .*: try 'auto'"):
        choose_device(name)


def test_threads() -> None:
    before = torch.get_num_threads()
    try:
        set_threads(1)
        assert torch.get_num_threads() == 1
    finally:
        torch.set_num_threads(before)
    with pytest.raises(ConfigError, match="give 1 or more"):
        set_threads(0)
