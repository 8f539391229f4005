import pytest
import torch

from pellucid.data.actions import ActionSpace
from pellucid.errors import ConfigError
from pellucid.networks import EncoderConfig
from pellucid.objectives import SIGReg, VICReg
from pellucid.worlds.criteria import Criteria, CriteriaConfig, make_objective
from pellucid.worlds.jepa import JEPA, JEPAConfig

SPACE = ActionSpace((-1.0,), (1.0,))


class Counter(JEPA):
    """A world whose state is a number and whose action is added to it: prediction is exact."""

    def __init__(self):
        config = JEPAConfig(dimension=1, hidden=4, encoder=EncoderConfig(width=1))
        super().__init__(config, observation_shape=(1,), action_space=SPACE)

    def encode_sequence(self, observation):
        return observation.transpose(0, 1)

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
