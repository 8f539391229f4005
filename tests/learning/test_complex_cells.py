import numpy as np
from sklearn.utils.estimator_checks import parametrize_with_checks

from pellucid.learning.complex_cells import ComplexCells


@parametrize_with_checks([ComplexCells(), ComplexCells(1)])
def test_it_is_an_estimator_of_scikit_learn(estimator, check):
    check(estimator)


def pairs(samples=3000, cells=5, seed=0):
    """Quadrature pairs (cell i and i + cells) of different strengths at random phases."""
    generator = np.random.default_rng(seed)
    strength = generator.exponential(size=(samples, cells))
    phase = generator.uniform(0, 2 * np.pi, (samples, cells))
    return np.concatenate([strength * np.cos(phase), strength * np.sin(phase)], 1), strength


def test_partners_are_found_by_energy_though_responses_are_uncorrelated():
    responses, strength = pairs()
    assert np.abs(np.corrcoef(responses.T) - np.eye(10)).max() < 0.1
    cells = ComplexCells(2).fit(responses)
    np.testing.assert_array_equal(cells.pools_[:, 0], np.arange(10))
    np.testing.assert_array_equal(cells.pools_[:, 1], (np.arange(10) + 5) % 10)
    np.testing.assert_allclose(cells.transform(responses)[:, :5] * np.sqrt(2), strength)


def test_correlations_fall_along_a_pool():
    cells = ComplexCells(4).fit(pairs()[0])
    assert (np.diff(cells.correlations_, axis=1) <= 0).all()
    assert (cells.correlations_[:, 0] == 1).all()


def test_a_silent_cell_has_itself_as_first_partner():
    responses, _ = pairs(cells=2)
    responses[:, 1] = 0
    cells = ComplexCells(2).fit(responses)
    assert cells.pools_[1, 0] == 1
    assert np.isfinite(cells.transform(responses)).all()


def test_a_pool_of_one_is_the_magnitude():
    responses, _ = pairs()
    np.testing.assert_allclose(
        ComplexCells(1).fit(responses).transform(responses), np.abs(responses)
    )
