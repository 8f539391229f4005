from __future__ import annotations

import math
import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Literal

import numpy as np
import pytest
import torch
from torch import Tensor

from pellucid.errors import CheckpointError, ConfigError, DataError
from pellucid.learning.forward import (
    Construction,
    ForwardConfig,
    class_similarity,
    construct,
)
from pellucid.learning.forward_store import in_batches
from pellucid.learning.progress import Report
from pellucid.networks.redunet_moments import normalise
from pellucid.networks.redunet_shift import Circular
from pellucid.objectives import coding_rate, conditional_rate, hard_memberships

KEEP: tuple[Literal["memory", "disk", "recompute"], ...] = ("memory", "disk", "recompute")
CONFIG = ForwardConfig(layers=4, epsilon=0.5)


def data(count: int = 60, features: int = 8, seed: int = 0) -> tuple[Tensor, Tensor]:
    """Three classes, each near a plane of its own; float64, of any length."""
    generator = torch.Generator().manual_seed(seed)
    labels = torch.arange(count) % 3
    planes = torch.randn(3, 2, features, generator=generator, dtype=torch.float64)
    mix = torch.randn(count, 2, generator=generator, dtype=torch.float64)
    noise = torch.randn(count, features, generator=generator, dtype=torch.float64)
    return torch.einsum("bp,bpd->bd", mix, planes[labels]) + 0.3 * noise, labels


def same(one: Construction, other: Construction) -> None:
    for name, tensor in one.network.state_dict().items():
        torch.testing.assert_close(other.network.state_dict()[name], tensor, msg=name)
    np.testing.assert_allclose(other.trace.rate_reduction, one.trace.rate_reduction)
    np.testing.assert_allclose(other.trace.agreement, one.trace.agreement)


def test_the_trace_is_what_the_network_does() -> None:
    x, labels = data()
    result = construct(in_batches(x, labels, 7), CONFIG, classes=3)
    path, pi = result.network.path(x), hard_memberships(labels, 3)
    rates = [coding_rate(z, 0.5).item() for z in path]
    conditional = [conditional_rate(z, pi, 0.5).item() for z in path]
    np.testing.assert_allclose(result.trace.rate, rates)
    np.testing.assert_allclose(result.trace.conditional_rate, conditional)
    agreed = (result.network.gates(x).argmax(2) == labels).double().mean(1)
    np.testing.assert_allclose(result.trace.agreement, agreed)
    assert len(result.trace.seconds) == 4
    torch.testing.assert_close(result.moments.second[0, 0], path[-1][::3].T @ path[-1][::3])


def test_the_rate_reduction_rises_at_every_layer_of_ten() -> None:
    x, labels = data()
    for memberships in ("soft", "labels"):
        config = replace(CONFIG, layers=10, memberships=memberships)
        trace = construct(in_batches(x, labels), config, classes=3).trace
        assert trace.raised == 10
        assert trace.rate_reduction[-1] > 1.5 * trace.rate_reduction[0]


def test_three_gaussians_become_orthogonal_points() -> None:
    # The published example: eps^2 0.1, on the sphere in 3-D, which takes 2000 layers at eta 0.5.
    # A step of 0.5 is ten times as long here.
    generator = torch.Generator().manual_seed(0)
    centres = normalise(torch.tensor([[1.0, 0.4, 0.2], [0.1, 1.0, 0.5], [0.6, 0.1, 1.0]]))
    labels = torch.arange(300) % 3
    x = (centres[labels] + 0.1 * torch.randn(300, 3, generator=generator)).double()
    config = ForwardConfig(layers=150, epsilon=0.1**0.5, step=0.5, lambda_=500.0)
    result = construct(in_batches(x, labels), config, classes=3)
    z = result.network(x)
    means = torch.stack([normalise(z[labels == k].mean(0, keepdim=True))[0] for k in range(3)])
    cosines = means @ means.T
    assert (cosines - torch.eye(3)).abs().max() < 1e-4
    within = torch.cat([(z[labels == k] @ means[k]) for k in range(3)])
    assert within.min() > 0.9999
    # The optimum in closed form, which is reached from below.
    optimum = 1.5 * math.log1p(1 / 0.1) - 0.5 * math.log1p(3 / 0.1)
    assert result.trace.rate_reduction[-1] == pytest.approx(optimum)
    assert np.diff(result.trace.rate_reduction).min() > -1e-12
    before = (normalise(x)[labels == 0] @ centres[1].double()).mean()
    assert before > 0.4


