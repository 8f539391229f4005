import pytest
import torch
from torch import nn
from torch.nn import functional as F

from pellucid.errors import ConfigError, DataError
from pellucid.learning.activity_perturbation import ActivityPerturbation, MeasuredPerturbation
from pellucid.learning.feedback_alignment import FeedbackAlignment
from pellucid.learning.gradient import BackPropagation
from pellucid.learning.perturbation_variance import (
    Layer,
    groups_needed,
    perturbation_variance,
    perturbations_needed,
    samples_for,
)
from pellucid.learning.weight_perturbation import WeightPerturbation

N, P, Q = 8, 6, 4


@pytest.fixture
def draw():
    return torch.Generator().manual_seed(0)


@pytest.fixture
def data(draw):
    x = torch.randn(N, P, generator=draw, dtype=torch.float64)
    return x, torch.randint(3, (N,), generator=draw)


@pytest.fixture
def model():
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(P, Q), nn.Tanh(), nn.Linear(Q, 3)).double()


def loss_of(labels):
    return lambda outputs: F.cross_entropy(outputs, labels, reduction="none")


METHODS = {
    "weights": WeightPerturbation(samples=4),
    "weights, one side": WeightPerturbation(samples=4, antithetic=False, size=1e-6),
    "weights, exact": WeightPerturbation(samples=4, exact=True),
    "activities": ActivityPerturbation(samples=2),
    "activities, one side": ActivityPerturbation(samples=2, antithetic=False, size=1e-6),
    "activities, exact": ActivityPerturbation(samples=2, exact=True),
    "measured": MeasuredPerturbation(size=1e-5, samples=2),
}


@pytest.mark.parametrize("name", METHODS)
def test_the_mean_of_many_estimates_is_the_gradient(name, model, data, draw):
    x, labels = data
    true = BackPropagation().estimate(model, loss_of(labels), x, generator=draw)
    many = [METHODS[name].estimate(model, loss_of(labels), x, generator=draw) for _ in range(300)]
    for parameter, gradient in true.gradient.items():
        drawn = torch.stack([m.gradient[parameter] for m in many])
        error = drawn.std(0) / len(many) ** 0.5
        away = ((drawn.mean(0) - gradient) / error.clamp_min(1e-12)).abs()
        # Of some forty entries few lie beyond three standard errors, and none far beyond.
        if name == "measured":
            # Its noise is not the same in all directions: layers' changes go on to later layers.
            cosine = F.cosine_similarity(drawn.mean(0).flatten(), gradient.flatten(), dim=0)
            assert cosine > 0.9
        else:
            assert away.max() < 4.5
            assert (away > 3).double().mean() < 0.1


@pytest.mark.parametrize("name", [n for n in METHODS if n != "measured"])
def test_the_variance_foretold_is_the_variance_measured(name, model, data, draw):
    x, labels = data
    many = [METHODS[name].estimate(model, loss_of(labels), x, generator=draw) for _ in range(1000)]
    for parameter in many[0].gradient:
        drawn = torch.stack([m.gradient[parameter] for m in many])
        foretold = sum(m.variance[parameter] for m in many) / len(many)
        # |grad|^2 + grad_j^2: the second part is taken for its mean over all units.
        assert float(drawn.var(0).mean()) == pytest.approx(foretold, rel=0.2)


def one_layer(draw):
    """One linear layer, so that Table 1 holds; a batch with gradients of any kind."""
    model = nn.Linear(P, Q, bias=False).double()
    x = torch.randn(N, P, generator=draw, dtype=torch.float64)
    target = torch.randn(N, Q, generator=draw, dtype=torch.float64)
    loss = lambda outputs: (outputs * target).sum(1)  # noqa: E731 - linear: no error of size
    each = target[:, :, None] * x[:, None]
    return model, loss, x, each


def test_variances_are_those_of_table_1(draw):
    # For a given batch the spread V / N over batches is not there; what is left is the noise.
    model, loss, x, each = one_layer(draw)
    mean = each.mean(0)
    shared = perturbation_variance(
        Layer(P, Q, N, 0.0, float(mean.square().mean())), "weights", shared=True
    )
    drawn = torch.stack(
        [
            WeightPerturbation().estimate(model, loss, x, generator=draw).gradient["weight"]
            for _ in range(4000)
        ]
    )
    assert float(drawn.var(0).mean()) == pytest.approx(shared, rel=0.08)
    # Each sample by itself: the mean of their squared gradients takes the place of V + S.
    independent = (Q + 1) / N * float(each.square().mean())
    drawn = torch.stack(
        [
            ActivityPerturbation().estimate(model, loss, x, generator=draw).gradient["weight"]
            for _ in range(4000)
        ]
    )
    assert float(drawn.var(0).mean()) == pytest.approx(independent, rel=0.08)


