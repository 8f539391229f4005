"""Claim: a transformer is a circuit of constant depth, and each word of a chain adds it once more.

Small transformers of fixed precision learn to follow a point through permutations, with all steps
and with the answer alone. Those that were trained are compiled to threshold gates and compared with
themselves on every question there is; depth and size are counted for lengths beyond.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from pellucid.experiments.fan_out import fan_out
from pellucid.experiments.once import SeedJob, once_a_job
from pellucid.experiments.rows import Bar, Null, Published, Row, Settings
from pellucid.experiments.statistics import exact, mean
from pellucid.learning.progress import choose_progress
from pellucid.reasoning.circuits.compile import TransformerCircuit, compile_circuit
from pellucid.reasoning.circuits.fixed_point import (
    FixedConfig,
    FixedTransformer,
    random_transformer,
)
from pellucid.reasoning.circuits.point_tracking import PointTracking
from pellucid.reasoning.circuits.straight_through import LearningConfig, learn_fixed
from pellucid.studio.figures import circuit_view as figure
from pellucid.studio.figures import style
from pellucid.studio.figures.circuit_view import Counted

BARRINGTON = (
    "the word problem of S5 is complete for NC1 (Barrington 1989), transformers of such precision "
    "are in TC0 (Merrill and Sabharwal 2023): at every length only if TC0 = NC1"
)
FENG = "Feng et al. 2023 (arXiv 2305.15408), from their logs"
PROTOCOL = "arithmetic of 6 operators in brackets, also complete for NC1; modulus 11, 3 layers"
DIRECT, CHAINED, GROWING = "direct", "chained", "direct, log n + 2 bits"


@dataclass(frozen=True)
class Plan:
    """The size of the experiment."""

    network: FixedConfig = field(default_factory=FixedConfig)
    direct_blocks: int = 2
    """Of the network that is to answer at once: more than the chained one has."""
    learning: LearningConfig = field(default_factory=LearningConfig)
    lengths: tuple[int, ...] = (2, 4, 8, 16, 32, 64)
    """At which gates are counted; chains are counted up to half of the last."""


PLANS = {
    "quick": Plan(FixedConfig(places=3), 1, LearningConfig(steps=20), (2, 4, 8)),
    "short": Plan(),
}


Job = SeedJob[Plan]


@dataclass(frozen=True)
class Compared:
    """What a job found; shares are of all questions of a length."""

    chained: dict[str, float]
    direct: dict[str, float]
    questions: int
    """Of the longest kind: every one there is."""
    differ: int
    """Those at which a circuit says, or holds, another thing than its network."""
    changed: int
    """The same, where one weight of the network was changed by one unit behind."""
    gates: dict[str, int]
    """Of the longest chain's circuit, by kind."""


def run(settings: Settings) -> list[Row]:
    """Train, compile and compare; then count."""
    plan = PLANS["quick" if settings.quick else "short"]
    jobs = [Job(f"seed-{s}", plan, s, settings.output) for s in range(settings.seeds)]
    found = fan_out(measure, jobs, progress=choose_progress())
    counted = count(plan)
    right = {DIRECT: [f.direct for f in found], CHAINED: [f.chained for f in found]}
    drawn = figure.draw(counted, right, chance=1 / PointTracking().points)
    style.save(drawn, settings.output / "figures", "circuit-view")
    return [*_compared_rows(plan, found), *_counted_rows(counted)]


@once_a_job(Compared)
def measure(job: Job) -> Compared:
    """One job; or what was measured before."""
    plan, seed = job.plan, job.seed
    task, config = PointTracking(), plan.network
    chained = learn_fixed(task, config, plan.learning, seed=seed)
    direct = learn_fixed(
        task,
        replace(config, depth=plan.direct_blocks),
        replace(plan.learning, chained=False),
        seed=seed,
    )
    lengths = range(1, config.places + 1)
    longest = task.every(config.places)[:, : config.places + 1]
    circuit = compile_circuit(chained, config.places, steps=config.places)
    differ = [
        *different(circuit, [chained, one_weight_changed(chained)], longest),
        *different(compile_circuit(direct, config.places), [direct], longest),
    ]
    changed = differ.pop(1)
    return Compared(
        {str(n): _share_right(chained, n, n) for n in lengths},
        {str(n): _share_right(direct, n, 1) for n in lengths},
        len(longest),
        sum(differ),
        changed,
        {str(kind): number for kind, number in circuit.circuit.kinds().items()},
    )


def _share_right(network: FixedTransformer, length: int, steps: int) -> float:
    rows = PointTracking().every(length)
    said = network.say(rows[:, : length + 1], length, steps=steps)
    return float((said[:, -1] == rows[:, -1]).mean())


def different(
    circuit: TransformerCircuit, networks: Sequence[FixedTransformer], tokens: np.ndarray
) -> list[int]:
    """At how many rows a circuit says other words, or ends in another state, than each network."""
    said, state = circuit.evaluate(tokens)
    steps, n = circuit.steps, circuit.length
    found = []
    for network in networks:
        words = network.say(tokens, n, steps=steps)
        held = network.states(np.concatenate([tokens, words[:, :-1]], 1), n)[:, -1]
        found.append(int(((said != words).any(1) | (state != held).any(1)).sum()))
    return found


