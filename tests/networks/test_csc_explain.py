from __future__ import annotations

import dataclasses

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from test_csc import PLAN, classifier, pictures

from pellucid.errors import ConfigError, DataError
from pellucid.networks.csc import SparseClassifier
from pellucid.networks.csc_explain import Unit, explain
from pellucid.networks.csc_plan import CscPlan, LayerPlan

RESIDUAL = CscPlan(
    (
        LayerPlan(8, residual=True, price=0.01, iterations=3),
        LayerPlan(6, kernel=4, stride=2, price=0.01),
        LayerPlan(6, residual=True, price=0.01),
        LayerPlan(7, pool=3, price=0.0, iterations=1),
    ),
    components=8,
)


@settings(max_examples=10, deadline=None)
@given(st.integers(0, 10_000), st.sampled_from([PLAN, RESIDUAL]), st.integers(0, 4))
def test_the_accounts_sum_to_the_logit_at_every_layer(seed: int, plan: CscPlan, label: int) -> None:
    network, x = classifier(seed, plan), pictures(seed, 1)
    explanation = explain(network, x[0], label)
    torch.testing.assert_close(explanation.logits, network(x)[0])
    assert explanation.value == pytest.approx(network(x)[0, label].item(), abs=1e-10)
    assert len(explanation.layers) == len(plan.layers)
    for account in (explanation.pixels, *explanation.layers):
        assert account.total == pytest.approx(explanation.value, abs=1e-9)
    assert explanation.check() < 1e-9


@pytest.mark.parametrize("plan", ["tiny", "small"])
def test_in_single_precision_the_error_is_below_one_ten_thousandth(plan: str) -> None:
    torch.manual_seed(0)
    network = SparseClassifier((3, 32, 32), 10, plan=plan)
    x = torch.randint(256, (16, 3, 32, 32), dtype=torch.uint8)
    network.fit(x)
    with torch.no_grad():
        for block in network.layers:
            block.norm.momentum = 1.0
        network(x)
        network.readout.weight.mul_(200)  # logits as large as a trained network's
    explanation = network.eval().explain(x[0])
    assert 3.0 < abs(explanation.value) < 100.0
    assert explanation.check() < 1e-4
    torch.testing.assert_close(explanation.logits, network(x[:1])[0], rtol=0, atol=1e-4)


def test_a_contribution_is_the_code_times_the_slope_of_the_logit() -> None:
    """By finite differences: add a little to one active code, keep what is linear above it."""
    network, x = classifier(3), pictures(3, 1)
    account = explain(network, x[0], 1).layers[1]
    codes = network.codes(x)
    first, second, third = network.layers
    del first

    def logit(z: torch.Tensor) -> torch.Tensor:
        return network.readout(third(second.norm(z)).mean((2, 3)))[0, 1]

    for atom, row, column in (codes[1][0] > 0).nonzero()[:5].tolist():
        more = codes[1].clone()
        more[0, atom, row, column] += 1e-6
        slope = (logit(more) - logit(codes[1])) / 1e-6
        expected = codes[1][0, atom, row, column] * slope
        torch.testing.assert_close(
            account.contributions[atom, row, column], expected, rtol=1e-4, atol=1e-6
        )


def test_the_last_layer_is_the_read_out_term_by_term() -> None:
    network, x = classifier(4, CscPlan((LayerPlan(6, price=0.02),), components=8)), pictures(4, 1)
    explanation = explain(network, x[0], 2)
    (account,), (block,) = explanation.layers, network.layers
    scale, shift = (part[:, 0, 0] for part in block.affine())
    weight, z = network.readout.weight[2], network.codes(x)[0][0]
    torch.testing.assert_close(
        account.contributions, z * (scale * weight)[:, None, None] / z[0].numel()
    )
    assert account.constants["blocks.0.norm.shift"] == pytest.approx((shift * weight).sum().item())
    assert account.constants["readout.bias"] == pytest.approx(network.readout.bias[2].item())
    assert set(account.constants) == {"blocks.0.norm.shift", "readout.bias"}


def test_a_price_counts_against_what_it_holds_back() -> None:
    """One layer, one step: the price takes price * slope from each active unit, exactly."""
    plan = CscPlan((LayerPlan(6, price=0.02, iterations=1),), components=8)
    network, x = classifier(5, plan), pictures(5, 1)
    explanation = explain(network, x[0], 0)
    z = network.codes(x)[0][0]
    slope = network.layers[0].affine()[0] * network.readout.weight[0][:, None, None] / z[0].numel()
    expected = -(0.02 * (z > 0) * slope).sum().item()
    assert explanation.pixels.constants["blocks.0.coding.price"] == pytest.approx(expected)


def test_constants_are_those_that_enter_above() -> None:
    explanation = explain(classifier(), pictures(0, 1)[0])
    everything = {f"blocks.{n}.{c}" for n in range(3) for c in ("coding.price", "norm.shift")}
    assert set(explanation.pixels.constants) == everything | {"readout.bias"}
    assert set(explanation.layers[1].constants) == {
        "blocks.1.norm.shift",
        "blocks.2.coding.price",
        "blocks.2.norm.shift",
        "readout.bias",
    }


def test_a_pixel_of_the_mean_colour_says_nothing() -> None:
    network, x = classifier(), pictures(8, 1)[0]
    x[:, 4, 5] = network.whitening.mean[:, 0, 0]
    contributions = explain(network, x, 0).pixels.contributions
    assert (contributions[:, 4, 5] == 0).all()
    assert (contributions != 0).double().mean() > 0.9


