import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from sklearn.linear_model import orthogonal_mp
from test_sparse_inference import problem, sizes

from pellucid.errors import ConfigError, DataError
from pellucid.networks.matching_pursuit import ROWS, pursue


@pytest.mark.parametrize("nonzero", [1, 3, 12])
def test_orthogonal_pursuit_is_that_of_scikit_learn(nonzero):
    atoms, x = problem()
    expected = orthogonal_mp(atoms.numpy().T, x.numpy().T, n_nonzero_coefs=nonzero).T
    found = pursue(atoms, x, nonzero=nonzero)
    torch.testing.assert_close(found, torch.from_numpy(expected), rtol=1e-7, atol=1e-9)
    assert ((found != 0).sum(1) == nonzero).all()


@given(n=sizes, features=sizes, atoms=sizes, nonzero=sizes, seed=st.integers(0, 99))
def test_what_is_left_is_orthogonal_to_what_was_chosen(n, features, atoms, nonzero, seed):
    D, x = problem(n, features, atoms, seed)
    code = pursue(D, x, nonzero=nonzero)
    assert ((code != 0).sum(1) <= min(nonzero, atoms, features)).all()
    overlap = (x - code @ D) @ D.T
    torch.testing.assert_close(overlap[code != 0], torch.zeros(int((code != 0).sum())).double())


@given(n=sizes, features=sizes, atoms=sizes, seed=st.integers(0, 99), nonnegative=st.booleans())
def test_every_step_lowers_the_residual(n, features, atoms, seed, nonnegative):
    D, x = problem(n, features, atoms, seed)
    D = D * torch.linspace(0.5, 3.0, atoms, dtype=D.dtype)[:, None]  # lengths must not matter
    last = x.square().sum(1)
    for nonzero in range(1, 6):
        code = pursue(D, x, nonzero=nonzero, orthogonal=False, nonnegative=nonnegative)
        left = (x - code @ D).square().sum(1)
        assert (left <= last + 1e-12).all()
        assert not nonnegative or (code >= 0).all()
        last = left


def test_the_length_of_an_atom_changes_its_coefficient_alone():
    atoms, x = problem()
    lengths = torch.linspace(0.1, 5.0, len(atoms), dtype=atoms.dtype)
    for orthogonal in (True, False):
        plain = pursue(atoms, x, nonzero=4, orthogonal=orthogonal)
        scaled = pursue(atoms * lengths[:, None], x, nonzero=4, orthogonal=orthogonal)
        torch.testing.assert_close(scaled * lengths, plain)


def test_a_signal_that_is_explained_takes_no_further_atom():
    atoms, _ = problem(atoms=6)
    code = torch.zeros(4, 6, dtype=torch.float64)
    code[0, 1], code[1, 2], code[2, 5] = 2.0, -3.0, 0.5
    for orthogonal in (True, False):
        found = pursue(atoms, code @ atoms, nonzero=5, tolerance=1e-12, orthogonal=orthogonal)
        torch.testing.assert_close(found, code)
        assert (found != 0).sum() == 3


def test_twins_are_chosen_once():
    atoms, x = problem(features=3, atoms=3)
    twins = torch.cat([atoms, atoms])
    found = pursue(twins, x, nonzero=6)
    assert torch.isfinite(found).all()
    assert ((found != 0).sum(1) == 3).all()
    torch.testing.assert_close(found @ twins, x)


def test_many_signals_are_coded_in_parts():
    atoms, x = problem(signals=ROWS + 3, features=4, atoms=5)
    torch.testing.assert_close(pursue(atoms, x, nonzero=2)[-2:], pursue(atoms, x[-2:], nonzero=2))
    assert pursue(atoms, x[:0], nonzero=2).shape == (0, 5)


def test_bad_input_is_refused():
    atoms, x = problem()
    with pytest.raises(ConfigError, match="nonzero=0"):
        pursue(atoms, x, nonzero=0)
    with pytest.raises(ConfigError, match="orthogonal=False"):
        pursue(atoms, x, nonzero=1, nonnegative=True)
    with pytest.raises(DataError, match=r"signals \(40, 11\)"):
        pursue(atoms, x[:, 1:], nonzero=1)
    with pytest.raises(DataError, match="finite"):
        pursue(atoms, x / 0, nonzero=1)
    atoms[3] = 0
    with pytest.raises(DataError, match="an atom is zero"):
        pursue(atoms, x, nonzero=1)
