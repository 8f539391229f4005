import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.nn import functional as F

from pellucid.errors import ConfigError, DataError
from pellucid.networks import convolutional_inference
from pellucid.networks.convolutional_inference import (
    ShiftedAtoms,
    infer_code_maps,
    shifted_correlations,
)
from pellucid.networks.fista import ConvDictionary, duality_gap
from pellucid.networks.sparse_inference import infer_codes


def problem(signals=3, atoms=4, channels=2, side=3, sides=(7, 9), seed=0, dtype=torch.float64):
    generator = torch.Generator().manual_seed(seed)
    d = torch.randn(atoms, channels, side, side, generator=generator, dtype=dtype)
    x = torch.randn(signals, channels, *sides, generator=generator, dtype=dtype)
    return F.normalize(d.flatten(1)).view_as(d), x


def dense(dictionary):
    """Every code of one unit as the picture that it says, (K H' W', C H W)."""
    codes = dictionary.code_shape
    units = torch.eye(codes[0] * codes[1] * codes[2], dtype=torch.float64)
    square = ConvDictionary(dictionary.atoms, dictionary.sides, 1, dictionary.atoms.shape[3] - 1)
    return square.synthesize(units.view(-1, *codes)).flatten(1)


def test_it_is_the_dictionary_of_all_shifts_and_its_adjoint():
    atoms, x = problem()
    fast, slow = ShiftedAtoms(atoms, (7, 9)), ConvDictionary(atoms, (7, 9), 1, 2)
    z = torch.randn(3, *fast.code_shape, dtype=torch.float64)
    offset = torch.arange(4.0, dtype=torch.float64)
    torch.testing.assert_close(fast.synthesize(z), slow.synthesize(z))
    torch.testing.assert_close(fast.analyze(x, offset), slow.analyze(x, offset))


@pytest.mark.parametrize(("channels", "atoms"), [(1, 4), (3, 2)])
def test_the_spectrum_bounds_the_norm_and_not_by_much(channels, atoms):
    d, _ = problem(atoms=atoms, channels=channels)
    dictionary = ShiftedAtoms(d, (7, 9))
    norm = float(torch.linalg.matrix_norm(dense(dictionary), 2) ** 2)
    assert norm <= dictionary.bound * (1 + 1e-12)
    assert dictionary.bound < 1.3 * norm


def test_an_atom_of_one_pixel_shrinks_the_picture():
    _, x = problem(channels=1)
    one = torch.ones(1, 1, 1, 1, dtype=torch.float64)
    found = infer_code_maps(one, x, price=0.4, tolerance=1e-13)
    torch.testing.assert_close(found.maps, x - x.clamp(-0.4, 0.4), rtol=0, atol=1e-6)
    found = infer_code_maps(one, x, price=0.4, tolerance=1e-13, nonnegative=True)
    torch.testing.assert_close(found.maps, (x - 0.4).clamp_min(0), rtol=0, atol=1e-6)


@pytest.mark.parametrize("nonnegative", [False, True])
def test_it_finds_what_dense_inference_finds(nonnegative):
    """Three channels and two atoms: fewer shifts than pixels, so that the minimum is one."""
    atoms, x = problem(atoms=2, channels=3, sides=(8, 8))
    dictionary = ShiftedAtoms(atoms, (8, 8))
    found = infer_code_maps(
        atoms, x, price=0.3, nonnegative=nonnegative, tolerance=1e-11, most=5000
    )
    expected = infer_codes(
        dense(dictionary),
        x.flatten(1),
        price=0.3,
        nonnegative=nonnegative,
        tolerance=1e-11,
        most=20_000,
    )
    torch.testing.assert_close(found.maps.flatten(1), expected.code, rtol=0, atol=1e-5)
    assert 0.05 < (found.maps != 0).double().mean() < 0.9


