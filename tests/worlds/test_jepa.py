import pytest
import torch

from pellucid.data.actions import ActionSpace
from pellucid.errors import ConfigError, DataError
from pellucid.networks import EncoderConfig
from pellucid.worlds.jepa import JEPA, JEPAConfig

SPACE = ActionSpace((-2.0, 0.0), (2.0, 1.0))


def small(frames=1, space=SPACE, kind="sparse"):
    config = JEPAConfig(dimension=5, frames=frames, hidden=8, encoder=EncoderConfig(kind, width=4))
    return JEPA(config, observation_shape=(32, 32, 3), action_space=space)


def pictures(*shape):
    return torch.randint(0, 256, (*shape, 32, 32, 3), dtype=torch.uint8)


def test_actions_are_brought_to_one_scale_whatever_their_units():
    low, high = torch.tensor(SPACE.low), torch.tensor(SPACE.high)
    world = small()
    torch.testing.assert_close(
        world.scale_actions(torch.stack([low, high])), torch.tensor([[-1.0, -1.0], [1.0, 1.0]])
    )


def test_discrete_actions_are_fed_as_they_are():
    world = small(space=ActionSpace((0.0,) * 3, (1.0,) * 3, discrete=True))
    torch.testing.assert_close(world.scale_actions(torch.eye(3)), torch.eye(3))


def test_unrolling_is_predicting_again_and_again():
    world, state = small(), torch.randn(3, 5)
    actions = torch.rand(4, 3, 2)
    expected = state
    for action, predicted in zip(actions, world.unroll(state, actions), strict=True):
        expected = world.predict(expected, action)
        torch.testing.assert_close(predicted, expected)


@pytest.mark.parametrize("frames", [1, 2, 3])
def test_a_sequence_is_encoded_as_its_moments_are_one_by_one(frames):
    world = small(frames).eval()
    seen = pictures(2, frames - 1 + 4)
    states = world.encode_sequence(seen)
    assert states.shape == (4, 2, 5)
    for t in range(4):
        stack = seen[:, t : t + frames] if frames > 1 else seen[:, t]
        torch.testing.assert_close(states[t], world.encode(stack), rtol=1e-4, atol=1e-5)


def test_two_frames_show_a_motion_that_one_does_not():
    world = small(frames=2).eval()
    first, last = pictures(1), pictures(1)
    forth, still = torch.stack([first, last], 1), torch.stack([last, last], 1)
    assert not torch.allclose(world.encode(forth), world.encode(still))


def test_what_is_always_there_is_taken_away():
    world = small().eval()
    scene = pictures(1)
    world.fit_input(scene.expand(10, -1, -1, -1))
    blank = world.encoder.input(scene)
    torch.testing.assert_close(blank, torch.zeros_like(blank))


def test_a_wrong_shape_is_named():
    with pytest.raises(DataError, match=r"\(16, 16, 3\).*trained on \(32, 32, 3\)"):
        small().encode(torch.zeros(1, 16, 16, 3, dtype=torch.uint8))


def test_settings_out_of_range_are_refused():
    with pytest.raises(ConfigError, match="dimension=0"):
        JEPAConfig(dimension=0)
    with pytest.raises(ConfigError, match="did you mean 'sparse'"):
        EncoderConfig("sprase")


@pytest.mark.parametrize("kind", ["sparse", "conv", "vit"])
def test_every_encoder_learns_through_the_whole_loss(kind):
    world = small(kind=kind)
    loss = world.unroll(world.encode(pictures(2)), torch.rand(2, 2, 2)).square().mean()
    loss.backward()
    gradients = [p.grad for n, p in world.named_parameters() if "inverse" not in n]
    assert all(g is not None and g.isfinite().all() for g in gradients)
    assert all(g.abs().max() > 0 for g in gradients if g.ndim > 1)
