"""CIFAR-10 with the large sparse-coding classifier on a GPU, and the table that it leaves.

    python benchmarks/gpu/csc.py --seeds 3 --save benchmarks/gpu/csc.md

The recipe is that of `pellucid run csc`, with the large plan, larger batches and more epochs.
"""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path

import torch

from pellucid.experiments.csc import PUBLISHED, TRAINING
from pellucid.experiments.learned import ClassifyJob, classify_one, over_seeds
from pellucid.experiments.rows import Bar, Null, Result, Row, Settings
from pellucid.experiments.table import markdown
from pellucid.learning.progress import choose_progress
from pellucid.networks.classifiers import SparseConfig


def main() -> int:
    """Train every seed, one after the other, and write the table; 1 where the bar is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--epochs", type=float, default=80)
    parser.add_argument("--plan", default="large")
    parser.add_argument("--images", default="cifar10")
    parser.add_argument("--output", type=Path, default=Path("runs/gpu-csc"))
    parser.add_argument("--save", type=Path, help="write the table there")
    options = parser.parse_args()
    training = replace(TRAINING, epochs=options.epochs, batch=512)
    jobs = [
        ClassifyJob(
            f"{options.plan}-{seed}",
            SparseConfig(options.plan),
            options.images,
            replace(training, seed=seed),
            options.output,
        )
        for seed in range(options.seeds)
    ]
    measures = []
    for job in jobs:
        choose_progress().say(job.name)
        measures.append(classify_one(job))
    device = torch.cuda.get_device_name() if torch.cuda.is_available() else "a CPU"
    first = measures[0]
    row = Row(
        f"{options.images}: accuracy of the plan '{options.plan}'",
        over_seeds(measures),
        null=Null("chance", 0.1),
        published=PUBLISHED[:1],
        bar=Bar("at least", 0.92),
        note=f"{first.parameters:,} parameters, {options.epochs:g} epochs, "
        f"{first.seconds / 60:.1f} minutes a training at {first.pictures_per_second:,.0f} "
        f"pictures/s on {device}; {jobs[0].pictures().note}",
    )
    settings = Settings(seeds=options.seeds, output=options.output)
    seconds = sum(m.seconds for m in measures)
    result = Result(
        "gpu-csc", "Sparse coding throughout, at the size of a GPU.", (row,), settings, seconds
    )
    page = markdown(result)
    if options.save:
        options.save.write_text(page, encoding="utf-8")
    print(page)
    return result.exit_code


if __name__ == "__main__":
    raise SystemExit(main())
