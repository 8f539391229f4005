import dataclasses
import os

import pytest
import torch
from test_training import TINY, same

from pellucid.agent import train, train_with_result
from pellucid.agent.refinement import FOLDER, RefinementConfig, encode_experience, refine
from pellucid.agent.training import new_agent
from pellucid.data.windows import Windows
from pellucid.errors import ConfigError
from pellucid.learning.metrics import Metrics
from pellucid.learning.runs import RunFolder
from pellucid.worlds.collapse import collapse_report

CPU = torch.device("cpu")
SHORT = RefinementConfig(steps=6, batch=5, checkpoint_every=2)


def world_of(experience, frames=1):
    config = dataclasses.replace(TINY, world=dataclasses.replace(TINY.world, frames=frames))
    return new_agent(experience, config, device=CPU).world


@pytest.mark.parametrize("frames", [1, 2, 3])
def test_every_state_is_what_the_world_perceives_there(small_experience, frames):
    world = world_of(small_experience, frames)
    states = encode_experience(world, small_experience)
    assert states.shape == (small_experience.frames, 4)
    for number in (0, 7):
        start = small_experience.frame_starts[number]
        seen = torch.from_numpy(small_experience[number].observations.copy())
        assert not states[start : start + frames - 1].any()
        for last in range(frames - 1, len(seen)):
            stack = seen[last - frames + 1 : last + 1]
            alone = world.encode(stack[None] if frames > 1 else stack)
            torch.testing.assert_close(states[start + last], alone[0], rtol=1e-3, atol=1e-4)


def test_a_part_of_an_experience_keeps_the_places_of_the_whole(small_experience):
    world = world_of(small_experience)
    whole, part = (encode_experience(world, e) for e in (small_experience, small_experience[4:]))
    first = small_experience.frame_starts[4]
    torch.testing.assert_close(part[first:], whole[first:])
    assert not part[:first].any()


@pytest.mark.parametrize("frames", [1, 2])
def test_predictions_improve_and_perception_stands_still(small_experience, tmp_path, frames):
    world = world_of(small_experience, frames)
    before = {name: value.clone() for name, value in world.state_dict().items()}
    windows = Windows(small_experience, 3 + frames - 1)
    error = collapse_report(world, windows).prediction_ratio
    config = RefinementConfig(steps=150, batch=32, learning_rate=1e-2)
    refine(world, small_experience, config, unroll=3, folder=RunFolder(tmp_path))
    assert collapse_report(world, windows).prediction_ratio < 0.7 * error
    for name, value in world.state_dict().items():
        assert name.startswith("predictor") != torch.equal(value, before[name]), name


def test_the_actions_are_those_between_the_states(small_experience, tmp_path):
    """The loss of the first step is that of windows cut by hand: a shift by one would be seen."""
    world = world_of(small_experience, frames=2)
    windows = Windows(small_experience, 4)
    batch = windows.batch(windows.indices(5, step=0, seed=3))
    with torch.no_grad():
        states = world.encode_sequence(batch.observations)
        predicted = world.unroll(states[0], batch.actions.transpose(0, 1)[1:])
        expected = (predicted - states[1:]).square().mean()
    config = RefinementConfig(steps=1, batch=5)
    done = refine(world, small_experience, config, unroll=3, folder=RunFolder(tmp_path), seed=3)
    assert done.last["prediction"] == pytest.approx(float(expected), rel=1e-5)


def test_an_interrupted_refinement_ends_with_the_same_bits(small_experience, tmp_path, monkeypatch):
    config = dataclasses.replace(TINY, refinement=SHORT)
    unbroken = train(small_experience, config, folder=tmp_path / "one")
    indices = Windows.indices

    def plug(windows, size, *, step, seed):
        if size == SHORT.batch and step == 3:
            raise KeyboardInterrupt
        return indices(windows, size, step=step, seed=seed)

    run = RunFolder.begin(tmp_path / "two", "train", config)
    with monkeypatch.context() as patch:
        patch.setattr(Windows, "indices", plug)
        with pytest.raises(KeyboardInterrupt):
            train(small_experience, config, folder=run)
    run.release()
    assert os.listdir(run.path / FOLDER / "checkpoints")
    run = RunFolder.begin(tmp_path / "two", "train", config)
    agent, result = train_with_result(small_experience, config, folder=run)
    assert result.resumed_from == TINY.schedule.steps
    assert [row["step"] for row in Metrics(run.path / FOLDER / "metrics.jsonl").rows()] == [6]
    assert same(unbroken.world, agent.world)


def test_what_is_reported_is_the_refined_world(small_experience, tmp_path):
    config = dataclasses.replace(TINY, refinement=dataclasses.replace(SHORT, steps=60))
    run = RunFolder.begin(tmp_path, "train", config)
    agent, result = train_with_result(small_experience, config, folder=run)
    _, held_out = small_experience.split(config.held_out)
    report = collapse_report(agent.world, held_out.windows(config.unroll))
    assert result.last["prediction_ratio"] == report.prediction_ratio
    assert result.last["loss"] > 0


def test_settings_out_of_range_are_refused():
    with pytest.raises(ConfigError, match="steps=-1 of the refinement"):
        RefinementConfig(steps=-1)
    with pytest.raises(ConfigError, match="batch=0"):
        RefinementConfig(batch=0)
    with pytest.raises(ConfigError, match="learning_rate=0"):
        RefinementConfig(learning_rate=0.0)
