from dataclasses import replace

import pytest
import torch

from pellucid.errors import ConfigError, DataError
from pellucid.hardware import DeadDeviceError, DeviceConfig, Ledger, MortalDevice, adc_joules

PERFECT = DeviceConfig(
    cells="ideal", spread=0, stuck=0, column_gain=0, column_offset=0, bend=0, wire=0,
    output_noise=0, dac_bits=12, adc_bits=12,
)  # fmt: skip
YEAR = 365 * 86_400.0


@pytest.fixture
def weights():
    return torch.rand(30, 7, generator=torch.Generator().manual_seed(0)) * 2 - 1


@pytest.fixture
def x():
    return torch.rand(50, 30, generator=torch.Generator().manual_seed(1)) * 2 - 1


def error(device, weights, x):
    ideal = x @ weights
    return float((device.forward(x) - ideal).square().mean().sqrt() / ideal.std())


def test_a_perfect_device_multiplies(weights, x):
    device = MortalDevice(30, 7, PERFECT, seed=0)
    device.write(weights)
    # What is left are the steps of its converters.
    assert error(device, weights, x) < 2e-3
    assert (device.read() - weights).abs().max() < 12 / 2**11
    coarse = MortalDevice(30, 7, replace(PERFECT, adc_bits=5), seed=0)
    coarse.write(weights)
    steps = coarse.forward(x) / (12 / 15)
    assert (steps - steps.round()).abs().max() < 1e-4


def test_units_of_weights_and_inputs_are_the_users(weights, x):
    device = MortalDevice(30, 7, replace(PERFECT, w_max=3.0, x_max=5.0), seed=0)
    device.write(3 * weights)
    expected = 15 * x @ weights
    assert (device.forward(5 * x) - expected).abs().max() < 0.02 * expected.std()
    device.write(torch.full((30, 7), 100.0))  # more than it can hold
    assert (device.read() - 3).abs().max() < 3 * 12 / 2**11


@pytest.mark.parametrize(
    ("fault", "least"),
    [
        ({"cells": "pcm"}, 0.02),
        ({"cells": "reram"}, 0.05),
        ({"spread": 0.2}, 0.05),
        ({"stuck": 0.05}, 0.05),
        ({"column_gain": 0.2}, 0.05),
        ({"column_offset": 0.3}, 0.02),
        ({"bend": 0.2}, 0.02),
        ({"wire": 20.0}, 0.002),
        ({"output_noise": 0.5}, 0.05),
    ],
)
def test_each_fault_of_a_device_is_felt(weights, x, fault, least):
    device = MortalDevice(30, 7, replace(PERFECT, **fault), seed=0)
    device.write(weights)
    assert error(device, weights, x) > max(least, 2e-3)


def test_the_same_body_says_the_same_and_another_one_does_not(weights, x):
    said = []
    for seed in (3, 3, 4):
        device = MortalDevice(30, 7, seed=seed)
        device.write(weights)
        said.append(device.forward(x))
    assert torch.equal(said[0], said[1])
    assert (said[0] - said[2]).square().mean() > 0.01 * said[0].square().mean()


def test_identity_stays_when_weights_are_written_again(weights, x):
    faulty = replace(PERFECT, spread=0.3, stuck=0.1, column_gain=0.2)
    device = MortalDevice(30, 7, faulty, seed=0)
    device.write(weights)
    first = device.forward(x)
    device.write(-weights)
    assert not torch.allclose(device.forward(x), first, atol=0.1)
    device.write(weights)
    assert torch.equal(device.forward(x), first)


def test_only_what_was_asked_for_is_written(weights, x):
    device = MortalDevice(30, 7, PERFECT, seed=0)
    device.write(weights)
    where = torch.zeros(30, 7, dtype=torch.bool)
    where[:, 2] = True
    with Ledger() as book:
        device.write(torch.zeros(30, 7), where)
    shown = device.read()
    assert shown[:, 2].abs().max() < 1e-6
    assert (shown[:, 3] - weights[:, 3]).abs().max() < 12 / 2**11
    # Two cells a weight.
    assert book.by_kind("joules") == {"write": pytest.approx(2 * 30 * 1e-10)}


def test_phase_change_devices_fade_and_new_weights_are_young(weights, x):
    device = MortalDevice(30, 7, replace(PERFECT, cells="pcm"), seed=0)
    device.write(weights)
    young = device.forward(x).std()
    device.age(YEAR)
    assert device.seconds == YEAR
    assert 0.4 < device.forward(x).std() / young < 0.6
    device.write(weights)
    assert 0.9 < device.forward(x).std() / young < 1.1


