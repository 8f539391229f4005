"""A message is what one agent tells another, and it is as large as the bytes it makes.

    said = SoftTargets(teacher(queries), codec="fp16")
    heard = SoftTargets.from_bytes(said.to_bytes())
    said.bits                                          # 8 times the length of those bytes

Eight bytes come first: two that mark a message, its kind, its codec, and the CRC-32 of all but
itself. They are counted like the rest. Shapes and types stand in the message; the names of tensors
do not: who shares weights has the same network, and parameters come in its order. What logits,
queries and seeds are of is agreed on beforehand too. Nothing is ever pickled.
"""

from __future__ import annotations

import math
import struct
import zlib
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Self

import torch
from torch import Tensor, nn

from pellucid.errors import DataError
from pellucid.transfer.codec import (
    CODECS,
    Codec,
    Reader,
    check_codec,
    decode,
    decode_bytes,
    decode_labels,
    encode,
    encode_bytes,
    encode_labels,
)

_MARK = b"PM"
_HEAD = struct.Struct("<2sBB")
_CHECK = struct.Struct("<I")
HEADER_BYTES = _HEAD.size + _CHECK.size


class Message(ABC):
    """What one agent tells another; see the module."""

    kind: ClassVar[str]
    """What ledgers call it."""
    number: ClassVar[int]
    """What the wire calls it."""
    codec: Codec = "fp32"
    """How its numbers are written; a kind that has none leaves it as it is."""

    def to_bytes(self) -> bytes:
        """All that goes over the wire."""
        payload = self._write()
        head = _HEAD.pack(_MARK, self.number, CODECS.index(self.codec))
        check = _CHECK.pack(zlib.crc32(payload, zlib.crc32(head)))
        return b"".join((head, check, payload))

    @classmethod
    def from_bytes(cls, data: bytes) -> Self:
        """The message that made those bytes. DataError where they are damaged, or of another kind.

        `Message.from_bytes` takes a message of any kind.
        """
        reader = Reader(data)
        head = reader.take(_HEAD.size)
        mark, number, codec = _HEAD.unpack(head)
        if mark != _MARK or number not in _KINDS or codec >= len(CODECS):
            raise DataError("these bytes are no message of ours, or their head is damaged")
        (check,) = _CHECK.unpack(reader.take(_CHECK.size))
        payload = memoryview(data)[HEADER_BYTES:]
        kind = _KINDS[number]
        if zlib.crc32(payload, zlib.crc32(head)) != check:
            raise DataError(
                f"a message of {kind.kind} is damaged (its checksum does not fit): "
                "have it sent again"
            )
        if not issubclass(kind, cls):
            raise DataError(f"a message of {kind.kind} came where {cls.kind} were expected")
        message = kind._read(reader, CODECS[codec])
        reader.end()
        return message

    @property
    def bits(self) -> int:
        """Its size on the wire; the message is packed to learn it."""
        return 8 * len(self.to_bytes())

    @abstractmethod
    def _write(self) -> bytes:
        """What comes after the head."""

    @classmethod
    @abstractmethod
    def _read(cls, reader: Reader, codec: Codec) -> Self:
        """What `_write` wrote."""


@dataclass(frozen=True, eq=False)
class _Tensors(Message):
    """One tensor for each parameter of a network, in its order."""

    tensors: tuple[Tensor, ...]
    codec: Codec = "fp32"

    def __post_init__(self) -> None:
        check_codec(self.codec)

    def _write(self) -> bytes:
        return b"".join(encode(t, self.codec) for t in self.tensors)

    @classmethod
    def _read(cls, reader: Reader, codec: Codec) -> Self:
        tensors = []
        while not reader.empty:
            tensors.append(decode(reader, codec))
        return cls(tuple(tensors), codec)


class Weights(_Tensors):
    """The parameters of a network; buffers, such as running means, stay at home."""

    kind = "weights"
    number = 1

    @classmethod
    def of(cls, model: nn.Module, *, codec: Codec = "fp32") -> Self:
        """All parameters of a model as they are now."""
        return cls(tuple(p.detach().clone() for p in model.parameters()), codec)

    def load(self, model: nn.Module) -> None:
        """Give them to a model. DataError where they are those of another network."""
        put(self.tensors, list(model.parameters()))


class Gradient(_Tensors):
    """One gradient, or what stands for one, for each parameter that learns."""

    kind = "gradients"
    number = 2

    @classmethod
    def of(cls, model: nn.Module, *, codec: Codec = "fp32") -> Self:
        """What stands in `.grad` now; a parameter without one says zeros."""
        found = []
        for p in model.parameters():
            if p.requires_grad:
                found.append(torch.zeros_like(p) if p.grad is None else p.grad.detach().clone())
        return cls(tuple(found), codec)


