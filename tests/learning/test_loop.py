from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import killed_training
import pytest
import torch
from killed_training import Disturbance, network
from torch import Tensor, nn

from pellucid.errors import CheckpointError, CollapseError
from pellucid.learning.checkpoint import Checkpoints
from pellucid.learning.loop import StepResult, step_seed, train_loop
from pellucid.learning.metrics import Metrics
from pellucid.learning.runs import RunFolder
from pellucid.learning.schedule import Schedule


def _run(root: Path, name: str = "tiny") -> RunFolder:
    return RunFolder.create(root, name, Schedule(), command=["test"])


def _same_weights(one: nn.Module, other: nn.Module) -> bool:
    state = other.state_dict()
    return all(torch.equal(tensor, state[name]) for name, tensor in one.state_dict().items())


@pytest.fixture
def unbroken(tmp_path: Path) -> nn.Module:
    model = network()
    killed_training.train(_run(tmp_path / "unbroken"), model)
    return model


def test_a_training_killed_with_sigkill_ends_with_the_same_weights(
    tmp_path: Path, unbroken: nn.Module
) -> None:
    _train_and_kill(tmp_path, least=10)
    schedule = Schedule(steps=killed_training.STEPS)
    with RunFolder.begin(tmp_path, "tiny", schedule) as run, pytest.raises(KeyboardInterrupt):
        killed_training.train(run, network(), interrupt_at=60)
    assert run.resumed
    run = RunFolder.begin(tmp_path, "tiny", schedule)
    model = network()
    result = killed_training.train(run, model, callbacks=(Disturbance(model, every=2),))
    assert 8 <= result.resumed_from < killed_training.STEPS
    assert result.resumed_from % 7 == 0
    assert result.steps == killed_training.STEPS
    assert _same_weights(model, unbroken)
    steps = [row["step"] for row in Metrics(run.metrics).rows()]
    assert steps == list(range(1, killed_training.STEPS + 1))
    run.release()


def _train_and_kill(root: Path, least: int) -> None:
    """Start the training as a process of its own, and kill it when `least` steps are done."""
    command = [sys.executable, killed_training.__file__, str(root), "0.02"]
    process = subprocess.Popen(command)
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and process.poll() is None:
        lines = [r for path in root.glob("tiny/*/metrics.jsonl") for r in Metrics(path).rows()]
        if lines and lines[-1]["step"] >= least:
            break
        time.sleep(0.005)
    process.kill()
    assert process.wait() == -signal.SIGKILL, "the training was not killed in the middle"


def test_evaluations_do_not_change_the_result(tmp_path: Path, unbroken: nn.Module) -> None:
    for every in (1, 5):
        model = network()
        killed_training.train(_run(tmp_path), model, callbacks=(Disturbance(model, every),))
        assert _same_weights(model, unbroken)


def test_the_global_generator_does_not_matter_and_is_given_back(
    tmp_path: Path, unbroken: nn.Module
) -> None:
    torch.manual_seed(99)
    expected = torch.rand(3)
    torch.manual_seed(99)
    model = network()
    killed_training.train(_run(tmp_path), model)
    assert torch.equal(torch.rand(3), expected)
    assert _same_weights(model, unbroken)


def test_dropout_differs_from_step_to_step(tmp_path: Path) -> None:
    model = nn.Sequential(nn.Linear(1, 1), nn.Dropout(0.5))
    seen: list[Tensor] = []

    def loss(step: int) -> StepResult:
        seen.append(nn.functional.dropout(torch.ones(32)))
        return StepResult(model(torch.ones(1, 1)).sum())

    train_loop(model, loss, Schedule(steps=3), folder=_run(tmp_path))
    assert len({tuple(mask.tolist()) for mask in seen}) == 3


def test_step_seeds_are_all_different_and_fit_a_generator() -> None:
    seeds = {step_seed(a, b, c) for a in range(10) for b in range(100) for c in range(3)}
    assert len(seeds) == 3000
    assert all(0 <= seed < 2**63 for seed in seeds)
    assert step_seed(1, 2) == step_seed(1, 2)


