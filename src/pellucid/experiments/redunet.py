"""Claim: a network that is constructed from second moments, without training, reads digits."""

from __future__ import annotations

from collections.abc import Sequence

from pellucid.experiments.fan_out import fan_out
from pellucid.experiments.redunet_jobs import (
    QUICK,
    Accuracies,
    Job,
    Plan,
    ShiftMeasure,
    VectorMeasure,
    measure_shifts,
    measure_vectors,
    pixels,
)
from pellucid.experiments.rows import Bar, Null, Published, Row, Settings
from pellucid.experiments.statistics import Measured, mean, share
from pellucid.learning.device import set_threads
from pellucid.learning.progress import choose_progress

CTRL = Published(
    97.69,
    "CTRL (arXiv 2111.06636), the README of its code",
    "convolutional networks trained by back-propagation on a GPU; nearest subspace",
)


def run(settings: Settings) -> list[Row]:
    """Construct for each seed of the lifting filters, and once for shifts; read, and compare."""
    plan = QUICK if settings.quick else Plan()
    seeds: list[int | None] = [*range(settings.seeds), None]
    jobs = [Job(plan, settings.output, seed) for seed in seeds]
    answers = fan_out(
        measure, jobs, progress=choose_progress(), at_once=1 if settings.quick else None
    )
    vectors = [answer for answer in answers if isinstance(answer, VectorMeasure)]
    (shifts,) = [answer for answer in answers if isinstance(answer, ShiftMeasure)]
    raw, common, tested = pixels(plan)
    return [
        *_accuracy_rows(vectors, raw, plan),
        *_rate_rows(vectors, plan),
        *_expert_rows(vectors),
        *_shift_rows(shifts, plan),
        Row(
            "the most common class",
            share(common, tested).times(100),
            unit="%",
            note="the floor of every accuracy above",
        ),
    ]


def measure(job: Job) -> VectorMeasure | ShiftMeasure:
    """One job, in a process of its own."""
    set_threads(1)
    return measure_shifts(job) if job.seed is None else measure_vectors(job)


def _percent(values: Sequence[int], of: int) -> Measured:
    return mean([100 * value / of for value in values])


def _accuracy_rows(vectors: list[VectorMeasure], raw: Accuracies, plan: Plan) -> list[Row]:
    tested = vectors[0].test_images

    def null(values: Sequence[int]) -> Null:
        return Null("the same features, no layer", _percent(values, tested))

    lifted = (
        f"{plan.images}: {plan.filters} random {plan.kernel} x {plan.kernel} filters and "
        f"{plan.features} principal components, then {plan.forward.layers} layers made from all "
        "training images; seeds draw the filters"
    )
    return [
        Row(
            "accuracy by nearest neighbours",
            _percent([m.after.neighbours for m in vectors], tested),
            unit="%",
            null=null([m.before.neighbours for m in vectors]),
            bar=Bar("at least", 97.0),
            note=lifted,
        ),
        Row(
            f"accuracy by nearest subspace of rank {plan.rank}",
            _percent([m.after.subspace for m in vectors], tested),
            unit="%",
            null=null([m.before.subspace for m in vectors]),
            published=(CTRL,),
            bar=Bar("at least", 95.0),
            note=lifted,
        ),
        Row(
            "the same, each at its best rank",
            _percent([m.after.best_subspace for m in vectors], tested),
            unit="%",
            null=null([m.before.best_subspace for m in vectors]),
            note=f"ranks chosen on validation images: {plan.best_rank} with layers, "
            f"{plan.null_rank} without",
        ),
        Row(
            "raw pixels, nearest neighbours",
            share(raw.neighbours, tested).times(100),
            unit="%",
        ),
        Row(
            f"raw pixels, nearest subspace of rank {plan.rank}",
            share(raw.subspace, tested).times(100),
            unit="%",
            note=f"of rank {plan.null_rank}: {100 * raw.best_subspace / tested:.2f} %",
        ),
    ]


def _rate_rows(vectors: list[VectorMeasure], plan: Plan) -> list[Row]:
    layers = sum(len(m.rate_reduction) - 1 for m in vectors)
    before = mean([m.rate_reduction[0] for m in vectors])
    return [
        Row(
            "layers that raised the rate reduction",
            share(sum(m.raised for m in vectors), layers).times(100),
            unit="%",
            bar=Bar("at least", 100.0),
            note=f"{plan.forward.layers} layers of each seed; training images, their true labels",
        ),
        Row(
            "rate reduction after the last layer",
            mean([m.rate_reduction[-1] for m in vectors]),
            unit="nats",
            null=Null("before the first layer", before),
        ),
        Row(
            "test images that descended, least of all layers",
            mean([100 * m.descended for m in vectors]),
            unit="%",
            note="each layer's own objective, of each image; all of them must where eta alpha <= 1",
        ),
    ]


def _expert_rows(vectors: list[VectorMeasure]) -> list[Row]:
    tested = vectors[0].test_images
    trained = "trained mixture of the same size"
    return [
        Row(
            "accuracy of the mixture of experts",
            _percent([m.experts.right for m in vectors], tested),
            unit="%",
            null=Null(trained, _percent([m.trained.right for m in vectors], tested)),
            note="constructed: the expert that speaks in the last layer is the class; trained: "
            "softmax gate, as many linear experts, a linear readout, Adam, the same features",
        ),
        Row(
            "images that go to the expert of their class",
            _percent([m.experts.agreement for m in vectors], tested),
            unit="%",
            null=Null(trained, _percent([m.trained.agreement for m in vectors], tested)),
            note="trained experts are given the classes that fit best, one each",
        ),
        Row(
            "load of the least used expert",
            mean([100 * min(m.experts.loads) for m in vectors]),
            unit="%",
            null=Null(trained, mean([100 * min(m.trained.loads) for m in vectors])),
            note="mean gate weight over the test images; ten equal experts have 10 %",
        ),
        Row(
            "load of the most used expert",
            mean([100 * max(m.experts.loads) for m in vectors]),
            unit="%",
            null=Null(trained, mean([100 * max(m.trained.loads) for m in vectors])),
        ),
    ]


def _shift_rows(shifts: ShiftMeasure, plan: Plan) -> list[Row]:
    tested = shifts.test_images
    size = (
        f"made by frequencies from {plan.circular_images[0]:,} images, "
        f"{plan.circular_filters} circular filters, {shifts.layers} layers; "
        f"rate reduction rose at {shifts.raised}"
    )
    return [
        Row(
            "shift-invariant network: invariance error",
            Measured(shifts.invariance_error, float("-inf"), float("inf"), shifts.shifted),
            bar=Bar("at most", 1e-5),
            note="the largest change of a membership or of a share of energy: "
            f"{plan.all_shifts} images at every place, all others at a random one",
        ),
        Row(
            "shift-invariant network: decisions that a shift changed",
            share(shifts.changed, shifts.shifted).times(100),
            unit="%",
            bar=Bar("at most", 0.0),
        ),
        Row(
            "shift-invariant network: accuracy at random places",
            share(shifts.right, tested).times(100),
            unit="%",
            null=Null(
                "pixels, nearest neighbours",
                share(shifts.pixels_shifted, tested).times(100),
            ),
            note=f"{size}; nearest subspace of rank {plan.circular_rank} in each frequency. "
            f"Without layers {100 * shifts.right_without_layers / tested:.1f} %, by the gate "
            f"{100 * shifts.right_by_gate / tested:.1f} %, pixels of centred images "
            f"{100 * shifts.pixels / tested:.1f} %",
        ),
    ]
