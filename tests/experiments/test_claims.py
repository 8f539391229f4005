"""Every experiment runs, at the size of a test, and leaves its table."""

import json

import pytest

from pellucid.experiments import EXPERIMENTS, Settings, run_experiment


@pytest.mark.parametrize("name", sorted(EXPERIMENTS))
def test_every_claim_runs_quickly(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    # One worker: new processes cost more than these trainings.
    monkeypatch.setattr("pellucid.experiments.fan_out.workers", lambda: 1)
    assert run_experiment(name, Settings(quick=True, seeds=1, output=tmp_path / "runs")) == 0
    (folder,) = (tmp_path / "runs" / name).iterdir()
    result = json.loads((folder / "result.json").read_text())
    assert result["quick"]
    assert result["holds"] is None
    assert any(row["bar"] for row in result["rows"])
    assert any(row["null"] for row in result["rows"])
    assert any(row["published"] for row in result["rows"])
