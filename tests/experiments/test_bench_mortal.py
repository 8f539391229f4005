import json

import pytest
import torch

from pellucid.experiments import bench_mortal
from pellucid.experiments.bench_mortal import Cell, cells, main, speed, table_of
from pellucid.hardware import CELLS


class Peer:
    """The same cells, and a tile that does nothing."""

    def __init__(self, noisier=1.0):
        self.noisier, self.draw = noisier, torch.Generator().manual_seed(7)

    def tile(self, rows, columns, x):
        return lambda: None

    def written(self, target):
        own = CELLS["pcm"].program(target, self.draw).written
        return target + self.noisier * (own - target)

    def aged(self, target, seconds):
        model = CELLS["pcm"]
        own = model.program(target, self.draw)
        return model.conductance(type(own)(target, target, own.fate), seconds)


def test_the_same_cells_are_found_to_be_the_same():
    found = cells(Peer(), count=20_000)
    assert len(found) == 4 * (1 + 2 * 3)
    assert max(cell.apart for cell in found) < 0.03
    worst = max(cells(Peer(noisier=1.2), count=20_000), key=lambda cell: cell.apart)
    assert worst.quantity == "deviation of writing"
    assert worst.apart == pytest.approx(1 - 1 / 1.2, abs=0.03)


def test_a_tile_that_does_nothing_is_faster():
    (row,) = speed(Peer(), repeats=3, cases=((8, 4, 10),))
    assert row.ratio > 1
    assert row.reads_per_second == pytest.approx(1e4 / row.cpu_ms)
    assert "8 x 4" in str(table_of([row]).columns[0]._cells)


def test_without_the_peer_our_times_are_shown_alone(monkeypatch, tmp_path, capsys):
    monkeypatch.setattr(bench_mortal.importlib.util, "find_spec", lambda name: None)
    monkeypatch.setattr(bench_mortal, "CASES", ((8, 4, 10),) * 3)
    assert main(["--repeats", "2", "--save", str(tmp_path / "rows.json")]) == 0
    assert "pip install" in capsys.readouterr().out
    (row, *_), none, crosssim = json.loads((tmp_path / "rows.json").read_text()).values()
    assert row["peer_cpu_ms"] is None
    assert none == []
    assert crosssim is None


@pytest.mark.parametrize(("noisier", "code"), [(1.0, 1), (2.0, 1)])
def test_the_command_says_what_does_not_hold(monkeypatch, capsys, noisier, code):
    monkeypatch.setattr(
        bench_mortal.importlib.util, "find_spec", lambda name: name == "aihwkit" or None
    )
    monkeypatch.setattr(bench_mortal, "Aihwkit", lambda: Peer(noisier))
    monkeypatch.setattr(bench_mortal, "CASES", ((8, 4, 10),) * 2)
    assert main(["--quick", "--repeats", "2"]) == code
    assert "DOES NOT HOLD: 1 of 1 sizes are slower" in capsys.readouterr().out


def test_how_far_apart():
    assert Cell(1.0, "x", 1.1, 1.0).apart == pytest.approx(0.1)
