from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import torch
import torch.distributed as dist
import torch.multiprocessing as mp
from torch import nn
from torch.nn import functional as F

from pellucid.errors import ConfigError, DataError
from pellucid.hardware import Ledger
from pellucid.learning import WeightPerturbation
from pellucid.transfer import (
    DiLoCo,
    GradientSharing,
    Labels,
    Loopback,
    Moment,
    Policy,
    Ranks,
    SeedSharing,
    WeightAveraging,
    deal,
    learn_together,
)

POLICIES: dict[str, Policy] = {
    "gradients": GradientSharing(),
    "short gradients": GradientSharing(codec="bf16"),
    "weights": WeightAveraging(every=5),
    "diloco": DiLoCo(every=5),
    "short diloco": DiLoCo(every=5, codec="int8"),
    "seeds": SeedSharing(WeightPerturbation(samples=2)),
}


def loss(outputs, labels):
    return F.cross_entropy(outputs, labels, reduction="none")


def adam(weights):
    return torch.optim.Adam(weights, lr=0.01)


class HeavyBall:
    """An optimiser that remembers; those of torch.optim import the compiler, for seconds."""

    def __init__(self, weights):
        self.weights = list(weights)
        self.param_groups = [{"lr": 0.03}]
        self.speed = [torch.zeros_like(w) for w in self.weights]

    @torch.no_grad()
    def step(self):
        for weight, speed in zip(self.weights, self.speed, strict=True):
            speed.mul_(0.8).add_(weight.grad)
            weight.sub_(self.param_groups[0]["lr"] * speed)


def network(seed=0):
    torch.manual_seed(seed)
    return nn.Sequential(nn.Linear(6, 8), nn.ReLU(), nn.Dropout(0.2), nn.Linear(8, 3))


def data():
    draw = np.random.default_rng(0)
    x = draw.normal(size=(90, 6)).astype(np.float32)
    return x, (x[:, :3] + 0.3 * draw.normal(size=(90, 3))).argmax(1)


def flat(model):
    return torch.cat([p.detach().flatten() for p in model.parameters()])


def learn(policy, channel, model=None, **changes):
    settings = {"steps": 20, "batch": 6, "seed": 3, "optimiser": HeavyBall, **changes}
    model = network() if model is None else model
    return learn_together(model, loss, *data(), policy=policy, channel=channel, **settings)


def worker(rank, folder):
    torch.set_num_threads(1)
    dist.init_process_group("gloo", init_method=f"file://{folder}/meet", rank=rank, world_size=2)
    found = {}
    for name, policy in POLICIES.items():
        torch.manual_seed(100 + rank)  # whatever else a process draws, it does not matter
        with Ledger() as book:
            # Each begins with weights of its own, and takes those of the first.
            last = learn(policy, Ranks(), network(rank), steps=10)
        found[name] = flat(last.model).numpy()
        found[f"{name} bits"] = np.array([last.bits, book.total("bits")])
    # Messages of different lengths, one of them empty but for its head.
    told = Ranks().exchange([Labels(torch.full((9 * rank,), 5), 10)])
    found["lengths"] = np.array([len(message.labels) for message in told])
    np.savez(f"{folder}/rank{rank}.npz", **found)
    dist.destroy_process_group()


def test_two_processes_do_what_two_members_in_one_do(tmp_path: Path) -> None:
    mp.spawn(worker, args=(str(tmp_path),), nprocs=2)
    own = {}
    for rank in range(2):
        with np.load(tmp_path / f"rank{rank}.npz") as file:
            own[rank] = dict(file)
    for name, policy in POLICIES.items():
        with Ledger() as book:
            last = learn(policy, Loopback(2), steps=10)
        np.testing.assert_array_equal(own[0][name], own[1][name], err_msg=name)
        np.testing.assert_array_equal(own[0][name], flat(last.model).numpy(), err_msg=name)
        bits = [own[rank][f"{name} bits"] for rank in range(2)]
        assert bits[0][0] == bits[1][0] == last.bits == book.total("bits") > 0
        # Each process's own ledger hears what its own member says.
        assert bits[0][1] + bits[1][1] == last.bits
    assert own[0]["lengths"].tolist() == own[1]["lengths"].tolist() == [0, 9]


@pytest.mark.parametrize("name", POLICIES)
def test_it_learns_and_a_seed_decides_everything(name):
    # Dropout is among what the seed decides; slopes are measured without it, or would be noise.
    one, same, other = (
        flat(learn(POLICIES[name], Loopback(3), steps=10, seed=seed).model) for seed in (3, 3, 4)
    )
    assert torch.equal(one, same)
    assert not torch.equal(one, other)
    learned = learn(POLICIES[name], Loopback(3), steps=60, optimiser=adam).model
    x, y = map(torch.from_numpy, data())
    assert loss(learned(x), y).mean() < 0.85 * loss(network().eval()(x), y).mean()


