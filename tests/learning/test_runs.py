from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from pellucid import __version__
from pellucid.errors import ConfigError, RunError
from pellucid.learning.runs import RunFolder


@dataclass(frozen=True)
class Config:
    width: int = 3
    rate: float = 0.1


def test_a_run_says_all_that_is_needed_to_repeat_it(tmp_path: Path) -> None:
    run = RunFolder.create(tmp_path, "a", Config(5), command=["pellucid", "train", "--width", "5"])
    record = json.loads((run.path / "config.json").read_text())
    assert record["config"] == {"width": 5, "rate": 0.1}
    assert record["command"] == ["pellucid", "train", "--width", "5"]
    assert record["pellucid"] == __version__
    assert record["torch"].split(".")[0].isdigit()
    assert run.config(Config) == Config(5)
    assert (run.name, run.path.parent.parent) == ("a", tmp_path)
    assert run.figures.is_dir()
    assert not run.finished


def test_an_unfinished_run_of_the_same_configuration_continues(tmp_path: Path) -> None:
    first = RunFolder.begin(tmp_path, "a", Config())
    first.release()
    again = RunFolder.begin(tmp_path, "a", Config())
    assert (again, again.resumed, first.resumed) == (RunFolder(first.path, True), True, False)
    again.finish()
    assert first.finished
    third = RunFolder.begin(tmp_path, "a", Config())
    assert third.path != first.path
    assert not third.resumed


def test_another_configuration_name_or_fresh_begins_a_new_run(tmp_path: Path) -> None:
    first = RunFolder.begin(tmp_path, "a", Config())
    first.release()
    others = [
        RunFolder.begin(tmp_path, "a", Config(4)),
        RunFolder.begin(tmp_path, "b", Config()),
        RunFolder.begin(tmp_path, "a", Config(), fresh=True),
    ]
    assert not any(run.resumed for run in others)
    assert len({run.path for run in [first, *others]}) == 4
    for run in others:
        run.release()
    # The latest of those that fit is the one that continues.
    assert RunFolder.begin(tmp_path, "a", Config()).path == others[2].path


def test_many_runs_of_one_second_keep_their_order(tmp_path: Path) -> None:
    paths = [RunFolder.create(tmp_path, "a", Config()).path for _ in range(12)]
    assert paths == sorted(paths)
    assert RunFolder.find("a", root=tmp_path).path == paths[-1]


def test_a_run_in_use_is_not_written_twice(tmp_path: Path) -> None:
    code = f"""
import sys
sys.path.insert(0, {str(Path(__file__).parent)!r})
from test_runs import Config
from pellucid.learning.runs import RunFolder
run = RunFolder.begin({str(tmp_path)!r}, "a", Config())
print("ready", flush=True)
sys.stdin.read()
"""
    other = subprocess.Popen(
        [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    with other:
        assert other.stdout is not None
        assert other.stdout.readline() == "ready\n"
        with pytest.raises(RunError, match=r"another process: wait for it, or .*--fresh"):
            RunFolder.begin(tmp_path, "a", Config())
        other.kill()
    # The lock went with the process; the one that we take ends with its block.
    for _ in range(2):
        with RunFolder.begin(tmp_path, "a", Config()) as run:
            assert run.resumed


def test_runs_are_found_by_path_by_folder_and_by_name(tmp_path: Path) -> None:
    run = RunFolder.create(tmp_path, "a", Config())
    for where in (run.path, tmp_path / "a", "a"):
        assert RunFolder.find(where, root=tmp_path) == run
    with pytest.raises(RunError, match=r"no run is called 'aa': did you mean 'a'\?"):
        RunFolder.find("aa", root=tmp_path)
    with pytest.raises(RunError, match="there are no runs in"):
        RunFolder.find("a", root=tmp_path / "none")


@pytest.mark.parametrize("content", ["", "{", "[]", '{"config": {"widht": 3}}', "{}"])
def test_a_damaged_configuration_is_one_line_and_never_resumed(
    tmp_path: Path, content: str
) -> None:
    run = RunFolder.create(tmp_path, "a", Config())
    run.release()
    (run.path / "config.json").write_text(content)
    with pytest.raises(ConfigError, match=r"config\.json"):
        run.config(Config)
    assert RunFolder.begin(tmp_path, "a", Config()).path != run.path


@pytest.mark.parametrize("content", ["", "{", "[]", "{}"])
def test_a_damaged_status_means_unfinished(tmp_path: Path, content: str) -> None:
    with RunFolder.create(tmp_path, "a", Config()) as run:
        run.finish()
    (run.path / "status.json").write_text(content)
    assert RunFolder.begin(tmp_path, "a", Config()).resumed
