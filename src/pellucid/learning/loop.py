"""The training loop.

A step depends on the weights, the optimiser's state and (seed, step), and on nothing else: the
loop holds no generator, and evaluations cannot disturb it. So a training that was killed continues
from its last checkpoint and ends with the weights, to the bit, of one that was not.
"""

from __future__ import annotations

import contextlib
import math
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
import torch
from torch import Tensor, nn

from pellucid.errors import CollapseError
from pellucid.learning.checkpoint import Checkpoint, Checkpoints, restore
from pellucid.learning.distributed import (
    all_true,
    barrier,
    is_main,
    number_of_main,
    rank,
    unwrapped,
    world_size,
)
from pellucid.learning.metrics import Metrics
from pellucid.learning.optimiser import Optimiser
from pellucid.learning.progress import Progress, Report, Silent
from pellucid.learning.runs import RunFolder
from pellucid.learning.schedule import Schedule


@dataclass(frozen=True)
class StepResult:
    """What a training step computed."""

    loss: Tensor
    """The scalar to descend."""
    terms: Mapping[str, float | Tensor] = field(default_factory=dict)
    """The parts of the loss by name, for the curves; scalars."""
    frames: int = 0
    """How many frames (samples) the step learned from, on this rank."""


class Callback(Protocol):
    """Looks at a training now and then: validation, the collapse report, success so far.

    It is called after every `every` steps and after the last one, on rank 0, and returns numbers
    for the curves. It may use the model and the global generator as it likes, and may raise
    `CollapseError` to stop the training.
    """

    @property
    def every(self) -> int:
        """The number of steps between two calls."""
        ...

    def __call__(self, step: int) -> Mapping[str, float]:
        """Numbers by name, after `step` steps."""
        ...


@dataclass(frozen=True)
class TrainResult:
    """How a training ended."""

    steps: int
    """Steps done, over all sittings."""
    elapsed: float
    """Seconds, over all sittings."""
    cpu_seconds: float
    """Seconds of this process's processor time, over all sittings."""
    frames_per_second: float
    """The throughput of the steps of this sitting, all ranks together; 0 where none was left."""
    resumed_from: int
    """The step at which this sitting began."""
    last: dict[str, float]
    """The last line of the curves."""


def step_seed(seed: int, step: int, rank: int = 0) -> int:
    """A seed for whatever is random in one step; independent for each (seed, step, rank)."""
    return int(np.random.SeedSequence([seed, step, rank]).generate_state(1, np.uint64)[0] >> 1)


def train_loop(
    model: nn.Module,
    loss: Callable[[int], StepResult],
    schedule: Schedule,
    *,
    folder: RunFolder,
    seed: int = 0,
    checkpoint_every: int = 500,
    log_every: int = 20,
    callbacks: Sequence[Callback] = (),
    matrices: Sequence[nn.Parameter] = (),
    resume: bool = True,
    progress: Progress | None = None,
    called: str = "training",
) -> TrainResult:
    """Train `model`, in place, until the `schedule` is over.

    `loss(step)` computes the loss of step 0, 1, ... through `model`; its data must depend on
    (seed, step) alone. PyTorch's global generator is seeded anew for each step, so that dropout
    repeats too, and is given back as it was. Checkpoints and curves go to `folder`; with `resume`
    the training continues from the newest checkpoint there. It is shown as what it is `called`.
    Of the model's `matrices` Muon takes care, and of all else AdamW.

    Raises `CollapseError` when the loss or its gradient is not finite; the weights are then those
    of the last good step, and the checkpoint before it stays.
    """
    assert world_size() == 1 or model is not unwrapped(model), "wrap the model by `parallel`"
    show = progress if progress is not None and is_main() else Silent()
    training = _Training(model, loss, schedule, folder, seed, matrices)
    if resume:
        training.resume(show)
    elif is_main():
        training.forget()
    devices = sorted({p.device.index or 0 for p in model.parameters() if p.device.type == "cuda"})
    with torch.random.fork_rng(devices=devices), show.task(called) as report:
        training.run(callbacks, checkpoint_every, log_every, report)
    return training.result()