@pytest.mark.parametrize("plan", [PLAN, RESIDUAL])
def test_removing_the_atom_that_is_credited_most_takes_its_credit_from_the_logit(
    plan: CscPlan,
) -> None:
    """Exact for the last layer, above which all is linear; in the same direction below it."""
    network, x = classifier(6, plan), pictures(6, 1)
    explanation = explain(network, x[0])
    last = len(plan.layers) - 1
    (part,) = explanation.top(last, 1)
    assert part.contribution != 0
    without = network.delete(x, [Unit(last, part.unit.atom)])[0]
    lost = explanation.logits - without
    assert lost[explanation.target].item() == pytest.approx(part.contribution, abs=1e-9)
    at_place = network.delete(x, [part.unit])[0, explanation.target].item()
    assert explanation.value - at_place == pytest.approx(part.at_place, abs=1e-9)


def test_a_slightly_weaker_atom_changes_the_logit_by_its_share_at_every_layer() -> None:
    network, x = classifier(7), pictures(7, 1)
    explanation = explain(network, x[0], 3)
    for layer in range(3):
        (part,) = explanation.top(layer, 1)
        keep = torch.ones(network.layers[layer].shape, dtype=torch.float64)
        keep[part.unit.atom] -= 1e-6
        lost = explanation.value - network._run(x, {layer: keep})[0, 3].item()
        assert lost / 1e-6 == pytest.approx(part.contribution, rel=1e-3)


def test_parts_are_the_largest_sums_and_draw_what_they_say() -> None:
    network, x = classifier(9), pictures(9, 1)
    explanation = explain(network, x[0], top=4)
    for layer, account in enumerate(explanation.layers):
        sums = account.contributions.sum((1, 2))
        order = sums.abs().argsort(descending=True)[:4].tolist()
        assert [part.unit.atom for part in account.parts] == order
        part = account.parts[0]
        place = part.unit.index
        assert part.contribution == pytest.approx(sums[part.unit.atom].item())
        assert part.at_place == pytest.approx(account.contributions[place].item())
        assert part.amount == pytest.approx(explanation.codes[layer][place].item())
        assert abs(part.at_place) == pytest.approx(
            (account.contributions[part.unit.atom] * (1 if part.contribution > 0 else -1)).max()
        )
        alone = torch.zeros_like(explanation.codes[layer])
        alone[part.unit.atom] = explanation.codes[layer][part.unit.atom]
        torch.testing.assert_close(part.pattern, network.draw(layer, alone[None])[0])
    assert explanation.top(1, 2) == explanation.layers[1].parts[:2]


def test_a_unit_is_explained_by_what_lies_below_it() -> None:
    network, x = classifier(10), pictures(10, 1)
    part = explain(network, x[0]).top(2, 1)[0]
    why = explain(network, x[0], part.unit)
    assert why.value == pytest.approx(part.amount) == network.codes(x)[2][0][part.unit.index].item()
    assert why.value > 0
    assert len(why.layers) == 2
    assert why.check() < 1e-9
    assert set(why.layers[1].constants) == {"blocks.1.norm.shift", "blocks.2.coding.price"}
    silent = (network.codes(x)[1][0] == 0).nonzero()[0].tolist()
    nothing = explain(network, x[0], Unit(1, *silent))
    assert nothing.value == nothing.check() == 0.0


def test_units_of_the_first_layer_are_explained_by_pixels() -> None:
    network, x = classifier(11), pictures(11, 1)
    unit = Unit(0, *(network.codes(x)[0][0] > 0).nonzero()[0].tolist())
    why = explain(network, x[0], unit)
    assert why.layers == ()
    assert set(why.pixels.constants) == {"blocks.0.coding.price"}
    assert why.value > 0
    assert why.check() < 1e-9


def test_the_mode_of_the_network_does_not_matter_and_stays() -> None:
    network, x = classifier(12), pictures(12, 1)
    before = explain(network, x[0], 0)
    state = {name: tensor.clone() for name, tensor in network.state_dict().items()}
    after = explain(network.train(), x[0], 0)
    assert after.value == before.value
    assert network.training
    assert all(torch.equal(state[name], found) for name, found in network.state_dict().items())
    assert all(parameter.grad is None for parameter in network.parameters())
    with torch.no_grad():
        assert explain(network, x[0], 0).value == before.value
    with pytest.raises(dataclasses.FrozenInstanceError):
        before.value = 0.0


def test_questions_without_an_answer_are_refused() -> None:
    network, x = classifier(), pictures(0, 1)
    with pytest.raises(DataError, match=r"one picture of shape \(3, 12, 12\)"):
        explain(network, x)
    with pytest.raises(ConfigError, match="no class 5: they are 0 to 4"):
        explain(network, x[0], 5)
    with pytest.raises(ConfigError, match="say its place"):
        explain(network, x[0], Unit(1, 2))
    with pytest.raises(ConfigError, match="no atom 8 in layer 1: they are 0 to 7"):
        explain(network, x[0], Unit(1, 8, 0, 0))
    with pytest.raises(ConfigError, match="no layer 3"):
        network.delete(x, [Unit(3, 0)])
    with pytest.raises(ConfigError, match="ask for more"):
        explain(network, x[0], top=2).top(0, 3)
    with pytest.raises(ConfigError, match="no layer 7 below"):
        explain(network, x[0]).top(7, 1)
