"""Convolutional dictionary learning: atoms that may stand anywhere in a signal or picture.

    coding = ConvolutionalCoding(32, shape=(48, 48), atom_size=9, alpha=0.5).fit(pictures)
    codes = coding.transform(pictures)              # (N, 32 * 56 * 56), a map for each atom
    said = coding.inverse_transform(codes)

A dictionary of patches (`SparseCoding`) needs a copy of an atom for each place in the patch where
it may stand; here one atom serves all places. Codes are those of
`pellucid.networks.convolutional_inference`; atoms follow the correlations of codes with each other
and with the pictures, of which nothing but two sums is kept (Wang, Yao, Kwok and Ni 2018).
"""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from sklearn.utils.validation import check_is_fitted, validate_data
from torch import Tensor
from torch.nn import functional as F

from pellucid.learning.device import choose_device
from pellucid.learning.estimator import COUNT, POSITIVE, layout
from pellucid.learning.online_dictionary import OnlineDictionary
from pellucid.networks.convolutional_inference import ShiftedAtoms, fast_grid, infer_code_maps

ROUNDS = 4
"""How often each atom is moved for each batch: codes cost more than atoms."""


class ConvolutionalCoding(OnlineDictionary):
    """Atoms d_k, and maps a_k of where they stand, which are sparse.

        min_d mean_x min_a 1/2 ||x - sum_k d_k * a_k||^2 + alpha sum_k ||a_k||_1,   ||d_k|| <= 1

    Atoms may stand across the border of a picture, which is a window onto a scene that goes on.

    Parameters
    ----------
    n_atoms : int
        Atoms (K).
    shape : tuple of int or None
        What a row of X is: (height, width), (height, width, channels), or (length,). A signal as
        long as the row by default.
    atom_size : int
        Pixels a side of an atom; atoms of signals are a line of so many samples.
    alpha : float
        The price of a unit of code.
    positive : bool
        Whether codes must not be negative.
    epochs : int
        How often `fit` goes through the samples.
    batch_size : int
        Samples between two changes of the atoms, and samples that are coded at a time.
    tolerance : float
        The greatest duality gap of a code, as a share of half the squared length of its sample.
    max_steps : int
        Steps of the inference after which a code is taken as it is.
    random_state : int, RandomState or None
        Of the first atoms and the order of samples.
    device : str
        auto, cpu, cuda or mps.
    verbose : bool
        Whether `fit` shows its progress.

    Attributes
    ----------
    atoms_ : ndarray (K, C, h, w)
        The atoms; those of signals have h = 1.
    map_shape_ : tuple of int
        The shape (K, H + h - 1, W + w - 1) of a row of codes.
    energies_ : list of float
        The mean energy of the samples in each epoch, each taken before its batch was learned from.
    n_iter_ : int
        Batches learned from.

    References
    ----------
    Zeiler, Krishnan, Taylor and Fergus 2010, *Deconvolutional networks*; Wang, Yao, Kwok and Ni
    2018, *Scalable online convolutional sparse coding*; Mairal 2013, *Stochastic
    majorization-minimization algorithms for large-scale optimization*.

    See Also
    --------
    pellucid.networks.convolutional_inference.infer_code_maps : the codes, with their duality gaps.
    SparseCoding : a dictionary of patches.

    Examples
    --------
    >>> import numpy as np
    >>> from pellucid.learning.convolutional_coding import ConvolutionalCoding
    >>> clicks = np.zeros((6, 20))
    >>> clicks[np.arange(6), 3 + 2 * np.arange(6)] = 1.0
    >>> coding = ConvolutionalCoding(1, atom_size=3, alpha=0.3, random_state=0).fit(clicks)
    >>> np.abs(coding.atoms_).max(axis=(2, 3)).round(2).tolist()  # one click, somewhere in it
    [[1.0]]
    """

    _called = "convolutional coding"

    _parameter_constraints: dict[str, list[Any]] = {  # noqa: RUF012 - the name is scikit-learn's
        "n_atoms": [COUNT],
        "shape": [tuple, None],
        "atom_size": [COUNT],
        "alpha": [POSITIVE],
        "positive": ["boolean"],
        "epochs": [COUNT],
        "batch_size": [COUNT],
        "tolerance": [POSITIVE],
        "max_steps": [COUNT],
        "random_state": ["random_state"],
        "device": [str],
        "verbose": ["boolean"],
    }

    def __init__(
        self,
        n_atoms: int = 16,
        *,
        shape: tuple[int, ...] | None = None,
        atom_size: int = 8,
        alpha: float = 1.0,
        positive: bool = False,
        epochs: int = 10,
        batch_size: int = 16,
        tolerance: float = 1e-3,
        max_steps: int = 1000,
        random_state: int | np.random.RandomState | None = None,
        device: str = "auto",
        verbose: bool = False,
    ) -> None:
        self.n_atoms = n_atoms
        self.shape = shape
        self.atom_size = atom_size
        self.alpha = alpha
        self.positive = positive
        self.epochs = epochs
        self.batch_size = batch_size
        self.tolerance = tolerance
        self.max_steps = max_steps
        self.random_state = random_state
        self.device = device
        self.verbose = verbose

    def transform(self, X: np.ndarray) -> np.ndarray:
        """The codes of samples (N, F): maps (K, H + h - 1, W + w - 1), each sample's in a row."""
        X = self._like_those_fitted(X)
        codes = np.empty((len(X), self._n_features_out), X.dtype)
        for start in range(0, len(X), self.batch_size):
            atoms, pictures = self._tensors(X[start : start + self.batch_size])
            maps = self._codes(atoms, pictures)
            codes[start : start + self.batch_size] = maps.flatten(1).cpu().numpy()
        return codes

    def inverse_transform(self, X: np.ndarray) -> np.ndarray:
        """The samples (N, F) that codes stand for."""
        check_is_fitted(self, "atoms_")
        X = np.asarray(X)
        samples = np.empty((len(X), self.n_features_in_), X.dtype)
        for start in range(0, len(X), self.batch_size):
            rows = np.require(X[start : start + self.batch_size], requirements=["C", "W"])
            maps = torch.from_numpy(rows).view(-1, *self.map_shape_)
            dictionary = ShiftedAtoms(torch.from_numpy(self.atoms_).to(maps.dtype), self._sides)
            pictures = dictionary.synthesize(maps).movedim(1, -1)
            samples[start : start + self.batch_size] = pictures.flatten(1).numpy()
        return samples

    def score(self, X: np.ndarray, y: object = None) -> float:
        """Minus the mean energy of samples (N, F): greater is better."""
        X = self._like_those_fitted(X)
        total = 0.0
        for start in range(0, len(X), self.batch_size):
            atoms, pictures = self._tensors(X[start : start + self.batch_size])
            total += self._energy(atoms, pictures, self._codes(atoms, pictures)) * len(pictures)
        return -total / len(X)

    @property
    def _n_features_out(self) -> int:
        return int(np.prod(self.map_shape_))

    @property
    def _layout(self) -> tuple[int, int, int]:
        """What a row is: (height, width, channels). A signal is a picture of one row."""
        return layout(self.shape, self.n_features_in_)

    @property
    def _sides(self) -> tuple[int, int]:
        return self._layout[:2]

    def _checked(self, X: np.ndarray, *, reset: bool) -> np.ndarray:
        self._validate_params()
        X = validate_data(self, X, dtype=self._floating, reset=reset)
        features, shape = X.shape[1], self.shape or (X.shape[1],)
        layout(self.shape, features)
        if self.atom_size > min(shape[:2]):
            raise ValueError(
                f"atom_size={self.atom_size} is larger than samples of shape {shape}, "
                f"n_features = {features}: give smaller atoms"
            )
        return X

    def _begin(self, X: np.ndarray, generator: np.random.RandomState) -> None:
        """First atoms: patches of length one, and noise where there was nothing."""
        (height, width, channels), w = self._layout, self.atom_size
        h = 1 if self.shape is None or len(self.shape) == 1 else w
        atoms = np.empty((self.n_atoms, channels, h, w), X.dtype)
        for atom in atoms:
            picture = X[generator.randint(len(X))].reshape(height, width, channels)
            top, left = generator.randint(height - h + 1), generator.randint(width - w + 1)
            noise = generator.standard_normal((h, w, channels))
            patch = picture[top : top + h, left : left + w]
            atom[:] = (patch if patch.any() else noise).transpose(2, 0, 1)
            atom /= np.linalg.norm(atom)
        self.atoms_ = atoms
        self.map_shape_ = (self.n_atoms, height + h - 1, width + w - 1)
        self._code_moment = np.zeros((self.n_atoms, self.n_atoms, 2 * h - 1, 2 * w - 1), X.dtype)
        self._cross_moment = np.zeros_like(atoms)
        self._used = np.zeros(self.n_atoms, dtype=bool)
        self.n_iter_ = 0

    def _tensors(self, X: np.ndarray) -> tuple[Tensor, Tensor]:
        """The atoms, and samples as pictures (B, C, H, W)."""
        device = choose_device(self.device)
        wanted = np.float32 if device.type == "mps" else X.dtype
        atoms = torch.from_numpy(self.atoms_.astype(wanted)).to(device)
        pictures = torch.from_numpy(np.require(X, wanted, ["C", "W"])).to(device)
        return atoms, pictures.view(-1, *self._layout).movedim(-1, 1)

    def _codes(self, atoms: Tensor, pictures: Tensor) -> Tensor:
        return infer_code_maps(
            atoms,
            pictures,
            price=self.alpha,
            nonnegative=self.positive,
            tolerance=self.tolerance,
            most=self.max_steps,
        ).maps

    def _energy(self, atoms: Tensor, pictures: Tensor, codes: Tensor) -> float:
        left = pictures - ShiftedAtoms(atoms, self._sides).synthesize(codes)
        return float((0.5 * left.square().sum() + self.alpha * codes.abs().sum()) / len(pictures))

    def _learn(self, X: np.ndarray) -> float:
        """One batch; its mean energy before."""
        atoms, pictures = self._tensors(X)
        codes = self._codes(atoms, pictures)
        energy = self._energy(atoms, pictures, codes)
        self._used |= (codes != 0).flatten(2).any(2).any(0).cpu().numpy()
        pixels = len(X) * self._sides[0] * self._sides[1]
        keep = self._memory(pixels / self.atoms_[:, 0].size)
        self.n_iter_ += 1
        code_moment, cross_moment = _moments(atoms, pictures, codes)
        self._code_moment = keep * self._code_moment + code_moment.cpu().numpy()
        self._cross_moment = keep * self._cross_moment + cross_moment.cpu().numpy()
        code_moment, cross_moment = map(torch.from_numpy, (self._code_moment, self._cross_moment))
        _descend(atoms, code_moment.to(atoms), cross_moment.to(atoms))
        self.atoms_ = atoms.cpu().numpy().astype(self.atoms_.dtype, copy=False)
        return energy

    def _revive(self, X: np.ndarray, generator: np.random.RandomState) -> None:
        """Atoms that no sample of the epoch used become what is left unsaid in samples."""
        dead = np.flatnonzero(~self._used)
        if not len(dead):
            return
        atoms, pictures = self._tensors(X[generator.permutation(len(X))[: self.batch_size]])
        said = ShiftedAtoms(atoms, self._sides).synthesize(self._codes(atoms, pictures))
        left = (pictures - said).cpu()
        h, w = self.atoms_.shape[2:]
        energy = F.avg_pool2d(left.square().sum(1, keepdim=True), (h, w), stride=1)[:, 0]
        for k in dead:
            place = int(energy.argmax())
            number, top, across = (int(i) for i in np.unravel_index(place, energy.shape))
            if not energy[number, top, across] > 0:
                return
            patch = left[number, :, top : top + h, across : across + w]
            self.atoms_[k] = (patch / patch.norm()).numpy()
            # The next one is to be another: what overlaps is not taken again.
            rows = slice(max(0, top - h + 1), top + h)
            energy[number, rows, max(0, across - w + 1) : across + w] = 0
            self._code_moment[k], self._code_moment[:, k] = 0, 0
            self._cross_moment[k] = 0