def test_the_table_and_its_plans():
    layer = Layer(48, 24, 16, spread=2.0, signal=0.5)
    pq = 48 * 24
    assert perturbation_variance(layer, "weights", shared=True) == pytest.approx(
        (pq + 2) / 16 * 2 + (pq + 1) * 0.5
    )
    assert perturbation_variance(layer, "activities", shared=False) == pytest.approx(
        26 / 16 * 2 + 25 / 16 * 0.5
    )
    grouped = Layer(48, 24, 16, 2.0, 0.5, groups=8)
    assert perturbation_variance(grouped, "activities", shared=False) == pytest.approx(
        5 / 16 * 2 + 4 / 16 * 0.5
    )
    noise = 26 / 16 * 2 + 25 / 16 * 0.5 - 2 / 16
    assert perturbations_needed(layer, "activities", shared=False, snr=2) == -(-noise // 0.25)
    assert groups_needed(Layer(48, 24, 64, 0.1, 0.5), snr=2) == 1
    few = groups_needed(Layer(48, 24, 16, 0.1, 0.5), snr=2)
    assert few is not None
    assert few > 1
    assert groups_needed(layer, snr=1e6) is None
    with pytest.raises(ConfigError, match="do not divide"):
        Layer(4, 6, 1, 1, 1, groups=4)


def test_an_estimate_says_how_many_more_are_needed(model, data, draw):
    x, labels = data
    found = ActivityPerturbation(samples=2000).estimate(model, loss_of(labels), x, generator=draw)
    needed = samples_for(found, "0.weight", samples=2000, snr=10.0)
    true = BackPropagation().estimate(model, loss_of(labels), x, generator=draw)
    signal = float(true.gradient["0.weight"].square().mean())
    expected = 10 * 2000 * found.variance["0.weight"] / signal
    assert needed == pytest.approx(expected, rel=0.5)


def test_activities_are_less_noisy_than_weights(model, data, draw):
    x, labels = data
    weights, activities = (
        method.estimate(model, loss_of(labels), x, generator=draw)
        for method in (WeightPerturbation(samples=200), ActivityPerturbation(samples=200))
    )
    assert activities.variance["0.weight"] < weights.variance["0.weight"] / 3
    assert weights.reads == 400 * N
    assert activities.reads == 401 * N


def test_one_loss_for_the_whole_batch_is_refused(model, data, draw):
    # A batch-mean scalar for all rows is unbiased but many times as noisy: it is not accepted.
    x, labels = data
    for method in (*METHODS.values(), BackPropagation()):
        with pytest.raises(DataError, match="one number for each sample"):
            method.estimate(model, lambda o: F.cross_entropy(o, labels), x, generator=draw)


def test_only_the_chosen_layers_are_perturbed(model, data, draw):
    x, labels = data
    found = ActivityPerturbation(layers=("2",)).estimate(model, loss_of(labels), x, generator=draw)
    assert set(found.gradient) == {"2.weight", "2.bias"}
    with pytest.raises(ConfigError, match="no linear layer is called '1': they are 0, 2"):
        ActivityPerturbation(layers=("1",)).estimate(model, loss_of(labels), x, generator=draw)


def test_tokens_are_perturbed_apart(draw):
    model = nn.Sequential(nn.Linear(P, Q), nn.ReLU(), nn.Linear(Q, 1)).double()
    x = torch.randn(N, 5, P, generator=draw, dtype=torch.float64)
    loss = lambda outputs: outputs.square().mean((1, 2))  # noqa: E731
    true = BackPropagation().estimate(model, loss, x, generator=draw)
    found = ActivityPerturbation(samples=3000, exact=True).estimate(model, loss, x, generator=draw)
    away = [
        (found.gradient[name] - gradient).square().flatten() / found.variance[name]
        for name, gradient in true.gradient.items()
    ]
    assert 0.5 < float(torch.cat(away).mean()) < 1.6


def test_a_device_that_trembles_by_itself_is_learned_through(data, draw):
    x, labels = data

    class Trembling(nn.Linear):
        def forward(self, given):
            z = super().forward(given)
            return z + 1e-3 * torch.randn(z.shape, dtype=z.dtype)

    torch.manual_seed(0)
    model = nn.Sequential(Trembling(P, 3)).double()
    true = BackPropagation().estimate(model, loss_of(labels), x, generator=draw)
    found = MeasuredPerturbation(samples=2000).estimate(model, loss_of(labels), x, generator=draw)
    cosine = F.cosine_similarity(
        found.gradient["0.weight"].flatten(), true.gradient["0.weight"].flatten(), dim=0
    )
    assert cosine > 0.95
    ratio = found.gradient["0.weight"].norm() / true.gradient["0.weight"].norm()
    assert 0.85 < ratio < 1.2


def test_feedback_is_random_fixed_and_right_at_the_top(model, data, draw):
    x, labels = data
    true = BackPropagation().estimate(model, loss_of(labels), x, generator=draw)
    first, again, other = (
        FeedbackAlignment(seed).estimate(model, loss_of(labels), x, generator=draw)
        for seed in (0, 0, 1)
    )
    assert torch.allclose(first.gradient["2.weight"], true.gradient["2.weight"])
    assert torch.equal(first.gradient["0.weight"], again.gradient["0.weight"])
    assert not torch.allclose(first.gradient["0.weight"], other.gradient["0.weight"])
    assert not torch.allclose(first.gradient["0.weight"], true.gradient["0.weight"])


def test_feedback_alignment_learns(data, draw):
    x, labels = data
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(P, 32), nn.Tanh(), nn.Linear(32, 3)).double()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.5)
    for _ in range(300):
        found = FeedbackAlignment().estimate(model, loss_of(labels), x, generator=draw)
        found.apply(model)
        optimizer.step()
    assert found.loss < 0.1


def test_a_model_is_left_as_it_was(model, data, draw):
    x, labels = data
    before = {name: p.clone() for name, p in model.state_dict().items()}
    for method in (*METHODS.values(), FeedbackAlignment()):
        method.estimate(model, loss_of(labels), x, generator=draw)
    assert all(torch.equal(before[name], p) for name, p in model.state_dict().items())
    assert not any(m._forward_hooks or m._backward_hooks for m in model.modules())
    assert all(p.grad is None for p in model.parameters())
