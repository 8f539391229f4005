"""Claim: attention by token statistics costs a fixed amount a token, and classifies as well.

Time and memory of one layer (published small size: 384 features, 8 heads) against the number of
tokens, beside a plain transformer's attention layer (PyTorch's scaled_dot_product_attention); the
causal form against its definition, token by token; and accuracy on the same pictures.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from statistics import median

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from pellucid.experiments.framework import Settings
from pellucid.experiments.learned import ClassifyJob, classify_all, over_seeds
from pellucid.experiments.memory import peak_megabytes
from pellucid.experiments.rows import Bar, Null, Published, Row
from pellucid.experiments.statistics import exact, mean
from pellucid.learning.batches import Variation
from pellucid.learning.device import set_threads
from pellucid.learning.progress import Progress, choose_progress
from pellucid.learning.supervised import ClassifyConfig
from pellucid.networks.classifiers import TransformerConfig
from pellucid.networks.softmax_attention import SoftmaxAttention
from pellucid.networks.token_network import TokenNetworkConfig
from pellucid.networks.tssa import TSSALayer
from pellucid.studio.figures import scaling, style

DIMENSION, HEADS = 384, 8
LENGTHS = tuple(2**k for k in range(8, 17))
SOFTMAX_MOST = 16_384
"""Beyond this a plain attention layer takes minutes."""

NETWORKS = {
    "softmax": TokenNetworkConfig(64, 4, 4, mixer="softmax", feed="mlp"),
    "token statistics": TokenNetworkConfig(68, 4, 4, mixer="tssa", feed="mlp"),
}
"""Equal in parameters: of a block 12 d^2 with softmax attention, 10 d^2 with token statistics."""
TRAINING = ClassifyConfig(epochs=3, variation=Variation(shift=2, flip=True))

COMPLEXITY = Published(
    1.0, "ToST (Wu et al. 2025)", "O(pn) time and O(p) extra space for each head"
)
LONG_RANGE = Published(
    0.599 - 0.592,
    "ToST over a transformer on Long Range Arena, the mean of five tasks",
    "same paper",
)


def run(settings: Settings) -> list[Row]:
    """Measure cost, exactness and accuracy."""
    show = choose_progress()
    set_threads(1)
    torch.manual_seed(0)
    lengths = (64, 128, 256) if settings.quick else LENGTHS
    return [*_costs(settings, lengths, show), *_exactness(), *_accuracy(settings, show)]


def _costs(settings: Settings, lengths: tuple[int, ...], show: Progress) -> list[Row]:
    statistics = TSSALayer(DIMENSION, heads=HEADS).eval()
    causal = TSSALayer(DIMENSION, heads=HEADS, causal=True).eval()
    softmax = SoftmaxAttention(DIMENSION, heads=HEADS).eval()
    methods: dict[str, tuple[nn.Module, tuple[int, ...]]] = {
        "token statistics": (statistics, lengths),
        "token statistics, causal": (causal, lengths),
        "softmax attention": (softmax, tuple(n for n in lengths if n <= SOFTMAX_MOST)),
    }
    costs = {}
    with show.task("costs") as report:
        for number, (name, (layer, own)) in enumerate(methods.items()):
            seconds, megabytes = [], []
            for length in own:
                z = torch.randn(1, length, DIMENSION)
                seconds.append(_seconds(lambda layer=layer, z=z: layer(z)))  # type: ignore[misc]
                megabytes.append(peak_megabytes(lambda layer=layer, z=z: layer(z)))  # type: ignore[misc]
                report((number + own.index(length) / len(own)) / len(methods), {"tokens": length})
            costs[name] = scaling.Scaling(own, seconds, megabytes)
    style.save(scaling.draw(costs), settings.output / "figures", "scaling")
    return [*_exponents(costs), *_ratios(costs)]


def _exponents(costs: dict[str, scaling.Scaling]) -> list[Row]:
    rows = []
    plain = costs["softmax attention"]
    for name in ("token statistics", "token statistics, causal"):
        cost = costs[name]
        for what, ours, theirs in (
            ("time", cost.seconds, plain.seconds),
            ("memory", cost.megabytes, plain.megabytes),
        ):
            rows.append(
                Row(
                    f"{name}: exponent of {what} in length",
                    exact(scaling.exponent(cost.lengths, ours), len(cost.lengths)),
                    null=Null("softmax attention", scaling.exponent(plain.lengths, theirs)),
                    published=(COMPLEXITY,),
                    bar=Bar("at most", 1.1),
                    note=f"{cost.lengths[0]} to {cost.lengths[-1]:,} tokens; one layer of "
                    f"{DIMENSION} features, {HEADS} heads, one thread, float32; softmax attention "
                    f"to {plain.lengths[-1]:,}",
                )
            )
    return rows


def _ratios(costs: dict[str, scaling.Scaling]) -> list[Row]:
    ours, plain = costs["token statistics"], costs["softmax attention"]
    rows = []
    for length in (1024, 16_384):
        if length not in plain.lengths:
            continue
        place = plain.lengths.index(length)
        kernel = _seconds(lambda length=length: _kernel(length))  # type: ignore[misc]
        for name, seconds in (("its layer", plain.seconds[place]), ("its kernel alone", kernel)):
            rows.append(
                Row(
                    f"softmax attention, {name}, over token statistics: time at {length:,} tokens",
                    exact(seconds / ours.seconds[place], 1),
                    bar=Bar("at least", 1.0),
                    note="CPU time of our whole layer, with its projections, against that of "
                    "PyTorch's scaled_dot_product_attention, with its own projections or alone",
                )
            )
    return rows


_KEPT: dict[int, Tensor] = {}


def _kernel(length: int) -> Tensor:
    if length not in _KEPT:
        _KEPT.clear()
        _KEPT[length] = torch.randn(3, 1, HEADS, length, DIMENSION // HEADS)
    query, key, value = _KEPT[length]
    return F.scaled_dot_product_attention(query, key, value)


@torch.no_grad()
def _seconds(call: Callable[[], object], *, least: float = 0.3) -> float:
    """The median CPU time of a call, over at least three calls and `least` seconds."""
    call()
    taken: list[float] = []
    while len(taken) < 3 or sum(taken) < least:
        began = time.process_time()
        call()
        taken.append(time.process_time() - began)
    return median(taken)


@torch.no_grad()
def _exactness(*, tokens: int = 48) -> list[Row]:
    """The causal form beside its definition on every prefix, and beside its streaming form."""
    layer = TSSALayer(DIMENSION, heads=HEADS, causal=True).double().eval()
    z = torch.randn(2, tokens, DIMENSION, dtype=torch.float64)
    whole = layer(z)
    memory, streamed = layer.begin(2), []
    for n in range(tokens):
        token, memory = layer.step(z[:, n], memory)
        streamed.append(token)
    defined = torch.stack([_definition(layer, z[:, : n + 1]) for n in range(tokens)], 1)
    rows = []
    for name, other in (
        ("its definition on each prefix", defined),
        ("its stream", torch.stack(streamed, 1)),
    ):
        rows.append(
            Row(
                f"causal form against {name}, largest error",
                exact(float((whole - other).abs().max()), tokens),
                bar=Bar("at most", 1e-5),
                note="features of size one; sums in float32; a membership stays as it was when "
                "its token came",
            )
        )
    return rows


def _definition(layer: TSSALayer, prefix: Tensor) -> Tensor:
    """The last token of a prefix (B, n, D) by the formulae, written out: (B, D)."""
    w = layer.project(layer.norm(prefix)).unflatten(-1, (layer.heads, -1))  # (B, n, H, P)
    square = w.square()
    share = (square / square.cumsum(1)).sum(-1)  # what each token was when it came
    pi = (share * layer.temperature).softmax(-1)  # (B, n, H)
    moments = (pi[..., None] * square).sum(1) / pi.sum(1)[..., None]  # (B, H, P)
    step = -pi[:, -1, :, None] * w[:, -1] / (1 + moments)
    assert layer.output is not None
    return prefix[:, -1] + layer.output(step.flatten(1))


def _accuracy(settings: Settings, show: Progress) -> list[Row]:
    images = "digits" if settings.quick else "fashion-mnist"
    jobs = {name: _jobs(name, images, settings) for name in NETWORKS}
    every = [job for group in jobs.values() for job in group]
    measures = {m.name: m for m in classify_all(every, progress=show)}
    found = {name: [measures[job.name] for job in group] for name, group in jobs.items()}
    rows = [
        Row(
            f"{images}: accuracy with {name}",
            over_seeds(group),
            null=Null("chance", 0.1),
            note=f"{group[0].parameters:,} parameters, "
            f"{mean([m.cpu_seconds for m in group]).value / 60:.1f} CPU minutes a training",
        )
        for name, group in found.items()
    ]
    behind = [
        100 * (plain.accuracy - own.accuracy)
        for plain, own in zip(found["softmax"], found["token statistics"], strict=True)
    ]
    rows.append(
        Row(
            f"{images}: points by which token statistics are behind softmax attention",
            mean(behind),
            published=(replace(LONG_RANGE, value=-100 * LONG_RANGE.value),),
            bar=Bar("at most", 1.0),
            note="seed by seed; as many parameters, as many epochs",
        )
    )
    return rows


def _jobs(name: str, images: str, settings: Settings) -> list[ClassifyJob]:
    network, training = NETWORKS[name], TRAINING
    if settings.quick:
        network, training = replace(network, dimension=16, depth=1), ClassifyConfig(epochs=1)
    return [
        ClassifyJob(
            name=f"{images}-{name.replace(' ', '-')}-{seed}",
            network=TransformerConfig(network, patch=2 if settings.quick else 4),
            images=images,
            training=replace(training, seed=seed),
            output=settings.output,
        )
        for seed in range(settings.seeds)
    ]
