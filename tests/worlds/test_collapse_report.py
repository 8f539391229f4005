import math

import numpy as np
import pytest

from pellucid.errors import CollapseError
from pellucid.worlds.collapse import CollapseReport, collapse_report, refuse_collapse

GOOD = {
    "effective_rank": 12.0,
    "deviation": 1.0,
    "deviations": (1.0,) * 16,
    "inverse_r2": 0.6,
    "prediction_ratio": 0.2,
    "probe_r2": 0.99,
}


def test_a_healthy_representation_passes():
    refuse_collapse(CollapseReport(**GOOD), step=100)
    assert CollapseReport(**GOOD).collapsed() is None
    assert CollapseReport(**GOOD).metrics()["probe_r2"] == 0.99


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"deviation": 0.01}, "nearly the same state"),
        ({"effective_rank": 1.1}, "on a line"),
        ({"inverse_r2": 0.0}, "do not show what the agent does"),
    ],
)
def test_each_collapse_is_named_and_stops_the_run(change, words):
    with pytest.raises(CollapseError, match=rf"step 100.*{words}.*Raise"):
        refuse_collapse(CollapseReport(**{**GOOD, **change}), step=100)


@pytest.fixture
def windows(tmp_path):
    """Forty walks on a line: the observation is the position and its square."""
    import numpy as np

    from pellucid.data import from_arrays
    from pellucid.data.actions import ActionSpace

    generator = np.random.default_rng(0)
    actions = generator.uniform(-1, 1, (40, 8, 1)).astype(np.float32)
    start = generator.uniform(-3, 3, (40, 1, 1))
    place = np.concatenate([start, start + actions.cumsum(1)], 1).astype(np.float32)
    seen = np.concatenate([place, place**2], -1)
    experience = from_arrays(
        tmp_path / "walks",
        seen,
        actions,
        labels=place,
        label_names=("x",),
        action_space=ActionSpace((-1.0,), (1.0,)),
    )
    return experience.windows(4)


def world(encode):
    from pellucid.data.actions import ActionSpace
    from pellucid.networks import EncoderConfig
    from pellucid.worlds.jepa import JEPA, JEPAConfig

    class Known(JEPA):
        def encode_sequence(self, observation):
            return encode(observation).transpose(0, 1)

        def predict(self, state, action, latent=None):
            return state + action

    config = JEPAConfig(dimension=2, hidden=4, encoder=EncoderConfig(width=1))
    return Known(config, observation_shape=(2,), action_space=ActionSpace((-1.0,), (1.0,)))


def test_a_true_world_is_reported_as_one(windows):
    report = collapse_report(world(lambda o: o[..., :1].repeat(1, 1, 2)), windows)
    assert report.prediction_ratio < 1e-6
    assert report.inverse_r2 > 0.999
    assert report.probe_r2 is not None
    assert report.probe_r2 > 0.999


def test_constant_states_predict_well_and_are_found_out(windows):
    report = collapse_report(world(lambda o: 0 * o), windows)
    assert "nearly the same state" in report.collapsed()


def test_states_that_code_the_episode_only_are_found_out(windows):
    report = collapse_report(world(lambda o: o[:, :1].expand_as(o)), windows)
    assert "do not show what the agent does" in report.collapsed()


def test_what_never_varies_is_not_probed_and_stops_nothing(windows):
    """A user's arrays may hold a constant label, or actions that never change."""
    columns = windows.experience.columns
    windows.experience.columns = type(columns)(
        columns.observations, np.zeros_like(columns.actions), np.ones_like(columns.labels)
    )
    report = collapse_report(world(lambda o: o), windows)
    assert report.probe_r2 is None
    assert math.isnan(report.inverse_r2)
    assert report.collapsed() is None


def test_the_report_leaves_the_model_in_training(windows):
    model = world(lambda o: o).train()
    collapse_report(model, windows)
    assert model.training
