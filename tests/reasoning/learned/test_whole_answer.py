"""Answers found as a whole: what is masked, what is asked for, and what energies are."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from pellucid.errors import ConfigError, DataError
from pellucid.learning.runs import RunFolder
from pellucid.networks.token_network import TokenNetworkConfig
from pellucid.reasoning.learned import (
    ChainConfig,
    ChainTransformer,
    energy,
    form_of,
    minimise,
    train_whole,
)
from pellucid.reasoning.learned.whole_answer import mask_of, masked_loss
from pellucid.reasoning.tasks import LatinSquare, Rows

TASK = LatinSquare(2, 0.3)
COMMA = TASK.vocabulary.number(",")


def make(causal: bool = False, dimension: int = 16) -> ChainTransformer:
    torch.manual_seed(0)
    vocabulary = TASK.vocabulary
    return ChainTransformer(
        TokenNetworkConfig(dimension, 2, 2, mixer="softmax", feed="mlp"),
        vocabulary=len(vocabulary) + 1,
        delimiters=[vocabulary.number(word) for word in (",", "<sep>")],
        lines=4,
        places=3,
        causal=causal,
    )


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> ChainTransformer:
    model = make(dimension=32)
    config = ChainConfig(steps=300, batch=64, matrix_rate=0.02)
    with RunFolder.begin(tmp_path_factory.mktemp("whole"), "whole", config) as run:
        train_whole(model, TASK.batch, config, folder=run)
    return model.eval()


def test_commas_are_the_form_and_the_rest_is_masked() -> None:
    model, drawn = make(), TASK.draw(np.random.default_rng(0), 5)
    form = form_of(model, drawn.answers)
    mask = mask_of(model)
    assert form.tolist() == [mask, mask, COMMA, mask, mask]
    ragged = Rows(drawn.answers.tokens, drawn.answers.length - np.arange(5) % 2)
    with pytest.raises(DataError, match="ask for them apart"):
        form_of(model, ragged)


def test_nothing_but_cells_of_the_answer_is_said(trained: ChainTransformer) -> None:
    drawn = TASK.draw(np.random.default_rng(1), 40)
    form = form_of(trained, drawn.answers)
    generator = torch.Generator().manual_seed(0)
    said = minimise(
        trained, drawn.questions, form, passes=3, temperature=9.0, generator=generator
    ).tokens
    assert (said[:, 2] == COMMA).all()
    numbers = said[:, [0, 1, 3, 4]]
    known = {TASK.vocabulary.number(word) for word in ("1", "2", "_")}
    assert set(numbers.ravel().tolist()) <= known


def test_several_passes_are_right_where_one_is_not(trained: ChainTransformer) -> None:
    drawn = TASK.draw(np.random.default_rng(2), 300)
    form = form_of(trained, drawn.answers)
    shares = [
        TASK.right_squares(
            drawn.questions, minimise(trained, drawn.questions, form, passes=k).tokens
        ).mean()
        for k in (1, 4)
    ]
    # A square of which nothing is given has two completions, and a single pass mixes them.
    assert shares[1] > 0.99 > shares[0]


def test_right_answers_have_the_lowest_energy(trained: ChainTransformer) -> None:
    questions = np.array([TASK.vocabulary.encode("1 _ , _ _ <sep>")] * 3)
    answers = np.array([TASK.vocabulary.encode(x) for x in ("1 2 , 2 1", "1 1 , 1 1", "1 2 , 1 2")])
    found = energy(trained, Rows.full(questions), Rows.full(answers))
    assert found[0] < 0.2 < found[1:].min() - 1


def test_energy_is_the_sum_over_single_masks(trained: ChainTransformer) -> None:
    drawn = TASK.draw(np.random.default_rng(3), 3)
    by_hand = np.zeros(3)
    whole = np.concatenate([drawn.questions.tokens, drawn.answers.tokens], 1)
    first = drawn.questions.tokens.shape[1]
    allowed = [TASK.vocabulary.number(word) for word in ("_", "1", "2")]
    for place in (0, 1, 3, 4):
        rows = torch.from_numpy(whole.copy())
        rows[:, first + place] = mask_of(trained)
        with torch.no_grad():
            logits = trained(rows)[:, first + place - 1]
        for b in range(3):
            logs = logits[b, allowed].log_softmax(0)
            by_hand[b] -= float(logs[allowed.index(int(whole[b, first + place]))])
    assert energy(trained, drawn.questions, drawn.answers) == pytest.approx(by_hand, abs=1e-4)


def test_some_token_of_every_row_is_masked_and_no_comma() -> None:
    seen: list[torch.Tensor] = []
    model = make()
    plain = model.forward

    def spy(tokens: torch.Tensor, shift: torch.Tensor | None = None) -> torch.Tensor:
        seen.append(tokens)
        return plain(tokens, shift)

    model.forward = spy
    batch = TASK.batch(np.random.default_rng(4), 50)
    loss = masked_loss(model, batch, np.random.default_rng(5))
    [rows] = seen
    masked = rows == mask_of(model)
    assert masked.any(1).all()
    changed = rows.numpy() != batch.tokens
    assert (changed == masked.numpy()).all()
    kept = [*range(6), 8, 11]
    assert not changed[:, kept].any()
    assert torch.isfinite(loss)


def test_a_network_that_sees_one_way_is_refused(tmp_path: Path) -> None:
    drawn = TASK.draw(np.random.default_rng(6), 2)
    form = form_of(make(), drawn.answers)
    with pytest.raises(ConfigError, match="causal=False"):
        minimise(make(causal=True), drawn.questions, form, passes=1)
    with pytest.raises(ConfigError, match="passes is 0"):
        minimise(make(), drawn.questions, form, passes=0)
    uneven = Rows(drawn.questions.tokens, drawn.questions.length - np.array([0, 1]))
    with pytest.raises(DataError, match="several lengths"):
        minimise(make(), uneven, form, passes=1)
    config = ChainConfig(steps=1, shift=2)
    with (
        RunFolder.begin(tmp_path, "w", config) as run,
        pytest.raises(ConfigError, match="shift 0"),
    ):
        train_whole(make(), TASK.batch, config, folder=run)