@dataclass(frozen=True)
class SeedAndScalars(Message):
    """The seed of perturbations, and a number for each that is drawn from it.

    An identical copy draws the same perturbations, and so needs no more to make the same step
    (Malladi et al. 2023, MeZO; Qin et al. 2024, FedKSeed). Seeds and numbers have 32 bits: one
    perturbation takes 64 and the head. Seeds that are agreed on beforehand would save their half.
    """

    kind = "seeds and scalars"
    number = 3

    seed: int
    scalars: tuple[float, ...]
    """Any, in float32."""

    def __post_init__(self) -> None:
        if not 0 <= self.seed < 2**32:
            raise DataError(f"seed={self.seed} does not fit 32 bits: give 0 to 4294967295")
        if not all(abs(s) <= torch.finfo(torch.float32).max for s in self.scalars):
            raise DataError("a message holds scalars that are not finite: take smaller steps")

    def _write(self) -> bytes:
        return struct.pack(f"<I{len(self.scalars)}f", self.seed, *self.scalars)

    @classmethod
    def _read(cls, reader: Reader, codec: Codec) -> Self:
        (seed,) = reader.numbers("<I")
        scalars: list[float] = []
        while not reader.empty:
            scalars += reader.numbers("<f")
        return cls(seed, tuple(scalars))


@dataclass(frozen=True, eq=False)
class SoftTargets(Message):
    """What a teacher says of N queries: logits or probabilities (N, classes)."""

    kind = "soft targets"
    number = 4

    values: Tensor
    codec: Codec = "fp16"
    """uint8 takes half, in equal steps over the range of all values."""

    def __post_init__(self) -> None:
        check_codec(self.codec)
        if self.values.ndim != 2:
            raise DataError(f"soft targets of shape {tuple(self.values.shape)}: give (N, classes)")

    def _write(self) -> bytes:
        return encode(self.values, self.codec)

    @classmethod
    def _read(cls, reader: Reader, codec: Codec) -> Self:
        return cls(decode(reader, codec), codec)


@dataclass(frozen=True, eq=False)
class Labels(Message):
    """The classes (N,) of N queries, in whole bits: ten classes take 4 each, not log2 10 = 3.32."""

    kind = "labels"
    number = 5

    labels: Tensor
    classes: int

    def __post_init__(self) -> None:
        labels = self.labels
        if labels.ndim != 1 or labels.is_floating_point() or labels.is_complex():
            raise DataError(f"labels are {labels.dtype} {tuple(labels.shape)}: give integers (N,)")
        if not 1 <= self.classes <= 2**16:
            raise DataError(f"labels of {self.classes} classes: give 1 to 65536")
        if len(labels) and not 0 <= int(labels.min()) <= int(labels.max()) < self.classes:
            raise DataError(f"labels must be from 0 to {self.classes - 1}")

    def _write(self) -> bytes:
        head = struct.pack("<HI", self.classes - 1, len(self.labels))
        return head + encode_labels(self.labels, self.classes)

    @classmethod
    def _read(cls, reader: Reader, codec: Codec) -> Self:
        last, count = reader.numbers("<HI")
        return cls(decode_labels(reader, count, last + 1), last + 1)


@dataclass(frozen=True, eq=False)
class Queries(Message):
    """Samples (N, ...) of uint8 that somebody is asked about: an image takes a byte a pixel."""

    kind = "queries"
    number = 6

    samples: Tensor

    def __post_init__(self) -> None:
        if self.samples.dtype != torch.uint8 or self.samples.ndim == 0:
            raise DataError(
                f"queries are {self.samples.dtype} {tuple(self.samples.shape)}: give uint8 (N, ...)"
            )

    def _write(self) -> bytes:
        return encode_bytes(self.samples)

    @classmethod
    def _read(cls, reader: Reader, codec: Codec) -> Self:
        return cls(decode_bytes(reader))


_KINDS: dict[int, type[Message]] = {
    kind.number: kind for kind in (Weights, Gradient, SeedAndScalars, SoftTargets, Labels, Queries)
}


@torch.no_grad()
def put(tensors: Sequence[Tensor], into: Sequence[Tensor]) -> None:
    """Copy tensors into others. DataError where they are not as many, or of other shapes."""
    shapes, wanted = [tuple(t.shape) for t in tensors], [tuple(t.shape) for t in into]
    if shapes != wanted:
        raise DataError(
            f"{len(shapes)} tensors with {sum(map(math.prod, shapes))} numbers do not fit a "
            f"network of {len(wanted)} with {sum(map(math.prod, wanted))}, or its shapes"
        )
    for tensor, own in zip(tensors, into, strict=True):
        own.copy_(tensor)
