import pytest
import torch

from pellucid.data.actions import ActionSpace
from pellucid.errors import ConfigError
from pellucid.networks import EncoderConfig
from pellucid.objectives import SIGReg, VICReg
from pellucid.worlds.criteria import Criteria, CriteriaConfig, make_objective, moments
from pellucid.worlds.jepa import JEPA, JEPAConfig

SPACE = ActionSpace((-1.0,), (1.0,))


class Counter(JEPA):
    """A world whose state is a number and whose action is added to it: prediction is exact."""

    def __init__(self):
        config = JEPAConfig(dimension=1, hidden=4, encoder=EncoderConfig(width=1))
        super().__init__(config, observation_shape=(1,), action_space=SPACE)

    def encode_sequence(self, observation, moments=None):
        chosen = slice(None) if moments is None else moments
        return observation[:, chosen].transpose(0, 1)

    def predict(self, state, action, latent=None):
        return state + action


def counting(shift=0):
    """Observations that count up by the actions; `shift` misaligns the two."""
    actions = torch.rand(6, 9, 1) * 2 - 1
    observations = torch.cat([torch.randn(6, 1, 1), actions], 1).cumsum(1)
    return observations[:, : 9 - 1], actions[:, shift : shift + 7]


def terms(config, shift=0):
    observations, actions = counting(shift)
    return Criteria(config).terms(Counter(), observations, actions)


NOTHING = CriteriaConfig(anticollapse="none", inverse=0.0)


def test_a_perfect_model_has_no_prediction_error():
    assert terms(NOTHING)["prediction"] < 1e-10


def test_a_shift_of_actions_by_one_is_seen():
    assert terms(NOTHING, shift=1)["prediction"] > 0.1


def test_the_error_is_that_of_the_open_loop():
    class Blind(Counter):
        def predict(self, state, action, latent=None):
            return state

    observations, actions = counting()
    error = Criteria(NOTHING).terms(Blind(), observations, actions)["prediction"]
    expected = (observations[:, 1:] - observations[:, :1]).square().mean()
    torch.testing.assert_close(error, expected)


def test_a_weight_of_zero_leaves_its_term_out():
    assert set(terms(NOTHING)) == {"prediction"}
    assert make_objective(NOTHING) is None
    full = CriteriaConfig(
        anticollapse="vicreg", similarity=1.0, straightening=1.0, temporal_variance=1.0
    )
    assert len(terms(full)) == 7  # prediction, variance, covariance, three of time, inverse


@pytest.mark.parametrize(("name", "kind"), [("sigreg", SIGReg), ("vicreg", VICReg)])
def test_the_weight_scales_the_objective(name, kind):
    z = torch.randn(3, 40, 4)
    objective = make_objective(CriteriaConfig(anticollapse=name, anticollapse_weight=0.25))
    generator = torch.Generator().manual_seed(1)
    alone = kind(slices=128) if kind is SIGReg else kind()
    expected = 0.25 * alone(z, generator=torch.Generator().manual_seed(1))
    torch.testing.assert_close(objective(z, generator=generator), expected)


def test_a_negative_weight_is_refused():
    with pytest.raises(ConfigError, match=r"inverse=-1"):
        CriteriaConfig(inverse=-1.0)


@pytest.mark.parametrize(
    ("steps", "expected"),
    [(1, [0, 1]), (2, [0, 1, 2]), (3, [0, 1, 2, 3]), (8, [0, 1, 2, 4, 8]), (9, [0, 1, 2, 4, 8, 9])],
)
def test_powers_begin_with_one_step_and_end_with_the_window(steps, expected):
    assert moments(steps, "powers") == expected
    assert moments(steps, "all") == list(range(steps + 1))


def test_only_what_is_perceived_is_compared():
    """Each prediction is wrong by its time, so that the mean tells which ones were looked at."""

    class Wrong(Counter):
        def unroll(self, state, actions):
            return torch.arange(1.0, 8.0).view(7, 1, 1).expand(7, len(state), 1)

    observations, actions = torch.zeros(6, 8, 1), torch.zeros(6, 7, 1)
    for perceive, times in (("all", range(1, 8)), ("powers", (1, 2, 4, 7))):
        config = CriteriaConfig(anticollapse="none", inverse=0.0, perceive=perceive)
        error = Criteria(config).terms(Wrong(), observations, actions)["prediction"]
        torch.testing.assert_close(error, torch.tensor([t**2.0 for t in times]).mean())


def test_actions_are_inferred_between_neighbours_only():
    class Difference(Counter):
        def infer_action(self, state, following):
            return following - state

    observations, actions = counting()
    config = CriteriaConfig(anticollapse="none", inverse=1.0, perceive="powers")
    assert Criteria(config).terms(Difference(), observations, actions)["inverse"] < 1e-10
    shifted = counting(shift=1)
    assert Criteria(config).terms(Difference(), *shifted)["inverse"] > 0.1


@pytest.mark.parametrize("frames", [1, 2, 3])
def test_some_moments_of_a_sequence_are_those_of_the_whole(frames):
    config = JEPAConfig(dimension=3, hidden=4, frames=frames, encoder=EncoderConfig(width=2))
    world = JEPA(config, observation_shape=(2,), action_space=SPACE)
    seen = torch.randn(4, 8 + frames - 1, 2)
    times = [0, 1, 4, 7]
    some = world.encode_sequence(seen, times)
    torch.testing.assert_close(some, world.encode_sequence(seen)[times])