def test_a_signal_is_a_picture_of_one_row():
    generator = torch.Generator().manual_seed(0)
    atoms = F.normalize(torch.randn(3, 1, 5, generator=generator, dtype=torch.float64), dim=2)
    x = torch.randn(4, 1, 30, generator=generator, dtype=torch.float64)
    found = infer_code_maps(atoms, x, price=0.3, tolerance=1e-10)
    assert found.maps.shape == (4, 3, 34)
    said = sum(
        F.conv1d(found.maps[:, k : k + 1], atoms[k : k + 1].flip(2)) for k in range(3)
    )  # a convolution turns its kernel around
    left = 0.5 * (x - said).square().flatten(1).sum(1) + 0.3 * found.maps.abs().flatten(1).sum(1)
    whole = infer_code_maps(atoms.unsqueeze(2), x.unsqueeze(2), price=0.3, tolerance=1e-10)
    torch.testing.assert_close(whole.maps.squeeze(2), found.maps)
    assert (left < 0.5 * x.square().flatten(1).sum(1)).all()


@settings(deadline=None, max_examples=15)
@given(
    signals=st.integers(1, 3),
    atoms=st.integers(1, 4),
    channels=st.integers(1, 3),
    side=st.integers(1, 4),
    sides=st.tuples(st.integers(4, 9), st.integers(4, 9)),
    price=st.floats(0.05, 2.0),
    nonnegative=st.booleans(),
    seed=st.integers(0, 99),
)
def test_codes_meet_the_conditions_of_a_minimum(
    signals, atoms, channels, side, sides, price, nonnegative, seed
):
    """No atom asks for more than its price, and those in use ask for just that: within the gap."""
    d, x = problem(signals, atoms, channels, side, sides, seed)
    found = infer_code_maps(d, x, price=price, nonnegative=nonnegative, most=500)
    dictionary, half = ShiftedAtoms(d, sides), 0.5 * x.square().flatten(1).sum(1)
    gap = found.gap * half
    pull = dictionary.analyze(x - dictionary.synthesize(found.maps)) / price
    most = (pull if nonnegative else pull.abs()).flatten(1).amax(1).clamp_min(1)
    # Residuals are at most sqrt(2 gap) from the best one, and atoms have length one.
    assert (most <= 1 + (2 * gap.clamp_min(0)).sqrt() / price + 1e-9).all()
    unpaid = found.maps.abs() - found.maps * pull / most[:, None, None, None]
    assert unpaid.min() >= -1e-12
    assert (unpaid.flatten(1).sum(1) <= gap / price + 1e-9).all()
    prices = x.new_full((atoms,), price)
    proven = duality_gap(dictionary, x, found.maps, price=prices, nonnegative=nonnegative)
    torch.testing.assert_close(gap, proven, rtol=1e-6, atol=1e-9)
    assert (found.gap.max() <= 1e-4) | (found.steps.max() == 500)


def test_energy_never_rises():
    atoms, x = problem(sides=(12, 12))
    search = convolutional_inference._FISTA(ShiftedAtoms(atoms, (12, 12)), x, 0.2, False)
    before = search.energy
    for _ in range(100):
        search.step()
        assert (search.energy <= before + 1e-12).all()
        before = search.energy
    torch.testing.assert_close(search.said, search.dictionary.synthesize(search.code))
    assert (search.curvature < 0.9 * search.bound).any()  # longer steps than the bound allows


