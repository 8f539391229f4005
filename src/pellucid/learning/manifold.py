"""The sparse manifold transform as scikit-learn's users know it: features without gradient.

    transform = SparseManifoldTransform(shape=(28, 28), random_state=0).fit(images)     # (N, 784)
    features = transform.transform(images)                        # (N, 64 * 16), of length one
    KNeighborsClassifier(metric="cosine").fit(features, labels)

    deep = SparseManifoldTransform(below=transform, patch_size=5, centred=False).fit(images)

How a layer works is told in `pellucid.networks.manifold`, how it is made from data in
`pellucid.learning.manifold_fit`.
"""

from __future__ import annotations

from collections.abc import Iterable
from numbers import Integral
from typing import Any, Self

import numpy as np
import torch
from sklearn.base import ClassNamePrefixFeaturesOutMixin, clone
from sklearn.utils import check_random_state
from sklearn.utils._param_validation import HasMethods, Interval, StrOptions
from sklearn.utils.validation import check_is_fitted, validate_data
from torch import Tensor
from torch.nn import functional as F

from pellucid.learning.device import choose_device
from pellucid.learning.estimator import COUNT, POSITIVE, SHARE, Estimator, layout
from pellucid.learning.manifold_fit import ManifoldConfig, fit_layer
from pellucid.learning.progress import Silent, choose_progress
from pellucid.networks.manifold import Active

BATCH = 64
"""Pictures that are embedded at once."""


