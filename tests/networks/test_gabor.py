import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from pellucid.errors import DataError
from pellucid.networks.gabor import _gabor, _grid, fit_gabors


def gabor(x=0.0, y=0.0, sx=2.0, sy=3.0, direction=30.0, f=0.15, phase=40.0, size=16, height=None):
    """A field from the formula itself; y points up."""
    height = height or size
    rows, columns = np.mgrid[:height, :size]
    dx, dy = columns - (size - 1) / 2 - x, (height - 1) / 2 - rows - y
    t = math.radians(direction)
    across, along = dx * np.cos(t) + dy * np.sin(t), -dx * np.sin(t) + dy * np.cos(t)
    envelope = np.exp(-(across**2) / (2 * sx**2) - along**2 / (2 * sy**2))
    wave = np.cos(2 * np.pi * f * across + math.radians(phase))
    return torch.from_numpy(envelope * wave)[None]


@settings(max_examples=15, deadline=None)
@given(
    x=st.floats(-3, 3),
    y=st.floats(-3, 3),
    sx=st.floats(1.5, 3),
    sy=st.floats(1.5, 4),
    direction=st.floats(-80, 80),
    f=st.floats(0.1, 0.3),
    phase=st.floats(-170, 170),
)
def test_the_parameters_of_a_gabor_are_found(x, y, sx, sy, direction, f, phase):
    field = 3 * gabor(x, y, sx, sy, direction, f, phase, size=18, height=17)
    fit = fit_gabors(field)
    assert fit.r2.item() > 0.9999
    assert (fit.draw(17, 18) - field).abs().max() < 0.03
    assert fit.x.item() == pytest.approx(x, abs=0.3)
    assert fit.y.item() == pytest.approx(y, abs=0.3)


def test_names_mean_what_they_say():
    fit = fit_gabors(2 * gabor(1, -2, 2, 3, 30, 0.15, 40))
    for name, value in {
        "x": 1,
        "y": -2,
        "across": 2,
        "along": 3,
        "frequency": 0.15,
        "orientation": 120,
        "phase": 40,
        "amplitude": 2,
        "cycles_across": 0.3,
        "cycles_along": 0.45,
    }.items():
        assert getattr(fit, name).item() == pytest.approx(value, rel=1e-3), name
    vertical = fit_gabors(gabor(direction=0))
    assert vertical.orientation.item() == pytest.approx(90, abs=0.1)


def test_bandwidths_are_those_of_the_spectrum():
    """Half amplitude is read off the Fourier transform of the function itself."""
    f, sx, sy = 0.2, 3.0, 2.5
    fit = fit_gabors(gabor(sx=sx, sy=sy, direction=0, f=f, phase=0, size=32))
    size = 4096
    row = gabor(sx=sx, sy=sy, direction=0, f=f, phase=0, size=64)[0, 32]
    spectrum = torch.fft.rfft(row, n=size).abs()
    passed = torch.nonzero(spectrum > spectrum.max() / 2).flatten() / size
    octaves = float((passed.max() / passed.min()).log2())
    assert fit.octaves.item() == pytest.approx(octaves, rel=0.02)
    # Along a circle of radius f the spectrum falls to one half at half the width of orientations.
    away = math.sqrt(2 * math.log(2)) / (2 * math.pi * sy)
    assert fit.degrees.item() == pytest.approx(2 * math.degrees(math.atan2(away, f)), rel=1e-3)
    blob = fit_gabors(gabor(sx=1.5, sy=1.5, f=0.01))
    assert blob.octaves.item() == math.inf


def test_derivatives_are_those_of_autograd():
    torch.manual_seed(0)
    parameters = torch.randn(3, 8, dtype=torch.float64) * 0.5
    grid = _grid(7, 6)
    expected = torch.func.vmap(torch.func.jacrev(lambda p: _gabor(p, grid)[0]))(parameters)
    torch.testing.assert_close(_gabor(parameters, grid)[1], expected)


def test_noise_is_no_gabor_and_its_fit_says_so():
    torch.manual_seed(0)
    noise = torch.randn(50, 12, 12)
    r2 = fit_gabors(noise).r2
    assert 0.05 < r2.median() < 0.25
    clean = gabor(size=12)
    noisy = clean + 0.5 * clean.std() * torch.randn(1, 12, 12)
    assert fit_gabors(noisy).r2.item() == pytest.approx(0.8, abs=0.08)  # 1 / (1 + 0.5^2)


def test_what_cannot_be_fitted_is_refused():
    with pytest.raises(DataError, match="give \\(A, H, W\\)"):
        fit_gabors(torch.randn(5, 144))
    with pytest.raises(DataError, match="not finite"):
        fit_gabors(torch.full((1, 8, 8), math.nan))
    with pytest.raises(DataError, match="does not vary"):
        fit_gabors(torch.ones(1, 8, 8))
