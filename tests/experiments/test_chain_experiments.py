"""What the experiments of chains count, and that their rows fail where the claim does."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from pellucid.experiments import chain_of_thought, emergence, error_accumulation
from pellucid.experiments import learn_big_keep_small as big
from pellucid.experiments.chain_jobs import (
    ARITHMETIC,
    EDITS,
    EQUATIONS,
    ChainMeasure,
    Mixture,
    make_task,
)
from pellucid.experiments.rows import Settings
from pellucid.reasoning.tasks import PrefixArithmetic
from pellucid.studio.figures import chain_of_thought as chain_figure
from pellucid.studio.figures import emergence as emergence_figure
from pellucid.studio.figures import error_accumulation as error_figure
from pellucid.studio.figures import kept_small

SETTINGS = Settings(seeds=2, output=Path("nowhere"))


@pytest.mark.parametrize("task", [ARITHMETIC, EQUATIONS, EDITS])
def test_all_sizes_of_a_task_have_one_vocabulary(task):
    assert make_task(task, 5).vocabulary == make_task(task, 4).vocabulary


def test_a_step_has_problems_of_one_size_and_all_sizes_come():
    source = Mixture([make_task(ARITHMETIC, n) for n in (2, 4)], "chain")
    random = np.random.default_rng(0)
    batches = [source(random, 3) for _ in range(20)]
    assert {tuple(batch.question) for batch in batches} == {(3,) * 3, (5,) * 3}


def measures(plan, **changed):
    """As if every training had ended so."""
    found = {}
    for job in chain_of_thought.make_jobs(plan, SETTINGS):
        direct = job.form == "direct"
        sizes = {job.sizes[-1], *job.asked}
        right = {str(n): 143 if direct else 1000 for n in sizes}
        seconds = 80.0 if job.name == "direct" else 15.0
        found[job.name] = ChainMeasure(job.name, 0, right, 1000, 0.0, 1, seconds)
    return found | changed


def verdicts(found):
    plan = chain_of_thought.PLANS["short"]
    rows = [
        *chain_of_thought._arithmetic(plan, SETTINGS, found),
        *chain_of_thought._other_tasks(found),
    ]
    return [row.holds for row in rows if row.bar is not None]


def test_bars_of_chains_fall_one_by_one():
    plan = chain_of_thought.PLANS["short"]
    found = measures(plan)
    assert all(verdicts(found))
    chained, direct = found["chained-1"], found["direct"]
    for name, wrong, missed in (
        ("chained-1", replace(chained, right={"12": 980}), [0]),
        ("chained-1", replace(chained, cpu_seconds=61.0), [1, 3]),
        ("direct", replace(direct, right={"12": 180}), [2]),
        ("direct", replace(direct, cpu_seconds=50.0), [3]),
        ("equations-chain", replace(found["equations-chain"], right={"3": 980}), [4]),
        ("edit-distance-direct", replace(found["edit-distance-direct"], right={"5": 701}), [7]),
    ):
        held = verdicts(found | {name: wrong})
        assert [k for k, holds in enumerate(held) if not holds] == missed, name


def test_simulated_chains_are_as_the_formulas_say():
    plan = error_accumulation.Plan(error=0.2, retries=1, false_accept=0.5)
    plan = replace(plan, simulated=1500)
    found = error_accumulation.simulate(plan, 4, seed=0)
    assert found.alone / 1500 == pytest.approx(0.8**4, abs=0.04)
    assert found.retried / 1500 == pytest.approx(0.96**4, abs=0.04)
    assert found.imperfect / 1500 == pytest.approx((0.8 / 0.9) ** 4, abs=0.04)
    assert found.work == pytest.approx(1.2 * sum(0.96**k for k in range(4)), rel=0.03)


def test_the_first_wrong_step_is_counted():
    task = PrefixArithmetic(7, 3)
    problem = "+3 *2 -1 ="  # 3 6 5
    first = error_accumulation.first_wrong
    assert first(task, problem, ("3", "6", "5")) == 4
    assert first(task, problem, ("3", "0", "5")) == 2
    assert first(task, problem, ("3", "6")) == 3
    assert first(task, problem, ()) == 1


def test_rows_of_accumulation_miss_their_bars():
    plan = error_accumulation.PLANS["short"]
    good = error_accumulation.Trained(2.0, 1000, 990, {"24": 300}, 400, 1000, 0, 1.1, 0.1, 9.0)
    rows = error_accumulation._trained_rows(plan, [good, good])
    assert [row.holds for row in rows] == [True, True, True, None]
    assert rows[3].published[0].value == pytest.approx(100 * 0.9**24)
    bad = replace(good, answered=700, verified=990, unknown=10, work=3.0)
    rows = error_accumulation._trained_rows(plan, [good, bad])
    assert [row.holds for row in rows] == [False, False, False, None]
    off = error_accumulation.Simulated(1000, 700, 950, 750, 8.0)
    rows = error_accumulation._simulated_rows(plan, {8: off})
    assert [row.holds for row in rows[:3]] == [False, True, False]


def test_small_networks_that_learn_alone_leave_no_gap():
    plan = replace(big.PLANS["short"], small=(8,))
    taught = {big.LABELS: {8: [50.0, 52.0, 51.0]}, big.LAST: {8: [50.0] * 3}}
    rows = big.rows(plan, [100.0] * 3, taught | {big.WAY: {8: [99.0, 98.0, 99.0]}})
    assert [row.holds for row in rows if row.bar] == [True, True]
    rows = big.rows(plan, [80.0] * 3, taught | {big.WAY: {8: [50.0, 53.0, 51.0]}})
    assert [row.holds for row in rows if row.bar] == [False, False]


def test_a_break_that_both_measures_have_is_no_mirage():
    plan = emergence.PLANS["short"]
    scales = list(range(100, 2000, 100))
    noise = np.random.default_rng(0).normal(0, 0.05, len(scales))
    smooth = 1 - np.log(scales) + noise
    sharp = {1: [[0.5 + 0.02 * k] for k in range(19)], 4: [[float(k >= 9)] for k in range(19)]}
    nats = [[float(np.exp(v))] for v in smooth]
    held = [row.holds for row in emergence.rows(plan, scales, nats, sharp) if row.bar]
    assert held == [True, True, True]
    broken = [[float(np.exp(v - 2 * (k >= 9)))] for k, v in enumerate(smooth)]
    held = [row.holds for row in emergence.rows(plan, scales, broken, sharp) if row.bar]
    assert held[0] is False


def test_figures_show_what_was_measured():
    chains = chain_figure.Chains(
        {2: 100.0, 4: 99.0},
        {1: {2: 50.0, 4: 15.0}},
        4,
        {"a": {4: 99.0, 8: 70.0}},
        {"t": (99.0, 12.0)},
        14.3,
    )
    sweep, far, tasks = chain_figure.draw(chains).axes
    assert [list(line.get_ydata()) for line in sweep.lines[:2]] == [[100.0, 99.0], [50.0, 15.0]]
    assert list(far.lines[0].get_ydata()) == [99.0, 70.0]
    assert [bar.get_height() for bar in tasks.patches] == [99.0, 12.0]
    drawn = error_figure.draw(
        error_figure.Accumulation(
            {"alone": {1: 0.9, 2: 0.8}},
            (lambda n: 0.9**n,),
            [error_figure.Trained({1: 0.7, 2: 0.5}, 0.3, 1.0)],
            {"whole": {1: 10.0, 2: 80.0}, "written": {1: 40.0, 2: 50.0}},
        )
    )
    simulated, trained, whole = drawn.axes
    assert [list(line.get_ydata()) for line in whole.lines] == [[10.0, 80.0], [40.0, 50.0]]
    assert list(simulated.lines[0].get_ydata()) == pytest.approx([90.0, 81.0])
    assert list(simulated.lines[1].get_ydata()) == [90.0, 80.0]
    assert list(trained.lines[0].get_ydata()) == pytest.approx([70.0, 49.0])
    assert list(trained.lines[1].get_ydata()) == [70.0, 50.0]
    [panel] = kept_small.draw({"way": {8: [60.0, 80.0]}}, large=(64, [100.0, 99.0])).axes
    assert list(panel.lines[0].get_ydata()) == [70.0]
    drawn = emergence_figure.draw(
        emergence_figure.Emergence([1, 2], [[1.0, 0.5], [0.1, 0.1]], {9: [[0.0], [1.0]]})
    )
    continuous, thresholded = drawn.axes
    assert list(continuous.lines[0].get_ydata()) == [0.75, 0.1]
    assert list(thresholded.lines[0].get_ydata()) == [0.0, 100.0]
