import math
from itertools import pairwise

import pytest
import torch

from pellucid.hardware.cells import CELLS, Cells, Ideal

DAY, YEAR = 86_400.0, 365 * 86_400.0


def many(kind, microsiemens, count=200_000):
    model = CELLS[kind]
    target = torch.full((count,), microsiemens, dtype=torch.float64)
    return model, model.program(target, torch.Generator().manual_seed(0))


def test_phase_change_cells_are_written_with_the_published_noise():
    _, cells = many("pcm", 12.5)
    expected = 0.26348 + 1.9650 / 2 - 1.1731 / 4  # 0.952
    assert float(cells.written.std()) == pytest.approx(expected, rel=0.01)
    assert float(cells.written.mean()) == pytest.approx(12.5, abs=0.01)


def test_phase_change_cells_drift_as_measured():
    # Shares that an independent implementation (aihwkit 1.1.0) left of 12.5 microsiemens.
    model, cells = many("pcm", 12.5)
    for seconds, left in ((25.0, 0.96), (DAY, 0.665), (YEAR, 0.50)):
        found = model.conductance(cells, seconds).mean() / 12.5
        assert float(found) == pytest.approx(left, abs=0.02)


def test_drift_is_a_power_of_time_with_one_exponent_a_cell():
    model, cells = many("pcm", 5.0, count=100)
    g = [model.conductance(cells, t) for t in (0.0, 180.0, 1980.0)]
    assert torch.allclose(g[0], cells.written)
    # 1, 10 and 100 times t0 since the start: each decade takes away the same share.
    assert torch.allclose(g[1] / g[0], g[2] / g[1])
    assert torch.allclose(g[1] / g[0], 10 ** (-cells.fate))


def test_reads_tremble_more_as_time_passes():
    model, cells = many("pcm", 12.5, count=10)
    early, late = (model.read_noise(cells, t) / model.conductance(cells, t) for t in (0.0, YEAR))
    share = 0.0088 * (cells.written / 25) ** -0.65
    assert torch.allclose(early, share * math.sqrt(math.log((20 + 250e-9) / 500e-9)))
    assert (late > early).all()


def test_resistive_cells_spread_as_published_at_its_times():
    model, cells = many("reram", 20.0)
    for seconds, c in zip(model.times, model.coefficients, strict=True):
        expected = sum(value / 2**power for power, value in enumerate(c))
        found = model.conductance(cells, seconds)
        assert float(found.std()) == pytest.approx(expected, rel=0.01)
    assert torch.equal(model.conductance(cells, 0.0), model.conductance(cells, 1.0))
    assert torch.equal(model.conductance(cells, YEAR), model.conductance(cells, 2 * DAY))


def test_a_resistive_cell_keeps_its_side():
    model, cells = many("reram", 20.0, count=1000)
    hours = [model.conductance(cells, h * 3600.0) - 20 for h in (1, 5, 24, 40)]
    for earlier, later in pairwise(hours):
        assert (earlier.sign() == later.sign()).all()


def test_ideal_cells_are_what_was_asked_for():
    model = Ideal(10.0)
    target = torch.tensor([0.0, 3.0, 10.0])
    cells = model.program(target, torch.Generator())
    assert torch.equal(model.conductance(cells, YEAR), target)
    assert not model.read_noise(cells, YEAR).any()


@pytest.mark.parametrize("kind", sorted(CELLS))
def test_all_models_are_finite_and_not_negative_over_their_range(kind):
    model = CELLS[kind]
    target = torch.linspace(0, model.g_max, 101).repeat(50, 1)
    cells = model.program(target, torch.Generator().manual_seed(1))
    for seconds in (0.0, 1.0, DAY, 5 * YEAR):
        for values in (model.conductance(cells, seconds), model.read_noise(cells, seconds)):
            assert torch.isfinite(values).all()
            assert (values >= 0).all()


def test_some_cells_can_be_written_anew():
    model, cells = many("pcm", 5.0, count=4)
    other = model.program(torch.full((4,), 9.0, dtype=torch.float64), torch.Generator())
    where = torch.tensor([True, False, False, True])
    mixed = cells.replaced(where, other)
    assert isinstance(mixed, Cells)
    assert mixed.target.tolist() == [9, 5, 5, 9]
    assert torch.equal(mixed.fate[where], other.fate[where])
    assert torch.equal(mixed.written[~where], cells.written[~where])
