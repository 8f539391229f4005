"""Forward construction: a network made layer by layer from its data, without back-propagation.

    result = construct(in_batches(x, labels, 2000), ForwardConfig(layers=8), classes=10)
    z = result.network(x)
    result.trace.rate_reduction          # by layer, in nats

One pass over the data makes a layer: it moves the features by the layer before, and sums their
second moments, of which the next layer is made (`networks/redunet_moments.py`). So the data may be
larger than memory: give anything that yields batches anew each time that it is iterated, and choose
where the features of the current layer are kept. With a folder, each finished layer is written to
it, and the same call continues a construction that was killed.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
import torch
from torch import Tensor

from pellucid.config import check, to_json
from pellucid.errors import CheckpointError, ConfigError, DataError
from pellucid.learning.forward_store import Batches, Disk, Memory, Recompute, Store, move, moved
from pellucid.learning.progress import Progress, Silent
from pellucid.learning.tensors import read_tensors, write_tensors
from pellucid.networks.redunet import ReduNet, ReduNetLayer, make_layer
from pellucid.networks.redunet_moments import Basis, ClassMoments, Rates, Vectors, normalise

_FRESH = "give another folder, or delete this one to construct anew"


@dataclass(frozen=True)
class ForwardConfig:
    """How a ReduNet is constructed."""

    layers: int = 8
    """How many layers at most."""
    epsilon: float = 0.1**0.5
    """The distortion, as in `coding_rate`. (Published: "eps 0.1", which stands for eps^2.)"""
    step: float = 0.5
    """eta alpha, alpha = C / (N eps^2): 1 or less descends. Used where `eta` is not given."""
    sharpness: float = 30.0
    """lambda / (K alpha), of the gate. Used where `lambda_` is not given."""
    eta: float | None = None
    """The step in its published unit, for which it must grow with N; published: 0.5."""
    lambda_: float | None = None
    """The sharpness in its published unit; published: 500."""
    memberships: Literal["soft", "labels"] = "soft"
    """Whom the training samples follow: the layer's own gate, as published, or their labels."""
    backtracking: bool = False
    """Halve a step until the rate reduction rises, and stop where none does."""
    halvings: int = 10
    """How often at most."""
    keep: Literal["memory", "disk", "recompute"] = "memory"
    """Where the features of the current layer are kept. "recompute" keeps none: the input passes
    all layers again for each new one, whose cost grows with the square of their number."""

    def __post_init__(self) -> None:
        """Check the ranges."""
        check(self.layers >= 1, f"layers is {self.layers}: give 1 or more")
        check(self.epsilon > 0, f"epsilon is {self.epsilon}: give a positive distortion")
        check(self.step > 0, f"step is {self.step}: give a positive number, 1 or less to descend")
        check(self.sharpness > 0, f"sharpness is {self.sharpness}: give a positive number")
        check(self.halvings >= 0, f"halvings is {self.halvings}: give 0 or more")
        check(self.eta is None or self.eta > 0, f"eta is {self.eta}: give a positive number")
        check(
            self.lambda_ is None or self.lambda_ > 0,
            f"lambda_ is {self.lambda_}: give a positive number",
        )
        check(
            self.memberships in ("soft", "labels"),
            f"memberships is '{self.memberships}': give 'soft' or 'labels'",
        )
        check(
            self.keep in ("memory", "disk", "recompute"),
            f"keep is '{self.keep}': give 'memory', 'disk' or 'recompute'",
        )


@dataclass(frozen=True)
class ForwardTrace:
    """What the layers did to the training data: the figures of a construction are drawn from it."""

    rate: np.ndarray
    """R before the first layer and after each, (L + 1,), in nats."""
    conditional_rate: np.ndarray
    """R_c likewise."""
    eta: np.ndarray
    """The step of each layer, (L,)."""
    agreement: np.ndarray
    """The share of the samples whose gate in this layer is largest at their label, (L,)."""
    seconds: np.ndarray
    """How long each layer took to make, (L,)."""

    @property
    def rate_reduction(self) -> np.ndarray:
        """Delta R before the first layer and after each, (L + 1,), in nats."""
        return self.rate - self.conditional_rate

    @property
    def raised(self) -> int:
        """How many layers raised the rate reduction."""
        return int((np.diff(self.rate_reduction) > 0).sum())


