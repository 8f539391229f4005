import numpy as np
import pytest
import torch
from sklearn.base import clone
from sklearn.utils.estimator_checks import parametrize_with_checks

from pellucid.errors import CollapseError, ConfigError
from pellucid.learning.sensor_autoencoder import SensorAutoencoder
from pellucid.learning.sensors import SensorMap

SMALL = SensorAutoencoder(2, dimension=8, depth=1, heads=2, epochs=1, random_state=0)


@parametrize_with_checks([SMALL, clone(SMALL).set_params(mixer="mssa", feed="ista")])
def test_it_is_an_estimator_of_scikit_learn(estimator, check):
    check(estimator)


def world(samples=3000, side=6, seed=0):
    """A smooth random field seen by shuffled sensors: readings (N, S), covariance, true places."""
    generator = np.random.default_rng(seed)
    places = np.stack(np.mgrid[:side, :side], -1).reshape(-1, 2).astype(float)
    places = generator.permutation(places)
    square = np.square(places[:, None] - places).sum(-1)
    covariance = np.exp(-square / (2 * 2.0**2)) + 0.01 * np.eye(len(places))
    noise = generator.standard_normal((samples, len(places)))
    return noise @ np.linalg.cholesky(covariance).T, covariance, places


@pytest.fixture(scope="module")
def taught():
    """An autoencoder that learned the field, and new readings of it."""
    X, _, _ = world()
    model = SensorAutoencoder(
        9, dimension=32, depth=1, mask_ratio=0.3, epochs=15, learning_rate=5e-3, random_state=0
    )
    return model.set_params(batch_size=100).fit(X[:2000]), X[2000:]


def left_over(model, X, hidden):
    """The squared error of what is filled in, as a share of what the mean leaves."""
    told = model.reconstruct(X, hidden)
    return np.square(told - X)[:, hidden].sum() / np.square(X - model.mean_)[:, hidden].sum()


def test_what_is_hidden_is_filled_in_nearly_as_well_as_can_be(taught):
    model, new = taught
    _, covariance, _ = world(samples=1)
    for cluster in range(9):
        hidden = model.labels_ == cluster
        # The field is Gaussian: nothing is better than its conditional mean, which is linear.
        seen, across = covariance[np.ix_(~hidden, ~hidden)], covariance[np.ix_(~hidden, hidden)]
        best = new[:, ~hidden] @ np.linalg.solve(seen, across)
        least = np.square(best - new[:, hidden]).sum() / np.square(new[:, hidden]).sum()
        assert 1 - left_over(model, new, hidden) > 0.85 * (1 - least)


def test_what_hidden_sensors_hold_is_not_looked_at(taught):
    model, new = taught
    generator = np.random.default_rng(0)
    # In each sample other clusters fail, up to eight of the nine.
    failed = generator.random((50, 9)).argsort(1) < generator.integers(0, 9, (50, 1))
    hidden = failed[:, model.labels_]
    believed = model.reconstruct(new[:50], hidden)
    np.testing.assert_array_equal(believed[~hidden], new[:50][~hidden])
    broken = np.where(hidden, np.nan, new[:50])
    np.testing.assert_array_equal(model.reconstruct(broken, hidden), believed)
    for sample in (0, 17):
        alone = model.reconstruct(broken[[sample]], hidden[sample])
        np.testing.assert_allclose(alone[0], believed[sample], atol=1e-9)


def test_when_neighbours_fail_found_clusters_know_more_than_random_ones(taught):
    model, new = taught
    X, _, _ = world()
    labels = np.random.default_rng(0).permutation(model.labels_)
    other = clone(model).set_params(sensors=labels).fit(X[:2000])
    # Neighbours are one found cluster, and parts of three to five random ones.
    errors = [
        [left_over(m, new, model.labels_ == cluster) for m in (model, other)]
        for cluster in range(9)
    ]
    by_found, by_random = np.mean(errors, axis=0)
    assert by_found < 0.5 * by_random
    # In learning the random ones are filled in more easily: something is seen beside each sensor.
    assert other.losses_[-1] < model.losses_[-1]


def test_units_do_not_matter(taught):
    model, new = taught
    X, _, _ = world()
    generator = np.random.default_rng(0)
    gain, zero = np.exp(generator.standard_normal(36)), 5 * generator.standard_normal(36)
    few = clone(model).set_params(epochs=1)
    one = few.fit(X[:2000]).transform(new)
    other = few.set_params(sensors=few.labels_).fit(gain * X[:2000] + zero)
    np.testing.assert_allclose(other.transform(gain * new + zero), one, atol=1e-3)
    np.testing.assert_allclose(other.scale_, gain * X[:2000].std(0))
    common = few.set_params(scale="common").fit(gain * X[:2000])
    np.testing.assert_allclose(common.scale_, np.sqrt((gain * X[:2000]).var(0).mean()))


