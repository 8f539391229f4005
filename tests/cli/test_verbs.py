from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

import pellucid.experiments
from pellucid.cli import bench, doctor
from pellucid.cli.main import main
from pellucid.experiments import EXPERIMENTS, Settings


def test_run_hands_its_options_to_the_experiment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[object] = []

    def run_experiment(name: str, settings: Settings, *, fresh: bool) -> int:
        seen.extend([name, settings, fresh])
        return 1

    monkeypatch.setattr(pellucid.experiments, "run_experiment", run_experiment, raising=False)
    words = ["run", "two-room", "--quick", "--seeds", "5", "--output", str(tmp_path), "--fresh"]
    assert main(words) == 1
    assert seen == ["two-room", Settings(quick=True, seeds=5, output=tmp_path), True]


def test_run_says_which_experiments_there_are(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["run", "mode1"]) == 2
    assert capsys.readouterr().err == (
        "pellucid: no experiment is called 'mode1': did you mean 'mode-1'?\n"
    )


def test_claims_lists_all_with_their_last_result(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "260")
    folder = tmp_path / "two-room" / "2026"
    folder.mkdir(parents=True)
    record = {"quick": False, "summary": "two-room: holds: 5 of 5", "created": "2026-11-21T21:31"}
    (folder / "result.json").write_text(json.dumps(record))
    assert main(["claims", "--output", str(tmp_path)]) == 0
    text = capsys.readouterr().out
    for name, experiment in EXPERIMENTS.items():
        assert name in text
        assert experiment.claim in text
    assert "holds: 5 of 5" in text
    assert "2026-11-21 21:31" in text
    assert "pellucid run mode-1" in text


def test_bench_hands_its_options_on(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[list[str]] = []

    class Fake(ModuleType):
        def main(self, argv: list[str]) -> int:
            seen.append(argv)
            return 1

    monkeypatch.setitem(sys.modules, "fake_bench", Fake("fake_bench"))
    monkeypatch.setitem(bench.BENCHES, "planning", "fake_bench")
    assert main(["bench", "planning"]) == 1
    assert main(["bench", "planning", "--quick", "--peer", "/p", "--repeats", "2"]) == 1
    assert seen == [[], ["--quick", "--peer", "/p", "--repeats", "2"]]


def test_bench_names_the_nearest(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["bench", "planing"]) == 2
    assert "did you mean 'planning'?" in capsys.readouterr().err


def test_doctor_says_what_is_here(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["doctor", "--output", str(tmp_path / "runs")]) == 0
    text = capsys.readouterr().out
    for word in ("pellucid", "python", "threads", "device", f"free at {tmp_path}", "all is well"):
        assert word in text


def test_doctor_says_what_to_mend(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def requirements() -> Iterator[tuple[str, str | None]]:
        yield "no-such-package", None
        yield "no-such-option", "mujoco"
        yield "numpy", None

    monkeypatch.setattr(doctor, "_requirements", requirements)
    monkeypatch.setattr(doctor, "LITTLE_SPACE", 10**18)
    assert main(["doctor", "--output", str(tmp_path)]) == 2
    text = capsys.readouterr().out
    assert "missing  <- pip install no-such-package" in text
    assert "without no-such-option: pip install 'pellucid[mujoco]'" in text
    assert "<- free some space" in text
    assert text.endswith("2 to mend\n")


def test_claims_writes_the_tables_that_are_here_and_keeps_the_others(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run = tmp_path / "runs" / "two-room" / "2026"
    run.mkdir(parents=True)
    record = {"quick": False, "seeds": 3, "created": "2026-11-21T21:31", "summary": "s"}
    (run / "result.json").write_text(json.dumps(record))
    (run / "table.md").write_text("# two-room\n\ntwo-room: holds: 5 of 5 bars reached (1:00)\n")
    folder = tmp_path / "results"
    folder.mkdir()
    elsewhere = "# mode-1\n\nmode-1: does not hold: it is slow\n"
    (folder / "mode-1.md").write_text(elsewhere)
    words = ["claims", "--tables", str(folder), "--output", str(tmp_path / "runs")]
    assert main(words) == 0
    assert (folder / "mode-1.md").read_text() == elsewhere
    assert (
        (folder / "two-room.md")
        .read_text()
        .endswith("`pellucid run two-room --seeds 3`, 2026-11-21\n")
    )
    index = (folder / "README.md").read_text()
    assert "(two-room.md)" in index
    assert "holds: 5 of 5 bars reached" in index
    assert "does not hold: it is slow" in index
    assert "random-walls" not in index