@pytest.mark.parametrize("keep", KEEP)
@pytest.mark.parametrize("memberships", ["soft", "labels"])
def test_a_stream_gives_what_one_batch_in_memory_gives(
    keep: Literal["memory", "disk", "recompute"],
    memberships: Literal["soft", "labels"],
    tmp_path: Path,
) -> None:
    x, labels = data()
    config = replace(CONFIG, memberships=memberships)
    whole = construct(in_batches(x, labels, 60), config, classes=3)
    config = replace(config, keep=keep)
    same(whole, construct(in_batches(x, labels, 7), config, classes=3, folder=tmp_path))
    assert not list(tmp_path.glob("features*"))


def test_a_memory_mapped_file_is_read_in_batches(tmp_path: Path) -> None:
    x, labels = data()
    np.save(tmp_path / "x.npy", x.numpy())
    mapped = np.load(tmp_path / "x.npy", mmap_mode="r")
    streamed = construct(in_batches(mapped, labels.numpy(), 11), CONFIG, classes=3)
    same(construct(in_batches(x, labels, 11), CONFIG, classes=3), streamed)


class Watched:
    """Batches that count how many of them are alive at once."""

    def __init__(self) -> None:
        self.alive, self.most, self.passes = 0, 0, 0

    def __iter__(self) -> Iterator[tuple[Tensor, Tensor]]:
        self.passes += 1
        x, labels = data()
        for part, own in zip(x.split(6), labels.split(6), strict=True):
            copy = part.clone()
            self.alive += 1
            self.most = max(self.most, self.alive)
            weakref.finalize(copy, self._gone)
            yield copy, own
            del copy

    def _gone(self) -> None:
        self.alive -= 1


@pytest.mark.parametrize("keep", ["disk", "recompute"])
def test_few_batches_are_in_memory_at_once(
    keep: Literal["disk", "recompute"], tmp_path: Path
) -> None:
    batches = Watched()
    construct(batches, replace(CONFIG, keep=keep), classes=3, folder=tmp_path)
    assert batches.most <= 3  # of ten
    assert batches.passes == (1 if keep == "disk" else 5)


class KilledError(Exception):
    pass


class KilledDuring:
    """A progress that ends the process's work when the given layer begins."""

    def __init__(self, layer: int) -> None:
        self.layer = layer

    def say(self, message: str) -> None:
        raise AssertionError(message)

    @contextmanager
    def task(self, name: str) -> Iterator[Report]:
        seen = 0

        def report(share: float, numbers: object) -> None:
            nonlocal seen
            if seen == self.layer:
                raise KilledError
            seen += 1

        yield report


@pytest.mark.parametrize("keep", KEEP)
@pytest.mark.parametrize("memberships", ["soft", "labels"])
def test_a_killed_construction_goes_on_where_it_stood(
    keep: Literal["memory", "disk", "recompute"],
    memberships: Literal["soft", "labels"],
    tmp_path: Path,
) -> None:
    x, labels = data()
    x = x.float()
    config = replace(CONFIG, keep=keep, memberships=memberships)
    batches = in_batches(x, labels, 7)
    unbroken = construct(batches, config, classes=3, folder=tmp_path / "unbroken")
    folder = tmp_path / "killed"
    with pytest.raises(KilledError):
        construct(batches, config, classes=3, folder=folder, progress=KilledDuring(2))
    assert len(list(folder.glob("layer-*.safetensors"))) == 2
    (folder / "features-0.bin").write_bytes(b"half a file that the kill left")
    resumed = construct(batches, config, classes=3, folder=folder)
    for name, tensor in unbroken.network.state_dict().items():
        assert torch.equal(resumed.network.state_dict()[name], tensor), name
    assert resumed.trace.rate_reduction.tolist() == unbroken.trace.rate_reduction.tolist()
    # A finished one is read, and a longer one continues it.
    before = {path: path.stat().st_mtime_ns for path in folder.glob("layer-*")}
    again = construct(batches, config, classes=3, folder=folder)
    assert again.trace.seconds.tolist() == resumed.trace.seconds.tolist()
    longer = construct(batches, replace(config, layers=5), classes=3, folder=folder)
    assert len(longer.network.layers) == 5
    assert {path: path.stat().st_mtime_ns for path in before} == before
    shorter = construct(batches, replace(config, layers=1), classes=3, folder=folder)
    assert len(shorter.network.layers) == 1


def test_a_folder_of_another_construction_is_refused(tmp_path: Path) -> None:
    x, labels = data()
    batches = in_batches(x, labels)
    construct(batches, CONFIG, classes=3, folder=tmp_path)
    with pytest.raises(ConfigError, match="other settings"):
        construct(batches, replace(CONFIG, step=0.1), classes=3, folder=tmp_path)
    with pytest.raises(ConfigError, match="other data"):
        construct(in_batches(x + 1, labels), CONFIG, classes=3, folder=tmp_path)
    path = tmp_path / "layer-0001.safetensors"
    path.write_bytes(path.read_bytes()[:-9])
    with pytest.raises(CheckpointError, match="damaged"):
        construct(batches, CONFIG, classes=3, folder=tmp_path)


