import numpy as np
import pytest
from sklearn.metrics import mutual_info_score

from pellucid.errors import ConfigError
from pellucid.learning import dependence
from pellucid.learning.dependence import gaussian_information, levels, mutual_information


def coupled(samples=5000, seed=0):
    generator = np.random.default_rng(seed)
    X = generator.standard_normal((samples, 5))
    X[:, 1] += X[:, 0]
    X[:, 2] = X[:, 0] ** 2  # not correlated with 0, and told by it
    X[:, 4] = 7
    return X


@pytest.mark.parametrize("strategy", ["uniform", "quantile"])
def test_information_is_that_of_scikit_learn_less_its_bias(strategy, monkeypatch):
    X = coupled()
    levelled = levels(X, bins=5, strategy=strategy)
    entropy, information = mutual_information(X, bins=5, strategy=strategy)
    used = [len(np.unique(column)) for column in levelled.T]
    for i in range(5):
        assert entropy[i] == pytest.approx(mutual_info_score(levelled[:, i], levelled[:, i]))
        for j in range(i):
            biased = mutual_info_score(levelled[:, i], levelled[:, j])
            expected = max(0, biased - (used[i] - 1) * (used[j] - 1) / (2 * len(X)))
            assert information[i, j] == pytest.approx(expected, abs=2e-6)
    np.testing.assert_allclose(information, information.T, atol=1e-6)
    monkeypatch.setattr(dependence, "CELLS", 1)  # a sensor at a time
    monkeypatch.setattr(dependence, "BATCH", 999)
    np.testing.assert_allclose(
        mutual_information(X, bins=5, strategy=strategy)[1], information, atol=1e-6
    )


def test_independent_sensors_tell_nothing_of_each_other_on_average():
    generator = np.random.default_rng(0)
    _, information = mutual_information(generator.standard_normal((500, 40)), strategy="quantile")
    apart = information[~np.eye(40, dtype=bool)]
    assert np.median(apart) < 0.005
    levelled = levels(generator.standard_normal((500, 40)), bins=6, strategy="quantile")
    assert mutual_info_score(levelled[:, 0], levelled[:, 1]) > 0.01  # what the bias would be


def test_a_square_is_seen_by_information_and_not_by_correlation():
    X = coupled()
    assert mutual_information(X, strategy="quantile")[1][0, 2] > 0.4
    assert gaussian_information(X)[1][0, 2] < 0.01


def test_gaussian_information_is_that_of_the_correlation():
    _, information = gaussian_information(coupled(100_000))
    assert information[0, 1] == pytest.approx(-0.5 * np.log(1 - 0.5), abs=0.01)
    spread, _ = gaussian_information(coupled())
    assert spread[4] == 0


def test_levels_are_as_wide_or_as_full_as_each_other():
    X = np.array([[0.0, 0], [1, 0], [2, 0], [9, 3]])
    np.testing.assert_array_equal(levels(X, bins=3)[:, 0], [0, 0, 0, 2])
    np.testing.assert_array_equal(levels(X, bins=2, strategy="quantile")[:, 0], [0, 0, 1, 1])
    assert not levels(np.ones((3, 2)), bins=3).any()
    with pytest.raises(ConfigError, match="give uniform or quantile"):
        levels(X, bins=3, strategy="kmeans")
