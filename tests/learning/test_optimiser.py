from __future__ import annotations

from pathlib import Path

import pytest
import torch
from torch import nn

from pellucid.errors import ConfigError
from pellucid.learning.checkpoint import Checkpoint
from pellucid.learning.optimiser import Optimiser
from pellucid.learning.schedule import Schedule

SCHEDULE = Schedule(steps=10, learning_rate=0.01, matrix_rate=0.05, weight_decay=0.0)


def _model() -> nn.Module:
    torch.manual_seed(0)
    return nn.Sequential(nn.Embedding(5, 6), nn.Linear(6, 8), nn.ReLU(), nn.Linear(8, 3))


def _optimiser(model: nn.Module, schedule: Schedule = SCHEDULE) -> Optimiser:
    matrices = [model[1].weight, model[3].weight]  # type: ignore[index]
    return Optimiser(list(model.parameters()), schedule, matrices)


def _step(model: nn.Module, optimiser: Optimiser, rate: float = 0.01) -> None:
    optimiser.zero_grad()
    tokens = torch.tensor([0, 1, 2, 3, 4])
    nn.functional.cross_entropy(model(tokens), torch.tensor([0, 1, 2, 0, 1])).backward()
    optimiser.step(rate)


def test_a_step_of_a_matrix_is_of_one_size_in_all_its_directions() -> None:
    model = _model()
    before = model[3].weight.detach().clone()  # type: ignore[index, union-attr]
    _step(model, _optimiser(model))
    step = before - model[3].weight.detach()  # type: ignore[index, union-attr]
    sizes = torch.linalg.svdvals(step)[:2] / 0.05
    # The gradient has rank 2, as the mean of its rows is 0; five steps of Newton and Schulz leave
    # singular values within a third of 1.
    assert ((sizes > 0.6) & (sizes < 1.4)).all()


def test_what_is_no_matrix_goes_with_adamw() -> None:
    model = _model()
    before = model[0].weight.detach().clone()  # type: ignore[index, union-attr]
    _step(model, _optimiser(model))
    step = (before - model[0].weight.detach()).abs()  # type: ignore[index, union-attr]
    # AdamW's first step is the learning rate in each coordinate with a gradient.
    assert torch.allclose(step[step > 0], torch.tensor(0.01), rtol=1e-3)


def test_both_rates_fall_together() -> None:
    model = _model()
    optimiser = _optimiser(model)
    _step(model, optimiser, rate=0.005)
    rates = [group["lr"] for part in optimiser.parts for group in part.param_groups]
    assert rates == pytest.approx([0.005, 0.005, 0.025])


def test_without_matrices_it_is_adamw() -> None:
    one, other = _model(), _model()
    optimiser = Optimiser(list(one.parameters()), SCHEDULE)
    plain = torch.optim.AdamW(other.parameters(), lr=0.01, weight_decay=0.0, fused=True)
    for _ in range(3):
        _step(one, optimiser)
        plain.zero_grad()
        said = other(torch.tensor([0, 1, 2, 3, 4]))
        nn.functional.cross_entropy(said, torch.tensor([0, 1, 2, 0, 1])).backward()
        plain.step()
    assert all(torch.equal(a, b) for a, b in zip(one.parameters(), other.parameters(), strict=True))


def test_it_continues_to_the_bit(tmp_path: Path) -> None:
    model = _model()
    optimiser = _optimiser(model)
    for _ in range(3):
        _step(model, optimiser)
    path = tmp_path / "c.safetensors"
    Checkpoint(3, 0.0, 0.0, model.state_dict(), optimiser.state_dict()).save(path)
    back = Checkpoint.load(path)
    other = _model()
    other.load_state_dict(back.model)
    again = _optimiser(other)
    again.load_state_dict(back.optimizer)
    for _ in range(3):
        _step(model, optimiser)
        _step(other, again)
    assert all(
        torch.equal(a, b) for a, b in zip(model.parameters(), other.parameters(), strict=True)
    )


def test_only_matrices_of_the_model_are_taken() -> None:
    model = _model()
    parameters = list(model.parameters())
    with pytest.raises(ConfigError, match="2 axes"):
        Optimiser(parameters, SCHEDULE, [model[1].bias])  # type: ignore[index, list-item]
    with pytest.raises(ConfigError, match="no parameter of the model"):
        Optimiser(parameters, SCHEDULE, [nn.Parameter(torch.ones(2, 2))])
    with pytest.raises(ConfigError, match="matrix_rate is 0"):
        Schedule(matrix_rate=0.0)