def test_what_moves_in_the_picture_moves_in_the_code():
    atoms, _ = problem(atoms=3, channels=1)
    x = torch.zeros(2, 1, 24, 24, dtype=torch.float64)
    thing = torch.randn(6, 6, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
    x[0, 0, 7:13, 7:13] = x[1, 0, 10:16, 9:15] = thing
    found = infer_code_maps(atoms, x, price=0.2, tolerance=1e-11, most=20_000)
    assert found.maps[0].any()
    moved = found.maps[0].roll((3, 2), (1, 2))
    torch.testing.assert_close(found.maps[1], moved, rtol=0, atol=1e-4)


def test_a_border_is_no_place_of_its_own():
    """What stands half outside is said by one unit of its atom, as in the middle."""
    atoms, _ = problem(atoms=3, channels=1, side=4)
    dictionary = ShiftedAtoms(atoms, (12, 12))
    truth = torch.zeros(1, *dictionary.code_shape, dtype=torch.float64)
    truth[0, 1, 1, 8] = truth[0, 2, 7, 14] = 3.0  # two rows, and one column, are inside or not
    found = infer_code_maps(atoms, dictionary.synthesize(truth), price=0.01, tolerance=1e-9)
    loud = found.maps > 1.0
    assert (loud == (truth > 0)).all()


def test_a_picture_does_not_depend_on_its_company(monkeypatch):
    atoms, x = problem(signals=4)
    together = infer_code_maps(atoms, x, price=0.2, tolerance=1e-4)
    alone = infer_code_maps(atoms, x[2:3], price=0.2, tolerance=1e-4)
    torch.testing.assert_close(together.maps[2:3], alone.maps)
    assert together.steps[2] == alone.steps[0]
    monkeypatch.setattr(convolutional_inference, "CACHED", 1)
    torch.testing.assert_close(
        infer_code_maps(atoms, x, price=0.2, tolerance=1e-4).maps, together.maps
    )
    hard = infer_code_maps(atoms, x, price=0.2, tolerance=1e-4, most=13)
    assert (hard.steps <= 13).all()
    assert hard.gap.max() > 1e-4


def test_single_precision_proves_one_in_a_hundred_thousand():
    atoms, x = problem(sides=(14, 14), dtype=torch.float32)
    found = infer_code_maps(atoms, x, price=0.3, tolerance=1e-5)
    assert found.maps.dtype == torch.float32
    assert found.gap.max() <= 1e-5


def test_silence_high_prices_twins_and_atoms_of_zero_are_harmless():
    atoms, x = problem()
    assert not infer_code_maps(atoms, 0 * x, price=0.1).maps.any()
    assert infer_code_maps(atoms, x[:0], price=0.1).maps.shape == (0, 4, 9, 11)
    most = float(ShiftedAtoms(atoms, (7, 9)).analyze(x).abs().max())
    found = infer_code_maps(atoms, x, price=most)
    assert not found.maps.any()
    assert not found.steps.any()
    more = torch.cat([atoms, atoms[:1], 0 * atoms[:1]])
    found = infer_code_maps(more, x, price=0.3, tolerance=1e-6)
    assert found.gap.max() <= 1e-6
    assert not found.maps[:, -1].any()
    assert not infer_code_maps(0 * atoms, x, price=0.1).maps.any()


def test_correlations_are_those_of_the_best_shift():
    atoms, _ = problem(atoms=3)
    moved = torch.zeros_like(atoms)
    moved[:, :, 1:] = -2 * atoms[:, :, :-1]  # a row moves out of the frame
    kept = atoms[:, :, :-1].flatten(1).norm(dim=1)
    torch.testing.assert_close(
        shifted_correlations(atoms, atoms).diagonal(), torch.ones(3).double()
    )
    torch.testing.assert_close(shifted_correlations(moved, atoms).diagonal(), kept)
    dots = dense(ShiftedAtoms(atoms[:2], (7, 7)))[:, : 2 * 49].view(2, 9, 9, -1)
    best = (dots[0] @ dots[1, 4, 4]).abs().max()
    torch.testing.assert_close(shifted_correlations(atoms[:1], atoms[1:2])[0, 0], best)


def test_bad_input_is_refused():
    atoms, x = problem()
    with pytest.raises(ConfigError, match="price=0"):
        infer_code_maps(atoms, x, price=0.0)
    with pytest.raises(DataError, match=r"signals \(3, 1, 7, 9\) and atoms \(4, 2, 3, 3\)"):
        infer_code_maps(atoms, x[:, 1:], price=0.1)
    with pytest.raises(DataError, match="atoms of 3 x 3 pixels are larger than signals of 2 x 9"):
        infer_code_maps(atoms, x[:, :, :2], price=0.1)
    x[1, 0, 2, 3] = float("nan")
    with pytest.raises(DataError, match="the signals hold numbers that are not finite"):
        infer_code_maps(atoms, x, price=0.1)
