import json

import numpy as np
import pytest
import torch

from pellucid.agent import Agent, Policy, TrainingConfig
from pellucid.agent.training import new_agent
from pellucid.errors import CheckpointError
from pellucid.networks import EncoderConfig
from pellucid.worlds.jepa import JEPAConfig

SMALL = TrainingConfig(world=JEPAConfig(dimension=6, hidden=8, encoder=EncoderConfig(width=4)))


@pytest.fixture
def saved(small_experience, tmp_path):
    agent = new_agent(small_experience, SMALL, device=torch.device("cpu"))
    agent.actor.policy = Policy(6, agent.world.action_space, hidden=16)
    agent.save(tmp_path / "agent")
    return agent, tmp_path / "agent"


def test_an_agent_acts_the_same_after_it_was_saved(saved, small_experience):
    agent, folder = saved
    again = Agent.load(folder)
    picture = small_experience[0].observations[0]
    for one in (agent, again):
        one.begin(seed=1)
    np.testing.assert_array_equal(agent.act(picture), again.act(picture))
    for one in (agent, again):
        one.begin(mode="react")
    np.testing.assert_array_equal(agent.act(picture), again.act(picture))


def test_three_lines_are_enough_to_act(saved, small_experience):
    action = Agent.load(saved[1]).act(small_experience[0].observations[0])
    assert action.shape == (2,)
    assert np.abs(action).max() <= 1


def test_a_truncated_file_is_named(saved):
    path = saved[1] / "model.safetensors"
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(CheckpointError, match=r"model\.safetensors"):
        Agent.load(saved[1])


def test_a_description_of_something_else_is_refused(saved):
    path = saved[1] / "model.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), "format": "other"}))
    with pytest.raises(CheckpointError, match="pellucid-agent-1"):
        Agent.load(saved[1])


def test_an_unknown_key_is_named_with_its_neighbour(saved):
    path = saved[1] / "model.json"
    record = json.loads(path.read_text())
    record["world"]["dimensoin"] = record["world"].pop("dimension")
    path.write_text(json.dumps(record))
    with pytest.raises(ValueError, match="did you mean 'dimension'"):
        Agent.load(saved[1])


def test_no_pickle_is_written(saved):
    assert sorted(p.name for p in saved[1].iterdir()) == ["model.json", "model.safetensors"]