def _constant(model: nn.Linear) -> StepResult:
    """A loss whose gradient is 1 in each weight."""
    return StepResult(model.weight.sum(), frames=5)


def test_a_step_is_adamw_with_the_rate_of_its_schedule(tmp_path: Path) -> None:
    """With a constant gradient Adam moves by exactly its rate, so the path is the sum of rates."""
    schedule = Schedule(steps=20, learning_rate=0.01, weight_decay=0.0, warmup=0.3, clip=None)
    model = nn.Linear(3, 2, bias=False)
    start = model.weight.detach().clone()
    train_loop(model, lambda step: _constant(model), schedule, folder=_run(tmp_path))
    path = sum(schedule.rate(schedule.progress(step, 0.0)) for step in range(20))
    torch.testing.assert_close(model.weight, start - path, rtol=1e-4, atol=1e-5)


def test_weight_decay_spares_vectors(tmp_path: Path) -> None:
    model = nn.Linear(2, 2)
    with torch.no_grad():
        model.weight.fill_(1.0)
        model.bias.fill_(1.0)
    schedule = Schedule(steps=1, learning_rate=0.1, weight_decay=0.5, warmup=0.0, clip=None)
    zero = lambda step: StepResult(0.0 * (model.weight.sum() + model.bias.sum()))  # noqa: E731
    train_loop(model, zero, schedule, folder=_run(tmp_path))
    torch.testing.assert_close(model.weight, torch.full((2, 2), 1 - 0.1 * 0.5))
    torch.testing.assert_close(model.bias, torch.ones(2))


def test_the_gradient_is_clipped_and_its_norm_before_that_is_logged(tmp_path: Path) -> None:
    model = nn.Linear(2, 2, bias=False)
    run = _run(tmp_path)
    kept: list[float] = []

    @dataclass(frozen=True)
    class Look:
        every: int = 1

        def __call__(self, step: int) -> Mapping[str, float]:
            assert model.weight.grad is not None
            kept.append(model.weight.grad.norm().item())
            return {}

    loss = lambda step: StepResult(30.0 * model.weight.sum())  # noqa: E731
    result = train_loop(model, loss, Schedule(steps=1, clip=0.5), folder=run, callbacks=[Look()])
    assert result.last["gradient_norm"] == pytest.approx(60.0)
    assert kept == [pytest.approx(0.5)]


@dataclass
class Count:
    every: int
    calls: list[int] = field(default_factory=list)

    def __call__(self, step: int) -> Mapping[str, float]:
        self.calls.append(step)
        return {"seen": float(step)}


def test_callbacks_are_called_in_time_and_at_the_end(tmp_path: Path) -> None:
    model = nn.Linear(1, 1)
    run = _run(tmp_path)
    count = Count(every=4)
    loss = lambda step: StepResult(model.weight.sum(), {"term": 2.0}, frames=7)  # noqa: E731
    result = train_loop(model, loss, Schedule(steps=10), folder=run, callbacks=[count], log_every=3)
    assert count.calls == [4, 8, 10]
    rows = Metrics(run.metrics).rows()
    assert [row["step"] for row in rows] == [3, 4, 6, 8, 9, 10]
    assert [row.get("seen") for row in rows] == [None, 4.0, None, 8.0, None, 10.0]
    assert all(row["term"] == 2.0 and row["frames_per_second"] > 0 for row in rows)
    assert result.frames_per_second > 0
    assert (result.steps, result.resumed_from) == (10, 0)
    assert result.last["seen"] == 10.0


