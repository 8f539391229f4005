import numpy as np
import pytest
import torch
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils.estimator_checks import parametrize_with_checks

from pellucid.learning.convolutional_coding import ConvolutionalCoding, _descend, _moments
from pellucid.networks.convolutional_inference import ShiftedAtoms, shifted_correlations


@parametrize_with_checks(
    [
        ConvolutionalCoding(3, atom_size=2, epochs=2, tolerance=1e-4),
        ConvolutionalCoding(2, atom_size=2, epochs=2, tolerance=1e-4, positive=True),
    ]
)
def test_it_is_an_estimator_of_scikit_learn(estimator, check):
    check(estimator)


def planted(samples, sides, atoms, *, density=0.01, positive=False, seed=0):
    """Pictures (N, H * W * C) in which few atoms stand, across borders too."""
    generator = np.random.default_rng(seed)
    dictionary = ShiftedAtoms(torch.from_numpy(atoms), sides)
    shape = (samples, *dictionary.code_shape)
    sizes = generator.uniform(1, 2, shape) * (generator.random(shape) < density)
    signs = 1 if positive else generator.choice([-1, 1], shape)
    pictures = dictionary.synthesize(torch.from_numpy(sizes * signs))
    return pictures.movedim(1, -1).flatten(1).numpy()


def random_atoms(*shape, seed=1):
    atoms = np.random.default_rng(seed).standard_normal(shape)
    return atoms / np.linalg.norm(atoms.reshape(shape[0], -1), axis=1).reshape(-1, 1, 1, 1)


def found(truth, learned, least=0.9):
    """The share of true atoms that a learned one equals, up to a shift and its sign."""
    alike = shifted_correlations(torch.from_numpy(truth), torch.from_numpy(learned))
    return float((alike.amax(1) > least).double().mean())


SOON = {"alpha": 0.3, "tolerance": 1e-2, "batch_size": 4, "random_state": 0}


@pytest.mark.parametrize("positive", [False, True])
def test_planted_atoms_of_pictures_are_found(positive):
    """Frames are larger than atoms, so that one that begins at the wrong place has room to grow."""
    truth = random_atoms(2, 1, 3, 3)
    X = planted(16, (14, 14), truth, positive=positive)
    coding = ConvolutionalCoding(
        4, shape=(14, 14), atom_size=5, positive=positive, epochs=6, **SOON
    )
    noise = random_atoms(4, 1, 5, 5, seed=5)
    assert found(truth, noise) == 0.0
    assert found(truth, coding.fit(X).atoms_) == 1.0


def test_planted_atoms_of_signals_are_found():
    truth = random_atoms(2, 1, 1, 5)
    X = planted(16, (1, 60), truth, density=0.02)
    coding = ConvolutionalCoding(4, atom_size=8, epochs=8, **SOON).fit(X)
    assert coding.atoms_.shape == (4, 1, 1, 8)
    assert found(truth, coding.atoms_) == 1.0


def test_colours_are_channels():
    truth = random_atoms(2, 3, 3, 3)
    X = planted(16, (12, 14), truth)
    coding = ConvolutionalCoding(4, shape=(12, 14, 3), atom_size=5, epochs=6, **SOON).fit(X)
    assert found(truth, coding.atoms_) == 1.0
    codes = coding.set_params(alpha=0.05).transform(X)
    assert codes.shape == (16, 4 * 16 * 18)
    said = coding.inverse_transform(codes)
    assert np.square(X - said).sum() < 0.05 * np.square(X).sum()


def energy_of(atoms, pictures, codes):
    return 0.5 * (pictures - ShiftedAtoms(atoms, pictures.shape[2:]).synthesize(codes)).square()


def test_the_sums_say_the_energy_and_what_lowers_theirs_lowers_it():
    """With A and B: the energy of the picture and of what is said around it; exact at the atoms."""
    atoms = torch.from_numpy(random_atoms(3, 2, 3, 4))
    pictures = torch.from_numpy(np.random.default_rng(2).standard_normal((5, 2, 7, 9)))
    codes = torch.from_numpy(np.random.default_rng(3).standard_normal((5, 3, 9, 12)))
    A, B = _moments(atoms, pictures, codes)
    one = sum(
        codes[b, 1, i, j] * codes[b, 2, i - 2, j + 3]
        for b in range(5)
        for i in range(2, 9)
        for j in range(9)
    )
    torch.testing.assert_close(A[1, 2, -2, 3], one / 5)
    around = torch.nn.functional.conv_transpose2d(codes, atoms)
    around[..., 2:9, 3:12] = pictures
    inner = (codes[:, 1] * around[:, 1, 1:10, 2:14]).sum() / 5
    torch.testing.assert_close(B[1, 1, 1, 2], inner)
    before = energy_of(atoms, pictures, codes).sum()
    moved = atoms.clone()
    for _ in range(3):
        _descend(moved, *_moments(moved, pictures, codes))
        after = energy_of(moved, pictures, codes).sum()
        assert after < before
        before = after
    assert moved.flatten(1).norm(dim=1).max() <= 1 + 1e-12


