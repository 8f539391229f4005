import pytest
import torch
from points import SHORT, PointTasks, PointWorld

import pellucid.worlds.environments  # noqa: F401
from pellucid.agent import Agent, Configuration
from pellucid.agent.configurator import Configurator
from pellucid.data import Experience, record


@pytest.fixture
def point_agent():
    return Agent(PointWorld(), configurator=Configurator(Configuration(planning=SHORT)))


@pytest.fixture
def point_tasks():
    return PointTasks()


@pytest.fixture(scope="session")
def small_experience(tmp_path_factory) -> Experience:
    """Ten short episodes of the two rooms."""
    path = tmp_path_factory.mktemp("experience") / "two-room"
    return record(
        "pellucid/TwoRoom-v0", path, episodes=10, steps=20, stop_when_done=False, num_envs=10
    )


@pytest.fixture(autouse=True)
def _one_seed():
    torch.manual_seed(0)