@pytest.mark.parametrize("bad", [float("nan"), float("inf")])
def test_a_loss_that_is_not_a_number_stops_and_keeps_what_is_good(
    tmp_path: Path, bad: float
) -> None:
    model = nn.Linear(1, 1)
    run = _run(tmp_path)

    def loss(step: int) -> StepResult:
        total = model.weight.sum() * (bad if step == 12 else 1.0)
        return StepResult(total, {"prediction": 0.5, "rate": total.detach()})

    with pytest.raises(CollapseError) as caught:
        train_loop(model, loss, Schedule(steps=20), folder=run, checkpoint_every=5)
    message = str(caught.value)
    assert "not a number at step 12" in message
    assert "prediction 0.5, rate" in message
    assert "lower the learning rate" in message
    assert "step-000000010.safetensors" in message
    assert "\n" not in message
    assert torch.isfinite(model.weight).all()
    latest = Checkpoints(run.path / "checkpoints").latest()
    assert latest is not None
    assert latest.step == 10


def test_a_gradient_that_is_not_a_number_stops_too(tmp_path: Path) -> None:
    model = nn.Linear(1, 1, bias=False)
    nn.init.zeros_(model.weight)
    # The root has the value 0 at 0, and an infinite slope.
    loss = lambda step: StepResult(model.weight.abs().sum().sqrt())  # noqa: E731
    with pytest.raises(CollapseError, match=r"step 0 \(loss 0, gradient norm nan\).*no checkpoint"):
        train_loop(model, loss, Schedule(steps=2), folder=_run(tmp_path))


def test_a_callback_may_stop_a_training(tmp_path: Path) -> None:
    model = nn.Linear(1, 1)

    @dataclass(frozen=True)
    class Stop:
        every: int = 3

        def __call__(self, step: int) -> Mapping[str, float]:
            raise CollapseError(f"collapsed at {step}")

    with pytest.raises(CollapseError, match="collapsed at 3"):
        train_loop(
            model,
            lambda step: StepResult(model.weight.sum()),
            Schedule(steps=5),
            folder=_run(tmp_path),
            callbacks=[Stop()],
        )


def test_minutes_end_a_training_that_has_seen_the_whole_cosine(tmp_path: Path) -> None:
    model = nn.Linear(1, 1)
    run = _run(tmp_path)
    schedule = Schedule(steps=10**9, minutes=0.3 / 60, floor=0.1, learning_rate=1.0)

    def loss(step: int) -> StepResult:
        time.sleep(0.002)
        return StepResult(model.weight.sum())

    result = train_loop(model, loss, schedule, folder=run, log_every=1)
    assert 0.3 <= result.elapsed < 1.0
    rates = [row["learning_rate"] for row in Metrics(run.metrics).rows()]
    assert rates[-1] == pytest.approx(0.1, abs=0.05)
    # The limit is over all sittings: nothing is left for another one.
    again = train_loop(model, loss, schedule, folder=run)
    assert (again.steps, again.resumed_from) == (result.steps, result.steps)
    assert again.elapsed >= 0.3
    assert again.cpu_seconds >= 0.5 * result.cpu_seconds > 0
    assert again.last["learning_rate"] == result.last["learning_rate"]


def test_without_resume_a_training_begins_anew(tmp_path: Path, unbroken: nn.Module) -> None:
    run = _run(tmp_path)
    model = network()
    killed_training.train(run, model)
    model = network()
    loss = lambda step: StepResult(model[0].weight.sum())  # noqa: E731
    result = train_loop(model, loss, Schedule(steps=5), folder=run, resume=False, log_every=1)
    assert result.resumed_from == 0
    assert [row["step"] for row in Metrics(run.metrics).rows()] == [1, 2, 3, 4, 5]
    assert len(Checkpoints(run.path / "checkpoints").paths()) == 1


def test_a_checkpoint_of_another_network_is_refused(tmp_path: Path) -> None:
    run = _run(tmp_path)
    killed_training.train(run, network())
    with pytest.raises(CheckpointError, match=r"step-000000080.*configuration"):
        train_loop(nn.Linear(1, 1), lambda step: StepResult(torch.ones(1)), Schedule(), folder=run)
