import dataclasses

import pytest
import torch

from pellucid.agent import TrainingConfig, train, train_with_result
from pellucid.agent.training import new_agent
from pellucid.config import from_json, to_json
from pellucid.errors import CollapseError, ConfigError
from pellucid.learning.metrics import Metrics
from pellucid.learning.runs import RunFolder
from pellucid.learning.schedule import Schedule
from pellucid.networks import EncoderConfig
from pellucid.worlds.criteria import CriteriaConfig
from pellucid.worlds.jepa import JEPAConfig

TINY = TrainingConfig(
    world=JEPAConfig(dimension=4, hidden=8, encoder=EncoderConfig(width=2)),
    schedule=Schedule(steps=6),
    batch=4,
    unroll=3,
    report_every=3,
    checkpoint_every=2,
    threads=1,
)


def changed(**values):
    return dataclasses.replace(TINY, **values)


def same(a, b):
    return all(
        torch.equal(x, y)
        for x, y in zip(a.state_dict().values(), b.state_dict().values(), strict=True)
    )


class Interrupt:
    """Pulls the plug after a step."""

    every = 1

    def __init__(self, at):
        self.at = at

    def __call__(self, step):
        if step == self.at:
            raise KeyboardInterrupt
        return {}


@pytest.mark.parametrize("frames", [1, 2])
def test_an_interrupted_training_ends_with_the_same_bits(small_experience, tmp_path, frames):
    config = changed(world=dataclasses.replace(TINY.world, frames=frames))
    unbroken = train(small_experience, config, folder=tmp_path / "one")
    run = RunFolder.begin(tmp_path / "two", "train", config)
    with pytest.raises(KeyboardInterrupt):
        train(small_experience, config, folder=run, callbacks=[Interrupt(5)])
    run.release()
    run = RunFolder.begin(tmp_path / "two", "train", config)
    agent, result = train_with_result(small_experience, config, folder=run)
    assert result.resumed_from == 4
    assert same(unbroken.world, agent.world)


def test_the_seed_decides_everything(small_experience, tmp_path):
    agents = [
        train(small_experience, changed(seed=seed), folder=tmp_path / str(i))
        for i, seed in enumerate((0, 0, 1))
    ]
    assert same(agents[0].world, agents[1].world)
    assert not same(agents[0].world, agents[2].world)


def test_looking_does_not_change_what_is_learned(small_experience, tmp_path, point_tasks):
    often = train(small_experience, changed(report_every=1), folder=tmp_path / "often")
    seldom = train(small_experience, changed(report_every=6), folder=tmp_path / "seldom")
    assert same(often.world, seldom.world)


def test_training_lowers_the_loss(small_experience, tmp_path):
    wide = dataclasses.replace(TINY.world, encoder=EncoderConfig(width=8))
    schedule = Schedule(steps=60, learning_rate=1e-2)
    config = changed(world=wide, schedule=schedule, batch=16, report_every=60)
    run = RunFolder.begin(tmp_path, "train", config)
    _, result = train_with_result(small_experience, config, folder=run)
    curve = [row["loss"] for row in Metrics(run.metrics).rows()]
    assert curve[-1] < 0.9 * curve[0]
    assert result.last["effective_rank"] > 1.5
    assert result.frames_per_second > 0


def test_a_collapsed_run_is_stopped_with_a_message(small_experience, tmp_path):
    """Without anything against it, a high rate of decay shrinks all states to one."""
    config = changed(
        criteria=CriteriaConfig(anticollapse="none", inverse=0.0),
        schedule=Schedule(steps=60, learning_rate=3e-2, weight_decay=5.0, warmup=0.0, floor=1.0),
        report_every=50,
        grace=50,
    )
    with pytest.raises(CollapseError, match=r"stopped at step 50.*collapsed.*Raise"):
        train(small_experience, config, folder=tmp_path)


def test_what_is_always_there_is_taken_away(small_experience):
    agent = new_agent(small_experience, TINY, device=torch.device("cpu"))
    frames = torch.from_numpy(small_experience.columns.observations.copy())
    mean = agent.world.encoder.input(frames).mean(0)
    assert mean.abs().max() < 0.02


def test_a_configuration_survives_json():
    assert from_json(TrainingConfig, to_json(TINY)) == TINY


def test_settings_out_of_range_are_refused():
    with pytest.raises(ConfigError, match="unroll=0"):
        changed(unroll=0)
    with pytest.raises(ConfigError, match="held_out=1"):
        changed(held_out=1.0)
