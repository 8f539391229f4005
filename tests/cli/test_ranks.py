"""The same command under `torchrun`."""

import json
import os
import subprocess
import sys

import pytest
from test_main_job import TINY

from pellucid.cli.main import main


@pytest.mark.slow
def test_train_runs_under_torchrun(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert main(["record", "--episodes", "8", "--steps", "10", "--out", "walks"]) == 0
    launch = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node=2"]
    words = ["train", "walks", "--training.schedule.steps=4", "--training.device=cpu", *TINY]
    words += ["--training.refinement.steps=2", "--training.criteria.perceive=powers"]
    command = [*launch, "-m", "pellucid", *words]
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    subprocess.run(command, env=environment, check=True, capture_output=True, timeout=120)
    (run,) = (tmp_path / "runs" / "train").iterdir()
    assert json.loads((run / "status.json").read_text())["status"] == "finished"
    assert (run / "model.safetensors").is_file()