def test_sensors_are_clustered_by_a_map_or_as_one_likes():
    X, _, _ = world(samples=300)
    small = SensorAutoencoder(4, dimension=8, depth=1, heads=2, epochs=1, random_state=0)
    sensors = SensorMap(4, dependence="correlation", random_state=1)
    one = clone(small).set_params(sensors=sensors).fit(X)
    assert not hasattr(sensors, "labels_")
    labels = sensors.fit(X).labels_
    np.testing.assert_array_equal(one.labels_, labels)
    # Names of clusters say nothing but their order, and sensors of none are left out.
    other = clone(small).set_params(sensors=7 * labels + 3).fit(X)
    np.testing.assert_array_equal(other.transform(X), one.transform(X))
    labels[[4, 9]] = -1
    without = clone(small).set_params(sensors=labels).fit(X)
    changed = X.copy()
    changed[:, [4, 9]] = 100
    np.testing.assert_array_equal(without.transform(changed), without.transform(X))
    hidden = np.isin(np.arange(36), [4, 9])
    np.testing.assert_allclose(
        without.reconstruct(changed, hidden)[:, [4, 9]], np.tile(X[:, [4, 9]].mean(0), (300, 1))
    )


def test_a_seed_says_it_all_and_no_global_state_is_touched():
    X, _, _ = world(samples=300)
    state = torch.get_rng_state()
    one, same, other = (
        SensorAutoencoder(
            4, dimension=8, depth=1, heads=2, epochs=2, batch_size=40, random_state=seed
        ).fit(X)
        for seed in (0, 0, 1)
    )
    assert torch.equal(torch.get_rng_state(), state)
    assert one.losses_ == same.losses_
    assert len(one.losses_) == 2
    assert one.losses_ != other.losses_
    np.testing.assert_array_equal(one.transform(X), same.transform(X))


def test_the_precision_of_the_question_is_that_of_the_answer():
    X, _, _ = world(samples=300)
    hidden = np.arange(36) == 5
    double = clone(SMALL).set_params(n_clusters=4).fit(X)
    single = clone(double).fit(X.astype(np.float32))
    for model in (double, single):
        for dtype in (np.float32, np.float64):
            assert model.transform(X.astype(dtype)).dtype == dtype
            assert model.reconstruct(X.astype(dtype), hidden).dtype == dtype
    np.testing.assert_allclose(single.transform(X), double.transform(X), atol=1e-3)


def test_before_it_learns_it_is_there_to_be_compared():
    X, _, _ = world(samples=100)
    model = clone(SMALL).set_params(epochs=0).fit(X)
    assert model.losses_ == []
    assert model.transform(X).shape == (100, 8)


def test_what_does_not_fit_is_refused():
    X, _, _ = world(samples=100)
    model = clone(SMALL).set_params(n_clusters=4).fit(X)
    for hidden in (np.zeros(36), np.zeros(35, bool), np.zeros((36, 100), bool)):
        with pytest.raises(ValueError, match=r"give bool of shape \(100, 36\) or \(36,\)"):
            model.reconstruct(X, hidden)
    hidden = np.zeros((100, 36), bool)
    hidden[7] = True
    with pytest.raises(ValueError, match="sample 7 has a hidden sensor in each of the 4 clusters"):
        model.reconstruct(X, hidden)
    broken = np.where(hidden, X, np.nan)
    with pytest.raises(ValueError, match="contains NaN"):
        model.reconstruct(broken, np.arange(36) == 0)
    for sensors in (np.zeros(35, int), np.zeros(36)):
        with pytest.raises(ValueError, match="give the cluster of each of 36 sensors"):
            clone(SMALL).set_params(sensors=sensors).fit(X)
    with pytest.raises(ValueError, match="make 1 cluster"):
        clone(SMALL).set_params(sensors=np.zeros(36, int)).fit(X)
    with pytest.raises(ConfigError, match="heads must divide"):
        clone(SMALL).set_params(heads=3).fit(X)
    with pytest.raises(CollapseError, match="lower learning_rate"):
        clone(SMALL).set_params(learning_rate=1e30, batch_size=10).fit(X)
