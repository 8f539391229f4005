"""Sparse coding as scikit-learn's users know it: a dictionary that is learned online.

    coding = SparseCoding(256, alpha=0.1, random_state=0).fit(patches)     # (N, F)
    codes = coding.transform(patches)                                      # (N, 256)
    said = coding.inverse_transform(codes)

Inside it is PyTorch: codes are found to a proven precision (`pellucid.networks.sparse_inference`)
or by matching pursuit, and atoms follow the second moments of codes and signals, of which nothing
but two sums is kept (Mairal et al. 2009). Data may stream through `partial_fit`.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from sklearn.utils._param_validation import StrOptions
from sklearn.utils.validation import check_is_fitted, validate_data
from torch import Tensor

from pellucid.learning.device import choose_device
from pellucid.learning.estimator import COUNT, POSITIVE
from pellucid.learning.online_dictionary import OnlineDictionary
from pellucid.networks.matching_pursuit import pursue
from pellucid.networks.sparse_inference import METHODS, infer_codes

ROUNDS = 4
"""How often each atom is moved for each batch: codes cost more than atoms."""


class SparseCoding(OnlineDictionary):
    """A dictionary D of atoms, and codes that are sparse in it.

        min_D mean_x min_z 1/2 ||x - z D||^2 + alpha ||z||_1,    ||d_j|| <= 1

    Parameters
    ----------
    n_components : int or None
        Atoms (A); as many as there are features by default.
    alpha : float
        The price of a unit of code. `method="pursuit"` does not use it to transform.
    method : {"fista", "coordinate", "lca", "pursuit"}
        How codes are found; the first three find the same ones.
    n_nonzero_coefs : int or None
        Atoms that a code of `method="pursuit"` has at most; a tenth of the features by default.
    positive : bool
        Whether codes must not be negative; not with `method="pursuit"`.
    epochs : int
        How often `fit` goes through the samples.
    batch_size : int
        Samples between two changes of the dictionary.
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
    components_ : ndarray (A, F)
        The atoms, as rows.
    energies_ : list of float
        The mean energy of the samples in each epoch, each taken before its batch was learned from.
    n_iter_ : int
        Batches learned from.

    References
    ----------
    Olshausen and Field 1996; Mairal, Bach, Ponce and Sapiro 2009, *Online dictionary learning for
    sparse coding*, algorithms 1 and 2.

    See Also
    --------
    pellucid.networks.sparse_inference.infer_codes : the codes alone, with their duality gaps.
    pellucid.networks.matching_pursuit.pursue : codes of a given number of atoms.

    Examples
    --------
    >>> import numpy as np
    >>> from pellucid.learning.sparse_coding import SparseCoding
    >>> bars = np.repeat(np.eye(4), 5, axis=0) + 0.0
    >>> coding = SparseCoding(4, alpha=0.01, random_state=0).fit(bars)
    >>> bool(np.abs(coding.inverse_transform(coding.transform(bars)) - bars).max() < 0.05)
    True
    """

    _called = "sparse coding"

    _parameter_constraints: dict[str, list[Any]] = {  # noqa: RUF012 - the name is scikit-learn's
        "n_components": [COUNT, None],
        "alpha": [POSITIVE],
        "method": [StrOptions({*METHODS, "pursuit"})],
        "n_nonzero_coefs": [COUNT, None],
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
        n_components: int | None = None,
        *,
        alpha: float = 1.0,
        method: str = "fista",
        n_nonzero_coefs: int | None = None,
        positive: bool = False,
        epochs: int = 10,
        batch_size: int = 256,
        tolerance: float = 1e-4,
        max_steps: int = 2000,
        random_state: int | np.random.RandomState | None = None,
        device: str = "auto",
        verbose: bool = False,
    ) -> None:
        self.n_components = n_components
        self.alpha = alpha
        self.method = method
        self.n_nonzero_coefs = n_nonzero_coefs
        self.positive = positive
        self.epochs = epochs
        self.batch_size = batch_size
        self.tolerance = tolerance
        self.max_steps = max_steps
        self.random_state = random_state
        self.device = device
        self.verbose = verbose

    def transform(self, X: np.ndarray) -> np.ndarray:
        """The codes (N, A) of samples (N, F)."""
        X = self._like_those_fitted(X)
        atoms, samples = self._tensors(X)
        return self._codes(atoms, samples).cpu().numpy().astype(X.dtype, copy=False)

    def inverse_transform(self, X: np.ndarray) -> np.ndarray:
        """The samples (N, F) that codes (N, A) stand for."""
        check_is_fitted(self, "components_")
        return np.asarray(X) @ self.components_.astype(np.asarray(X).dtype, copy=False)

    def score(self, X: np.ndarray, y: object = None) -> float:
        """Minus the mean energy of samples (N, F): greater is better."""
        atoms, samples = self._tensors(self._like_those_fitted(X))
        return -self._energy(atoms, samples, self._codes(atoms, samples))

    @property
    def _n_features_out(self) -> int:
        return len(self.components_)

    def _checked(self, X: np.ndarray, *, reset: bool) -> np.ndarray:
        self._validate_params()
        if self.positive and self.method == "pursuit":
            raise ValueError(
                "matching pursuit refits signs: give positive=False, or method='fista'"
            )
        return validate_data(self, X, dtype=self._floating, reset=reset)

    def _begin(self, X: np.ndarray, generator: np.random.RandomState) -> None:
        """First atoms: samples of length one, and noise where there are too few of them."""
        atoms = self.n_components or X.shape[1]
        lengths = np.linalg.norm(X, axis=1)
        worth = np.flatnonzero(lengths > 0)
        chosen = generator.permutation(worth)[:atoms]
        noise = generator.standard_normal((atoms - len(chosen), X.shape[1]))
        noise /= np.linalg.norm(noise, axis=1, keepdims=True)
        first = np.concatenate([X[chosen] / lengths[chosen, None], noise])
        self.components_ = first.astype(X.dtype)
        self._code_moment = np.zeros((atoms, atoms), X.dtype)
        self._cross_moment = np.zeros((atoms, X.shape[1]), X.dtype)
        self._used = np.zeros(atoms, dtype=bool)
        self.n_iter_ = 0

    def _tensors(self, X: np.ndarray) -> tuple[Tensor, Tensor]:
        device = choose_device(self.device)
        wanted = np.float32 if device.type == "mps" else X.dtype
        atoms = torch.from_numpy(self.components_.astype(wanted)).to(device)
        return atoms, torch.from_numpy(np.require(X, wanted, ["C", "W"])).to(device)

    def _codes(self, atoms: Tensor, samples: Tensor) -> Tensor:
        if self.method == "pursuit":
            count = self.n_nonzero_coefs or max(1, atoms.shape[1] // 10)
            return pursue(atoms, samples, nonzero=count)
        return infer_codes(
            atoms,
            samples,
            price=self.alpha,
            method=self.method,  # type: ignore[arg-type]
            nonnegative=self.positive,
            tolerance=self.tolerance,
            most=self.max_steps,
        ).code

    def _energy(self, atoms: Tensor, samples: Tensor, codes: Tensor) -> float:
        fit = 0.5 * (samples - codes @ atoms).square().sum(1)
        return float((fit + self.alpha * codes.abs().sum(1)).mean())

    def _learn(self, X: np.ndarray) -> float:
        """One batch; its mean energy before."""
        atoms, samples = self._tensors(X)
        codes = self._codes(atoms, samples)
        energy = self._energy(atoms, samples, codes)
        self._used |= (codes != 0).any(0).cpu().numpy()
        keep = self._memory(len(X) / len(self.components_))
        self.n_iter_ += 1
        self._code_moment = keep * self._code_moment + _mean(codes, codes)
        self._cross_moment = keep * self._cross_moment + _mean(codes, samples)
        code_moment, cross_moment = map(torch.from_numpy, (self._code_moment, self._cross_moment))
        _descend(atoms, code_moment.to(atoms), cross_moment.to(atoms))
        self.components_ = atoms.cpu().numpy().astype(self.components_.dtype, copy=False)
        return energy

    def _revive(self, X: np.ndarray, generator: np.random.RandomState) -> None:
        """Atoms that no sample of the epoch used become samples that are badly explained."""
        dead = np.flatnonzero(~self._used)
        if not len(dead):
            return
        some = X[generator.permutation(len(X))[: max(4 * len(dead), 256)]]
        atoms, samples = self._tensors(some)
        left = (samples - self._codes(atoms, samples) @ atoms).square().sum(1).cpu().numpy()
        worst = np.argsort(-left)[: len(dead)]
        worst = worst[some[worst].any(1)]
        dead = dead[: len(worst)]
        self.components_[dead] = some[worst] / np.linalg.norm(some[worst], axis=1, keepdims=True)
        self._code_moment[dead], self._code_moment[:, dead] = 0, 0
        self._cross_moment[dead] = 0


def _mean(a: Tensor, b: Tensor) -> np.ndarray:
    """The mean over samples of the products of a (N, A) and b (N, F), (A, F)."""
    return (a.T @ b / len(a)).cpu().numpy()


def _descend(atoms: Tensor, code_moment: Tensor, cross_moment: Tensor) -> None:
    """Rounds of block coordinate descent on the atoms, in place (Mairal et al. 2009, alg. 2).

    u_j = d_j + (B_j - A_j D) / A_jj,  d_j = u_j / max(1, ||u_j||); atoms without use stay.
    """
    used = torch.nonzero(code_moment.diagonal() > 1e-10).flatten().tolist()
    for j in ROUNDS * used:
        pull = cross_moment[j] - code_moment[j] @ atoms
        moved = atoms[j] + pull / code_moment[j, j]
        atoms[j] = moved / moved.norm().clamp_min(1.0)
