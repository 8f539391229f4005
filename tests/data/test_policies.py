from __future__ import annotations

import numpy as np
import pytest

from pellucid.data.actions import ActionSpace
from pellucid.data.policies import POLICIES, DriftPolicy, make_policy, policy_name
from pellucid.errors import ConfigError

BOX = ActionSpace((-1.0, 0.0), (1.0, 10.0))
UNIT = ActionSpace((-1.0, -1.0), (1.0, 1.0))
FOUR = ActionSpace((0.0,) * 4, (1.0,) * 4, discrete=True)


def actions(policy, space, *, steps=200, batch=16, seed=0):
    made = make_policy(policy, space, batch, np.random.default_rng(seed))
    made.reset(np.ones(batch, dtype=bool))
    return np.stack([made.act(np.zeros((batch, 1))) for _ in range(steps)])


@pytest.mark.parametrize("name", sorted(POLICIES))
@pytest.mark.parametrize("space", [BOX, FOUR, ActionSpace((0.0,), (2.0,))])
def test_every_policy_stays_inside_and_is_a_function_of_its_seed(name, space):
    taken = actions(name, space)
    assert taken.shape == (200, 16, space.dimension)
    assert taken.dtype == np.float32
    space.encode(space.decode(taken))
    assert (taken >= np.float32(space.low)).all()
    assert (taken <= np.float32(space.high)).all()
    np.testing.assert_array_equal(taken, actions(name, space))
    assert not np.array_equal(taken, actions(name, space, seed=1))
    assert not np.array_equal(taken[:, 0], taken[:, 1])


def test_random_is_independent_in_time_and_drift_is_not():
    def correlation(taken):
        return np.mean(taken[1:] * taken[:-1]) / np.mean(taken**2)

    assert abs(correlation(actions("random", UNIT, batch=64))) < 0.03
    assert correlation(actions("drift", UNIT, batch=64)) > 0.8


def test_drift_goes_much_further_than_random():
    def reach(name):
        path = actions(name, UNIT, steps=50, batch=256).cumsum(axis=0)
        return np.sqrt((path[-1] ** 2).sum(-1).mean())

    # Fifty independent uniform steps: sqrt(50 * 2 / 3) = 5.8 in the root mean square.
    assert reach("random") == pytest.approx(np.sqrt(50 * 2 / 3), rel=0.15)
    assert reach("drift") > 2.5 * reach("random")


def test_drift_sees_the_whole_box_its_corners_too():
    taken = actions("drift", UNIT, steps=800, batch=64).reshape(-1, 2)
    cells = np.histogram2d(*taken.T, bins=8, range=[[-1, 1]] * 2)[0]
    assert (cells > 0).all()
    assert np.abs(taken.mean(0)).max() < 0.05


def test_drift_turns_slowly_while_it_holds():
    policy = DriftPolicy(UNIT, 500, np.random.default_rng(0), hold=1e9, turn=0.1)
    first, second = (policy.act(np.zeros((500, 1))) for _ in range(2))
    angles = np.arctan2(second[:, 1], second[:, 0]) - np.arctan2(first[:, 1], first[:, 0])
    angles = (angles + np.pi) % (2 * np.pi) - np.pi
    assert np.std(angles) == pytest.approx(0.1, rel=0.1)
    # The speed, as a share of the way to the border, stays.
    np.testing.assert_allclose(np.abs(first).max(1), np.abs(second).max(1), rtol=1e-5)


def test_discrete_drift_holds_for_a_geometric_time():
    taken = actions("drift", FOUR, steps=500, batch=100).argmax(-1)
    changed = (taken[1:] != taken[:-1]).mean()
    # It is drawn anew with probability 1/12, and is then another one in 3 of 4 cases.
    assert changed == pytest.approx(3 / 4 / 12, rel=0.1)


def test_a_reset_changes_only_the_rows_of_its_mask():
    policy = DriftPolicy(UNIT, 4, np.random.default_rng(0), hold=1e9, turn=0.0)
    before = policy.act(np.zeros((4, 1)))
    policy.reset(np.array([True, False, False, True]))
    after = policy.act(np.zeros((4, 1)))
    np.testing.assert_allclose(after[1:3], before[1:3], rtol=1e-6)
    assert (after[[0, 3]] != before[[0, 3]]).all()


def test_a_mistyped_policy_gets_a_hint_and_a_function_is_accepted():
    generator = np.random.default_rng(0)
    with pytest.raises(ConfigError, match="unknown policy 'drfit': did you mean 'drift'"):
        make_policy("drfit", BOX, 1, generator)

    def straight(space, batch, generator):
        return DriftPolicy(space, batch, generator, hold=1e9, turn=0.0)

    assert isinstance(make_policy(straight, BOX, 1, generator), DriftPolicy)
    assert [policy_name("drift"), policy_name(straight)] == ["drift", "straight"]


@pytest.mark.parametrize("setting", [{"hold": 0.5}, {"turn": -1.0}])
def test_settings_of_drift_out_of_range_are_errors(setting):
    with pytest.raises(ConfigError, match="drift"):
        DriftPolicy(BOX, 1, np.random.default_rng(0), **setting)
