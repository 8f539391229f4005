"""The circuits' rows fail where a circuit differs, and the figure shows what was counted."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from pellucid.experiments import circuit_view
from pellucid.reasoning.circuits import FixedConfig, compile_circuit, random_transformer
from pellucid.studio.figures import circuit_view as figure
from pellucid.studio.figures.circuit_view import Counted

GOOD = circuit_view.Compared({"8": 1.0}, {"8": 0.2}, 6561, 0, 900, {"and": 5})


def verdicts(found):
    rows = circuit_view._compared_rows(circuit_view.PLANS["short"], found)
    return [row.holds for row in rows]


def test_bars_of_circuits_fall_one_by_one():
    assert verdicts([GOOD, GOOD]) == [True, True, True]
    assert verdicts([GOOD, replace(GOOD, differ=1)]) == [False, True, True]
    assert verdicts([GOOD, replace(GOOD, chained={"8": 0.9})]) == [True, False, True]
    assert verdicts([GOOD, replace(GOOD, direct={"8": 0.4})]) == [True, True, False]


def test_a_depth_or_size_that_grows_too_fast_is_seen():
    plan = replace(circuit_view.PLANS["quick"], lengths=(2, 4, 8))
    counted = circuit_view.count(plan)
    held = [row.holds for row in circuit_view._counted_rows(counted) if row.bar]
    assert held == [True] * 5
    deeper = {n: replace(c, depth=c.depth + n) for n, c in counted["direct"].items()}
    held = [row.holds for row in circuit_view._counted_rows(counted | {"direct": deeper})]
    assert held[0] is False
    larger = {n: replace(c, size=2**n) for n, c in counted["chained"].items()}
    rows = circuit_view._counted_rows(counted | {"chained": larger})
    assert [row.holds for row in rows if "exponent" in row.quantity] == [True, True, True]
    larger = {n: replace(c, size=4**n) for n, c in counted["chained"].items()}
    rows = circuit_view._counted_rows(counted | {"chained": larger})
    assert [row.holds for row in rows if "exponent" in row.quantity] == [True, False, True]


def test_a_network_with_one_weight_changed_is_another():
    network = random_transformer(FixedConfig(), np.random.default_rng(1))
    tokens = np.random.default_rng(0).integers(8, size=(60, 3))
    changed = circuit_view.one_weight_changed(network)
    same, other = circuit_view.different(compile_circuit(network, 2), [network, changed], tokens)
    assert same == 0
    assert other > 0


def test_the_figure_shows_what_was_counted():
    counted = {"direct": {2: Counted(18, 30, 1), 4: Counted(18, 50, 1)}}
    right = {"direct": [{"1": 1.0, "2": 0.5}, {"1": 0.8, "2": 0.1}]}
    depth, size, answers = figure.draw(counted, right, chance=0.2).axes
    assert list(depth.lines[0].get_ydata()) == [18, 18]
    assert list(size.lines[0].get_ydata()) == [30, 50]
    assert list(answers.lines[0].get_ydata()) == [90.0, 30.0]
    assert list(answers.lines[-1].get_ydata()) == [20.0, 20.0]
