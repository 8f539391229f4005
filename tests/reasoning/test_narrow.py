"""Wide networks made narrow: equal in exact arithmetic, and not merely close."""

from __future__ import annotations

from fractions import Fraction

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from pellucid.errors import ConfigError, DataError
from pellucid.reasoning.exact_network import Affine, ExactNetwork
from pellucid.reasoning.narrow import narrow

fractions = st.fractions(min_value=-4, max_value=4, max_denominator=12)


@st.composite
def wide_networks(draw):
    d, n, m = draw(st.integers(1, 3)), draw(st.integers(1, 6)), draw(st.integers(1, 2))
    numbers = lambda rows, columns: [[draw(fractions) for _ in range(columns)] for _ in range(rows)]  # noqa: E731
    hidden = Affine.of(numbers(n, d), numbers(1, n)[0])
    return ExactNetwork((hidden, Affine.of(numbers(m, n), numbers(1, m)[0])))


def by_hand(network, point):
    hidden, last = network.layers
    units = [
        max(sum(w * x for w, x in zip(row, point, strict=True)) + b, Fraction(0))
        for row, b in zip(hidden.weight, hidden.bias, strict=True)
    ]
    return [
        sum(w * h for w, h in zip(row, units, strict=True)) + b
        for row, b in zip(last.weight, last.bias, strict=True)
    ]


@settings(max_examples=60, deadline=None)
@given(wide_networks(), st.data())
def test_a_narrow_network_is_equal_everywhere_and_on_the_box(network, data):
    d, m = network.layers[0].inputs, network.layers[1].outputs
    points = data.draw(st.lists(st.tuples(*[fractions] * d), min_size=1, max_size=5))
    far = [[x * 1000 + 7 for x in point] for point in points]
    true = [by_hand(network, point) for point in points]
    assert network(points) == true
    everywhere, on_box = narrow(network), narrow(network, box=4)
    assert everywhere(points) == true
    assert everywhere(far) == network(far)
    assert on_box(points) == true
    n = network.widths[0]
    for deep, copies in ((everywhere, 2 * d), (on_box, d)):
        assert len(deep.widths) == n
        assert max(deep.widths) <= copies + 1 + 2 * m


def test_widths_and_weights_are_those_of_the_construction():
    wide = ExactNetwork.of(nn.Sequential(nn.Linear(5, 60), nn.ReLU(), nn.Linear(60, 1)))
    assert wide.size == wide.nonzero == 60 * 6 + 61
    box, everywhere = narrow(wide, box=3), narrow(wide)
    assert box.widths == (6, *[8] * 58, 3)
    assert everywhere.widths == (11, *[13] * 58, 3)
    assert box.nonzero < 2.1 * wide.nonzero  # each weight of the layer, 5 copies, and 3 sums


def test_outside_of_its_box_it_may_differ():
    wide = ExactNetwork((Affine.of([[1], [-1]], [0, 0]), Affine.of([[1, 1]], [0])))  # |x|
    deep = narrow(wide, box=1)
    assert deep([[-1], [1], [Fraction(1, 3)]]) == [[1], [1], [Fraction(1, 3)]]
    assert deep([[-3]]) != wide([[-3]])


def test_the_test_for_equality_sees_a_changed_bit():
    torch.manual_seed(0)
    module = nn.Sequential(nn.Linear(3, 8), nn.ReLU(), nn.Linear(8, 1))
    wide = ExactNetwork.of(module)
    points = [[Fraction(k, 7), Fraction(1 - k, 3), k] for k in range(9)]
    with torch.no_grad():
        module[0].bias += 1e-7
    assert narrow(wide)(points) == wide(points)
    assert narrow(module)(points) != wide(points)


def test_it_is_the_network_that_torch_computes():
    torch.manual_seed(0)
    module = nn.Sequential(nn.Linear(2, 5), nn.ReLU(), nn.Linear(5, 3)).double()
    points = torch.randn(7, 2, dtype=torch.float64)
    exact = ExactNetwork.of(module)(points.tolist())
    torch.testing.assert_close(
        torch.tensor([[float(v) for v in row] for row in exact], dtype=torch.float64),
        module(points).detach(),
        rtol=1e-12,
        atol=1e-12,
    )
    deep = narrow(module).to_torch()
    torch.testing.assert_close(deep(points), module(points), rtol=1e-12, atol=1e-12)
    assert ExactNetwork.of(deep).widths == narrow(module).widths
    third = ExactNetwork((Affine.of([[Fraction(1, 3)]], [Fraction(2, 7)]),)).to_torch()
    assert third(torch.ones(1, dtype=torch.float64)).item() == pytest.approx(13 / 21, abs=1e-15)


def test_a_dead_unit_and_a_single_unit_are_narrowed_too():
    dead = ExactNetwork((Affine.of([[0], [1]], [-1, 0]), Affine.of([[5, 0]], [2])))
    assert narrow(dead)([[3], [-3]]) == [[2], [2]]
    single = ExactNetwork((Affine.of([[2]], [1]), Affine.of([[-3]], [4])))
    assert narrow(single).widths == (1,)
    assert narrow(single)([[1], [-9]]) == [[-5], [4]]


def test_what_cannot_be_narrowed_is_refused():
    deep = nn.Sequential(nn.Linear(1, 2), nn.ReLU(), nn.Linear(2, 2), nn.ReLU(), nn.Linear(2, 1))
    with pytest.raises(ConfigError, match="2 hidden layers"):
        narrow(deep)
    with pytest.raises(ConfigError, match="Linear, Tanh, Linear"):
        narrow(nn.Sequential(nn.Linear(1, 2), nn.Tanh(), nn.Linear(2, 1)))
    shallow = nn.Sequential(nn.Linear(1, 2), nn.ReLU(), nn.Linear(2, 1))
    with pytest.raises(ConfigError, match="box is 0"):
        narrow(shallow, box=0)
    with pytest.raises(DataError, match="points have 2 coordinates, the network takes 1"):
        narrow(shallow)([[1, 2]])
    with torch.no_grad():
        shallow[0].weight[0, 0] = float("nan")
    with pytest.raises(DataError, match="not finite"):
        narrow(shallow)
    with pytest.raises(ConfigError, match="as many rows"):
        Affine.of([[1]], [1, 2])
    with pytest.raises(ConfigError, match="as the one before"):
        ExactNetwork((Affine.of([[1]], [1]), Affine.of([[1, 2]], [1])))
