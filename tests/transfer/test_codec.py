import math
import struct

import pytest
import torch
from hypothesis import example, given, settings
from hypothesis import strategies as st

from pellucid.errors import ConfigError, DataError
from pellucid.transfer.codec import (
    CODECS,
    Reader,
    check_codec,
    decode,
    decode_labels,
    encode,
    encode_labels,
    label_bits,
)

SHAPES = st.lists(st.integers(0, 5), max_size=4).map(tuple)
ITEM = {"fp32": 4, "fp16": 2, "bf16": 2, "int8": 1, "uint8": 1}
EXTRA = {"int8": 4, "uint8": 8}


@st.composite
def tensors(draw):
    shape, seed = draw(SHAPES), draw(st.integers(0, 2**16))
    size = 10.0 ** draw(st.integers(-4, 4))
    return size * torch.randn(shape, generator=torch.Generator().manual_seed(seed))


def there_and_back(x, codec):
    data = encode(x, codec)
    reader = Reader(data)
    found = decode(reader, codec)
    reader.end()
    assert found.dtype == torch.float32
    assert found.shape == x.shape
    return data, found


@settings(deadline=None, max_examples=50)
@given(tensors(), st.sampled_from(CODECS))
def test_a_tensor_takes_the_bytes_that_are_promised(x, codec):
    data, _ = there_and_back(x, codec)
    assert len(data) == 1 + 4 * x.ndim + EXTRA.get(codec, 0) + ITEM[codec] * x.numel()


@settings(deadline=None, max_examples=50)
@given(tensors())
def test_float32_loses_nothing_and_the_short_types_what_rounding_loses(x):
    assert torch.equal(there_and_back(x, "fp32")[1], x)
    assert torch.equal(there_and_back(x, "bf16")[1], x.bfloat16().float())
    if not x.numel() or x.abs().max() < 65504:
        assert torch.equal(there_and_back(x, "fp16")[1], x.half().float())


@settings(deadline=None, max_examples=50)
@given(tensors())
def test_whole_numbers_lose_half_a_step_at_most(x):
    if x.numel():
        for codec, step in (("int8", x.abs().max() / 127), ("uint8", (x.max() - x.min()) / 255)):
            lost = (there_and_back(x, codec)[1] - x).abs().max()
            assert lost <= step * 0.5001 + 1e-6 * x.abs().max()


@settings(deadline=None, max_examples=50)
@example([torch.finfo(torch.float32).max])
@given(st.lists(st.floats(width=32, allow_nan=False, allow_infinity=False), min_size=1, max_size=9))
def test_any_float32_that_is_finite_survives(values):
    x = torch.tensor(values)
    assert torch.equal(there_and_back(x, "fp32")[1], x)
    most = x.abs().max().double()
    found = there_and_back(x, "int8")[1].double()
    # Where not even the scale is a normal number, its own rounding counts.
    assert (found - x).abs().max() <= most / 253 + 127 * 2.0**-149
    assert there_and_back(torch.zeros(3), "int8")[1].tolist() == [0, 0, 0]
    assert there_and_back(torch.full((2,), 7.0), "uint8")[1].tolist() == [7, 7]


def test_a_known_tensor_is_known_bytes():
    x = torch.tensor([[1.0, -2.0]])
    shape = struct.pack("<BII", 2, 1, 2)
    assert encode(x, "fp32") == shape + struct.pack("<ff", 1, -2)
    assert encode(x, "fp16") == shape + struct.pack("<ee", 1, -2)
    assert encode(x, "bf16") == shape + struct.pack("<ff", 1, -2)[2:4] + b"\x00\xc0"
    # Steps of 2 / 127: one is 63.5 of them, and goes to the even neighbour.
    assert encode(x, "int8") == shape + struct.pack("<fbb", 2 / 127, 64, -127)
    assert encode(x, "uint8") == shape + struct.pack("<ffBB", -2, 1, 255, 0)


def test_the_ends_of_a_range_are_kept_and_zero_is():
    x = torch.tensor([-3.0, 0.1, 5.0])
    assert there_and_back(x, "uint8")[1][[0, 2]].tolist() == [-3, 5]
    weights = torch.tensor([-3.0, 0.0, 1.0])
    assert there_and_back(weights, "int8")[1][1] == 0


@pytest.mark.parametrize("codec", CODECS)
def test_what_is_not_finite_is_refused(codec):
    for wrong in (math.nan, math.inf, -math.inf):
        with pytest.raises(DataError, match="not finite"):
            encode(torch.tensor([1.0, wrong]), codec)
    with pytest.raises(DataError, match="too large for its type"):
        encode(torch.tensor([7e4]), "fp16")
    # The sum of these is beyond float32, and each of them is not.
    assert len(encode(torch.full((4,), 3e38), "fp32")) == 5 + 16


@settings(deadline=None, max_examples=50)
@given(st.integers(1, 300), st.lists(st.integers(0, 2**30), max_size=40))
def test_labels_survive_in_as_many_bits_as_promised(classes, drawn):
    labels = torch.tensor([d % classes for d in drawn], dtype=torch.int64)
    data = encode_labels(labels, classes)
    assert len(data) == math.ceil(len(labels) * label_bits(classes) / 8)
    assert torch.equal(decode_labels(Reader(data), len(labels), classes), labels)


def test_labels_are_packed_from_the_left():
    assert [label_bits(n) for n in (1, 2, 3, 4, 5, 10, 16, 17, 256, 1000)] == [
        1, 1, 2, 2, 3, 4, 4, 5, 8, 10
    ]  # fmt: skip
    assert encode_labels(torch.tensor([9, 1, 15]), 16) == b"\x91\xf0"
    with pytest.raises(DataError, match="none of its 10 classes"):
        decode_labels(Reader(b"\xa0"), 1, 10)


def test_bytes_that_end_too_early_or_too_late_are_refused():
    data = encode(torch.ones(3), "fp32")
    with pytest.raises(DataError, match="1 bytes too early"):
        decode(Reader(data[:-1]), "fp32")
    reader = Reader(data + b"..")
    decode(reader, "fp32")
    with pytest.raises(DataError, match="2 bytes after its end"):
        reader.end()
    with pytest.raises(ConfigError, match=r"'fp31'.*fp32"):
        check_codec("fp31")
