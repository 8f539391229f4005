"""Numbers as bytes: the types that tensors travel in, and what each of them loses.

    fp32    nothing of a float32
    fp16    11 significant bits, up to 65504
    bf16    8 significant bits, the range of a float32
    int8    255 equal steps between -most and most, zero among them; a scale (float32) a tensor
    uint8   256 equal steps from least to most; both ends (two float32) a tensor

A tensor stands on the wire as its number of axes (one byte), its sizes (four bytes each), then its
numbers, all little-endian. So a reader needs to know the type alone.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Callable
from typing import Any, Literal, get_args

import numpy as np
import torch
from torch import Tensor

from pellucid.errors import ConfigError, DataError, nearest

Codec = Literal["fp32", "fp16", "bf16", "int8", "uint8"]
CODECS: tuple[Codec, ...] = get_args(Codec)
"""Their place in this order is their number on the wire."""


class Reader:
    """Bytes that are read from the front. DataError where they end too early, or too late."""

    def __init__(self, data: bytes | memoryview) -> None:
        self._left = memoryview(data)

    def take(self, count: int) -> memoryview:
        """The next so many bytes."""
        if count > len(self._left):
            raise DataError(
                f"a message ends {count - len(self._left)} bytes too early: have it sent again"
            )
        taken, self._left = self._left[:count], self._left[count:]
        return taken

    @property
    def empty(self) -> bool:
        """Whether nothing is left."""
        return not self._left

    def numbers(self, layout: str) -> tuple[Any, ...]:
        """The next numbers, by a layout of `struct`."""
        return struct.unpack(layout, self.take(struct.calcsize(layout)))

    def end(self) -> None:
        """Nothing is left."""
        if self._left:
            raise DataError(
                f"a message goes on for {len(self._left)} bytes after its end: have it sent again"
            )


def check_codec(codec: str) -> None:
    """ConfigError for the name of no codec."""
    if codec not in CODECS:
        raise ConfigError(f"codec='{codec}' is unknown: {nearest(codec, CODECS)}")


def encode(values: Tensor, codec: Codec) -> bytes:
    """A tensor of numbers as bytes. DataError where one of them is not finite, or becomes so."""
    plain = values.detach().to("cpu", torch.float32).contiguous()
    return _shape_bytes(plain) + _WAYS[codec][0](plain)


def decode(reader: Reader, codec: Codec) -> Tensor:
    """The next tensor that `encode` wrote, in float32."""
    shape = _read_shape(reader)
    return _WAYS[codec][1](reader, math.prod(shape)).reshape(shape)


def encode_bytes(values: Tensor) -> bytes:
    """A tensor of uint8 as it is."""
    plain = values.detach().cpu().contiguous()
    return _shape_bytes(plain) + plain.numpy().tobytes()


def decode_bytes(reader: Reader) -> Tensor:
    """The next tensor that `encode_bytes` wrote."""
    shape = _read_shape(reader)
    return _read(reader, math.prod(shape), "u1").reshape(shape)


def encode_labels(labels: Tensor, classes: int) -> bytes:
    """Whole numbers (N,) from 0 to below `classes`, in `label_bits` bits each, then zeros."""
    width = label_bits(classes)
    ways = np.arange(width - 1, -1, -1)
    bits = (labels.detach().cpu().numpy()[:, None] >> ways) & 1
    return np.packbits(bits.astype(np.uint8)).tobytes()


def decode_labels(reader: Reader, count: int, classes: int) -> Tensor:
    """The next so many labels, int64. DataError where one is of no class."""
    width = label_bits(classes)
    packed = np.frombuffer(reader.take(-(-count * width // 8)), np.uint8)
    bits = np.unpackbits(packed, count=count * width).reshape(count, width)
    labels = bits.astype(np.int64) @ (1 << np.arange(width - 1, -1, -1))
    if (labels >= classes).any():
        raise DataError(f"a message holds a label of none of its {classes} classes")
    return torch.from_numpy(labels)


def label_bits(classes: int) -> int:
    """Bits of one label: whole ones, so that ten classes take 4, where log2 10 = 3.32 would do."""
    return max(1, (classes - 1).bit_length())


def _shape_bytes(values: Tensor) -> bytes:
    return struct.pack(f"<B{values.ndim}I", values.ndim, *values.shape)


def _read_shape(reader: Reader) -> tuple[int, ...]:
    (axes,) = reader.numbers("<B")
    return reader.numbers(f"<{axes}I")


def _read(reader: Reader, count: int, kind: str) -> Tensor:
    """Numbers of a type of numpy, of our own: what arrived may be gone soon, and is not ours."""
    given = np.frombuffer(reader.take(count * np.dtype(kind).itemsize), kind)
    return torch.from_numpy(given.astype(given.dtype.newbyteorder("=")))


def _finite(values: Tensor) -> None:
    # A sum is quicker to look at; it may overflow where nothing else did.
    if not torch.isfinite(values.sum(dtype=torch.float32)) and not torch.isfinite(values).all():
        raise DataError(
            "a message holds numbers that are not finite, or too large for its type: "
            "take a wider type or smaller steps"
        )


def _write_fp32(values: Tensor) -> bytes:
    _finite(values)
    return values.numpy().astype("<f4", copy=False).tobytes()


def _read_fp32(reader: Reader, count: int) -> Tensor:
    return _read(reader, count, "<f4")


def _write_fp16(values: Tensor) -> bytes:
    half = values.half()
    _finite(half)
    return half.numpy().astype("<f2", copy=False).tobytes()


def _read_fp16(reader: Reader, count: int) -> Tensor:
    return _read(reader, count, "<f2").float()


def _write_bf16(values: Tensor) -> bytes:
    short = values.bfloat16()
    _finite(short)
    # NumPy has no bfloat16: its bits travel as those of a whole number.
    return short.view(torch.int16).numpy().astype("<i2", copy=False).tobytes()


def _read_bf16(reader: Reader, count: int) -> Tensor:
    return _read(reader, count, "<i2").view(torch.bfloat16).float()


def _write_int8(values: Tensor) -> bytes:
    most = values.abs().amax() if values.numel() else torch.zeros(())
    _finite(most)
    scale = most / 127
    # Below the smallest float32 there is no scale, and all is zero.
    steps = (values / scale).round().clamp(-127, 127) if scale > 0 else torch.zeros_like(values)
    return struct.pack("<f", float(scale)) + steps.to(torch.int8).numpy().tobytes()


def _read_int8(reader: Reader, count: int) -> Tensor:
    (scale,) = reader.numbers("<f")
    # Of the greatest float32 a scale that was rounded up makes a number that is none.
    largest = torch.finfo(torch.float32).max
    return (_read(reader, count, "i1").float() * scale).clamp_(-largest, largest)


def _write_uint8(values: Tensor) -> bytes:
    least, most = values.aminmax() if values.numel() else (torch.zeros(()), torch.zeros(()))
    _finite(most - least)
    step = (most - least) / 255
    steps = ((values - least) / step).round().clamp(0, 255) if step > 0 else values * 0
    ends = struct.pack("<ff", float(least), float(most))
    return ends + steps.to(torch.uint8).numpy().tobytes()


def _read_uint8(reader: Reader, count: int) -> Tensor:
    least, most = reader.numbers("<ff")
    return torch.lerp(
        torch.tensor(least), torch.tensor(most), _read(reader, count, "u1").float() / 255
    )


_WAYS: dict[Codec, tuple[Callable[[Tensor], bytes], Callable[[Reader, int], Tensor]]] = {
    "fp32": (_write_fp32, _read_fp32),
    "fp16": (_write_fp16, _read_fp16),
    "bf16": (_write_bf16, _read_bf16),
    "int8": (_write_int8, _read_int8),
    "uint8": (_write_uint8, _read_uint8),
}
