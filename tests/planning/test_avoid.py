import pytest
import torch

from pellucid.planning import Avoid, Trajectory


def avoid():
    """Two problems: one avoids the origin and (2, 0), the other (2, 0) only."""
    places = torch.tensor([[[0.0, 0.0], [2.0, 0.0]]]).repeat(2, 1, 1)
    known = torch.tensor([[True, True], [False, True]])
    return Avoid(places, known, torch.tensor([0.5, 1.0]))


def test_each_step_counts_by_its_nearest_place():
    states = torch.tensor([[9.0, 9.0], [0.0, 0.0], [2.5, 0.0], [9.0, 9.0]])
    trajectory = Trajectory(states.expand(2, 3, 4, 2), torch.zeros(2, 3, 3, 1))
    energy = avoid().by_step(trajectory)
    assert energy.shape == (2, 3, 3)
    first, second = energy[:, 0].double()
    assert first[0].item() == 1.0
    assert first[1].item() == pytest.approx(torch.exp(torch.tensor(-0.5)).item())
    assert first[2] < 1e-6
    assert second[0].item() == pytest.approx(torch.exp(torch.tensor(-2.0)).item())


def test_what_is_not_known_does_not_count():
    places = torch.zeros(1, 2, 2)
    nothing = Avoid(places, torch.zeros(1, 2, dtype=torch.bool), torch.ones(1))
    trajectory = Trajectory(torch.zeros(1, 4, 2), torch.zeros(1, 3, 1))
    assert nothing.total(trajectory).item() == 0
