import numpy as np
import pytest
from sklearn.datasets import load_digits
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import RidgeClassifier
from sklearn.utils.estimator_checks import parametrize_with_checks

from pellucid.learning.manifold import SparseManifoldTransform
from pellucid.learning.readable import ReadableClassifier


@parametrize_with_checks(
    [ReadableClassifier(SparseManifoldTransform(4, n_atoms=20, random_state=0))]
)
def test_it_is_a_classifier_of_scikit_learn(estimator, check):
    check(estimator)


@pytest.fixture(scope="module")
def digits():
    return load_digits(return_X_y=True)


@pytest.fixture(scope="module")
def transform():
    return SparseManifoldTransform(
        24, shape=(8, 8), patch_size=3, n_atoms=150, context=3, grid=4, random_state=0
    )


@pytest.fixture(scope="module")
def model(digits, transform):
    X, y = digits
    return ReadableClassifier(transform).fit(X[:900], y[:900])


def test_it_reads_better_than_a_linear_map_of_pixels(digits, model):
    X, y = digits
    pixels = RidgeClassifier().fit(X[:900], y[:900]).score(X[900:], y[900:])
    assert model.score(X[900:], y[900:]) > pixels + 0.02


def test_every_logit_is_the_sum_of_its_entries(digits, model):
    X, _ = digits
    for x in X[1000:1010]:
        evidence = model.explain(x)
        assert evidence.check() < 1e-9
        told = model.decision_function(x[None])[0]
        np.testing.assert_array_equal(evidence.logits, told)
        for parts in (evidence.by_place().sum((1, 2)), evidence.by_atom().sum(1)):
            np.testing.assert_allclose(evidence.bias + parts, told, atol=1e-9)
        codes = model.features_.codes(x[None])[0]
        np.testing.assert_array_equal(codes.sum(), len(evidence.atom))
        assert codes.reshape(len(codes), -1)[evidence.atom, evidence.place].all()


def test_an_average_over_parts_that_overlap_is_taken_apart_exactly(digits):
    X, y = digits
    transform = SparseManifoldTransform(
        8, shape=(8, 8), patch_size=4, n_atoms=60, context=3, grid=3, random_state=0
    )  # 5 x 5 places in 3 x 3 parts
    model = ReadableClassifier(transform).fit(X[:300], y[:300])
    assert model.explain(X[500]).check() < 1e-9


def test_what_a_flat_place_adds_is_nothing(digits, model):
    X, _ = digits
    x = X[1000].copy().reshape(8, 8)
    x[:4, :4] = 3.0
    evidence = model.explain(x.ravel())
    assert evidence.check() < 1e-9
    assert (evidence.by_place()[:, :2, :2] == 0).all()


def test_of_two_classes_the_second_is_explained(digits, transform):
    X, y = digits
    few = y < 2
    model = ReadableClassifier(transform).fit(X[few], y[few])
    evidence = model.explain(X[few][0])
    assert evidence.classes.tolist() == [1]
    assert evidence.check() < 1e-9
    assert evidence.logits[0] < 0  # it is a zero


def test_a_stack_is_read_by_the_units_of_its_top(digits, transform):
    X, y = digits
    deep = SparseManifoldTransform(
        8, below=transform, patch_size=2, stride=2, context=3, n_atoms=60, grid=2, random_state=0
    )
    model = ReadableClassifier(deep).fit(X[:300], y[:300])
    evidence = model.explain(X[400])
    assert evidence.check() < 1e-6
    assert evidence.by_atom().shape == (10, len(model.features_.layer_.atoms))


def test_before_it_was_made_it_explains_nothing(transform):
    with pytest.raises(NotFittedError):
        ReadableClassifier(transform).explain(np.zeros(64))
