"""Ways on the manifold that a sparse manifold transform found, and pictures along them.

    way = geodesic(transform.transform(pictures), start=3, end=8)    # numbers of pictures
    frames = walk_between(transform, pictures[way], steps=4)              # (steps * hops + 1, F)

Two digits have no digit half-way between them in the space of pixels: a cross-fade shows both. On
the manifold there is a way from one to the other over pictures each of which is like the one before
it. From one to the next, every patch walks along the great circle between two embeddings, and what
an embedding looks like is found by the inverse of the transform (Chen, Paiton and Olshausen 2018,
section 3): the sparsest non-negative code of landmarks with that embedding.

    a = argmin_{a >= 0}  1/2 ||beta - sum_j a_j p_j / |p_j| ||^2 + price sum_j a_j

Shape suffixes: N samples, F numbers in one, D dimensions, R patches, P numbers in a patch.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from scipy.sparse.csgraph import dijkstra
from sklearn.neighbors import kneighbors_graph
from torch import Tensor
from torch.nn import functional as F

from pellucid.errors import DataError
from pellucid.learning.manifold import SparseManifoldTransform
from pellucid.networks.manifold import ManifoldLayer
from pellucid.networks.sparse_inference import infer_codes

PRICE = 0.1
"""Of landmarks, when an embedding is drawn: about 20 of 1,000 are taken."""


@dataclass(frozen=True)
class Described:
    """All that a layer says of pictures, and the two numbers a patch that its codes leave out."""

    embedding: Tensor
    """(N, D, H', W'), each patch of length one, or zero where it is quiet."""
    contrast: Tensor
    """Length of each whitened patch, (N, 1, H', W')."""
    mean: Tensor
    """Mean of each patch, (N, 1, H', W')."""

    def towards(self, other: Described, share: float) -> Described:
        """The description so far on the way to another one: great circles, and straight lines."""
        return Described(
            _on_circle(self.embedding, other.embedding, share),
            torch.lerp(self.contrast, other.contrast, share),
            torch.lerp(self.mean, other.mean, share),
        )

    def __getitem__(self, rows: slice) -> Described:
        """The description of some of the pictures."""
        return Described(self.embedding[rows], self.contrast[rows], self.mean[rows])


def describe(transform: SparseManifoldTransform, X: np.ndarray) -> Described:
    """What one layer says of samples (N, F). DataError for a stack: its top has no pixels."""
    layer = _layer(transform)
    parts = []
    for pictures, _ in transform.actives(X):
        patches = F.unfold(pictures, layer.kernel)
        size = layer.grid(pictures)
        mean = patches.mean(1, keepdim=True)
        rows = patches - mean if layer.centred else patches
        contrast = torch.einsum("brp,rq->bqp", rows, layer.whitening).norm(dim=1, keepdim=True)
        kept = mean if layer.centred else torch.zeros_like(mean)
        parts.append((layer.embed(pictures), contrast.unflatten(2, size), kept.unflatten(2, size)))
    return Described(*(torch.cat(part) for part in zip(*parts, strict=True)))


def picture(transform: SparseManifoldTransform, described: Described) -> np.ndarray:
    """The samples (N, F) that descriptions look like: patches drawn back, averages where they meet.

    Errors: DataError for a stack, or an embedding of another layer.
    """
    layer = _layer(transform)
    rows = described.embedding.movedim(1, -1).flatten(0, 2)
    if rows.shape[1] != layer.projection.shape[1]:
        raise DataError(
            f"an embedding of {rows.shape[1]} dimensions is not of this layer, which has "
            f"{layer.projection.shape[1]}"
        )
    directions = drawn_back(layer, rows)
    inverse = torch.linalg.inv(layer.whitening.double()).to(rows.dtype)
    contrast, mean = (x.flatten().unsqueeze(1) for x in (described.contrast, described.mean))
    patches = directions * contrast @ inverse + mean
    count, _, down, across = described.embedding.shape
    size = (down + layer.kernel[0] - 1, across + layer.kernel[1] - 1)
    columns = patches.unflatten(0, (count, down * across)).mT
    maps = F.fold(columns, size, layer.kernel)
    maps = maps / F.fold(torch.ones_like(columns), size, layer.kernel)
    return maps.movedim(1, -1).flatten(1).cpu().numpy()


def drawn_back(layer: ManifoldLayer, embedding: Tensor) -> Tensor:
    """Whitened patches (R, P) of length one whose embeddings (R, D) are most nearly these."""
    places = F.normalize(layer.projection, dim=1, eps=1e-12)
    said = embedding.any(1)
    code = infer_codes(
        places, embedding[said], price=PRICE, nonnegative=True, tolerance=1e-2, most=300
    ).code
    directions = embedding.new_zeros(len(embedding), layer.atoms.shape[1])
    directions[said] = F.normalize(code @ layer.atoms, dim=1, eps=1e-12)
    return directions


def geodesic(features: np.ndarray, start: int, end: int, *, n_neighbors: int = 10) -> list[int]:
    """The shortest way from one sample to another over neighbours, as numbers of samples (N, D).

    A hop costs the squared distance of features of length one: many small hops are shorter than a
    large one. DataError where the neighbours of neighbours never reach the end.
    """
    rows = np.asarray(features, np.float64)
    rows = rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-12)
    near = min(n_neighbors, len(rows) - 1)
    graph = kneighbors_graph(rows, near, mode="distance")
    graph.data **= 2
    distance, before = dijkstra(graph, directed=False, indices=start, return_predecessors=True)
    if not np.isfinite(distance[end]):
        raise DataError(
            f"no way from sample {start} to {end} over {near} neighbours each: give more samples "
            "or neighbours"
        )
    way = [end]
    while way[-1] != start:
        way.append(int(before[way[-1]]))
    return way[::-1]


def walk_between(
    transform: SparseManifoldTransform, stations: np.ndarray, *, steps: int = 4
) -> np.ndarray:
    """Pictures (steps * (N - 1) + 1, F) from the first of samples (N, F) over all to the last."""
    found = describe(transform, stations)
    frames = [
        picture(transform, found[:-1].towards(found[1:], step / steps)) for step in range(steps)
    ]
    hops = np.stack(frames, axis=1).reshape(-1, stations.shape[1])
    return np.concatenate([hops, picture(transform, found[-1:])])


def _on_circle(start: Tensor, end: Tensor, share: float) -> Tensor:
    """Points on great circles between vectors (N, D, ...) of length one; where one is zero, the
    other one.
    """
    cosine = (start * end).sum(1, keepdim=True).clamp(-1 + 1e-6, 1 - 1e-6)
    angle = cosine.arccos()
    point = (((1 - share) * angle).sin() * start + (share * angle).sin() * end) / angle.sin()
    return F.normalize(point, dim=1, eps=1e-12)


def _layer(transform: SparseManifoldTransform) -> ManifoldLayer:
    """The one layer."""
    if transform.below is not None:
        raise DataError("only a transform of one layer can be drawn back: give its `below_`")
    layer: ManifoldLayer = transform.layer_
    return layer
