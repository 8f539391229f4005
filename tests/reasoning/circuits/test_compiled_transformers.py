"""A transformer's circuit says what the transformer says, as deep at every length."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from pellucid.errors import ConfigError, DataError
from pellucid.reasoning.circuits import (
    FixedConfig,
    LearningConfig,
    PointTracking,
    StraightThroughTransformer,
    compile_circuit,
    learn_fixed,
    random_transformer,
)

TINY = FixedConfig(vocabulary=3, dimension=2, hidden=3, places=3, bits=3)
DEPTH = 18
"""Of one block: word 2, query 2, score 3, weighted values 1, mean 2, three sums 6, read-out 2."""


def drawn(config=TINY, seed=0):
    return random_transformer(config, np.random.default_rng(seed))


def rows(network, length, count=40, seed=0):
    random = np.random.default_rng(seed)
    return random.integers(network.config.vocabulary, size=(count, length + 1))


@settings(max_examples=25, deadline=None)
@given(
    st.builds(
        FixedConfig,
        vocabulary=st.integers(1, 6),
        dimension=st.just(4),
        heads=st.sampled_from([1, 2, 4]),
        hidden=st.integers(1, 4),
        depth=st.integers(1, 2),
        places=st.just(3),
        bits=st.integers(2, 4),
        weight_bits=st.integers(2, 6),
        shift=st.integers(1, 3),
        score_shift=st.integers(1, 3),
        octaves=st.integers(1, 6),
    ),
    st.integers(0, 100),
    st.integers(1, 3),
    st.integers(1, 3),
)
def test_circuits_equal_networks(config, seed, length, steps):
    network = drawn(config, seed)
    circuit = compile_circuit(network, length, steps=steps)
    tokens = rows(network, length)
    said, state = circuit.evaluate(tokens)
    right = network.say(tokens, length, steps=steps)
    assert (said == right).all()
    longer = np.concatenate([tokens, right[:, :-1]], 1)
    assert (state == network.states(longer, length)[:, -1]).all()


def test_depth_is_the_same_at_every_length_and_grows_by_the_step():
    network = drawn(replace(TINY, places=9))
    assert [compile_circuit(network, n).depth for n in (1, 2, 4, 9)] == [DEPTH] * 4
    depths = [compile_circuit(network, 2, steps=t).depth for t in (1, 2, 3, 5)]
    assert depths == [DEPTH, 2 * DEPTH, 3 * DEPTH, 5 * DEPTH]


def test_size_is_linear_in_the_length_for_one_word():
    network = drawn(FixedConfig(places=12))
    sizes = [compile_circuit(network, n).size for n in (3, 6, 9, 12)]
    growth = np.diff(sizes)
    assert growth.max() < 1.1 * growth.min()


def test_another_network_is_told_from_the_circuit():
    network = drawn(FixedConfig())
    tokens = rows(network, 2)
    circuit = compile_circuit(network, 2)
    assert len(np.unique(network.states(tokens, 2)[:, -1], axis=0)) > 20
    block = network.blocks[0]
    weight = block.narrow.weight.copy()
    weight[0, 0] += 1
    changed = replace(block, narrow=replace(block.narrow, weight=weight))
    other = replace(network, blocks=(changed,))
    assert (circuit.evaluate(tokens)[1] == network.states(tokens, 2)[:, -1]).all()
    assert (circuit.evaluate(tokens)[1] != other.states(tokens, 2)[:, -1]).any()


def test_attention_is_a_mean_that_is_weighted_by_the_table():
    config = FixedConfig(vocabulary=2, dimension=2, hidden=1, places=2, bits=4, octaves=3)
    assert config.exponentials[0] == 1
    assert config.exponentials[-1] == 8
    assert (np.diff(config.exponentials) >= 0).all()
    network = drawn(config, 3)
    block, c = network.blocks[0], config
    x = np.array([[[3, -2], [1, 7], [-8, 4]]])

    def cut(total, shift):
        return np.clip(np.floor(total / 2**shift + 0.5), c.low, c.high).astype(int)

    q, k, v = (cut(part(x), c.shift)[0] for part in (block.query, block.key, block.value))
    for n in range(3):
        score = [int(cut(q[n] @ k[m], c.score_shift)) for m in range(n + 1)]
        weight = [int(c.exponentials[s - c.low]) for s in score]
        mean = sum(w * v[m] for m, w in enumerate(weight)) / sum(weight)
        assert network._attended(block, x)[0, n].tolist() == np.floor(mean + 0.5).tolist()


def test_what_comes_later_changes_nothing_before():
    network = drawn()
    tokens = np.array([[0, 1, 2, 0, 1]])
    other = np.array([[0, 1, 2, 0, 2]])
    one, two = network.states(tokens, 2), network.states(other, 2)
    assert (one[:, :4] == two[:, :4]).all()


def test_what_learns_is_the_network_of_whole_numbers():
    config = FixedConfig(heads=2, depth=2, places=4)
    model = StraightThroughTransformer(config, seed=1)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.add_(0.3 * torch.randn_like(parameter))
    tokens = np.random.default_rng(0).integers(8, size=(50, 7))
    logits = model(torch.from_numpy(tokens), 4)[:, -1].detach().numpy()
    assert (logits * 2**config.shift == model.fixed().logits(tokens, 4)).all()


def test_every_part_is_told_how_to_change():
    model = StraightThroughTransformer(FixedConfig(places=3), seed=0)
    tokens = torch.from_numpy(PointTracking().draw(np.random.default_rng(0), 64, 3))
    model(tokens[:, :-1], 3).square().sum().backward()
    assert all(p.grad is not None and p.grad.abs().sum() > 0 for p in model.parameters())


def test_a_short_training_learns_one_step():
    learning = LearningConfig(steps=300, batch=32)
    network = learn_fixed(PointTracking(), FixedConfig(places=1), learning, seed=0)
    every = PointTracking().every(1)
    assert (network.say(every[:, :2], 1, steps=1)[:, 0] == every[:, 2]).all()
    circuit = compile_circuit(network, 1)
    assert (circuit(every[:, :2])[:, 0] == every[:, 2]).all()


def test_points_are_followed():
    task = PointTracking(((1, 2, 0), (1, 0, 2)))
    assert task.rows(np.array([[0, 1, 1, 0]])).tolist() == [[0, 1, 1, 0, 2, 3, 2, 3, 4]]
    assert len(np.unique(task.every(4)[:, :4], axis=0)) == 16
    assert (task.vocabulary, task.start) == (5, 2)
    for row in task.draw(np.random.default_rng(0), 20, 5):
        point = 0
        for step, word in enumerate(row[:5]):
            point = task.permutations[word][point]
            assert row[6 + step] == 2 + point


def test_the_permutations_generate_all_of_s5():
    generators = PointTracking().permutations
    found, new = set(), {(0, 1, 2, 3, 4)}
    while new:
        found |= new
        new = {tuple(g[p] for p in f) for f in new for g in generators} - found
    assert len(found) == 120


def test_bad_input_is_refused():
    network = drawn()
    with pytest.raises(ConfigError, match="3 places"):
        compile_circuit(network, 4)
    with pytest.raises(ConfigError, match="1 to 4 words"):
        compile_circuit(network, 1, steps=5)
    circuit = compile_circuit(network, 1)
    with pytest.raises(DataError, match="1 tokens and a start"):
        circuit(np.zeros((2, 3), int))
    with pytest.raises(DataError, match="vocabulary"):
        circuit(np.full((2, 2), 3))
    with pytest.raises(DataError, match="start token"):
        network.states(np.zeros((2, 2), int), 2)
    with pytest.raises(DataError, match="vocabulary"):
        network.states(np.full((2, 2), -1), 1)
    with pytest.raises(ConfigError, match="heads must divide"):
        FixedConfig(heads=3)
    with pytest.raises(ConfigError, match="no permutation"):
        PointTracking(((0, 0, 1),))