def test_energy_falls_and_atoms_never_grow_beyond_one():
    X = planted(16, (14, 14), random_atoms(2, 1, 3, 3))
    coding = ConvolutionalCoding(3, shape=(14, 14), atom_size=4, epochs=3, **SOON).fit(X)
    assert np.linalg.norm(coding.atoms_.reshape(3, -1), axis=1).max() <= 1 + 1e-9
    assert coding.energies_[-1] < 0.9 * coding.energies_[0]
    assert coding.n_iter_ == 3 * 4


def test_streaming_is_fitting_batch_by_batch():
    X = planted(8, (12, 12), random_atoms(3, 1, 3, 3))
    settings = {"shape": (12, 12), "atom_size": 3, "alpha": 0.1, "random_state": 3}
    whole = ConvolutionalCoding(3, epochs=1, batch_size=8, **settings).fit(X)
    stream = ConvolutionalCoding(3, **settings).partial_fit(X)
    np.testing.assert_allclose(whole.atoms_, stream.atoms_, atol=1e-6)
    before = stream.score(X)
    for _ in range(4):
        stream.partial_fit(X)
    assert stream.score(X) > before
    assert stream.n_iter_ == 5


def test_atoms_that_nothing_uses_become_what_is_left_unsaid():
    truth = random_atoms(2, 1, 4, 4)
    X = np.zeros((2, 20, 20))
    X[0, 3:7, 5:9], X[1, 10:14, 8:12] = 2 * truth[0, 0], 3 * truth[1, 0]
    coding = ConvolutionalCoding(3, shape=(20, 20), atom_size=4, alpha=0.1, epochs=1)
    coding.fit(X.reshape(2, -1))
    coding.atoms_[:] = 0
    coding._used[:] = False
    coding._revive(X.reshape(2, -1), np.random.RandomState(0))
    np.testing.assert_allclose(coding.atoms_[:2], truth[::-1], atol=1e-12)  # the louder first
    assert not coding.atoms_[2].any()  # nothing was left for it


def test_single_precision_stays_single_and_agrees():
    X = planted(8, (12, 12), random_atoms(3, 1, 3, 3))
    settings = {"shape": (12, 12), "atom_size": 3, "alpha": 0.2, "epochs": 2, "random_state": 0}
    double = ConvolutionalCoding(3, **settings).fit(X)
    single = ConvolutionalCoding(3, **settings).fit(X.astype(np.float32))
    codes = single.transform(X.astype(np.float32))
    assert single.atoms_.dtype == codes.dtype == np.float32
    assert single.inverse_transform(codes).dtype == np.float32
    np.testing.assert_allclose(single.atoms_, double.atoms_, atol=1e-2)


def test_it_stands_in_a_pipeline_and_names_its_features():
    X = planted(6, (1, 20), random_atoms(2, 1, 1, 4))
    line = make_pipeline(StandardScaler(), ConvolutionalCoding(2, atom_size=4, epochs=1)).fit(X)
    assert list(line.get_feature_names_out())[:2] == [
        "convolutionalcoding0",
        "convolutionalcoding1",
    ]
    assert line.transform(X).shape == (6, 2 * 23)


def test_constant_samples_and_silence():
    flat = ConvolutionalCoding(3, shape=(6, 6), atom_size=2, alpha=0.1, epochs=2, random_state=0)
    assert np.isfinite(flat.fit(np.ones((3, 36))).atoms_).all()
    silent = flat.fit(np.zeros((3, 36)))
    assert not silent.transform(np.zeros((3, 36))).any()
    assert np.isfinite(silent.atoms_).all()


def test_what_does_not_fit_is_refused():
    X = np.ones((4, 12))
    with pytest.raises(ValueError, match="atom_size=8 is larger than samples of shape"):
        ConvolutionalCoding(shape=(3, 4)).fit(X)
    with pytest.raises(ValueError, match="is not that of rows of n_features = 12"):
        ConvolutionalCoding(shape=(3, 5)).fit(X)
    with pytest.raises(ValueError, match="alpha"):
        ConvolutionalCoding(alpha=0.0).fit(X)
    with pytest.raises(ValueError, match="NaN"):
        ConvolutionalCoding(atom_size=2).fit(np.full((4, 12), np.nan))


def test_progress_is_shown_when_asked_for(capsys):
    settings = {"atom_size": 2, "epochs": 1, "random_state": 0}
    ConvolutionalCoding(2, verbose=True, **settings).fit(np.eye(4))
    assert "convolutional coding" in capsys.readouterr().err
    ConvolutionalCoding(2, **settings).fit(np.eye(4))
    assert capsys.readouterr().err == ""
