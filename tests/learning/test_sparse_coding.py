import numpy as np
import pytest
from sklearn.base import clone
from sklearn.decomposition import MiniBatchDictionaryLearning
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils.estimator_checks import parametrize_with_checks

from pellucid.learning.sparse_coding import SparseCoding


@parametrize_with_checks(
    [
        SparseCoding(3, epochs=2),
        SparseCoding(3, epochs=2, method="pursuit"),
        SparseCoding(3, epochs=2, method="coordinate", positive=True),
    ]
)
def test_it_is_an_estimator_of_scikit_learn(estimator, check):
    check(estimator)


def planted(samples=3000, features=16, atoms=24, active=3, noise=0.0, seed=0):
    """Samples of few atoms each, and the atoms."""
    generator = np.random.default_rng(seed)
    dictionary = generator.standard_normal((atoms, features))
    dictionary /= np.linalg.norm(dictionary, axis=1, keepdims=True)
    codes = np.zeros((samples, atoms))
    for row in codes:
        chosen = generator.choice(atoms, active, replace=False)
        row[chosen] = generator.uniform(1, 2, active) * generator.choice([-1, 1], active)
    return codes @ dictionary + noise * generator.standard_normal((samples, features)), dictionary


def found(truth, learned):
    """The share of true atoms that a learned one equals, up to its sign."""
    learned = learned / np.linalg.norm(learned, axis=1, keepdims=True)
    return (np.abs(truth @ learned.T).max(1) > 0.99).mean()


@pytest.mark.parametrize("method", ["fista", "pursuit"])
def test_planted_atoms_are_found(method):
    X, truth = planted()
    coding = SparseCoding(
        24, alpha=0.2, method=method, n_nonzero_coefs=3, epochs=25, random_state=0
    )
    assert found(truth, SparseCoding(24, epochs=1, random_state=0).fit(X[:30]).components_) < 0.5
    assert found(truth, coding.fit(X).components_) >= 0.9


def test_bars_are_taken_apart():
    """Foldiak's bars: pictures are sums of lines, and each line becomes one atom."""
    generator = np.random.default_rng(0)
    lines = np.stack(
        [np.outer(np.ones(4), row) for row in np.eye(4)]
        + [np.outer(row, np.ones(4)) for row in np.eye(4)]
    ).reshape(8, 16)
    X = (generator.random((3000, 8)) < 0.2).astype(float) @ lines
    coding = SparseCoding(8, alpha=0.1, positive=True, epochs=20, random_state=1).fit(X)
    assert found(lines / 2, coding.components_) == 1.0


def test_its_energy_is_not_above_that_of_scikit_learn():
    X, _ = planted(samples=600, features=10, atoms=12, noise=0.2)
    own = SparseCoding(12, alpha=0.3, epochs=10, batch_size=64, random_state=0).fit(X)
    other = MiniBatchDictionaryLearning(
        12, alpha=0.3, max_iter=10, batch_size=64, random_state=0
    ).fit(X)
    theirs = clone(own).fit(X[:300])
    theirs.components_ = other.components_
    assert own.score(X) >= theirs.score(X) - 0.01 * abs(theirs.score(X))
    assert own.energies_[-1] < own.energies_[0]


def test_atoms_never_grow_beyond_one_and_codes_say_the_samples():
    X, _ = planted(noise=0.1)
    coding = SparseCoding(24, alpha=0.05, epochs=5, random_state=0).fit(X)
    assert np.linalg.norm(coding.components_, axis=1).max() <= 1 + 1e-9
    codes = coding.transform(X)
    assert ((codes != 0).mean() < 0.6) & (codes.shape == (3000, 24))
    said = coding.inverse_transform(codes)
    assert np.square(X - said).sum() < 0.05 * np.square(X).sum()


def test_streaming_is_fitting_batch_by_batch():
    X, _ = planted(samples=600)
    whole = SparseCoding(8, epochs=1, batch_size=600, random_state=3).fit(X)
    stream = SparseCoding(8, random_state=3).partial_fit(X)
    np.testing.assert_allclose(whole.components_, stream.components_, atol=1e-9)
    before = stream.score(X)
    for _ in range(5):
        stream.partial_fit(X)
    assert stream.score(X) > before
    assert stream.n_iter_ == 6


def test_atoms_that_nothing_uses_are_put_where_something_is_missing():
    X, _ = planted(samples=500, atoms=4, active=1)
    coding = SparseCoding(4, alpha=0.1, epochs=1, batch_size=100, random_state=0)
    coding.fit(X)
    coding.components_[2] = 0
    coding._used[2] = False
    coding._revive(X, np.random.RandomState(0))
    assert np.linalg.norm(coding.components_[2]) == pytest.approx(1)


def test_single_precision_stays_single_and_agrees():
    X, _ = planted(samples=500)
    double = SparseCoding(8, alpha=0.3, epochs=2, random_state=0).fit(X)
    single = SparseCoding(8, alpha=0.3, epochs=2, random_state=0).fit(X.astype(np.float32))
    assert single.components_.dtype == single.transform(X.astype(np.float32)).dtype == np.float32
    np.testing.assert_allclose(single.components_, double.components_, atol=5e-3)


def test_it_stands_in_a_pipeline_and_names_its_features():
    X, _ = planted(samples=200)
    line = make_pipeline(StandardScaler(), SparseCoding(5, epochs=1, random_state=0)).fit(X)
    assert list(line.get_feature_names_out())[:2] == ["sparsecoding0", "sparsecoding1"]


def test_constant_samples_and_fewer_samples_than_atoms():
    few = SparseCoding(6, epochs=2, random_state=0).fit(np.ones((3, 4)))
    assert np.isfinite(few.components_).all()
    zeros = SparseCoding(2, epochs=2, random_state=0).fit(np.zeros((5, 4)))
    assert not zeros.transform(np.zeros((5, 4))).any()


def test_bad_settings_are_told_apart():
    X = np.ones((4, 3))
    with pytest.raises(ValueError, match="alpha"):
        SparseCoding(alpha=0.0).fit(X)
    with pytest.raises(ValueError, match="method"):
        SparseCoding(method="lars").fit(X)
    with pytest.raises(ValueError, match="matching pursuit refits signs"):
        SparseCoding(method="pursuit", positive=True).fit(X)


def test_progress_is_shown_when_asked_for(capsys):
    SparseCoding(2, epochs=1, verbose=True, random_state=0).fit(np.eye(3))
    assert "sparse coding" in capsys.readouterr().err
    SparseCoding(2, epochs=1, random_state=0).fit(np.eye(3))
    assert capsys.readouterr().err == ""
