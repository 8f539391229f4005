from __future__ import annotations

import numpy as np
import pytest
import torch

from pellucid.experiments import bench_pairs
from pellucid.experiments.bench_pairs import Side, alternate, interval_of, steady


def test_the_interval_of_ratios_by_hand() -> None:
    assert interval_of(np.full(5, 0.7)) == pytest.approx((0.7, 0.7, 0.7))
    middle, low, high = interval_of(np.array([0.5, 0.9, 1.0, 1.1, 3.0]))
    assert middle == 1.0
    assert 0.5 <= low < 1.0 < high <= 3.0


def test_sides_run_in_turn_after_one_run_each_that_is_not_counted() -> None:
    order: list[str] = []
    times = alternate([lambda: order.append("a"), lambda: order.append("b")], repeats=3)
    assert order == ["a", "b"] * 4
    assert times.shape == (3, 2, 2)
    assert (times >= 0).all()


def test_cpu_time_is_counted_in_milliseconds(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = [0.0]

    def working(seconds: float) -> Side:
        return lambda: clock.__setitem__(0, clock[0] + seconds)

    monkeypatch.setattr(bench_pairs, "process_time", lambda: clock[0])
    times = alternate([working(0.002), working(0.5)], repeats=3)
    np.testing.assert_allclose(times[..., 0], [[2.0, 500.0]] * 3)


def test_threads_are_as_before_whatever_happens() -> None:
    threads = torch.get_num_threads()
    inside = steady()
    try:
        torch.set_num_threads(2)
        inside.__enter__()
        assert torch.get_num_threads() == 1
        assert not inside.__exit__(KeyError, KeyError(), None)
        assert torch.get_num_threads() == 2
    finally:
        torch.set_num_threads(threads)
