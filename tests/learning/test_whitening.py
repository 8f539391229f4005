import numpy as np
import pytest
from sklearn.base import clone
from sklearn.decomposition import PCA
from sklearn.utils.estimator_checks import parametrize_with_checks

from pellucid.learning.whitening import Whitening


@parametrize_with_checks(
    [Whitening(), Whitening(kind="pca", n_components=1), Whitening(tolerance=0)]
)
def test_it_is_an_estimator_of_scikit_learn(estimator, check):
    check(estimator)


def correlated(samples=2000, features=6, seed=0):
    generator = np.random.default_rng(seed)
    mixing = generator.standard_normal((features, features))
    return generator.standard_normal((samples, features)) @ mixing + generator.uniform(-3, 3)


@pytest.mark.parametrize("kind", ["zca", "pca"])
def test_whitened_samples_have_the_identity_for_covariance(kind):
    flat = Whitening(kind=kind, tolerance=0).fit_transform(correlated())
    np.testing.assert_allclose(np.cov(flat.T, bias=True), np.eye(6), atol=1e-8)


def test_zca_is_symmetric_and_so_changes_samples_least():
    X = correlated()
    X -= X.mean(0)
    zca, pca = (Whitening(kind=kind, tolerance=0).fit(X) for kind in ("zca", "pca"))
    np.testing.assert_allclose(zca.matrix_, zca.matrix_.T, atol=1e-10)
    assert np.square(zca.transform(X) - X).sum() < np.square(pca.transform(X) - X).sum()


def test_components_are_those_of_scikit_learn_up_to_sign():
    X = correlated()
    ours = Whitening(kind="pca", n_components=3, tolerance=0).fit_transform(X)
    theirs = PCA(3, whiten=True).fit_transform(X) * np.sqrt(len(X) / (len(X) - 1))
    np.testing.assert_allclose(np.abs(ours), np.abs(theirs), atol=1e-8)


def test_tolerance_keeps_noise_small():
    """A direction with a thousandth of the deviation is lifted to 1 without it, not with it."""
    generator = np.random.default_rng(0)
    X = generator.standard_normal((5000, 2)) * [1, 1e-3]
    assert Whitening(tolerance=0).fit_transform(X)[:, 1].std() == pytest.approx(1, abs=0.01)
    assert Whitening(tolerance=0.1).fit_transform(X)[:, 1].std() < 0.01


@pytest.mark.parametrize("kind", ["zca", "pca"])
def test_back_again(kind):
    X = correlated()
    whitening = Whitening(kind=kind, tolerance=0.3).fit(X)
    np.testing.assert_allclose(whitening.inverse_transform(whitening.transform(X)), X, atol=1e-8)


def test_streams_end_where_all_samples_at_once_do():
    X = correlated() + 1000  # far from zero: sums of squares would lose digits
    whole, stream = Whitening().fit(X), Whitening()
    for part in np.array_split(X, [1, 10, 300]):
        stream.partial_fit(part)
    np.testing.assert_allclose(stream.matrix_, whole.matrix_, rtol=1e-6, atol=1e-9)
    assert stream.n_samples_seen_ == 2000
    assert not hasattr(clone(stream), "matrix_")


def test_constant_features_become_zero():
    X = np.ones((10, 3)) * [1.0, 2.0, 3.0]
    assert not Whitening(tolerance=0).fit_transform(X).any()


def test_more_components_than_features_are_refused():
    with pytest.raises(ValueError, match="n_components=7 of 6 features"):
        Whitening(n_components=7).fit(correlated())
