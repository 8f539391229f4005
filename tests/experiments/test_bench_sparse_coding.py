"""The bench compares equal energies, and its bars can be missed."""

import json
from dataclasses import replace

import numpy as np
import pytest

from pellucid.experiments import bench_sparse_coding
from pellucid.experiments.bench_sparse_coding import (
    SAME,
    Row,
    energy,
    equal,
    main,
    ours,
    patches_and_atoms,
    peers,
)


@pytest.fixture(scope="module")
def problem():
    (patches,), atoms = patches_and_atoms(300, 1)
    return patches, atoms


def test_energies_are_those_of_the_objective():
    patches, atoms = np.array([[3.0, 4.0]]), np.eye(2)
    assert energy(patches, np.zeros((1, 2)), atoms) == 12.5
    assert energy(patches, np.array([[3.0, -4.0]]), atoms) == pytest.approx(32 + 0.6 * 7)


def test_ours_is_no_worse_than_the_peer_when_it_is_timed(problem):
    patches, atoms = problem
    theirs = energy(patches, peers(atoms)["scikit-learn"](patches), atoms)
    tolerance, own = equal(patches, atoms, theirs)
    assert own <= theirs * (1 + SAME)
    assert own == energy(patches, ours(atoms, tolerance)(patches), atoms)
    if tolerance < bench_sparse_coding.TOLERANCES[0]:  # and the one before would have been worse
        before = bench_sparse_coding.TOLERANCES.index(tolerance) - 1
        loose = ours(atoms, bench_sparse_coding.TOLERANCES[before])(patches)
        assert energy(patches, loose, atoms) > theirs * (1 + SAME)


FAST = Row("scikit-learn", 100, 1.0, 4.0, 1.0, 1.0, 1e-3, 0.25, 0.2, 0.3, 1 / 3)


@pytest.mark.parametrize(("ratio", "holds"), [(0.25, True), (0.34, False)])
def test_a_slow_side_misses_the_bar(ratio, holds, monkeypatch, capsys):
    rows = [FAST, replace(FAST, peer="SPAMS", ratio=ratio)]
    monkeypatch.setattr(bench_sparse_coding, "bench", lambda **_: rows)
    assert main([]) == (0 if holds else 1)
    said = capsys.readouterr().out
    assert ("DOES NOT HOLD beside SPAMS" in said) is not holds
    assert "not installed" not in said


def test_the_quick_bench_runs(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(
        bench_sparse_coding, "patches_and_atoms", lambda *_: patches_and_atoms(100, 2)
    )
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    assert main(["--quick", "--repeats", "2", "--save", str(tmp_path / "rows.json")]) in (0, 1)
    (row,) = json.loads((tmp_path / "rows.json").read_text())["rows"]
    assert row["peer"] == "scikit-learn"
    assert row["cpu_ms"] > 0
    assert row["energy"] <= row["peer_energy"] * (1 + SAME)
    assert "SPAMS is not installed" in capsys.readouterr().out
