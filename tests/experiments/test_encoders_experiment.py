from __future__ import annotations

import json
import time
from dataclasses import asdict, replace
from pathlib import Path

import pytest

from pellucid.agent.recipes import maze
from pellucid.experiments import encoders
from pellucid.experiments.encoders_jobs import (
    Calibration,
    Clock,
    CpuMeter,
    EncoderJob,
    EncoderMeasure,
    calibrate,
    encode_one,
    mean_success,
)
from pellucid.experiments.once import MEASURED
from pellucid.experiments.trained import Ground
from pellucid.learning.metrics import Metrics

ONE = EncoderMeasure(
    name="sparse-0",
    kind="sparse",
    seed=0,
    steps=100,
    cpu_minutes=1.0,
    parameters=10,
    validation_solved=40,
    validation_tasks=50,
    solved=90,
    tasks=100,
)


def _ground(folder: Path) -> Ground:
    return Ground(maze(), "experience", folder, quick=False)


def test_the_best_is_chosen_on_validation_tasks_alone() -> None:
    other = replace(ONE, kind="csc", validation_solved=41, solved=0)
    assert encoders.best([ONE, other], ("sparse", "csc")) == "csc"
    assert encoders.best([ONE, replace(other, validation_solved=40)], ("sparse", "csc")) == "sparse"


def test_the_best_of_two_worlds_counts_both() -> None:
    ours = [ONE, replace(ONE, validation_solved=10)]
    theirs = [replace(ONE, kind="csc", validation_solved=n) for n in (30, 30)]
    assert encoders.best([*ours, *theirs], ("sparse", "csc")) == "csc"


def test_points_behind_are_counted_seed_by_seed_over_worlds() -> None:
    def pair(seed: int, own: int, other: int) -> list[EncoderMeasure]:
        mine = replace(ONE, seed=seed, solved=own)
        return [mine, replace(mine, kind="conv", solved=other)]

    measures = [*pair(0, 80, 90), *pair(0, 90, 90), *pair(1, 95, 90), *pair(1, 90, 90)]
    found = encoders.behind(measures, "sparse", "conv")
    assert found.value == pytest.approx((5.0 - 2.5) / 2)
    assert found.n == 2
    back = encoders.behind(measures, "conv", "sparse")
    assert back.value == pytest.approx(-found.value)


def test_seeds_that_agree_keep_the_interval_of_their_tasks() -> None:
    found = mean_success([replace(ONE, solved=100)] * 3)
    assert (found.value, found.high) == (1.0, 1.0)
    assert 0.98 < found.low < 1.0


def test_a_collapsed_training_is_told_in_the_note_and_counts_as_nothing_solved() -> None:
    failed = replace(ONE, seed=1, solved=0, validation_solved=0, collapsed=True)
    row = encoders._success(
        encoders.World("maze", maze(), 1.0), "sparse", [ONE, failed], encoders.Null("random", 0.0)
    )
    assert row.measured.value == pytest.approx(0.45)
    assert row.note.startswith("white box; 100 steps")
    assert row.note.endswith("collapsed 1 of 2")


def test_the_steps_of_a_job_are_the_budget_over_the_time_of_one(tmp_path: Path) -> None:
    job = EncoderJob.of(_ground(tmp_path), "crate", seed=2, seconds=90, a_step=0.25)
    assert job.training.schedule.steps == 360
    assert job.training.world.encoder.kind == "crate"
    assert (job.name, job.training.seed) == ("crate-2", 2)


def test_the_clock_takes_the_median_of_spans_and_leaves_out_the_ends() -> None:
    clock = Clock(every=4, readings=[0.0, 8.0, 10.0, 12.0, 52.0, 54.0, 999.0])
    assert clock.seconds() == pytest.approx(2.0 / 4)
    assert Clock(every=1, readings=[1.0, 1.0, 1.0]).seconds() > 0


def test_processor_minutes_are_summed_over_sittings(tmp_path: Path) -> None:
    path = tmp_path / "metrics.jsonl"
    Metrics(path).append(1, {"cpu_minutes": 3.0})
    meter = CpuMeter(every=1, metrics=path)
    until = time.process_time() + 0.02
    while time.process_time() < until:
        pass
    assert 3.0 + 0.02 / 60 <= meter.minutes() < 3.1


def test_what_was_measured_is_read_and_not_done_again(tmp_path: Path) -> None:
    ground = _ground(tmp_path)
    job = EncoderJob.of(ground, "sparse", seed=0, seconds=1, a_step=1)
    (tmp_path / job.name).mkdir()
    (tmp_path / job.name / MEASURED).write_text(json.dumps(asdict(ONE)))
    assert encode_one(job) == ONE  # there is no experience to learn from
    calibration = Calibration.of(ground, "sparse")
    (tmp_path / calibration.name).mkdir()
    (tmp_path / calibration.name / MEASURED).write_text('{"seconds": 0.125}')
    assert calibrate(calibration) == 0.125
