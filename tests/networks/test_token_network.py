from __future__ import annotations

from dataclasses import replace
from itertools import product

import pytest
import torch
from torch import Tensor

from pellucid.config import from_json, to_json
from pellucid.errors import ConfigError
from pellucid.networks.ista import ISTALayer, OvercompleteCode
from pellucid.networks.mssa import MSSALayer
from pellucid.networks.softmax_attention import SoftmaxAttention
from pellucid.networks.token_network import (
    CONFIGS,
    FEEDS,
    MIXERS,
    MLPLayer,
    TokenNetwork,
    TokenNetworkConfig,
    token_network_config,
)
from pellucid.networks.tssa import TSSALayer
from pellucid.networks.whitebox import audit

every = pytest.mark.parametrize(("mixer", "feed"), list(product(MIXERS, FEEDS)))


def tokens(seed: int, *shape: int) -> Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


def network_of(
    seed: int, *, causal: bool = False, depth: int = 2, **options: object
) -> TokenNetwork:
    torch.manual_seed(seed)
    config = TokenNetworkConfig(8, depth, 2, **options)  # type: ignore[arg-type]
    return TokenNetwork(config, causal=causal)


@every
def test_a_network_is_its_mixers_and_feeds_in_turn(mixer: str, feed: str) -> None:
    network, z = network_of(0, mixer=mixer, feed=feed), tokens(0, 2, 5, 8)
    expected = [z]
    for block in network.blocks:
        expected.append(block.feed(block.mixer(expected[-1])))
    for found, wanted in zip(network.layers(z), expected, strict=True):
        assert torch.equal(found, wanted)
    torch.testing.assert_close(network(z), torch.nn.functional.layer_norm(expected[-1], (8,)))
    kinds = {"mssa": MSSALayer, "tssa": TSSALayer, "softmax": SoftmaxAttention}
    assert all(type(block.mixer) is kinds[mixer] for block in network.blocks)


@every
def test_streamed_token_by_token_it_is_the_causal_network(mixer: str, feed: str) -> None:
    network, z = network_of(1, mixer=mixer, feed=feed, causal=True), tokens(1, 2, 9, 8)
    states, streamed = network.begin(2), []
    with torch.no_grad():
        for token in z.unbind(1):
            moved, states = network.step(token, states)
            streamed.append(moved)
        torch.testing.assert_close(torch.stack(streamed, 1), network(z), rtol=0, atol=1e-5)


@every
def test_half_precision_and_gradients_stay_finite(mixer: str, feed: str) -> None:
    """And every parameter learns: none is out of the way of the gradient."""
    for causal in (False, True):
        network = network_of(2, mixer=mixer, feed=feed, causal=causal)
        z = 5 * tokens(2, 2, 40, 8)
        with torch.autocast("cpu", dtype=torch.bfloat16):
            moved = network(z)
            loss = (moved * tokens(3, 2, 40, 8)).sum()
        assert torch.isfinite(moved).all()
        loss.backward()
        for name, parameter in network.named_parameters():
            assert torch.isfinite(parameter.grad).all(), name
            assert (parameter.grad != 0).any(), name
        reference = network_of(2, mixer=mixer, feed=feed, causal=causal)(z)
        assert (moved - reference).norm() < 0.1 * reference.norm()


@pytest.mark.parametrize(("mixer", "feed"), [("mssa", "ista"), ("tssa", "odl"), ("softmax", "mlp")])
def test_it_compiles_in_one_graph(mixer: str, feed: str) -> None:
    for causal in (False, True):
        torch._dynamo.reset()
        network = network_of(4, mixer=mixer, feed=feed, causal=causal, depth=1)
        compiled = torch.compile(network, backend="eager", fullgraph=True)
        z = tokens(4, 2, 6, 8)
        torch.testing.assert_close(compiled(z), network(z))


def test_the_audit_finds_each_white_box_in_the_order_of_its_work() -> None:
    z = tokens(5, 3, 6, 8)
    crate = audit(network_of(5), z).layers
    assert [row.name for row in crate] == [
        f"blocks.{i}.{part}" for i in (0, 1) for part in ("mixer", "feed")
    ]
    assert [row.unit for row in crate] == ["nats", "squared input"] * 2
    alpha = audit(network_of(5, feed="odl"), z).layers
    assert [row.name for row in alpha][1::2] == ["blocks.0.feed.code", "blocks.1.feed.code"]
    assert all(row.after < row.before for row in alpha[1::2])
    assert all(row.sparsity > 0.05 for row in (*crate[1::2], *alpha[1::2]))
    assert len(audit(network_of(5, mixer="tssa"), z).layers) == 4
    assert len(audit(network_of(5, mixer="tssa", feed="mlp"), z).layers) == 2


def test_options_reach_their_layers() -> None:
    options = {"step": 0.2, "sparsity": 0.7, "iterations": 3}
    ista = network_of(6, start="feasible", **options).blocks[0].feed
    assert isinstance(ista, ISTALayer)
    assert (ista.step, ista.sparsity, ista.iterations, ista.start) == (0.2, 0.7, 3, "feasible")
    code = network_of(6, feed="odl", ratio=3, **options).blocks[0].feed.code
    assert isinstance(code, OvercompleteCode)
    assert (code.step, code.sparsity, code.iterations) == (0.2, 0.7, 3)
    assert code.dictionary.shape == (8, 24)
    mlp = network_of(6, feed="mlp", ratio=3).blocks[0].feed
    assert isinstance(mlp, MLPLayer)
    assert mlp.widen.out_features == 24
    assert network_of(6).blocks[0].feed.iterations == 1
    assert network_of(6, feed="odl").blocks[0].feed.code.iterations == 2
    for mixer in ("mssa", "tssa"):
        assert network_of(6, mixer=mixer, output="tied").blocks[0].mixer.output is None


def test_a_skip_adds_the_tokens_to_their_code() -> None:
    plain, skipped = network_of(7, depth=1), network_of(7, depth=1, skip=True)
    z = tokens(7, 2, 4, 8)
    half = plain.blocks[0].mixer(z)
    torch.testing.assert_close(skipped.blocks[0](z), half + plain.blocks[0](z))


def test_the_mlp_is_the_published_formula() -> None:
    layer, z = MLPLayer(8), tokens(8, 2, 3, 8)
    n = (z - z.mean(-1, keepdim=True)) / (z.var(-1, keepdim=True, correction=0) + 1e-5).sqrt()
    u = n @ layer.widen.weight.T + layer.widen.bias
    hidden = u * 0.5 * (1 + torch.erf(u / 2**0.5))
    torch.testing.assert_close(layer(z), z + hidden @ layer.narrow.weight.T + layer.narrow.bias)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"mixer": "mmsa"}, "did you mean 'mssa'"),
        ({"feed": "istas"}, "did you mean 'ista'"),
        ({"heads": 3}, "heads must divide"),
        ({"depth": 0}, "at least 1"),
        ({"iterations": -1}, "iterations -1"),
        ({"output": "loose"}, "'free' or 'tied'"),
        ({"output": "tied", "mixer": "softmax"}, "subspaces to be tied to"),
    ],
)
def test_settings_that_make_no_sense_are_refused(options: dict[str, object], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        replace(TokenNetworkConfig(8, 2, 2), **options)


def test_published_sizes_have_names_and_survive_json() -> None:
    for name, config in CONFIGS.items():
        assert token_network_config(name) is config
        assert from_json(TokenNetworkConfig, to_json(config)) == config
    with pytest.raises(ConfigError, match="did you mean 'crate-tiny'"):
        token_network_config("crate-tinny")
