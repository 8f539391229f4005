import pytest
import torch
from torch import nn
from torch.nn import functional as F

from pellucid.errors import ConfigError, DataError
from pellucid.networks.local_mixer import (
    L_8_64,
    M_1_16,
    M_8_16,
    S_1_1,
    GroupLinear,
    LocalMixer,
    LocalMixerConfig,
)

SMALL = LocalMixerConfig(blocks=2, patches=2, channels=12, groups=3)


@pytest.fixture
def mixer():
    torch.manual_seed(0)
    model = LocalMixer((2, 4, 4), 5, SMALL).double()
    for block in model.blocks:
        nn.init.normal_(block.readout.weight)
        nn.init.normal_(block.readout.bias)
    return model


@pytest.fixture
def pictures():
    return torch.randn(3, 2, 4, 4, generator=torch.Generator().manual_seed(1), dtype=torch.float64)


def test_groups_are_linear_maps_of_their_own_channels():
    torch.manual_seed(0)
    layer = GroupLinear(3, 4)
    whole = nn.Linear(12, 12)
    with torch.no_grad():
        whole.weight.copy_(torch.block_diag(*layer.weight))
        whole.bias.copy_(layer.bias)
    x = torch.randn(2, 5, 12)
    torch.testing.assert_close(layer(x), whole(x))


def test_a_block_is_its_formula_written_out(mixer, pictures):
    def norm(row):
        return (row - row.mean()) / (row.var(unbiased=False) + 1e-5).sqrt()

    z = mixer.patches(pictures)
    for block in mixer.blocks:
        out = torch.empty(len(z), 4, 12, dtype=z.dtype)
        for n, sample in enumerate(z):
            x = torch.stack([norm(patch) for patch in sample])  # (P, F)
            if block.tokens is not None:
                mixed = block.tokens.weight @ x + block.tokens.bias[:, None]
                x = torch.stack(
                    [torch.cat([norm(part) for part in patch.split(4)]) for patch in mixed]
                ).relu()
            for p, patch in enumerate(x):
                said = block.channel.weight @ patch + block.channel.bias
                c = torch.cat([norm(part) for part in said.split(4)]).relu()
                for g in range(3):
                    part = slice(4 * g, 4 * g + 4)
                    again = block.group.weight[g] @ c[part] + block.group.bias[part]
                    out[n, p, part] = c[part] + norm(again).relu()
        z = out if block.first else out + z
    expected = z.mean(1) @ mixer.blocks[-1].readout.weight.T + mixer.blocks[-1].readout.bias
    torch.testing.assert_close(mixer(pictures), expected)


def test_logits_apart_are_those_of_one_part_that_moved(mixer, pictures):
    block = mixer.blocks[0]
    still = block(mixer.patches(pictures))
    moved = still + torch.randn_like(still)
    apart = block.logits_apart(still, moved)
    assert apart.shape == (3, 4 * 3, 5)
    for p in range(4):
        for g in range(3):
            alone = still.clone()
            alone[:, p, 4 * g : 4 * g + 4] = moved[:, p, 4 * g : 4 * g + 4]
            torch.testing.assert_close(apart[:, 3 * p + g], block.logits(alone))


def test_after_the_channels_nothing_crosses_from_group_to_group(mixer, pictures):
    block = mixer.blocks[1]
    past = block.passed(torch.randn(2, 4, 12, dtype=torch.float64))
    said = past.activities["channel"].clone()
    said[:, 1, 4:8] += 1.0
    change = (block.resumed(past, "channel", said).features - past.features).abs() > 1e-12
    assert change[:, 1, 4:8].any()
    change[:, 1, 4:8] = False
    assert not change.any()


@pytest.mark.parametrize("name", ["tokens", "channel", "group"])
def test_a_resumed_pass_is_one_in_which_the_layer_said_so(mixer, name):
    block = mixer.blocks[1]
    z = torch.randn(2, 4, 12, dtype=torch.float64)
    past = block.passed(z)
    torch.testing.assert_close(
        block.resumed(past, name, past.activities[name]).features, past.features
    )
    layer = block.layers[name]
    noise = torch.randn_like(layer(past.inputs[name]))
    handle = layer.register_forward_hook(lambda module, given, said: said + noise)
    whole = block(z)
    handle.remove()
    moved = block.normalised(name, layer(past.inputs[name]) + noise)
    torch.testing.assert_close(block.resumed(past, name, moved).features, whole)


def test_nothing_flows_back_from_block_to_block(mixer, pictures):
    for number, block, z in mixer.walk(pictures):
        block.logits(block(z)).sum().backward()
        for other in mixer.blocks:
            moved = [p.grad is not None and bool(p.grad.any()) for p in other.parameters()]
            assert any(moved) is (other is mixer.blocks[number])
        mixer.zero_grad()


def test_the_last_logits_come_from_the_last_features(mixer, pictures):
    walked = list(mixer.walk(pictures))
    for number, block, z in walked:
        torch.testing.assert_close(mixer.onward(number, block(z)), mixer(pictures))


def test_published_sizes():
    # Table 3 and its text: 272 K, 429 K and 919 K weights, of which 5 to 6 K are a second read-out.
    count = lambda model: sum(p.numel() for p in model.parameters())  # noqa: E731
    assert count(LocalMixer((1, 28, 28), 10, S_1_1)) == pytest.approx(272e3, rel=0.02)
    assert count(LocalMixer((1, 28, 28), 10, M_1_16)) == pytest.approx(429e3, rel=0.02)
    assert count(LocalMixer((3, 32, 32), 10, M_8_16)) == pytest.approx(919e3, rel=0.02)
    assert count(LocalMixer((3, 32, 32), 10, L_8_64)) == pytest.approx(13.1e6, rel=0.02)


def test_untrained_read_outs_say_nothing():
    torch.manual_seed(0)
    logits = LocalMixer((1, 8, 8), 10, LocalMixerConfig(channels=32, groups=4))(
        torch.randn(2, 1, 8, 8)
    )
    torch.testing.assert_close(F.softmax(logits, 1), torch.full((2, 10), 0.1))


def test_errors():
    with pytest.raises(ConfigError, match="must divide channels"):
        LocalMixerConfig(channels=10, groups=4)
    with pytest.raises(ConfigError, match="groups of one channel"):
        LocalMixerConfig(channels=8, groups=8)
    with pytest.raises(ConfigError, match="must divide the sides"):
        LocalMixer((1, 28, 28), 10, LocalMixerConfig(patches=3))
    with pytest.raises(DataError, match="are not"):
        LocalMixer((1, 8, 8), 10)(torch.zeros(1, 3, 8, 8))
