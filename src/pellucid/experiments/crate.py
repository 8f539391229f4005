"""Claim: a transformer derived from sparse rate reduction classifies as well as a plain one.

CRATE, its overcomplete variant and a plain vision transformer (ViT) of as many parameters learn the
same pictures for as many epochs. Then their layers are probed: what a white-box layer descends, the
coding rate of the tokens in its subspaces, and the zeros of its code, beside the same probe on the
ViT and on networks that learned nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from pellucid.experiments.framework import Settings
from pellucid.experiments.learned import (
    ClassifyJob,
    ClassifyMeasure,
    classify_all,
    over_seeds,
    probe_batch,
    trained_classifier,
    untrained_classifier,
)
from pellucid.experiments.probes import TokenProbe, probe_tokens
from pellucid.experiments.rows import Bar, Null, Published, Row
from pellucid.experiments.statistics import exact, mean
from pellucid.learning.batches import Variation
from pellucid.learning.progress import choose_progress
from pellucid.learning.supervised import ClassifyConfig
from pellucid.networks.classifiers import TransformerConfig
from pellucid.networks.image_transformer import ImageTransformer
from pellucid.networks.token_network import TokenNetworkConfig
from pellucid.networks.whitebox import Audit, audit
from pellucid.studio.figures import layers, style

NETWORKS = {
    "ViT": TokenNetworkConfig(64, 4, 4, mixer="softmax", feed="mlp"),
    "CRATE": TokenNetworkConfig(128, 4, 4),
    "CRATE-alpha": TokenNetworkConfig(68, 4, 4, feed="odl"),
}
"""Equal in parameters: of a block 12 d^2 in a ViT, 3 d^2 in CRATE, 10 d^2 in CRATE-alpha."""

TRAININGS = {
    "fashion-mnist": ClassifyConfig(epochs=3, variation=Variation(shift=2, flip=True)),
    "cifar10": ClassifyConfig(epochs=4, variation=Variation(shift=3, flip=True)),
}
TITLES = {"fashion-mnist": "Fashion-MNIST", "cifar10": "CIFAR-10"}

PUBLISHED = {
    "CRATE": Published(
        0.955,
        "CRATE-Tiny, 6.1 M parameters (Yu et al. 2023)",
        "CIFAR-10 by fine-tuning after ImageNet-1k, 224 px",
    ),
    "ViT": Published(
        0.966,
        "ViT-Tiny, 5.7 M parameters, in the same table",
        "CIFAR-10 by fine-tuning after ImageNet-1k, 224 px",
    ),
}


@dataclass(frozen=True)
class _Ground:
    """All trainings of one image set."""

    images: str
    jobs: dict[str, list[ClassifyJob]]


def run(settings: Settings) -> list[Row]:
    """Train all networks on all sets, compare, and probe."""
    grounds = [_ground(images, settings) for images in _sets(settings)]
    every = [job for ground in grounds for jobs in ground.jobs.values() for job in jobs]
    measures = {m.name: m for m in classify_all(every, progress=choose_progress())}
    rows: list[Row] = []
    for ground in grounds:
        rows += _compare(ground, measures)
        rows += _probe(ground, settings)
    return rows


def _sets(settings: Settings) -> tuple[str, ...]:
    return ("digits",) if settings.quick else tuple(TRAININGS)


def _ground(images: str, settings: Settings) -> _Ground:
    jobs: dict[str, list[ClassifyJob]] = {}
    for name, network in NETWORKS.items():
        training, size = TRAININGS.get(images), network
        if training is None:
            training, size = ClassifyConfig(epochs=1), replace(network, dimension=16, depth=1)
        jobs[name] = [
            ClassifyJob(
                name=f"{images}-{name}-{seed}",
                network=TransformerConfig(size, patch=2 if images == "digits" else 4),
                images=images,
                training=replace(training, seed=seed),
                output=settings.output,
            )
            for seed in range(settings.seeds)
        ]
    return _Ground(images, jobs)


def _compare(ground: _Ground, measures: dict[str, ClassifyMeasure]) -> list[Row]:
    title = TITLES.get(ground.images, ground.images)
    of = {name: [measures[job.name] for job in jobs] for name, jobs in ground.jobs.items()}
    pictures = ground.jobs["ViT"][0].pictures()
    majority = Null(
        "the most frequent class",
        max((pictures.test_labels == k).mean() for k in range(len(pictures.classes))),
    )
    rows = [
        Row(
            f"{title}: accuracy of {name}",
            over_seeds(found),
            null=majority,
            published=(
                (PUBLISHED[name],) if name in PUBLISHED and ground.images != "fashion-mnist" else ()
            ),
            note=_cost(found) + (f"; {pictures.note}" if pictures.note else ""),
        )
        for name, found in of.items()
    ]
    behind = [
        100 * (vit.accuracy - crate.accuracy)
        for vit, crate in zip(of["ViT"], of["CRATE"], strict=True)
    ]
    rows.append(
        Row(
            f"{title}: points by which CRATE is behind ViT",
            mean(behind),
            bar=Bar("at most", 1.5),
            note="seed by seed; as many parameters, as many epochs",
        )
    )
    return rows


def _cost(found: Sequence[ClassifyMeasure]) -> str:
    seconds = mean([m.cpu_seconds for m in found]).value
    return f"{found[0].parameters:,} parameters, {seconds / 60:.1f} CPU minutes a training"


def _probe(ground: _Ground, settings: Settings) -> list[Row]:
    """The layers of the first seed's networks, trained and not."""
    title = TITLES.get(ground.images, ground.images)
    batch = probe_batch(ground.jobs["ViT"][0], 16 if settings.quick else 256)
    audits, probes = {}, {}
    for name, jobs in ground.jobs.items():
        for state, make in (("trained", trained_classifier), ("untrained", untrained_classifier)):
            network = make(jobs[0])
            assert isinstance(network, ImageTransformer)
            probes[f"{name}, {state}"] = probe_tokens(network, batch)
            if name != "ViT":
                audits[f"{name}, {state}"] = audit(network, batch)
    for kind, formula in (("compression", "R_c"), ("sparsification", "1/2")):
        figure = layers.draw(audits, formula=formula)
        style.save(figure, settings.output / "figures", f"{ground.images}-{kind}")
    rows = [_falls(title, name, probe) for name, probe in probes.items()]
    for name, account in audits.items():
        if name.endswith(", trained"):
            rows.append(
                Row(
                    f"{title}: {name}: share of its white-box layers that descend",
                    exact(_share_descending(account), len(account.layers)),
                    null=Null(
                        "untrained",
                        _share_descending(audits[name.replace("trained", "untrained")]),
                    ),
                    note="the mean over 256 test pictures; a trained layer may leave the range in "
                    "which its step descends, and this says how often",
                )
            )
    return rows


def _share_descending(account: Audit) -> float:
    return 1 - len(account.failures()) / len(account.layers)


def _falls(title: str, name: str, probe: TokenProbe) -> Row:
    rates = probe.rates
    falls = sum(later < earlier for earlier, later in pairwise(rates))
    zeros = f"; zeros by layer {_list(100 * z for z in probe.zeros)} %" if probe.zeros else ""
    return Row(
        f"{title}: {name}: layers at which the rate in its subspaces falls",
        exact(falls / max(len(rates) - 1, 1), len(rates) - 1),
        note=f"R_c(Z|U) by layer {_list(rates)} nats{zeros}",
    )


def _list(values: Iterable[float]) -> str:
    return ", ".join(f"{value:.0f}" for value in values)
