import math
from dataclasses import replace

import pytest
import torch

from pellucid.errors import ConfigError
from pellucid.experiments import mortal, mortal_energy, mortal_exactness, mortal_local
from pellucid.experiments.mortal_ground import bar, body, by_perturbation, perceptron, size
from pellucid.experiments.rows import Settings
from pellucid.hardware import DeviceConfig, adc_joules
from pellucid.learning.gradient import BackPropagation
from pellucid.learning.weight_perturbation import WeightPerturbation
from pellucid.studio.figures.error_by_bits import Curve, draw


def test_a_crossing_is_found_between_sizes():
    # 10 / n against 1: from n = 10 on.
    sizes = [2, 8, 32, 128]
    found = mortal_energy.crossing([10 / n for n in sizes], [1.0] * 4, sizes)
    assert found == pytest.approx(10)
    assert mortal_energy.crossing([0.5] * 4, [1.0] * 4, sizes) == 2
    assert math.isnan(mortal_energy.crossing([2.0] * 4, [1.0] * 4, sizes))


def test_what_converters_cost_is_what_was_published_times_their_number():
    found = mortal_energy.costs(8)
    assert found.converters == pytest.approx(16 * adc_joules(8))
    assert found.int8 == pytest.approx(64 * 0.23e-12)
    assert found.fp32 == pytest.approx(64 * 4.6e-12)
    # A cell of half the largest conductance on average, 25 uS, at half of 0.4 V for 250 ns.
    assert 64 * 1e-15 < found.cells < 64 * 1e-12
    assert found.analog == found.cells + found.converters


def test_exactness_finds_a_bias_and_a_variance_that_are_wrong(tmp_path, monkeypatch):
    class Biased(WeightPerturbation):
        def estimate(self, model, loss, x, *, generator):
            found = super().estimate(model, loss, x, generator=generator)
            found.gradient["weight"] *= 1.5
            return found

    formula = mortal_exactness.FORMULAS["weights, differences"][1]
    monkeypatch.setitem(mortal_exactness.FORMULAS, "wrong", (Biased(), formula))
    monkeypatch.setitem(mortal_exactness.FORMULAS, "exact", (BackPropagation(), formula))

    def measured(method, draws=3000):
        return mortal_exactness.measure(
            mortal_exactness.Job(method, method, draws, 0, tmp_path / "jobs")
        )

    right = measured("weights, differences")
    assert right.bias < 2
    assert right.variance == pytest.approx(1, abs=0.1)
    wrong = measured("wrong")
    assert wrong.bias > right.bias
    assert wrong.variance == pytest.approx(2.25, abs=0.3)
    assert measured("exact", 300).variance < 0.1


def test_neighbours_that_stand_in_order_are_counted():
    trained = lambda error: [mortal_local.Trained(error, 1.0, 10)]  # noqa: E731
    errors = dict(zip(mortal_local.ORDER, (1.5, 2.5, 3.5, 6.0, 5.0), strict=True))
    rows = mortal_local.rows(Settings(full=True), {m: trained(e) for m, e in errors.items()})
    assert rows[-1].measured.value == 3
    assert rows[-1].holds is False
    assert [row.holds for row in rows[:-1]] == [True] * 5


def test_bars_are_judged_in_the_full_form_alone():
    assert bar(Settings(), "at most", 3) is None
    assert bar(Settings(full=True), "at most", 3).value == 3
    assert [size(s) for s in (Settings(), Settings(quick=True), Settings(full=True))] == [
        "short",
        "quick",
        "full",
    ]
    with pytest.raises(ConfigError, match="not both"):
        Settings(quick=True, full=True)


def test_bodies_of_a_seed_are_alike_and_others_are_not():
    x = torch.rand(4, 6)
    said = [body((6, 5, 3), DeviceConfig(), seed)(x) for seed in (0, 0, 1)]
    assert torch.equal(said[0], said[1])
    assert not torch.allclose(said[0], said[2])
    assert by_perturbation(body((6, 5, 3), DeviceConfig(), 0)).readout == "2"


def test_perceptrons_end_with_their_logits():
    network = perceptron((6, 5, 4, 3), 0, (0.2, 0.5))
    names = [type(layer).__name__ for layer in network]
    assert names == [
        "Dropout",
        "Linear",
        "ReLU",
        "Dropout",
        "Linear",
        "ReLU",
        "Dropout",
        "Linear",
    ]
    assert network(torch.zeros(2, 6)).shape == (2, 3)


def test_the_figure_holds_each_way_as_it_is():
    curves = [
        Curve("gradients", {"bits": [10, 100], "J": [3, 5]}, [[20.0, 4.0], [30.0, 6.0]]),
        Curve("bodies", {"bits": [1, 2], "J": [4, 6]}, [[50.0, 10.0]]),
    ]
    bits, joules = draw(curves, title="costs").axes
    lines = {line.get_label(): line for line in bits.lines}
    assert list(lines["gradients"].get_ydata()) == [25.0, 5.0]
    assert list(lines["bodies"].get_xdata()) == [1, 2]
    assert list({line.get_label(): line for line in joules.lines}["bodies"].get_xdata()) == [4, 6]
    assert bits.get_xscale() == joules.get_yscale() == "log"
    assert (bits.get_xlabel(), joules.get_xlabel()) == ("bits", "J")


def test_other_pictures_are_read_with_the_same_settings(tmp_path):
    settings = Settings(full=True, output=tmp_path)
    parts = mortal._fashion(settings, [0, 1])
    for tasks in parts.values():
        jobs = [job for _, job in tasks]
        assert [job.config.seed for job in jobs] == [0, 1]
        assert {job.images for job in jobs} == {"fashion-mnist"}
        assert {job.name for job in jobs}.isdisjoint(
            {mortal_local.job(settings, m, s).name for m in mortal_local.ORDER for s in range(2)}
        )
    own = mortal_local.job(settings, "BP", 0)
    assert parts["fashion BP"][0][1] == replace(
        own, images="fashion-mnist", name=own.name.replace("mnist", "fashion-mnist")
    )
