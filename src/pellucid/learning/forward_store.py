"""Where the features of a network under construction are kept from one layer to the next."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

import numpy as np
import torch
from torch import Tensor

from pellucid.errors import DataError
from pellucid.learning.files import saying_when_full
from pellucid.networks.redunet import ReduNetLayer
from pellucid.networks.redunet_moments import normalise

Batches = Iterable[tuple[Tensor, Tensor]]
"""Pairs of samples (B, ...) and labels (B,), the same anew each time that it is iterated."""


@dataclass(frozen=True)
class InBatches:
    """An array in batches; a memory-mapped one is read a batch at a time."""

    x: Tensor | np.ndarray
    labels: Tensor | np.ndarray
    size: int

    def __len__(self) -> int:
        return -(-len(self.x) // self.size)

    def __iter__(self) -> Iterator[tuple[Tensor, Tensor]]:
        for begin in range(0, len(self.x), self.size):
            end = begin + self.size
            # A copy: a tensor cannot share memory that is read-only, as that of a file is.
            yield (
                torch.as_tensor(_copied(self.x[begin:end])),
                torch.as_tensor(_copied(self.labels[begin:end])),
            )


def in_batches(x: Tensor | np.ndarray, labels: Tensor | np.ndarray, size: int = 2000) -> InBatches:
    """Samples x (N, ...) and their labels (N,) in batches of `size`, again and again."""
    if len(x) != len(labels):
        raise DataError(f"{len(x)} samples and {len(labels)} labels: give one label a sample")
    if size < 1:
        raise DataError(f"batches of {size} samples: give 1 or more")
    return InBatches(x, labels, size)


def move(
    layer: ReduNetLayer, z: Tensor, labels: Tensor, *, follow_labels: bool
) -> tuple[Tensor, Tensor]:
    """Training samples after a layer, and its gate; by the gate, or by labels instead of it."""
    membership = None
    if follow_labels:
        membership = torch.nn.functional.one_hot(labels.long(), layer.classes).to(z.dtype)
    return layer.step(z, membership)


class Store(ABC):
    """Features of the current layer, and of the next one while that is tried.

    for z, labels in store.current():
        store.put(moved(z), labels)
    store.accept(layer)            # or store.discard(), and try again
    """

    @abstractmethod
    def current(self) -> Iterator[tuple[Tensor, Tensor]]:
        """The features before the layer that is being made, with their labels."""

    @abstractmethod
    def put(self, z: Tensor, labels: Tensor) -> None:
        """Keep one batch of features after it, in order."""

    @abstractmethod
    def accept(self, layers: list[ReduNetLayer]) -> None:
        """What was put is current now; `layers` are all that were made."""

    @abstractmethod
    def discard(self) -> None:
        """Forget what was put."""

    def close(self) -> None:
        """Let go of what is not memory."""
        self.discard()


@dataclass
class Memory(Store):
    """All features in memory, twice while a layer is made."""

    _now: list[tuple[Tensor, Tensor]] = field(default_factory=list)
    _next: list[tuple[Tensor, Tensor]] = field(default_factory=list)

    def current(self) -> Iterator[tuple[Tensor, Tensor]]:
        """From memory."""
        yield from self._now

    def put(self, z: Tensor, labels: Tensor) -> None:
        """Into memory."""
        self._next.append((z, labels))

    def accept(self, layers: list[ReduNetLayer]) -> None:
        """Forget the features before."""
        self._now, self._next = self._next, []

    def discard(self) -> None:
        """Forget the features after."""
        self._next = []


@dataclass
class Disk(Store):
    """Features in two files of `folder`, read and written a batch at a time; labels in memory."""

    folder: Path
    _now: list[tuple[Tensor, torch.Size]] = field(default_factory=list)
    _next: list[tuple[Tensor, torch.Size]] = field(default_factory=list)
    _turn: int = 0
    _out: BinaryIO | None = None
    _dtype: torch.dtype = torch.float32

    def current(self) -> Iterator[tuple[Tensor, Tensor]]:
        """From the file, on the device of the labels."""
        if not self._now:
            return
        with self._path(self._turn).open("rb") as file:
            for labels, shape in self._now:
                size = shape.numel() * self._dtype.itemsize
                content = bytearray(file.read(size))
                z = torch.frombuffer(content, dtype=self._dtype).view(shape)
                yield z.to(labels.device), labels

    def put(self, z: Tensor, labels: Tensor) -> None:
        """To the end of the other file."""
        with saying_when_full(self.folder):
            if self._out is None:
                self.folder.mkdir(parents=True, exist_ok=True)
                self._out = self._path(1 - self._turn).open("wb")
            self._out.write(z.detach().cpu().contiguous().numpy().data)
        self._dtype = z.dtype
        self._next.append((labels, z.shape))

    def accept(self, layers: list[ReduNetLayer]) -> None:
        """Change the files' roles."""
        self._end()
        self._now, self._next, self._turn = self._next, [], 1 - self._turn

    def discard(self) -> None:
        """The other file is written anew."""
        self._end()
        self._next = []

    def close(self) -> None:
        """Remove both files: they are made anew from the layers where the construction goes on."""
        self._end()
        for turn in (0, 1):
            self._path(turn).unlink(missing_ok=True)

    def _path(self, turn: int) -> Path:
        return self.folder / f"features-{turn}.bin"

    def _end(self) -> None:
        if self._out is not None:
            with saying_when_full(self.folder):
                self._out.close()
            self._out = None


@dataclass
class Recompute(Store):
    """Nothing is kept: the input passes all finished layers again. Memory of one batch."""

    batches: Batches
    follow_labels: bool
    _layers: list[ReduNetLayer] = field(default_factory=list)

    def current(self) -> Iterator[tuple[Tensor, Tensor]]:
        """From the input."""
        yield from moved(self.batches, self._layers, follow_labels=self.follow_labels)

    def put(self, z: Tensor, labels: Tensor) -> None:
        """Nowhere."""

    def accept(self, layers: list[ReduNetLayer]) -> None:
        """Remember the layers."""
        self._layers = list(layers)

    def discard(self) -> None:
        """There is nothing to forget."""


def moved(
    batches: Batches, layers: list[ReduNetLayer], *, follow_labels: bool
) -> Iterator[tuple[Tensor, Tensor]]:
    """The input on the unit sphere, after the finished `layers`."""
    for x, labels in batches:
        z = normalise(x)
        for layer in layers:
            z, _ = move(layer, z, labels, follow_labels=follow_labels)
        yield z, labels


def _copied(part: Tensor | np.ndarray) -> Tensor | np.ndarray:
    return part if isinstance(part, Tensor) else np.array(part)
