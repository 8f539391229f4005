import pytest
import torch
from torch import nn

from pellucid.errors import ConfigError
from pellucid.hardware import (
    DeviceConfig,
    Ledger,
    MortalDevice,
    MortalLinear,
    calibrate,
    compensate,
)

YEAR = 365 * 86_400.0


@pytest.fixture
def inputs():
    return torch.rand(64, 24, generator=torch.Generator().manual_seed(0))


def model(config, seed=0):
    torch.manual_seed(seed)
    return nn.Sequential(
        MortalLinear(MortalDevice(24, 16, config, seed=seed)),
        nn.Tanh(),
        MortalLinear(MortalDevice(16, 4, config, seed=seed + 1)),
    )


def grow_old(network):
    for layer in (network[0], network[2]):
        layer.chip.age(YEAR)


def said(network, inputs):
    with torch.no_grad():
        return torch.stack([network(inputs) for _ in range(16)]).mean(0)


@pytest.mark.parametrize("by", ["device", "columns"])
def test_the_error_of_a_year_is_nearly_halved(by, inputs):
    network = model(DeviceConfig())
    young = said(network, inputs)
    references = calibrate(network, inputs)
    grow_old(network)
    old = said(network, inputs)
    with Ledger() as book:
        compensate(network, references, by=by, reads=4)
    assert book.total("reads") == 2 * 4 * 64
    assert "write" not in book.by_kind("joules")
    mended = said(network, inputs)
    spread = young.std(0).norm()
    error = lambda now: float((now - young).std(0).norm() / spread)  # noqa: E731
    assert error(old) > 0.3
    # What is left is that each cell has a rate of its own, which no column tells.
    assert error(mended) < 0.65 * error(old)


def test_columns_that_lost_a_factor_and_moved_are_brought_back_exactly(inputs):
    # A device without noise, whose columns are then changed by hand: the line is exact.
    config = DeviceConfig(
        cells="ideal",
        spread=0.0,
        stuck=0.0,
        bend=0.0,
        wire=0.0,
        output_noise=0.0,
        adc_bits=12,
        dac_bits=12,
    )
    network = model(config)
    young = said(network, inputs)
    references = calibrate(network, inputs, reads=1)
    for layer in (network[0], network[2]):
        layer.chip._gain = layer.chip._gain * torch.linspace(0.5, 0.8, layer.out_features)
        layer.chip._offset = layer.chip._offset + 0.1
        layer.chip.age(0.0)  # nothing passes, but what is kept of it is made anew
    assert (said(network, inputs) - young).abs().max() > 0.05
    compensate(network, references, reads=1)
    assert (said(network, inputs) - young).abs().max() < 0.02


def test_young_devices_are_left_alone(inputs):
    network = model(DeviceConfig(output_noise=0.0))
    young = said(network, inputs)
    compensate(network, calibrate(network, inputs, reads=16), by="device", reads=16)
    assert float(network[0].factor.mean()) == pytest.approx(1, abs=0.01)
    assert (said(network, inputs) - young).abs().max() < 0.1


def test_corrections_travel_with_the_state(inputs):
    network = model(DeviceConfig())
    references = calibrate(network, inputs)
    grow_old(network)
    compensate(network, references)
    state = network.state_dict()
    assert not torch.equal(state["0.factor"], torch.ones(16))
    assert {"0.factor", "0.shift", "2.factor", "2.shift"} <= state.keys()


def test_errors(inputs):
    with pytest.raises(ConfigError, match="lives on a mortal device"):
        calibrate(nn.Linear(24, 4), inputs)
    network = model(DeviceConfig())
    with pytest.raises(ConfigError, match="has no reference"):
        compensate(network, {})
    with pytest.raises(ConfigError, match="reads=0"):
        calibrate(network, inputs, reads=0)
    with pytest.raises(ConfigError, match="give 'device' or 'columns'"):
        compensate(network, calibrate(network, inputs), by="rows")
