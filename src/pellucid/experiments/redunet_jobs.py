"""What `pellucid run redunet` measures for one seed, and for the shift-invariant network.

Settings were chosen on the last 10,000 training images of MNIST, with networks made from the other
50,000; the test images are looked at once, here.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from pellucid.data.images import ImageSet, load_images
from pellucid.experiments.redunet_mixture import Mixture, gate_agreement, train_mixture
from pellucid.learning.forward import Construction, ForwardConfig, construct
from pellucid.learning.forward_store import in_batches
from pellucid.networks.redunet import ReduNet
from pellucid.networks.redunet_lift import Lift, PrincipalComponents
from pellucid.networks.redunet_moments import ClassMoments, Vectors, normalise
from pellucid.networks.redunet_readout import NearestSubspace, nearest_neighbours
from pellucid.networks.redunet_shift import Circular
from pellucid.networks.whitebox import audit

CLASSES = 10
_EIGHT, _THREE = ForwardConfig(layers=8), ForwardConfig(layers=3)


@dataclass(frozen=True)
class Plan:
    """The sizes of the experiment."""

    images: str = "mnist"
    filters: int = 32
    kernel: int = 5
    pool: int = 4
    features: int = 256
    """How many principal components of the lifted images are kept."""
    fitted: int = 10_000
    """From how many images the components are computed."""
    forward: ForwardConfig = _EIGHT
    rank: int = 10
    """Of the nearest subspaces, with and without layers."""
    best_rank: int = 20
    """The rank at which the features after the layers did best on the validation images."""
    null_rank: int = 50
    """The same before the first layer."""
    mixture_steps: int = 600
    circular_filters: int = 16
    circular_kernel: int = 9
    circular_forward: ForwardConfig = _THREE
    circular_rank: int = 4
    circular_images: tuple[int, int] = (2000, 500)
    """How many training and test images the shift-invariant network sees."""
    all_shifts: int = 3
    """How many test images are shifted to every place."""


QUICK = Plan(
    images="digits",
    filters=8,
    kernel=3,
    pool=2,
    features=48,
    forward=ForwardConfig(layers=3),
    rank=5,
    best_rank=5,
    null_rank=10,
    mixture_steps=60,
    circular_filters=4,
    circular_kernel=3,
    circular_forward=ForwardConfig(layers=2),
    circular_rank=2,
    circular_images=(200, 50),
    all_shifts=2,
)


@dataclass(frozen=True)
class Job:
    """One seed of the network of vectors, or the shift-invariant network."""

    plan: Plan
    folder: Path
    """Where layers and traces are kept."""
    seed: int | None
    """None for the shift-invariant network."""


@dataclass(frozen=True)
class Accuracies:
    """How many test images each readout gets right."""

    neighbours: int
    subspace: int
    best_subspace: int
    """At the rank that did best on the validation images."""


@dataclass(frozen=True)
class Experts:
    """What the experts of a mixture do on the test images."""

    right: int
    """Images whose class the mixture finds."""
    agreement: int
    """Images whose expert of the largest gate weight is the one of their class."""
    loads: tuple[float, ...]
    """The mean gate weight of each expert, 0 to 1."""


@dataclass(frozen=True)
class VectorMeasure:
    """What one seed showed."""

    test_images: int
    before: Accuracies
    after: Accuracies
    rate_reduction: tuple[float, ...]
    """Before the first layer and after each, in nats."""
    raised: int
    descended: float
    """The least share, over layers, of test images that descended their layer's objective."""
    experts: Experts
    trained: Experts
    """A mixture of the same size, trained by back-propagation on the same features."""


@dataclass(frozen=True)
class ShiftMeasure:
    """What the shift-invariant network showed."""

    test_images: int
    invariance_error: float
    """The largest change of a membership or of a share of energy by any shift."""
    changed: int
    """Decisions that a shift changed, of `shifted`."""
    shifted: int
    right: int
    right_without_layers: int
    right_by_gate: int
    pixels: int
    """Images that the nearest neighbours of raw pixels get right."""
    pixels_shifted: int
    """The same, each image at a random place."""
    raised: int
    layers: int


