from __future__ import annotations

import json
import math
from pathlib import Path

from pellucid.learning.metrics import Metrics


def test_lines_come_back_and_those_past_a_step_are_dropped(tmp_path: Path) -> None:
    metrics = Metrics(tmp_path / "metrics.jsonl")
    assert metrics.rows() == []
    metrics.drop_after(5)
    for step in range(1, 7):
        metrics.append(step, {"loss": 1 / step})
    metrics.drop_after(4)
    metrics.append(5, {"loss": 0.0})
    assert [(row["step"], row["loss"]) for row in metrics.rows()] == [
        (1, 1.0),
        (2, 1 / 2),
        (3, 1 / 3),
        (4, 1 / 4),
        (5, 0.0),
    ]


def test_a_line_that_was_cut_off_is_dropped(tmp_path: Path) -> None:
    metrics = Metrics(tmp_path / "metrics.jsonl")
    metrics.append(1, {"loss": 1.0})
    with metrics.path.open("a") as file:
        file.write('{"step": 2, "lo')
    assert [row["step"] for row in metrics.rows()] == [1]
    metrics.drop_after(1)
    metrics.append(2, {"loss": 1.0})
    assert [row["step"] for row in metrics.rows()] == [1, 2]


def test_what_is_not_finite_is_null_for_any_reader(tmp_path: Path) -> None:
    metrics = Metrics(tmp_path / "metrics.jsonl")
    metrics.append(1, {"a": math.nan, "b": math.inf, "c": 2.0})
    strict = json.loads(metrics.path.read_text(), parse_constant=lambda word: 1 / 0)
    assert strict == {"step": 1, "a": None, "b": None, "c": 2.0}
