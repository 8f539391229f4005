"""Language models are judged by bits that are known in advance."""

import math

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from pellucid.data import Characters
from pellucid.errors import ConfigError, DataError
from pellucid.learning import Corpus, LanguageConfig, RunFolder, bits_per_character, train_language


class Uniform(nn.Module):
    """Knows nothing of four letters."""

    def forward(self, tokens: Tensor) -> Tensor:
        return torch.zeros(*tokens.shape, 4)


class Counting(nn.Module):
    """Is sure that each number is followed by the next; records what it was asked."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[Tensor] = []

    def forward(self, tokens: Tensor) -> Tensor:
        self.asked.append(tokens)
        return 50.0 * nn.functional.one_hot((tokens + 1) % 4, 4).float()


class Bigram(nn.Module):
    """Learns which letter follows which."""

    def __init__(self, letters: int) -> None:
        super().__init__()
        self.table = nn.Embedding(letters, letters)
        nn.init.zeros_(self.table.weight)

    def forward(self, tokens: Tensor) -> Tensor:
        return self.table(tokens)


@pytest.mark.parametrize("length", [2, 3, 9, 16, 17, 40, 41, 100])
def test_who_knows_nothing_of_four_letters_needs_two_bits(length):
    tokens = torch.randint(0, 4, (length,))
    assert bits_per_character(Uniform(), tokens, context=16) == pytest.approx(2.0)


@pytest.mark.parametrize("length", [2, 17, 33, 50])
def test_who_knows_what_follows_needs_none(length):
    tokens = torch.arange(length) % 4
    model = Counting()
    assert bits_per_character(model, tokens, context=16) == pytest.approx(0.0, abs=1e-6)
    assert max(t.shape[1] for t in model.asked) <= 16


def test_every_character_is_judged_once():
    # One character of a hundred is a surprise, wherever it stands.
    model = Counting()
    for place in (1, 7, 8, 9, 50, 99):
        tokens = torch.arange(100) % 4
        tokens[place] = (tokens[place] + 2) % 4
        surprises = 2 if place < 99 else 1  # it, and the one after it
        expected = surprises * 50 / 99 / math.log(2)
        measured = bits_per_character(model, tokens, context=16)
        assert measured == pytest.approx(expected, rel=1e-4)


def test_a_bigram_learns_the_entropy_of_its_text(tmp_path):
    # After "a" comes "b" always; after "b" comes "a" or "b", evenly: 2/3 of a bit in the mean.
    generator = np.random.default_rng(0)
    text = "".join("ab" if generator.random() < 0.5 else "b" for _ in range(8000))
    corpus = Corpus.of(text)
    config = LanguageConfig(steps=150, batch=16, context=32, learning_rate=0.1, weight_decay=0.0)
    folder = RunFolder.create(tmp_path, "run", config)
    spoken = train_language(Bigram(2), corpus, config, folder=folder)
    assert spoken.bits == pytest.approx(2 / 3, abs=0.05)
    assert spoken.validation_bits == pytest.approx(2 / 3, abs=0.05)


def test_a_corpus_is_split_in_order():
    corpus = Corpus.of("a" * 90 + "b" * 5 + "c" * 5)
    assert corpus.alphabet.decode(corpus.train) == "a" * 90
    assert corpus.alphabet.decode(corpus.validation) == "b" * 5
    assert corpus.alphabet.decode(corpus.test) == "c" * 5


def test_what_is_too_short_is_refused(tmp_path):
    config = LanguageConfig(context=64)
    with pytest.raises(DataError, match="longer text or a smaller context"):
        train_language(
            Uniform(),
            Corpus(Characters("ab"), *[np.zeros(10, np.int64)] * 3),
            config,
            folder=RunFolder.create(tmp_path, "run", config),
        )
    with pytest.raises(DataError, match="at least 2"):
        bits_per_character(Uniform(), torch.zeros(1, dtype=torch.int64), context=8)
    with pytest.raises(ConfigError, match="context=0"):
        LanguageConfig(context=0)