@torch.no_grad()
def measure_vectors(job: Job) -> VectorMeasure:
    """Lift, project, construct, and read out; nothing is trained but the mixture beside it."""
    assert job.seed is not None
    plan, data = job.plan, load_images(job.plan.images)
    train, test = _lifted(data, plan, job.seed)
    labels, truth = torch.from_numpy(data.train_labels), torch.from_numpy(data.test_labels)
    made = construct(
        in_batches(train, labels),
        plan.forward,
        classes=CLASSES,
        folder=job.folder / f"layers-{job.seed}",
    )
    moved, after = _through(made.network, train), _through(made.network, test)
    if job.seed == 0:
        _keep(job.folder / "trace.npz", made, train, moved, labels)
    with torch.enable_grad():
        mixture = train_mixture(
            train, labels, classes=CLASSES, steps=plan.mixture_steps, seed=job.seed
        )
    account = audit(made.network, test)
    return VectorMeasure(
        test_images=len(truth),
        before=_read(train, labels, test, truth, plan, plan.null_rank),
        after=_read(moved, labels, after, truth, plan, plan.best_rank),
        rate_reduction=tuple(made.trace.rate_reduction.tolist()),
        raised=made.trace.raised,
        descended=min(layer.descended for layer in account.layers),
        experts=_experts(made.network.memberships(test), truth),
        trained=_trained(mixture, test, truth),
    )


def pixels(plan: Plan) -> tuple[Accuracies, int, int]:
    """The same readouts on raw pixels; the images of the most common class; all test images."""
    data = load_images(plan.images)
    train, test = _pixels(data.train_images).flatten(1), _pixels(data.test_images).flatten(1)
    labels, truth = torch.from_numpy(data.train_labels), torch.from_numpy(data.test_labels)
    common = labels.bincount(minlength=CLASSES).argmax()
    read = _read(normalise(train), labels, normalise(test), truth, plan, plan.null_rank)
    return read, int((truth == common).sum()), len(truth)


@torch.no_grad()
def measure_shifts(job: Job) -> ShiftMeasure:
    """Construct by frequencies, and shift test images around."""
    plan = job.plan
    data = load_images(plan.images).first(*plan.circular_images)
    labels, truth = torch.from_numpy(data.train_labels), torch.from_numpy(data.test_labels)
    grid = data.shape[1:]
    basis, lift = Circular(grid), _circular_lift(plan)
    images, test = _pixels(data.train_images), _pixels(data.test_images)
    train = torch.cat([normalise(lift(part)) for part in images.split(100)])
    made = construct(
        in_batches(train, labels, 50),
        plan.circular_forward,
        classes=CLASSES,
        basis=basis,
        folder=job.folder / "layers-circular",
    )
    plain = ClassMoments(basis, CLASSES)
    for part, own in zip(train.split(50), labels.split(50), strict=True):
        plain.add(part, own)
    readout = NearestSubspace(made.moments, rank=plan.circular_rank)
    without = NearestSubspace(plain, rank=plan.circular_rank)

    def decide(x: Tensor) -> tuple[Tensor, Tensor]:
        """Memberships and shares of energy of images, (B, K) each."""
        parts = [lift(part) for part in x.split(50)]
        gates = torch.cat([made.network.memberships(part) for part in parts])
        energies = torch.cat([readout.energies(made.network(part)) for part in parts])
        return gates, energies

    gates, energies = decide(test)
    moved = _anywhere(test)
    error, changed, shifted = 0.0, 0, 0
    for x, index in [(moved, torch.arange(len(test))), *_everywhere(test[: plan.all_shifts])]:
        there = decide(x)
        for now, then in zip(there, (gates[index], energies[index]), strict=True):
            error = max(error, float((now - then).abs().max()))
        changed += int((there[1].argmax(1) != energies[index].argmax(1)).sum())
        shifted += len(x)
    flat = images.flatten(1)
    alone = torch.cat([without.energies(normalise(lift(part))) for part in test.split(50)])
    return ShiftMeasure(
        test_images=len(truth),
        invariance_error=error,
        changed=changed,
        shifted=shifted,
        right=_right(energies.argmax(1), truth),
        right_without_layers=_right(alone.argmax(1), truth),
        right_by_gate=_right(gates.argmax(1), truth),
        pixels=_right(nearest_neighbours(test.flatten(1), flat, labels, classes=CLASSES), truth),
        pixels_shifted=_right(
            nearest_neighbours(moved.flatten(1), flat, labels, classes=CLASSES), truth
        ),
        raised=made.trace.raised,
        layers=len(made.network.layers),
    )