class SparseManifoldTransform(ClassNamePrefixFeaturesOutMixin, Estimator):
    """Signals or pictures to smooth features, by sparse codes of patches and one eigenproblem.

    Parameters
    ----------
    n_components : int
        Dimensions of the embedding of a patch (D).
    shape : tuple of int or None
        What a row of X is: (height, width), (height, width, channels), or (length,). A signal as
        long as the row by default. Not given with `below`, whose maps are then the input.
    patch_size : int
        Side of a patch; the whole side where that is shorter.
    n_atoms : int
        Landmarks on the manifold of patches, at most (A).
    threshold : float or None
        The least cosine of a patch with the atoms of its code; None: the nearest atom alone.
    distinct : float
        The greatest cosine of two atoms.
    context : int or None
        Side of the window of places that count as neighbours; odd. None: the whole sample.
    tolerance : float
        What is added to the variances of patches when they are whitened, as a share of the largest.
    n_dropped : int
        How many of the smoothest dimensions are left out.
    centred : bool or 'sample'
        Whether the mean of each patch is taken away first; or that of each channel over the whole
        sample, so that a patch keeps how bright it is beside the others.
    grid : int
        Features are averages of the embedding over grid x grid parts of the picture.
    normalize : str
        whole: the features of a sample are brought to length one together. parts: those of each
        part are, less their mean over the samples that the layer is made from, and then all
        together: parts without contrast count as much as others, and what all samples share counts
        for nothing.
    stride : int
        Maps of `below` are averaged over so many places a side before patches are taken.
    max_samples : int
        Samples from which the layer is made.
    below : SparseManifoldTransform or None
        The layer below; `fit` fits a clone of it.
    random_state : int, RandomState or None
        Of the patches that become atoms.
    device : str
        auto, cpu, cuda or mps.
    verbose : bool
        Whether progress is shown.

    Attributes
    ----------
    layer_ : ManifoldLayer
        Whitening, atoms and projection.
    below_ : SparseManifoldTransform or None
        The fitted layer below.
    precision_ : dtype
        In which the layer was made and computes.
    places_ : tuple of int
        Patches of a sample, downwards and across.
    mean_ : array of shape (D, cells), or None
        What is taken from each part where `normalize` is parts.

    References
    ----------
    Chen, Paiton and Olshausen 2018, *The sparse manifold transform*; Chen, Yun, Ma, Olshausen and
    LeCun 2022, *Minimalistic unsupervised learning with the sparse manifold transform*.

    Examples
    --------
    >>> import numpy as np
    >>> angle = np.linspace(0, 6, 40)[:, None] + np.arange(30) / 3
    >>> transform = SparseManifoldTransform(4, patch_size=6, n_atoms=50, random_state=0)
    >>> transform.fit_transform(np.sin(angle)).shape
    (40, 16)
    """

    # Pictures of bytes become float32: twice as fast, and as exact as codes need.
    _floating = (np.float32, np.float64)

    _parameter_constraints: dict[str, list[Any]] = {  # noqa: RUF012 - the name is scikit-learn's
        "n_components": [COUNT],
        "shape": [tuple, None],
        "patch_size": [COUNT],
        "n_atoms": [COUNT],
        "threshold": [SHARE, None],
        "distinct": [SHARE],
        "context": [Interval(Integral, 3, None, closed="left"), None],
        "tolerance": [POSITIVE],
        "n_dropped": [Interval(Integral, 0, None, closed="left")],
        "centred": ["boolean", StrOptions({"sample"})],
        "grid": [COUNT],
        "normalize": [StrOptions({"whole", "parts"})],
        "stride": [COUNT],
        "max_samples": [COUNT],
        "below": [HasMethods(["fit", "maps"]), None],
        "random_state": ["random_state"],
        "device": [str],
        "verbose": ["boolean"],
    }

    def __init__(
        self,
        n_components: int = 64,
        *,
        shape: tuple[int, ...] | None = None,
        patch_size: int = 6,
        n_atoms: int = 1024,
        threshold: float | None = 0.55,
        distinct: float = 0.9,
        context: int | None = 7,
        tolerance: float = 1.0,
        n_dropped: int = 1,
        centred: bool | str = True,
        grid: int = 4,
        normalize: str = "whole",
        stride: int = 1,
        max_samples: int = 1000,
        below: SparseManifoldTransform | None = None,
        random_state: int | np.random.RandomState | None = None,
        device: str = "auto",
        verbose: bool = False,
    ) -> None:
        self.n_components = n_components
        self.shape = shape
        self.patch_size = patch_size
        self.n_atoms = n_atoms
        self.threshold = threshold
        self.distinct = distinct
        self.context = context
        self.tolerance = tolerance
        self.n_dropped = n_dropped
        self.centred = centred
        self.grid = grid
        self.normalize = normalize
        self.stride = stride
        self.max_samples = max_samples
        self.below = below
        self.random_state = random_state
        self.device = device
        self.verbose = verbose

    def fit(self, X: np.ndarray, y: object = None) -> Self:
        """Make the layer, and the layers below, from samples (N, F)."""
        self._validate_params()
        X = validate_data(self, X, dtype=self._floating, ensure_min_samples=2)
        self._check_shape(X.shape[1])
        self.precision_ = X.dtype
        generator = check_random_state(self.random_state)
        self.below_ = None if self.below is None else clone(self.below).fit(X)
        order = generator.permutation(len(X))[: self.max_samples]
        config = ManifoldConfig(
            patch=self.patch_size,
            atoms=self.n_atoms,
            threshold=self.threshold,
            distinct=self.distinct,
            context=self.context,
            components=self.n_components,
            tolerance=self.tolerance,
            dropped=self.n_dropped,
            centred=bool(self.centred) and self.centred != "sample",
            samples=len(order),
        )
        show = choose_progress() if self.verbose else Silent()
        with show.task("sparse manifold") as report:
            self.layer_ = fit_layer(
                lambda count: self._inputs(X[order[:count]]),
                config,
                generator=torch.Generator().manual_seed(int(generator.randint(2**31 - 1))),
                report=lambda share: report(share, {}),
            )
        first = next(iter(self._inputs(X[:1])))
        self.places_ = self.layer_.grid(first)
        cells = min(self.grid, self.places_[0]) * min(self.grid, self.places_[1])
        self._n_features_out = self.layer_.projection.shape[1] * cells
        self.mean_ = None
        if self.normalize == "parts":
            sums = torch.stack([parts.double().sum(0) for parts in self._parts(X[order])])
            self.mean_ = (sums.sum(0) / len(order)).to(self.layer_.projection.dtype)
        return self

    def transform(self, X: np.ndarray) -> np.ndarray:
        """Features (N, D * cells) of samples (N, F): averages over parts, see `normalize`.

        Column d * cells + c is dimension d in part c, parts counted row by row.
        """
        X = self._like_those_fitted(X)
        features = np.empty((len(X), self._n_features_out), X.dtype)
        show = choose_progress() if self.verbose else Silent()
        done = 0
        with show.task("features") as report:
            for parts in self._parts(X):
                if self.mean_ is not None:
                    parts = F.normalize(parts - self.mean_, dim=1, eps=1e-12)
                rows = F.normalize(parts.flatten(1), dim=1, eps=1e-12)
                features[done : done + len(rows)] = rows.cpu().numpy()
                done += len(rows)
                report(done / len(X), {})
        return features

    def _parts(self, X: np.ndarray) -> Iterable[Tensor]:
        """Averages of the embedding over parts, (B, D, cells)."""
        for maps in self._embedded(X):
            size = (min(self.grid, maps.shape[2]), min(self.grid, maps.shape[3]))
            yield F.adaptive_avg_pool2d(maps, size).flatten(2)

    def maps(self, X: np.ndarray) -> np.ndarray:
        """The embedding (N, D, H', W') of every patch of samples (N, F), each of length one."""
        parts = [maps.cpu().numpy() for maps in self._embedded(self._like_those_fitted(X))]
        return np.concatenate(parts)

    def codes(self, X: np.ndarray) -> np.ndarray:
        """Which atoms each patch of samples (N, F) is made of, (N, A, H', W') of bool."""
        parts = []
        for pictures, active in self.actives(X):
            code = torch.zeros(len(active.loud), len(self.layer_.atoms), dtype=torch.bool)
            code[active.patch.cpu(), active.atom.cpu()] = True
            places = (len(pictures), *self.places_)
            parts.append(code.unflatten(0, places).movedim(-1, 1).numpy())
        return np.concatenate(parts)

    def actives(self, X: np.ndarray) -> Iterable[tuple[Tensor, Active]]:
        """Pictures (B, C, H, W) of samples (N, F), and the ones of their patches' codes, streamed.

        A batch has `places_` patches a picture, picture by picture and row by row.
        """
        for pictures in self._pictures(self._like_those_fitted(X)):
            yield pictures, self.layer_.active(self._below(pictures))

    @property
    def field(self) -> tuple[tuple[int, int], tuple[int, int]]:
        """What a patch of this layer sees of the picture: (height, width), and its step there."""
        check_is_fitted(self)
        if self.below_ is None:
            return self.layer_.kernel, (1, 1)
        (height, width), (down, across) = self.below_.field
        rows, columns = self.layer_.kernel
        step = (down * self.stride, across * self.stride)
        side = (
            height + (self.stride - 1) * down + (rows - 1) * step[0],
            width + (self.stride - 1) * across + (columns - 1) * step[1],
        )
        return side, step

    def _check_shape(self, features: int) -> None:
        if self.shape is not None and self.below is not None:
            raise ValueError("give shape to the lowest layer only, not beside below")
        if self.context is not None and self.context % 2 == 0:
            raise ValueError(f"context={self.context} must be odd: a window has a middle")
        layout(self.shape, features)
        if self.below is None and self.centred and features == 1:
            raise ValueError("a signal of n_features = 1 is its own mean: give longer ones")

    def _pictures(self, X: np.ndarray) -> Iterable[Tensor]:
        """Samples (N, F) as batches of pictures (B, C, H, W), as the lowest layer sees them."""
        if self.below_ is not None:
            yield from self.below_._pictures(X)
            return
        sides = layout(self.shape, X.shape[1])
        device = choose_device(self.device)
        wanted = np.float32 if device.type == "mps" else self.precision_
        for first in range(0, len(X), BATCH):
            rows = np.require(X[first : first + BATCH], wanted, ["C", "W"])
            maps = torch.from_numpy(rows).to(device)
            yield maps.view(-1, *sides).movedim(-1, 1)

    def _below(self, pictures: Tensor) -> Tensor:
        """What this layer sees (B, C, H, W) of pictures."""
        maps = pictures
        if self.below_ is not None:
            maps = self.below_.layer_.embed(self.below_._below(pictures))
            maps = F.avg_pool2d(maps, self.stride) if self.stride > 1 else maps
        return maps - maps.mean((2, 3), keepdim=True) if self.centred == "sample" else maps

    def _inputs(self, X: np.ndarray) -> Iterable[Tensor]:
        """What the layer sees of samples (N, F): batches of maps (B, C, H, W)."""
        return map(self._below, self._pictures(X))

    def _embedded(self, X: np.ndarray) -> Iterable[Tensor]:
        return map(self.layer_.embed, self._inputs(X))
