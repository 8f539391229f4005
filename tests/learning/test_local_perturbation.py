import pytest
import torch
from torch import nn
from torch.nn import functional as F

from pellucid.errors import ConfigError
from pellucid.learning.gradient import BackPropagation
from pellucid.learning.local_perturbation import LocalBackPropagation, LocalPerturbation
from pellucid.networks.local_mixer import LocalMixer, LocalMixerConfig

ONE = LocalMixerConfig(channels=12, groups=3)
TWO = LocalMixerConfig(blocks=2, patches=2, channels=12, groups=3)


@pytest.fixture
def draw():
    return torch.Generator().manual_seed(0)


def made(config, draw):
    torch.manual_seed(0)
    model = LocalMixer((2, 4, 4), 5, config).double()
    for block in model.blocks:
        nn.init.normal_(block.readout.weight)
    x = torch.randn(6, 2, 4, 4, generator=draw, dtype=torch.float64)
    labels = torch.randint(5, (6,), generator=draw)
    return model, lambda outputs: F.cross_entropy(outputs, labels, reduction="none"), x


def drawn(estimator, case, draw, times):
    model, loss, x = case
    many = [estimator.estimate(model, loss, x, generator=draw).gradient for _ in range(times)]
    return {name: torch.stack([one[name] for one in many]) for name in many[0]}


def assert_unbiased(found, true):
    assert found.keys() == true.keys()
    for name, gradient in true.items():
        error = found[name].std(0) / len(found[name]) ** 0.5
        away = ((found[name].mean(0) - gradient) / error.clamp_min(1e-9)).abs()
        assert away.max() < 4.5, name
        assert (away > 3).double().mean() < 0.1, name


@pytest.mark.parametrize("of", ["activities", "weights"])
@pytest.mark.parametrize("config", [ONE, TWO])
def test_the_mean_of_many_is_the_gradient_of_local_losses(of, config, draw):
    case = made(config, draw)
    true = LocalBackPropagation().estimate(*case, generator=draw).gradient
    assert_unbiased(drawn(LocalPerturbation(of, size=1e-5), case, draw, 200), true)


@pytest.mark.parametrize("of", ["activities", "weights"])
def test_one_loss_goes_through_all_blocks(of, draw):
    case = made(TWO, draw)
    true = BackPropagation()
    model, loss, x = case
    for parameter in model.blocks[0].readout.parameters():  # the last block alone is read
        parameter.requires_grad_(False)
    exact = true.estimate(model, loss, x, generator=draw).gradient
    assert_unbiased(drawn(LocalPerturbation(of, "one", size=1e-5), case, draw, 200), exact)


def test_local_losses_of_one_block_have_the_gradient_of_one_loss(draw):
    case = made(ONE, draw)
    local = LocalBackPropagation().estimate(*case, generator=draw)
    whole = BackPropagation().estimate(*case, generator=draw)
    assert local.loss == pytest.approx(whole.loss)
    for name, gradient in whole.gradient.items():
        torch.testing.assert_close(local.gradient[name], gradient)


@pytest.mark.parametrize("of", ["activities", "weights"])
def test_as_many_losses_as_groups_leave_less_noise(of, draw):
    case = made(LocalMixerConfig(channels=64, groups=8), draw)
    name = "blocks.0.channel.weight"
    each = drawn(LocalPerturbation(of, "each"), case, draw, 60)[name].var(0).mean()
    one = drawn(LocalPerturbation(of, "one"), case, draw, 60)[name].var(0).mean()
    assert 4 < float(one / each) < 12  # eight, where groups have gradients of one size


def test_reads_are_passes_of_samples(draw):
    model, loss, x = made(TWO, draw)
    found = LocalPerturbation(samples=3).estimate(model, loss, x, generator=draw)
    # One pass of rest; for 2 and 3 layers of two blocks 3 perturbations to both sides.
    assert found.reads == 6 * (1 + 2 * 3 * (2 + 3))
    assert LocalBackPropagation().estimate(model, loss, x, generator=draw).reads == 18


def test_networks_without_parts_are_refused(draw):
    model = nn.Linear(4, 2)
    for estimator in (LocalPerturbation(), LocalBackPropagation()):
        with pytest.raises(ConfigError, match="give a LocalMixer, not a Linear"):
            estimator.estimate(model, lambda o: o.sum(1), torch.zeros(1, 4), generator=draw)


@pytest.mark.parametrize(
    ("settings", "words"),
    [({"of": "layers"}, "give 'activities'"), ({"losses": "two"}, "'each'"), ({"size": 0}, "size")],
)
def test_bad_settings(settings, words):
    with pytest.raises(ConfigError, match=words):
        LocalPerturbation(**settings)
