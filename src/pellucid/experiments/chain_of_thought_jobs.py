"""Part of `chain-of-thought`: what is trained, and how large it all is."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from pellucid.experiments.chain_jobs import ARITHMETIC, EDITS, EQUATIONS, ChainJob, black_box
from pellucid.experiments.rows import Settings
from pellucid.networks.token_network import TokenNetworkConfig
from pellucid.reasoning.learned.training import ChainConfig


@dataclass(frozen=True)
class Plan:
    """The size of the experiment."""

    terms: int = 12
    dimension: int = 64
    depth: int = 2
    chained: ChainConfig = field(default_factory=lambda: ChainConfig(steps=300))
    direct: int = 2800
    """Steps of who answers directly: at least 4 times the processor time of the chained."""
    crate: int = 700
    """Steps of CRATE, which learns the shorter chains of the sweep beside."""
    lengths: tuple[int, ...] = (2, 4, 8, 16, 24)
    """Terms of the sweep, beside `terms`; chained, one network learns all of them."""
    depths: tuple[int, ...] = (1, 2, 4)
    swept: int = 800
    far: tuple[int, ...] = (16, 20, 24)
    """Terms at which they are asked who learned a third of `terms` to `terms`."""
    long: int = 700
    """Steps of those, and of who learns all lengths of the sweep."""
    unknowns: tuple[int, ...] = (1, 2)
    """Sizes that are learned together, of which the last is asked: small ones show the way."""
    letters: tuple[int, ...] = (4, 5)
    equations: tuple[int, int] = (3000, 2000)
    """Steps, chained and directly."""
    edits: tuple[int, int] = (1800, 1500)
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
    """The other tasks, with steps and directly, by three layers as published.

    Held out, equations are learned faster by AdamW alone (100 % after 3,000 steps; with Muon 18 %
    after 1,500 where AdamW has 58 %), edits by Muon and two wide heads (98.5 % after 1,200 steps;
    by AdamW and four 51 % after 2,400): a head is to find a letter among 26.
    """
    jobs = []
    for task, sizes, steps, heads, rate in (
        (EQUATIONS, plan.unknowns, plan.equations, 4, None),
        (EDITS, plan.letters, plan.edits, 2, plan.chained.matrix_rate),
    ):
        for form, count in zip(("chain", "direct"), steps, strict=True):
            jobs.append(
                replace(
                    chained,
                    name=f"{task.replace(' ', '-')}-{form}",
                    task=task,
                    sizes=sizes,
                    form="chain" if form == "chain" else "direct",
                    network=black_box(plan.dimension, plan.depth + 1, heads),
                    training=replace(_for(plan, count), matrix_rate=rate),
                )
            )
    return jobs