def _pixels(images: np.ndarray) -> Tensor:
    """Grey images (N, H, W) as (N, 1, H, W), 0 to 1."""
    return torch.from_numpy(images).float()[:, None] / 255


def _lifted(data: ImageSet, plan: Plan, seed: int) -> tuple[Tensor, Tensor]:
    """Training and test features (N, D) on the unit sphere."""
    generator = torch.Generator().manual_seed(seed)
    lift = Lift(
        1, plan.filters, kernel=plan.kernel, pool=plan.pool, signs=True, generator=generator
    )

    def lifted(images: np.ndarray) -> Iterator[Tensor]:
        for begin in range(0, len(images), 500):
            # Few at once: fresh memory for large tensors costs more than the filters do.
            parts = _pixels(images[begin : begin + 500]).split(50)
            yield torch.cat([lift(part).flatten(1) for part in parts])

    components = PrincipalComponents.fit(lifted(data.train_images[: plan.fitted]), plan.features)

    def features(images: np.ndarray) -> Tensor:
        return torch.cat([normalise(components(part)) for part in lifted(images)])

    return features(data.train_images), features(data.test_images)


def _through(network: ReduNet, z: Tensor) -> Tensor:
    return torch.cat([network(part) for part in z.split(2000)])


def _read(
    train: Tensor, labels: Tensor, test: Tensor, truth: Tensor, plan: Plan, best: int
) -> Accuracies:
    moments = ClassMoments(Vectors(), CLASSES)
    moments.add(train, labels)
    near = nearest_neighbours(test, train, labels, classes=CLASSES)
    return Accuracies(
        neighbours=_right(near, truth),
        subspace=_right(NearestSubspace(moments, rank=plan.rank)(test), truth),
        best_subspace=_right(NearestSubspace(moments, rank=best)(test), truth),
    )


def _experts(gate: Tensor, truth: Tensor) -> Experts:
    """A constructed mixture: expert k is that of class k, and the gate is the decision."""
    right = _right(gate.argmax(1), truth)
    return Experts(right, right, tuple(gate.mean(0).tolist()))


def _trained(mixture: Mixture, test: Tensor, truth: Tensor) -> Experts:
    logits, gate = mixture(test)
    agreement = gate_agreement(gate, truth, classes=CLASSES)
    return Experts(_right(logits.argmax(1), truth), agreement, tuple(gate.mean(0).tolist()))


def _right(found: Tensor, truth: Tensor) -> int:
    return int((found == truth).sum())


def _circular_lift(plan: Plan) -> Lift:
    return Lift(
        1,
        plan.circular_filters,
        kernel=plan.circular_kernel,
        circular=True,
        generator=torch.Generator().manual_seed(0),
    )


def _anywhere(x: Tensor) -> Tensor:
    """Each image (B, C, H, W) at a random place, wrapped around."""
    generator = torch.Generator().manual_seed(1)
    moves = torch.stack([torch.randint(n, (len(x),), generator=generator) for n in x.shape[2:]], 1)
    return torch.stack(
        [one.roll(tuple(move), (1, 2)) for one, move in zip(x, moves.tolist(), strict=True)]
    )


def _everywhere(x: Tensor) -> Iterator[tuple[Tensor, Tensor]]:
    """Each image at every place, and which image that is."""
    height, width = x.shape[2:]
    for number, one in enumerate(x):
        places = [one.roll((i, j), (1, 2)) for i in range(height) for j in range(width)]
        yield torch.stack(places), torch.full((height * width,), number)


def _keep(path: Path, made: Construction, before: Tensor, after: Tensor, labels: Tensor) -> None:
    """What figures are drawn from: the rates by layer, and features of some training images."""
    path.parent.mkdir(parents=True, exist_ok=True)
    np.savez(
        path,
        rate=made.trace.rate,
        conditional_rate=made.trace.conditional_rate,
        agreement=made.trace.agreement,
        features_before=before[:300].numpy(),
        features_after=after[:300].numpy(),
        labels=labels[:300].numpy(),
    )
