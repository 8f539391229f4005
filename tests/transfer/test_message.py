import contextlib
import struct
import zlib

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from pellucid.errors import ConfigError, DataError
from pellucid.transfer import (
    Gradient,
    Labels,
    Message,
    Queries,
    SeedAndScalars,
    SoftTargets,
    Weights,
)

HEAD = 8


def network():
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(3, 4), nn.ReLU(), nn.Linear(4, 2))


def examples():
    draw = torch.Generator().manual_seed(0)
    return [
        Weights.of(network()),
        Weights.of(network(), codec="int8"),
        Gradient((torch.randn(2, 3, generator=draw),), "bf16"),
        SeedAndScalars(2**32 - 1, (0.5, -2.0)),
        SoftTargets(torch.randn(5, 10, generator=draw)),
        SoftTargets(torch.rand(5, 10, generator=draw), "uint8"),
        Labels(torch.tensor([0, 9, 3]), 10),
        Queries(torch.randint(256, (2, 4, 4), generator=draw, dtype=torch.uint8)),
    ]


def content(message):
    if isinstance(message, Weights | Gradient):
        return [message.codec, *[t.tolist() for t in message.tensors]]
    return [v.tolist() if isinstance(v, torch.Tensor) else v for v in vars(message).values()]


@pytest.mark.parametrize("message", examples(), ids=lambda m: f"{m.kind} {m.codec}")
def test_a_message_is_what_it_was_once_it_has_been_sent(message):
    data = message.to_bytes()
    assert message.bits == 8 * len(data)
    heard = Message.from_bytes(data)
    assert type(heard) is type(message)
    # What a codec loses is lost the first time; scales may be off by one in the last place.
    again = type(message).from_bytes(heard.to_bytes())
    for one, two in zip(content(heard), content(again), strict=True):
        assert two == (pytest.approx(one, rel=1e-6) if isinstance(one, float) else one)
    if message.codec == "fp32":
        assert content(heard) == content(message)


def test_sizes_are_known():
    weights = 3 * 4 + 4 + 4 * 2 + 2
    axes = 4 * 1 + 4 * (2 + 1 + 2 + 1)
    assert Weights.of(network()).bits == 8 * (HEAD + axes + 4 * weights)
    assert Weights.of(network(), codec="bf16").bits == 8 * (HEAD + axes + 2 * weights)
    assert Weights.of(network(), codec="int8").bits == 8 * (HEAD + axes + 4 * 4 + weights)
    assert SeedAndScalars(7, (0.5,)).bits == 8 * HEAD + 64
    assert SeedAndScalars(7, (0.5,) * 10).bits == 8 * HEAD + 32 + 320
    assert SoftTargets(torch.zeros(100, 10)).bits == 8 * (HEAD + 9) + 16 * 1000
    assert SoftTargets(torch.zeros(100, 10), "uint8").bits == 8 * (HEAD + 9 + 8) + 8 * 1000
    assert Labels(torch.zeros(100, dtype=torch.int64), 10).bits == 8 * (HEAD + 6) + 400
    assert Queries(torch.zeros(100, 28, 28, dtype=torch.uint8)).bits == 8 * (HEAD + 13 + 78400)


def test_a_known_message_is_known_bytes():
    payload = struct.pack("<If", 258, 0.5)
    head = b"PM\x03\x00"
    check = struct.pack("<I", zlib.crc32(head + payload))
    assert SeedAndScalars(258, (0.5,)).to_bytes() == head + check + payload


@settings(deadline=None, max_examples=50)
@given(st.integers(0, 2**32 - 1), st.lists(st.floats(width=32, allow_nan=False), max_size=5))
def test_seeds_and_scalars_are_exact(seed, scalars):
    if any(abs(s) == float("inf") for s in scalars):
        with pytest.raises(DataError, match="not finite"):
            SeedAndScalars(seed, tuple(scalars))
        return
    message = SeedAndScalars(seed, tuple(scalars))
    assert SeedAndScalars.from_bytes(message.to_bytes()) == message


