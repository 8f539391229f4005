from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn

from pellucid.errors import ConfigError
from pellucid.networks.csc import CodingBlock, SparseClassifier
from pellucid.networks.csc_explain import Unit
from pellucid.networks.csc_plan import CscPlan, LayerPlan
from pellucid.networks.whitebox import audit

PLAN = CscPlan(
    (LayerPlan(6, price=0.02), LayerPlan(8, pool=2, price=0.02), LayerPlan(8, residual=True)),
    components=8,
)


def pictures(seed: int, count: int = 4, side: int = 12) -> Tensor:
    generator = torch.Generator().manual_seed(seed)
    return torch.rand(count, 3, side, side, generator=generator, dtype=torch.float64)


def classifier(seed: int = 0, plan: CscPlan = PLAN, side: int = 12) -> SparseClassifier:
    """A network with random weights and random statistics."""
    torch.manual_seed(seed)
    network = SparseClassifier((3, side, side), 5, plan=plan).double().eval()
    network.fit(pictures(seed, 50, side))
    for module in network.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.running_mean.uniform_(0.0, 0.2)
            module.running_var.uniform_(0.02, 0.1)
            if module.affine:
                nn.init.normal_(module.weight)
                nn.init.normal_(module.bias)
    nn.init.normal_(network.readout.weight)
    return network


def test_the_network_is_its_equations() -> None:
    """Whiten, code, standardise, pool, code, ..., average, read out: written out."""
    network, x = classifier(), pictures(1)
    stream = network.whitening(x - network.whitening.mean)
    codes = []
    for number, block in enumerate(network.layers):
        if number == 1:
            stream = stream.unflatten(2, (-1, 2)).unflatten(4, (-1, 2)).mean((3, 5))
        z = block.coding(stream)
        codes.append(z)
        norm = block.norm
        y = (z - norm.running_mean[:, None, None]) / (norm.running_var + norm.eps).sqrt()[
            :, None, None
        ]
        if number == 2:
            stream = stream + y * norm.weight[:, None, None] + norm.bias[:, None, None]
        else:
            stream = y
    expected = stream.mean((2, 3)) @ network.readout.weight.T + network.readout.bias
    torch.testing.assert_close(network(x), expected)
    for found, z in zip(network.codes(x), codes, strict=True):
        torch.testing.assert_close(found, z)
        assert (z >= 0).all()
        assert (z == 0).any()
        assert (z > 0).any()


def test_whole_numbers_and_floats_are_the_same_pictures() -> None:
    network = classifier()
    whole = (pictures(2) * 255).round().to(torch.uint8)
    network.fit(whole)
    torch.testing.assert_close(network(whole), network(whole.double()))


def test_every_layer_descends_in_a_fresh_network() -> None:
    found = audit(classifier(), pictures(3))
    assert [row.name for row in found.layers] == [f"blocks.{n}.coding" for n in range(3)]
    assert found.holds
    assert all(row.descended == 1.0 for row in found.layers)


def test_a_silenced_atom_is_as_a_network_without_its_patterns() -> None:
    """Deleting atom 2 of layer 0 everywhere: the same as no response to it after the code."""
    network, x = classifier(), pictures(4)
    deleted = network.delete(x, [Unit(0, 2)])
    stream = network.whitening(network.whitening.center(x))
    z = network.layers[0].coding(stream).clone()
    z[:, 2] = 0.0
    stream = network.layers[0].norm(z)
    for block in network.layers[1:]:
        stream = block(stream)
    torch.testing.assert_close(deleted, network.readout(stream.mean((2, 3))))
    assert not torch.allclose(deleted, network(x))


def test_a_place_is_silenced_alone_and_several_together() -> None:
    network, x = classifier(), pictures(5, 1)
    z = network.codes(x)[2]
    atom, row, column = (int(i) for i in (z[0] == z.max()).nonzero()[0])
    scale = network.layers[2].affine()[0][atom, 0, 0]
    lost = z.max() * scale / (z.shape[2] * z.shape[3]) * network.readout.weight[:, atom]
    one = network.delete(x, [Unit(2, atom, row, column)])
    torch.testing.assert_close(network(x)[0] - one[0], lost)
    rows = range(z.shape[2])
    places = [Unit(2, atom, r, c) for r in rows for c in range(z.shape[3])]
    torch.testing.assert_close(network.delete(x, places), network.delete(x, [Unit(2, atom)]))
    torch.testing.assert_close(network.delete(x, []), network(x))


