"""The rows of depth against width fail where what they claim does."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest
import torch

from pellucid.experiments import depth_width
from pellucid.reasoning.exact_network import Affine, ExactNetwork
from pellucid.studio.figures import depth_width as figure


def test_a_comparison_counts_points_that_differ(monkeypatch):
    found = depth_width.compare(2, 5, 40, seed=0)
    assert (found.on_box, found.everywhere) == (0, 0)
    assert found.outside > 20
    assert found.changed > 10
    assert found.widths == (5, 7)

    def wrong(network, *, box=None):
        hidden, last = network.layers
        moved = replace(last, bias=(last.bias[0] + Fraction(1, 2**60),))
        return ExactNetwork((hidden, moved))

    monkeypatch.setattr(depth_width, "narrow", wrong)
    assert depth_width.compare(2, 5, 40, seed=0).on_box == 40


def test_a_bar_is_missed_by_one_point():
    found = depth_width.compare(1, 8, 20, seed=0)
    rows = depth_width._narrow_rows(0, found, 20)
    assert all(row.holds for row in rows)
    rows = depth_width._narrow_rows(0, replace(found, on_box=1), 20)
    assert [row.holds for row in rows] == [False, True, True]


def test_teeth_are_counted_and_one_layer_is_equal_to_them():
    assert depth_width.count(5) == (32, 1)


@pytest.mark.parametrize(("x", "y"), [(0, 0), (1 / 8, 1), (1 / 4, 0), (1 / 16, 0.5), (7 / 8, 1)])
def test_the_target_is_the_sawtooth_that_is_counted(x, y):
    target = depth_width.TARGETS["sawtooth of 8 pieces"]
    assert target(torch.tensor(float(x))).item() == pytest.approx(y)


def test_networks_side_by_side_learn_a_line(monkeypatch):
    monkeypatch.setitem(depth_width.TARGETS, "line", lambda x: 3 * x - 1)
    found = depth_width._trained("line", 1, 4, 80)
    assert len(found.percent) == 4
    assert max(found.percent) < 60
    assert len(set(found.percent)) == 4  # seeds differ


def test_the_figure_shows_what_was_counted():
    drawn = figure.draw(
        figure.DepthWidth({2: 2, 4: 4, 6: 8}, {"a": {5: 2.0}}, {"t": {1: [50.0, 70.0]}}, 24)
    )
    counts, cost, trained = drawn.axes
    assert list(counts.lines[0].get_ydata()) == [2, 4, 8]
    assert list(counts.lines[1].get_ydata()) == [3, 5, 7]
    assert list(cost.lines[0].get_ydata()) == [2.0]
    assert list(trained.lines[0].get_ydata()) == [60.0]


def test_weights_of_the_wide_network_are_counted():
    wide = ExactNetwork((Affine.of([[1, 1]] * 3, [1] * 3), Affine.of([[1] * 3], [0])))
    assert wide.nonzero == 12
    assert wide.size == 13
