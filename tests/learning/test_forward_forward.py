"""Layers learn from their own goodness: by the gradient of the formula, each within itself."""

import json
from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import nn

from pellucid.config import from_json, to_json
from pellucid.data import ImageSet, load_images
from pellucid.errors import ConfigError, DataError
from pellucid.hardware import Ledger, MortalDevice, MortalLinear
from pellucid.learning import (
    ActivityPerturbation,
    ForwardForwardConfig,
    MeasuredPerturbation,
    RunFolder,
    WeightPerturbation,
    train_forward_forward,
)
from pellucid.learning.forward_forward import (
    hard_negatives,
    layer_inputs,
    learn_from,
    uniform_negatives,
)
from pellucid.networks import ForwardForward

SHAPE, CLASSES = (1, 3, 4), 5
CONFIG = ForwardForwardConfig(epochs=6, batch=20, learning_rate=1e-2, checkpoint_every=4)


@pytest.fixture
def draw():
    return torch.Generator().manual_seed(0)


@pytest.fixture
def batch(draw):
    x = torch.randn(30, *SHAPE, generator=draw, dtype=torch.float64)
    return x, torch.randint(CLASSES, (30,), generator=draw)


def small():
    torch.manual_seed(0)
    return ForwardForward(SHAPE, CLASSES, widths=(9, 8, 7)).double()


def stripes(count: int = 400) -> ImageSet:
    """Class 0 has horizontal stripes, class 1 vertical ones."""
    generator = np.random.default_rng(0)
    labels = np.arange(count) % 2
    images = generator.integers(0, 60, (count, 4, 4), dtype=np.uint8)
    images[labels == 0, ::2] += 150
    images[labels == 1, :, ::2] += 150
    half = count // 2
    return ImageSet(
        "stripes", images[:half], labels[:half], images[half:], labels[half:], ("h", "v")
    )


def striped() -> ForwardForward:
    torch.manual_seed(0)
    return ForwardForward((1, 4, 4), 2, widths=(8, 6))


def trained(model, images, config, root):
    folder = RunFolder.create(root, "run", config)
    return train_forward_forward(model, images, config, folder=folder)


def test_the_gradient_is_that_of_the_formula_written_out(batch, draw):
    model, (x, labels) = small(), batch
    config = replace(CONFIG, threshold=0.3, sharpness=4.0)
    state = draw.get_state()
    estimates = learn_from(model, x, labels, config, generator=draw)
    inputs = layer_inputs(model, x, labels, config, generator=draw.set_state(state))
    for layer, h, found in zip(model.layers, inputs, estimates, strict=True):
        right, wrong = (layer(h)[:, place].square().mean(1) for place in (0, 1))
        loss = (
            torch.log(1 + torch.exp(4.0 * (0.3 - right)))
            + torch.log(1 + torch.exp(4.0 * (wrong - 0.3)))
        ).mean()
        names, parameters = zip(*layer.named_parameters(), strict=True)
        assert found.loss == pytest.approx(float(loss.detach()), rel=1e-12)
        assert set(found.gradient) == set(names)
        for name, true in zip(names, torch.autograd.grad(loss, parameters), strict=True):
            assert torch.allclose(found.gradient[name], true, rtol=1e-10, atol=1e-14)


def test_the_gradient_of_a_layer_above_by_pencil(batch, draw):
    # dL/dW_j = mean of -s (1 - p) 2 y_j h / W for the right label, and of s p 2 y_j h / W for the
    # wrong one, where p is the probability that the layer gives to "this label is right".
    model, (x, labels) = small(), batch
    state = draw.get_state()
    found = learn_from(model, x, labels, CONFIG, generator=draw)[1]
    _, h, _ = layer_inputs(model, x, labels, CONFIG, generator=draw.set_state(state))
    linear = model.layers[1].linear
    h = h / h.square().mean(2, keepdim=True).sqrt()
    y = (h @ linear.weight.T + linear.bias).detach().clamp_min(0)
    p = torch.sigmoid(CONFIG.sharpness * (y.square().mean(2) - CONFIG.threshold))
    blame = CONFIG.sharpness * torch.stack((p[:, 0] - 1, p[:, 1]), 1)[:, :, None] * 2 * y / 8
    assert torch.allclose(found.gradient["linear.bias"], blame.sum(1).mean(0), rtol=1e-10)
    weight = torch.einsum("blw,blp->wp", blame, h) / len(x)
    assert torch.allclose(found.gradient["linear.weight"], weight, rtol=1e-10)


