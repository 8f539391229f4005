"""Claim: a small transformer that writes its steps solves what it cannot say at once.

Arithmetic from left to right, linear equations and edit distances, each learned with all steps and
with the answer alone, by transformers of one size (Feng et al. 2023). What is asked is new.
Beside: CRATE, a sweep over lengths and depths, and chains longer than those that were learned.
"""

from __future__ import annotations

from collections.abc import Mapping

from pellucid.experiments.chain_jobs import (
    ARITHMETIC,
    EDITS,
    EQUATIONS,
    MODULUS,
    ChainMeasure,
    answer_one,
    over_seeds,
)
from pellucid.experiments.chain_of_thought_jobs import PLANS, Plan, make_jobs
from pellucid.experiments.fan_out import fan_out
from pellucid.experiments.rows import Bar, Null, Published, Row, Settings
from pellucid.experiments.statistics import exact, mean
from pellucid.learning.progress import choose_progress
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
    every = found["chained-all"]
    chained = {terms: 100 * every.share(terms) for terms in sorted(map(int, every.right))}
    short = [terms for terms in plan.lengths if terms < plan.terms]
    direct = {
        depth: {t: 100 * found[f"direct-{t}-{depth}"].share(t) for t in short}
        for depth in plan.depths
    }
    direct[plan.depth][plan.terms] = 100 * found["direct"].share(plan.terms)
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
