import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.decomposition import sparse_encode

from pellucid.errors import ConfigError, DataError
from pellucid.networks import sparse_inference
from pellucid.networks.fista import DenseDictionary, duality_gap, lasso_energy
from pellucid.networks.sparse_inference import METHODS, ROWS, infer_codes

sizes = st.integers(1, 12)


def problem(signals=40, features=12, atoms=20, seed=0, dtype=torch.float64):
    generator = torch.Generator().manual_seed(seed)
    draw = torch.randn(atoms + signals, features, generator=generator, dtype=dtype)
    return torch.nn.functional.normalize(draw[:atoms]), draw[atoms:]


def energy(atoms, x, z, price):
    prices = x.new_full((len(atoms),), price)
    return lasso_energy(DenseDictionary(atoms), x, z, price=prices)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("nonnegative", [False, True])
def test_all_find_the_minimum_that_scikit_learn_finds(method, nonnegative):
    atoms, x = problem()
    found = infer_codes(
        atoms, x, price=0.3, method=method, nonnegative=nonnegative, tolerance=1e-12, most=20_000
    )
    assert found.gap.max() <= 1e-12
    expected = sparse_encode(
        x.numpy(),
        atoms.numpy(),
        algorithm="lasso_cd",
        alpha=0.3,
        positive=nonnegative,
        max_iter=20_000,
    )
    best = energy(atoms, x, torch.from_numpy(expected), 0.3)
    assert (energy(atoms, x, found.code, 0.3) <= best + 1e-9).all()
    assert nonnegative <= bool((found.code >= 0).all())
    assert 0.05 < (found.code != 0).double().mean() < 0.6


@pytest.mark.parametrize("method", METHODS)
def test_an_orthonormal_dictionary_has_the_shrunk_signal_as_its_code(method):
    x = torch.randn(5, 6, dtype=torch.float64)
    found = infer_codes(
        torch.eye(6, dtype=torch.float64), x, price=0.4, method=method, tolerance=1e-13
    )
    expected = x.sign() * (x.abs() - 0.4).clamp_min(0)
    torch.testing.assert_close(found.code, expected, rtol=0, atol=1e-5)


@settings(deadline=None)
@given(
    n=sizes,
    features=sizes,
    atoms=sizes,
    price=st.floats(0.01, 3.0),
    seed=st.integers(0, 99),
    method=st.sampled_from(sorted(METHODS)),
    nonnegative=st.booleans(),
)
def test_the_gap_bounds_what_is_left_to_gain(n, features, atoms, price, seed, method, nonnegative):
    """It is the gap of the paper, and no code found by longer search undercuts it."""
    D, x = problem(n, features, atoms, seed)
    rough = infer_codes(D, x, price=price, method=method, nonnegative=nonnegative, tolerance=0.05)
    half = 0.5 * x.square().sum(1)
    own = duality_gap(
        DenseDictionary(D),
        x,
        rough.code,
        price=x.new_full((atoms,), price),
        nonnegative=nonnegative,
    )
    torch.testing.assert_close(rough.gap * half, own, rtol=1e-6, atol=1e-9)
    fine = infer_codes(D, x, price=price, nonnegative=nonnegative, tolerance=1e-9, most=5000)
    left = energy(D, x, rough.code, price) - energy(D, x, fine.code, price)
    assert (left <= own + 1e-8).all()


def test_a_price_above_every_match_gives_nothing_at_once():
    atoms, x = problem()
    found = infer_codes(atoms, x, price=float((x @ atoms.T).abs().max()))
    assert not found.code.any()
    assert not found.steps.any()


def test_a_signal_does_not_depend_on_its_company():
    atoms, x = problem(signals=ROWS + 7, features=4, atoms=6)
    together = infer_codes(atoms, x, price=0.2, tolerance=1e-10)
    alone = infer_codes(atoms, x[-3:], price=0.2, tolerance=1e-10)
    torch.testing.assert_close(together.code[-3:], alone.code)
    hard = infer_codes(atoms, x, price=0.2, tolerance=1e-10, most=30)
    assert (hard.steps <= 30).all()
    ended = together.steps <= 30
    torch.testing.assert_close(hard.code[ended], together.code[ended])


def test_a_signal_of_zeros_and_no_signal_at_all():
    atoms, _ = problem()
    for method in METHODS:
        found = infer_codes(
            atoms, torch.zeros(2, 12, dtype=torch.float64), price=0.1, method=method
        )
        assert not found.code.any()
        assert not found.gap.any()
    assert infer_codes(atoms, torch.zeros(0, 12, dtype=torch.float64), price=0.1).code.shape == (
        0,
        20,
    )


def test_atoms_of_zero_and_twins_are_harmless():
    atoms, x = problem()
    atoms = torch.cat([atoms, atoms[:1], torch.zeros(1, 12, dtype=torch.float64)])
    for method in METHODS:
        found = infer_codes(atoms, x, price=0.3, method=method, tolerance=1e-6, most=5000)
        assert found.gap.max() <= 1e-6
        assert not found.code[:, -1].any()


def test_steps_that_grow_lose_their_momentum_and_still_arrive(monkeypatch):
    """A step of nearly 2 / L with full momentum diverges; without momentum it descends."""
    atoms, x = problem()
    monkeypatch.setattr(sparse_inference._FISTA, "greed", 1.9)
    found = infer_codes(atoms, x, price=0.3, tolerance=1e-6, most=5000)
    assert found.gap.max() <= 1e-6
    monkeypatch.setattr(sparse_inference._FISTA, "watch", 10_000)
    assert not infer_codes(atoms, x, price=0.3, tolerance=1e-6, most=500).gap.max() <= 1e-6


def test_single_precision_proves_one_in_a_hundred_thousand():
    atoms, x = problem(dtype=torch.float32)
    found = infer_codes(atoms, x, price=0.3, tolerance=1e-5)
    assert found.code.dtype == torch.float32
    assert found.gap.max() <= 1e-5


def test_bad_input_is_refused():
    atoms, x = problem()
    with pytest.raises(ConfigError, match="price=0"):
        infer_codes(atoms, x, price=0.0)
    with pytest.raises(ConfigError, match="no method 'lars'"):
        infer_codes(atoms, x, price=0.1, method="lars")
    with pytest.raises(DataError, match=r"signals \(40, 11\) and atoms \(20, 12\)"):
        infer_codes(atoms, x[:, 1:], price=0.1)
    x[3, 4] = float("nan")
    with pytest.raises(DataError, match="the signals hold numbers that are not finite"):
        infer_codes(atoms, x, price=0.1)
