from __future__ import annotations

import json

import pytest

from pellucid.errors import ConfigError
from pellucid.experiments import bench_planning
from pellucid.experiments.bench_planning import Budget, load_peer, main


def test_without_the_peer_it_tells_where_to_get_it(tmp_path, monkeypatch, capsys):
    monkeypatch.delenv(bench_planning.PEER_VARIABLE, raising=False)
    monkeypatch.setattr(bench_planning, "Budget", lambda **_: Budget(8, 2, 4, 2))
    path = tmp_path / "rows.json"
    assert main(["--repeats", "1", "--save", str(path)]) == 0
    assert "git clone" in capsys.readouterr().out
    rows = json.loads(path.read_text())["rows"]
    assert [row["planner"] for row in rows[:3]] == ["CEM", "ICEM", "MPPI"]
    assert {row["problems"] for row in rows} == {1, 16}
    assert all(row["cpu_ms"] > 0 and row["ratio"] is None for row in rows)


def test_a_folder_that_is_not_the_peer_is_named(tmp_path):
    with pytest.raises(ConfigError, match=str(tmp_path)):
        load_peer(tmp_path)


@pytest.mark.parametrize(("ratio", "status"), [(0.9, 0), (1.1, 1)])
def test_the_exit_status_is_the_bar(ratio, status, monkeypatch):
    row = bench_planning.Row("CEM", 1, 1.0, 1.0, 1.0, 1.0, 1.0, 1, ratio, 0.8, 1.2)
    monkeypatch.delenv(bench_planning.PEER_VARIABLE, raising=False)
    monkeypatch.setattr(bench_planning, "bench", lambda *_, **__: [row])
    assert main([]) == status
