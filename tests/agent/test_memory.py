import pytest
import torch

from pellucid.agent import Moment, ShortTermMemory


def moment(value, *, cost=0.0, predicted=None):
    state = torch.full((1, 2), float(value))
    expected = state if predicted is None else torch.full((1, 2), float(predicted))
    return Moment(state, state, torch.zeros(1, 1), expected, state, torch.tensor([cost]))


def test_surprise_is_the_squared_difference_of_what_came_and_what_was_expected():
    torch.testing.assert_close(moment(3, predicted=1).surprise, torch.tensor([4.0]))
    assert moment(3).surprise.item() == 0


def test_episodes_are_kept_apart():
    memory = ShortTermMemory()
    for episode in ([1, 2], [3], [4, 5, 6]):
        memory.begin()
        for value in episode:
            memory.write(moment(value))
    values = [[m.state[0, 0].item() for m in e] for e in memory.episodes()]
    assert values == [[1, 2], [3], [4, 5, 6]]


def test_the_oldest_is_forgotten_and_what_is_left_begins_anew():
    memory = ShortTermMemory(capacity=3)
    memory.begin()
    for value in range(5):
        memory.write(moment(value))
    assert [[m.state[0, 0].item() for m in e] for e in memory.episodes()] == [[2, 3, 4]]


def test_recall_finds_the_cost_of_the_like():
    memory = ShortTermMemory()
    for value, cost in ((0, 1.0), (10, 5.0)):
        memory.write(moment(value, cost=cost))
    cost, familiarity = memory.recall(torch.tensor([[0.1, 0.1], [10.0, 10.0], [100.0, 100.0]]))
    torch.testing.assert_close(cost[:2], torch.tensor([1.0, 5.0]), rtol=1e-3, atol=1e-3)
    assert familiarity[1] == pytest.approx(1.0)
    assert familiarity[0] > 0.9
    assert familiarity[2] < 1e-6


def test_an_empty_memory_knows_nothing():
    cost, familiarity = ShortTermMemory().recall(torch.zeros(2, 2))
    assert cost.isnan().all()
    assert (familiarity == 0).all()


def step(place, meant, came):
    """A moment of one body on a line: where it was, where it was to be, where it came."""
    states = [torch.tensor([[float(x)]]) for x in (place, meant, came)]
    return Moment(states[0], states[0], torch.zeros(1, 1), states[1], states[2], torch.zeros(1))


def test_a_prediction_that_met_a_wall_is_refuted():
    memory = ShortTermMemory()
    for moment_ in (step(0, 1, 1), step(1, 2, 2.1), step(2, 3, 2), step(2, 3.1, 2.2)):
        memory.write(moment_)
    refuted = memory.refutations()
    assert refuted.places[0, refuted.known[0], 0].tolist() == pytest.approx([3.1, 3.0])
    assert refuted.radius.item() == pytest.approx(1.0, abs=0.1)


def test_small_steps_and_other_episodes_refute_nothing():
    memory = ShortTermMemory()
    memory.write(step(0, 1, 0))
    memory.begin()
    assert memory.refutations() is None
    for moment_ in (step(0, 1, 1), step(1, 2, 2), step(2, 2.1, 2)):
        memory.write(moment_)
    assert not memory.refutations().known.any()


def test_only_the_newest_refutations_are_kept():
    memory = ShortTermMemory()
    for place in range(5):
        memory.write(step(place, place + 1, place))
    assert memory.refutations(most=2).places[0, :, 0].tolist() == [5.0, 4.0]