def test_as_sharp_as_a_layer_has_units_goodness_is_the_sum_of_squares():
    said = torch.rand(6, 2, 7, dtype=torch.float64)
    sums = said.square().sum(2) - 7 * 0.4
    written = torch.log1p(torch.exp(-sums[:, 0])) + torch.log1p(torch.exp(sums[:, 1]))
    assert torch.allclose(replace(CONFIG, sharpness=7.0).loss(said), written, rtol=1e-12)


@pytest.mark.parametrize("negatives", ["uniform", "hard"])
def test_no_gradient_passes_between_layers(batch, negatives):
    model, other, (x, labels) = small(), small(), batch
    config = replace(CONFIG, negatives=negatives)
    ask = lambda network: learn_from(  # noqa: E731
        network, x, labels, config, generator=torch.Generator().manual_seed(3)
    )
    with torch.no_grad():  # nobody above has a say in what the first layer learns
        for parameter in other.layers[2].parameters():
            parameter.copy_(torch.randn_like(parameter))
        if negatives == "hard":  # other than by the wrong labels that the whole network finds
            for network in (model, other):
                network.score = lambda said: said[0].square().mean(-1)
    for one, same in zip(ask(model)[:2], ask(other)[:2], strict=True):
        for name, gradient in one.gradient.items():
            assert torch.equal(gradient, same.gradient[name])
    assert not torch.equal(
        ask(model)[2].gradient["linear.weight"], ask(other)[2].gradient["linear.weight"]
    )
    # Descended from end to end, the first layer would learn something else.
    inputs = layer_inputs(model, x, labels, config, generator=torch.Generator().manual_seed(3))
    h, total = inputs[0], 0
    for layer in model.layers:
        h = layer(h)
        total = total + config.loss(h).mean()
    whole = torch.autograd.grad(total, model.layers[0].picture.weight)[0]
    assert not torch.allclose(whole, ask(model)[0].gradient["picture.weight"], rtol=0.05)
    assert all(not h.requires_grad for h in inputs)


@pytest.mark.parametrize("negatives", ["uniform", "hard"])
def test_a_layer_learns_from_what_the_layer_below_says(batch, draw, negatives):
    model, (x, labels) = small(), batch
    told, *above = layer_inputs(
        model, x, labels, replace(CONFIG, negatives=negatives), generator=draw
    )
    units = told[:, 12:].view(30, 2, CLASSES)
    assert torch.equal(units.sum(2), torch.ones(30, 2).double())
    right, wrong = units.argmax(2).unbind(1)
    assert torch.equal(right, labels)
    assert (wrong != labels).all()
    said = model.activities(x, torch.stack((labels, wrong), 1))
    assert len(above) == 2
    for given, true in zip(above, said, strict=False):
        assert torch.allclose(given, true, rtol=1e-12, atol=1e-15)


def test_uniform_negatives_are_all_wrong_labels_alike(draw):
    labels = torch.arange(4).repeat(3000)
    wrong = uniform_negatives(labels, 4, generator=draw)
    for k in range(4):
        share = torch.bincount(wrong[labels == k], minlength=4) / 3000
        assert share[k] == 0
        assert torch.allclose(share[torch.arange(4) != k], torch.full((3,), 1 / 3), atol=0.03)


def test_hard_negatives_follow_the_probabilities(draw):
    odds = torch.tensor([0.5, 2.0, -1.0, 30.0])
    labels = torch.full((20_000,), 3)
    wrong = hard_negatives(odds.expand(20_000, -1), labels, generator=draw)
    share = torch.bincount(wrong, minlength=4) / 20_000
    # The network is sure of the right label, which is not a negative all the same.
    assert share[3] == 0
    assert torch.allclose(share[:3], odds[:3].exp() / odds[:3].exp().sum(), atol=0.012)


def test_hard_negatives_are_what_the_network_takes_for_true(batch, draw):
    model, (x, labels) = small(), batch
    sharp = replace(CONFIG, sharpness=1e6)
    told = layer_inputs(model, x, labels, sharp, generator=draw)[0]
    wrong = told[:, 12 + CLASSES :].argmax(1)
    best = model(x).scatter(1, labels[:, None], -torch.inf).argmax(1)
    assert torch.equal(wrong, best)


def test_it_learns_digits(tmp_path):
    images = load_images("digits")
    torch.manual_seed(0)
    model = ForwardForward(images.shape, 10, widths=(64, 64))
    config = replace(CONFIG, epochs=4, batch=50)
    learned = trained(model, images, config, tmp_path)
    assert learned.accuracy > 0.9
    assert learned.tested == len(images.test_images)
    assert set(learned.result.last) >= {"layer_1", "layer_2", "loss", "learning_rate"}
    last = learned.result.last
    assert last["loss"] == pytest.approx(last["layer_1"] + last["layer_2"], rel=1e-5)
    assert config.schedule(100).rate(1.0) == 0.0