@settings(deadline=None, max_examples=50)
@given(st.data())
def test_samples_and_labels_are_exact(data):
    shape = data.draw(st.lists(st.integers(0, 4), min_size=1, max_size=4))
    draw = torch.Generator().manual_seed(data.draw(st.integers(0, 99)))
    queries = Queries(torch.randint(256, shape, generator=draw, dtype=torch.uint8))
    assert torch.equal(Queries.from_bytes(queries.to_bytes()).samples, queries.samples)
    classes = data.draw(st.integers(1, 2**16))
    labels = Labels(torch.randint(classes, (shape[0],), generator=draw), classes)
    heard = Labels.from_bytes(labels.to_bytes())
    assert heard.classes == classes
    assert torch.equal(heard.labels, labels.labels)


@settings(deadline=None, max_examples=50)
@given(st.sampled_from(examples()), st.data())
def test_a_damaged_message_is_refused_in_one_line(message, data):
    whole = message.to_bytes()
    where = data.draw(st.integers(0, len(whole) - 1))
    flipped = bytearray(whole)
    flipped[where] ^= data.draw(st.integers(1, 255))
    for wrong in (bytes(flipped), whole[:where], whole + b"\x00", whole[1:]):
        with pytest.raises(DataError) as error:
            Message.from_bytes(wrong)
        assert "\n" not in str(error.value)


@settings(deadline=None, max_examples=50)
@given(st.binary(max_size=40), st.integers(1, 6), st.integers(0, 4))
def test_bytes_that_only_claim_to_be_a_message_are_refused_too(payload, kind, codec):
    head = bytes((80, 77, kind, codec))
    data = head + struct.pack("<I", zlib.crc32(head + payload)) + payload
    # They may happen to be one; whatever else they are, the only error is ours.
    with contextlib.suppress(DataError):
        assert Message.from_bytes(data).number == kind


def test_a_message_of_another_kind_is_not_taken():
    labels = Labels(torch.tensor([1]), 2).to_bytes()
    with pytest.raises(DataError, match="a message of labels came where weights were expected"):
        Weights.from_bytes(labels)
    with pytest.raises(DataError, match="no message of ours"):
        Message.from_bytes(b"something else, longer")


def test_weights_go_into_an_identical_network_and_no_other():
    model, other = network(), network()
    with torch.no_grad():
        for p in other.parameters():
            p.zero_()
    said = Weights.of(model)
    with torch.no_grad():
        model[0].weight.zero_()  # it says what was said when it was said
    Weights.from_bytes(said.to_bytes()).load(other)
    assert torch.equal(other[0].weight, network()[0].weight)
    with pytest.raises(DataError, match="do not fit"):
        said.load(nn.Linear(3, 4))
    with pytest.raises(DataError, match="4 tensors with 26 numbers do not fit"):
        said.load(nn.Sequential(nn.Linear(3, 4), nn.Linear(2, 4)))


def test_a_gradient_is_of_what_learns():
    model = network()
    model[0].weight.requires_grad_(False)
    model[2](torch.ones(1, 4)).sum().backward()
    unused, weight, bias = Gradient.of(model).tensors
    assert unused.tolist() == [0, 0, 0, 0]
    assert weight.tolist() == [[1.0] * 4] * 2
    assert bias.tolist() == [1.0, 1.0]


def test_what_cannot_be_said_is_refused():
    with pytest.raises(DataError, match=r"soft targets of shape \(3,\)"):
        SoftTargets(torch.zeros(3))
    with pytest.raises(ConfigError, match=r"'fp61'.*fp16"):
        SoftTargets(torch.zeros(3, 2), "fp61")
    with pytest.raises(ConfigError, match="fp64"):
        Weights.of(network(), codec="fp64")
    with pytest.raises(DataError, match="from 0 to 9"):
        Labels(torch.tensor([10]), 10)
    with pytest.raises(DataError, match="give integers"):
        Labels(torch.tensor([1.0]), 10)
    with pytest.raises(DataError, match="70000 classes"):
        Labels(torch.tensor([1]), 70_000)
    with pytest.raises(DataError, match="give uint8"):
        Queries(torch.zeros(3))
    with pytest.raises(DataError, match="does not fit 32 bits"):
        SeedAndScalars(-1, ())
    with pytest.raises(DataError, match="not finite"):
        Gradient((torch.tensor([float("nan")]),)).to_bytes()