@dataclass(frozen=True)
class Construction:
    """A constructed network, and what its layers did to the data."""

    network: ReduNet
    trace: ForwardTrace
    moments: ClassMoments
    """Of the features after the last layer: nearest subspaces are made of them."""


@dataclass(frozen=True)
class _Made:
    """One layer, and the state of the data after it."""

    layer: ReduNetLayer
    rates: Rates
    agreement: float
    seconds: float
    moments: ClassMoments


@torch.no_grad()
def construct(
    batches: Batches,
    config: ForwardConfig | None = None,
    *,
    classes: int,
    basis: Basis | None = None,
    folder: Path | None = None,
    progress: Progress | None = None,
) -> Construction:
    """A ReduNet made from `batches` of (x, labels).

    x is (B, D), or what the `basis` takes; labels (B,) are whole numbers below `classes`. `folder`
    keeps the finished layers, and the features where they are kept on "disk": the same call
    continues there. A class without samples gets no expert. DataError for data that are empty, not
    finite or not the same anew; ConfigError for a folder of another construction.
    """
    config, basis = config or ForwardConfig(), basis or Vectors()
    record = _record(config, classes, basis)
    saved = [] if folder is None else _read(folder, record, config.layers, basis)
    layers, notes = [layer for layer, _ in saved], [note for _, note in saved]
    store = _store(batches, config, folder)
    try:
        moments = _begin(store, batches, layers, config, ClassMoments(basis, classes))
        rates = moments.rates(config.epsilon)
        _check_same(rates, notes, folder)
        start = notes[0]["start"] if notes else [rates.rate, rates.conditional]
        with (progress or Silent()).task("layers") as report:
            while len(layers) < config.layers:
                report(len(layers) / config.layers, {"rate reduction": rates.reduction})
                made = _climb(store, moments, rates, config)
                if made is None:
                    break
                layers.append(made.layer)
                store.accept(layers)
                moments, rates = made.moments, made.rates
                notes.append(_note(made, start, record))
                if folder is not None:
                    path = _path(folder, len(layers))
                    write_tensors(path, made.layer.state_dict(), note=notes[-1])
            report(1.0, {"rate reduction": rates.reduction})
    finally:
        store.close()
    return Construction(ReduNet(layers, basis=basis), _trace(start, notes), moments)