def test_backtracking_halves_a_step_until_the_rate_reduction_rises() -> None:
    x, labels = data()
    wild = replace(CONFIG, layers=6, step=3000.0, memberships="labels")
    assert construct(in_batches(x, labels), wild, classes=3).trace.raised < 6
    held = construct(in_batches(x, labels), replace(wild, backtracking=True), classes=3)
    assert held.trace.raised == len(held.network.layers) == 6
    alphas = 8 / (60 * 0.25)
    assert (held.trace.eta < 3000 / alphas).all()
    # The step that was taken is the one that is saved.
    for layer, eta in zip(held.network.layers, held.trace.eta, strict=True):
        assert float(layer.eta) == eta  # type: ignore[arg-type]


def test_backtracking_stops_where_nothing_can_rise(tmp_path: Path) -> None:
    # One class: the rate reduction is zero, whatever is done.
    x, _ = data()
    config = replace(CONFIG, backtracking=True, halvings=3, step=0.5)
    result = construct(in_batches(x, torch.zeros(60).long()), config, classes=1, folder=tmp_path)
    assert len(result.network.layers) <= 4
    np.testing.assert_allclose(result.trace.rate_reduction, 0, atol=1e-9)


def test_circular_signals_are_constructed_by_the_same_call(tmp_path: Path) -> None:
    generator = torch.Generator().manual_seed(0)
    labels = torch.arange(30) % 3
    angle = labels.double() * torch.pi / 3
    line = torch.randn(30, 6, generator=generator, dtype=torch.float64)
    x = torch.einsum("cb,bt->bct", torch.stack((angle.cos(), angle.sin())), line)
    basis = Circular((6,))
    config = replace(CONFIG, keep="disk")
    result = construct(in_batches(x, labels, 8), config, classes=3, basis=basis, folder=tmp_path)
    assert result.trace.raised == 4
    gates = result.network.memberships(x)
    torch.testing.assert_close(result.network.memberships(x.roll(2, -1)), gates)
    assert (gates.argmax(1) == labels).all()


def test_a_class_without_samples_is_no_trouble() -> None:
    x, labels = data()
    result = construct(in_batches(x, labels * 2), CONFIG, classes=6)
    assert result.trace.raised == 4
    assert result.network.memberships(x)[:, [1, 3, 5]].max() == 0


def test_the_similarity_matrix_is_sorted_by_class_and_has_blocks() -> None:
    x, labels = data()
    result = construct(in_batches(x, labels), replace(CONFIG, layers=20), classes=3)
    before, order = class_similarity(x, labels)
    after, _ = class_similarity(result.network(x), labels, limit=30)
    assert order.tolist() == sorted(labels.tolist())
    torch.testing.assert_close(before.diagonal(), torch.ones(60).double())
    assert before[0, 1].item() == pytest.approx(torch.cosine_similarity(x[0], x[3], 0).abs().item())
    assert after.shape == (30, 30)
    assert after[:10, 10:].mean() < 0.5 * before[:20, 20:].mean()


def test_bad_data_and_settings_are_refused() -> None:
    x, labels = data()
    with pytest.raises(DataError, match="no sample"):
        construct([], CONFIG, classes=3)
    with pytest.raises(DataError, match="labels go from 0 to 2"):
        construct(in_batches(x, labels), CONFIG, classes=2)
    with pytest.raises(DataError, match="not finite"):
        construct(in_batches(x * torch.nan, labels), CONFIG, classes=3)
    with pytest.raises(DataError, match="60 samples and 9 labels"):
        in_batches(x, labels[:9])
    with pytest.raises(DataError, match="batches of 0"):
        in_batches(x, labels, 0)
    with pytest.raises(ConfigError, match="give a folder"):
        construct(in_batches(x, labels), replace(CONFIG, keep="disk"), classes=3)
    once = iter(in_batches(x, labels, 7))
    with pytest.raises(DataError, match="60 samples came first and 0 then"):
        construct(once, replace(CONFIG, keep="recompute"), classes=3)
    for settings in ({"layers": 0}, {"epsilon": 0.0}, {"step": 0.0}, {"sharpness": -1.0}):
        with pytest.raises(ConfigError, match=next(iter(settings))):
            ForwardConfig(**settings)  # type: ignore[arg-type]
    for settings in ({"eta": 0.0}, {"lambda_": 0.0}, {"halvings": -1}, {"keep": "x"}):
        with pytest.raises(ConfigError, match=next(iter(settings))):
            ForwardConfig(**settings)  # type: ignore[arg-type]
    with pytest.raises(ConfigError, match="memberships"):
        ForwardConfig(memberships="hard")  # type: ignore[arg-type]