def _moments(atoms: Tensor, pictures: Tensor, codes: Tensor) -> tuple[Tensor, Tensor]:
    """The two sums that the atoms' part of the energy is made of, means over pictures.

        A_kl(s) = sum_q a_k(q) a_l(q + s)      (K, K, 2h - 1, 2w - 1), shifts 0, 1, .., -2, -1
        B_k(u) = sum_q a_k(q) x(q + u)         (K, C, h, w)

    Beyond its border a picture is unknown. There x is what the codes say, so that the energy with
    these sums equals the true one at the present atoms and is above it elsewhere: what lowers it
    lowers the true one (majorization-minimization, as expectation-maximization of missing pixels).
    """
    (h, w), (height, width) = atoms.shape[2:], pictures.shape[2:]
    whole = (height + 2 * h - 2, width + 2 * w - 2)
    grid = fast_grid(*whole)
    spectrum = torch.fft.rfft2(codes, s=grid)
    said = torch.einsum("bkpq,kcpq->bcpq", spectrum, torch.fft.rfft2(atoms, s=grid))
    scene = torch.fft.irfft2(said, s=grid)
    scene[..., h - 1 : h - 1 + height, w - 1 : w - 1 + width] = pictures
    cross = torch.einsum("bkpq,bcpq->kcpq", spectrum.conj(), torch.fft.rfft2(scene))
    rows = []
    for k in range(len(atoms)):  # one at a time: a spectrum for each pair would not fit
        row = torch.einsum("bpq,blpq->lpq", spectrum[:, k].conj(), spectrum)
        lags = torch.fft.irfft2(row, s=grid)
        lags = torch.cat([lags[:, :h], lags[:, grid[0] - h + 1 :]], 1)
        rows.append(torch.cat([lags[..., :w], lags[..., grid[1] - w + 1 :]], 2))
    cross = torch.fft.irfft2(cross, s=grid)[..., :h, :w]
    return torch.stack(rows) / len(pictures), cross / len(pictures)


def _descend(atoms: Tensor, code_moment: Tensor, cross_moment: Tensor) -> None:
    """Rounds of block coordinate descent on the atoms, in place.

    u_k = d_k + (B_k - sum_l A_kl * d_l) / L_k,  d_k = u_k / max(1, ||u_k||), where L_k is the
    greatest value of the spectrum of A_kk; atoms without use stay. (Mairal et al. 2009, algorithm
    2, where A_kk is a number.)
    """
    h, w = atoms.shape[2:]
    grid = (2 * h - 1, 2 * w - 1)
    moment, spectrum = torch.fft.rfft2(code_moment), torch.fft.rfft2(atoms, s=grid)
    steepest = moment.diagonal().real.flatten(0, 1).amax(0)
    used = torch.nonzero(code_moment[..., 0, 0].diagonal() > 1e-10).flatten().tolist()
    for k in ROUNDS * used:
        said = torch.fft.irfft2(torch.einsum("lpq,lcpq->cpq", moment[k], spectrum), s=grid)
        moved = atoms[k] + (cross_moment[k] - said[..., :h, :w]) / steepest[k]
        atoms[k] = moved / moved.norm().clamp_min(1.0)
        spectrum[k] = torch.fft.rfft2(atoms[k], s=grid)
