"""Transformers of chains: where tokens stand, streams and rows, what is said and learned."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from pellucid.errors import ConfigError, DataError
from pellucid.learning.runs import RunFolder
from pellucid.networks.token_network import TokenNetworkConfig
from pellucid.reasoning.learned import (
    ChainConfig,
    ChainTransformer,
    answered,
    continued,
    share_answered,
    token_loss,
    train_chains,
)
from pellucid.reasoning.tasks import LinearEquations, PrefixArithmetic, Rows

BLACK = TokenNetworkConfig(16, 2, 4, mixer="softmax", feed="mlp")
CRATE = TokenNetworkConfig(16, 2, 4)


def make(network=BLACK, *, task=None, delimiters=("=",), **settings):
    task = task or PrefixArithmetic(3, 2)
    torch.manual_seed(0)
    sizes = {"lines": 4, "places": 8} | settings
    numbers = [task.vocabulary.number(word) for word in delimiters]
    return ChainTransformer(
        network, vocabulary=len(task.vocabulary), delimiters=numbers, **sizes
    ).eval()


def test_a_delimiter_ends_its_line_and_padding_stands_nowhere():
    model = make()
    equals = PrefixArithmetic(3, 2).vocabulary.number("=")
    line, place = model.positions(torch.tensor([[9, 8, equals, 3, 4, 0, 0]]))
    assert line.tolist() == [[0, 0, 0, 1, 1, 0, 0]]
    assert place.tolist() == [[0, 1, 2, 0, 1, 0, 0]]
    line, place = model.positions(torch.tensor([[equals, equals, 5]]))
    assert line.tolist() == [[0, 1, 2]]
    assert place.tolist() == [[0, 0, 0]]


def test_without_delimiters_places_are_those_in_the_row():
    line, place = make(delimiters=()).positions(torch.tensor([[2, 3, 2, 4]]))
    assert line.tolist() == [[0] * 4]
    assert place.tolist() == [[0, 1, 2, 3]]


@pytest.mark.parametrize("network", [BLACK, CRATE], ids=["black box", "CRATE"])
@pytest.mark.parametrize("window", [1, 3])
def test_streams_say_what_rows_say(network, window):
    task = LinearEquations(3, 1)
    model = make(
        network, task=task, delimiters=(",", "<sep>"), window=window, lines=6, places=12
    ).double()
    tokens = torch.from_numpy(task.batch(np.random.default_rng(0), 5).tokens)
    rows = model(tokens)
    memory = model.begin(5)
    for n in range(tokens.shape[1]):
        logits, memory = model.step(tokens[:, n], memory)
        there = tokens[:, n] != 0
        assert torch.allclose(logits[there], rows[:, n][there])


def test_what_comes_later_changes_nothing_before():
    model = make()
    tokens = torch.tensor([[9, 8, 2, 3, 4]])
    other = tokens.clone()
    other[0, 4] = 5
    one, two = model(tokens), model(other)
    assert torch.equal(one[:, :4], two[:, :4])
    assert not torch.allclose(one[:, 4], two[:, 4])


def test_a_shift_moves_the_places_of_a_row_and_not_its_lines():
    model = make()
    tokens = torch.tensor([[9, 8, 2, 3]])
    moved = model(tokens, torch.tensor([2]))
    assert not torch.allclose(moved, model(tokens))
    with torch.no_grad():
        model.place.copy_(model.place[:1].expand_as(model.place))
    assert torch.equal(model(tokens, torch.tensor([2])), model(tokens))


def test_a_row_with_too_many_places_or_lines_is_refused():
    model = make(places=4, lines=2)
    with pytest.raises(DataError, match="5 places are more than the model's 4"):
        model(torch.full((1, 5), 3))
    with pytest.raises(DataError, match="3 lines are more than the model's 2"):
        model(torch.full((1, 3), 2))
    with pytest.raises(ConfigError, match="delimiters"):
        ChainTransformer(BLACK, vocabulary=5, delimiters=[5], lines=2, places=2)
    with pytest.raises(ConfigError, match="even"):
        ChainTransformer(
            TokenNetworkConfig(3, 1, 1), vocabulary=5, delimiters=[], lines=2, places=2
        )


def always(model, token):
    """A model that says one token whatever it read."""
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.zero_()
        model.embedding[:, 0] = -1
        model.embedding[token, 0] = 1
        model.network.norm.bias[0] = 1
    return model


def test_what_never_ends_is_cut_and_a_full_model_stops():
    equals = PrefixArithmetic(3, 2).vocabulary.number("=")
    question = Rows.full(np.array([[9, 8, equals], [9, 9, equals]]))
    said = continued(always(make(), 5), question, longest=4)
    assert said.tokens.tolist() == [[5] * 4] * 2
    # Each = begins a line, and there are four of them: the question has one.
    said = continued(always(make(), equals), question, longest=20)
    assert said.length.tolist() == [3, 3]
    assert continued(always(make(), 1), question, longest=5).length.tolist() == [0, 0]


def test_questions_of_different_lengths_are_asked_as_they_would_be_alone():
    task = PrefixArithmetic(3, 2)
    model = make(task=task, places=12)
    long = np.array([[9, 10, 11, 2], [12, 2, 0, 0], [9, 13, 2, 0]])
    together = continued(model, Rows(long, np.array([4, 2, 3])), longest=5)
    for row, length in enumerate((4, 2, 3)):
        alone = continued(model, Rows.full(long[row : row + 1, :length]), longest=5)
        own = together.tokens[row, : together.length[row]]
        assert own.tolist() == alone.tokens[0, : alone.length[0]].tolist()


def test_an_answer_is_the_end_of_what_was_said():
    said = Rows(np.array([[5, 6, 7], [7, 6, 0], [7, 0, 0]]), np.array([3, 2, 1]))
    answers = Rows(np.array([[6, 7], [6, 0], [6, 7]]), np.array([2, 1, 2]))
    assert answered(said, answers).tolist() == [True, True, False]


def test_only_what_follows_the_question_is_learned():
    task = PrefixArithmetic(3, 2)
    batch = task.batch(np.random.default_rng(0), 6)
    nats = token_loss(always(make(task=task), 1), batch)
    assert nats.shape == (6 * 3,)  # two values and <eos>
    assert (nats.view(6, 3).argmin(1) == 2).all()  # <eos> is last, and alone is foretold
    assert (nats.view(6, 3)[:, :2] == nats[0]).all()


@pytest.mark.parametrize("form", ["chain", "direct"])
def test_a_small_task_is_learned_and_a_killed_training_goes_on(form, tmp_path):
    task = PrefixArithmetic(3, 2)
    model = make(task=task)
    before = share_answered(model, task.draw(np.random.default_rng(9), 200), form)
    config = ChainConfig(steps=150, batch=64, learning_rate=1e-2, shift=2)

    def source(random, count):
        return task.batch(random, count, form)

    with RunFolder.begin(tmp_path, "run", config) as run:
        train_chains(model, source, config, folder=run)
        again = make(task=task)
        train_chains(again, source, config, folder=run)  # from the last checkpoint: nothing left
    after = share_answered(model.eval(), task.draw(np.random.default_rng(9), 200), form)
    assert after > 0.97
    assert after > before + 0.3
    assert all(
        torch.equal(a, b) for a, b in zip(model.parameters(), again.parameters(), strict=True)
    )
