import pytest
import torch
from sklearn.datasets import load_digits
from torch import nn

from pellucid.errors import ConfigError, DataError
from pellucid.learning.activity_perturbation import ActivityPerturbation
from pellucid.learning.gradient import BackPropagation
from pellucid.learning.lessons import Labelled, share_right
from pellucid.transfer.channel import Loopback
from pellucid.transfer.consensus import TellingConfig, learn_by_telling
from pellucid.transfer.message import SoftTargets

CONFIG = TellingConfig(
    rounds=6, queries=200, alone=30, together=40, learning_rate=5e-3, temperature=2
)


@pytest.fixture(scope="module")
def digits():
    data = load_digits()
    x, y = torch.from_numpy(data.data).float() / 16, torch.from_numpy(data.target).long()
    order = torch.randperm(len(x), generator=torch.Generator().manual_seed(0))
    return x[order], y[order]


def bodies():
    """Of different shapes: nothing but answers can pass between them."""
    torch.manual_seed(0)
    return [
        nn.Sequential(nn.Linear(64, width), kind(), nn.Linear(width, 10))
        for width, kind in ((24, nn.Tanh), (40, nn.ReLU))
    ]


def halves(x, y):
    """One body sees the digits below five and few of the rest, the other the reverse."""
    low, few = y < 5, torch.arange(len(y)) % 30 == 0
    return [Labelled(x[part], y[part]) for part in (low | few, ~low | few)]


def test_bodies_learn_from_each_other_what_they_have_hardly_seen(digits):
    x, y = digits
    shards, queries = halves(x[:1000], y[:1000]), x[1000:1400]
    alone = TellingConfig(rounds=6, queries=50, alone=50, together=0, learning_rate=5e-3)
    right = []
    for config in (alone, CONFIG):
        pair = bodies()
        learn_by_telling(
            pair, BackPropagation(), shards, queries, channel=Loopback(2), config=config, seed=0
        )
        right.append([share_right(body, x[1400:], y[1400:]) for body in pair])
    assert min(right[1]) > max(right[0]) + 0.1


def test_bits_are_those_of_the_answers_and_rounds_are_told(digits):
    x, y = digits
    moments = []
    config = TellingConfig(rounds=3, queries=60, alone=1, together=1, batch=20)
    last = learn_by_telling(
        bodies(),
        ActivityPerturbation(),
        halves(x, y),
        x,
        channel=Loopback(2),
        config=config,
        seed=0,
        tell=moments.append,
    )
    one = SoftTargets(torch.randn(60, 10), codec="uint8").bits
    assert [m.bits for m in moments] == [2 * one, 4 * one, 6 * one]
    assert [m.round for m in moments] == [1, 2, 3]
    assert last == moments[-1]


def test_a_seed_tells_everything(digits):
    x, y = digits
    config = TellingConfig(rounds=2, queries=60, alone=3, together=3, batch=20)

    def weights(seed):
        pair = bodies()
        learn_by_telling(
            pair,
            ActivityPerturbation(),
            halves(x, y),
            x,
            channel=Loopback(2),
            config=config,
            seed=seed,
        )
        return torch.cat([p.detach().flatten() for body in pair for p in body.parameters()])

    assert torch.equal(weights(0), weights(0))
    assert not torch.equal(weights(0), weights(1))


def test_errors(digits):
    x, y = digits
    run = lambda shards, config: learn_by_telling(  # noqa: E731
        bodies(), BackPropagation(), shards, x, channel=Loopback(2), config=config, seed=0
    )
    with pytest.raises(DataError, match="give as many"):
        run(halves(x, y)[:1], CONFIG)
    with pytest.raises(DataError, match="fewer than batch=60"):
        run([Labelled(x[:50], y[:50])] * 2, TellingConfig(batch=60))
    with pytest.raises(ConfigError, match="alone=-1"):
        TellingConfig(alone=-1)
    with pytest.raises(ConfigError, match="rounds"):
        TellingConfig(rounds=0)
