from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest
import ranks_training
import torch
from torch import nn

from pellucid.learning.distributed import parallel, process_group, unwrapped
from pellucid.learning.metrics import Metrics


def _free_port() -> str:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return str(probe.getsockname()[1])


def test_two_ranks_learn_what_one_process_learns(tmp_path: Path) -> None:
    common = {"MASTER_ADDR": "127.0.0.1", "MASTER_PORT": _free_port(), "WORLD_SIZE": "2"}
    processes = [
        subprocess.Popen(
            [sys.executable, ranks_training.__file__, str(tmp_path)],
            env={**os.environ, **common, "RANK": str(rank)},
        )
        for rank in range(2)
    ]
    assert [process.wait(timeout=120) for process in processes] == [0, 0]
    weights = [json.loads((tmp_path / f"weight{rank}.json").read_text()) for rank in range(2)]
    assert weights[0] == weights[1]

    alone, _ = ranks_training.train(tmp_path / "alone")
    # Equal but for the learning rate, which follows two clocks.
    torch.testing.assert_close(torch.tensor(weights[0]), alone.weight, rtol=1e-3, atol=1e-3)

    [run] = (tmp_path / "ranks").iterdir()
    assert [row["step"] for row in Metrics(run / "metrics.jsonl").rows()] == list(range(1, 13))
    assert not list(run.glob("checkpoints/.*"))


def test_one_process_needs_no_group(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("WORLD_SIZE", raising=False)
    module = nn.Linear(1, 1)
    with process_group(torch.device("cpu")):
        assert parallel(module) is module
        assert unwrapped(module) is module
        assert not torch.distributed.is_initialized()
