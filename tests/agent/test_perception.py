import numpy as np
import torch
from points import PointWorld

from pellucid.agent import Perception
from pellucid.agent.perception import as_tensor


class Digits(PointWorld):
    """A state of two frames writes them as digits: 10 * the one before + the present one."""

    def __init__(self):
        super().__init__(frames=2)

    def encode(self, observation):
        assert observation.shape[1:] == (2, 2)
        return 10 * observation[:, 0] + observation[:, 1]


def see(value):
    return np.full((1, 2), value, dtype=np.float32)


def test_the_first_observation_stands_for_those_before_it():
    perception = Perception(Digits())
    perception.begin()
    states = [perception.perceive(see(value))[0, 0].item() for value in (1, 2, 3)]
    assert states == [11, 12, 23]


def test_a_new_episode_forgets_the_last():
    perception = Perception(Digits())
    perception.perceive(see(1))
    perception.begin()
    assert perception.perceive(see(5))[0, 0].item() == 55


def test_a_goal_is_reached_and_at_rest_and_is_not_remembered():
    perception = Perception(Digits())
    perception.perceive(see(1))
    assert perception.imagine_goal(see(7))[0, 0].item() == 77
    assert perception.perceive(see(2))[0, 0].item() == 12


def test_a_state_of_one_frame_is_its_encoding():
    perception = Perception(PointWorld())
    assert perception.perceive(see(3)).tolist() == [[3.0, 3.0]]
    assert perception.imagine_goal(torch.from_numpy(see(4))).tolist() == [[4.0, 4.0]]


def test_perceiving_keeps_no_gradient():
    world = PointWorld()
    world.encode = lambda seen: world.readout(seen)
    world.readout = torch.nn.Linear(2, 2)
    assert world.encode(torch.ones(1, 2)).requires_grad
    assert not Perception(world).perceive(torch.ones(1, 2)).requires_grad


def test_what_is_mapped_read_only_is_copied(tmp_path):
    """torch.from_numpy would warn, and a write through the tensor would be a crash."""
    np.arange(6, dtype=np.float32).tofile(tmp_path / "numbers")
    mapped = np.memmap(tmp_path / "numbers", dtype=np.float32, mode="r")
    tensor = as_tensor(mapped)
    tensor += 1
    assert tensor.tolist() == [1, 2, 3, 4, 5, 6]
    assert mapped.tolist() == [0, 1, 2, 3, 4, 5]
