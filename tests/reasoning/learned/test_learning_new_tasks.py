"""Tasks that share features: exact references, learning in context, and weights that adapt."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
import torch

from pellucid.errors import ConfigError
from pellucid.networks.token_network import TokenNetworkConfig
from pellucid.reasoning.learned.adaptation import (
    STARTS,
    AdaptationConfig,
    adapt,
    begin,
    learn_shared,
    outputs,
)
from pellucid.reasoning.learned.function_family import FunctionFamily, Pool, Sequences
from pellucid.reasoning.learned.in_context import (
    InContextConfig,
    InContextRegressor,
    learn_in_context,
)

FAMILY = FunctionFamily(seed=3)
SMALL = TokenNetworkConfig(8, 1, 2, mixer="softmax", feed="mlp")


def generator(seed=0):
    return torch.Generator().manual_seed(seed)


def sequences(count=300, examples=8, family=FAMILY, seed=0):
    draw = generator(seed)
    return family.sample(family.tasks(count, draw), examples, draw)


def error(said, shown):
    return float((said - shown.true[:, -1]).square().mean())


def test_features_are_those_of_the_seed_and_of_unit_power():
    x = torch.randn(4000, generator=generator())
    phi = FAMILY.phi(x)
    assert torch.equal(phi, FunctionFamily(seed=3).phi(x))
    assert not torch.allclose(phi, FunctionFamily(seed=4).phi(x))
    assert phi.abs().max() <= math.sqrt(2)
    many = torch.stack([FunctionFamily(seed=s).phi(x).square().mean() for s in range(60)])
    assert many.mean() == pytest.approx(1, abs=0.1)


def test_noise_is_as_said_and_truth_is_a_sum_of_features():
    shown = sequences(2000, 5)
    assert (shown.y - shown.true).std() == pytest.approx(FAMILY.noise, rel=0.03)
    tasks = torch.eye(3)
    one = FAMILY.sample(tasks, 4, generator(1))
    assert torch.allclose(one.true, FAMILY.phi(one.x)[torch.arange(3), :, torch.arange(3)])


def test_ridge_is_the_mean_of_the_posterior():
    """By weighing many tasks of the prior, which is another way to the same mean."""
    shown = sequences(5, 4)
    prior = FAMILY.tasks(400_000, generator(2))
    for row in range(5):
        part = Sequences(*(v[row : row + 1] for v in vars(shown).values()))
        weighed = FAMILY.known(part, prior)
        assert float(FAMILY.ridge(part)) == pytest.approx(float(weighed), abs=0.05)


def test_ridge_finds_the_task_without_noise_and_says_nothing_without_examples():
    quiet = replace(FAMILY, noise=1e-3)
    shown = sequences(50, 12, quiet)
    assert torch.allclose(quiet.ridge(shown), shown.true[:, -1], atol=0.05)
    assert FAMILY.ridge(sequences(4, 1)).tolist() == [0.0] * 4


def test_known_tasks_are_told_apart_and_no_reference_beats_the_right_one():
    draw = generator(5)
    tasks = FAMILY.tasks(6, draw)
    seen = FAMILY.sample(tasks.repeat(60, 1), 8, draw)
    new = sequences(360, 8, seed=6)
    assert error(FAMILY.known(seen, tasks), seen) < 0.2 * error(FAMILY.ridge(seen), seen)
    assert error(FAMILY.ridge(new), new) < 0.2 * error(FAMILY.known(new, tasks), new)


def test_a_pool_shows_its_own_examples_only_and_each_once():
    pool = Pool.of(FAMILY, 3, 5, generator())
    shown = pool.draw(50, 5, generator(1))
    for x, y, true in zip(shown.x, shown.y, shown.true, strict=True):
        [task] = [m for m in range(3) if x[0] in pool.examples.x[m]]
        assert sorted(x.tolist()) == sorted(pool.examples.x[task].tolist())
        place = [pool.examples.x[task].tolist().index(v) for v in x.tolist()]
        assert torch.equal(y, pool.examples.y[task, place])
        assert torch.equal(true, pool.examples.true[task, place])


def test_no_answer_is_read_before_it_is_asked():
    torch.manual_seed(0)
    model = InContextRegressor(InContextConfig(SMALL, examples=5))
    shown = sequences(6, 5)
    said = model(shown.x, shown.y)
    for k in range(5):
        y = shown.y.clone()
        y[:, k] += 1
        moved = (model(shown.x, y) - said).abs().amax(0) > 0
        assert moved.tolist() == [j > k for j in range(5)]


def test_who_learns_in_context_is_better_for_the_examples():
    slow = FunctionFamily(frequency=0.4, seed=3)  # learned in few steps
    pool = Pool.of(slow, 300, 16, generator())
    config = InContextConfig(TokenNetworkConfig(16, 1, 2, mixer="softmax", feed="mlp"), steps=150)
    model = learn_in_context(pool, config, seed=0)
    new = sequences(500, 8, slow)
    with torch.no_grad():
        said = model(new.x, new.y)
        others = model(new.x, new.y.roll(1, 0))
    assert error(said[:, -1], new) < 0.8 * float(new.true[:, -1].square().mean())
    assert error(said[:, -1], new) < 0.7 * error(others[:, -1], new)
    first = float((said[:, 0] - new.true[:, 0]).square().mean())
    assert error(said[:, -1], new) < 0.8 * first


CONFIG = AdaptationConfig(hidden=8, features=3, steps=400, adapted=60)


def test_a_shared_head_adapts_better_than_random_weights():
    pool = Pool.of(FAMILY, 64, 16, generator())
    shared = learn_shared(pool, replace(CONFIG, hidden=16, learning_rate=1e-2), seed=0)
    new = sequences(200, 8)
    config = replace(CONFIG, hidden=16)
    said = {s: adapt(shared, new, s, config, learning_rate=3e-2, seed=1) for s in STARTS}
    errors = {start: error(value, new) for start, value in said.items()}
    assert errors["head"] < 0.7 * errors["scratch"]
    assert len(set(errors.values())) == 3


def test_each_task_adapts_by_itself_and_does_not_see_what_is_asked():
    shared = begin(1, CONFIG, generator())
    new = sequences(6, 5)
    for start in STARTS:
        said = adapt(shared, new, start, CONFIG, learning_rate=1e-2, seed=1)
        y = new.y.clone()
        y[:, -1] += 5
        y[2, 0] += 1
        again = adapt(shared, replace(new, y=y), start, CONFIG, learning_rate=1e-2, seed=1)
        assert (said != again).tolist() == [k == 2 for k in range(6)]


def test_the_head_alone_leaves_the_features_as_they_are():
    shared = begin(1, CONFIG, generator())
    new = sequences(3, 9)
    # Of one feature times zero, nothing but the head's bias is left to adapt: it becomes the mean.
    dark = (*shared[:4], 0 * shared[4], 0 * shared[5], *shared[6:])
    long = replace(CONFIG, adapted=600)
    said = adapt(dark, new, "head", long, learning_rate=3e-2, seed=1)
    assert torch.allclose(said, new.y[:, :-1].mean(1), atol=1e-2)


def test_networks_of_tasks_are_what_they_are_written_as():
    weights = begin(2, CONFIG, generator())
    weights = (*weights[:6], torch.ones(2, 3, 1), torch.full((2, 1, 1), 0.5))
    x = torch.tensor([[0.3, -1.0], [2.0, 0.0]])
    a, a0, b, b0, c, c0, w, w0 = (part[1] for part in weights)
    state = torch.tanh(torch.tanh(x[1][:, None] @ a + a0) @ b + b0) @ c + c0
    assert torch.allclose(outputs(weights, x)[1], (state @ w + w0)[:, 0])


def test_sizes_that_make_no_sense_are_refused():
    with pytest.raises(ConfigError, match="one is shown"):
        InContextConfig(examples=1)
    with pytest.raises(ConfigError, match="noise"):
        FunctionFamily(noise=0.0)
    with pytest.raises(ConfigError, match="adapted"):
        AdaptationConfig(adapted=0)
