"""Where sensors are, told by what they say: neighbourhoods, a map and patches without a topology.

    sensors = SensorMap(n_clusters=49, random_state=0).fit(X)   # (N, S), in any order
    sensors.positions_                                          # (S, 2), up to turning and scale
    sensors.patches(X)                                          # (N, 49, P), padded with zeros

Sensors that see the same part of the world say much about each other. So neighbours are those of
greatest mutual information; the graph of neighbours has the world's geometry; and its clusters are
patches that any network of patches can take in (Yun et al. 2025, URLOST).
"""

from __future__ import annotations

from numbers import Integral
from typing import Any, Self

import numpy as np
from scipy.linalg import eigh
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import minimum_spanning_tree, shortest_path
from sklearn.base import ClassNamePrefixFeaturesOutMixin
from sklearn.cluster import KMeans
from sklearn.utils import check_random_state
from sklearn.utils._param_validation import Interval, StrOptions
from sklearn.utils.validation import check_is_fitted, validate_data

from pellucid.learning.dependence import gaussian_information, mutual_information
from pellucid.learning.estimator import COUNT, NOT_NEGATIVE, Estimator


class SensorMap(ClassNamePrefixFeaturesOutMixin, Estimator):
    """Neighbourhoods of sensors, where they lie, and patches of them.

    Parameters
    ----------
    n_clusters : int
        Patches; as many as sensors that say something at most.
    n_neighbors : int
        Neighbours of each sensor in the graph: few, since a link across the world folds the map.
    dependence : {"mutual_information", "correlation"}
        What is taken for nearness; correlation is faster, and blind to all but straight lines.
    n_bins : int
        Levels of a sensor, for mutual information.
    strategy : {"uniform", "quantile"}
        Whether levels are as wide as each other, or as full.
    density : float
        Sensors of many near neighbours count less in the clusters by this power of their degree;
        1 is the normalised cut.
    relevance : float
        Sensors count more in the clusters by this power of their entropy.
    n_dims : int
        Dimensions of the map.
    min_information : float
        Sensors of lower entropy, in nats, are left out: they say nothing.
    random_state : int, RandomState or None
        Of k-means.
    device : str
        auto, cpu, cuda or mps.

    Attributes
    ----------
    information_ : ndarray (S, S)
        Mutual information in nats; entropies on the diagonal.
    heard_ : ndarray of int
        The sensors that say something.
    neighbors_ : ndarray (heard, n_neighbors)
        For each of them its neighbours, nearest first, as numbers of sensors.
    positions_ : ndarray (S, n_dims)
        Where sensors lie, up to turning, mirror and scale; NaN for the silent.
    labels_ : ndarray (S,)
        Cluster of each sensor; -1 for the silent.
    order_ : ndarray (n_clusters, P)
        Sensors of each cluster, in their order on the map; -1 where there are fewer than P.

    Examples
    --------
    >>> import numpy as np
    >>> world = np.random.default_rng(0).standard_normal((2000, 23))
    >>> line = sum(world[:, i : i + 20] for i in range(4))      # 20 sensors that overlap
    >>> where = SensorMap(4, n_neighbors=2, n_dims=1, random_state=0).fit(line).positions_[:, 0]
    >>> bool(abs(np.corrcoef(where, np.arange(20))[0, 1]) > 0.99)
    True
    """

    _parameter_constraints: dict[str, list[Any]] = {  # noqa: RUF012 - the name is scikit-learn's
        "n_clusters": [COUNT],
        "n_neighbors": [COUNT],
        "dependence": [StrOptions({"mutual_information", "correlation"})],
        "n_bins": [Interval(Integral, 2, None, closed="left")],
        "strategy": [StrOptions({"uniform", "quantile"})],
        "density": [NOT_NEGATIVE],
        "relevance": [NOT_NEGATIVE],
        "n_dims": [COUNT],
        "min_information": [NOT_NEGATIVE],
        "random_state": ["random_state"],
        "device": [str],
    }

    def __init__(
        self,
        n_clusters: int = 64,
        *,
        n_neighbors: int = 6,
        dependence: str = "mutual_information",
        n_bins: int = 6,
        strategy: str = "uniform",
        density: float = 1.0,
        relevance: float = 0.0,
        n_dims: int = 2,
        min_information: float = 0.03,
        random_state: int | np.random.RandomState | None = None,
        device: str = "auto",
    ) -> None:
        self.n_clusters = n_clusters
        self.n_neighbors = n_neighbors
        self.dependence = dependence
        self.n_bins = n_bins
        self.strategy = strategy
        self.density = density
        self.relevance = relevance
        self.n_dims = n_dims
        self.min_information = min_information
        self.random_state = random_state
        self.device = device

    def fit(self, X: np.ndarray, y: object = None) -> Self:
        """Find out how sensors lie from samples (N, S)."""
        self._validate_params()
        X = validate_data(self, X, dtype=self._floating, ensure_min_samples=2)
        if self.dependence == "correlation":
            entropy, self.information_ = gaussian_information(X)
        else:
            entropy, self.information_ = mutual_information(
                X, bins=self.n_bins, strategy=self.strategy, device=self.device
            )
        self.heard_ = np.flatnonzero((entropy >= self.min_information) & (np.ptp(X, axis=0) > 0))
        if not len(self.heard_):
            raise ValueError(
                f"all {X.shape[1]} sensors are silent (n_features = {X.shape[1]}): none varies by "
                f"min_information={self.min_information} nats"
            )
        near = self.information_[np.ix_(self.heard_, self.heard_)].copy()
        np.fill_diagonal(near, -1)
        order = np.argsort(-near, axis=1, kind="stable")
        order = order[:, : min(self.n_neighbors, len(near) - 1)]
        self.neighbors_ = self.heard_[order]
        graph = _graph(near, order)
        places = _positions(graph, self.n_dims)
        labels = self._clusters(graph, near, entropy[self.heard_])
        self.positions_ = np.full((X.shape[1], self.n_dims), np.nan)
        self.positions_[self.heard_] = places
        self.labels_ = np.full(X.shape[1], -1)
        self.labels_[self.heard_] = labels
        self.order_ = _order(self.heard_, labels, places)
        return self

    def patches(self, X: np.ndarray) -> np.ndarray:
        """Samples (N, S) as patches (N, n_clusters, P); zero where a cluster has fewer sensors."""
        X = self._like_those_fitted(X)
        return np.where(self.order_ >= 0, X[:, self.order_], X.dtype.type(0))

    def transform(self, X: np.ndarray) -> np.ndarray:
        """Samples (N, S) in the order of patches, (N, n_clusters * P)."""
        patches = self.patches(X)
        return patches.reshape(len(patches), -1)

    def inverse_transform(self, X: np.ndarray) -> np.ndarray:
        """Samples (N, S) whose patches (N, n_clusters * P) these are; silent sensors are zero."""
        check_is_fitted(self, "order_")
        X = np.asarray(X)
        samples = np.zeros((len(X), len(self.labels_)), X.dtype)
        filled = self.order_ >= 0
        samples[:, self.order_[filled]] = X.reshape(len(X), *self.order_.shape)[:, filled]
        return samples

    @property
    def _n_features_out(self) -> int:
        return self.order_.size

    def _clusters(self, graph: csr_matrix, near: np.ndarray, entropy: np.ndarray) -> np.ndarray:
        """Density-adjusted spectral clustering: min tr Y' P^1/2 L P^1/2 Y, Y'Y = I; then k-means.

        L is the Laplacian of the graph with information for weights, P = diag(entropy^relevance
        degree^-density).
        """
        count = min(self.n_clusters, len(near))
        if count == len(near):
            return np.arange(count)
        weights = graph.multiply(np.maximum(near, 1e-9)).toarray()
        degree = weights.sum(1)
        scale = np.sqrt(entropy**self.relevance * degree**-self.density)
        cut = scale[:, None] * (np.diag(degree) - weights) * scale
        _, vectors = eigh(cut, subset_by_index=(0, count - 1))
        rows = vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-12)
        generator = check_random_state(self.random_state)
        return KMeans(count, n_init=4, random_state=generator).fit(rows).labels_


