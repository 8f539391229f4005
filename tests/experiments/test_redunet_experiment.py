from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from pellucid.experiments import redunet, redunet_jobs
from pellucid.experiments.redunet_jobs import QUICK, Job, measure_shifts, measure_vectors
from pellucid.experiments.redunet_mixture import Mixture, gate_agreement, train_mixture
from pellucid.experiments.rows import Settings
from pellucid.networks.redunet_moments import normalise

SMALL = replace(QUICK, circular_images=(60, 20), all_shifts=1, mixture_steps=20)


def test_a_quick_run_measures_every_row(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(redunet, "QUICK", SMALL)
    rows = {
        row.quantity: row for row in redunet.run(Settings(quick=True, seeds=2, output=tmp_path))
    }
    barred = [row for row in rows.values() if row.bar is not None]
    assert len(barred) == 5
    raised = rows["layers that raised the rate reduction"]
    assert raised.measured.value == 100
    assert raised.measured.n == 6
    assert rows["shift-invariant network: decisions that a shift changed"].measured.value == 0
    assert rows["shift-invariant network: invariance error"].measured.value < 1e-5
    assert rows["rate reduction after the last layer"].measured.value > 0
    near = rows["accuracy by nearest neighbours"]
    assert near.measured.value > 90
    assert near.measured.n == 2
    assert rows["the most common class"].measured.value < 15
    with np.load(tmp_path / "trace.npz") as trace:
        assert len(trace["rate"]) == 4
        assert trace["features_after"].shape == trace["features_before"].shape == (300, 48)
        assert len(trace["labels"]) == 300


def test_layers_help_the_nearest_subspace_and_the_gate_is_the_class(tmp_path: Path) -> None:
    found = measure_vectors(Job(SMALL, tmp_path, 1))
    assert found.after.subspace >= found.before.subspace
    assert found.experts.right == found.experts.agreement
    assert found.experts.right > 0.9 * found.test_images
    assert found.descended == 1
    assert sum(found.experts.loads) == pytest.approx(1, abs=1e-4)
    assert sum(found.trained.loads) == pytest.approx(1, abs=1e-4)
    assert not (tmp_path / "trace.npz").exists()


def test_pixels_do_not_survive_a_shift_and_frequencies_do(tmp_path: Path) -> None:
    found = measure_shifts(Job(SMALL, tmp_path, None))
    assert found.changed == 0
    assert found.shifted == 20 + 64
    assert found.pixels_shifted < found.pixels
    assert found.right > found.pixels_shifted


def test_shifts_go_everywhere_once() -> None:
    x = torch.arange(6.0).view(1, 1, 2, 3)
    ((moved, index),) = redunet_jobs._everywhere(x)
    assert index.tolist() == [0] * 6
    assert sorted(moved[:, 0, 0, 0].tolist()) == [0, 1, 2, 3, 4, 5]
    there = redunet_jobs._anywhere(x.expand(9, -1, -1, -1))
    assert (there.flatten(1).sort(1).values == torch.arange(6.0)).all()
    assert len(there.flatten(1).unique(dim=0)) > 1


def test_a_mixture_learns_and_its_experts_are_named_as_fits_best() -> None:
    generator = torch.Generator().manual_seed(0)
    labels = torch.arange(90) % 3
    z = normalise(torch.eye(3, 6)[labels] + 0.1 * torch.randn(90, 6, generator=generator))
    first, _ = Mixture(6, 3, generator=generator)(z)
    logits, gate = train_mixture(z, labels, classes=3, steps=150, seed=0)(z)
    assert (first.argmax(1) == labels).double().mean() < 0.9
    assert (logits.argmax(1) == labels).double().mean() > 0.95
    torch.testing.assert_close(gate.sum(1), torch.ones(90))
    # Experts 2, 0, 1 speak for classes 0, 1, 2, but for one sample.
    gate = torch.eye(3)[(labels + 2) % 3]
    gate[0] = torch.tensor([1.0, 0, 0])
    assert gate_agreement(gate, labels, classes=3) == 89
    assert gate_agreement(torch.eye(3)[torch.zeros(90).long()], labels, classes=3) == 30