def test_the_callers_draws_go_on_undisturbed():
    torch.manual_seed(5)
    expected = torch.rand(2)
    model = network()
    torch.manual_seed(5)
    learn(POLICIES["gradients"], Loopback(2), model)
    assert torch.equal(torch.rand(2), expected)


def test_moments_are_told_with_the_bits_so_far():
    told: list[Moment] = []
    weights = []

    def tell(moment):
        assert not moment.model.training
        told.append(moment)
        weights.append(flat(moment.model).clone())

    model = network()
    last = learn(DiLoCo(every=5), Loopback(3), model, at=(0, 5, 12, 20), tell=tell)
    assert [m.step for m in told] == [0, 5, 12, 20]
    assert told[0].bits == 0
    assert told[2].bits == 2 * told[1].bits
    assert told[3].bits == last.bits == 4 * told[1].bits
    assert last.model is model
    assert torch.equal(weights[0], flat(network()))
    assert all(not torch.equal(a, b) for a, b in pairwise(weights))
    quiet = learn(DiLoCo(every=5), Loopback(3))
    assert torch.equal(flat(quiet.model), weights[-1])  # looking changes nothing


def test_a_cheap_policy_is_cheap_by_as_much_as_it_says():
    bits = {name: learn(policy, Loopback(4)).bits for name, policy in POLICIES.items()}
    assert bits["gradients"] == 5 * bits["diloco"] == 5 * bits["weights"]
    weights = sum(p.numel() for p in network().parameters())
    assert bits["gradients"] - bits["short gradients"] == 20 * 4 * 16 * weights
    assert bits["seeds"] == 20 * 4 * (8 * 8 + 32 + 64)


def test_members_see_their_own_shard_and_all_of_it():
    shards = deal(10, 3)
    assert [rows.tolist() for rows in shards] == [[0, 3, 6, 9], [1, 4, 7], [2, 5, 8]]
    seen = [set() for _ in range(3)]
    x = torch.arange(9.0).unsqueeze(1)
    own = [np.array([0, 5, 8]), np.array([1, 2, 3]), np.array([4, 6])]
    calls = []

    class Spy(nn.Linear):
        def forward(self, x):
            calls.append(x.flatten().tolist())
            return super().forward(x)

    learn_together(
        Spy(1, 2), loss, x, torch.zeros(9, dtype=torch.int64), policy=GradientSharing(),
        channel=Loopback(3), optimiser=adam, steps=6, batch=1, seed=0, shards=own,
    )  # fmt: skip
    for number, call in enumerate(calls):
        seen[number % 3].update(call)
    assert [sorted(rows) for rows in seen] == [rows.tolist() for rows in own]
    # Each sample once an epoch: the first member has three, and two epochs.
    assert sorted(c[0] for c in calls[0::3]) == [0, 0, 5, 5, 8, 8]


def test_the_rate_of_every_member_fades():
    rates = []

    class Spying(torch.optim.SGD):
        def step(self, *args, **settings):
            rates.append(self.param_groups[0]["lr"])
            return super().step(*args, **settings)

    learn(
        WeightAveraging(every=2), Loopback(2), steps=4, fade=lambda share: 1 - share,
        optimiser=lambda weights: Spying(weights, lr=0.4),
    )  # fmt: skip
    assert rates == pytest.approx([0.4, 0.4, 0.3, 0.3, 0.2, 0.2, 0.1, 0.1])


def test_what_does_not_fit_together_is_refused():
    with pytest.raises(ConfigError, match="multiple of every=5"):
        learn(DiLoCo(every=5), Loopback(2), steps=12)
    with pytest.raises(ConfigError, match="more than the 30 samples"):
        learn(GradientSharing(), Loopback(3), batch=31)
    with pytest.raises(ConfigError, match="batch=0"):
        learn(GradientSharing(), Loopback(3), batch=0)
    with pytest.raises(DataError, match="2 shards of 3 members"):
        learn(GradientSharing(), Loopback(3), shards=deal(90, 2))
    with pytest.raises(DataError, match="each in one of them at most"):
        learn(GradientSharing(), Loopback(2), shards=[np.arange(50), np.arange(40, 90)])
    with pytest.raises(DataError, match="rows from 0 to 89"):
        learn(GradientSharing(), Loopback(2), shards=[np.arange(50), np.arange(50, 91)])
    with pytest.raises(DataError, match="give as many"):
        learn_together(
            network(), loss, data()[0], data()[1][:-1], policy=GradientSharing(),
            channel=Loopback(2), optimiser=adam, steps=1, batch=1, seed=0,
        )  # fmt: skip
    with pytest.raises(DataError, match="not finite"):
        learn(
            GradientSharing(), Loopback(2),
            optimiser=lambda weights: torch.optim.SGD(weights, lr=1e30),
        )  # fmt: skip
