"""The README's Python runs as it stands there, at the size of a test."""

import re
from pathlib import Path

import pellucid

README = Path(__file__).parents[1] / "README.md"


def test_the_python_of_the_readme_runs(tmp_path, monkeypatch):
    from pellucid.agent import TrainingConfig
    from pellucid.learning.schedule import Schedule
    from pellucid.networks import EncoderConfig
    from pellucid.worlds import JEPAConfig

    monkeypatch.chdir(tmp_path)
    small = JEPAConfig(dimension=4, hidden=8, encoder=EncoderConfig(width=2))
    config = TrainingConfig(world=small, schedule=Schedule(steps=2), batch=4, unroll=3, threads=1)
    record, train = pellucid.record, pellucid.train
    monkeypatch.setattr(
        pellucid, "record", lambda *a, **k: record(*a, **{**k, "episodes": 4}), raising=False
    )
    monkeypatch.setattr(pellucid, "train", lambda e: train(e, config), raising=False)
    blocks = re.findall(r"```python\n(.*?)```", README.read_text(encoding="utf-8"), re.DOTALL)
    scope: dict[str, object] = {}
    for code in blocks:
        exec(compile(code, "README.md", "exec"), scope)
    assert scope["observation"].shape == (64, 64, 3)
    assert scope["features"].shape == (1797, 64 * 16)
    assert scope["places"].shape == (64, 2)


def test_the_first_lines_are_the_two_commands():
    lines = README.read_text(encoding="utf-8").splitlines()
    commands = [line for line in lines if line.startswith("make ")][:2]
    assert [line.split()[1] for line in commands] == ["demo", "test"]
