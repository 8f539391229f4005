import numpy as np
import pytest
from scipy.ndimage import gaussian_filter
from sklearn.utils.estimator_checks import parametrize_with_checks

from pellucid.learning.sensors import SensorMap


@parametrize_with_checks(
    [SensorMap(2, random_state=0), SensorMap(3, dependence="correlation", random_state=0)]
)
def test_it_is_an_estimator_of_scikit_learn(estimator, check):
    check(estimator)


def field(height=12, width=10, samples=2000, seed=0):
    """Smooth random pictures (N, S), their sensors shuffled, and where each one truly is."""
    generator = np.random.default_rng(seed)
    noise = generator.standard_normal((samples, height + 6, width + 6))
    pictures = gaussian_filter(noise, (0, 1.2, 1.2))[:, 3:-3, 3:-3].reshape(samples, -1)
    places = np.stack(np.mgrid[:height, :width], -1).reshape(-1, 2).astype(float)
    order = generator.permutation(height * width)
    return pictures[:, order], places[order]


def recovered(found, truth):
    """R2 of places after turning, mirroring and scaling alone (Procrustes)."""
    found, truth = found - found.mean(0), truth - truth.mean(0)
    left, values, right = np.linalg.svd(found.T @ truth)
    fitted = values.sum() / np.square(found).sum() * found @ left @ right
    return 1 - np.square(fitted - truth).sum() / np.square(truth).sum()


@pytest.mark.parametrize("dependence", ["mutual_information", "correlation"])
def test_shuffled_sensors_find_their_places(dependence):
    X, truth = field()
    sensors = SensorMap(12, n_neighbors=4, dependence=dependence, random_state=0).fit(X)
    assert recovered(sensors.positions_, truth) > 0.95
    away = np.linalg.norm(truth[sensors.neighbors_] - truth[:, None], axis=-1)
    assert (away <= 1.5).mean() > 0.9
    # Clusters are patches: far smaller than those of as many sensors drawn at random.
    own = [truth[sensors.labels_ == k] for k in range(12)]
    radius = np.mean([np.linalg.norm(t - t.mean(0), axis=1).mean() for t in own])
    assert radius < 0.45 * np.linalg.norm(truth - truth.mean(0), axis=1).mean()


def test_another_order_of_sensors_is_another_name_for_the_same_map():
    X, _ = field()
    one = SensorMap(12, n_neighbors=4, random_state=0).fit(X)
    order = np.random.default_rng(1).permutation(X.shape[1])
    other = SensorMap(12, n_neighbors=4, random_state=0).fit(X[:, order])
    np.testing.assert_allclose(
        other.information_, one.information_[np.ix_(order, order)], atol=1e-5
    )
    assert recovered(other.positions_, one.positions_[order]) > 0.999


def test_silent_sensors_are_left_out():
    X, _ = field(samples=500)
    X[:, 5] = 3.0
    X[:, 17] = 0.0
    X[0, 17] = 0.1
    sensors = SensorMap(6, random_state=0).fit(X)
    assert set(range(X.shape[1])) - set(sensors.heard_) == {5, 17}
    assert np.isnan(sensors.positions_[[5, 17]]).all()
    assert (sensors.labels_[[5, 17]] == -1).all()
    assert not np.isin([5, 17], sensors.order_).any()


def test_patches_hold_every_sensor_once_and_lead_back():
    X, _ = field(samples=300)
    sensors = SensorMap(7, random_state=0).fit(X)
    held = sensors.order_[sensors.order_ >= 0]
    np.testing.assert_array_equal(np.sort(held), np.arange(X.shape[1]))
    patches = sensors.patches(X)
    assert patches.shape == (300, *sensors.order_.shape)
    assert not patches[:, sensors.order_ < 0].any()
    for cluster in range(7):
        assert set(sensors.labels_[sensors.order_[cluster][sensors.order_[cluster] >= 0]]) == {
            cluster
        }
    np.testing.assert_array_equal(sensors.inverse_transform(sensors.transform(X)), X)


def test_sensors_without_any_link_are_joined():
    generator = np.random.default_rng(0)
    one, other = generator.standard_normal((2, 400, 1)) + 0.05 * generator.standard_normal(
        (2, 400, 6)
    )
    sensors = SensorMap(2, n_neighbors=3, random_state=0).fit(np.concatenate([one, other], 1))
    assert np.isfinite(sensors.positions_).all()
    assert len(set(sensors.labels_[:6])) == len(set(sensors.labels_[6:])) == 1
    assert sensors.labels_[0] != sensors.labels_[6]


def test_constant_sensors_alone_are_refused():
    with pytest.raises(ValueError, match="all 3 sensors are silent"):
        SensorMap().fit(np.ones((10, 3)))
