"""Claim: a small transformer that writes its steps solves what it cannot say at once.

Arithmetic from left to right, linear equations and edit distances, each learned with all steps and
with the answer alone, by transformers of one size (Feng et al. 2023). What is asked is new.
Beside: CRATE, a sweep over lengths and depths, and chains longer than those that were learned.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from pellucid.experiments.chain_jobs import (
    ARITHMETIC,
    EDITS,
    EQUATIONS,
    MODULUS,
    ChainJob,
    ChainMeasure,
    answer_one,
    black_box,
    over_seeds,
)
from pellucid.experiments.fan_out import fan_out
from pellucid.experiments.rows import Bar, Null, Published, Row, Settings
from pellucid.experiments.statistics import exact, mean
from pellucid.learning.progress import choose_progress
from pellucid.networks.token_network import TokenNetworkConfig
from pellucid.reasoning.learned.training import ChainConfig
from pellucid.studio.figures import chain_of_thought as figure
from pellucid.studio.figures import style

FENG = "Feng et al. 2023 (arXiv 2305.15408), from their logs"
PROTOCOL = "modulus 11, 3 layers of 256, 100 epochs of a million problems; mean of 4 seeds"
PUBLISHED = {
    ARITHMETIC: (100.0, 72.9, "4 operators in brackets; 6 directly: 25.4"),
    EQUATIONS: (100.0, 2.3, "3 unknowns"),
    EDITS: (100.0, 75.2, "words of 12 letters; of 20 directly: 42.6"),
}
"""Percent right, chained and directly, of the smallest size that was published."""


@dataclass(frozen=True)
class Plan:
    """The size of the experiment."""

    terms: int = 12
    dimension: int = 64
    depth: int = 2
    chained: ChainConfig = field(default_factory=lambda: ChainConfig(steps=400))
    direct: int = 3400
    """Steps of who answers directly: at least 4 times the processor time of the chained."""
    crate: int = 1000
    lengths: tuple[int, ...] = (2, 4, 8)
    """Terms of the sweep, beside `terms`."""
    depths: tuple[int, ...] = (1, 2, 4)
    swept: int = 800
    far: tuple[int, ...] = (16, 20, 24)
    """Terms at which they are asked who learned a third of `terms` to `terms`."""
    long: int = 700
    unknowns: int = 2
    letters: int = 4
    equations: tuple[int, int] = (2500, 1500)
    """Steps, chained and directly."""
    edits: tuple[int, int] = (3500, 1500)
    tested: int = 1000


PLANS = {
    "quick": Plan(
        terms=3,
        dimension=16,
        depth=1,
        chained=ChainConfig(steps=3, batch=8),
        direct=6,
        crate=3,
        lengths=(2,),
        depths=(1,),
        swept=2,
        far=(4,),
        long=2,
        equations=(2, 2),
        edits=(2, 2),
        tested=20,
    ),
    "short": Plan(),
}


def run(settings: Settings) -> list[Row]:
    """Train all, the longest first; ask them; draw."""
    plan = PLANS["quick" if settings.quick else "short"]
    jobs = make_jobs(plan, settings)
    ordered = sorted(jobs, key=lambda job: -job.training.steps * job.network.depth)
    measures = fan_out(answer_one, ordered, progress=choose_progress())
    found = {measure.name: measure for measure in measures}
    drawn = figure.draw(_figure(plan, found))
    style.save(drawn, settings.output / "figures", "chain-of-thought")
    return [*_arithmetic(plan, settings, found), *_other_tasks(found), *_lengths(plan, found)]


def make_jobs(plan: Plan, settings: Settings) -> list[ChainJob]:
    """Every training of the experiment."""
    plain = black_box(plan.dimension, plan.depth)
    chained = ChainJob(
        "chained-0",
        ARITHMETIC,
        (plan.terms,),
        "chain",
        plain,
        plan.chained,
        settings.output,
        tested=plan.tested,
        places=2 * max(plan.terms, *plan.far),
    )
    jobs = [
        replace(chained, name=f"chained-{s}", training=replace(plan.chained, seed=s))
        for s in range(settings.seeds)
    ]
    jobs += [
        replace(chained, name="direct", form="direct", training=_for(plan, plan.direct)),
        replace(
            chained,
            name="crate",
            network=TokenNetworkConfig(plan.dimension, plan.depth, 4),
            window=2,
            training=_for(plan, plan.crate),
        ),
    ]
    jobs += [
        replace(
            chained,
            name=f"direct-{terms}-{depth}",
            sizes=(terms,),
            form="direct",
            network=black_box(plan.dimension, depth),
            training=_for(plan, plan.swept),
        )
        for terms in (*plan.lengths, plan.terms)
        for depth in plan.depths
    ]
    jobs += [
        replace(chained, name=f"chained-{terms}-terms", sizes=(terms,)) for terms in plan.lengths
    ]
    return [*jobs, *_long_jobs(plan, chained), *_task_jobs(plan, chained)]


def _for(plan: Plan, steps: int) -> ChainConfig:
    return replace(plan.chained, steps=steps)


def _long_jobs(plan: Plan, chained: ChainJob) -> list[ChainJob]:
    """Who learns short chains and is asked for long ones, with shifted places and as in GPT."""
    sizes = tuple(range(max(1, plan.terms // 3), plan.terms + 1))
    training = replace(_for(plan, plan.long), shift=max(plan.far) - plan.terms)
    long = replace(chained, name="long", sizes=sizes, asked=plan.far, training=training)
    # A row in GPT's way has a place for each of its tokens; shifted too, all of them are learned.
    width = 2 * max(plan.far) + 2
    free = replace(training, shift=width - (2 * plan.terms + 2))
    plain = replace(long, name="long-plain", plain=True, places=width, training=free)
    return [long, plain]


def _task_jobs(plan: Plan, chained: ChainJob) -> list[ChainJob]:
    """The other tasks, with steps and directly, by three layers as published."""
    jobs = []
    for task, size, steps in (
        (EQUATIONS, plan.unknowns, plan.equations),
        (EDITS, plan.letters, plan.edits),
    ):
        for form, count in zip(("chain", "direct"), steps, strict=True):
            jobs.append(
                replace(
                    chained,
                    name=f"{task.replace(' ', '-')}-{form}",
                    task=task,
                    sizes=(size,),
                    form="chain" if form == "chain" else "direct",
                    network=black_box(plan.dimension, plan.depth + 1),
                    training=_for(plan, count),
                )
            )
    return jobs


def _published(task: str, form: str) -> tuple[Published, ...]:
    chained, direct, size = PUBLISHED[task]
    return (Published(chained if form == "chain" else direct, FENG, f"{size}; {PROTOCOL}"),)


def _arithmetic(plan: Plan, settings: Settings, found: Mapping[str, ChainMeasure]) -> list[Row]:
    chained = [found[f"chained-{s}"] for s in range(settings.seeds)]
    direct, crate = found["direct"], found["crate"]
    chance = 100 / MODULUS[ARITHMETIC]
    null = Null("chance", chance)
    seconds = max(m.cpu_seconds for m in chained)
    of = f"{plan.terms} terms modulo {MODULUS[ARITHMETIC]}"
    said = over_seeds([direct], plan.terms)
    return [
        Row(
            f"{of}, chained: answers right",
            over_seeds(chained, plan.terms),
            unit="%",
            null=null,
            published=_published(ARITHMETIC, "chain"),
            bar=Bar("at least", 99.5),
            note=f"{chained[0].parameters:,} parameters, {plan.chained.steps} steps of "
            f"{plan.chained.batch} problems",
        ),
        Row(
            "CPU seconds of that training, most of all seeds",
            exact(seconds, len(chained)),
            bar=Bar("at most", 60.0),
        ),
        Row(
            f"{of}, directly: answers right",
            said,
            unit="%",
            null=null,
            published=_published(ARITHMETIC, "direct"),
            note=f"the same network, {direct.cpu_seconds:.0f} CPU seconds",
        ),
        Row(
            "the same: points from chance",
            exact(abs(said.value - chance), direct.tested),
            bar=Bar("at most", 3.0),
        ),
        Row(
            "CPU time of learning directly, over chained",
            exact(direct.cpu_seconds / mean([m.cpu_seconds for m in chained]).value),
            bar=Bar("at least", 4.0),
        ),
        Row(
            f"{of}, chained, CRATE: answers right",
            over_seeds([crate], plan.terms),
            unit="%",
            null=Null("the black box", over_seeds(chained, plan.terms)),
            note=f"{crate.parameters:,} parameters, tokens show two words, "
            f"{crate.cpu_seconds:.0f} CPU seconds",
        ),
    ]


def _other_tasks(found: Mapping[str, ChainMeasure]) -> list[Row]:
    rows = []
    for task in (EQUATIONS, EDITS):
        name = task.replace(" ", "-")
        chained, direct = found[f"{name}-chain"], found[f"{name}-direct"]
        [size] = chained.right
        one, other = over_seeds([chained], int(size)), over_seeds([direct], int(size))
        what = {
            EQUATIONS: f"{size} equations modulo {MODULUS[EQUATIONS]}",
            EDITS: f"edit distance, {size} letters",
        }[task]
        rows += [
            Row(
                f"{what}, chained: answers right",
                one,
                unit="%",
                null=Null("directly", other),
                published=_published(task, "chain"),
                bar=Bar("at least", 99.0),
                note=f"{chained.parameters:,} parameters, {chained.cpu_seconds:.0f} CPU seconds; "
                f"directly {direct.cpu_seconds:.0f}",
            ),
            Row(
                f"{what}: points that steps are worth",
                exact(one.value - other.value, chained.tested),
                published=(
                    Published(PUBLISHED[task][0] - PUBLISHED[task][1], FENG, PUBLISHED[task][2]),
                ),
                bar=Bar("at least", 30.0),
            ),
        ]
    return rows


def _lengths(plan: Plan, found: Mapping[str, ChainMeasure]) -> list[Row]:
    long, plain = found["long"], found["long-plain"]
    return [
        Row(
            f"{terms} terms, learned {max(1, plan.terms // 3)} to {plan.terms}: answers right",
            over_seeds([long], terms),
            unit="%",
            null=Null("places as in GPT", over_seeds([plain], terms)),
        )
        for terms in (plan.terms, *plan.far)
    ]


def _figure(plan: Plan, found: Mapping[str, ChainMeasure]) -> figure.Chains:
    lengths = (*plan.lengths, plan.terms)
    names = {terms: f"chained-{terms}-terms" for terms in plan.lengths} | {plan.terms: "chained-0"}
    chained = {terms: 100 * found[name].share(terms) for terms, name in names.items()}
    direct = {
        depth: {t: 100 * found[f"direct-{t}-{depth}"].share(t) for t in lengths}
        for depth in plan.depths
    }
    asked = (plan.terms, *plan.far)
    far = {
        words: {t: 100 * found[name].share(t) for t in asked}
        for words, name in (("places in lines, shifted", "long"), ("as in GPT", "long-plain"))
    }
    tasks = {}
    for task in (EQUATIONS, EDITS):
        pair = [found[f"{task.replace(' ', '-')}-{form}"] for form in ("chain", "direct")]
        first, second = (100 * m.share(int(next(iter(m.right)))) for m in pair)
        tasks[task] = (first, second)
    return figure.Chains(chained, direct, plan.terms, far, tasks, 100 / MODULUS[ARITHMETIC])