def one_weight_changed(network: FixedTransformer) -> FixedTransformer:
    """The first weight of the last map of the last block, one unit more."""
    *others, last = network.blocks
    weight = last.narrow.weight.copy()
    weight[0, 0] += 1
    changed = replace(last, narrow=replace(last.narrow, weight=weight))
    return replace(network, blocks=(*others, changed))


def count(plan: Plan) -> dict[str, dict[int, Counted]]:
    """Depth, gates and wires by length, of networks of the plan's sizes and random weights."""
    most = max(plan.lengths)
    network = random_transformer(replace(plan.network, places=most), np.random.default_rng(0))
    found: dict[str, dict[int, Counted]] = {DIRECT: {}, CHAINED: {}, GROWING: {}}
    for n in plan.lengths:
        found[DIRECT][n] = _counted(network, n, 1)
        if 2 * n <= most:
            found[CHAINED][n] = _counted(network, n, n)
        digits = math.ceil(math.log2(n))
        # Precision grows as log n does, and how sharply attention may tell n tokens apart.
        config = replace(network.config, bits=digits + 2, octaves=2 * digits + 2)
        found[GROWING][n] = _counted(random_transformer(config, np.random.default_rng(0)), n, 1)
    return found


def _counted(network: FixedTransformer, length: int, steps: int) -> Counted:
    circuit = compile_circuit(network, length, steps=steps)
    return Counted(circuit.depth, circuit.size, circuit.wires)


def _compared_rows(plan: Plan, found: Sequence[Compared]) -> list[Row]:
    n, chance = plan.network.places, 100 / PointTracking().points
    gates = ", ".join(f"{number:,} {kind}" for kind, number in found[0].gates.items())
    questions = 2 * sum(f.questions for f in found)
    of = f"a point followed through {n} permutations"
    return [
        Row(
            "questions at which a circuit differs from its network",
            exact(sum(f.differ for f in found), questions),
            null=Null("one weight changed by one unit", sum(f.changed for f in found)),
            bar=Bar("at most", 0),
            note=f"words said and all digits of the last state, on all {found[0].questions:,} "
            f"questions of {n}, chained and direct; the first chain's circuit has {gates}",
        ),
        Row(
            f"{of}, chained: answers right",
            mean([100 * f.chained[str(n)] for f in found]),
            unit="%",
            null=Null("chance", chance),
            published=(Published(100.0, FENG, PROTOCOL),),
            bar=Bar("at least", 99.0),
            note=f"blocks: {plan.network.depth}, of {plan.network.dimension} features of "
            f"{plan.network.bits} bits",
        ),
        Row(
            f"{of}, directly: answers right",
            mean([100 * f.direct[str(n)] for f in found]),
            unit="%",
            null=Null("chance", chance),
            published=(Published(25.4, FENG, PROTOCOL),),
            bar=Bar("at most", chance + 3),  # below it, an answer at once counts as not found
            note=f"blocks: {plan.direct_blocks}, as many steps of training; {BARRINGTON}",
        ),
    ]


def _counted_rows(counted: Mapping[str, Mapping[int, Counted]]) -> list[Row]:
    direct, chained, growing = (counted[kind] for kind in (DIRECT, CHAINED, GROWING))
    constant = direct[min(direct)].depth
    flat = [c.depth != constant for c in (*direct.values(), *growing.values())]
    wrong = [c.depth != n * constant for n, c in chained.items()]
    last = max(chained)
    return [
        Row(
            "direct circuits whose depth is not that of the shortest",
            exact(sum(flat), len(flat)),
            bar=Bar("at most", 0),
            note=f"depth {constant} at lengths {', '.join(map(str, direct))}, with precision that "
            "stays and that grows",
        ),
        Row(
            "chained circuits whose depth is not steps times that",
            exact(sum(wrong), len(wrong)),
            bar=Bar("at most", 0),
        ),
        Row(
            f"depth of a chain of {last} words",
            exact(chained[last].depth),
            null=Null("the word after the question", constant),
            note=f"{chained[last].size:,} gates, {chained[last].wires:,} wires",
        ),
        *(
            _exponent_row(kind, counted[kind], limit)
            for kind, limit in ((DIRECT, 1.0), (CHAINED, 2.0), (GROWING, 3.0))
        ),
    ]


def _exponent_row(kind: str, counts: Mapping[int, Counted], limit: float) -> Row:
    """By what power of the length the gates grow, between the two longest."""
    *_, before, last = sorted(counts)
    sizes, wires = (
        math.log(b / a) / math.log(last / before)
        for a, b in (
            (counts[before].size, counts[last].size),
            (counts[before].wires, counts[last].wires),
        )
    )
    return Row(
        f"{kind}: exponent of the gates in the length",
        exact(sizes),
        bar=Bar("at most", limit),
        note=f"from {before} to {last} tokens; of the wires {wires:.2f}; {counts[last].size:,} "
        "gates at last",
    )
