"""The examples and the code of the documentation run as they stand, at the size of a test."""

import re
import runpy
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from pellucid.data import load_images

ROOT = Path(__file__).parents[1]
EXAMPLES = sorted((ROOT / "examples").glob("*.py"))
SAYS = {
    "any_environment": r"planning solves \d+%, random actions \d+%",
    "white_box_figures": r"(?s)rose at 3 of 3 layers.*CRATE +0\.\d{3} \(",
    "your_arrays": r"after 30 steps at .*: \d\.\d\d away",
}


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_an_example_runs(path, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "argv", [path.name, "--tiny"])
    runpy.run_path(str(path), run_name="__main__")
    assert re.search(SAYS[path.stem], capsys.readouterr().out)


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_an_example_opens_with_its_command(path):
    opening = path.read_text(encoding="utf-8").split('"""')[1]
    assert f"python examples/{path.name}" in opening


def test_the_arrays_of_the_example_follow_from_each_other():
    example = runpy.run_path(str(ROOT / "examples" / "your_arrays.py"))
    places, actions = example["recordings"](3, 7)
    assert (places.shape, actions.shape) == ((3, 8, 2), (3, 7, 2))
    for step in range(7):
        expected = np.clip(places[:, step] + 0.1 * actions[:, step], -1, 1)
        np.testing.assert_allclose(places[:, step + 1], expected, atol=1e-6)


def test_masks_that_look_at_no_picture_lie_between_everything_and_the_best():
    example = runpy.run_path(str(ROOT / "examples" / "white_box_figures.py"))
    size = replace(example["TINY"], side=24, object_side=8, train=300, test=100)
    scenes = example["scenes_of"](load_images("digits").first(size.train), size)
    assert scenes.images.train_images.shape == (300, 24, 24)
    assert scenes.truth.shape == scenes.known.shape == (100, 24, 24)
    found = example["nulls"](scenes, (12, 12))
    whole, fixed, best = (float(overlaps[0].mean()) for overlaps in found.values())
    assert whole == pytest.approx(scenes.truth.mean((1, 2)).mean(), abs=1e-6)
    assert whole < fixed < best < 1


def test_the_code_of_the_page_on_agents_runs():
    from pellucid.agent import Agent
    from pellucid.data.actions import ActionSpace
    from pellucid.networks import EncoderConfig
    from pellucid.worlds import JEPA, JEPAConfig

    torch.manual_seed(0)
    world = JEPA(
        JEPAConfig(dimension=2, hidden=4, encoder=EncoderConfig(width=1)),
        observation_shape=(2,),
        action_space=ActionSpace((-1.0, -1.0), (1.0, 1.0)),
    )
    page = (ROOT / "docs" / "agent.md").read_text(encoding="utf-8")
    blocks = re.findall(r"```python\n(.*?)```", page, re.DOTALL)
    assert len(blocks) == 4
    scope = {
        "agent": Agent(world),
        "goal": np.ones(2, dtype=np.float32),
        "observation": np.zeros(2, dtype=np.float32),
        "step": lambda action: 0.1 * action,
    }
    for block in blocks:
        exec(compile(block, "agent.md", "exec"), scope)
    agent = scope["agent"]
    assert agent.configuration.planning.samples == 32  # the configurator that was put in place
    assert (np.abs(scope["action"]) <= 1).all()
    assert agent.plan.energy_by_step.shape == (1, 40)
