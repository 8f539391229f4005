"""CIFAR-10 by local losses and perturbed activities on a GPU: LocalMixer M/8/16 of Ren et al. 2023.

    python benchmarks/gpu/local_losses.py --seeds 3 --save benchmarks/gpu/local-losses.md

Four blocks of 64 patches and 512 channels in 16 groups have 4,096 losses a picture; nothing goes
back from block to block, and no derivative is taken through a layer. The paper has 30.68 % errors
after a schedule of its own.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path

import torch

from pellucid.data import load_images
from pellucid.experiments.rows import Bar, Null, Published, Result, Row, Settings
from pellucid.experiments.statistics import mean
from pellucid.experiments.table import markdown
from pellucid.learning import (
    Labelled,
    LearnConfig,
    LocalPerturbation,
    RunFolder,
    choose_device,
    choose_progress,
    learn,
    share_right,
)
from pellucid.learning.batches import Pictures
from pellucid.networks import LocalMixer
from pellucid.networks.local_mixer import L_8_64, M_1_16, M_8_16, S_1_1

SIZES = {"S/1/1": S_1_1, "M/1/16": M_1_16, "M/8/16": M_8_16, "L/8/64": L_8_64}


def train(seed: int, options: argparse.Namespace) -> float:
    """Percent of the test pictures that one training reads wrong."""
    device = choose_device("auto")
    images = load_images(options.images)
    seen = Pictures(images.train_images, images.train_labels, device=device)
    tested = Pictures(images.test_images, images.test_labels, like=seen, device=device)
    torch.manual_seed(seed)
    model = LocalMixer(images.shape, len(images.classes), SIZES[options.size]).to(device)
    config = LearnConfig(
        epochs=options.epochs,
        batch=options.batch,
        learning_rate=options.rate,
        weight_decay=1e-4,
        seed=seed,
    )
    estimator = LocalPerturbation(options.of, options.losses)
    x, labels = seen.batch(torch.arange(len(seen)).numpy())
    with RunFolder.begin(options.output, f"{options.size}-{seed}".replace("/", "-"), config) as run:
        learn(
            model,
            Labelled(x, labels.long()),
            config,
            folder=run,
            estimator=estimator,
            progress=choose_progress(),
        )
        run.finish()
    test_x, test_labels = tested.batch(torch.arange(len(tested)).numpy())
    return 100 * (1 - share_right(model, test_x, test_labels.long()))


def main() -> int:
    """Train every seed, one after the other, and write the table; 1 where the bar is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--epochs", type=float, default=200)
    parser.add_argument("--batch", type=int, default=128)
    parser.add_argument("--rate", type=float, default=1e-3)
    parser.add_argument("--size", choices=SIZES, default="M/8/16")
    parser.add_argument("--of", choices=("activities", "weights"), default="activities")
    parser.add_argument("--losses", choices=("each", "one"), default="each")
    parser.add_argument("--images", default="cifar10")
    parser.add_argument("--output", type=Path, default=Path("runs/gpu-local-losses"))
    parser.add_argument("--save", type=Path, help="write the table there")
    options = parser.parse_args()
    began = time.monotonic()
    errors = [train(seed, options) for seed in range(options.seeds)]
    seconds = time.monotonic() - began
    device = torch.cuda.get_device_name() if torch.cuda.is_available() else "a CPU"
    row = Row(
        f"{options.images}: errors of {options.size}, {options.of}, {options.losses} loss",
        mean(errors),
        unit="%",
        null=Null("a guess", 90.0),
        published=(Published(30.68, "Ren et al. 2023, Table 3, LG-FG-A", "M/8/16"),),
        bar=Bar("at most", 30.68),
        note=f"{options.epochs:g} epochs, {seconds / 60 / options.seeds:.1f} minutes a training on "
        f"{device}",
    )
    result = Result(
        "gpu-local-losses",
        "Local losses and perturbed activities, at the size of a GPU.",
        (row,),
        Settings(seeds=options.seeds, output=options.output),
        seconds,
    )
    page = markdown(result)
    if options.save:
        options.save.write_text(page, encoding="utf-8")
    print(page)
    return result.exit_code


if __name__ == "__main__":
    raise SystemExit(main())