def test_labels_that_say_nothing_of_the_pictures_are_met_by_chance(tmp_path):
    images = stripes()
    labels = np.random.default_rng(1).permutation(images.test_labels)
    learned = trained(striped(), replace(images, test_labels=labels), CONFIG, tmp_path)
    assert 0.35 < learned.accuracy < 0.65


ESTIMATORS = {
    "activities": ActivityPerturbation(samples=2),
    "weights": WeightPerturbation(samples=6),
    "measured": MeasuredPerturbation(size=0.01, samples=2),
}
SHORT = replace(CONFIG, epochs=18, batch=50, learning_rate=3e-2, negatives="uniform")


@pytest.mark.parametrize("name", ESTIMATORS)
def test_perturbations_learn_without_a_model_of_the_forward_pass(name, tmp_path):
    class Opaque(nn.Linear):
        """Nothing flows back through it."""

        def forward(self, x):
            return super().forward(x).detach()

    model = striped()
    model.layers[0].picture = Opaque(16, 8)
    model.layers[1].linear = Opaque(8, 6)
    learned = trained(model, stripes(), replace(SHORT, estimator=ESTIMATORS[name]), tmp_path)
    assert learned.accuracy > 0.95
    # Each of the two layers has learned: 1.39 is what is lost by not knowing.
    assert learned.result.last["layer_1"] < 1.2
    assert learned.result.last["layer_2"] < 1.2


def test_layers_may_live_on_mortal_devices(tmp_path):
    model = striped()
    model.layers[0].picture = MortalLinear(MortalDevice(16, 8, seed=0), threshold=0.02)
    model.layers[1].linear = MortalLinear(MortalDevice(8, 6, seed=1), threshold=0.02)
    estimator = ActivityPerturbation(size=0.2, samples=2)
    with Ledger() as book:
        learned = trained(model, stripes(), replace(SHORT, estimator=estimator), tmp_path)
    assert learned.accuracy > 0.9
    assert book.total("reads") > 0


def test_a_killed_training_ends_with_the_same_weights(tmp_path):
    config = replace(CONFIG, estimator=ActivityPerturbation(), negatives="hard")
    whole, killed, again = striped(), striped(), striped()
    trained(whole, stripes(), config, tmp_path / "a")
    folder, calls = RunFolder.create(tmp_path, "b", config), []

    def die(*_: object) -> None:
        calls.append(1)
        if len(calls) == 5 * 22:  # within a step: there are five passes through a layer in each
            raise KeyboardInterrupt

    handle = killed.layers[0].register_forward_hook(die)
    with pytest.raises(KeyboardInterrupt):
        train_forward_forward(killed, stripes(), config, folder=folder)
    handle.remove()
    learned = train_forward_forward(again, stripes(), config, folder=folder)
    assert learned.result.resumed_from > 0
    assert learned.result.steps == 60
    for one, other in zip(whole.parameters(), again.parameters(), strict=True):
        assert torch.equal(one, other)


def test_a_configuration_goes_to_json_and_back():
    for estimator in (*ESTIMATORS.values(), CONFIG.estimator):
        config = replace(CONFIG, estimator=estimator, negatives="uniform")
        data = json.loads(json.dumps(to_json(config)))
        assert from_json(ForwardForwardConfig, data) == config


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"epochs": 0}, "epochs=0"),
        ({"batch": 0}, "batch=0"),
        ({"threshold": 0.0}, r"threshold=0\.0"),
        ({"sharpness": -1.0}, r"sharpness=-1\.0"),
        ({"negatives": "hards"}, "did you mean 'hard'"),
    ],
)
def test_settings_are_checked(settings, message):
    with pytest.raises(ConfigError, match=message):
        ForwardForwardConfig(**settings)


def test_a_network_for_other_pictures_is_refused(tmp_path):
    with pytest.raises(DataError, match=r"stripes: pictures of shape \(1, 4, 4\) do not fit"):
        trained(small(), stripes(), CONFIG, tmp_path)
    images = replace(stripes(), classes=("a", "b", "c"))
    with pytest.raises(DataError, match="3 classes do not fit a network of 2"):
        trained(striped(), images, CONFIG, tmp_path)
    images = replace(stripes(), train_labels=np.full(200, 2))
    with pytest.raises(DataError, match="outside of 0 to 1"):
        trained(striped(), images, CONFIG, tmp_path)
