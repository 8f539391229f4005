"""Linear pieces, counted exactly."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pellucid.errors import ConfigError
from pellucid.reasoning.exact_network import Affine, ExactNetwork
from pellucid.reasoning.narrow import narrow
from pellucid.reasoning.sawtooth import pieces, sawtooth, shallow

fractions = st.fractions(min_value=-3, max_value=3, max_denominator=8)


@pytest.mark.parametrize("depth", range(1, 9))
def test_each_layer_doubles_the_teeth(depth):
    network = sawtooth(depth)
    found = pieces(network, 0, 1)
    assert len(found) == 2**depth
    assert network.widths == (2,) * depth
    for k, piece in enumerate(found):
        assert piece.begin == Fraction(k, 2**depth)
        assert piece.slope == (-1) ** k * 2**depth
    tips = network([[Fraction(k, 2**depth)] for k in range(2**depth + 1)])
    assert [row[0] for row in tips] == [k % 2 for k in range(2**depth + 1)]


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(fractions, fractions, fractions), min_size=1, max_size=6))
def test_a_hidden_layer_bends_once_a_unit_at_most_and_pieces_are_the_function(units):
    network = ExactNetwork((
        Affine.of([[w] for w, _, _ in units], [b for _, b, _ in units]),
        Affine.of([[v for _, _, v in units]], [0]),
    ))  # fmt: skip
    found = pieces(network, -5, 5)
    assert len(found) <= len(units) + 1
    assert all(a.end == b.begin and a.slope != b.slope for a, b in pairwise(found))
    for piece in found:
        for x in (piece.begin, (2 * piece.begin + piece.end) / 3, piece.end):
            assert network([[x]]) == [[piece.slope * x + piece.offset]]
    assert pieces(narrow(network), -5, 5) == found
    assert pieces(shallow(network, -5, 5), -5, 5) == found


def test_one_hidden_layer_takes_a_unit_for_each_piece():
    deep = sawtooth(6)
    wide = shallow(deep, 0, 1)
    assert wide.widths == (64,)
    assert pieces(wide, 0, 1) == pieces(deep, 0, 1)
    points = [[Fraction(k, 997)] for k in range(998)]
    assert wide(points) == deep(points)


def test_a_line_is_one_piece():
    line = ExactNetwork((Affine.of([[1], [-1]], [0, 0]), Affine.of([[1, -1]], [0])))
    [piece] = pieces(line, -1, 1)
    assert (piece.slope, piece.offset) == (1, 0)


def test_what_has_no_pieces_to_count_is_refused():
    with pytest.raises(ConfigError, match="one input"):
        pieces(ExactNetwork((Affine.of([[1, 2]], [0]),)), 0, 1)
    with pytest.raises(ConfigError, match="empty"):
        pieces(sawtooth(1), 1, 1)
    with pytest.raises(ConfigError, match="no teeth"):
        sawtooth(0)
