import pytest
import torch
from sklearn.datasets import load_digits
from torch import nn
from torch.nn import functional as F

from pellucid.errors import DataError
from pellucid.learning.activity_perturbation import ActivityPerturbation
from pellucid.learning.batches import Variation
from pellucid.learning.gradient import BackPropagation
from pellucid.learning.lessons import Labelled, LearnConfig, learn, share_right
from pellucid.learning.runs import RunFolder
from pellucid.learning.weight_perturbation import WeightPerturbation


@pytest.fixture(scope="module")
def digits():
    data = load_digits()
    x, y = torch.from_numpy(data.data).float() / 16, torch.from_numpy(data.target).long()
    return Labelled(x[:1300], y[:1300]), x[1300:], y[1300:]


def network():
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(64, 32), nn.ReLU(), nn.Linear(32, 10))


def trained(lesson, config, where, estimator=None, stop_at=None):
    model = network()

    class Stop:
        every = stop_at or 10**9

        def __call__(self, step):
            if step == stop_at:
                raise KeyboardInterrupt
            return {}

    with RunFolder.begin(where, "lesson", config) as folder:
        result = learn(
            model, lesson, config, folder=folder, estimator=estimator, callbacks=[Stop()]
        )
        folder.finish()
    return model, result


@pytest.mark.parametrize(
    ("estimator", "least"),
    [
        (None, 0.88),
        (ActivityPerturbation(readout="2"), 0.8),
        (WeightPerturbation(readout="2"), 0.75),
    ],
)
def test_any_estimator_learns(digits, tmp_path, estimator, least):
    lesson, x, y = digits
    config = LearnConfig(epochs=20, batch=50, learning_rate=5e-3)
    model, result = trained(lesson, config, tmp_path, estimator)
    assert share_right(model, x, y) > least
    assert result.steps == 20 * 26


def test_a_killed_training_ends_with_the_same_bits(digits, tmp_path):
    lesson = Labelled(digits[0].inputs.view(-1, 1, 8, 8), digits[0].labels, Variation(shift=1))
    config = LearnConfig(epochs=3, batch=100, checkpoint_every=5)
    estimator = ActivityPerturbation()

    def start():
        torch.manual_seed(0)
        return nn.Sequential(nn.Flatten(), nn.Linear(64, 16), nn.Tanh(), nn.Linear(16, 10))

    def run(where, stop_at=None):
        model = start()

        class Stop:
            every = stop_at or 10**9

            def __call__(self, step):
                if step == stop_at:
                    raise KeyboardInterrupt
                return {}

        with RunFolder.begin(where, "lesson", config) as folder:
            learn(model, lesson, config, folder=folder, estimator=estimator, callbacks=[Stop()])
            folder.finish()
        return model

    whole = run(tmp_path / "a")
    with pytest.raises(KeyboardInterrupt):
        run(tmp_path / "b", stop_at=17)
    again = run(tmp_path / "b")
    for one, other in zip(whole.parameters(), again.parameters(), strict=True):
        assert torch.equal(one, other)


def test_an_estimate_is_descended_as_it_is():
    torch.manual_seed(0)
    model, x = network(), torch.randn(5, 64)
    loss = lambda outputs: F.cross_entropy(outputs, torch.arange(5), reduction="none")  # noqa: E731
    found = WeightPerturbation().estimate(
        model, loss, x, generator=torch.Generator().manual_seed(0)
    )
    value = found.descended(model)
    value.backward()
    assert value.item() == pytest.approx(found.loss, abs=1e-6)
    for name, parameter in model.named_parameters():
        torch.testing.assert_close(parameter.grad, found.gradient[name])


@pytest.mark.parametrize("kind", [ActivityPerturbation, WeightPerturbation])
def test_the_read_out_has_its_exact_gradient(kind):
    torch.manual_seed(0)
    model, x = network(), torch.randn(5, 64)
    loss = lambda outputs: F.cross_entropy(outputs, torch.arange(5), reduction="none")  # noqa: E731
    draw = torch.Generator().manual_seed(0)
    exact = BackPropagation().estimate(model, loss, x, generator=draw).gradient
    found = kind(readout="2").estimate(model, loss, x, generator=draw)
    for name in ("2.weight", "2.bias"):
        torch.testing.assert_close(found.gradient[name], exact[name])
        assert found.variance[name] == 0
    assert found.variance["0.weight"] > 0
    assert found.reads == 5 * 3


def test_labels_must_be_as_many_as_inputs():
    with pytest.raises(DataError, match="3 inputs have 2 labels"):
        Labelled(torch.zeros(3, 2), torch.zeros(2, dtype=torch.int64))
