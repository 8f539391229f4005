import subprocess
import sys

import pytest
import torch

import pellucid.worlds
from pellucid.data.actions import ActionSpace
from pellucid.networks import EncoderConfig
from pellucid.worlds import JEPA, JEPAConfig, SimulatorWorld
from pellucid.worlds.environments.manifests import load_manifest


def test_every_name_is_found():
    for name in pellucid.worlds.__all__:
        assert getattr(pellucid.worlds, name).__name__ == name


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="no attribute 'Wrold'"):
        _ = pellucid.worlds.Wrold


def test_environments_need_no_torch():
    code = "import pellucid.worlds.environments, sys; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0


@pytest.mark.parametrize("kind", ["jepa", "simulator"])
def test_worlds_are_deterministic_and_rows_do_not_know_each_other(kind):
    """The promise of the protocol: N states and N actions give N states, each by itself."""
    torch.manual_seed(0)
    if kind == "simulator":
        arenas = load_manifest("two-room").first(5).make()
        world, state = SimulatorWorld(), torch.from_numpy(arenas.simulator_states())
    else:
        world = JEPA(
            JEPAConfig(dimension=6, hidden=8, encoder=EncoderConfig(width=2)),
            observation_shape=(3,),
            action_space=ActionSpace((-1.0, -1.0), (1.0, 1.0)),
        ).eval()
        state = torch.randn(5, 6)
    action = torch.rand(5, 2).to(state) * 2 - 1
    with torch.no_grad():
        together = world.predict(state, action)
        alone = torch.cat([world.predict(state[i : i + 1], action[i : i + 1]) for i in range(5)])
    assert together.shape == state.shape
    torch.testing.assert_close(together, alone)