def class_similarity(z: Tensor, labels: Tensor, *, limit: int = 1000) -> tuple[Tensor, Tensor]:
    """|Z Z'| of at most `limit` samples sorted by class, (M, M), and their labels (M,).

    The cosine of every pair of samples z (B, ...), without its sign: blocks on the diagonal where
    classes are small, and nothing beside them where classes are orthogonal.
    """
    step = max(1, -(-len(z) // limit))
    order = labels[::step].argsort(stable=True)
    rows = normalise(z[::step][order].flatten(1))
    return (rows @ rows.mT).abs(), labels[::step][order]


def _store(batches: Batches, config: ForwardConfig, folder: Path | None) -> Store:
    if config.keep == "disk":
        if folder is None:
            raise ConfigError("the features are to be kept on disk: give a folder")
        return Disk(folder)
    if config.keep == "recompute":
        return Recompute(batches, config.memberships == "labels")
    return Memory()


def _begin(
    store: Store,
    batches: Batches,
    layers: list[ReduNetLayer],
    config: ForwardConfig,
    moments: ClassMoments,
) -> ClassMoments:
    """Put the features after the finished `layers` into the store; their moments."""
    for z, labels in moved(batches, layers, follow_labels=config.memberships == "labels"):
        moments.add(z, labels)
        store.put(z, labels)
    store.accept(layers)
    return moments


def _climb(
    store: Store, moments: ClassMoments, rates: Rates, config: ForwardConfig
) -> _Made | None:
    """The next layer; None where backtracking finds no step that raises the rate reduction."""
    began = time.monotonic()
    layer = make_layer(
        moments,
        epsilon=config.epsilon,
        step=config.step,
        sharpness=config.sharpness,
        eta=config.eta,
        lambda_=config.lambda_,
    )
    for _ in range(config.halvings + 1 if config.backtracking else 1):
        after = ClassMoments(moments.basis, moments.classes)
        agreed = 0
        for z, labels in store.current():
            layer = layer.to(z.dtype)
            changed, gate = move(layer, z, labels, follow_labels=config.memberships == "labels")
            agreed += int((gate.argmax(1) == labels).sum())
            after.add(changed, labels)
            store.put(changed, labels)
        if not torch.equal(after.counts, moments.counts):
            raise DataError(
                f"{int(moments.counts.sum())} samples came first and {int(after.counts.sum())} "
                "then, or other labels: give batches that are the same each time"
            )
        reached = after.rates(config.epsilon)
        if not config.backtracking or reached.reduction > rates.reduction:
            share = agreed / float(after.counts.sum())
            return _Made(layer, reached, share, time.monotonic() - began, after)
        store.discard()
        layer.eta.mul_(0.5)
    return None


def _path(folder: Path, number: int) -> Path:
    return folder / f"layer-{number:04d}.safetensors"


def _record(config: ForwardConfig, classes: int, basis: Basis) -> dict[str, Any]:
    """What must agree for a construction to be continued: all that the layers depend on."""
    settings = to_json(config)
    for name in ("layers", "keep"):
        del settings[name]
    return {**settings, "classes": classes, "basis": repr(basis)}


def _note(made: _Made, start: list[float], record: dict[str, Any]) -> dict[str, Any]:
    return {
        "record": record,
        "start": start,
        "reached": [made.rates.rate, made.rates.conditional],
        "agreement": made.agreement,
        "eta": float(made.layer.eta),
        "seconds": made.seconds,
    }


def _read(
    folder: Path, record: dict[str, Any], limit: int, basis: Basis
) -> list[tuple[ReduNetLayer, dict[str, Any]]]:
    """The finished layers in `folder`, at most `limit`, first to last."""
    found: list[tuple[ReduNetLayer, dict[str, Any]]] = []
    while len(found) < limit and (path := _path(folder, len(found) + 1)).is_file():
        file = read_tensors(path, remedy=_FRESH)
        if file.note.get("record") != record:
            raise ConfigError(f"{path} is of a construction with other settings: {_FRESH}")
        try:
            found.append((ReduNetLayer(**file.tensors, basis=basis), file.note))
        except TypeError as error:
            raise CheckpointError(f"{path} is not a layer of a ReduNet: {_FRESH}") from error
    return found


def _check_same(rates: Rates, notes: list[dict[str, Any]], folder: Path | None) -> None:
    """The rates of the data that come in must be those at which the construction stood."""
    if not notes:
        return
    stood = notes[-1]["reached"]
    # Sums in another order differ by rounding; other data differ by more.
    if not np.allclose([rates.rate, rates.conditional], stood, rtol=1e-4):
        raise ConfigError(f"{folder} holds layers that were made from other data: {_FRESH}")


def _trace(start: list[float], notes: list[dict[str, Any]]) -> ForwardTrace:
    rates = np.array([start, *(note["reached"] for note in notes)])
    columns = {name: np.array([n[name] for n in notes]) for name in ("eta", "agreement", "seconds")}
    return ForwardTrace(rate=rates[:, 0], conditional_rate=rates[:, 1], **columns)
