"""What a Forward-Forward network says is what is written, and its short cuts change nothing."""

import math

import pytest
import torch

from pellucid.errors import ConfigError, DataError
from pellucid.networks import ForwardForward
from pellucid.networks.forward_forward import direction, goodness

SHAPE, CLASSES, LENGTH = (1, 4, 3), 5, 0.7


def network(**settings):
    torch.manual_seed(0)
    given = {"widths": (8, 7, 6), "label_length": LENGTH, **settings}
    return ForwardForward(SHAPE, CLASSES, **given).double()


@pytest.fixture
def pictures():
    draw = torch.Generator().manual_seed(1)
    return torch.randn(9, *SHAPE, generator=draw, dtype=torch.float64)


def by_hand(model, x, k):
    """Goodness of each layer for one picture with label k, every product written out."""
    first, *above = model.layers
    pixels = x.flatten()
    told = torch.zeros(CLASSES, dtype=x.dtype)
    told[k] = LENGTH * math.sqrt(len(pixels))
    seen = torch.cat((pixels / pixels.square().mean().sqrt(), told))
    weight = torch.cat((first.picture.weight, first.label.weight), 1)
    h = (weight @ seen + first.picture.bias).clamp_min(0)
    found = [h.square().sum() / len(h)]
    for layer in above:
        h = (layer.linear.weight @ (h / h.square().mean().sqrt()) + layer.linear.bias).clamp_min(0)
        found.append(h.square().sum() / len(h))
    return torch.stack(found)


@torch.no_grad()
@pytest.mark.parametrize("skip_first", [False, True])
def test_scores_are_those_of_each_label_by_itself(pictures, skip_first):
    model = network(skip_first=skip_first)
    said = [[by_hand(model, x, k)[skip_first:].sum() for k in range(CLASSES)] for x in pictures]
    naive = torch.tensor(said, dtype=torch.float64)
    found = model(pictures)
    assert torch.allclose(found, naive, rtol=1e-12, atol=0)
    assert torch.equal(found.argmax(1), naive.argmax(1))
    # And they differ between labels by far more than rounding.
    assert (naive.max(1).values - naive.min(1).values).min() > 1e-3


@torch.no_grad()
def test_labels_asked_for_together_are_as_if_asked_for_alone(pictures):
    model = network()
    labels = torch.randint(CLASSES, (9, 3), generator=torch.Generator().manual_seed(2))
    together = model.activities(pictures, labels)
    for place in range(3):
        alone = model.activities(pictures, labels[:, place : place + 1])
        for one, other in zip(together, alone, strict=True):
            assert torch.allclose(one[:, place], other[:, 0], rtol=1e-12, atol=1e-15)


@torch.no_grad()
def test_a_picture_is_looked_at_once_for_all_labels(pictures):
    model, rows = network(), []
    model.layers[0].picture.register_forward_hook(lambda _, given, __: rows.append(len(given[0])))
    model(pictures)
    assert rows == [9]


def test_only_the_direction_is_passed_on(pictures):
    model = network()
    h = torch.rand(4, 2, 8, dtype=torch.float64)
    lengths = torch.rand(4, 2, 1, dtype=torch.float64) + 0.1
    assert torch.allclose(model.layers[1](lengths * h), model.layers[1](h), rtol=1e-12)
    assert torch.allclose(model(3 * pictures), model(pictures), rtol=1e-12)
    assert torch.allclose(direction(h).square().mean(-1), torch.ones(4, 2).double(), rtol=1e-12)
    # What is not passed on is what the layer is judged by.
    assert torch.allclose(goodness(3 * h), 9 * goodness(h))


def test_a_layer_of_which_no_unit_speaks_is_zero_and_does_no_harm():
    dead = torch.zeros(2, 8, requires_grad=True)
    direction(dead).sum().backward()
    assert torch.equal(direction(dead), torch.zeros(2, 8))
    assert dead.grad.isfinite().all()
    assert network()(torch.zeros(2, *SHAPE).double()).isfinite().all()


def test_the_label_is_as_long_as_was_asked_for(pictures):
    model = network()
    told = model.told(pictures, torch.full((9, 1), 3))
    assert torch.equal(told[:, :12], pictures.flatten(1))
    assert torch.equal(told[:, 12:], torch.eye(5).double()[3].expand(9, -1))
    first = model.layers[0]
    given = []
    first.label.register_forward_hook(lambda _, inputs, __: given.append(inputs[0]))
    first(told)
    lengths = direction(pictures.flatten(1)).norm(dim=1)
    assert torch.allclose(given[0].norm(dim=2)[:, 0], LENGTH * lengths, rtol=1e-12)


def test_weights_are_drawn_by_torchs_generator_label_and_pixels_alike():
    one, other = network(), network()
    for a, b in zip(one.parameters(), other.parameters(), strict=True):
        assert torch.equal(a, b)
    first = ForwardForward((3, 16, 16), 10, widths=(400,)).layers[0]
    expected = 1 / math.sqrt(3 * 768)
    assert float(first.picture.weight.detach().std()) == pytest.approx(expected, rel=0.02)
    assert float(first.label.weight.detach().std()) == pytest.approx(expected, rel=0.05)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"widths": ()}, r"widths=\(\) must name a layer"),
        ({"widths": (8, 0)}, r"widths=\(8, 0\)"),
        ({"label_length": 0.0}, r"label_length=0\.0"),
        ({"widths": (8,), "skip_first": True}, "leaves no layer to score by"),
    ],
)
def test_settings_are_checked(settings, message):
    with pytest.raises(ConfigError, match=message):
        network(**settings)
    with pytest.raises(ConfigError, match="classes=1"):
        ForwardForward(SHAPE, 1)


@pytest.mark.parametrize(
    ("shape", "labels", "message"),
    [
        ((9, 1, 3, 4), torch.zeros(9, 1, dtype=torch.int64), r"\(1, 3, 4\) do not fit"),
        ((9, *SHAPE), torch.zeros(9, dtype=torch.int64), r"give \(9, L\)"),
        ((9, *SHAPE), torch.zeros(8, 1, dtype=torch.int64), r"\(8, 1\) do not fit 9 pictures"),
        ((9, *SHAPE), torch.full((9, 1), 5), "outside of 0 to 4"),
        ((9, *SHAPE), torch.full((9, 1), -1), "outside of 0 to 4"),
    ],
)
def test_pictures_and_labels_are_checked(shape, labels, message):
    with pytest.raises(DataError, match=message):
        network().activities(torch.ones(shape).double(), labels)