def test_drawing_is_linear_and_of_the_first_layer_its_patterns() -> None:
    network, x = classifier(), pictures(6)
    for layer, code in enumerate(network.codes(x)):
        both = network.draw(layer, code[:1] + 2 * code[1:2])
        torch.testing.assert_close(
            both, network.draw(layer, code[:1]) + 2 * network.draw(layer, code[1:2])
        )
        assert both.shape == (1, 3, 12, 12)
    first = network.layers[0].coding
    code = network.codes(x)[0]
    expected = network.whitening.decode(first.reconstruct(code))
    torch.testing.assert_close(network.draw(0, code), expected)


def test_a_drawing_is_pushed_down_through_deviations_and_dictionaries() -> None:
    network, code = classifier(), torch.zeros(1, 8, 3, 3, dtype=torch.float64)
    code[0, 5, 1, 1] = 1.0
    first, second, third = network.layers
    stream = third.coding.reconstruct(code)  # a residual layer below would be passed by
    z = second.coding.reconstruct(stream * (second.norm.running_var + 1e-5).sqrt()[:, None, None])
    z = z.repeat_interleave(2, 2).repeat_interleave(2, 3)
    z = first.coding.reconstruct(z * (first.norm.running_var + 1e-5).sqrt()[:, None, None])
    torch.testing.assert_close(network.draw(2, code), network.whitening.decode(z))


def test_residual_layers_are_passed_by_on_the_way_down() -> None:
    plan = CscPlan(
        (LayerPlan(8), LayerPlan(8, residual=True), LayerPlan(8, residual=True)), components=8
    )
    network = classifier(plan=plan)
    code = torch.zeros(1, 8, 6, 6, dtype=torch.float64)
    code[0, 3, 2, 2] = 1.0
    with torch.no_grad():
        network.layers[2].coding.patterns.copy_(network.layers[1].coding.patterns)
        network.layers[2].coding.norm.copy_(network.layers[1].coding.norm)
    torch.testing.assert_close(network.draw(2, code), network.draw(1, code))


def test_sides_that_the_pool_does_not_divide_are_drawn_whole() -> None:
    network = classifier(side=14)  # 7 x 7 places, pooled to 3 x 3
    codes = network.codes(pictures(0, 1, 14))
    assert [tuple(code.shape[1:]) for code in codes] == [(6, 7, 7), (8, 3, 3), (8, 3, 3)]
    drawn = network.draw(2, codes[2])
    assert drawn.shape == (1, 3, 14, 14)
    assert drawn.abs().sum() > 0


def test_training_teaches_the_dictionaries() -> None:
    torch.manual_seed(0)
    labels = torch.arange(32) % 2
    stripes = (torch.arange(8) % 2).double().expand(3, 8, 8)
    x = torch.where((labels == 0)[:, None, None, None], stripes, stripes.mT)
    x = x + 0.5 * torch.rand(32, 3, 8, 8, dtype=torch.float64)
    network = SparseClassifier((3, 8, 8), 2, plan=PLAN).double()
    network.fit(x)
    before = network.layers[0].coding.patterns.detach().clone()
    optimizer = torch.optim.AdamW(network.parameters(), 0.02)
    for _ in range(15):
        loss = nn.functional.cross_entropy(network(x), labels)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    assert loss.item() < 0.2
    assert all(parameter.grad is not None for parameter in network.parameters())
    assert not torch.equal(before, network.layers[0].coding.patterns)


def test_a_saved_network_answers_as_before() -> None:
    network, other, x = classifier(0), classifier(1), pictures(7)
    other.load_state_dict(network.state_dict())
    assert torch.equal(other(x), network(x))


def test_plans_that_make_no_network_are_refused() -> None:
    with pytest.raises(ConfigError, match="at least one"):
        SparseClassifier(plan=CscPlan(()))
    with pytest.raises(ConfigError, match="give it atoms 8 and stride 1"):
        CodingBlock((8, 6, 6), LayerPlan(12, residual=True))
