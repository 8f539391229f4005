"""Peaks of memory are counted to the byte."""

import pytest
import torch

from pellucid.experiments.memory import peak_megabytes


def test_what_is_held_at_once_counts():
    a = torch.ones(1000, 250)
    assert peak_megabytes(lambda: a + 1) == pytest.approx(1.0, abs=1e-3)
    assert peak_megabytes(lambda: (a + 1) + (a + 2)) == pytest.approx(3.0, abs=1e-3)
    # What is let go of before the peak does not.
    assert peak_megabytes(lambda: [(a + 1).sum() for _ in range(3)]) == pytest.approx(1.0, abs=0.01)
    assert peak_megabytes(lambda: a.view(-1)) == 0.0
