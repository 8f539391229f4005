import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from pellucid.hardware.crossbar import seen_through_wires


def solved(g, resistance, volts):
    """The current of one column by Kirchhoff's laws, node by node."""
    count = len(g)
    laws = torch.diag(g)
    wire = 1 / resistance
    for i in range(count):
        laws[i, i] += wire  # towards the converter
        if i:
            laws[i, i - 1] -= wire
            laws[i - 1, i] -= wire
            laws[i - 1, i - 1] += wire
    nodes = torch.linalg.solve(laws, g * volts)
    return nodes[0] * wire


@given(st.integers(1, 12), st.floats(0.01, 1e4), st.integers(0, 2**16))
def test_it_is_the_current_that_kirchhoff_says(count, resistance, seed):
    draw = torch.Generator().manual_seed(seed)
    g = 1e-4 * torch.rand(count, generator=draw, dtype=torch.float64)
    volts = torch.randn(count, generator=draw, dtype=torch.float64)
    seen = seen_through_wires(g.unsqueeze(1), resistance).squeeze(1)
    expected = solved(g, resistance, volts)
    assert float(seen @ volts) == pytest.approx(float(expected), rel=1e-6, abs=1e-12)


def test_without_resistance_wires_do_nothing_and_far_cells_lose_most():
    g = torch.full((2, 50, 3), 25e-6)
    assert torch.equal(seen_through_wires(g, 0.0), g)
    seen = seen_through_wires(g, 10.0)
    assert seen.shape == g.shape
    assert (seen[:, 1:] < seen[:, :-1]).all()
    assert (seen < g).all()