def test_reads_tremble_by_the_sum_of_what_cells_do(weights):
    device = MortalDevice(30, 7, replace(PERFECT, cells="reram"), seed=0)
    device.write(weights)
    one = torch.zeros(1, 30)
    one[0, :5] = 1.0
    said = device.forward(one.expand(20_000, -1))
    # Five rows of two cells, each of which trembles by 1 % of the largest conductance.
    assert torch.allclose(said.std(0), torch.tensor(0.01 * 10**0.5), rtol=0.03)


def test_energy_is_that_of_the_closed_form(weights, x):
    device = MortalDevice(30, 7, PERFECT, seed=0)
    device.write(weights)
    before = device.joules
    with Ledger() as book:
        device.forward(x)
    volts = (x * 2047).round() / 2047 * 0.4
    siemens = 25e-6 * weights.abs().sum(1)
    cells = float((volts.square() @ siemens).sum()) * 250e-9
    spent = book.by_kind("joules")
    assert spent["cells"] == pytest.approx(cells, rel=1e-4)
    assert spent["dac"] == pytest.approx(50 * 30 * adc_joules(12))
    assert spent["adc"] == pytest.approx(50 * 7 * adc_joules(12))
    assert device.joules - before == pytest.approx(book.total("joules"))
    assert book.total("reads") == 50
    assert book.total("seconds") == pytest.approx(50 * 250e-9)


def test_reading_costs_as_much_as_a_pass_for_each_row(weights):
    device = MortalDevice(30, 7, seed=0)
    device.write(weights)
    with Ledger() as book:
        shown = device.read()
    assert book.total("reads") == 30
    # It shows what the device does, with its gains and offsets, and not what was written.
    assert 0.02 < (shown - weights).abs().mean() < 0.5


def test_after_death_nothing_can_be_had(weights, x):
    device = MortalDevice(30, 7, seed=0)
    device.write(weights)
    device.die()
    for use in (
        lambda: device.forward(x),
        lambda: device.write(weights),
        device.read,
        lambda: device.age(1),
    ):
        with pytest.raises(DeadDeviceError, match="it was put to death"):
            use()
    assert not any(
        isinstance(v, torch.Tensor) and v.shape[-2:] == (30, 7) for v in vars(device).values()
    )


def test_it_dies_of_being_written_too_often(weights):
    device = MortalDevice(30, 7, replace(PERFECT, endurance=3), seed=0)
    for _ in range(3):
        device.write(weights)
    with pytest.raises(DeadDeviceError, match="written more than 3 times"):
        device.write(weights)
    with pytest.raises(DeadDeviceError):
        device.read()


def test_nothing_flows_back_and_nothing_is_told(weights, x):
    device = MortalDevice(30, 7, seed=0)
    device.write(weights.requires_grad_())
    said = device.forward(x.requires_grad_())
    assert not said.requires_grad
    public = {name for name in dir(device) if not name.startswith("_")}
    assert public == {
        "age", "config", "die", "forward", "joules", "read", "seconds", "shape", "write", "writes"
    }  # fmt: skip


def test_what_does_not_fit_is_refused(weights, x):
    device = MortalDevice(30, 7, seed=0)
    with pytest.raises(DataError, match=r"weights of shape \(7, 30\) do not fit \(30, 7\)"):
        device.write(weights.T)
    with pytest.raises(DataError, match="inputs of shape"):
        device.forward(x[:, :5])
    with pytest.raises(DataError, match="not finite"):
        device.forward(x / 0)
    with pytest.raises(DataError, match="where is torch"):
        device.write(weights, torch.zeros(30, 7, dtype=torch.long))
    with pytest.raises(ConfigError, match=r"cells='pmc'.*pcm"):
        DeviceConfig(cells="pmc")
    with pytest.raises(ConfigError, match="stuck=1"):
        DeviceConfig(stuck=1)
    with pytest.raises(ConfigError, match="-1 seconds cannot pass"):
        device.age(-1)


def test_the_type_of_inputs_is_kept(weights, x):
    device = MortalDevice(30, 7, seed=0)
    device.write(weights.double())
    assert device.forward(x.double()).dtype == torch.float64


def test_noise_by_columns_is_right_on_average_and_nearly_for_each(weights):
    draw = torch.Generator().manual_seed(0)
    wanted = (torch.randn(200, 30, generator=draw) / 3).clamp(-1, 1)
    squares = torch.rand(40, 200, generator=draw).square()
    variance = {}
    for kind in ("cells", "columns"):
        device = MortalDevice(200, 30, DeviceConfig(read_noise=kind, output_noise=0.0), seed=0)
        device.write(wanted)
        variance[kind] = device._present().variance(squares)
    ratio = variance["columns"] / variance["cells"]
    assert float(ratio.mean()) == pytest.approx(1, abs=0.01)
    assert float(ratio.std()) < 0.1
    with pytest.raises(ConfigError, match="give 'columns' or 'cells'"):
        DeviceConfig(read_noise="rows")
