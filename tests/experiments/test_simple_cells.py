import numpy as np
import pytest
import torch

from pellucid.experiments.simple_cells import PHASES, _gratings, _modulation
from pellucid.networks.gabor import Gabors, fit_gabors

NUMBERS = {
    "x": 0.0,
    "y": 0.0,
    "across": 2.5,
    "along": 2.5,
    "frequency": 0.2,
    "phase": 30.0,
    "amplitude": 1.0,
    "r2": 1.0,
}


def cells(*orientations, size=14):
    """Round cells of 0.2 cycles a pixel, with stripes at some orientations."""
    count = len(orientations)
    each = {
        name: torch.full((count,), value, dtype=torch.float64) for name, value in NUMBERS.items()
    }
    fits = Gabors(orientation=torch.tensor(orientations, dtype=torch.float64), **each)
    return fits, fits.draw(size, size)


def test_a_grating_is_what_its_cell_prefers():
    fits, drawn = cells(0.0, 30.0, 90.0, 150.0)
    gratings = _gratings(fits, 14)
    assert gratings.shape == (4, PHASES, 196)
    responses = np.abs(drawn.flatten(1).numpy() @ gratings.transpose(0, 2, 1)).max(
        -1
    )  # grating, cell
    own = responses.diagonal()
    assert (responses.argmax(1) == np.arange(4)).all()
    assert (responses - np.diag(own)).max() < 0.3 * own.min()


def test_drawn_cells_are_found_again():
    fits, drawn = cells(10.0, 100.0, 170.0)
    again = fit_gabors(drawn)
    torch.testing.assert_close(again.orientation, fits.orientation, atol=0.1, rtol=0)
    assert again.r2.min() > 0.9999


def test_quadrature_pairs_do_not_feel_the_phase_and_single_cells_do():
    phase = 2 * np.pi * np.arange(PHASES) / PHASES
    responses = np.stack([np.cos(phase), np.sin(phase)], 1)[None].repeat(2, 0)  # (A, phases, A)
    assert _modulation(responses, np.array([[0, 1], [1, 0]])) == pytest.approx(0, abs=1e-9)
    assert _modulation(responses, np.array([[0], [1]])) == pytest.approx(1)