class _Training:
    """The state of one sitting."""

    def __init__(
        self,
        model: nn.Module,
        loss: Callable[[int], StepResult],
        schedule: Schedule,
        folder: RunFolder,
        seed: int,
        matrices: Sequence[nn.Parameter],
    ) -> None:
        self.model, self.loss, self.schedule, self.seed = model, loss, schedule, seed
        self.parameters = [p for p in model.parameters() if p.requires_grad]
        self.device = self.parameters[0].device
        self.optimizer = Optimiser(self.parameters, schedule, matrices)
        self.checkpoints = Checkpoints(folder.path / "checkpoints")
        self.metrics = Metrics(folder.metrics)
        self.step = self.first = 0
        self.earlier = self.earlier_cpu = 0.0  # seconds of earlier sittings
        self.began, self.began_cpu = time.monotonic(), time.process_time()
        self.total = _Throughput()
        self.last: dict[str, float] = {}

    def elapsed(self) -> float:
        return self.earlier + time.monotonic() - self.began

    def cpu_seconds(self) -> float:
        return self.earlier_cpu + time.process_time() - self.began_cpu

    def resume(self, show: Progress) -> None:
        checkpoint = self.checkpoints.latest()
        if checkpoint is None:
            if is_main():
                self.metrics.drop_after(-1)
            return
        restore(unwrapped(self.model), checkpoint.model, where=self.checkpoints.paths()[-1])
        self.optimizer.load_state_dict(checkpoint.optimizer)
        self.step = self.first = checkpoint.step
        self.earlier, self.earlier_cpu = checkpoint.elapsed, checkpoint.cpu_seconds
        if is_main():
            self.metrics.drop_after(checkpoint.step)
            self.last = self.metrics.last()
        show.say(f"continuing from step {checkpoint.step} of {self.schedule.steps}")

    def forget(self) -> None:
        self.metrics.drop_after(-1)
        for path in self.checkpoints.paths():
            path.unlink()

    def run(
        self, callbacks: Sequence[Callback], checkpoint_every: int, log_every: int, report: Report
    ) -> None:
        recent = _Throughput()
        progress = self._progress()
        self.model.train()
        while progress < 1.0:
            began = time.monotonic()
            rate = self.schedule.rate(progress)
            result, norm = self._descend(rate)
            frames, seconds = result.frames * world_size(), time.monotonic() - began
            recent, self.total = recent.plus(frames, seconds), self.total.plus(frames, seconds)
            self.step += 1
            progress = self._progress()
            done = progress >= 1.0
            seen = self._observe([c for c in callbacks if done or self.step % c.every == 0])
            if seen or done or self.step % log_every == 0:
                self._log(result, norm, rate, recent.rate, seen)
                report(progress, {"step": self.step, **_shown(self.last)})
                recent = _Throughput()
            if is_main() and (done or self.step % checkpoint_every == 0):
                self._save()
        # Whoever reads the last checkpoint next must find it.
        barrier()

    def _progress(self) -> float:
        """The share that is gone, the same on all ranks."""
        share = self.schedule.progress(self.step, self.elapsed())
        return number_of_main(share, device=self.device) if self.schedule.minutes else share

    def _descend(self, rate: float) -> tuple[StepResult, float]:
        """One step of descent; the result and the norm of the gradient before clipping."""
        torch.manual_seed(step_seed(self.seed, self.step, rank()))
        self.optimizer.zero_grad()
        result = self.loss(self.step)
        result.loss.backward()
        limit = self.schedule.clip if self.schedule.clip is not None else math.inf
        norm = float(nn.utils.clip_grad_norm_(self.parameters, limit))
        finite = math.isfinite(norm) and math.isfinite(result.loss.item())
        if not all_true(finite, device=self.device):
            raise CollapseError(self._not_finite(result, norm))
        self.optimizer.step(rate)
        return result, norm

    def _not_finite(self, result: StepResult, norm: float) -> str:
        values = {**_floats(result.terms), "loss": result.loss.item(), "gradient norm": norm}
        paths = self.checkpoints.paths()
        kept = f"the last good checkpoint is {paths[-1]}" if paths else "no checkpoint was due yet"
        return (
            f"the loss or its gradient is not a number at step {self.step} ("
            + ", ".join(f"{name} {value:.4g}" for name, value in values.items())
            + f"): lower the learning rate, or the weight of the term that grew; {kept}"
        )

    def _observe(self, due: Sequence[Callback]) -> dict[str, float]:
        """What the callbacks say, on rank 0 while the others wait."""
        values: dict[str, float] = {}
        if not due:
            return values
        if is_main():
            with _same_modes(self.model):
                for callback in due:
                    # Apart from the seeds of steps, which have a rank in this place.
                    torch.manual_seed(step_seed(self.seed, self.step, 2**31))
                    values.update(_floats(callback(self.step)))
        barrier()
        return values

    def _log(
        self,
        result: StepResult,
        norm: float,
        rate: float,
        frames_per_second: float,
        seen: Mapping[str, float],
    ) -> None:
        self.last = {
            "seconds": round(self.elapsed(), 3),
            "learning_rate": rate,
            "loss": result.loss.item(),
            "gradient_norm": norm,
            "frames_per_second": round(frames_per_second, 1),
            **_floats(result.terms),
            **seen,
        }
        if is_main():
            self.metrics.append(self.step, self.last)

    def _save(self) -> None:
        state = unwrapped(self.model).state_dict()
        optimizer = self.optimizer.state_dict()
        spent = self.elapsed(), self.cpu_seconds()
        self.checkpoints.save(Checkpoint(self.step, *spent, state, optimizer))

    def result(self) -> TrainResult:
        spent = self.elapsed(), self.cpu_seconds()
        return TrainResult(self.step, *spent, self.total.rate, self.first, self.last)


@dataclass(frozen=True)
class _Throughput:
    """Frames and the seconds that they took."""

    frames: int = 0
    seconds: float = 0.0

    def plus(self, frames: int, seconds: float) -> _Throughput:
        return _Throughput(self.frames + frames, self.seconds + seconds)

    @property
    def rate(self) -> float:
        return self.frames / self.seconds if self.seconds else 0.0


@contextlib.contextmanager
def _same_modes(model: nn.Module) -> Iterator[None]:
    """Afterwards each module trains or evaluates as it did before."""
    modes = [(module, module.training) for module in model.modules()]
    try:
        yield
    finally:
        for module, training in modes:
            module.training = training


def _floats(values: Mapping[str, float | Tensor]) -> dict[str, float]:
    return {name: float(value) for name, value in values.items()}


def _shown(line: Mapping[str, float]) -> dict[str, float]:
    """The numbers of a line that a person follows."""
    hidden = ("seconds", "learning_rate", "gradient_norm", "frames_per_second")
    shown = {name: value for name, value in line.items() if name not in hidden}
    return {**shown, "frames/s": line["frames_per_second"]}
