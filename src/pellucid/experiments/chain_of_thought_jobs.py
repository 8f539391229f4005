"""Part of `chain-of-thought`: what is trained, and how large it all is."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from pellucid.experiments.chain_jobs import ARITHMETIC, EDITS, EQUATIONS, ChainJob, black_box
from pellucid.experiments.rows import Settings
from pellucid.networks.token_network import TokenNetworkConfig
from pellucid.reasoning.learned.training import ChainConfig
from pellucid.reasoning.tasks.task import Form


@dataclass(frozen=True)
class Hard:
    """How a task is learned whose steps look up several words and compare them.

    Wider networks come sooner off the plateau on which nothing is compared yet. Held out, 5 letters
    after 60 CPU seconds: a loss of 0.15 with 96 features, of 0.21 with 64.
    """

    sizes: tuple[int, ...]
    """Unknowns, or letters; learned together, of which the last is asked."""
    training: ChainConfig
    """Of who writes the steps."""
    direct: int
    """Steps of training of who answers directly."""
    dimension: int = 96


@dataclass(frozen=True)
class Plan:
    """The size of the experiment."""

    terms: int = 12
    dimension: int = 64
    depth: int = 2
    chained: ChainConfig = field(default_factory=lambda: ChainConfig(steps=300))
    direct: int = 2500
    """Steps of who answers directly: at least 4 times the processor time of the chained."""
    crate: int = 700
    """Steps of CRATE, which learns the shorter chains of the sweep beside."""
    lengths: tuple[int, ...] = (2, 4, 8, 16, 24)
    """Terms of the sweep, beside `terms`; chained, one network learns all of them."""
    depths: tuple[int, ...] = (1, 2, 4)
    swept: int = 400
    far: tuple[int, ...] = (16, 20, 24)
    """Terms at which they are asked who learned a third of `terms` to `terms`."""
    long: int = 700
    """Steps of those, and of who learns all lengths of the sweep."""
    equations: Hard = field(
        default_factory=lambda: Hard(
            (3,), ChainConfig(steps=2600, batch=32, matrix_rate=0.02), direct=2000
        )
    )
    edits: Hard = field(
        default_factory=lambda: Hard(
            (4, 5), ChainConfig(steps=1800, batch=64, matrix_rate=0.025), direct=1200
        )
    )
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
        equations=Hard((1, 2), ChainConfig(2, 8), 2, dimension=16),
        edits=Hard((4, 5), ChainConfig(2, 8), 2, dimension=16),
        tested=20,
    ),
    "short": Plan(),
}


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
            sizes=(*(t for t in plan.lengths if t < plan.terms), plan.terms),
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
        for terms in plan.lengths
        if terms < plan.terms
        for depth in plan.depths
    ]
    every = tuple(sorted({plan.terms, *plan.lengths}))
    jobs.append(
        replace(
            chained,
            name="chained-all",
            sizes=every,
            asked=every,
            training=_for(plan, plan.long),
            places=2 * max(every) + 2,
        )
    )
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
    forms: tuple[Form, ...] = ("chain", "direct")
    return [
        replace(
            chained,
            name=f"{task.replace(' ', '-')}-{form}",
            task=task,
            sizes=hard.sizes,
            form=form,
            network=black_box(hard.dimension, plan.depth + 1),
            training=replace(hard.training, steps=steps),
        )
        for task, hard in ((EQUATIONS, plan.equations), (EDITS, plan.edits))
        for form, steps in zip(forms, (hard.training.steps, hard.direct), strict=True)
    ]
