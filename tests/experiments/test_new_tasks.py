"""The rows of new tasks fail where nothing carries over, and the figure shows what was measured."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch

from pellucid.experiments import new_tasks as nt
from pellucid.reasoning.learned.function_family import FunctionFamily, Sequences
from pellucid.studio.figures import new_tasks as figure

PLAN = replace(nt.PLANS["short"], counts=(4, 64))


def errors(new, samples, head=8.0, scratch=50.0):
    said = {nt.OLD: samples, nt.SAMPLES: samples, nt.TASKS: new, nt.UNTRAINED: 100.0}
    best = {nt.RIDGE: 3.0, nt.KNOWN: 20.0}
    return nt.Errors(said, {"head": head, "all": 40.0, "scratch": scratch}, best)


def verdicts(few, many):
    return [row.holds for row in nt.rows(PLAN, {4: few, 64: many}) if row.bar is not None]


def test_bars_of_new_tasks_fall_one_by_one():
    few = [errors(100.0 + k, 10.0) for k in range(3)]
    many = [errors(20.0 + k, 19.0, head=8.0 + k) for k in range(3)]
    assert verdicts(few, many) == [True] * 4
    assert verdicts(few, [errors(60.0, 59.0)] * 3) == [False, True, True, True]
    assert verdicts([errors(10.0, 10.0)] * 3, many) == [True, False, True, True]
    assert verdicts(few, [errors(30.0, 20.0)] * 3) == [True, True, False, True]
    same = [errors(20.0, 19.0, head=50.0)] * 3
    assert verdicts(few, same) == [True, True, True, False]


def test_the_most_tasks_that_are_too_few_are_named():
    found = {4: [errors(100.0, 10.0)], 16: [errors(24.0, 20.0)], 64: [errors(20.0, 19.0)]}
    [row] = [row for row in nt.rows(PLAN, found) if row.published]
    assert row.measured.value == 16
    assert "4.0 from 16 tasks, 1.0 from 64" in row.note
    [row] = [row for row in nt.rows(PLAN, {4: [errors(5.0, 4.0)] * 2}) if row.published]
    assert row.measured.value == 0


def test_errors_are_shares_of_the_mean_square():
    shown = Sequences(torch.zeros(2, 2), torch.zeros(2, 2), torch.tensor([[9.0, 2.0], [9.0, -2.0]]))
    assert nt.error(torch.zeros(2), shown) == 100.0
    assert nt.error(torch.tensor([1.0, -2.0]), shown) == pytest.approx(12.5)


def test_each_way_is_given_the_rate_that_is_best_for_other_tasks(monkeypatch):
    draw = torch.Generator().manual_seed(0)
    family = FunctionFamily()
    validation = family.sample(family.tasks(5, draw), 4, draw)
    new = family.sample(family.tasks(5, draw), 4, draw)
    asked = []

    def adapt(shared, shown, start, config, *, learning_rate, seed):
        asked.append((shown is validation, learning_rate, seed))
        return shown.true[:, -1] + abs(learning_rate - 1e-2)

    monkeypatch.setattr(nt, "adapt", adapt)
    assert nt._adapted(PLAN, (), validation, new, "head") == 0.0
    assert asked == [*((True, rate, 0) for rate in nt.RATES), (False, 1e-2, 1)]


def test_the_figure_of_new_tasks_shows_every_seed():
    found = {4: [errors(100.0, 10.0), errors(80.0, 20.0)], 64: [errors(20.0, 19.0)] * 2}
    asked, ways = figure.draw(*nt._drawn(found)).axes
    lines = {line.get_label(): list(line.get_ydata()) for line in (*asked.lines, *ways.lines)}
    assert lines[nt.SAMPLES] == [15.0, 19.0]
    assert lines[nt.TASKS] == [90.0, 20.0]
    assert lines["in context"] == [90.0, 20.0]
    assert lines["head adapted"] == [8.0, 8.0]
    assert lines["from scratch"] == [50.0, 50.0]
    assert any(80.0 in line.get_ydata() for line in asked.lines)