def _graph(near: np.ndarray, order: np.ndarray) -> csr_matrix:
    """Links (S, S) of ones to the neighbours, both ways, and whatever else joins all sensors."""
    count = len(near)
    rows = np.repeat(np.arange(count), order.shape[1])
    links = csr_matrix((np.ones(order.size), (rows, order.ravel())), (count, count))
    # The tree of greatest information joins what neighbours alone leave apart.
    tree = minimum_spanning_tree(near.max() + 1 - near)
    links = links.maximum(tree.astype(bool).astype(float))
    return links.maximum(links.T).tocsr()


def _positions(graph: csr_matrix, dims: int) -> np.ndarray:
    """Places whose distances are those along the graph, as nearly as may be (Isomap)."""
    square = shortest_path(graph, directed=False, unweighted=True) ** 2
    mean = square.mean(0)
    inner = -0.5 * (square - mean - mean[:, None] + square.mean())
    kept = min(dims, len(inner))
    values, vectors = eigh(inner, subset_by_index=(len(inner) - kept, len(inner) - 1))
    # The sign of an axis is free: its greatest entry is positive.
    signs = np.sign(vectors[np.abs(vectors).argmax(0), np.arange(kept)])
    places = (vectors * signs * np.sqrt(values.clip(0)))[:, ::-1]
    return np.pad(places, ((0, 0), (0, dims - kept)))


def _order(heard: np.ndarray, labels: np.ndarray, places: np.ndarray) -> np.ndarray:
    """Sensors of each cluster along the map's axes, padded with -1."""
    sizes = np.bincount(labels)
    order = np.full((len(sizes), sizes.max()), -1)
    for cluster in range(len(sizes)):
        own = np.flatnonzero(labels == cluster)
        own = own[np.lexsort(places[own].round(6).T[::-1])]
        order[cluster, : len(own)] = heard[own]
    return order
